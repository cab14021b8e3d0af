/* SPDX-License-Identifier: Apache-2.0 */
/* log_reader.c - see log_reader.h. */
#include "launcher/cli/log_reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/base/cleanup.h"
#include "launcher/monitor/ctrlog.h"
#include "launcher/monitor/job.h"

enum { STAMP = 35 };

static void file_name(int i, char ret[32])
{
	snprintf(ret, 32, i ? MONITOR_LOG ".%d" : MONITOR_LOG, i);
}

static int open_file(int dir, int i)
{
	char name[32];

	file_name(i, name);
	return openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

static int oldest(int dir)
{
	char name[32];
	int n = 0;

	do
		file_name(++n, name);
	while (n < LOG_READER_FILES_MAX && faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
	return n - 1;
}

int log_reader_open(struct log_reader *r, int dir, struct err *e)
{
	r->buf = malloc(LOG_READER_BUFFER);
	if (!r->buf)
		return err_set(e, ERR_SYSTEM, ENOMEM, "log");
	r->dir = dir;
	r->from = r->to = 0;
	r->fd = open_file(dir, oldest(dir));
	if (r->fd < 0 && errno != ENOENT)
		return err_set(e, ERR_SYSTEM, errno, "log");
	return 0;
}

void log_reader_close(struct log_reader *r)
{
	close_fd_auto(&r->fd);
	free(r->buf);
	r->buf = NULL;
}

static bool same_file(const struct stat *a, int dir, int i)
{
	struct stat b;
	char name[32];

	file_name(i, name);
	return fstatat(dir, name, &b, AT_SYMLINK_NOFOLLOW) == 0 && a->st_ino == b.st_ino && a->st_dev == b.st_dev;
}

/* 1: r->fd is the file that follows; 0: there is none yet. */
static int next_file(struct log_reader *r, struct err *e)
{
	struct stat st;
	int i, fd;

	if (r->fd < 0) {
		r->fd = open_file(r->dir, 0);
		return r->fd >= 0;
	}
	if (fstat(r->fd, &st))
		return err_set(e, ERR_SYSTEM, errno, "log");
	if (same_file(&st, r->dir, 0))
		return 0;
	/* It was renamed: what has the number below is younger. Not found: it is gone, and the oldest is the next. */
	for (i = 1; i <= LOG_READER_FILES_MAX && !same_file(&st, r->dir, i); i++)
		;
	fd = open_file(r->dir, i <= LOG_READER_FILES_MAX ? i - 1 : oldest(r->dir));
	if (fd < 0)
		return errno == ENOENT ? 0 : err_set(e, ERR_SYSTEM, errno, "log");
	close_fd_auto(&r->fd);
	r->fd = fd;
	/* What the file before had at its end without a newline is half an entry. */
	r->from = r->to = 0;
	return 1;
}

/* More bytes into the buffer: 1, or 0 at the end of all files. */
static int fill(struct log_reader *r, struct err *e)
{
	ssize_t got;

	if (r->from) {
		memmove(r->buf, r->buf + r->from, r->to - r->from);
		r->to -= r->from;
		r->from = 0;
	}
	if (r->to == LOG_READER_BUFFER)
		r->to = 0;		/* no entry is that long */
	for (;;) {
		bool renamed;
		struct stat st;
		int next;

		/* Asked first: whatever was written before the rename is then read. */
		renamed = r->fd >= 0 && fstat(r->fd, &st) == 0 && !same_file(&st, r->dir, 0);
		do
			got = r->fd < 0 ? 0 : read(r->fd, r->buf + r->to, LOG_READER_BUFFER - r->to);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return err_set(e, ERR_SYSTEM, errno, "log: read");
		if (got > 0) {
			r->to += (size_t)got;
			return 1;
		}
		next = r->fd < 0 || renamed ? next_file(r, e) : 0;
		if (next <= 0)
			return next;
	}
}

/* "STAMP stdout F TEXT" */
static bool parse(const char *line, size_t n, struct log_entry *ret)
{
	if (n < CTRLOG_HEAD || line[STAMP] != ' ' || line[CTRLOG_HEAD - 3] != ' ' || line[CTRLOG_HEAD - 1] != ' ' ||
	    (memcmp(line + STAMP + 1, "stdout", 6) != 0 && memcmp(line + STAMP + 1, "stderr", 6) != 0))
		return false;
	*ret = (struct log_entry){ .stamp = line, .is_stderr = line[STAMP + 4] == 'e', .partial = line[CTRLOG_HEAD - 2] == 'P',
				   .text = line + CTRLOG_HEAD, .len = n - CTRLOG_HEAD };
	return true;
}

int log_reader_next(struct log_reader *r, struct log_entry *ret, struct err *e)
{
	for (;;) {
		char *end = memchr(r->buf + r->from, '\n', r->to - r->from);
		size_t at = r->from;

		if (end) {
			r->from = (size_t)(end + 1 - r->buf);
			if (parse(r->buf + at, (size_t)(end - r->buf) - at, ret))
				return 1;
		} else {
			int more = fill(r, e);

			if (more <= 0)
				return more;
		}
	}
}
