/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_reader.h - the entries of a container's log (monitor/ctrlog.h) from the oldest file on, while it may be written.
 *
 * A file is read through the descriptor that was opened, so one that is renamed by a rotation is read to its end, and
 * the next is the one that became newer than it. Only if all files were replaced since the last read are entries missed.
 * Memory is one buffer, whatever a container writes.
 */
#ifndef SECCTR_CLI_LOG_READER_H
#define SECCTR_CLI_LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "launcher/base/err.h"

enum { LOG_READER_BUFFER = 65536, LOG_READER_FILES_MAX = 1000 };

struct log_reader {
	int dir;			/* borrowed: the container's directory */
	int fd;				/* of the file that is being read, or -1 */
	char *buf;
	size_t from, to;		/* what of it was read and not given out */
};
#define LOG_READER_INIT { .dir = -1, .fd = -1 }

struct log_entry {
	const char *stamp;		/* 35 characters (ctrlog_stamp()) */
	bool is_stderr, partial;	/* partial: the next entry of the stream goes on with the line */
	const char *text;		/* `len` bytes; all borrowed until the next call */
	size_t len;
};

/* At the oldest entry. No log at all is an empty one. */
int log_reader_open(struct log_reader *r, int dir, struct err *e) MUST_CHECK;
/* 1 and *ret: the next entry; 0: there is none now; -1. Text that is no entry (cut off by a crash of the host) is passed over. */
int log_reader_next(struct log_reader *r, struct log_entry *ret, struct err *e) MUST_CHECK;
void log_reader_close(struct log_reader *r);

#endif
