/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copyup.c - tmpcopyup: what the root file system has on the target of a tmpfs, copied into it before it is attached.
 *
 * Runs in the child, where the mounts before it are: allocates nothing. The tree is hostile, and another container may change
 * it while we read: every entry is opened in its directory's descriptor, over no link and into no other mount. What it
 * costs is bounded by the tmpfs (its size, its inodes), by ENTRIES_MAX and by DEPTH_MAX.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "launcher/runtime/inside.h"
#include "launcher/runtime/sys.h"

enum { ENTRIES_MAX = 65536, DEPTH_MAX = 64, ROOM = 4096, PIECE = 1 << 30 };

struct copyup {
	const char *target;		/* for messages */
	unsigned entries;
};

static int failed(const struct copyup *c, const char *name, struct err *e)
{
	if (errno == ENOSPC)
		return err_set(e, ERR_LIMIT, 0, "tmpcopyup on %.128s: the root file system has more there than the tmpfs takes (size=)", c->target);
	return err_set(e, ERR_SYSTEM, errno, "tmpcopyup on %.128s: %.128s", c->target, name);
}

static int open_entry(int dir, const char *name, int flags)
{
	struct open_how how = { .flags = (uint64_t)flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };

	return (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
}

/* It went, became something else, or is another mount's: nothing of the root file system's own. */
static bool is_left_out(int sys)
{
	return sys == ENOENT || sys == ELOOP || sys == ENOTDIR || sys == EXDEV || sys == ENXIO;
}

/* The owner first: changing it takes set-id bits away. Times last. */
static int set_attributes(const struct copyup *c, int to, const struct stat *st, const char *name, struct err *e)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	return fchown(to, st->st_uid, st->st_gid) || fchmod(to, st->st_mode & 07777) || futimens(to, times) ? failed(c, name, e) : 0;
}

static int copy_file(const struct copyup *c, int from_dir, int to_dir, const char *name, struct err *e)
{
	auto_close int from = open_entry(from_dir, name, O_RDONLY), to = -1;
	struct stat st;
	ssize_t n;

	if (from < 0)
		return is_left_out(errno) ? 0 : failed(c, name, e);
	if (fstat(from, &st))
		return failed(c, name, e);
	if (!S_ISREG(st.st_mode))
		return 0;
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return failed(c, name, e);
	do {
		n = sendfile(to, from, NULL, PIECE);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? failed(c, name, e) : set_attributes(c, to, &st, name, e);
}

static int copy_link(const struct copyup *c, int from_dir, int to_dir, const char *name, const struct stat *st, struct err *e)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(from_dir, name, text, sizeof(text) - 1);

	if (n < 0)
		return errno == EINVAL || errno == ENOENT ? 0 : failed(c, name, e);
	text[n] = '\0';
	return symlinkat(text, to_dir, name) || fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) ? failed(c, name, e) : 0;
}

static int copy_fifo(const struct copyup *c, int to_dir, const char *name, const struct stat *st, struct err *e)
{
	return mkfifoat(to_dir, name, st->st_mode & 0777) || fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) ?
	       failed(c, name, e) : 0;
}

static int copy_content(struct copyup *c, int from, int to, unsigned depth, struct err *e);

static int copy_directory(struct copyup *c, int from_dir, int to_dir, const char *name, unsigned depth, struct err *e)
{
	auto_close int from = open_entry(from_dir, name, O_RDONLY | O_DIRECTORY), to = -1;
	struct stat st;

	if (from < 0)
		return is_left_out(errno) ? 0 : failed(c, name, e);
	if (depth >= DEPTH_MAX)
		return err_set(e, ERR_LIMIT, 0, "tmpcopyup on %.128s: more than %d directories deep", c->target, DEPTH_MAX);
	if (fstat(from, &st) || mkdirat(to_dir, name, 0700))
		return failed(c, name, e);
	to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return failed(c, name, e);
	return copy_content(c, from, to, depth + 1, e) || set_attributes(c, to, &st, name, e) ? -1 : 0;
}

/* Devices and sockets are left out: of those nothing could be opened there. */
static int copy_one(struct copyup *c, int from, int to, const char *name, unsigned depth, struct err *e)
{
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (c->entries++ >= ENTRIES_MAX)
		return err_set(e, ERR_LIMIT, 0, "tmpcopyup on %.128s: more than %d entries", c->target, ENTRIES_MAX);
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : failed(c, name, e);
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		return copy_directory(c, from, to, name, depth, e);
	case S_IFREG:
		return copy_file(c, from, to, name, e);
	case S_IFLNK:
		return copy_link(c, from, to, name, &st, e);
	case S_IFIFO:
		return copy_fifo(c, to, name, &st, e);
	default:
		return 0;
	}
}

static int copy_content(struct copyup *c, int from, int to, unsigned depth, struct err *e)
{
	_Alignas(struct dirent64) char room[ROOM];
	ssize_t n;

	while ((n = getdents64(from, room, sizeof(room))) > 0)
		for (ssize_t at = 0; at < n; ) {
			const struct dirent64 *d = (const struct dirent64 *)(const void *)(room + at);

			if (copy_one(c, from, to, d->d_name, depth, e))
				return -1;
			at += d->d_reclen;
		}
	return n < 0 ? failed(c, ".", e) : 0;
}

/* Owner and mode of the directory too, as far as the mount does not say them. */
static int copy_top(const struct copyup *c, const struct plan_mount *m, int from, int to, struct err *e)
{
	struct stat st;

	if (fstat(from, &st))
		return failed(c, ".", e);
	if (m->uid != FIELD_NONE)
		st.st_uid = (uid_t)m->uid;
	if (m->gid != FIELD_NONE)
		st.st_gid = (gid_t)m->gid;
	if (m->mode != FIELD_NONE)
		st.st_mode = (mode_t)m->mode;
	return set_attributes(c, to, &st, ".", e);
}

int copyup_new_tmpfs(const struct plan_mount *m, const char *label, int target, struct err *e)
{
	struct copyup c = { .target = m->target };
	struct plan_mount writable = *m;	/* borrows its texts */
	auto_close int fs = -1, from = openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), to = -1;

	if (from < 0)
		return failed(&c, ".", e);
	writable.readonly = false;
	fs = mounts_new_tmpfs(&writable, label, e);
	if (fs < 0)
		return -1;
	to = openat(fs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		return failed(&c, ".", e);
	if (copy_content(&c, from, to, 0, e) || copy_top(&c, m, from, to, e))
		return -1;
	if (m->readonly && sys_mount_attr(fs, MOUNT_ATTR_RDONLY, 0, 0, 0))
		return failed(&c, ".", e);
	return take_fd(&fs);
}
