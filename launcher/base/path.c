/* SPDX-License-Identifier: Apache-2.0 */
/* path.c - opening and making by openat2(2), and walking our own directories. */
#include "launcher/base/path.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include "launcher/base/cleanup.h"

enum {
	RETRIES_MAX = 128,	/* the kernel says EAGAIN while someone renames in the tree */
	LINKS_MAX = 40,		/* as the kernel's MAXSYMLINKS, which bounds each resolution by itself */
};

static int sys_openat2(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | __O_TMPFILE) ? mode : 0,
		.resolve = resolve,
	};
	long fd;

	for (int i = 0; i < RETRIES_MAX; i++) {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}

static int open_error(struct err *e, const char *path)
{
	int sys = errno;

	switch (sys) {
	case ENOENT:
		return err_set(e, ERR_NOTFOUND, sys, "%s", path);
	case ENOSYS:
		return err_set(e, ERR_SYSTEM, sys, "%s: openat2 (Linux 5.6 or later is needed)", path);
	case EXDEV:
		return err_set(e, ERR_INPUT, 0, "%s: leaves its directory or crosses a mount", path);
	case ELOOP:
		return err_set(e, ERR_INPUT, 0, "%s: goes through a symbolic link that is not allowed", path);
	default:
		return err_set(e, ERR_SYSTEM, sys, "%s", path);
	}
}

