/* SPDX-License-Identifier: Apache-2.0 */
/* copy_tree.c - see copy_tree.h. */
#include "launcher/cli/copy_tree.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/path.h"

enum { COPY_BUFFER = 64 << 10 };

struct copying {
	struct copy_tree *t;
	struct walk walk;
	int *to;			/* descriptors of the destination's directories, by depth */
	size_t depth;
	struct stat top;		/* of the destination: it may lie in the source */
	char *buffer;
};

static void copying_done(struct copying *c)
{
	for (size_t i = 1; c->to && i <= c->depth; i++)
		close_fd_auto(&c->to[i]);
	free(c->to);
	free(c->buffer);
}

static int failed(struct err *e, const char *name)
{
	if (errno == EROFS)
		return err_set(e, ERR_STATE, 0, "%s: the destination is read-only (a container's as its plan says)", name);
	return err_set(e, errno == EEXIST ? ERR_EXISTS : ERR_SYSTEM, errno, "%s", name);
}

/* After the content: a program that writes clears set-id bits, one that changes the time would be undone by it. */
static int set_attributes(const struct copy_tree *t, int fd, const struct stat *st, const char *name, struct err *e)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (fchown(fd, t->keep_owner ? st->st_uid : t->uid, t->keep_owner ? st->st_gid : t->gid) ||
	    fchmod(fd, st->st_mode & 01777) || futimens(fd, times))
		return failed(e, name);
	return 0;
}

