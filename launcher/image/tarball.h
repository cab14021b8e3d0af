/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tarball.h - files written one after another into a tar archive, or below a directory.
 *
 * Names are our own: digests and fixed words, at most TARBALL_NAME_MAX bytes. Nothing of the host or the moment is in it
 * (owner 0, time 0), so the same files give the same bytes.
 */
#ifndef SECCTR_IMAGE_TARBALL_H
#define SECCTR_IMAGE_TARBALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/base/err.h"

enum { TARBALL_NAME_MAX = 99 };
#define TARBALL_OCTAL_MAX 077777777777ULL	/* a larger size is written in base 256, as GNU tar does */

struct tarball {
	int fd;			/* the archive, or the directory; borrowed */
	bool directory;
	int file;		/* the current file below the directory, or -1 */
	const char *name;	/* of the current file; borrowed */
	uint64_t left, size;	/* of it */
};
#define TARBALL_INIT(fd_, directory_) { .fd = (fd_), .directory = (directory_), .file = -1 }
void tarball_done(struct tarball *t);
#define auto_tarball AUTO(tarball_done)

/* Exactly `size` bytes follow before tarball_end(). Below a directory a file that is there is ERR_EXISTS. */
int tarball_begin(struct tarball *t, const char *name, uint64_t size, struct err *e) MUST_CHECK;
int tarball_bytes(struct tarball *t, const void *bytes, size_t n, struct err *e) MUST_CHECK;
int tarball_end(struct tarball *t, struct err *e) MUST_CHECK;
/* All in one. */
int tarball_file(struct tarball *t, const char *name, const void *bytes, size_t n, struct err *e) MUST_CHECK;
/* The end of the archive; on disk if it is a file or directory. */
int tarball_finish(struct tarball *t, struct err *e) MUST_CHECK;

#endif
