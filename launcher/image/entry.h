/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entry.h - the rules that one entry of a layer must obey, held by the parser and checked again by its parent.
 *
 * image-spec v1.1 layer.md. A path is relative, without empty, "." and ".." components and NUL, within
 * path_bytes and depth. No component begins with ".wh.": such names are whiteouts, in the last component only.
 */
#ifndef SECCTR_IMAGE_ENTRY_H
#define SECCTR_IMAGE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/image/frame.h"
#include "launcher/image/limits.h"

struct entry {
	struct frame_entry fixed;
	const char *path, *link;	/* NUL-terminated; link "" where there is none */
};

/* All rules for e->fixed, path and link together. */
int entry_check(const struct entry *entry, const struct image_limits *limits, struct err *e) MUST_CHECK;

/*
 * From the name in the tar to path and type: cuts leading "./" and trailing "/" in place, tells whiteouts. *type comes in as
 * ENTRY_FILE and the like. Refuses whiteout names that hide nothing, "." or ".." (".wh.", ".wh..", ".wh...").
 */
int entry_name(char *name, enum entry_type *type, const char **ret_path, struct err *e) MUST_CHECK;

/* Kept are user.* but not user.overlay.*: labels come from secctr, capabilities from the policy, and trusted.* is overlayfs's. */
bool entry_keeps_xattr(const char *name);

#endif
