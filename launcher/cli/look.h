/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look.h - the truth about a container now, whatever was killed since.
 *
 * state.json says what was started; exit.json says that it ended. If neither the monitor nor an exit record is there,
 * the monitor was killed or the host went down: then the container is ended, and recorded, here
 * (reason "monitor-died" or "boot"), by whoever looks first.
 */
#ifndef SECCTR_CLI_LOOK_H
#define SECCTR_CLI_LOOK_H

#include "launcher/cli/command.h"
#include "launcher/plan/plan.h"
#include "launcher/store/container.h"
#include "launcher/store/exit_record.h"
#include "policy/sealed.h"

struct look {
	struct container_state state;	/* status as it is now */
	struct exit_record exit;	/* if status is exited */
	bool ended;
	int dir;			/* containers/ID */
};

/* `text`: id, front part of one, or name. look_done() on failure too. */
int look_at(struct context *c, const char *text, struct look *ret, struct err *e) MUST_CHECK;
int look_at_id(struct context *c, const char *id, struct look *ret, struct err *e) MUST_CHECK;
void look_init(struct look *l);
void look_done(struct look *l);
#define auto_look AUTO(look_done)

/* The sealed plan, checked against the digest in the state. */
int look_plan(const struct look *l, struct sealed_plan **ret, struct err *e) MUST_CHECK;

/* A pidfd of the container's init; ERR_STATE if it does not run. */
int look_pidfd(struct context *c, const struct look *l, struct err *e) MUST_CHECK;

#endif
