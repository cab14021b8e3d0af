/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ahead.h - the pieces of one input, in order, cut by the caller's thread alone or with helpers.
 *
 * Helpers read and cut pieces (batch.h) while the caller joins those in front; a caller who must wait cuts one himself. At most
 * AHEAD_PIECES are made at a time. What comes out does not depend on how many threads there are: pieces begin and end where the input
 * says, and are handed on in its order. Helpers touch nothing but the input and its pieces.
 *
 * A helper waits on a futex, reads, and takes memory; it makes no other system call, so it lives in the sandbox of powerless.h. It must
 * be made before that closes, and ends with the process or with ahead_free().
 */
#ifndef SECCTR_AUDIT_REPORT_AHEAD_H
#define SECCTR_AUDIT_REPORT_AHEAD_H

#include "audit/report/batch.h"

enum { AHEAD_PIECES = 4, AHEAD_HELPERS_MAX = 1 };

struct ahead;
/* At most that many helpers: one that cannot be made is done without. They wait for work when this returns. */
int ahead_new(unsigned helpers, struct ahead **ret, struct err *e) MUST_CHECK;
unsigned ahead_helpers(const struct ahead *a);
void ahead_free(struct ahead *a);	/* NULL is fine */
DEFINE_AUTO(ahead_free, struct ahead *)

/* The next input; it and `way` are borrowed until ahead_end(), which must come. fd: to wait on where that is no file; -1: do not. */
void ahead_begin(struct ahead *a, struct source *s, const struct batch_way *way, int fd);
/* The next piece, valid until the next call; behind the one with `end` there is none. */
int ahead_next(struct ahead *a, struct batch **ret, struct err *e) MUST_CHECK;
/* No helper is at the input any more; within a second, if it waits for a pipe. */
void ahead_end(struct ahead *a);

#endif
