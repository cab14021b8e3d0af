/* SPDX-License-Identifier: Apache-2.0 */
/*
 * system_dirs.h - directories of the host that are never relabelled for a container, or given to its user.
 *
 * Three ways to recognise one, because a string alone is beaten by a symlink, by
 * "..", and by a bind mount: the inode, the resolved path, and the other paths that
 * the same file has through the mounts of this mount namespace.
 */
#ifndef SECCTR_BASE_SYSTEM_DIRS_H
#define SECCTR_BASE_SYSTEM_DIRS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "launcher/base/err.h"

enum { SYSTEM_DIRS_MAX = 64, SYSTEM_DIRS_OWN_MAX = 2, SYSTEM_DIRS_MOUNTINFO_MAX = 16 << 20 };

struct system_dirs {
	size_t len, own;
	struct system_dir {
		const char *path;
		int reach;
		bool there;
		dev_t dev;
		ino_t ino;
	} at[SYSTEM_DIRS_MAX];
	char own_path[SYSTEM_DIRS_OWN_MAX][PATH_MAX];
};

/* Look the list up in the running system; those that do not exist have no inode. The struct points into itself: it is not copied. */
int system_dirs_find(struct system_dirs *ret, struct err *e) MUST_CHECK NONNULL(1, 2);
/*
 * The directory `fd`, with all that is in it, is on the list too: a store that is elsewhere than the default. At most SYSTEM_DIRS_OWN_MAX.
 * `fds` is our own fd directory on a procfs.
 */
int system_dirs_add(struct system_dirs *dirs, int fds, int fd, struct err *e) MUST_CHECK NONNULL(1, 4);
/* The path of the list that has this inode, or NULL. */
const char *system_dirs_by_inode(const struct system_dirs *dirs, const struct stat *st);
/* ERR_POLICY if `path` (absolute, resolved) is on the list or in a tree of it. */
int system_dirs_by_path(const struct system_dirs *dirs, const char *path, struct err *e) MUST_CHECK;
/*
 * The same for each path by which the mounts of this namespace reach the object `fd`,
 * whose resolved path is `path` (one of them): a bind mount of /etc/ssh on /mnt/x is /etc/ssh.
 */
int system_dirs_by_mount(const struct system_dirs *dirs, int procfd, int fd, const char *path, struct err *e) MUST_CHECK;

#endif
