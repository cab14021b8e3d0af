/* SPDX-License-Identifier: Apache-2.0 */
/* caps.h - capability names (capabilities(7)) in bit order, and sets of them as bits. */
#ifndef SECCTR_PLAN_CAPS_H
#define SECCTR_PLAN_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum { CAPS_COUNT = 41 };		/* CAP_CHECKPOINT_RESTORE, Linux 5.9, is the last */
#define CAPS_ALL ((UINT64_C(1) << CAPS_COUNT) - 1)

/*
 * Never given to a container, whatever a policy says: with them it could write audit records or
 * rules, change labels or the SELinux policy, or write kernel memory, and then no record means anything.
 */
extern const uint64_t caps_never;

/* "CAP_NET_ADMIN" to its bit number; -1 if there is none (case matters, as it does in the records). */
int caps_bit(const char *name);
const char *caps_name(int bit);

/* Names, and "ALL" for all but caps_never, to bits. ERR_INPUT names the word that is none. */
int caps_parse(const struct strv *names, uint64_t *ret, struct err *e) MUST_CHECK;
/* Replace *to by the names of `bits`. */
int caps_format(uint64_t bits, struct strv *to, struct err *e) MUST_CHECK;

#endif
