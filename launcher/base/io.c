/* SPDX-License-Identifier: Apache-2.0 */
/* io.c - bounded whole reads, whole writes, and files replaced in one step. */
#include "launcher/base/io.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "launcher/base/path.h"

enum { IO_CHUNK = 16 << 10, TEMP_TRIES = 16, KERNEL_LINE_MAX = 2048 };

static ssize_t read_some(int fd, void *to, size_t n)
{
	ssize_t got;

	do
		got = read(fd, to, n);
	while (got < 0 && errno == EINTR);
	return got;
}

int io_read_all(int fd, void *to, size_t n, const char *what, struct err *e)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = read_some(fd, (char *)to + done, n - done);

		if (got < 0)
			return err_set(e, ERR_SYSTEM, errno, "%s: read", what);
		if (got == 0)
			return err_set(e, ERR_INPUT, 0, "%s: ends after %zu of %zu bytes", what, done, n);
		done += (size_t)got;
	}
	return 0;
}

int io_write_all(int fd, const void *from, size_t n, const char *what, struct err *e)
{
	size_t done = 0;

	while (done < n) {
		ssize_t put = write(fd, (const char *)from + done, n - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return err_set(e, ERR_SYSTEM, put ? errno : ENOSPC, "%s: write", what);
		done += (size_t)put;
	}
	return 0;
}

/* `size` is where the file ends by its own account: no read more to find that out. 0: not known. */
static int read_to_str(int fd, size_t size, size_t max, const char *what, struct str *s, struct err *e)
{
	size_t step = size && size < IO_CHUNK ? size + 1 : IO_CHUNK, done = 0;

	for (;;) {
		ssize_t got;

		if (str_room(s, step, e))
			return err_context(e, "%s", what);
		got = read_some(fd, s->text + s->len, step);
		if (got < 0)
			return err_set(e, ERR_SYSTEM, errno, "%s: read", what);
		if ((size_t)got > max - done) {
			s->text[s->len] = '\0';
			return err_set(e, ERR_LIMIT, 0, "%s: more than %zu bytes", what, max);
		}
		s->len += (size_t)got;
		s->text[s->len] = '\0';
		done += (size_t)got;
		if (got == 0 || (done == size && (size_t)got < step))
			return 0;
	}
}

int io_read_to_str(int fd, size_t max, const char *what, struct str *s, struct err *e)
{
	return read_to_str(fd, 0, max, what, s, e);
}

int io_read_regular(int fd, const struct stat *st, size_t max, const char *what, struct str *s, struct err *e)
{
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_INPUT, 0, "%s: is not a regular file", what);
	return read_to_str(fd, (size_t)st->st_size, max, what, s, e);
}

static int check_component(const char *name, struct err *e)
{
	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_set(e, ERR_INPUT, 0, "\"%s\" is not one path component", name);
	return 0;
}

static int open_error(struct err *e, const char *name)
{
	int sys = errno;

	if (sys == ELOOP)
		return err_set(e, ERR_INPUT, 0, "%s: is a symbolic link", name);
	return err_set(e, sys == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, sys, "%s", name);
}

