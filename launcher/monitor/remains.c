/* SPDX-License-Identifier: Apache-2.0 */
/* remains.c - what a container leaves in its cgroup: processes, counters, directories. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/monitor/monitor.h"

enum { DEPTH_MAX = 64, PROCS_MAX = 1 << 20, ROUNDS_MAX = 32 };

static void pause_ms(int ms)
{
	const struct timespec t = { .tv_nsec = ms * 1000000L };

	(void)nanosleep(&t, NULL);
}

static int open_dir(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool lists(const char *procs, const char *pid, size_t n)
{
	for (const char *at = procs; *at; at = strchr(at, '\n') + 1) {
		if (strncmp(at, pid, n) == 0 && at[n] == '\n')
			return true;
		if (!strchr(at, '\n'))
			break;
	}
	return false;
}

/* A number may be another process by now: the pidfd counts only if the cgroup lists the number after it was opened. */
static bool kill_listed(int dir)
{
	auto_str struct str procs = { 0 }, again = { 0 };
	bool any = false;
	struct err e;

	if (io_read_file_at(dir, "cgroup.procs", PROCS_MAX, &procs, &e))
		return false;
	for (char *at = procs.text, *end; (end = strchr(at, '\n')); at = end + 1) {
		auto_close int pidfd = (int)syscall(SYS_pidfd_open, (pid_t)strtol(at, NULL, 10), 0);

		any = true;
		str_done(&again);
		if (pidfd >= 0 && io_read_file_at(dir, "cgroup.procs", PROCS_MAX, &again, &e) == 0 &&
		    lists(again.text, at, (size_t)(end - at)))
			(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	}
	return any;
}

/* Calls fn for the directory and, before it, for each below it. */
static void walk(int dir, int depth, void (*fn)(int dir, void *arg), void *arg)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);

	if (!d && copy >= 0)
		(void)close(copy);
	for (struct dirent *de; d && depth < DEPTH_MAX && (de = readdir(d));) {
		auto_close int sub = -1;

		if (de->d_type != DT_DIR || de->d_name[0] == '.')
			continue;
		sub = openat(dir, de->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub < 0)
			continue;
		walk(sub, depth + 1, fn, arg);
		if (!fn)
			(void)unlinkat(dir, de->d_name, AT_REMOVEDIR);
	}
	if (d)
		(void)closedir(d);
	if (fn)
		fn(dir, arg);
}

static void kill_in(int dir, void *arg)
{
	if (kill_listed(dir))
		*(bool *)arg = true;
}

void remains_kill(const struct strv *dirs)
{
	for (size_t i = 0; i < dirs->len; i++) {
		auto_close int dir = open_dir(dirs->item[i]);
		bool any = dir >= 0;
		struct err e;

		/* Version 1: a frozen process does not die of SIGKILL before it is thawed. */
		if (dir >= 0 && io_write_kernel_at(dir, "freezer.state", "THAWED", &e))
			(void)0;	/* another controller, or version 2 */
		/* A process may fork between the list and its end, so again, but not for ever. */
		for (int round = 0; any && round < ROUNDS_MAX; round++) {
			any = false;
			walk(dir, 0, kill_in, &any);
			if (any)
				pause_ms(1);
		}
	}
}

/* "oom_kill N" with N > 0. */
static bool counts_oom(int dir, const char *file)
{
	char text[512];
	const char *at;
	struct err e;

	if (io_read_kernel_at(dir, file, text, sizeof(text), &e))
		return false;
	at = strncmp(text, "oom_kill ", 9) == 0 ? text : strstr(text, "\noom_kill ");
	at = at ? strchr(at, ' ') : NULL;
	return at && strtoul(at + 1, NULL, 10) > 0;
}

bool remains_oom(int cgroup, const struct strv *dirs)
{
	if (cgroup >= 0)
		return counts_oom(cgroup, "memory.events");
	for (size_t i = 0; i < dirs->len; i++) {
		auto_close int dir = open_dir(dirs->item[i]);

		if (dir >= 0 && counts_oom(dir, "memory.oom_control"))
			return true;
	}
	return false;
}

bool remains_were_empty(const struct strv *dirs)
{
	bool all = true;

	for (size_t i = 0; i < dirs->len; i++)
		if (rmdir(dirs->item[i]) && errno != ENOENT)
			all = false;
	return all;
}

static bool remove_one(const char *path)
{
	auto_close int dir = -1;

	if (rmdir(path) == 0 || errno == ENOENT)
		return true;
	dir = open_dir(path);
	if (dir >= 0)
		walk(dir, 0, NULL, NULL);
	return rmdir(path) == 0 || errno == ENOENT;
}

bool remains_remove(const struct strv *dirs)
{
	int64_t end = monitor_now() + CGROUP_WAIT_MS;
	bool all = true;

	for (size_t i = 0; i < dirs->len; i++)
		for (int ms = 1; !remove_one(dirs->item[i]); ms = ms < 32 ? ms * 2 : ms) {
			/* Anything but "busy" does not change by waiting. */
			if (errno != EBUSY || monitor_now() >= end) {
				all = false;
				break;
			}
			pause_ms(ms);
		}
	return all;
}
