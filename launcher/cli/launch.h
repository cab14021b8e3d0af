/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.h - from a sealed plan to a running container with its monitor.
 *
 * launch_container() makes the supervisor: a process with its own session (setsid) and its own audit session,
 * which makes the container, writes the records of the start, and execs secctr-monitor in its own
 * place. What it cannot do comes back through the socket as FRAME_FAILED.
 */
#ifndef SECCTR_CLI_LAUNCH_H
#define SECCTR_CLI_LAUNCH_H

#include <sys/ioctl.h>

#include "launcher/cli/command.h"
#include "launcher/runtime/seccomp.h"
#include "launcher/store/container.h"
#include "policy/sealed.h"

/* Back-off between restarts: doubles, and begins anew after a run of that many microseconds. */
enum { LAUNCH_DELAY_MIN = 100, LAUNCH_DELAY_MAX = 60 * 1000, LAUNCH_GOOD_RUN = 10 * 1000 * 1000 };

/* What an engine (OCI) wants otherwise: `create` ends with all made and the gate closed, and the init is the engine's to reap. */
struct launch_engine {
	struct winsize size;		/* of its terminal; 0 rows: nobody knows */
	bool foreground;		/* but `run`, which stays: the gate is opened at once, and the monitor reaps */
	const char *bundle;		/* absolute */
	const char *console_socket;	/* where the master of the terminal goes, or NULL */
	/* What its hooks and its seccomp listener are told (runtime/hooks.h, listener.h); NULL: it has none. */
	const char *creating, *created, *stopped;
};

struct launch {
	const struct launch_engine *engine;	/* NULL: a start of our own */
	struct context *c;
	const struct sealed_plan *sealed;
	const struct seccomp_filters *filters;
	int dir, run_dir;		/* of the container */
	const int *mounted;		/* its root file system, where people have it mounted (mounted.h); or NULL */
	/* The state of a container that exists, whose sealed plan is plan.next; NULL: it is new. */
	const struct container_state *before;
	int64_t restarts, restart_delay;	/* of the run that begins; milliseconds, within the bounds above */
	struct audit_writer *writer;	/* of the decision; the supervisor goes on with a copy */
	struct winsize size;		/* of its terminal, if the plan has one; 0 rows: nobody knows */
};

/* Write the state of a container that was not started. */
int launch_keep(const struct launch *l, struct err *e) MUST_CHECK;

/*
 * *ret_socket: SOCK_SEQPACKET to the monitor (frames.h), or to a supervisor that has ended. This process waits meanwhile and
 * hears of no signal: what is to be passed on is blocked before (client_hold_signals()); what is not and ends a process does.
 * *ret_pid: of the supervisor, and then of the monitor, which is a child that nobody waits for.
 */
int launch_container(const struct launch *l, int *ret_socket, pid_t *ret_pid, struct err *e) MUST_CHECK;

/* "session", "identity", ...: the supervisor's stages, in order; NULL behind the last (base/fault.h). */
const char *launch_stage_name(size_t i);

#endif
