/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look.h - the truth about a container now, whatever was killed since.
 *
 * state.json says what was started; exit.json says that it ended. If neither the monitor nor an exit record is there,
 * the monitor was killed or the host went down: then the container is ended, and recorded, here
 * (reason "monitor-died" or "boot"), by whoever looks first.
 *
 * What was seen may be over when something is done about it. Who changes a container takes its lock and looks again
 * (look_locked()); until the lock is closed nothing else changes it but its own end.
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
	bool over;			/* set by oci_look(): its init has ended, which its monitor has not written down yet */
	int dir;			/* containers/ID; -1 after look_for_list() */
};

/* `text`: id, front part of one, or name. look_done() on failure too. */
int look_at(struct context *c, const char *text, struct look *ret, struct err *e) MUST_CHECK;
int look_at_id(struct context *c, const char *id, struct look *ret, struct err *e) MUST_CHECK;
/* For a list, which looks at many: leaves `dir` at -1, and has the directory open only where there is something to settle. */
int look_for_list(struct context *c, const char *id, struct look *ret, struct err *e) MUST_CHECK;
void look_init(struct look *l);
void look_done(struct look *l);
#define auto_look AUTO(look_done)

/* Only the directory and the id, for who looks under the lock anyway. */
int look_open(struct context *c, const char *id, struct look *ret, struct err *e) MUST_CHECK;

/*
 * Take the container's lock and look again: *ret_lock is a descriptor to be closed. ERR_NOTFOUND: removed meanwhile.
 * A start that goes on is waited for, as it holds the lock until the container runs.
 */
int look_locked(struct context *c, struct look *l, int *ret_lock, struct err *e) MUST_CHECK;

bool look_is_live(const struct look *l);	/* running, stopping, paused, or created by an engine: it has processes */
const char *look_name(const struct look *l);	/* the id where there is no name */

/* Wait until the monitor of the last run is gone; `end`: tell it to go, if it waits to restart the container. */
int look_wait_monitor(struct context *c, const struct look *l, bool end, struct err *e) MUST_CHECK;

/* The sealed plan, checked against the digest in the state. */
int look_plan(const struct look *l, struct sealed_plan **ret, struct err *e) MUST_CHECK;

/* A pidfd of the container's init; ERR_STATE if it does not run, or is paused. */
int look_pidfd(struct context *c, const struct look *l, struct err *e) MUST_CHECK;
int look_live_pidfd(struct context *c, const struct look *l, struct err *e) MUST_CHECK;	/* also if it is paused */
/* A connection to its monitor (monitor/frames.h). Changes the working directory. */
int look_connect(struct context *c, const struct look *l, struct err *e) MUST_CHECK;
/* Of its monitor, or -1 without an error: it is gone. */
int look_monitor(struct context *c, const struct look *l);

#endif
