/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack.h - layer entries become files below one directory. Privileged side: the entries come from
 * a process that may have been taken over, so each is checked with entry_check() again and counted again.
 *
 * What is made: files, directories, symbolic links, hard links to files of the same layer, and overlayfs's
 * whiteouts (character device 0:0) and opaque marks. Parents that the layer does not name are made, 0755 root.
 * An entry whose parent is a symbolic link is refused, and so is a file over a directory
 * or the reverse. A file named twice is replaced. Set-user-ID and set-group-ID of files are dropped: containers
 * mount without suid, so the bits would only make the store a place that scanners report.
 */
#ifndef SECCTR_IMAGE_UNPACK_H
#define SECCTR_IMAGE_UNPACK_H

#include <limits.h>
#include <stdbool.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/image/entry.h"
#include "launcher/image/limits.h"

struct unpack {
	int top;				/* borrowed; O_RDONLY directory, empty at the beginning */
	const struct image_limits *limits;	/* borrowed */
	uint64_t entries, content, xattrs, dir_name_bytes;
	struct frame_entry now;			/* the entry that xattrs and data belong to; type 0: none */
	int fd;					/* its file or directory, or -1 */
	int parent;				/* O_PATH of the directory parent_path; -1: none yet */
	char parent_path[PATH_MAX];
	struct strv dirs;			/* their times are set at the end, when nothing changes them any more */
	struct timespec *dir_times;
};
#define UNPACK_INIT(top_, limits_) { .top = (top_), .limits = (limits_), .fd = -1, .parent = -1 }
void unpack_done(struct unpack *u);
#define auto_unpack AUTO(unpack_done)

int unpack_entry(struct unpack *u, const struct entry *entry, struct err *e) MUST_CHECK;
/* Of the last entry, which must be a file or a directory. */
int unpack_xattr(struct unpack *u, const char *name, const void *value, size_t n, struct err *e) MUST_CHECK;
/* Within the size of the last entry, which must be a file. */
int unpack_data(struct unpack *u, uint64_t offset, const void *bytes, size_t n, struct err *e) MUST_CHECK;
int unpack_end(struct unpack *u, struct err *e) MUST_CHECK;

#endif
