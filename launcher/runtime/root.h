/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root.h - the root file system of a container, for a command of the host that reads or changes its files.
 *
 * What is handed out is a descriptor of a detached copy of the mount: it is in no mount name space, so nothing leads out of it,
 * the container cannot mount on it, and it ends with the descriptor. It is nosuid and nodev: whatever name the container
 * puts in our way, no device is opened. Paths in it are resolved by path_in_root_*() alone.
 */
#ifndef SECCTR_RUNTIME_ROOT_H
#define SECCTR_RUNTIME_ROOT_H

#include <stdbool.h>

#include "launcher/base/err.h"
#include "launcher/plan/plan.h"

/* Of a running container, whose init is `pidfd`. `all`: with what is mounted in it, as its processes see it. */
int runtime_root_of(int pidfd, bool all, struct err *e) MUST_CHECK;

/*
 * Of one that does not run: its layers and its upper directory, or its --rootfs, without the mounts of the plan. Read-only if
 * the container's is, or unless `write`. The caller holds the container's lock as long as the descriptor is open: two
 * overlays with the same upper directory would not see each other. `dir`: containers/ID, `layers`: of the store.
 */
int runtime_root_stopped(const struct plan *p, int dir, int layers, bool write, struct err *e) MUST_CHECK;

#endif
