/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar.h - the container of a bundle: a tar archive (POSIX ustar) of which each byte is decided by names, sizes and one time.
 *
 * Any tar(1) unpacks it. Reading does not interpret a header: it takes the three values out of it, makes the header that the
 * writer would have made of them, and wants that one to the byte. So there is no second way to write the same archive, no field
 * in which something could hide, and no parser for links, sparse files or extensions to get wrong.
 */
#ifndef SECCTR_AUDIT_EVIDENCE_TAR_H
#define SECCTR_AUDIT_EVIDENCE_TAR_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"

enum { TAR_BLOCK = 512, TAR_NAME_MAX = 99 };
#define TAR_SIZE_MAX (((uint64_t)1 << 33) - 1)	/* eleven octal digits: 8 GB less one byte */

struct tar_entry {
	char name[TAR_NAME_MAX + 1];	/* [A-Za-z0-9._/-], no component that begins with a dot, not absolute */
	uint64_t size, mtime;
};

bool tar_name_ok(const char *name);
/* ERR_LIMIT: the size, the time or the name does not fit. */
int tar_header(const struct tar_entry *entry, char ret[static TAR_BLOCK], struct err *e) MUST_CHECK;
/* False: not a header that tar_header() makes. */
bool tar_parse(const char block[static TAR_BLOCK], struct tar_entry *ret);
/* Bytes of content with what fills its last block. */
static inline uint64_t tar_padded(uint64_t size)
{
	return (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

#endif