static int in_root(int rootfd, const char *path, int flags, mode_t mode)
{
	return sys_openat2(rootfd, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int path_in_root_open(int rootfd, const char *path, int flags, mode_t mode, struct err *e)
{
	int fd = in_root(rootfd, path, flags, mode);

	return fd < 0 ? open_error(e, path) : fd;
}

/* One path component of a step; borrowed. */
struct component {
	const char *at;
	size_t len;
};

/* Moves *at past one component; false at the end. */
static bool next_component(const char **at, struct component *ret)
{
	while (**at == '/')
		(*at)++;
	ret->at = *at;
	ret->len = strcspn(*at, "/");
	*at += ret->len;
	return ret->len > 0;
}

static bool component_is(const struct component *c, const char *text)
{
	return strlen(text) == c->len && memcmp(c->at, text, c->len) == 0;
}

/* The path being made. It changes when a missing part turns out to be a symbolic link. */
struct making {
	int rootfd;
	bool want_dir;
	char path[PATH_MAX];
	char spare[PATH_MAX];
};

/*
 * The component between `from` and `end` of m->path is a link to nothing (an
 * image's /etc/resolv.conf -> ../run/systemd/resolve/stub-resolv.conf): put its
 * target in its place, to be made in the tree like any other path. Text is only
 * ever joined to a place that openat2 will resolve in the tree again.
 */
static int follow_dangling(struct making *m, int parent, size_t from, size_t end, struct err *e)
{
	char target[PATH_MAX];
	char name[NAME_MAX + 1];
	size_t front, len, rest = strlen(m->path + end);
	ssize_t n;

	memcpy(name, m->path + from, end - from);
	name[end - from] = '\0';
	n = readlinkat(parent, name, target, sizeof(target) - 1);
	if (n < 0)
		return err_set(e, ERR_INPUT, errno, "%s: changes while it is made", m->path);
	len = (size_t)n;
	front = target[0] == '/' ? 0 : from;
	if (front + len + rest + 1 > sizeof(m->spare))
		return err_set(e, ERR_LIMIT, ENAMETOOLONG, "%s", m->path);
	memcpy(m->spare, m->path, front);
	memcpy(m->spare + front, target, len);
	memcpy(m->spare + front + len, m->path + end, rest + 1);
	memcpy(m->path, m->spare, sizeof(m->path));
	return 0;
}

/* Makes one component below `parent`. 1: it is there now; 0: m->path was rewritten, start again. */
static int make_one(struct making *m, int parent, size_t from, size_t end, bool dir, struct err *e)
{
	char name[NAME_MAX + 1];
	int rc;

	if (end - from > NAME_MAX)
		return err_set(e, ERR_LIMIT, ENAMETOOLONG, "%s", m->path);
	memcpy(name, m->path + from, end - from);
	name[end - from] = '\0';
	if (dir) {
		rc = mkdirat(parent, name, 0755);
	} else {
		auto_close int fd = sys_openat2(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
						0644, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);

		rc = fd < 0 ? -1 : 0;
	}
	if (rc == 0)
		return 1;
	if (errno == EEXIST)
		return follow_dangling(m, parent, from, end, e);
	return err_set(e, ERR_SYSTEM, errno, "%s: make", m->path);
}

/*
 * Makes the first missing component of m->path. 1: nothing was missing, *ret_fd
 * is the end; 0: something was made, or the path was rewritten.
 */
static int make_step(struct making *m, int *ret_fd, struct err *e)
{
	auto_close int parent = in_root(m->rootfd, "/", O_PATH | O_DIRECTORY, 0);
	const char *at = m->path;
	struct component c;

	while (next_component(&at, &c)) {
		size_t from = (size_t)(c.at - m->path), end = from + c.len;
		bool last = m->path[end + strspn(m->path + end, "/")] == '\0';
		char after = m->path[end];
		int fd;

		/* The front of the path, resolved from the top: links may lead anywhere in the tree. */
		m->path[end] = '\0';
		fd = in_root(m->rootfd, m->path, O_PATH, 0);
		m->path[end] = after;
		if (fd < 0 && errno == ENOENT) {
			int rc = make_one(m, parent, from, end, m->want_dir || !last, e);

			return rc < 0 ? -1 : 0;
		}
		if (fd < 0)
			return open_error(e, m->path);
		close_fd_auto(&parent);
		parent = fd;
	}
	*ret_fd = take_fd(&parent);
	return 1;
}

static int count_components(const char *path)
{
	struct component c;
	int n = 0;

	while (next_component(&path, &c))
		n++;
	return n;
}

static int check_kind(int fd, bool want_dir, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_set(e, ERR_SYSTEM, errno, "%s: stat", path);
	if (S_ISDIR(st.st_mode) != want_dir)
		return err_set(e, ERR_INPUT, 0, "%s: exists and is %s", path,
			       want_dir ? "no directory" : "a directory");
	return 0;
}

static int make_all(struct making *m, int *ret_fd, struct err *e)
{
	int rc = 0;

	/* Each step makes a component or follows a link; someone who removes what we make gets nowhere. */
	for (int i = 0; i < PATH_DEPTH_MAX + LINKS_MAX && rc == 0; i++) {
		if (count_components(m->path) > PATH_DEPTH_MAX)
			return err_set(e, ERR_LIMIT, 0, "%s: more than %d components", m->path,
				       PATH_DEPTH_MAX);
		rc = make_step(m, ret_fd, e);
	}
	if (rc == 0)
		return err_set(e, ERR_INPUT, 0, "%s: changes while it is made", m->path);
	return rc < 0 ? -1 : 0;
}

int path_in_root_make(int rootfd, const char *path, bool want_dir, struct err *e)
{
	struct making m = { .rootfd = rootfd, .want_dir = want_dir };
	auto_close int fd = in_root(rootfd, path, O_PATH | (want_dir ? O_DIRECTORY : 0), 0);
	size_t len = strlen(path);
	mode_t mask;
	int rc;

	if (fd >= 0 && want_dir)
		return take_fd(&fd);
	if (fd < 0 && errno == ENOTDIR)		/* the end, or a part before it */
		fd = in_root(rootfd, path, O_PATH, 0);
	if (fd < 0 && errno != ENOENT)
		return open_error(e, path);
	if (fd < 0) {
		if (len >= sizeof(m.path))
			return err_set(e, ERR_LIMIT, ENAMETOOLONG, "%.100s...", path);
		memcpy(m.path, path, len + 1);
		mask = umask(022);
		rc = make_all(&m, &fd, e);
		umask(mask);
		if (rc)
			return err_context(e, "%s", path);
	}
	return check_kind(fd, want_dir, path, e) ? -1 : take_fd(&fd);
}

int path_below_open(int dirfd, const char *path, int flags, bool same_mount, struct err *e)
{
	uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   (same_mount ? RESOLVE_NO_XDEV : 0);
	const char *at = path;
	struct component c;
	int fd;

	/* RESOLVE_BENEATH lets "a/../b" pass. */
	while (next_component(&at, &c))
		if (component_is(&c, ".."))
			return err_set(e, ERR_INPUT, 0, "%s: has a \"..\"", path);
	fd = sys_openat2(dirfd, path, flags, 0, resolve);
	return fd < 0 ? open_error(e, path) : fd;
}

static int check_trusted(const struct stat *st, const char *path, bool allow_sticky, struct err *e)
{
	if (!S_ISDIR(st->st_mode))
		return err_set(e, ERR_INPUT, ENOTDIR, "%s", path);
	if (st->st_uid != 0)
		return err_set(e, ERR_INPUT, 0, "%s: belongs to uid %u, not to root", path, (unsigned)st->st_uid);
	if (st->st_mode & 022 && !(allow_sticky && st->st_mode & S_ISVTX))
		return err_set(e, ERR_INPUT, 0, "%s: others than root may write it (mode %04o)", path,
			       (unsigned)st->st_mode & 07777);
	return 0;
}

static int check_trusted_path(const char *path, bool allow_sticky, struct err *e)
{
	struct stat st;

	if (lstat(path, &st))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_INPUT, errno, "%s", path);
	return check_trusted(&st, path, allow_sticky, e);
}

int path_open_trusted_at(int dirfd, const char *name, const char *path, bool allow_sticky, struct err *e)
{
	auto_close int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_INPUT, errno, "%s", path);
	if (fstat(fd, &st))
		return err_set(e, ERR_SYSTEM, errno, "%s: stat", path);
	return check_trusted(&st, path, allow_sticky, e) ? -1 : take_fd(&fd);
}

