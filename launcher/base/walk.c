/* SPDX-License-Identifier: Apache-2.0 */
/* walk.c - see walk.h. */
#include "launcher/base/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/str.h"

DEFINE_AUTO(closedir, DIR *)

struct level {
	struct walk *w;
	struct str path;		/* of the directory that is walked */
	uint64_t depth;
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All names first: a directory that changes while it is read gives none twice, and its order is ours. */
static int read_names(struct level *l, int dir, struct strv *names, struct err *e)
{
	AUTO(closedir_auto) DIR *d = NULL;
	auto_close int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;

	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return err_set(e, ERR_SYSTEM, errno, "%s: read directory", l->path.len ? l->path.text : "/");
	fd = -1;
	while (errno = 0, (entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (++l->w->entries > l->w->limits.entries)
			return err_set(e, ERR_LIMIT, 0, "more than %ju entries", (uintmax_t)l->w->limits.entries);
		if (strv_add(names, entry->d_name, e))
			return -1;
	}
	if (errno)
		return err_set(e, ERR_SYSTEM, errno, "%s: read directory", l->path.len ? l->path.text : "/");
	if (names->len)
		qsort(names->item, names->len, sizeof(*names->item), compare);
	return 0;
}

static int walk_directory(struct level *l, int dir, struct err *e);

static int walk_one(struct level *l, int dir, const char *name, struct err *e)
{
	auto_close int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct walk_entry at = { .name = name, .parent = dir, .fd = fd };
	int rc;

	if (fd < 0 || fstat(fd, &at.st))
		return errno == ENOENT ? 0 : err_set(e, ERR_SYSTEM, errno, "%s", l->path.text);
	at.path = l->path.text;
	rc = l->w->enter(l->w->arg, &at, e);
	if (rc || !S_ISDIR(at.st.st_mode))
		return rc < 0 ? -1 : 0;
	if (walk_directory(l, fd, e))
		return -1;
	at.path = l->path.text;
	return l->w->leave ? l->w->leave(l->w->arg, &at, e) : 0;
}

static int walk_directory(struct level *l, int dir, struct err *e)
{
	auto_strv struct strv names = { 0 };
	size_t length = l->path.len;

	if (read_names(l, dir, &names, e))
		return -1;
	if (names.len && ++l->depth > l->w->limits.depth)
		return err_set(e, ERR_LIMIT, 0, "%.100s...: deeper than %ju directories", l->path.text,
			       (uintmax_t)l->w->limits.depth);
	for (size_t i = 0; i < names.len; i++) {
		if (length + !!length + strlen(names.item[i]) > l->w->limits.path_bytes)
			return err_set(e, ERR_LIMIT, 0, "%.100s...: a path of more than %ju bytes", l->path.text,
				       (uintmax_t)l->w->limits.path_bytes);
		if ((length && str_add(&l->path, "/", e)) || str_add(&l->path, names.item[i], e) ||
		    walk_one(l, dir, names.item[i], e))
			return -1;
		l->path.len = length;
		l->path.text[length] = '\0';
	}
	l->depth -= names.len != 0;
	return 0;
}

int walk_tree(struct walk *w, int top, struct err *e)
{
	struct level l = { .w = w };
	struct walk_entry at = { .path = "", .name = "", .parent = -1, .fd = top };
	int rc;

	if (fstat(top, &at.st))
		return err_set(e, ERR_SYSTEM, errno, "stat");
	rc = w->enter(w->arg, &at, e);
	if (rc == 0)
		rc = walk_directory(&l, top, e);
	str_done(&l.path);
	if (rc)
		return rc < 0 ? -1 : 0;
	return w->leave ? w->leave(w->arg, &at, e) : 0;
}

int walk_count(struct walk *w, uint64_t bytes, const char *path, struct err *e)
{
	if (bytes > w->limits.bytes - w->bytes)
		return err_set(e, ERR_LIMIT, 0, "%s: more than %ju bytes in all", path, (uintmax_t)w->limits.bytes);
	w->bytes += bytes;
	return 0;
}

/* Not through /proc/self/fd: there need be none. A FIFO put there meanwhile does not hold us up, and is seen. */
int walk_open(const struct walk_entry *w, struct err *e)
{
	bool top = w->parent < 0 || S_ISDIR(w->st.st_mode);
	auto_close int fd = openat(top ? w->fd : w->parent, top ? "." : w->name,
				   O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_set(e, ERR_SYSTEM, errno, "%s", w->path);
	if (st.st_dev != w->st.st_dev || st.st_ino != w->st.st_ino || (st.st_mode ^ w->st.st_mode) & S_IFMT)
		return err_set(e, ERR_STATE, 0, "%s: was replaced while it was looked at", w->path);
	return take_fd(&fd);
}
