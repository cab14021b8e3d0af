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
 * overlays with the same upper directory would not see each other. `dir`: containers/ID, `layers`: of the store; both borrowed.
 */
struct runtime_stopped {
	const struct plan *plan;
	int dir, layers;
	const int *mounted;	/* an overlay of it that is mounted already, which is shared; or NULL */
};
int runtime_root_stopped(const struct runtime_stopped *s, bool write, struct err *e) MUST_CHECK;

/*
 * Whether an overlay somewhere has its upper directory: in another mount name space, or unmounted lazily with files open. The kernel
 * makes a second one all the same, with "undefined behavior" (overlayfs.rst), but says so if it is asked to keep an index (ovl_get_upper(),
 * fs/overlayfs/super.c); we ask with a work directory that it refuses next. It leaves a line in the kernel's log, so it is for
 * containers of which something was mounted. *ret is false for one that never ran.
 */
int runtime_root_in_use(const struct runtime_stopped *s, bool *ret, struct err *e) MUST_CHECK;

/*
 * Put `root` on the directory `at` of the caller's mount name space, where it stays; noexec now, as no program of an image is to run
 * as the host's. `at` is root's alone.
 */
int runtime_root_attach(int root, int at, struct err *e) MUST_CHECK;
/* Take away what is mounted on `name` in `dir`. ERR_STATE: it is in use; with `lazily` it goes when its users do. */
int runtime_root_detach(int dir, const char *name, bool lazily, struct err *e) MUST_CHECK;

#endif
