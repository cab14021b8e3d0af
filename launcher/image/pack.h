/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.h - a tree of a container into a tar archive (POSIX.1-2001 pax), as `podman export` writes it and `import` reads it.
 *
 * The tree may change while it is read: a file has in the archive as many bytes as it had when it was opened, zeros in the
 * place of what was cut off meanwhile. The order is that of the names, so the same tree gives the same bytes. Kept: type, mode, numeric owner,
 * time in seconds, links, hard links, device numbers, the attributes user.* and security.capability (as SCHILY.xattr.*).
 * Left out: sockets, which tar has no word for, labels, and access lists.
 */
#ifndef SECCTR_IMAGE_PACK_H
#define SECCTR_IMAGE_PACK_H

#include "launcher/base/err.h"
#include "launcher/base/walk.h"

enum { PACK_XATTRS_MAX = 64, PACK_XATTR_BYTES_MAX = 65536 };	/* of one entry; of one value */

struct pack_how {
	const char *prefix;		/* name of the top in the archive; "" for none: then the top itself is left out */
	struct walk_limits limits;
	/* Owners as they come into the archive; NULL: as they are. */
	void (*owner)(const void *arg, uint32_t *uid, uint32_t *gid);
	const void *arg;
};

/* `top`: a directory, or any file as O_PATH with `parent` and its name in it. */
int pack_tree(int top, const struct pack_how *how, int out, struct err *e) MUST_CHECK;
int pack_file(int parent, const char *name, const struct pack_how *how, int out, struct err *e) MUST_CHECK;

#endif
