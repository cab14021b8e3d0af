/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emit.h - text into a report: for a terminal, a JSON string, a CSV cell.
 *
 * What comes from a log goes through emit_safe(), emit_json() or emit_cell() only: printable, valid UTF-8, no reordering
 * characters, the rest as \xNN (launcher/base/str.h).
 */
#ifndef SECCTR_AUDIT_REPORT_EMIT_H
#define SECCTR_AUDIT_REPORT_EMIT_H

#include "audit/report/line.h"

/* memcpy() of a few bytes: no call. */
static inline void copy_short(char *to, const char *from, size_t n)
{
	size_t i = 0;

	if (n >= 16) {
		for (; i + 16 < n; i += 16)
			__builtin_memcpy(to + i, from + i, 16);
		__builtin_memcpy(to + n - 16, from + n - 16, 16);
	} else if (n >= 8) {
		__builtin_memcpy(to, from, 8);
		__builtin_memcpy(to + n - 8, from + n - 8, 8);
	} else {
		for (; i < n; i++)
			to[i] = from[i];
	}
}

/* Most of a report goes through here, a few bytes at a time. */
static inline MUST_CHECK int emit_raw(struct str *to, const char *text, size_t n, struct err *e)
{
	if (!to->text || to->room - to->len <= n)
		return str_add_bytes(to, text, n, e);
	__builtin_memcpy(to->text + to->len, text, n);
	to->len += n;
	to->text[to->len] = '\0';
	return 0;
}
#define EMIT(to, literal, e) emit_raw(to, literal, sizeof(literal) - 1, e)
int emit_u64(struct str *to, uint64_t n, struct err *e) MUST_CHECK;
int emit_safe(struct str *to, struct span text, struct err *e) MUST_CHECK;
/* With its quotes. */
int emit_json(struct str *to, struct span text, struct err *e) MUST_CHECK;
/* Nothing for empty text. RFC 4180; a spreadsheet takes what begins with = + - @ for a formula, so it gets a ' in front. */
int emit_cell(struct str *to, struct span text, struct err *e) MUST_CHECK;
/* "2026-11-25T08:06:39.957Z"; "?" for what no calendar has. */
int emit_time(struct str *to, const struct stamp *s, struct err *e) MUST_CHECK;
int emit_id(struct str *to, const struct stamp *s, struct err *e) MUST_CHECK;

static inline struct span span_of(const char *text)
{
	return (struct span){ text, __builtin_strlen(text) };
}
static inline struct span span_of_str(const struct str *s)
{
	return (struct span){ s->text, s->len };
}

#endif
