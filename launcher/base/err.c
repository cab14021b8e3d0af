/* SPDX-License-Identifier: Apache-2.0 */
/* err.c - filling struct err, and the table of reasons. */
#include "launcher/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/str.h"

static const struct {
	const char *word;
	int status;
} reasons[ERR_REASON_COUNT] = {
#define X(name, w, s) [name] = { w, s },
	ERR_REASONS(X)
#undef X
};

int err_set(struct err *e, enum err_reason reason, int sys, const char *fmt, ...)
{
	va_list ap;
	int n;

	e->reason = reason;
	e->sys = sys;
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n < 0)
		n = snprintf(e->text, sizeof(e->text), "(unprintable)");
	if (sys && (size_t)n < sizeof(e->text) - 1)
		snprintf(e->text + n, sizeof(e->text) - (size_t)n, ": %s",
			 strerrordesc_np(sys) ? strerrordesc_np(sys) : "unknown error");
	str_make_safe(e->text);
	return -1;
}

int err_context(struct err *e, const char *fmt, ...)
{
	char was[ERR_TEXT_MAX];
	va_list ap;
	int n;

	memcpy(was, e->text, sizeof(was));
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	/* A front that leaves no room for the cause is worth less than the cause. */
	if (n < 0 || (size_t)n > sizeof(e->text) / 2) {
		memcpy(e->text, was, sizeof(was));
		return -1;
	}
	snprintf(e->text + n, sizeof(e->text) - (size_t)n, ": %.*s",
		 (int)(sizeof(e->text) - (size_t)n - 3), was);
	str_make_safe(e->text);
	return -1;
}

const char *err_word(enum err_reason reason)
{
	return (unsigned)reason < ERR_REASON_COUNT ? reasons[reason].word : "internal";
}

int err_exit_status(enum err_reason reason)
{
	return (unsigned)reason < ERR_REASON_COUNT ? reasons[reason].status : 125;
}
