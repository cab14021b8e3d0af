/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - the foreground's end of a monitor: streams, signals, exit status.
 */
#ifndef SECCTR_CLI_CLIENT_H
#define SECCTR_CLI_CLIENT_H

#include <stdbool.h>

#include "launcher/base/err.h"

struct client_result {
	char start_event[64];		/* "" if there was no record */
	bool started;
	int status;			/* 0..255, 128 + signal; set when the container ended */
};

/*
 * Until the container's program runs (detached) or the container is wholly gone (foreground: streams are copied,
 * signals passed on). -1: it never ran, *e is the supervisor's or the monitor's own error.
 */
int client_run(int socket, bool detach, bool interactive, struct client_result *ret, struct err *e) MUST_CHECK;

#endif
