/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scope.h - a transient scope unit of systemd for one container, over the system bus.
 *
 * org.freedesktop.systemd1(5) StartTransientUnit, waiting for JobRemoved "done"; every step shares
 * one time-out. The system bus and not systemd's private socket: only there does PID 1 see the
 * caller's login UID in its own records. Delegate=yes: what is below the scope is ours, and a daemon-reload leaves it alone.
 * TasksMax=infinity, because systemd's default for scopes would quietly tighten the limit of the plan.
 * KillMode and the rest are systemd's defaults. CollectMode=inactive-or-failed: a scope that ended
 * leaves nothing to clean up.
 *
 * libsystemd is loaded when a scope is asked for and not before: hosts without it work, and other
 * starts do not pay for it.
 */
#ifndef SECCTR_SYSTEMD_SCOPE_H
#define SECCTR_SYSTEMD_SCOPE_H

#include <sys/types.h>

#include "launcher/base/err.h"

enum { SCOPE_TIMEOUT_MS = 5000, SCOPE_NAME_MAX = 256 };

struct scope {
	const char *id;
	const char *unit;		/* an engine's name for it, of systemd.unit(5)'s characters; NULL: secctr-ID.scope */
	pid_t pid;			/* process to put into it: the supervisor */
	const char *slice;		/* NULL: "secctr.slice" */
	const char *description;	/* NULL: "secctr container ID" */
	int timeout_ms;			/* 0: SCOPE_TIMEOUT_MS */
};

/*
 * A scope of the same name that is about to go is waited for. ERR_TIMEOUT: PID 1 or the bus did not answer; ERR_SYSTEM: the D-Bus error or the
 * job's result; ERR_INPUT: no name of a slice or scope. On success the process is in the scope; cgroup_adopt() looks for itself.
 */
int scope_start(const struct scope *s, struct err *e) MUST_CHECK;

/* StopUnit; a unit that does not exist is success. Does not wait for the job. */
int scope_stop(const char *id, struct err *e) MUST_CHECK;

/* "secctr-ID.scope"; ERR_INPUT where it does not fit or the id is no name. */
int scope_name(const char *id, char ret[SCOPE_NAME_MAX], struct err *e) MUST_CHECK;

#endif
