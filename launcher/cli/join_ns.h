/* SPDX-License-Identifier: Apache-2.0 */
/*
 * join_ns.h - the name spaces that a container shares with another one, or has by path.
 *
 * Another container's are opened while a pidfd of its init says that it lives, so a number that was reused meanwhile leads nowhere. Who
 * may run a command in that container may share its name spaces (AllowExec= of its policy), and nobody else.
 */
#ifndef SECCTR_CLI_JOIN_NS_H
#define SECCTR_CLI_JOIN_NS_H

#include "audit/writer.h"
#include "launcher/cli/command.h"
#include "launcher/plan/plan.h"

/*
 * The maps of a user name space that the plan joins, which the policy decides about. Where that of a container is the host's, the plan's is
 * from then on. ERR_STATE: the container does not run. Does nothing where none is joined.
 */
int join_ns_maps(struct context *c, struct plan *p, struct err *e) MUST_CHECK;

/* The containers that the plan names run, and whoever asks may exec in them. */
int join_ns_authorize(struct context *c, const struct plan *p, struct audit_writer *w, struct err *e) MUST_CHECK;

/*
 * A descriptor for each name space that is joined, -1 for the others; the caller closes them, on failure too. With a user name space all
 * belong to it.
 */
int join_ns_open(struct context *c, const struct plan *p, int ret[PLAN_NS_COUNT], struct err *e) MUST_CHECK;

#endif
