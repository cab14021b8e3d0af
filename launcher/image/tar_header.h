/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar_header.h - headers of a tar archive: ustar (POSIX.1-1988), and in front of it a pax header (POSIX.1-2001) for what does
 * not fit. Only for writing: archives are read without privilege (sandbox.h).
 */
#ifndef SECCTR_IMAGE_TAR_HEADER_H
#define SECCTR_IMAGE_TAR_HEADER_H

#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum { TAR_BLOCK = 512 };
enum tar_type {
	TAR_FILE = '0', TAR_HARD_LINK = '1', TAR_SYMLINK = '2', TAR_CHAR = '3', TAR_BLOCK_DEVICE = '4', TAR_DIRECTORY = '5',
	TAR_FIFO = '6',
};

struct tar_entry {
	const char *name, *link;	/* any bytes but NUL; link "" where there is none */
	char type;			/* enum tar_type */
	uint32_t mode, uid, gid, major, minor;
	int64_t mtime;			/* seconds; before 1970 is 1970 */
	uint64_t size;			/* of TAR_FILE; as many bytes follow, padded to TAR_BLOCK */
};

/* A record of a pax header. */
int tar_pax_add(struct str *pax, const char *key, const void *value, size_t n, struct err *e) MUST_CHECK;

/* `pax`: records that the entry has anyway; grows by those that it needs. */
int tar_put_header(int fd, const struct tar_entry *t, struct str *pax, struct err *e) MUST_CHECK;
int tar_put_end(int fd, struct err *e) MUST_CHECK;

#endif
