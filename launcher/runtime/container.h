/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container.h - carry out a sealed plan.
 *
 * runtime_create() makes the container up to the last step before its program runs: its init waits at a gate. The
 * caller writes the records and then opens the gate (one byte), or closes it, and
 * the init ends without having run anything. The steps and the reason for their order: steps.c.
 * Afterwards the caller's umask is 0: modes of what is made are as written. Some descriptors, all of them close-on-exec but
 * one that ends with the init's exec, are left to the exec or exit that follows in who makes a container.
 *
 * Single-threaded callers only: the init is a clone of the caller, whose working directory becomes layers/.
 */
#ifndef SECCTR_RUNTIME_CONTAINER_H
#define SECCTR_RUNTIME_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"
#include "launcher/plan/plan.h"
#include "launcher/runtime/cgroup.h"
#include "launcher/runtime/seccomp.h"
#include "policy/sealed.h"

struct runtime_hooks;

/* What the plan names but does not hold; all borrowed. */
struct runtime_place {
	int procfd;		/* private procfs of the host's PID name space */
	int dir;		/* containers/ID of the store: upper/, work/ and root/ are made in it */
	int layers;		/* layers/ of the store */
	int store[2];		/* its two directories (store/store.h): what is in them is handed to no container by :z, :Z and :U */
	const int *mounted;	/* its overlay, which is mounted already and becomes the root: there is to be one of it; or NULL */
	const struct seccomp_filters *filters;
	const struct cgroup *cgroup;
	const struct runtime_hooks *hooks;	/* where the plan has any (hooks.h) */
	const char *state;	/* where the plan has a seccomp listener: what it is told (listener.h) */
	bool sibling;		/* the init is the caller's sibling: whoever reaps that reaps it (an engine), and it outlives both */
	int last;		/* secctr-exec (handover.h) on a read-only mount; -1: the caller's own program is out of reach */
	/* For each name space that is joined: a descriptor of it, or a pidfd of a process that is in it. Else -1. */
	int ns[PLAN_NS_COUNT];
};

/* The container's ends of its standard streams; borrowed. Not used where the plan has a terminal. */
struct runtime_streams {
	int in, out, err;
};

struct runtime_made {
	pid_t pid;		/* of the init, in the host's PID name space */
	int pidfd;
	int gate;		/* write end */
	int status;		/* read end: end of file once the program runs, or one struct err */
	int terminal;		/* master of the process's terminal, or -1 */
	uint64_t start_time;
	uint64_t pid_ns;	/* inode of its PID name space */
};
#define RUNTIME_MADE_INIT { .pidfd = -1, .gate = -1, .status = -1, .terminal = -1 }

int runtime_create(const struct sealed_plan *s, const struct runtime_place *place,
		   const struct runtime_streams *streams, struct runtime_made *ret, struct err *e) MUST_CHECK;
/* Let it go on to execve, and wait until its program runs; or the reason why it does not. */
int runtime_open_gate(struct runtime_made *m, struct err *e) MUST_CHECK;
/* Kill and reap an init that still waits at its gate, and close the descriptors. */
void runtime_abandon(struct runtime_made *m);
void runtime_made_done(struct runtime_made *m);		/* close only */

/* What one further process in a running container is given; all borrowed. */
struct runtime_exec {
	const struct plan *process;	/* whose `process` part is run: the container's, changed by the request */
	int pidfd;			/* of the container's init */
	pid_t pid;
	struct runtime_streams streams;
	int procfd;
	const struct seccomp_filters *filters;
	const struct cgroup *cgroup;	/* dirs of the container's cgroup to join */
	const char *state;		/* as of runtime_place */
	int last;			/* secctr-exec on a read-only mount, or -1: this program's file is in no container's reach */
	bool sibling;			/* as of runtime_place: the new process is the caller's sibling, not its child */
	bool outlives;			/* it does not end with its parent */
};

/*
 * Start it, stopped at a gate as above. The parent of the new process is the caller (unless it is to be its sibling), who reaps it (the
 * intermediate process that enters the name spaces is gone when this returns).
 */
int runtime_join(const struct sealed_plan *s, const struct runtime_exec *x, struct runtime_made *ret,
		 struct err *e) MUST_CHECK;

/* "session", "cgroup", ...: names of the steps of an init and of an exec, in order; NULL behind the last (base/fault.h). */
const char *runtime_step_name(size_t i);
const char *runtime_join_step_name(size_t i);

#endif
