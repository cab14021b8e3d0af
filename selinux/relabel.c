/* SPDX-License-Identifier: Apache-2.0 */
/* relabel.c - the walk over a volume: refuse first, then set security.selinux by descriptor. */
#include "selinux/relabel.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/path.h"
#include "launcher/base/proc.h"
#include "selinux/label.h"
#include "selinux/system_dirs.h"

#define XATTR "security.selinux"

struct walk {
	int procfd, fds;		/* fds: our own fd directory on that procfs */
	const struct system_dirs *system;
	const char *context;
	bool own;			/* a volume of the store */
	bool apply;
	uint64_t max;
	struct relabel_result result;
	size_t len;
	char path[PATH_MAX];		/* of the object at hand, for errors */
};

static inline void closedir_auto(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/*
 * The kernel takes no xattr call on an O_PATH descriptor, and setxattrat() came only
 * with 6.13. The name of a descriptor in the working directory is a single component
 * that leads to the object itself, also where that is a symbolic link.
 */
static int has_label(struct walk *w, int fd, struct err *e)
{
	char name[16], was[LABEL_MAX];
	ssize_t n;

	snprintf(name, sizeof(name), "%d", fd);
	n = getxattr(name, XATTR, was, sizeof(was) - 1);
	if (n < 0 && errno != ENODATA && errno != ERANGE)
		return err_set(e, ERR_SYSTEM, errno, "relabel %.300s: read label", w->path);
	was[n < 0 ? 0 : n] = '\0';
	return strcmp(was, w->context) == 0;
}

static int set_label(struct walk *w, int fd, struct err *e)
{
	int has = has_label(w, fd, e);
	char name[16];

	if (has)
		return has < 0 ? -1 : 0;
	snprintf(name, sizeof(name), "%d", fd);
	if (setxattr(name, XATTR, w->context, strlen(w->context) + 1, 0))
		return err_set(e, ERR_SYSTEM, errno, "relabel %.300s: set label (%llu of its volume were changed)",
			       w->path, (unsigned long long)w->result.changed);
	w->result.changed++;
	return 0;
}

/* Into our own volumes containers link their files, which have its label by then. */
static int check_links(struct walk *w, int fd, const struct stat *st, struct err *e)
{
	int has = st->st_nlink == 1 || (w->own ? has_label(w, fd, e) : 0);

	if (has)
		return has < 0 ? -1 : 0;
	return err_set(e, ERR_POLICY, 0, "relabel %.300s: the file has %llu links; its other name may be outside of the volume",
		       w->path, (unsigned long long)st->st_nlink);
}

static int check_object(struct walk *w, int fd, const struct stat *st, struct err *e)
{
	const char *system;

	if (++w->result.seen > w->max)
		return err_set(e, ERR_LIMIT, 0, "relabel %.300s: the volume has more than %llu objects",
			       w->path, (unsigned long long)w->max);
	switch (st->st_mode & S_IFMT) {
	case S_IFDIR:
		system = system_dirs_by_inode(w->system, st);
		if (system)
			return err_set(e, ERR_POLICY, 0, "relabel %.300s: this is the system directory %s",
				       w->path, system);
		return 0;
	case S_IFREG:
		return check_links(w, fd, st, e);
	case S_IFCHR:
	case S_IFBLK:
		return err_set(e, ERR_POLICY, 0, "relabel %.300s: a device node", w->path);
	default:
		return 0;
	}
}

static int walk_object(struct walk *w, int fd, unsigned depth, struct err *e);

static int walk_entry(struct walk *w, int dirfd, const char *name, unsigned depth, struct err *e)
{
	size_t was = w->len, n = strlen(name);
	auto_close int fd = -1;

	if (was + 1 + n >= sizeof(w->path))
		return err_set(e, ERR_LIMIT, 0, "relabel %.300s...: path over %zu bytes", w->path,
			       sizeof(w->path) - 1);
	w->path[was] = '/';
	memcpy(w->path + was + 1, name, n + 1);
	w->len = was + 1 + n;
	fd = path_below_open(dirfd, name, O_PATH | O_NOFOLLOW, true, e);
	if (fd < 0)
		return err_context(e, "relabel %.200s", w->path);
	if (walk_object(w, fd, depth, e))
		return -1;
	w->len = was;
	w->path[was] = '\0';
	return 0;
}

static int walk_dir(struct walk *w, int fd, unsigned depth, struct err *e)
{
	AUTO(closedir_auto) DIR *dir = NULL;
	auto_close int readable = -1;
	struct dirent *entry;

	if (depth >= RELABEL_DEPTH)
		return err_set(e, ERR_LIMIT, 0, "relabel %.300s: deeper than %d directories", w->path,
			       RELABEL_DEPTH);
	readable = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (readable < 0)
		return err_set(e, ERR_SYSTEM, errno, "relabel %.300s: open", w->path);
	dir = fdopendir(readable);
	if (!dir)
		return err_set(e, ERR_SYSTEM, errno, "relabel %.300s: read", w->path);
	readable = -1;		/* closedir() closes it */
	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (walk_entry(w, dirfd(dir), entry->d_name, depth + 1, e))
			return -1;
	}
	if (errno)
		return err_set(e, ERR_SYSTEM, errno, "relabel %.300s: read", w->path);
	return 0;
}

