/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - ending containers, and holding them up: stop, kill, remove, pause; shared by their commands and by cleanup.
 */
#ifndef SECCTR_CLI_CONTROL_H
#define SECCTR_CLI_CONTROL_H

#include "launcher/cli/look.h"

/* Send `sig` to the init, and record it (VIRT_CONTROL op=kill) first. `op` for the permission: "kill", "stop" or "restart". */
int control_signal(struct context *c, struct look *l, const char *op, int sig, struct err *e) MUST_CHECK;

/*
 * "stop", "restart" and "kill" with a signal that ends it keep a container with --restart from being started again: the mark
 * is in its directory, under its lock, before the signal is sent.
 *
 * The container's stop signal, then SIGKILL after `timeout` seconds (-1: the container's own), and wait until it is
 * reconciled as exited. A container that does not run is fine.
 */
int control_stop(struct context *c, struct look *l, const char *op, int64_t timeout, struct err *e) MUST_CHECK;

/* Freeze or thaw all of its processes; recorded. ERR_STATE where there is nothing to do. */
int control_pause(struct context *c, struct look *l, bool on, struct err *e) MUST_CHECK;

/* Wait at most `seconds` for the exit record. ERR_TIMEOUT. */
int control_wait(struct context *c, struct look *l, int64_t seconds, struct err *e) MUST_CHECK;

struct removal {
	const char *reason;	/* "cli", "cleanup", ... */
	bool allowed;		/* no permission is asked, for --rm, which the start itself was given */
	bool force;		/* files that people have mounted (mounted.h) go even if they are in use; else ERR_STATE */
	bool volumes;		/* its volumes without a name too, which are nobody else's; so always after --rm */
};

/* Record (VIRT_DESTROY, unless its monitor did) and remove a container that has ended; its category pair goes into retention. */
int control_remove(struct context *c, struct look *l, const struct removal *how, struct err *e) MUST_CHECK;

#endif
