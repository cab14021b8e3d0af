/* SPDX-License-Identifier: Apache-2.0 */
/* lock.c - flock(2) with a time-out. */
#include "launcher/base/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "launcher/base/cleanup.h"

enum { PAUSE_MIN_US = 200, PAUSE_MAX_US = 20000 };

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/*
 * Polls: flock() cannot time out, and a signal to end it would need a handler
 * and a timer in a library. A holder works for milliseconds.
 */
static int wait_for(int fd, int how, int64_t deadline, const char *name, struct err *e)
{
	long pause = PAUSE_MIN_US;

	while (flock(fd, how | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "%s: lock", name);
		if (now_us() >= deadline)
			return err_set(e, ERR_TIMEOUT, 0, "%s: locked by another process", name);
		nanosleep(&(struct timespec){ .tv_nsec = pause * 1000 }, NULL);
		pause = pause * 2 > PAUSE_MAX_US ? PAUSE_MAX_US : pause * 2;
	}
	return 0;
}

/* 1: the locked file still has its name; 0: it was removed or replaced while we waited. */
static int still_named(int dirfd, const char *name, int fd, struct err *e)
{
	struct stat mine, there;

	if (fstat(fd, &mine))
		return err_set(e, ERR_SYSTEM, errno, "%s: stat", name);
	if (!S_ISREG(mine.st_mode))
		return err_set(e, ERR_INPUT, 0, "%s: is not a regular file", name);
	if (fstatat(dirfd, name, &there, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : err_set(e, ERR_SYSTEM, errno, "%s: stat", name);
	return mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/* O_CREAT or 0: for the first try, and for those after the file was removed. */
static int take(int dirfd, const char *name, bool exclusive, int first, int later, int wait_ms, struct err *e)
{
	int64_t deadline = now_us() + (int64_t)wait_ms * 1000;

	for (int create = first; ; create = later) {
		auto_close int fd = openat(dirfd, name,
					   O_RDWR | create | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
					   0600);
		int rc;

		if (fd < 0)
			return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%s: lock", name);
		if (wait_for(fd, exclusive ? LOCK_EX : LOCK_SH, deadline, name, e))
			return -1;
		rc = still_named(dirfd, name, fd, e);
		if (rc)
			return rc < 0 ? -1 : take_fd(&fd);
		if (now_us() >= deadline)
			return err_set(e, ERR_TIMEOUT, 0, "%s: is replaced again and again", name);
	}
}

int lock_take_within(int dirfd, const char *name, bool exclusive, int wait_ms, struct err *e)
{
	return take(dirfd, name, exclusive, O_CREAT, O_CREAT, wait_ms, e);
}

int lock_take_new(int dirfd, const char *name, bool exclusive, struct err *e)
{
	return take(dirfd, name, exclusive, O_CREAT, 0, LOCK_WAIT_MS, e);
}

int lock_take_existing(int dirfd, const char *name, bool exclusive, int wait_ms, struct err *e)
{
	return take(dirfd, name, exclusive, 0, 0, wait_ms, e);
}

int lock_take(int dirfd, const char *name, bool exclusive, struct err *e)
{
	return lock_take_within(dirfd, name, exclusive, LOCK_WAIT_MS, e);
}
