/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.h - the control groups of one container, and its resource limits.
 *
 * Three layouts (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of the kernel):
 *	v2	/sys/fs/cgroup is cgroup2: one directory, PARENT/ID
 *	v1	one directory PARENT/ID in each hierarchy of cpu, cpuacct, memory, pids, devices, freezer and
 *		name=systemd that is mounted and writable, for a limit that needs them of cpuset and blkio, and in
 *		the cgroup2 tree of a hybrid host
 *	none	no hierarchy that can be written
 * PARENT is plan.resources.cgroup_parent or "/secctr"; it is shared and stays. The container's own
 * directories are new (an existing one is refused: it could be frozen or hold strangers).
 *
 * A limit in the plan that cannot be applied is ERR_SYSTEM and names the field, the controller and
 * the controllers there are; nothing is left behind. Where no group can be made at all a plan
 * without limits gets version 0, a plan with one is refused. Values: bytes; microseconds of
 * processor time per second (at least 1000 in a period); FIELD_NONE and -1 mean no limit; 0 is refused, as nobody can
 * tell "none at all" from "no limit" (the front ends turn Podman's 0 into -1).
 *
 * With systemd (cgroup_manager() says PLAN_CGROUP_SYSTEMD) the supervisor M, the process that becomes
 * the monitor, first puts itself into a scope and hands that to cgroup_adopt():
 *
 *	if (cgroup_manager(p, &manager, e))
 *		return -1;
 *	if (manager == PLAN_CGROUP_SYSTEMD) {
 *		if (scope_start(&(struct scope){ .id = p->id, .pid = getpid(), .slice = ... }, e))
 *			return -1;
 *		return cgroup_adopt(p, &cg, e);		SCOPE/monitor: M; SCOPE/payload: container, with the limits
 *	}
 *	return cgroup_make(p, &cg, e);
 *
 * The container's init then:
 *	clone3(CLONE_INTO_CGROUP, .cgroup = cg.fd)	if cg.fd >= 0 (before Linux 5.7: not, and `cloned` false)
 *	cgroup_enter(&cg, 0, cloned)			by the child; does nothing on v2 when cloned
 *	unshare(CLONE_NEWCGROUP)			AFTER that: clone(CLONE_NEWCGROUP) would make the parent's
 *							group the root of the name space (copy_cgroup_ns(),
 *							kernel/cgroup/namespace.c)
 */
#ifndef SECCTR_RUNTIME_CGROUP_H
#define SECCTR_RUNTIME_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/plan/plan.h"

enum {
	CGROUP_PARENT_MAX = 1024,	/* bytes of cgroup_parent */
	CGROUP_NEST_MAX = 256,		/* groups nested in the container's: each costs a descriptor to walk */
	CGROUP_FREEZE_MS = 2000,	/* waiting for all processes to be frozen */
	CGROUP_REMOVE_MS = 2000,	/* waiting for killed processes to be gone */
	CGROUP_PERIOD_MIN = 1000, CGROUP_PERIOD_MAX = 1000000,	/* microseconds; the kernel takes no quota below 1000 */
};

struct cgroup {
	int version;		/* 0: none, 1: at least one v1 hierarchy, 2 */
	int fd;			/* v2 directory (also of a hybrid host) for CLONE_INTO_CGROUP, or -1 */
	char *path;		/* below the mount: "/secctr/ID"; NULL for version 0 and from cgroup_open() */
	struct strv dirs;	/* absolute, to kill and to remove; the v2 one first */
};
#define CGROUP_INIT { .fd = -1 }

/*
 * Who makes the group: what the plan says; left open, systemd where it is PID 1, the system bus is
 * there and cgroup v2 is in use, else cgroupfs. Never PLAN_CGROUP_OPEN. A wish for systemd where it
 * is not PID 1 is ERR_SYSTEM. PLAN_CGROUP_NONE with a limit is ERR_INPUT.
 */
int cgroup_manager(const struct plan *p, int *ret, struct err *e) MUST_CHECK;

/* For PLAN_CGROUPFS and PLAN_CGROUP_NONE (version 0). p->id must be set. */
int cgroup_make(const struct plan *p, struct cgroup *ret, struct err *e) MUST_CHECK;
/* The groups that a cgroup_make() which was cut short left behind; none where the manager is another, or the name an engine's. */
int cgroup_find(const struct plan *p, struct strv *ret, struct err *e) MUST_CHECK;

/*
 * For PLAN_CGROUP_SYSTEMD: the calling process stands in the scope of p->id (read from the kernel, not
 * taken on trust: limits were once written into sshd's group). v2 only. dirs has the payload's directory
 * alone; systemd removes the scope when its last process is gone. Who stands in SCOPE/monitor already (a monitor that
 * starts its container again) stays there, and cgroup_in_scope() says so.
 *
 * PLAN_CGROUP_SPLIT is the same without a scope: the group in which systemd started us, if it gave it to us (Delegate=yes), is split
 * into UNIT/monitor, for us and whatever else the unit has started, and UNIT/payload. So the unit's own limits bind the container.
 */
bool cgroup_in_scope(const struct plan *p);
int cgroup_adopt(const struct plan *p, struct cgroup *ret, struct err *e) MUST_CHECK;

/* The groups of a running container from its saved `dirs`, for exec. A missing one is ERR_STATE. */
int cgroup_open(const struct strv *dirs, struct cgroup *ret, struct err *e) MUST_CHECK;
/*
 * Of a container that keeps groups of its own, the one that its init is in: v2's group that hands controllers down has no room
 * for processes (cgroup-v2.rst, "No Internal Process Constraint"). Whatever the container made of it, it is below `cg`'s.
 * `pid` is the init's, whose pidfd the caller holds.
 */
int cgroup_follow(struct cgroup *cg, int procfd, pid_t pid, struct err *e) MUST_CHECK;

/* Limits of a container from its start (`first`), as they were asked for until now (`before`), and from now on. */
struct cgroup_change {
	const struct plan_resources *first, *before, *now;
};
/* Other limits for the groups of a running container; `path` and `dirs` are those that were kept of it. */
int cgroup_update(const char *path, const struct strv *dirs, const struct cgroup_change *change, struct err *e) MUST_CHECK;

/*
 * Freeze or thaw what is in the groups (cgroup.freeze of v2, the freezer of v1), and wait until it is so. What
 * cannot be frozen in time is thawed: ERR_TIMEOUT. ERR_STATE where no group can be frozen.
 */
int cgroup_freeze(const struct strv *dirs, bool on, struct err *e) MUST_CHECK;

/*
 * Move pid (0: the caller) into every directory; `cloned`: the v2 one has it already. Uses no memory and
 * paths of the host, so a child may call it before it changes its root.
 */
int cgroup_enter(const struct cgroup *cg, pid_t pid, bool cloned, struct err *e) MUST_CHECK;

/*
 * SIGKILL to everything in `dirs` and below, frozen or not: cgroup.kill, or rounds of
 * pidfd_send_signal(2) until a round finds nobody (at most CGROUP_REMOVE_MS, then ERR_TIMEOUT).
 * Directories that are gone are fine.
 */
int cgroup_kill(const struct strv *dirs, struct err *e) MUST_CHECK;

/*
 * Remove `dirs` and the groups nested in them, waiting at most CGROUP_REMOVE_MS for the last processes.
 * ERR_TIMEOUT names the directory that is still in use. Gone already is success.
 */
int cgroup_remove(const struct strv *dirs, struct err *e) MUST_CHECK;

void cgroup_done(struct cgroup *cg);	/* closes and frees; removes nothing */

#endif
