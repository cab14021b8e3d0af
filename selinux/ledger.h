/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger.h - one MCS category pair per container, for as long as the container exists.
 *
 * A file MCS_LEDGER in a private directory of ours (0700, root), one line per container:
 *	ID LOW HIGH RELEASED [BOOT]	RELEASED is seconds since 1970, 0 while the container exists
 * Every change is made under the lock file MCS_LEDGER.lock and replaces the whole
 * file (io_replace_file_at), so a killed process leaves the old or the new ledger.
 *
 * All sets have exactly two categories: a set of three would dominate sets of two.
 * Pairs are drawn at random from those free. A released pair stays taken for the
 * retention time, so that a label in the audit log names one container in a window
 * of time, and files that outlive their container do not become the next one's.
 * Release belongs to the removal of the container, not to its stop: its files keep
 * the label.
 *
 * BOOT (the kernel's boot id) marks a pair that an engine chose and ledger_take() reserved. Containers of engines may share
 * one, as those of a pod do: which of its own share is the engine's decision. Never one of them and one of ours, in either
 * order. After a boot nobody tells us that they are gone: then they count as released when that is first seen.
 *
 * Limits: ids 1..64 bytes of [A-Za-z0-9_.-]; categories 2..1024, thus at most 523776
 * pairs and lines. A ledger that does not read exactly is ERR_STATE with its line;
 * nothing is claimed or released then (a guess could hand out a live pair).
 */
#ifndef SECCTR_SELINUX_LEDGER_H
#define SECCTR_SELINUX_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/mcs_pair.h"

#define MCS_LEDGER "mcs"

enum {
	LEDGER_CATEGORIES = MCS_CATEGORIES,
	LEDGER_RETENTION = 24 * 60 * 60,	/* seconds, the default */
	LEDGER_ID_MAX = 64,
	LEDGER_LEVEL_MAX = 24,			/* "s0:c1022,c1023" */
	LEDGER_BOOT = 36,			/* characters of a boot id */
};

struct ledger_entry {
	char id[LEDGER_ID_MAX + 1];
	unsigned low, high;		/* low < high */
	int64_t released;		/* seconds since 1970, 0 = live */
	char boot[LEDGER_BOOT + 1];	/* "": ours */
};

struct ledger_list {
	struct ledger_entry *item;
	size_t len;
};

/*
 * Take a pair of categories below `range` (2..LEDGER_CATEGORIES) for `id`; the level
 * is "s0:cLOW,cHIGH". An id that is in the ledger, live or retained, gets its own pair
 * again. None free: ERR_LIMIT "MCS categories exhausted".
 */
int ledger_claim(int dirfd, const char *id, unsigned range, int64_t retention,
		 char ret_level[static LEDGER_LEVEL_MAX], struct err *e) MUST_CHECK NONNULL(2, 5, 6);

/*
 * Reserve the pair `level` that an engine chose for `id`, whatever pair that id had before. ERR_EXISTS names the container of
 * ours that has it, or had it less than the retention time ago; ERR_INPUT where `level` is no pair (mcs_pair.h).
 */
int ledger_take(int dirfd, const char *id, const char *level, const char *boot, int64_t retention, struct err *e)
	MUST_CHECK NONNULL(2, 3, 4, 6);

/* Start the retention of the pair of `id`. No entry, or released before: success. */
int ledger_release(int dirfd, const char *id, struct err *e) MUST_CHECK NONNULL(2, 3);

/* All entries in file order; no ledger is an empty list. Free with ledger_list_done(). */
int ledger_read(int dirfd, struct ledger_list *ret, struct err *e) MUST_CHECK NONNULL(2, 3);
void ledger_list_done(struct ledger_list *list);

#endif
