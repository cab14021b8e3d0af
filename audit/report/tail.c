/* SPDX-License-Identifier: Apache-2.0 */
/* tail.c - see tail.h. */
#include "audit/report/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/str.h"

int tail_open(const char *path, int *fd, struct tail *ret, struct err *e)
{
	struct stat st;

	if (stat(path, &st))
		return err_set(e, ERR_SYSTEM, errno, "%s", path);
	if (str_print(&ret->path, e, S_ISDIR(st.st_mode) ? "%s/audit.log" : "%s", path))
		return -1;
	ret->fd = take_fd(fd);
	return 0;
}

static ssize_t read_some(const struct tail *t, void *buf, size_t n, struct err *e)
{
	ssize_t got;

	do
		got = read(t->fd, buf, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? err_set(e, ERR_SYSTEM, errno, "%s", t->path) : got;
}

ssize_t tail_read(struct tail *t, void *buf, size_t n, struct err *e)
{
	auto_close int next = -1;
	struct stat have, there;
	ssize_t got = read_some(t, buf, n, e);

	if (got)
		return got;
	/* auditd renames, then makes a new one; between the two there is none. */
	next = open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (next < 0 || fstat(next, &there) || fstat(t->fd, &have) || !S_ISREG(there.st_mode) ||
	    (have.st_ino == there.st_ino && have.st_dev == there.st_dev))
		return 0;
	/* What came between the last read and the rename. */
	got = read_some(t, buf, n, e);
	if (got)
		return got;
	close_fd_auto(&t->fd);
	t->fd = take_fd(&next);
	return read_some(t, buf, n, e);
}

void tail_close(struct tail *t)
{
	close_fd_auto(&t->fd);
	free(take_ptr(&t->path));
}
