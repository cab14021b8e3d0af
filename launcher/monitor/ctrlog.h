/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctrlog.h - a container's output in the format of the Kubernetes CRI ("k8s-file" of podman), with bounded size.
 *
 *	2026-11-24T03:00:00.000000000+00:00 stdout F one line
 *	2026-11-24T03:00:00.000000000+00:00 stdout P the front of a line that has no end yet
 *
 * F: the text was followed by a newline; P: it was not, and the next entry of the same stream goes on with it.
 * So the bytes of a stream can be restored exactly. Text is written as it was read: nothing is kept
 * back for the end of a line, and a monitor that is killed loses nothing that it had read. The
 * stamp is when it was read. An entry is one write, is never split over two files, and is at most CTRLOG_TEXT_MAX
 * bytes of text.
 *
 * Before a file would grow over max_size it becomes ctr.log.1, ctr.log.1 becomes ctr.log.2, ..., and
 * the oldest goes: max_files in all, the current one included.
 */
#ifndef SECCTR_MONITOR_CTRLOG_H
#define SECCTR_MONITOR_CTRLOG_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "launcher/base/err.h"

enum { CTRLOG_TEXT_MAX = 16384, CTRLOG_HEAD = 45, CTRLOG_BATCH = 65536 /* bytes of entries in one write */ };

struct ctrlog {
	int dir;			/* borrowed */
	int fd;
	int64_t size, max_size;
	unsigned max_files;
	/* Entries that could not be written: the container goes on, the exit record says so. */
	uint64_t lost;			/* bytes of text */
	int lost_why;			/* errno of the first */
};

/* Opens ctr.log (made 0600, or continued). */
int ctrlog_open(struct ctrlog *l, int dir, int64_t max_size, int64_t max_files, struct err *e) MUST_CHECK;
void ctrlog_write(struct ctrlog *l, bool is_stderr, const char *text, size_t n);
void ctrlog_close(struct ctrlog *l);
/* Nothing is written for a while: give back the memory that entries are put together in. */
void ctrlog_rest(void);

/* The first 35 characters of an entry. Without the time zone database: UTC, Gregorian, years 1970..9999. */
void ctrlog_stamp(const struct timespec *t, char ret[36]);

#endif
