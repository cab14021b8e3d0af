/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - every entry of a tree that a hostile program fills, and may change while we look.
 *
 * An entry is an O_PATH descriptor, opened in its directory's descriptor without following a link: looking at it opens no
 * FIFO and triggers no device, and no rename leads out of the tree. Names come sorted by bytes, a directory before what is in it.
 */
#ifndef SECCTR_BASE_WALK_H
#define SECCTR_BASE_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "launcher/base/err.h"

/* A struct, so that tests can ask at N and N+1. One more of any is ERR_LIMIT. */
struct walk_limits {
	uint64_t entries;		/* of the whole tree */
	uint64_t depth;			/* components of a path: as many descriptors are held */
	uint64_t path_bytes;
	uint64_t bytes;			/* of all regular files; the caller counts them with walk_count() */
};
#define WALK_LIMITS_DEFAULT { .entries = 1000000, .depth = 256, .path_bytes = 4095, .bytes = (uint64_t)32 << 30 }

struct walk_entry {
	const char *path;		/* from the top, "" for the top itself; borrowed, until the callback returns */
	const char *name;		/* its last component */
	int parent;			/* descriptor of its directory; -1 for the top */
	int fd;				/* O_PATH */
	struct stat st;
};

struct walk {
	struct walk_limits limits;
	/* 0: go on; 1: not into this directory; -1: error. `leave` of a directory may be NULL. */
	int (*enter)(void *arg, const struct walk_entry *w, struct err *e);
	int (*leave)(void *arg, const struct walk_entry *w, struct err *e);
	void *arg;
	uint64_t entries, bytes;	/* so far */
};

/* `top`: a directory, borrowed. What vanishes meanwhile is left out. */
int walk_tree(struct walk *w, int top, struct err *e) MUST_CHECK;
int walk_count(struct walk *w, uint64_t bytes, const char *path, struct err *e) MUST_CHECK;

/*
 * The entry for reading. ERR_STATE: something else stands in its place by now. Only for regular files and directories.
 */
int walk_open(const struct walk_entry *w, struct err *e) MUST_CHECK;

#endif