/*
 * From the top down, one lstat(2) each: below a directory that root alone may write nobody else can change what an entry
 * means (in a sticky one: an entry of root's), so the path stays what it was when it was checked. A third of the calls
 * of a walk by descriptors.
 */
int path_open_trusted_dir(const char *path, bool allow_sticky, struct err *e)
{
	char part[PATH_MAX];

	if (!path_is_canonical(path))
		return err_set(e, ERR_INPUT, 0, "%s: not an absolute path without \".\", \"..\" and \"//\"",
			       path);
	if (check_trusted_path("/", allow_sticky, e))
		return -1;
	strcpy(part, path);	/* canonical: shorter than PATH_MAX */
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (check_trusted_path(part, allow_sticky, e))
			return -1;
		*slash = '/';
	}
	return path_open_trusted_at(AT_FDCWD, path, path, allow_sticky, e);
}

int path_make_private_dir(int dirfd, const char *name, mode_t mode, struct err *e)
{
	auto_close int fd = -1;
	bool made = false;
	struct stat st;

	/* Opened first: a mkdir that fails is a record too where the parent is audited. */
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		made = mkdirat(dirfd, name, mode & 0700) == 0;
		if (!made && errno != EEXIST)
			return err_set(e, ERR_SYSTEM, errno, "%s: mkdir", name);
		fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return err_set(e, ERR_INPUT, errno, "%s", name);
	if (made && fchmod(fd, mode))
		return err_set(e, ERR_SYSTEM, errno, "%s: chmod", name);
	if (fstat(fd, &st))
		return err_set(e, ERR_SYSTEM, errno, "%s: stat", name);
	if (st.st_uid != 0)
		return err_set(e, ERR_INPUT, 0, "%s: belongs to uid %u, not to root", name,
			       (unsigned)st.st_uid);
	if (st.st_mode & 07777 & ~mode)
		return err_set(e, ERR_INPUT, 0, "%s: has mode %04o, more than %04o", name,
			       (unsigned)st.st_mode & 07777, (unsigned)mode);
	return take_fd(&fd);
}

bool path_is_canonical(const char *path)
{
	const char *at = path;
	struct component c;

	if (*path != '/' || strlen(path) >= PATH_MAX || strstr(path, "//"))
		return false;
	if (path[1] && path[strlen(path) - 1] == '/')
		return false;
	while (next_component(&at, &c))
		if (component_is(&c, ".") || component_is(&c, ".."))
			return false;
	return true;
}

bool path_has_prefix(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	while (n && prefix[n - 1] == '/')
		n--;
	return strncmp(path, prefix, n) == 0 && (path[n] == '/' || path[n] == '\0');
}
