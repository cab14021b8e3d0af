/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_end.c - kill what is in a container's control groups, and remove them. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/runtime/cgroup.h"

enum { ROUND_PIDS = 128, PROCS_MAX = 4 << 20 };

struct victim {
	long pid;
	int fd;
};

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Doubling from 1 ms to 32; false when the time is over. */
static bool pause_until(int64_t deadline, int *ms)
{
	struct timespec t = { .tv_nsec = *ms * 1000000L };

	if (now_ms() >= deadline)
		return false;
	(void)nanosleep(&t, NULL);
	*ms = *ms < 32 ? *ms * 2 : 32;
	return true;
}

static int read_procs(int group, struct str *ret, struct err *e)
{
	auto_close int fd = openat(group, "cgroup.procs", O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)	/* removed meanwhile */
		return str_add(ret, "", e);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "cgroup.procs");
	return io_read_to_str(fd, PROCS_MAX, "cgroup.procs", ret, e);
}

static void signal_pid(const struct victim *v, size_t n, long pid)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].pid == pid)
			(void)syscall(SYS_pidfd_send_signal, v[i].fd, SIGKILL, NULL, 0);
}

/*
 * A PID read from the list may be another process's by the time of a signal. So: descriptors first, then
 * the list again, and a signal through the descriptor to those that are listed still. 0 is a
 * process of another PID name space: not ours to signal.
 */
static int kill_group(int group, bool *found, struct err *e)
{
	auto_str struct str first = { 0 }, again = { 0 };
	struct victim v[ROUND_PIDS];
	size_t n = 0;
	char *end;

	if (read_procs(group, &first, e))
		return -1;
	if (!first.len)
		return 0;
	*found = true;
	for (char *at = first.text; *at && n < ROUND_PIDS; at = end + (*end == '\n')) {
		v[n].pid = strtol(at, &end, 10);
		if (end == at)
			break;
		v[n].fd = v[n].pid > 0 ? (int)syscall(SYS_pidfd_open, (pid_t)v[n].pid, 0) : -1;
		n += v[n].fd >= 0;
	}
	if (read_procs(group, &again, e) == 0)
		for (char *at = again.text; at && *at; at = end + (*end == '\n')) {
			long pid = strtol(at, &end, 10);

			if (end == at)
				break;
			signal_pid(v, n, pid);
		}
	while (n)
		(void)close(v[--n].fd);
	return 0;
}

static int sweep(int group, int depth, bool *found, struct err *e);

static int sweep_child(int group, const char *name, int depth, bool *found, struct err *e)
{
	auto_close int fd = openat(group, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : err_set(e, ERR_SYSTEM, errno, "control group %.64s", name);
	if (depth >= CGROUP_NEST_MAX)
		return err_set(e, ERR_LIMIT, 0, "control groups nested more than %d deep", CGROUP_NEST_MAX);
	return sweep(fd, depth + 1, found, e);
}

static int each_child(int group, int (*fn)(int, const char *, int, bool *, struct err *), int depth,
		      bool *found, struct err *e)
{
	int fd = openat(group, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;

	if (!dir) {
		close_fd_auto(&fd);
		return err_set(e, ERR_SYSTEM, errno, "control group: read");
	}
	while (!r && (d = readdir(dir)))
		if (d->d_type == DT_DIR && strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			r = fn(group, d->d_name, depth, found, e);
	(void)closedir(dir);
	return r;
}

/* Signal everything in `group` and below. A frozen v1 process dies when it is thawed. */
static int sweep(int group, int depth, bool *found, struct err *e)
{
	struct err ignored;

	if (kill_group(group, found, e) || each_child(group, sweep_child, depth, found, e))
		return -1;
	if (io_write_kernel_at(group, "freezer.state", "THAWED", &ignored))
		ignored.sys = 0;
	return 0;
}

static int kill_dir(const char *dir, int64_t deadline, struct err *e)
{
	auto_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool found = true;
	int ms = 1;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_set(e, ERR_SYSTEM, errno, "control group %s", dir);
	if (io_write_kernel_at(fd, "cgroup.kill", "1", e) == 0)
		return 0;
	if (e->reason != ERR_NOTFOUND)
		return err_context(e, "control group %s", dir);
	for (;;) {
		found = false;
		if (sweep(fd, 0, &found, e))
			return err_context(e, "%s", dir);
		if (!found)
			return 0;
		if (!pause_until(deadline, &ms))
			return err_set(e, ERR_TIMEOUT, 0, "control group %s: its processes do not end", dir);
	}
}

int cgroup_kill(const struct strv *dirs, struct err *e)
{
	int64_t deadline = now_ms() + CGROUP_REMOVE_MS;

	for (size_t i = 0; i < dirs->len; i++)
		if (kill_dir(dirs->item[i], deadline, e))
			return -1;
	return 0;
}

static int remove_child(int group, const char *name, int depth, bool *busy, struct err *e)
{
	auto_close int fd = -1;

	if (unlinkat(group, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY)
		return err_set(e, ERR_SYSTEM, errno, "control group %.64s: rmdir", name);
	if (depth >= CGROUP_NEST_MAX)
		return err_set(e, ERR_LIMIT, 0, "control groups nested more than %d deep", CGROUP_NEST_MAX);
	fd = openat(group, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_set(e, ERR_SYSTEM, errno, "control group %.64s", name);
	if (each_child(fd, remove_child, depth + 1, busy, e))
		return -1;
	if (unlinkat(group, name, AT_REMOVEDIR) && errno != ENOENT)
		*busy = true;
	return 0;
}

static int remove_dir(const char *dir, int64_t deadline, struct err *e)
{
	bool busy = true;
	int ms = 1;

	for (;;) {
		busy = false;
		if (remove_child(AT_FDCWD, dir, 0, &busy, e))
			return err_context(e, "%s", dir);
		if (!busy)
			return 0;
		if (!pause_until(deadline, &ms))
			return err_set(e, ERR_TIMEOUT, EBUSY, "control group %s: still in use", dir);
	}
}

int cgroup_remove(const struct strv *dirs, struct err *e)
{
	int64_t deadline = now_ms() + CGROUP_REMOVE_MS;

	for (size_t i = 0; i < dirs->len; i++)
		if (remove_dir(dirs->item[i], deadline, e))
			return -1;
	return 0;
}