/* FIFO and device in the file's place: neither waits for anybody. */
enum { FILE_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

static int read_opened(int fd, const char *name, size_t max, struct str *s, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_set(e, ERR_SYSTEM, errno, "%s: stat", name);
	return io_read_regular(fd, &st, max, name, s, e);
}

int io_read_file_at(int dirfd, const char *name, size_t max, struct str *s, struct err *e)
{
	auto_close int fd = -1;

	if (check_component(name, e))
		return -1;
	fd = openat(dirfd, name, FILE_FLAGS);
	return fd < 0 ? open_error(e, name) : read_opened(fd, name, max, s, e);
}

int io_read_file_below(int dirfd, const char *path, size_t max, struct str *s, struct err *e)
{
	auto_close int fd = path_below_open(dirfd, path, FILE_FLAGS, true, e);

	return fd < 0 ? -1 : read_opened(fd, path, max, s, e);
}

/* Everything up to the rename; the caller removes `temp` when this fails. */
static int fill_temp(int fd, const char *name, const void *bytes, size_t n, mode_t mode,
		     bool durable, struct err *e)
{
	if (io_write_all(fd, bytes, n, name, e))
		return -1;
	/* It was made with 0600, whatever the umask lets of that. */
	if (mode != 0600 && fchmod(fd, mode))
		return err_set(e, ERR_SYSTEM, errno, "%s: chmod", name);
	if (durable && fsync(fd))
		return err_set(e, ERR_SYSTEM, errno, "%s: fsync", name);
	return 0;
}

/* fsync() of a directory needs a descriptor that is not O_PATH, which dirfd may be. */
static int sync_dir(int dirfd, const char *name, struct err *e)
{
	auto_close int fd = -1;

	if (fsync(dirfd) == 0)
		return 0;
	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		return err_set(e, ERR_SYSTEM, errno, "directory of %s: fsync", name);
	return 0;
}

/*
 * A new file beside `name`. A leading dot: no id and no name starts so, and directory readers skip what a crash left. The
 * time makes the name mostly new; O_EXCL says whether it is.
 */
static int make_temp(int dirfd, const char *name, char temp[NAME_MAX + 1], struct err *e)
{
	int fd = -1;

	for (int tries = 0; tries < TEMP_TRIES; tries++) {
		struct timespec t;

		(void)clock_gettime(CLOCK_MONOTONIC, &t);
		if (snprintf(temp, NAME_MAX + 1, ".%s.%llx", name,
			     (unsigned long long)t.tv_sec * 1000000000 + (unsigned long long)t.tv_nsec) > NAME_MAX)
			return err_set(e, ERR_LIMIT, ENAMETOOLONG, "%s", name);
		fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	return fd < 0 ? open_error(e, name) : fd;
}

static int replace(int dirfd, const char *name, const void *bytes, size_t n, mode_t mode,
		   bool durable, struct err *e)
{
	char temp[NAME_MAX + 1];
	auto_close int fd = -1;

	if (check_component(name, e))
		return -1;
	fd = make_temp(dirfd, name, temp, e);
	if (fd < 0)
		return -1;
	if (fill_temp(fd, name, bytes, n, mode, durable, e))
		goto fail;
	if (renameat(dirfd, temp, dirfd, name)) {
		err_set(e, ERR_SYSTEM, errno, "%s: rename", name);
		goto fail;
	}
	return durable ? sync_dir(dirfd, name, e) : 0;
fail:
	(void)unlinkat(dirfd, temp, 0);
	return -1;
}

int io_replace_file_at(int dirfd, const char *name, const void *bytes, size_t n, mode_t mode,
		       struct err *e)
{
	return replace(dirfd, name, bytes, n, mode, true, e);
}

int io_replace_volatile_at(int dirfd, const char *name, const void *bytes, size_t n, mode_t mode,
			   struct err *e)
{
	return replace(dirfd, name, bytes, n, mode, false, e);
}

int io_write_kernel_at(int dirfd, const char *path, const char *text, struct err *e)
{
	auto_close int fd = openat(dirfd, path, O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	size_t n = strlen(text);
	ssize_t put;

	if (fd < 0)
		return open_error(e, path);
	put = write(fd, text, n);
	if (put < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s: write \"%.60s\"", path, text);
	/* The kernel took a part for the whole: a second write would be a second command. */
	if ((size_t)put != n)
		return err_set(e, ERR_SYSTEM, 0, "%s: took %zd of %zu bytes", path, put, n);
	return 0;
}

int io_read_kernel_at(int dirfd, const char *path, char *buf, size_t n, struct err *e)
{
	auto_close int fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	size_t done = 0;
	ssize_t got;

	if (fd < 0)
		return open_error(e, path);
	while (done < n && (got = read_some(fd, buf + done, n - done)) != 0) {
		if (got < 0)
			return err_set(e, ERR_SYSTEM, errno, "%s: read", path);
		done += (size_t)got;
		/* It stops early only for a line that does not fit (seq_read_iter(), fs/seq_file.c), and none is so long. */
		if (done < n / 2 && done < KERNEL_LINE_MAX)
			break;
	}
	if (done == n)
		return err_set(e, ERR_LIMIT, 0, "%s: more than %zu bytes", path, n - 1);
	if (done && buf[done - 1] == '\n')
		done--;
	buf[done] = '\0';
	return 0;
}
