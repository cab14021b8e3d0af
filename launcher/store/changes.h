/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes.h - what the upper directory of an overlay changes of the layers below it, as `podman diff` shows it.
 *
 * All of it is read by descriptor and nothing but directories is opened: the container may fill the upper directory meanwhile.
 */
#ifndef SECCTR_STORE_CHANGES_H
#define SECCTR_STORE_CHANGES_H

#include <stddef.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/base/walk.h"

/*
 * Adds to *ret, sorted by path, one text for each change: 'C' (changed), 'A' (added) or 'D' (deleted), and the path from
 * "/". `layers`: descriptors of the layers, the topmost first. At most limits->entries changes.
 */
int changes_find(int upper, const int *layers, size_t n, const struct walk_limits *limits, struct strv *ret,
		 struct err *e) MUST_CHECK;

/*
 * The same for two trees, each a stack of layers, the topmost first: what makes the second into the first. A file has changed if its
 * mode, owner, size or time has, a directory if its mode or owner has or something in it did.
 */
struct changes_tree {
	int *fd;
	size_t n;
};
int changes_between(const struct changes_tree *now, const struct changes_tree *before, const struct walk_limits *limits, struct strv *ret,
		    struct err *e) MUST_CHECK;

#endif
