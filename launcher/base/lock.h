/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock.h - flock(2) on a file of a private directory, with a time-out.
 *
 * Order, everywhere, outermost first: store (names, images) < container < ledger.
 * A holder never takes an earlier one. The lock ends with the descriptor, so a
 * killed process leaves none behind.
 */
#ifndef SECCTR_BASE_LOCK_H
#define SECCTR_BASE_LOCK_H

#include <stdbool.h>

#include "launcher/base/err.h"

enum { LOCK_WAIT_MS = 30000 };

/*
 * Open (create 0600) `name` under dirfd and lock it. Waits at most LOCK_WAIT_MS,
 * then ERR_TIMEOUT naming the file. Close the result to unlock.
 * A file that was removed while we waited is not the lock: then it is made anew.
 */
int lock_take(int dirfd, const char *name, bool exclusive, struct err *e) MUST_CHECK;
/* The same with a time of one's own; 0 tries once. */
int lock_take_within(int dirfd, const char *name, bool exclusive, int wait_ms, struct err *e)
	MUST_CHECK;
/* Makes the file at most once: ERR_NOTFOUND, if it was removed while we waited. */
int lock_take_new(int dirfd, const char *name, bool exclusive, struct err *e) MUST_CHECK;
/* Never makes the file. ERR_NOTFOUND: it is not there, or was removed while we waited. */
int lock_take_existing(int dirfd, const char *name, bool exclusive, int wait_ms, struct err *e)
	MUST_CHECK;

#endif
