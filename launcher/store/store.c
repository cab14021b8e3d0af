/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - opening the two trees, and private temporary directories. */
#include "launcher/store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/ids.h"
#include "launcher/base/lock.h"
#include "launcher/base/path.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int check_on_the_way(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_STATE, 0, "%s: not a directory", path);
	if (st.st_uid != 0)
		return err_set(e, ERR_STATE, 0, "%s: owned by uid %u, not by root", path, st.st_uid);
	if ((st.st_mode & 022) && !(st.st_mode & S_ISVTX))
		return err_set(e, ERR_STATE, 0, "%s: mode %04o lets others write", path, st.st_mode & 07777);
	return 0;
}

/*
 * Checked from the top down, one lstat(2) each: once a directory is known to be writable by root alone,
 * nobody else can change what its entries mean, so the path stays what it was when it was checked. In a
 * sticky directory an entry that is root's cannot be renamed by others either. This is half the calls of
 * a walk by descriptors, on the way of every command. "/" was checked by the caller.
 */
static int open_top(const char *path, struct err *e)
{
	auto_close int fd = -1;
	char part[PATH_MAX];
	struct stat st;

	if (!path_is_canonical(path) || strlen(path) < 2)
		return err_set(e, ERR_INPUT, 0, "%s: not a plain absolute path", path);
	strcpy(part, path);	/* canonical: shorter than PATH_MAX */
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (check_on_the_way(part, e) < 0)
			return -1;
		*slash = '/';
	}
	fd = open(path, DIR_FLAGS);
	if (fd < 0 && errno == ENOENT) {
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return err_set(e, ERR_SYSTEM, errno, "mkdir %s", path);
		fd = open(path, DIR_FLAGS);
	}
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", path);
	if (fstat(fd, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", path);
	if (st.st_uid != 0 || (st.st_mode & 077))
		return err_set(e, ERR_STATE, 0, "%s: must be root's with mode 0700, is uid %u mode %04o", path,
			       st.st_uid, st.st_mode & 07777);
	return take_fd(&fd);
}

/* Below a top that only root can enter, an entry needs no look at its owner. */
static int open_sub(int top, const char *name, int *ret, struct err *e)
{
	int fd = openat(top, name, DIR_FLAGS);

	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(top, name, 0700) < 0 && errno != EEXIST)
			return err_set(e, ERR_SYSTEM, errno, "store: mkdir %s", name);
		fd = openat(top, name, DIR_FLAGS);
	}
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "store: %s", name);
	*ret = fd;
	return 0;
}

void store_close(struct store *s)
{
	close_fd_auto(&s->run_containers);
	close_fd_auto(&s->tmp);
	close_fd_auto(&s->layers);
	close_fd_auto(&s->images);
	close_fd_auto(&s->names);
	close_fd_auto(&s->containers);
	close_fd_auto(&s->run);
	close_fd_auto(&s->lib);
}

int store_open_top(const char *path, struct err *e)
{
	return check_on_the_way("/", e) < 0 ? -1 : open_top(path, e);
}

/* An entry of the other top, as an engine's is, or a top of its own. */
static int open_run(int lib, const char *root, const char *runroot, int *ret, struct err *e)
{
	size_t n = strlen(root);

	if (path_is_canonical(runroot) && str_starts(runroot, root) && runroot[n] == '/' && !strchr(runroot + n + 1, '/'))
		return open_sub(lib, runroot + n + 1, ret, e);
	*ret = open_top(runroot, e);
	return *ret < 0 ? -1 : 0;
}

int store_open(const char *root, const char *runroot, struct store *ret, struct err *e)
{
	auto_store struct store s = STORE_INIT;

	if (check_on_the_way("/", e) < 0)
		return -1;
	if (!root)
		root = STORE_ROOT;
	s.lib = open_top(root, e);
	if (s.lib < 0 || open_run(s.lib, root, runroot ? runroot : STORE_RUNROOT, &s.run, e) < 0)
		return -1;
	if (open_sub(s.lib, "containers", &s.containers, e) < 0 ||
	    open_sub(s.lib, "names", &s.names, e) < 0 ||
	    open_sub(s.lib, "layers", &s.layers, e) < 0 ||
	    open_sub(s.run, "containers", &s.run_containers, e) < 0)
		return -1;
	*ret = s;
	s = (struct store)STORE_INIT;
	return 0;
}

int store_open_images(struct store *s, struct err *e)
{
	return (s->images < 0 && open_sub(s->lib, "images", &s->images, e) < 0) ||
	       (s->tmp < 0 && open_sub(s->lib, "tmp", &s->tmp, e) < 0) ? -1 : 0;
}

/* Under images.lock, so nobody is between making a directory and locking it. */
static int remove_if_dead(const struct store *s, const char *name, struct err *e)
{
	auto_close int fd = openat(s->tmp, name, DIR_FLAGS);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return 0;
	return path_remove_tree(s->tmp, name, e);
}

static int remove_dead(const struct store *s, struct err *e)
{
	int fd = openat(s->tmp, ".", DIR_FLAGS);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *ent;
	int rc = 0;

	if (!d) {
		err_set(e, ERR_SYSTEM, errno, "store: tmp");
		close_fd_auto(&fd);
		return -1;
	}
	while (rc == 0 && (ent = readdir(d)))
		if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0)
			rc = remove_if_dead(s, ent->d_name, e);
	closedir(d);
	return rc;
}

int store_tmp_make(const struct store *s, char ret_name[STORE_TMP_NAME], struct err *e)
{
	auto_close int lock = lock_take(s->lib, "images.lock", true, e);
	auto_close int fd = -1;
	char id[ID_HEX + 1];

	if (lock < 0 || remove_dead(s, e) < 0 || id_new(id, e) < 0)
		return -1;
	id[STORE_TMP_NAME - 1] = 0;
	if (mkdirat(s->tmp, id, 0700) < 0)
		return err_set(e, ERR_SYSTEM, errno, "store: mkdir tmp/%s", id);
	fd = openat(s->tmp, id, DIR_FLAGS);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, ERR_SYSTEM, errno, "store: tmp/%s", id);
	memcpy(ret_name, id, STORE_TMP_NAME);
	return take_fd(&fd);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int store_names(int dir, const char *what, bool (*wanted)(const char *name), struct strv *ret, struct err *e)
{
	auto_strv struct strv all = { 0 };
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), failed = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *ent;

	if (!d) {
		err_set(e, ERR_SYSTEM, errno, "store: %s", what);
		close_fd_auto(&fd);
		return -1;
	}
	while (!failed && (ent = readdir(d)))
		if (wanted(ent->d_name))
			failed = strv_add(&all, ent->d_name, e);
	closedir(d);
	if (failed)
		return -1;
	if (all.len)
		qsort(all.item, all.len, sizeof(*all.item), by_bytes);
	strv_done(ret);
	*ret = all;
	all = (struct strv){ 0 };
	return 0;
}
