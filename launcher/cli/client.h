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
	bool started, ended;
	int status;			/* 0..255, 128 + signal; set when the container ended */
};

/*
 * Until the container's program runs (detached) or the container is wholly gone (foreground: streams are copied,
 * signals passed on); with `remove` until it ended, for the caller to remove it and to call client_removed().
 * -1: it never ran, *e is the supervisor's or the monitor's own error.
 */
struct client_how {
	bool detach, interactive, remove;
};
int client_run(int socket, const struct client_how *how, struct client_result *ret, struct err *e) MUST_CHECK;
void client_removed(int socket);

#endif
