/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.h - reaching files without being led astray.
 *
 * Two situations, two families:
 *   - a tree someone hostile made (a root file system): path_in_root_*() resolve
 *     as if the tree's top were "/" (openat2 RESOLVE_IN_ROOT), never follow
 *     magic links, and hand out descriptors, so what was checked is what is used;
 *   - our own state and policy directories: path_open_trusted_dir() walks every
 *     component and refuses one that somebody other than root may write.
 * There is no path-string fallback where the kernel lacks openat2 (before 5.6):
 * the call fails and so does the start.
 */
#ifndef SECCTR_BASE_PATH_H
#define SECCTR_BASE_PATH_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "launcher/base/err.h"

enum { PATH_DEPTH_MAX = 256 };	/* components that we create or walk */

/* openat2(rootfd, path, flags|O_CLOEXEC, RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS). */
int path_in_root_open(int rootfd, const char *path, int flags, mode_t mode, struct err *e) MUST_CHECK;

/*
 * Open `path` in the tree as an O_PATH descriptor; where it is missing make it,
 * missing parents too (directories 0755): a directory, or an empty regular file
 * (`want_dir` says which; a file of any type but directory satisfies it). A link to
 * nothing is followed in the tree and its target made (images have such an
 * /etc/resolv.conf). At most PATH_DEPTH_MAX components. Uses
 * no memory: safe between clone and exec; sets and restores the umask.
 */
int path_in_root_make(int rootfd, const char *path, bool want_dir, struct err *e) MUST_CHECK;

/* openat2() below dirfd: no "..", no absolute path, no symlink, no mount crossing when `same_mount`. */
int path_below_open(int dirfd, const char *path, int flags, bool same_mount, struct err *e) MUST_CHECK;

/*
 * Open the absolute directory `path`. Each component must be owned by root and
 * not writable by group or others (a sticky directory such as /tmp passes only
 * when `allow_sticky`); no symlink on the way. The refusal names the component.
 * The descriptor is readable (not O_PATH).
 */
int path_open_trusted_dir(const char *path, bool allow_sticky, struct err *e) MUST_CHECK;
/* The entry `name` of a directory that was opened so; path: for the message. */
int path_open_trusted_at(int dirfd, const char *name, const char *path, bool allow_sticky, struct err *e) MUST_CHECK;

/*
 * mkdirat() with exactly `mode` unless there; then open it (readable) and refuse an owner
 * other than root and a mode bit outside `mode`.
 */
int path_make_private_dir(int dirfd, const char *name, mode_t mode, struct err *e) MUST_CHECK;

/* Absolute, no "." or ".." component, no "//", no trailing "/" but for "/", at most PATH_MAX-1 bytes. */
bool path_is_canonical(const char *path);

/* Whether `path` is `prefix` or below it, by whole components: /data has /data/x, not /database. */
bool path_has_prefix(const char *path, const char *prefix);

/*
 * Remove `name` (one component) below dirfd with all below it, by descriptor: never across a
 * mount (an error), never through a link, at any depth. What is not there is removed already.
 */
int path_remove_tree(int dirfd, const char *name, struct err *e) MUST_CHECK;

#endif
