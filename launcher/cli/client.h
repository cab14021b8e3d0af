/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - the foreground's end of a monitor: streams, terminal, signals, exit status.
 *
 *	struct client_options o = CLIENT_OPTIONS;		everything attached, signals passed on
 *	struct client_result r = { 0 };
 *
 *	o.terminal = sealed_plan(s)->process.terminal;
 *	if (detach_keys_parse(text, &o.keys, e) || client_run(socket, &o, &r, e))
 *		return -1;
 *
 * With a terminal of the container's and one on standard input, and `in`: it is raw from FRAME_STARTED on (terminal.h), what is
 * typed goes to the container as bytes, Ctrl-C and Ctrl-Z too, its size follows ours, and the keys detach. SIGTSTP from
 * elsewhere stops us as a job, restored. Otherwise our terminal stays as it is, Ctrl-C is a SIGINT that is passed on,
 * and Ctrl-Z stops us as any job.
 */
#ifndef SECCTR_CLI_CLIENT_H
#define SECCTR_CLI_CLIENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "launcher/base/err.h"
#include "launcher/base/options.h"
#include "launcher/cli/detach_keys.h"

struct client_options {
	bool detach;			/* only until the container's program runs */
	bool terminal;			/* the container has one */
	bool in, out, err;		/* which of our streams are attached */
	bool remove;			/* the caller removes the container when it has ended (--rm) */
	bool no_proxy;			/* signals are ours, not the container's */
	bool held;			/* by client_hold_signals(), with the options as they are now */
	bool notify;			/* tell the service manager when the program runs (systemd/notify.h) */
	int report;			/* with `detach`: through the unit's first process (unit_start.h); 0: there is none */
	pid_t monitor;			/* for that */
	struct detach_keys keys;	/* looked for only while our terminal is raw */
	int (*on_start)(void *arg, struct err *e);	/* when its program runs; -1 is client_run()'s; or NULL */
	void *arg;
	const char *announce;		/* name to tell on standard error with the start's event, before any output; or NULL */
};
#define CLIENT_OPTIONS { .in = true, .out = true, .err = true }

struct client_result {
	char start_event[64];		/* "" if there was no record */
	bool started;
	bool detached;			/* by the keys: it goes on */
	bool ended;			/* `status` was told; else whoever watched it died first */
	bool destroy_recorded;		/* with --rm (exit_record.h) */
	int status;			/* 0..255, 128 + signal */
};

/* Signals that the container will have stay pending until client_run() takes them. */
void client_hold_signals(struct client_options *o);

/*
 * Until the container's program runs (detach), the keys were typed, or the container is wholly gone; with `remove` until it
 * ended, for the caller to remove it and to call client_removed(). -1: it never ran, *e is the supervisor's or the
 * monitor's own error; with `started` the connection to it was lost. Our terminal is as it was in any case.
 */
int client_run(int socket, const struct client_options *o, struct client_result *ret, struct err *e) MUST_CHECK;
void client_removed(int socket);

/* As podman-run(1) --attach: "stdin", "stdout", "stderr" in any case. None named: o stays as it is. */
int client_attach_only(const struct opt_list *streams, struct client_options *o, struct err *e) MUST_CHECK;

#endif
