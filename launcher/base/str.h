/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.h - growing text, string lists, and reading numbers, sizes and names.
 *
 * Every reader here takes the whole string or refuses: no leading blanks, no
 * sign where none belongs, no trailing text, no wrap-around.
 */
#ifndef SECCTR_BASE_STR_H
#define SECCTR_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"

/* Growing text, always NUL-terminated once anything was added. { 0 } is empty. */
struct str {
	char *text;
	size_t len, room;
};

enum { STR_MAX = 64 << 20 };	/* bytes; beyond it str_add() fails with ERR_LIMIT */

int str_add(struct str *s, const char *text, struct err *e) MUST_CHECK NONNULL(1, 2, 3);
int str_add_bytes(struct str *s, const void *bytes, size_t n, struct err *e) MUST_CHECK NONNULL(1, 4);
/* Room for n bytes more and the NUL, behind s->len; `text` is terminated at `len` as before. */
int str_room(struct str *s, size_t n, struct err *e) MUST_CHECK NONNULL(1, 3);
int str_addf(struct str *s, struct err *e, const char *fmt, ...) PRINTF(3, 4) MUST_CHECK NONNULL(1, 2, 3);
void str_done(struct str *s);		/* frees and empties */
#define auto_str AUTO(str_done)

/* A NULL-terminated list of owned strings; `item` is NULL while it is empty. */
struct strv {
	char **item;
	size_t len, room;		/* room: strv_add()'s own; 0 if `item` was made elsewhere */
};

int strv_add(struct strv *v, const char *text, struct err *e) MUST_CHECK NONNULL(1, 2, 3);
/* KEY=VALUE lists: replace the entry with the same KEY, else append. */
int strv_set_env(struct strv *v, const char *assignment, struct err *e) MUST_CHECK NONNULL(1, 2, 3);
int strv_copy(struct strv *to, const struct strv *from, struct err *e) MUST_CHECK NONNULL(1, 2, 3);
bool strv_has(const struct strv *v, const char *text);
const char *strv_env(const struct strv *v, const char *key);	/* value of KEY, or NULL; borrowed */
void strv_done(struct strv *v);
#define auto_strv AUTO(strv_done)

/* strdup() that reports; NULL in gives NULL out and success. */
int str_copy(const char *text, char **ret, struct err *e) MUST_CHECK NONNULL(2, 3);
/* asprintf() that reports. */
int str_print(char **ret, struct err *e, const char *fmt, ...) PRINTF(3, 4) MUST_CHECK NONNULL(1, 2, 3);

bool str_starts(const char *text, const char *front);
bool str_ends(const char *text, const char *back);

/* Decimal digits only, within [min, max]; `what` names the value in the error. */
int str_to_u64(const char *text, uint64_t min, uint64_t max, const char *what,
	       uint64_t *ret, struct err *e) MUST_CHECK NONNULL(1, 4, 5, 6);
/* Digits with an optional suffix b, k, m, g, t (either case; powers of 1024). */
int str_to_size(const char *text, const char *what, int64_t *ret, struct err *e)
	MUST_CHECK NONNULL(1, 2, 3, 4);
/* "1.5" to millionths ("1500000"); at most 6 decimals. For --cpus. */
int str_to_micro(const char *text, const char *what, int64_t *ret, struct err *e)
	MUST_CHECK NONNULL(1, 2, 3, 4);
/* "10", "10s", "5m", "1h", "250ms" to microseconds; a bare number is seconds. */
int str_to_usec(const char *text, const char *what, int64_t *ret, struct err *e)
	MUST_CHECK NONNULL(1, 2, 3, 4);

/* Well-formed UTF-8 (RFC 3629: no overlong form, no surrogate) without NUL. */
bool str_is_utf8(const char *text, size_t len);
/*
 * For terminals: printable text and valid UTF-8 beyond U+009F stay, all else
 * becomes \xNN; bidirectional controls too (they reorder what a person reads).
 */
int str_add_safe(struct str *s, const char *text, size_t len, struct err *e)
	MUST_CHECK NONNULL(1, 2, 4);
/* How many bytes from the start are printable ASCII or a newline: safe in any case, and most of what is shown. */
size_t str_plain(const char *text, size_t len) NONNULL(1);
/* The same for the text of JSON that jansson wrote: \uXXXX, which is the same JSON. */
int str_add_json(struct str *s, const char *json, size_t len, struct err *e)
	MUST_CHECK NONNULL(1, 2, 4);
/* The same in place and without memory: each byte of what is not printable becomes '?'. */
void str_make_safe(char *text);

/* Columns of a terminal that this UTF-8 takes: wide characters two, combining ones none (str_width.c). */
unsigned str_columns(const char *text);
/* Bytes of its front that fit into so many columns. */
size_t str_front(const char *text, unsigned columns);
/*
 * Widths of a table's columns, two blanks between, for a terminal of `room` columns: takes from the widest of those that may be
 * cut (bits of `shrinks`), not below `least`, until all fit. Returns what is still too much: 0 when it fits.
 */
unsigned str_fit(unsigned *width, size_t n, uint64_t shrinks, unsigned least, unsigned room);

/* Shell-like pattern: '*' (any run, '/' included) and '?' only. No backtracking blow-up. */
bool str_matches(const char *pattern, const char *text);

#endif