/* A directory gets its label after its content: a part done is not yet open to the container. */
static int walk_object(struct walk *w, int fd, unsigned depth, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_set(e, ERR_SYSTEM, errno, "relabel %.300s: stat", w->path);
	if (check_object(w, fd, &st, e))
		return -1;
	if (S_ISDIR(st.st_mode) && walk_dir(w, fd, depth, e))
		return -1;
	return w->apply ? set_label(w, fd, e) : 0;
}

static int pass(struct walk *w, int volume, const char *path, bool apply, struct err *e)
{
	w->apply = apply;
	w->result = (struct relabel_result){ 0 };
	w->len = strlen(path);
	if (w->len >= sizeof(w->path))
		return err_set(e, ERR_INPUT, 0, "relabel: path over %zu bytes", sizeof(w->path) - 1);
	memcpy(w->path, path, w->len + 1);
	return walk_object(w, volume, 0, e);
}

static int passes(struct walk *w, int volume, const char *path, struct err *e)
{
	auto_close int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (cwd < 0)
		return err_set(e, ERR_SYSTEM, errno, "open the working directory");
	if (fchdir(w->fds))
		return err_set(e, ERR_SYSTEM, errno, "change to thread-self/fd");
	r = pass(w, volume, path, false, e) || pass(w, volume, path, true, e) ? -1 : 0;
	if (fchdir(cwd))
		return err_set(e, ERR_SYSTEM, errno, "change back to the working directory");
	return r;
}

static int check_context(const char *context, struct err *e)
{
	char type[LABEL_TYPE_MAX];

	if (label_type(context, type, e))
		return -1;
	if (strlen(context) >= LABEL_MAX || (strcmp(type, LABEL_TYPE_CONTAINER_FILE) && strcmp(type, LABEL_TYPE_SHARED_FILE)))
		return err_set(e, ERR_LABEL, 0, "relabel to type %s: only " LABEL_TYPE_CONTAINER_FILE " and "
			       LABEL_TYPE_SHARED_FILE " are given to volumes", type);
	if (!strcmp(type, LABEL_TYPE_SHARED_FILE) && strcmp(label_level(context), LABEL_LEVEL_SHARED))
		return err_set(e, ERR_LABEL, 0, "relabel to %.200s: what is shared has the level " LABEL_LEVEL_SHARED, context);
	return 0;
}

static int check_volume(struct walk *w, int volume, const char *path, struct err *e)
{
	char name[16], real[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (fstat(volume, &st))
		return err_set(e, ERR_SYSTEM, errno, "relabel %.300s: stat", path);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return err_set(e, ERR_POLICY, 0, "relabel %.300s: neither a directory nor a regular file", path);
	snprintf(name, sizeof(name), "%d", volume);
	n = readlinkat(w->fds, name, real, sizeof(real));
	if (n < 0 || (size_t)n >= sizeof(real))
		return err_set(e, ERR_SYSTEM, n < 0 ? errno : ENAMETOOLONG, "relabel %.300s: find its path",
			       path);
	real[n] = '\0';
	if (real[0] != '/' || !st.st_nlink)
		return err_set(e, ERR_POLICY, 0, "relabel %.300s: it has no path any more", path);
	if (system_dirs_by_mount(w->procfd, volume, real, e))
		return err_context(e, "relabel %.200s", path);
	return 0;
}

static int relabel(int procfd, int volume, const char *path, const char *context, uint64_t max, bool own,
		   struct relabel_result *ret, struct err *e)
{
	struct system_dirs system;
	struct walk w = { .procfd = procfd, .context = context, .max = max, .own = own, .system = &system };
	auto_close int fds = -1;

	if (check_context(context, e))
		return -1;
	fds = proc_open(procfd, "thread-self/fd", O_RDONLY | O_DIRECTORY, e);
	if (fds < 0)
		return -1;
	w.fds = fds;
	if (system_dirs_find(&system, e) || (!own && check_volume(&w, volume, path, e)) ||
	    passes(&w, volume, path, e))
		return -1;
	*ret = w.result;
	return 0;
}

int relabel_volume(int procfd, int volume, const char *path, const char *context, uint64_t max,
		   struct relabel_result *ret, struct err *e)
{
	return relabel(procfd, volume, path, context, max, false, ret, e);
}

int relabel_store_volume(int procfd, int volume, const char *name, const char *context, uint64_t max,
			 struct relabel_result *ret, struct err *e)
{
	return relabel(procfd, volume, name, context, max, true, ret, e);
}
