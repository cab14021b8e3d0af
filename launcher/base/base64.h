/* SPDX-License-Identifier: Apache-2.0 */
/* base64.h - RFC 4648, section 4, by libcrypto; strict: whole groups, padding at the end only, no blank. */
#ifndef SECCTR_BASE_BASE64_H
#define SECCTR_BASE_BASE64_H

#include <stddef.h>

#include "launcher/base/err.h"

enum { BASE64_MAX = 1 << 20 };		/* bytes that are encoded, or decoded, at most */

/* *ret is malloc'ed. ERR_LIMIT. */
int base64_encode(const void *bytes, size_t n, char **ret, struct err *e) MUST_CHECK;
/* *ret is malloc'ed, with a NUL behind its *ret_n bytes. ERR_INPUT, ERR_LIMIT. */
int base64_decode(const char *text, char **ret, size_t *ret_n, struct err *e) MUST_CHECK;

#endif
