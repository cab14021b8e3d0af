/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy_tree.h - files from one tree into another, of which a container may change either while we copy.
 *
 * The source is walked as base/walk.h says; what is made is made in the descriptor of its directory, under a name that was free
 * (O_EXCL) or by taking away first what had it: no link that stands in the destination is followed or written
 * through. A file is as long as it was when it was opened, or shorter. Kept: content, mode, time, and the owner where
 * `keep_owner` says so. Not kept: set-user-ID and set-group-ID, attributes, access lists, labels (they are the destination's), and
 * hard links, which become files of their own. Devices, FIFOs and sockets are left out and counted, file systems of
 * the kernel (proc, sysfs, cgroup) are left out.
 */
#ifndef SECCTR_CLI_COPY_TREE_H
#define SECCTR_CLI_COPY_TREE_H

#include <stdbool.h>
#include <sys/types.h>

#include "launcher/base/err.h"
#include "launcher/base/walk.h"

struct copy_tree {
	bool keep_owner;
	uid_t uid;			/* unless it is kept */
	gid_t gid;
	bool overwrite;			/* a directory may take the place of something else, and the other way round */
	struct walk_limits limits;
	uint64_t left_out;		/* returned */
};

/* What is in the directory `from` into the directory `to`; descriptors, O_PATH will do. */
int copy_tree_content(struct copy_tree *t, int from, int to, struct err *e) MUST_CHECK;
/* The directory `name` in `to`, made like `from` unless there is one: its descriptor. */
int copy_tree_directory(const struct copy_tree *t, int from, int to, const char *name, struct err *e) MUST_CHECK;
/* The regular file `from`, open for reading, as `name` in `to`. */
int copy_tree_file(struct copy_tree *t, int from, int to, const char *name, struct err *e) MUST_CHECK;

#endif
