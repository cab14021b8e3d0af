/* SPDX-License-Identifier: Apache-2.0 */
/* sizes.h - how much a container holds on disk (--size). */
#ifndef SECCTR_CLI_SIZES_H
#define SECCTR_CLI_SIZES_H

#include "launcher/cli/look.h"

enum {
	SIZES_DEPTH_MAX = 256,		/* directories in directories: each costs a descriptor */
	SIZES_ENTRIES_MAX = 1 << 20,	/* files of one container that are counted */
};

/*
 * *ret_own: bytes of the files in its own layer. *ret_all: with those of its image, as Podman's "virtual" size. `p` may be
 * NULL. A tree beyond the limits, which its container made, counts as far as it was walked.
 */
int sizes_of_container(struct context *c, const struct look *l, const struct plan *p, int64_t *ret_own, int64_t *ret_all,
		       struct err *e) MUST_CHECK;

#endif
