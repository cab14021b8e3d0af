/* SPDX-License-Identifier: Apache-2.0 */
/* unpack.c - making the files of a layer, by descriptors below one directory. */
#include "launcher/image/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/path.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define OPAQUE	  "trusted.overlay.opaque"

/* Where an entry goes: a directory of the layer and one name in it. */
struct place {
	int dir;
	const char *name, *path;
};

void unpack_done(struct unpack *u)
{
	close_fd_auto(&u->fd);
	close_fd_auto(&u->parent);
	strv_done(&u->dirs);
	free(u->dir_times);
	u->dir_times = NULL;
}

static int failed(const char *path, struct err *e)
{
	return err_set(e, ERR_SYSTEM, errno, "%.200s", path);
}

/* The layer is to blame if a directory of it is none. */
static int open_below(int at, const char *path, int flags, struct err *e)
{
	int fd = path_below_open(at, path, flags, true, e);

	return fd < 0 && e->sys == ENOTDIR ? err_set(e, ERR_INPUT, 0, "%.200s: is not a directory", path) : fd;
}

/* mkdir at each step that is missing; `path` is checked and relative. */
static int make_parents(int top, const char *path, struct err *e)
{
	auto_close int at = openat(top, ".", DIR_FLAGS);
	char name[NAME_MAX + 1];

	if (at < 0)
		return failed(path, e);
	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");
		bool made;
		int next;

		memcpy(name, p, n);	/* entry_check(): at most NAME_MAX */
		name[n] = 0;
		made = mkdirat(at, name, 0755) == 0;
		if (!made && errno != EEXIST)
			return failed(path, e);
		next = open_below(at, name, O_RDONLY | O_DIRECTORY, e);
		if (next < 0)
			return err_context(e, "%.200s", path);
		close_fd_auto(&at);
		at = next;
		/* The caller's umask is not the image's. */
		if (made && fchmod(at, 0755) < 0)
			return failed(path, e);
		p += n + (p[n] == '/');
	}
	return 0;
}

static int open_parent(struct unpack *u, const char *dir, bool make, struct err *e)
{
	int fd = open_below(u->top, dir, O_PATH | O_DIRECTORY, e);

	if (fd < 0 && make && e->reason == ERR_NOTFOUND) {
		if (make_parents(u->top, dir, e) < 0)
			return -1;
		fd = open_below(u->top, dir, O_PATH | O_DIRECTORY, e);
	}
	return fd;
}

/* Neighbours come together in a layer: the last parent is kept open. */
static int find_place(struct unpack *u, const char *path, bool make, struct place *ret, struct err *e)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	char dir[PATH_MAX];
	int fd;

	ret->path = path;
	ret->name = slash ? slash + 1 : path;
	ret->dir = u->top;
	if (!slash)
		return 0;
	if (n >= sizeof(dir))
		return err_set(e, ERR_LIMIT, 0, "%.200s: path too long", path);
	memcpy(dir, path, n);
	dir[n] = 0;
	if (u->parent < 0 || strcmp(dir, u->parent_path) != 0) {
		fd = open_parent(u, dir, make, e);
		if (fd < 0)
			return -1;
		close_fd_auto(&u->parent);
		u->parent = fd;
		strcpy(u->parent_path, dir);
	}
	ret->dir = u->parent;
	return 0;
}

