/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_watch.h - the small process that stays with a command of `exec -t` or `exec -d`, speaking frames.h to its client.
 *
 * It is the command's parent and outlives the client that detached. It holds one frame in each direction, whoever does
 * not read, and its end takes the command along.
 */
#ifndef SECCTR_CLI_EXEC_WATCH_H
#define SECCTR_CLI_EXEC_WATCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "launcher/base/err.h"
#include "launcher/monitor/frames.h"

struct exec_watch {
	int pidfd, terminal;		/* of the command; terminal -1: none */
	int client;			/* -1: it is gone */
	int out, err;			/* without a terminal: read and thrown away */
	bool interactive;		/* what the client types goes to the terminal */
	bool stays;			/* goes on without a client; else the terminal is hung up when it is lost */
	struct exec_pending {
		char data[FRAME_DATA_MAX];
		size_t n, at;		/* at < n: not yet taken */
	} to_client, to_terminal;
	bool taken_due;			/* FRAME_STDIN_TAKEN is to be sent */
};

/* A process with `watch` in it, which does not return, and a socket (SOCK_SEQPACKET) to it. */
int exec_watch_fork(void (*watch)(void *arg, int client), void *arg, pid_t *ret_pid, int *ret_socket, struct err *e) MUST_CHECK;
/* Give up what a process that only waits has no use for: streams, directory, descriptors but those here and the two `more` (or -1), capabilities. */
int exec_watch_settle(const struct exec_watch *w, const int more[2], struct err *e) MUST_CHECK;
/* Until the command has ended; it is not reaped. */
int exec_watch_run(struct exec_watch *w, struct err *e) MUST_CHECK;
/* The rest of the output, then how it ended, for a client that is there. */
void exec_watch_finish(struct exec_watch *w, int code, int sig);

#endif