/* Makes way for `name`. A directory goes, or comes in the place of something else, only with --overwrite. */
static int make_way(const struct copy_tree *t, int to, const char *name, bool for_directory, struct err *e)
{
	struct stat st;

	if (fstatat(to, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : failed(e, name);
	if ((for_directory || S_ISDIR(st.st_mode)) && !t->overwrite)
		return err_set(e, ERR_EXISTS, 0, for_directory ? "%s: is there and is no directory (--overwrite)" :
			       "%s: is there and is a directory (--overwrite)", name);
	if (S_ISDIR(st.st_mode))
		return path_remove_tree(to, name, e);
	return unlinkat(to, name, 0) && errno != ENOENT ? failed(e, name) : 0;
}

/* Without end, and nothing that anybody stored. */
static bool is_of_the_kernel(int fd)
{
	static const unsigned long types[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
					       DEBUGFS_MAGIC, TRACEFS_MAGIC, SECURITYFS_MAGIC, SELINUX_MAGIC, BPF_FS_MAGIC };
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if ((unsigned long)fs.f_type == types[i])
			return true;
	return false;
}

static int kernels_own(const char *name, struct err *e)
{
	return err_set(e, ERR_INPUT, 0, "%s: a file system of the kernel is not copied", name);
}

int copy_tree_directory(const struct copy_tree *t, int from, int to, const char *name, struct err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	auto_close int fd = openat(to, name, flags);
	struct stat st;

	int missing = errno;

	if (fd >= 0)
		return take_fd(&fd);
	/* Before anything is made that would stay empty. */
	if (is_of_the_kernel(from))
		return kernels_own(name, e);
	if (missing != ENOENT && make_way(t, to, name, true, e))
		return -1;
	if (mkdirat(to, name, 0700))
		return failed(e, name);
	fd = openat(to, name, flags);
	if (fd < 0 || fstat(from, &st))
		return failed(e, name);
	return set_attributes(t, fd, &st, name, e) ? -1 : take_fd(&fd);
}

static int copy_bytes(struct copying *c, int from, int to, uint64_t size, const char *name, struct err *e)
{
	while (size) {
		ssize_t n = read(from, c->buffer, size < COPY_BUFFER ? (size_t)size : COPY_BUFFER);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "%s: read", name);
		if (n == 0)
			return 0;
		if (io_write_all(to, c->buffer, (size_t)n, name, e))
			return -1;
		size -= (uint64_t)n;
	}
	return 0;
}

static int copy_file(struct copying *c, int from, int to, const char *name, struct err *e)
{
	auto_close int fd = -1;
	struct stat st;

	if (fstat(from, &st))
		return failed(e, name);
	if (walk_count(&c->walk, (uint64_t)st.st_size, name, e) || make_way(c->t, to, name, false, e))
		return -1;
	fd = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(e, name);
	if (copy_bytes(c, from, fd, (uint64_t)st.st_size, name, e) || set_attributes(c->t, fd, &st, name, e)) {
		(void)unlinkat(to, name, 0);
		return -1;
	}
	return 0;
}

static int copy_link(struct copying *c, const struct walk_entry *w, int to, struct err *e)
{
	const struct timespec times[2] = { w->st.st_atim, w->st.st_mtim };
	char text[PATH_MAX];
	ssize_t n = readlinkat(w->fd, "", text, sizeof(text));

	if (n < 0 || n == sizeof(text))
		return err_set(e, ERR_SYSTEM, n < 0 ? errno : ENAMETOOLONG, "%s", w->path);
	text[n] = '\0';
	if (make_way(c->t, to, w->name, false, e))
		return -1;
	if (symlinkat(text, to, w->name) ||
	    fchownat(to, w->name, c->t->keep_owner ? w->st.st_uid : c->t->uid, c->t->keep_owner ? w->st.st_gid : c->t->gid,
		     AT_SYMLINK_NOFOLLOW) ||
	    utimensat(to, w->name, times, AT_SYMLINK_NOFOLLOW))
		return failed(e, w->path);
	return 0;
}

static int enter_directory(struct copying *c, const struct walk_entry *w, struct err *e)
{
	int fd;

	if (is_of_the_kernel(w->fd) || (w->st.st_dev == c->top.st_dev && w->st.st_ino == c->top.st_ino))
		return 1;
	fd = copy_tree_directory(c->t, w->fd, c->to[c->depth], w->name, e);
	if (fd < 0)
		return err_context(e, "%.300s", w->path);
	c->to[++c->depth] = fd;
	return 0;
}

static int enter(void *arg, const struct walk_entry *w, struct err *e)
{
	struct copying *c = arg;
	int to = c->to[c->depth];
	auto_close int from = -1;

	if (!*w->path)
		return 0;
	switch (w->st.st_mode & S_IFMT) {
	case S_IFDIR:
		return enter_directory(c, w, e);
	case S_IFLNK:
		return copy_link(c, w, to, e);
	case S_IFREG:
		from = walk_open(w, e);
		if (from < 0)
			return -1;
		return copy_file(c, from, to, w->name, e);
	default:
		c->t->left_out++;
		return 0;
	}
}

/* The time of a directory is that of the last thing made in it, until now. */
static int leave(void *arg, const struct walk_entry *w, struct err *e)
{
	const struct timespec times[2] = { w->st.st_atim, w->st.st_mtim };
	struct copying *c = arg;

	if (!*w->path)
		return 0;
	if (futimens(c->to[c->depth], times))
		return failed(e, w->path);
	close_fd_auto(&c->to[c->depth--]);
	return 0;
}

static int prepare(struct copying *c, int to, struct err *e)
{
	c->walk = (struct walk){ .limits = c->t->limits, .enter = enter, .leave = leave, .arg = c };
	c->to = calloc(c->t->limits.depth + 2, sizeof(*c->to));
	c->buffer = malloc(COPY_BUFFER);
	if (!c->to || !c->buffer)
		return err_set(e, ERR_SYSTEM, ENOMEM, "copy");
	c->to[0] = to;
	return fstat(to, &c->top) ? failed(e, "destination") : 0;
}

int copy_tree_content(struct copy_tree *t, int from, int to, struct err *e)
{
	AUTO(copying_done) struct copying c = { .t = t };

	if (is_of_the_kernel(from))
		return kernels_own("source", e);
	return prepare(&c, to, e) || walk_tree(&c.walk, from, e) ? -1 : 0;
}

int copy_tree_file(struct copy_tree *t, int from, int to, const char *name, struct err *e)
{
	AUTO(copying_done) struct copying c = { .t = t };

	return prepare(&c, to, e) ? -1 : copy_file(&c, from, to, name, e);
}
