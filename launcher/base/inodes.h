/* SPDX-License-Identifier: Apache-2.0 */
/* inodes.h - files of more than one name, by device and inode, each with the name under which it was met first. */
#ifndef SECCTR_BASE_INODES_H
#define SECCTR_BASE_INODES_H

#include <sys/stat.h>

#include "launcher/base/err.h"

struct inodes {
	void *tree;
};
void inodes_done(struct inodes *t);

/* *ret: its first name, borrowed; NULL: it is met for the first time, and known by `name` from now on. */
int inodes_first(struct inodes *t, const struct stat *st, const char *name, const char **ret, struct err *e) MUST_CHECK;

#endif
