/* SPDX-License-Identifier: Apache-2.0 */
/* ctrlog.c - a container's log: stamps, entries, rotation. */
#include "launcher/monitor/ctrlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/monitor/job.h"

static void digits(char *to, int64_t value, int n)
{
	while (n--) {
		to[n] = (char)('0' + value % 10);
		value /= 10;
	}
}

void ctrlog_stamp(const struct timespec *t, char ret[36])
{
	int64_t days = t->tv_sec / 86400, left = t->tv_sec % 86400;
	/* Years that begin in March put the leap day last; 719468 days from 0000-03-01 to the epoch. */
	int64_t z = days + 719468, era = z / 146097, doe = z % 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9;

	memcpy(ret, "0000-00-00T00:00:00.000000000+00:00", 36);
	digits(ret, yoe + era * 400 + (month <= 2), 4);
	digits(ret + 5, month, 2);
	digits(ret + 8, doy - (153 * mp + 2) / 5 + 1, 2);
	digits(ret + 11, left / 3600, 2);
	digits(ret + 14, left / 60 % 60, 2);
	digits(ret + 17, left % 60, 2);
	digits(ret + 20, t->tv_nsec, 9);
}

static int open_current(struct ctrlog *l)
{
	struct stat st;
	int fd = openat(l->dir, MONITOR_LOG, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		errno = EINVAL;
		return -1;
	}
	l->fd = fd;
	l->size = st.st_size;
	return 0;
}

int ctrlog_open(struct ctrlog *l, int dir, int64_t max_size, int64_t max_files, struct err *e)
{
	*l = (struct ctrlog){ .dir = dir, .fd = -1, .max_size = max_size, .max_files = (unsigned)max_files };
	if (open_current(l))
		return err_set(e, ERR_SYSTEM, errno, "log " MONITOR_LOG);
	return 0;
}

void ctrlog_close(struct ctrlog *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = -1;
}

static void log_name(char ret[32], unsigned i)
{
	if (i)
		(void)snprintf(ret, 32, MONITOR_LOG ".%u", i);
	else
		(void)snprintf(ret, 32, MONITOR_LOG);
}

static int rotate(struct ctrlog *l)
{
	char from[32], to[32];

	log_name(from, l->max_files - 1);
	if (unlinkat(l->dir, from, 0) && errno != ENOENT)
		return -1;
	for (unsigned i = l->max_files - 1; i; i--) {
		log_name(from, i - 1);
		log_name(to, i);
		if (renameat(l->dir, from, l->dir, to) && errno != ENOENT)
			return -1;
	}
	ctrlog_close(l);
	return open_current(l);
}

static void lose(struct ctrlog *l, size_t n, int why)
{
	l->lost += n;
	if (!l->lost_why)
		l->lost_why = why;
}

/* `text_bytes`: how many bytes of the container's are in it. */
static void put(struct ctrlog *l, const char *bytes, size_t n, size_t text_bytes)
{
	ssize_t done;

	if (!n)
		return;
	if (l->fd < 0 && open_current(l)) {
		lose(l, text_bytes, errno);
		return;
	}
	do
		done = write(l->fd, bytes, n);
	while (done < 0 && errno == EINTR);
	if (done == (ssize_t)n) {
		l->size += done;
		return;
	}
	lose(l, text_bytes, done < 0 ? errno : ENOSPC);
	/* Half an entry would be glued to the next one. */
	if (done > 0 && ftruncate(l->fd, l->size))
		l->size += done;
}

/* On pages of its own, which can go (where a page is larger they stay). */
static char out[CTRLOG_BATCH] __attribute__((aligned(4096)));

void ctrlog_rest(void)
{
	(void)madvise(out, sizeof(out), MADV_DONTNEED);
}

void ctrlog_write(struct ctrlog *l, bool is_stderr, const char *text, size_t n)
{
	size_t used = 0, used_text = 0;
	size_t most = l->max_size < CTRLOG_TEXT_MAX + CTRLOG_HEAD + 1 ?
		      (size_t)l->max_size - CTRLOG_HEAD - 1 : CTRLOG_TEXT_MAX;
	struct timespec now;
	char head[CTRLOG_HEAD + 1];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	ctrlog_stamp(&now, head);
	memcpy(head + 35, is_stderr ? " stderr F " : " stdout F ", 11);
	while (n) {
		size_t room = n < most ? n : most;
		const char *end = memchr(text, '\n', room);
		size_t len = end ? (size_t)(end - text) : room, whole = CTRLOG_HEAD + len + 1;

		if (used + whole > sizeof(out) || l->size + (int64_t)(used + whole) > l->max_size) {
			put(l, out, used, used_text);
			used = used_text = 0;
		}
		if (l->size && l->size + (int64_t)whole > l->max_size && rotate(l)) {
			lose(l, n, errno);
			return;
		}
		head[CTRLOG_HEAD - 2] = end ? 'F' : 'P';
		memcpy(out + used, head, CTRLOG_HEAD);
		memcpy(out + used + CTRLOG_HEAD, text, len);
		out[used + whole - 1] = '\n';
		used += whole;
		used_text += len + !!end;
		text += len + !!end;
		n -= len + !!end;
	}
	put(l, out, used, used_text);
}
