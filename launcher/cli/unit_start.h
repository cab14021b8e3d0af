/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_start.h - a detached start by a unit of Type=notify: the container's monitor becomes the unit's main process.
 *
 * systemd takes a new main process (MAINPID=, sd_notify(3)) from the one it has, and waits for its end at a stop only if that is
 * its own child then (main_pid_alien in its service.c; else SIGKILL follows SIGTERM at once). So the start is made by a child of
 * the process that systemd started. When that child is gone, the monitor is systemd's, and the first process tells so and ends.
 */
#ifndef SECCTR_CLI_UNIT_START_H
#define SECCTR_CLI_UNIT_START_H

#include "launcher/cli/command.h"

/*
 * Before anything is opened or made. Where a service manager wants to hear ($NOTIFY_SOCKET) this returns in the child alone, with
 * c->unit_report open; the first process stays behind, and ends with the child's status. sdnotify: of the command line, or NULL.
 */
int unit_start_split(struct context *c, const char *sdnotify, struct err *e) MUST_CHECK;

/* In the child, when the container's program runs: which process watches it. */
int unit_start_report(int report, pid_t monitor, struct err *e) MUST_CHECK;

#endif
