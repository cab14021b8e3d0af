/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - reading JSON that someone else wrote (jansson, strict), and writing.
 *
 * A key twice in one object, trailing text, NUL, invalid UTF-8 and a depth over
 * JSON_DEPTH are refused: two programs that read one document must not see two
 * things. So are documents over JSON_BYTES_MAX and top-level values other than
 * object and array. Integers are exact; 18446744073709551615 is the one value
 * above INT64_MAX that is read (OCI files write "unlimited" so): json_to_u64()
 * returns it, json_from_u64() makes it, and it is written as an integer again.
 * Any other number of 2^63 or more, reals too, is refused.
 */
#ifndef SECCTR_BASE_JSON_H
#define SECCTR_BASE_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum { JSON_DEPTH = 64 };
#define JSON_BYTES_MAX ((size_t)4 << 20)	/* manifests, configs, bundles */

static inline void json_auto_decref(json_t **j)
{
	if (*j)
		json_decref(*j);
	*j = NULL;
}
#define auto_json AUTO(json_auto_decref)

/* Parse exactly len bytes; `what` (a file name) stands in front of "LINE: ..." in errors. */
int json_read(const char *buf, size_t len, const char *what, json_t **ret, struct err *e)
	MUST_CHECK NONNULL(1, 3, 4, 5);
/* Canonical: keys sorted, no blanks, UTF-8. *ret is malloc'ed. */
int json_canonical(const json_t *j, char **ret, struct err *e) MUST_CHECK NONNULL(1, 2, 3);
/*
 * For people: keys in the order they were set, indented by four (as podman inspect), or on one line. What a
 * terminal may not have (str_add_safe()) is written as \uXXXX.
 */
int json_line(const json_t *j, char **ret, struct err *e) MUST_CHECK NONNULL(1, 2, 3);
int json_pretty(const json_t *j, char **ret, struct err *e) MUST_CHECK NONNULL(1, 2, 3);
int json_to_u64(const json_t *j, uint64_t *ret);	/* 0, or -1 if it is no such number */
/* New reference. NULL: between INT64_MAX and UINT64_MAX (JSON of ours cannot hold it), or no memory. */
json_t *json_from_u64(uint64_t value);

#endif
