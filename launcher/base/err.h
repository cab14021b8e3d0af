/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.h - how a function says that it failed.
 *
 *   - A function that can fail takes `struct err *e` last. It returns 0 (or a
 *     descriptor) on success and -1 on failure.
 *   - On failure *e is filled once, by the function that saw the cause; callers
 *     may put context in front. On success *e is not touched.
 *   - ret_* parameters are written on success only.
 *   - Nothing below main() prints.
 *
 * The struct is flat: failing needs no memory, and the process between clone
 * and exec sends its own through a pipe in one write (it is smaller than
 * PIPE_BUF, so it arrives whole or not at all).
 */
#ifndef SECCTR_BASE_ERR_H
#define SECCTR_BASE_ERR_H

#include "launcher/base/attrs.h"

/*
 * The words stand in reason= of audit records and in --format json; sites
 * search for them, so rows are added at the end and never renamed. The status
 * is what the command line exits with (podman-run(1) uses the same three).
 *	enumerator	word			exit status		*/
#define ERR_REASONS(X)							\
	X(ERR_INTERNAL,	"internal",		125)			\
	X(ERR_USAGE,	"usage",		125)			\
	X(ERR_INPUT,	"bad-input",		125)			\
	X(ERR_LIMIT,	"over-limit",		125)			\
	X(ERR_SYSTEM,	"system-call",		125)			\
	X(ERR_POLICY,	"policy-denied",	125)			\
	X(ERR_AUDIT,	"audit-lost",		125)			\
	X(ERR_IDENTITY,	"identity-refused",	125)			\
	X(ERR_LABEL,	"label-refused",	125)			\
	X(ERR_STATE,	"wrong-state",		125)			\
	X(ERR_EXISTS,	"exists",		125)			\
	X(ERR_NOTFOUND,	"not-found",		125)			\
	X(ERR_DIGEST,	"digest-mismatch",	125)			\
	X(ERR_TIMEOUT,	"timed-out",		125)			\
	X(ERR_NOEXEC,	"cannot-exec",		126)			\
	X(ERR_NOCMD,	"no-such-command",	127)

enum err_reason {
#define X(name, word, status) name,
	ERR_REASONS(X)
#undef X
	ERR_REASON_COUNT
};

enum { ERR_TEXT_MAX = 496 };

struct err {
	enum err_reason reason;
	int sys;			/* errno of the call that failed, or 0 */
	char text[ERR_TEXT_MAX];	/* one line without control characters */
};

/*
 * Fill *e and return -1. A non-zero `sys` appends its message. Control
 * characters in the result become '?': texts quote what an attacker chose.
 */
int err_set(struct err *e, enum err_reason reason, int sys, const char *fmt, ...)
	PRINTF(4, 5) NONNULL(1, 4);

/* Put "WHAT: " in front of the text; reason and sys stay. Returns -1. */
int err_context(struct err *e, const char *fmt, ...) PRINTF(2, 3) NONNULL(1, 2);

const char *err_word(enum err_reason reason);
int err_exit_status(enum err_reason reason);

#endif
