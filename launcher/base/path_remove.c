/* SPDX-License-Identifier: Apache-2.0 */
/* path_remove.c - removing a tree that a hostile program filled. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/path.h"

/*
 * A container can nest directories without end, so depth must not cost us
 * descriptors or stack: what lies deeper than this is moved up to the top of
 * the tree and removed from there.
 */
enum { LEVELS_MAX = 64, RESCANS_MAX = 64 };

DEFINE_AUTO(closedir, DIR *)

struct removal {
	int top;		/* the directory that is removed */
	int level;
	unsigned long moved;
	struct err *e;
};

static int remove_content(struct removal *r, int fd);

static int move_up(struct removal *r, int fd, const char *name)
{
	char to[64];

	/* The tree may hold the name already: then the next one. */
	do {
		snprintf(to, sizeof(to), "removing.%lu", r->moved++);
		if (renameat2(fd, name, r->top, to, RENAME_NOREPLACE) == 0)
			return 0;
	} while (errno == EEXIST && r->moved < 1000000);
	return err_set(r->e, ERR_SYSTEM, errno, "%s: move to remove", name);
}

static int remove_entry(struct removal *r, int fd, const char *name)
{
	auto_close int sub = -1;

	if (unlinkat(fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return err_set(r->e, ERR_SYSTEM, errno, "%s: remove", name);
	if (unlinkat(fd, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != ENOTEMPTY)
		return err_set(r->e, ERR_SYSTEM, errno, "%s: remove", name);
	if (r->level >= LEVELS_MAX)
		return move_up(r, fd, name);
	sub = path_below_open(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, true, r->e);
	if (sub < 0)
		return -1;
	r->level++;
	if (remove_content(r, sub))
		return -1;
	r->level--;
	if (unlinkat(fd, name, AT_REMOVEDIR))
		return err_set(r->e, ERR_SYSTEM, errno, "%s: remove", name);
	return 0;
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Removes what one pass over the directory shows; *ret_found says whether there was anything. */
static int one_pass(struct removal *r, DIR *dir, bool *ret_found)
{
	struct dirent *entry;

	*ret_found = false;
	rewinddir(dir);
	while (errno = 0, (entry = readdir(dir))) {
		if (is_dot(entry->d_name))
			continue;
		*ret_found = true;
		if (remove_entry(r, dirfd(dir), entry->d_name))
			return -1;
	}
	return errno ? err_set(r->e, ERR_SYSTEM, errno, "read directory") : 0;
}

/*
 * Passes are repeated: removing while reading may hide entries, and move_up() adds some to the top. A pass that moved
 * something brought us LEVELS_MAX nearer to the end of the deepest branch, so it does not count.
 */
static int remove_content(struct removal *r, int fd)
{
	AUTO(closedir_auto) DIR *dir = NULL;
	bool found = true;
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	dir = own < 0 ? NULL : fdopendir(own);
	if (!dir) {
		int sys = errno;

		close_fd_auto(&own);
		return err_set(r->e, ERR_SYSTEM, sys, "open directory");
	}
	for (int i = 0; i < RESCANS_MAX && found; i++) {
		unsigned long moved = r->moved;

		if (one_pass(r, dir, &found))
			return -1;
		i -= r->moved != moved;
	}
	return 0;
}

int path_remove_tree(int dirfd, const char *name, struct err *e)
{
	auto_close int fd = -1;
	struct removal r = { .e = e };

	if (!*name || strchr(name, '/') || is_dot(name))
		return err_set(e, ERR_INPUT, 0, "\"%s\" is not one path component", name);
	/* Empty directories are many, and one call. */
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT || unlinkat(dirfd, name, AT_REMOVEDIR) == 0)
		return 0;
	fd = path_below_open(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, true, e);
	if (fd < 0)
		return -1;
	r.top = fd;
	if (remove_content(&r, fd))
		return err_context(e, "%s", name);
	if (unlinkat(dirfd, name, AT_REMOVEDIR))
		return err_set(e, ERR_SYSTEM, errno, "%s: remove", name);
	return 0;
}
