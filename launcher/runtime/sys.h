/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys.h - system calls that glibc 2.36 has no wrapper for, or only with allocation.
 *
 * Linux 5.12 (mount_setattr) is the oldest kernel we run on; a missing call fails the start, there is no
 * fall-back by path. Numbers and structs are from <linux/mount.h> and <linux/sched.h>.
 */
#ifndef SECCTR_RUNTIME_SYS_H
#define SECCTR_RUNTIME_SYS_H

#include <fcntl.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <linux/mount.h> of 5.14 and <linux/fs.h> of 5.10; glibc's header has neither. */
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

static inline long sys_clone3(struct clone_args *args, size_t n)
{
	return syscall(SYS_clone3, args, n);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

/* Detached copy of the mount at fd (AT_EMPTY_PATH), or of path below it. */
static inline int sys_clone_mount(int fd, const char *path, int recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (*path ? 0 : AT_EMPTY_PATH) |
			 (recursive ? AT_RECURSIVE : 0);

	return open_tree(fd, path, flags);
}

/* Attach the detached mount `from` on the directory or file `to`; both by descriptor. */
static inline int sys_attach_mount(int from, int to)
{
	return move_mount(from, "", to, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* On a path from the working directory: of the caller's own, for nobody else's links are followed safely. */
static inline int sys_attach_mount_at(int from, const char *path)
{
	return move_mount(from, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
}

static inline int sys_mount_attr(int fd, uint64_t set, uint64_t clear, uint64_t propagation, int recursive)
{
	struct mount_attr a = { .attr_set = set, .attr_clr = clear, .propagation = propagation };

	return mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &a, sizeof(a));
}

#endif
