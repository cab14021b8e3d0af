/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userns.h - a user name space that is not the host's: its maps, and file systems that are seen through them.
 *
 * The init is cloned into it (CLONE_NEWUSER together with the others), so each of its name spaces, that of mounts too,
 * belongs to it: a capability of the container counts there and nowhere on the host. What takes the host's root is
 * made by the parent before, detached: the root file system through an idmapped mount, so that what stands on the disk as
 * id N is id N inside and no file changes; /dev; copies. The init takes them over by move_mount(2), which asks for no
 * more than its own mount name space. README.md says why.
 *
 * One that exists is joined by the process that clones the init (userns_clone()), so that the container's other name spaces belong
 * to it as they would to one of its own. Its maps must be those of the plan, which was decided about.
 */
#ifndef SECCTR_RUNTIME_USERNS_H
#define SECCTR_RUNTIME_USERNS_H

#include <stdbool.h>

#include "launcher/runtime/inside.h"
#include "launcher/runtime/sys.h"

static inline bool userns_own(const struct plan *p)
{
	return p->ns[PLAN_NS_USER].mode == PLAN_NS_NEW;
}
static inline bool userns_joined(const struct plan *p)
{
	return p->ns[PLAN_NS_USER].mode == PLAN_NS_CONTAINER || p->ns[PLAN_NS_USER].mode == PLAN_NS_PATH;
}
static inline bool userns_any(const struct plan *p)
{
	return userns_own(p) || userns_joined(p);
}

/*
 * The maps of the user name space that the descriptor is of, as the host has them. It need not have a process: one enters it, in which
 * nothing of the caller's can be reached from inside.
 */
int userns_read(int procfd, int userns, struct field_list *uids, struct field_list *gids, struct err *e) MUST_CHECK;

/*
 * Parent: the ids that will be used have a place in the maps; then a descriptor of a user name space with these maps, which is
 * place->ns[PLAN_NS_USER] where one is joined.
 */
int userns_prepare(struct inside *in, struct err *e) MUST_CHECK;
/* Parent: a detached mount is seen through the maps from here on; nothing to do without a user name space. */
int userns_shift(const struct inside *in, int mount, const char *what, struct err *e) MUST_CHECK;
/* The same through other maps than the container's. */
int userns_shift_by(const struct inside *in, int mount, const struct field_list *uid_map, const struct field_list *gid_map,
		    const char *what, struct err *e) MUST_CHECK;
/* Parent: the overlay of the root, detached, of idmapped layers and an idmapped upper directory. */
int userns_overlay(struct inside *in, struct err *e) MUST_CHECK;
/* Parent: the overlay of an image that is mounted, detached and read-only, of idmapped layers. The working directory becomes layers/, as above. */
int userns_image(const struct inside *in, const struct plan_mount *m, struct err *e) MUST_CHECK;
/* Parent: the maps of the process, which waits in userns_become(), unless it is in one that is joined; oom_score_adj, which takes the host's root. */
int userns_give(const struct plan *p, int procfd, pid_t pid, int gate, struct err *e) MUST_CHECK;

/*
 * What this process makes in file systems of a running container, from now on, has the ids of its root: others have no place in
 * its idmapped mounts. Nothing to do without a user name space.
 */
int userns_make_as_root(const struct plan *p, struct err *e) MUST_CHECK;

/* Whether a network name space that is not the new user name space's is joined: the init has no right to enter it. */
static inline bool userns_other_net(const struct plan *p)
{
	return userns_own(p) && (p->ns[PLAN_NS_NET].mode == PLAN_NS_CONTAINER || p->ns[PLAN_NS_NET].mode == PLAN_NS_PATH);
}

/*
 * Parent: clone3(2) of the init by a process that is in the user name space that is joined, and in the PID name space if one
 * is; or, where the init is to have a user name space of its own, in the network name space that is joined. 0 in the init; its parent is the
 * caller, or the caller's if it is to be a sibling. *ret_pidfd: of it.
 */
long userns_clone(const struct runtime_place *place, const struct clone_args *args, int *ret_pidfd, struct err *e) MUST_CHECK;

/* Init: wait for the maps and be root of the container. */
int userns_become(const struct inside *in, struct err *e) MUST_CHECK;
/* Init, exec: root of the user name space that one is in, and still not readable for it. */
int userns_root(struct err *e) MUST_CHECK;

#endif
