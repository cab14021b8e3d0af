/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_tree.h - a directory or file of the host that is handed to a container: its labels (:z, :Z) or its owners (:U) are changed.
 *
 * A wrong path in a request was a way to own /etc (CVE-2021-43816). So all is checked first, then all is changed, each object
 * checked again in the second pass, and what is changed is the descriptor that was checked. Refused:
 *	- system directories, the store's, and what lies in them, by inode and by the path that the descriptor has after resolution, also
 *	  through a bind mount or a symlink (system_dirs.h);
 *	- a directory that contains one of them, at any depth;
 *	- mount points below it (another file system, a bind mount);
 *	- regular files with more than one link (the other name may be anywhere);
 *	- device nodes;
 *	- more than `max` objects, or deeper than HOST_TREE_DEPTH.
 * Symbolic links are changed themselves and never followed. Every error names the path. A failure while changing (disk full)
 * leaves a part changed and says so.
 */
#ifndef SECCTR_BASE_HOST_TREE_H
#define SECCTR_BASE_HOST_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "launcher/base/err.h"

enum { HOST_TREE_DEPTH = 128, HOST_TREE_MAX = 1000000 };

struct host_tree_result {
	uint64_t seen, changed;
};

/* Where we are; the descriptors are borrowed. */
struct host_tree_place {
	int procfd;		/* private procfs */
	int store[2];		/* the store's two directories, which are refused as the system's are wherever they lie; -1: there is none */
};

struct host_tree {
	struct host_tree_place place;
	const char *what;	/* "relabel": how errors begin */
	bool own;		/* a volume of the store, of which the caller knows that it is one: it lies in a directory that is refused above */
	bool look;		/* the first pass only */
	uint64_t max;
	/*
	 * Is it so already? 1, 0, or -1. Then set() is not called; and in a volume of the store such a file may have several links, because
	 * containers link their files there. `fd` is O_PATH, and its number the name of the object in the working directory, also where
	 * that is a symbolic link: no xattr call takes such a descriptor.
	 */
	int (*is)(void *arg, int fd, const struct stat *st, const char *path, struct err *e);
	int (*set)(void *arg, int fd, const char *path, struct err *e);
	void *arg;
};

/*
 * `volume` is a descriptor (O_PATH will do) of what will be mounted, `path` its name in errors. The working directory of the
 * process is changed and restored meanwhile: one thread only.
 */
int host_tree_change(const struct host_tree *t, int volume, const char *path, struct host_tree_result *ret, struct err *e)
	MUST_CHECK NONNULL(1, 3, 4, 5);

#endif
