/* SPDX-License-Identifier: Apache-2.0 */
/* copy_up.h - what an image has where an empty volume is mounted, copied into it, as Podman does. */
#ifndef SECCTR_CLI_COPY_UP_H
#define SECCTR_CLI_COPY_UP_H

#include "launcher/plan/plan.h"
#include "launcher/store/store.h"

/*
 * Under the lock of volumes that a start holds, when the container's directory `dir` is there. Into each volume of the plan that is empty
 * and may be filled (no nocopy) goes what the image's directory on its target has, by copy_tree.h, with its owners; the top gets that
 * directory's owner and mode. The image is hostile: its links are followed in it alone, and nothing but directories and regular files
 * is opened. A kill leaves a mark, by which the next start copies anew, over what is there.
 */
int copy_up(const struct store *s, const struct plan *p, int dir, struct err *e) MUST_CHECK;

#endif