/* What is there: 0 nothing, else the file type; a whiteout is told by *whiteout. */
static int look(const struct place *p, mode_t *ret, bool *whiteout, struct err *e)
{
	struct stat st;

	*ret = 0;
	*whiteout = false;
	if (fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : failed(p->path, e);
	*ret = st.st_mode & S_IFMT;
	*whiteout = S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
	return 0;
}

static int clear_for_file(const struct place *p, struct err *e)
{
	bool whiteout;
	mode_t is;

	if (look(p, &is, &whiteout, e) < 0)
		return -1;
	if (is == S_IFDIR)
		return err_set(e, ERR_INPUT, 0, "%.200s: replaces a directory of the same layer", p->path);
	if (is && unlinkat(p->dir, p->name, 0) < 0)
		return failed(p->path, e);
	return 0;
}

static int make_file(struct unpack *u, const struct place *p, struct err *e)
{
	if (clear_for_file(p, e) < 0)
		return -1;
	u->fd = openat(p->dir, p->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return u->fd < 0 ? failed(p->path, e) : 0;
}

static int make_symlink(struct unpack *u, const struct place *p, const char *target, struct err *e)
{
	const struct timespec times[2] = { { u->now.mtime, u->now.mtime_ns }, { u->now.mtime, u->now.mtime_ns } };

	if (clear_for_file(p, e) < 0)
		return -1;
	if (symlinkat(target, p->dir, p->name) < 0 ||
	    fchownat(p->dir, p->name, u->now.uid, u->now.gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    utimensat(p->dir, p->name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(p->path, e);
	return 0;
}

/* Nobody else writes below tmp/, so what was looked at is what is linked. */
static int make_hardlink(struct unpack *u, const struct place *p, const char *target, struct err *e)
{
	struct unpack other = UNPACK_INIT(u->top, u->limits);
	auto_close int from = -1;
	struct place t;
	bool whiteout;
	mode_t is;

	/* With a cache of its own: p->dir may be the cached one. */
	if (find_place(&other, target, false, &t, e) < 0)
		return err_context(e, "%.100s: hard link", p->path);
	from = take_fd(&other.parent);
	if (look(&t, &is, &whiteout, e) < 0)
		return -1;
	if (is != S_IFREG)
		return err_set(e, ERR_INPUT, 0, "%.200s: hard link to what is no file of this layer", p->path);
	if (strcmp(p->path, target) == 0)
		return err_set(e, ERR_INPUT, 0, "%.200s: hard link to itself", p->path);
	if (clear_for_file(p, e) < 0)
		return -1;
	return linkat(t.dir, t.name, p->dir, p->name, 0) < 0 ? failed(p->path, e) : 0;
}

static int set_opaque(int dir, const char *path, struct err *e)
{
	return fsetxattr(dir, OPAQUE, "y", 1, 0) < 0 ? failed(path, e) : 0;
}

static int keep_dir_time(struct unpack *u, const struct entry *entry, struct err *e)
{
	size_t room = u->dirs.len, len = entry->fixed.path_len + 1;
	struct timespec *more;

	if (len > u->limits->dir_name_bytes - u->dir_name_bytes)
		return err_set(e, ERR_LIMIT, 0, "directory names of more than %ju bytes",
			       (uintmax_t)u->limits->dir_name_bytes);
	u->dir_name_bytes += len;
	/* Grown at each power of two. */
	if ((room & (room - 1)) == 0) {
		more = reallocarray(u->dir_times, room ? 2 * room : 1, sizeof(*more));
		if (!more)
			return err_set(e, ERR_SYSTEM, ENOMEM, "directory times");
		u->dir_times = more;
	}
	u->dir_times[room] = (struct timespec){ entry->fixed.mtime, entry->fixed.mtime_ns };
	return strv_add(&u->dirs, entry->path, e);
}

static int make_dir(struct unpack *u, const struct place *p, const struct entry *entry, struct err *e)
{
	bool whiteout = false;
	mode_t is = S_IFDIR;

	if (*p->path && look(p, &is, &whiteout, e) < 0)
		return -1;
	if (is && is != S_IFDIR && !whiteout)
		return err_set(e, ERR_INPUT, 0, "%.200s: directory replaces a file of the same layer", p->path);
	if (whiteout && unlinkat(p->dir, p->name, 0) < 0)
		return failed(p->path, e);
	if (is != S_IFDIR && mkdirat(p->dir, p->name, 0700) < 0)
		return failed(p->path, e);
	u->fd = openat(p->dir, *p->path ? p->name : ".", DIR_FLAGS);
	if (u->fd < 0)
		return failed(p->path, e);
	/* Deleted and made again in one layer: nothing of the lower one shows through. */
	if (whiteout && set_opaque(u->fd, p->path, e) < 0)
		return -1;
	return keep_dir_time(u, entry, e);
}

static int make_whiteout(const struct place *p, struct err *e)
{
	auto_close int dir = -1;
	bool whiteout;
	mode_t is;

	if (look(p, &is, &whiteout, e) < 0)
		return -1;
	if (!is)
		return mknodat(p->dir, p->name, S_IFCHR, makedev(0, 0)) < 0 ? failed(p->path, e) : 0;
	/* A whiteout is about lower layers only (layer.md): a file of this layer stays and hides them anyway. */
	if (is != S_IFDIR)
		return 0;
	dir = openat(p->dir, p->name, DIR_FLAGS);
	return dir < 0 ? failed(p->path, e) : set_opaque(dir, p->path, e);
}

static int make_opaque(struct unpack *u, const char *path, struct err *e)
{
	auto_close int dir = -1;

	if (*path && make_parents(u->top, path, e) < 0)
		return -1;
	dir = path_below_open(u->top, *path ? path : ".", DIR_FLAGS, true, e);
	return dir < 0 ? -1 : set_opaque(dir, *path ? path : "/", e);
}

/* Owner before mode, as chown(2) clears bits; times last. */
static int finish_entry(struct unpack *u, struct err *e)
{
	auto_close int fd = take_fd(&u->fd);
	const struct frame_entry *f = &u->now;
	const struct timespec times[2] = { { f->mtime, f->mtime_ns }, { f->mtime, f->mtime_ns } };
	bool file = f->type == ENTRY_FILE;

	if (fd < 0)
		return 0;
	if (file && f->size && ftruncate(fd, (off_t)f->size) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer: file of %ju bytes", (uintmax_t)f->size);
	if (fchown(fd, f->uid, f->gid) < 0 || fchmod(fd, f->mode & (file ? 01777 : 03777)) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer: owner and mode");
	if (file && futimens(fd, times) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer: times");
	return 0;
}

static int count_entry(struct unpack *u, const struct entry *entry, struct err *e)
{
	if (++u->entries > u->limits->entries)
		return err_set(e, ERR_LIMIT, 0, "layer: more than %ju entries", (uintmax_t)u->limits->entries);
	if (entry->fixed.size > u->limits->layer_bytes - u->content)
		return err_set(e, ERR_LIMIT, 0, "layer: files of more than %ju bytes",
			       (uintmax_t)u->limits->layer_bytes);
	u->content += entry->fixed.size;
	u->xattrs = 0;
	return 0;
}

int unpack_entry(struct unpack *u, const struct entry *entry, struct err *e)
{
	struct place p;

	if (entry_check(entry, u->limits, e) < 0 || finish_entry(u, e) < 0 || count_entry(u, entry, e) < 0)
		return -1;
	u->now = entry->fixed;
	if (entry->fixed.type == ENTRY_OPAQUE)
		return make_opaque(u, entry->path, e);
	if (find_place(u, entry->path, true, &p, e) < 0)
		return -1;
	switch (entry->fixed.type) {
	case ENTRY_FILE:
		return make_file(u, &p, e);
	case ENTRY_DIR:
		return make_dir(u, &p, entry, e);
	case ENTRY_SYMLINK:
		return make_symlink(u, &p, entry->link, e);
	case ENTRY_HARDLINK:
		return make_hardlink(u, &p, entry->link, e);
	default:
		return make_whiteout(&p, e);
	}
}

int unpack_xattr(struct unpack *u, const char *name, const void *value, size_t n, struct err *e)
{
	if (u->fd < 0)
		return err_set(e, ERR_INPUT, 0, "layer: extended attribute of what is no file or directory");
	if (!entry_keeps_xattr(name))
		return err_set(e, ERR_INPUT, 0, "layer: extended attribute %.200s", name);
	if (++u->xattrs > u->limits->xattrs || n > u->limits->xattr_bytes)
		return err_set(e, ERR_LIMIT, 0, "layer: more than %ju extended attributes or one of more than %ju bytes",
			       (uintmax_t)u->limits->xattrs, (uintmax_t)u->limits->xattr_bytes);
	if (fsetxattr(u->fd, name, value, n, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer: extended attribute %.200s", name);
	return 0;
}

int unpack_data(struct unpack *u, uint64_t offset, const void *bytes, size_t n, struct err *e)
{
	const char *from = bytes;

	if (u->fd < 0 || u->now.type != ENTRY_FILE || offset > u->now.size || n > u->now.size - offset)
		return err_set(e, ERR_INPUT, 0, "layer: content beyond the size of a file");
	while (n) {
		ssize_t put = pwrite(u->fd, from, n, (off_t)offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return err_set(e, ERR_SYSTEM, put < 0 ? errno : EIO, "layer: write");
		from += put;
		offset += (uint64_t)put;
		n -= (size_t)put;
	}
	return 0;
}

int unpack_end(struct unpack *u, struct err *e)
{
	if (finish_entry(u, e) < 0)
		return -1;
	for (size_t i = 0; i < u->dirs.len; i++) {
		const struct timespec times[2] = { u->dir_times[i], u->dir_times[i] };
		const char *path = *u->dirs.item[i] ? u->dirs.item[i] : ".";
		auto_close int fd = path_below_open(u->top, path, DIR_FLAGS, true, e);

		if (fd < 0)
			return -1;
		if (futimens(fd, times) < 0)
			return failed(path, e);
	}
	return 0;
}
