/* SPDX-License-Identifier: Apache-2.0 */
/* who.h - people: whether a login UID is among the logins and groups that a key names. */
#ifndef SECCTR_POLICY_WHO_H
#define SECCTR_POLICY_WHO_H

#include "policy/keys.h"
#include "policy/policy.h"

/*
 * Whether `auid` is one of NAME, UID, @GROUP, "any" (any login UID that is set). The name service is
 * asked only for names and groups. A name or group that does not exist matches nobody; a name
 * service that fails is an error, because a group that cannot be read must not look empty.
 */
int who_is_among(const struct strv *logins, uint32_t auid, bool *ret, struct err *e) MUST_CHECK;

/* The UID of UnitOwner= of this one file; UINT32_MAX if it has none. ERR_POLICY "AT: ..." for no such account. */
int who_owner(const struct policy *p, uint32_t *ret, struct err *e) MUST_CHECK;

/* "alice (1000)" or "1001" or "unset" into buf, for reasons. */
const char *who_text(uint32_t auid, char *buf, size_t n);

#endif
