/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify.h - one message to the service manager that started us (sd_notify(3)), without libsystemd.
 *
 * The socket is the one that $NOTIFY_SOCKET names; nothing of it reaches a container. The manager takes messages of the unit's
 * main process alone (NotifyAccess=main), which is who sends them here.
 */
#ifndef SECCTR_SYSTEMD_NOTIFY_H
#define SECCTR_SYSTEMD_NOTIFY_H

#include "launcher/base/err.h"

enum { NOTIFY_TEXT_MAX = 4096 };	/* bytes; ours are short */

/*
 * "READY=1", "MAINPID=...\nREADY=1". Success where nobody asked for it ($NOTIFY_SOCKET is not set). ERR_INPUT: that is no path and no
 * abstract name, or too long for an address (unix(7)); ERR_SYSTEM: it cannot be sent. Never waits.
 */
int notify_send(const char *text, struct err *e) MUST_CHECK;

#endif
