/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userns.h - a user name space of the container's own: its maps, and file systems that are seen through them.
 *
 * The init is cloned into it (CLONE_NEWUSER together with the others), so each of its name spaces, that of mounts too,
 * belongs to it: a capability of the container counts there and nowhere on the host. What takes the host's root is
 * made by the parent before, detached: the root file system through an idmapped mount, so that what stands on the disk as
 * id N is id N inside and no file changes; /dev; copies. The init takes them over by move_mount(2), which asks for no
 * more than its own mount name space. README.md says why.
 */
#ifndef SECCTR_RUNTIME_USERNS_H
#define SECCTR_RUNTIME_USERNS_H

#include <stdbool.h>

#include "launcher/runtime/inside.h"

static inline bool userns_own(const struct plan *p)
{
	return p->ns[PLAN_NS_USER].mode == PLAN_NS_NEW;
}

/* Parent: the ids that will be used have a place in the maps; then a descriptor of a user name space with these maps. */
int userns_prepare(struct inside *in, struct err *e) MUST_CHECK;
/* Parent: a detached mount is seen through the maps from here on; nothing to do without a user name space. */
int userns_shift(const struct inside *in, int mount, const char *what, struct err *e) MUST_CHECK;
/* The same through other maps than the container's. */
int userns_shift_by(const struct inside *in, int mount, const struct field_list *uid_map, const struct field_list *gid_map,
		    const char *what, struct err *e) MUST_CHECK;
/* Parent: the overlay of the root, detached, of idmapped layers and an idmapped upper directory. */
int userns_overlay(struct inside *in, struct err *e) MUST_CHECK;
/* Parent: the maps of the process, which waits for them in userns_become(); oom_score_adj, which takes the host's root. */
int userns_give(const struct plan *p, int procfd, pid_t pid, int gate, struct err *e) MUST_CHECK;

/*
 * What this process makes in file systems of a running container, from now on, has the ids of its root: others have no place in
 * its idmapped mounts. Nothing to do without a user name space.
 */
int userns_make_as_root(const struct plan *p, struct err *e) MUST_CHECK;

/* Init: wait for the maps and be root of the container. */
int userns_become(const struct inside *in, struct err *e) MUST_CHECK;
/* Init, exec: root of the user name space that one is in, and still not readable for it. */
int userns_root(struct err *e) MUST_CHECK;

#endif
