/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change.h - what is done to a container that is neither its start nor its end: rename, update, cp, diff, export, mount.
 *
 * Asked for under the policy, made under the container's lock, recorded; a refusal is recorded too.
 */
#ifndef SECCTR_CLI_CHANGE_H
#define SECCTR_CLI_CHANGE_H

#include "audit/writer.h"
#include "launcher/base/ids.h"
#include "launcher/cli/look.h"
#include "policy/sealed.h"

struct change {
	struct context *c;
	struct look *l;			/* as it is under the lock */
	struct sealed_plan *sealed;	/* of its last run; NULL if it cannot be read */
	struct audit_writer writer;	/* fd -1 until somebody needs it */
	int lock;			/* the container's; may be closed before the end by what only reads */
	char uuid[UUID_TEXT + 1];
};

typedef int change_fn(struct change *x, const void *arg, struct err *e);

int change_container(struct context *c, const char *text, const char *op, change_fn *fn, const void *arg,
		     struct err *e) MUST_CHECK;

/* Finish and write a record of what was done. That it is lost is said, and changes nothing (failure.h: control). */
void change_record(struct change *x, struct audit_record *r);
/* Of what is about to be done, and is not done without: ERR_AUDIT, where the policy requires audit (Require=). */
int change_record_first(struct change *x, struct audit_record *r, struct err *e) MUST_CHECK;

#endif
