/* SPDX-License-Identifier: Apache-2.0 */
/* host_tree.c - the walk over what is handed to a container: refuse first, then change it by descriptor. */
#include "launcher/base/host_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/path.h"
#include "launcher/base/proc.h"
#include "launcher/base/system_dirs.h"

struct walk {
	const struct host_tree *t;
	int fds;			/* our own fd directory on the procfs */
	struct system_dirs system;
	bool apply;
	struct host_tree_result result;
	size_t len;
	char path[PATH_MAX];		/* of the object at hand, for errors */
};

static inline void closedir_auto(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int change(struct walk *w, int fd, const struct stat *st, struct err *e)
{
	int is = w->t->is(w->t->arg, fd, st, w->path, e);

	if (is)
		return is < 0 ? -1 : 0;
	if (w->t->set(w->t->arg, fd, w->path, e))
		return err_context(e, "%llu of its volume were changed", (unsigned long long)w->result.changed);
	w->result.changed++;
	return 0;
}

/* Into our own volumes containers link their files, which have its label by then. */
static int check_links(struct walk *w, int fd, const struct stat *st, struct err *e)
{
	int has = st->st_nlink == 1 || (w->t->own ? w->t->is(w->t->arg, fd, st, w->path, e) : 0);

	if (has)
		return has < 0 ? -1 : 0;
	return err_set(e, ERR_POLICY, 0, "%s %.300s: the file has %llu links; its other name may be outside of the volume",
		       w->t->what, w->path, (unsigned long long)st->st_nlink);
}

static int check_object(struct walk *w, int fd, const struct stat *st, struct err *e)
{
	const char *system;

	if (++w->result.seen > w->t->max)
		return err_set(e, ERR_LIMIT, 0, "%s %.300s: the volume has more than %llu objects",
			       w->t->what, w->path, (unsigned long long)w->t->max);
	switch (st->st_mode & S_IFMT) {
	case S_IFDIR:
		system = system_dirs_by_inode(&w->system, st);
		if (system)
			return err_set(e, ERR_POLICY, 0, "%s %.300s: this is the system directory %s",
				       w->t->what, w->path, system);
		return 0;
	case S_IFREG:
		return check_links(w, fd, st, e);
	case S_IFCHR:
	case S_IFBLK:
		return err_set(e, ERR_POLICY, 0, "%s %.300s: a device node", w->t->what, w->path);
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
		return err_set(e, ERR_LIMIT, 0, "%s %.300s...: path over %zu bytes", w->t->what, w->path,
			       sizeof(w->path) - 1);
	w->path[was] = '/';
	memcpy(w->path + was + 1, name, n + 1);
	w->len = was + 1 + n;
	fd = path_below_open(dirfd, name, O_PATH | O_NOFOLLOW, true, e);
	if (fd < 0)
		return err_context(e, "%s %.200s", w->t->what, w->path);
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

	if (depth >= HOST_TREE_DEPTH)
		return err_set(e, ERR_LIMIT, 0, "%s %.300s: deeper than %d directories", w->t->what, w->path,
			       HOST_TREE_DEPTH);
	readable = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (readable < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s %.300s: open", w->t->what, w->path);
	dir = fdopendir(readable);
	if (!dir)
		return err_set(e, ERR_SYSTEM, errno, "%s %.300s: read", w->t->what, w->path);
	readable = -1;		/* closedir() closes it */
	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (walk_entry(w, dirfd(dir), entry->d_name, depth + 1, e))
			return -1;
	}
	if (errno)
		return err_set(e, ERR_SYSTEM, errno, "%s %.300s: read", w->t->what, w->path);
	return 0;
}

/* A directory is changed after its content: a part done is not yet open to the container. */
static int walk_object(struct walk *w, int fd, unsigned depth, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_set(e, ERR_SYSTEM, errno, "%s %.300s: stat", w->t->what, w->path);
	if (check_object(w, fd, &st, e))
		return -1;
	if (S_ISDIR(st.st_mode) && walk_dir(w, fd, depth, e))
		return -1;
	return w->apply ? change(w, fd, &st, e) : 0;
}

static int pass(struct walk *w, int volume, const char *path, bool apply, struct err *e)
{
	w->apply = apply;
	w->result = (struct host_tree_result){ 0 };
	w->len = strlen(path);
	if (w->len >= sizeof(w->path))
		return err_set(e, ERR_INPUT, 0, "%s: path over %zu bytes", w->t->what, sizeof(w->path) - 1);
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
	r = pass(w, volume, path, false, e) || (!w->t->look && pass(w, volume, path, true, e)) ? -1 : 0;
	if (fchdir(cwd))
		return err_set(e, ERR_SYSTEM, errno, "change back to the working directory");
	return r;
}

static int check_volume(struct walk *w, int volume, const char *path, struct err *e)
{
	char name[16], real[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (fstat(volume, &st))
		return err_set(e, ERR_SYSTEM, errno, "%s %.300s: stat", w->t->what, path);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return err_set(e, ERR_POLICY, 0, "%s %.300s: neither a directory nor a regular file", w->t->what, path);
	snprintf(name, sizeof(name), "%d", volume);
	n = readlinkat(w->fds, name, real, sizeof(real));
	if (n < 0 || (size_t)n >= sizeof(real))
		return err_set(e, ERR_SYSTEM, n < 0 ? errno : ENAMETOOLONG, "%s %.300s: find its path",
			       w->t->what, path);
	real[n] = '\0';
	if (real[0] != '/' || !st.st_nlink)
		return err_set(e, ERR_POLICY, 0, "%s %.300s: it has no path any more", w->t->what, path);
	if (system_dirs_by_mount(&w->system, w->t->place.procfd, volume, real, e))
		return err_context(e, "%s %.200s", w->t->what, path);
	return 0;
}

static int find_system(struct walk *w, struct err *e)
{
	const int *store = w->t->place.store;

	if (system_dirs_find(&w->system, e))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(w->t->place.store); i++)
		if (store[i] >= 0 && system_dirs_add(&w->system, w->fds, store[i], e))
			return err_context(e, "%s", w->t->what);
	return 0;
}

int host_tree_change(const struct host_tree *t, int volume, const char *path, struct host_tree_result *ret, struct err *e)
{
	auto_close int fds = proc_open(t->place.procfd, "thread-self/fd", O_RDONLY | O_DIRECTORY, e);
	struct walk w = { .t = t, .fds = fds };

	if (fds < 0 || find_system(&w, e) || (!t->own && check_volume(&w, volume, path, e)) || passes(&w, volume, path, e))
		return -1;
	*ret = w.result;
	return 0;
}
