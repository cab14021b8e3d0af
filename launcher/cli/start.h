/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.h - from a request to a container that is reserved, and from a reserved one to one that runs.
 *
 *	run	start_reserve()  start_go()
 *	create	start_reserve()  start_keep()
 *	start	start_again(), which is start_go() of a container that exists
 *
 * A container that exists is decided about anew: what was asked for is kept (request.json), the policy is the one of
 * today, and the person is who types it. What is left of the run before is its directory: the
 * writable layer, the log, the SELinux category pair.
 */
#ifndef SECCTR_CLI_START_H
#define SECCTR_CLI_START_H

#include "audit/writer.h"
#include "launcher/base/ids.h"
#include "launcher/cli/client.h"
#include "launcher/cli/look.h"
#include "launcher/cli/run_request.h"
#include "launcher/runtime/seccomp.h"

/* What a start has taken so far, to give back when it fails. */
struct start {
	struct context *c;
	struct audit_writer writer;
	struct sealed_plan *sealed;
	struct seccomp_filters filters;
	char *request;			/* the draft as text */
	const char *op;			/* for the refusal: "start", "create", "restart" */
	char id[ID_HEX + 1], name[NAME_MAX_LEN + 1];	/* for the refusal, when the plan is gone */
	bool reserved;			/* by this start: it goes when the start fails */
	bool started;			/* from here on a failure is not the container's */
	struct container_place place;	/* the lock from here to the monitor: who looks meanwhile sees "creating" */
	int mounted;			/* its root file system as people have it mounted (mounted.h), until it is launched; or -1 */
	int cidfile;			/* made before all else, as podman; -1: not asked for */
};
#define START_INIT(ctx, word) { .c = (ctx), .writer = AUDIT_WRITER_CLOSED, .op = (word), \
				.place = CONTAINER_PLACE_INIT, .mounted = -1, .cidfile = -1 }

/* Decide, and make the container's directory with its name, plan and request. */
int start_reserve(struct start *s, const struct run_request *r, const struct opt_list *operands, struct err *e) MUST_CHECK;
/* Leave it there, created. */
int start_keep(struct start *s, struct err *e) MUST_CHECK;
/* Run it; the exit status of the command line is returned. What the plan says goes into `options`. */
int start_go(struct start *s, struct client_options *options, struct err *e) MUST_CHECK;
/* After one of them has failed: the record of the refusal, and nothing is left. */
void start_failed(struct start *s, const struct err *why);
void start_done(struct start *s);

/*
 * For an engine (OCI): decide about *draft (taken), and make all of it; the gate stays closed. On failure start_failed()
 * as above.
 */
struct launch_engine;
int start_create(struct start *s, struct plan **draft, const char *policy, const struct launch_engine *engine,
		 struct err *e) MUST_CHECK;
/* The same, and run it (engine->foreground): as start_go(). */
int start_run(struct start *s, struct plan **draft, const char *policy, const struct launch_engine *engine,
	      struct client_options *options, struct err *e) MUST_CHECK;

struct start_how {
	const char *op;			/* "start" or "restart" */
	bool attach;
	struct client_options client;	/* with `attach` */
	const char *cgroups, *sdnotify, *stop_timeout;	/* instead of what was asked for at its making; NULL: that */
	bool by_monitor;		/* --restart: counts, and does nothing for a container that a person ended */
};

/*
 * Start a container that exists. One that runs already is left as it is, which is no error; *ret_status (may be NULL) is
 * that of its command where it was attached to, else 0. A refusal is recorded.
 */
int start_again(struct context *c, struct look *l, const struct start_how *how, int *ret_status, struct err *e) MUST_CHECK;

#endif
