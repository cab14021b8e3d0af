/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_usage.c - see cgroup_usage.h. */
#include "launcher/runtime/cgroup_usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/runtime/cgroup.h"

enum { FILE_MAX = 65536, PROCS_BYTES_MAX = 4 << 20 };

static int read_text(int dir, const char *file, struct str *ret)
{
	auto_close int fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct err ignored;

	return fd < 0 ? -1 : io_read_to_str(fd, FILE_MAX, file, ret, &ignored);
}

/* A whole file that is one number; "max" and what v1 has for it is -1. */
static int64_t one_number(const char *text)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	return end == text || errno || n >= INT64_MAX / 2 ? -1 : (int64_t)n;
}

/* "usage_usec 123" */
static int64_t cpu_stat(const char *text)
{
	const char *at = strstr(text, "usage_usec ");
	int64_t usec = at && (at == text || at[-1] == '\n') ? one_number(at + strlen("usage_usec ")) : -1;

	return usec < 0 ? -1 : usec * 1000;
}

/* The sum of the numbers that stand behind `word` in the lines of all devices. */
static int64_t sum_behind(const char *text, const char *word)
{
	int64_t all = 0;

	for (const char *at = text; (at = strstr(at, word)); at += strlen(word)) {
		int64_t n = one_number(at + strlen(word));

		all += n > 0 ? n : 0;
	}
	return all;
}

static int64_t io_read(const char *text)
{
	return sum_behind(text, "rbytes=");
}

static int64_t io_written(const char *text)
{
	return sum_behind(text, "wbytes=");
}

static int64_t blkio_read(const char *text)
{
	return sum_behind(text, "Read ");
}

static int64_t blkio_written(const char *text)
{
	return sum_behind(text, "Write ");
}

/* In the order in which they are tried; the first that is there tells. */
static const struct {
	size_t offset;
	const char *file;
	int64_t (*read)(const char *text);
} files[] = {
#define ROW(member, file, read) { offsetof(struct cgroup_usage, member), file, read }
	ROW(cpu_nsec, "cpu.stat", cpu_stat), ROW(cpu_nsec, "cpuacct.usage", one_number),
	ROW(memory, "memory.current", one_number), ROW(memory, "memory.usage_in_bytes", one_number),
	ROW(memory_limit, "memory.max", one_number), ROW(memory_limit, "memory.limit_in_bytes", one_number),
	ROW(pids, "pids.current", one_number),
	ROW(read_bytes, "io.stat", io_read), ROW(read_bytes, "blkio.throttle.io_service_bytes_recursive", blkio_read),
	ROW(written_bytes, "io.stat", io_written), ROW(written_bytes, "blkio.throttle.io_service_bytes_recursive", blkio_written),
#undef ROW
};

void cgroup_usage_read(const struct strv *dirs, struct cgroup_usage *ret)
{
	*ret = (struct cgroup_usage){ -1, -1, -1, -1, -1, -1 };
	for (size_t d = 0; d < dirs->len; d++) {
		auto_close int dir = open(dirs->item[d], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		for (size_t i = 0; i < ARRAY_LEN(files) && dir >= 0; i++) {
			int64_t *to = (int64_t *)((char *)ret + files[i].offset);
			auto_str struct str text = { 0 };

			if (*to < 0 && read_text(dir, files[i].file, &text) == 0)
				*to = files[i].read(text.text);
		}
	}
}

int cgroup_file_read(const struct strv *dirs, const char *file, struct str *ret)
{
	for (size_t d = 0; d < dirs->len; d++) {
		auto_close int dir = open(dirs->item[d], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (dir >= 0 && read_text(dir, file, ret) == 0 && ret->text)
			return 0;
	}
	return -1;
}

struct pid_list {
	pid_t *pid;
	size_t len, room;
};

static int add_pids(int group, struct pid_list *l, struct err *e)
{
	auto_close int fd = openat(group, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	auto_str struct str text = { 0 };

	/* Removed meanwhile, or threaded: no process of its own. */
	if (fd < 0 || io_read_to_str(fd, PROCS_BYTES_MAX, "cgroup.procs", &text, e))
		return fd < 0 || e->sys == ENODEV || e->sys == EOPNOTSUPP ? 0 : -1;
	for (char *at = text.text, *end; at && *at; at = end + (*end == '\n')) {
		long pid = strtol(at, &end, 10);

		if (end == at)
			break;
		if (pid <= 0)
			continue;	/* of another PID name space */
		if (l->len == CGROUP_PIDS_MAX)
			return err_set(e, ERR_LIMIT, 0, "more than %d processes", CGROUP_PIDS_MAX);
		if (l->len == l->room) {
			size_t room = l->room ? 2 * l->room : 64;
			pid_t *more = reallocarray(l->pid, room, sizeof(*more));

			if (!more)
				return err_set(e, ERR_SYSTEM, ENOMEM, "processes");
			l->pid = more;
			l->room = room;
		}
		l->pid[l->len++] = (pid_t)pid;
	}
	return 0;
}

static int add_group(int parent, const char *name, int depth, struct pid_list *l, struct err *e)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *d;

	if (!dir) {
		close_fd_auto(&fd);
		return 0;
	}
	r = depth > CGROUP_NEST_MAX ? err_set(e, ERR_LIMIT, 0, "control groups nested more than %d deep", CGROUP_NEST_MAX)
				    : add_pids(dirfd(dir), l, e);
	while (!r && (d = readdir(dir)))
		if (d->d_type == DT_DIR && strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			r = add_group(dirfd(dir), d->d_name, depth + 1, l, e);
	(void)closedir(dir);
	return r;
}

static int by_number(const void *a, const void *b)
{
	return (*(const pid_t *)a > *(const pid_t *)b) - (*(const pid_t *)a < *(const pid_t *)b);
}

int cgroup_pids(const struct strv *dirs, pid_t **ret, size_t *ret_n, struct err *e)
{
	struct pid_list l = { 0 };

	for (size_t i = 0; i < dirs->len && !l.len; i++)
		if (add_group(AT_FDCWD, dirs->item[i], 0, &l, e)) {
			free(l.pid);
			return -1;
		}
	if (l.len)
		qsort(l.pid, l.len, sizeof(*l.pid), by_number);
	*ret = l.pid;
	*ret_n = l.len;
	return 0;
}
