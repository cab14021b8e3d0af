/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_ids.h - which ids of the host a container's user name space has, by the ledger (store/idranges.h).
 *
 * Two containers share ids only if one joined the other's user name space, or the ids of both were named (--uidmap) and the policy
 * allowed that. Ids that are named may not be those that the ledger gave to another container, and it gives them to none while the container
 * that named them exists.
 */
#ifndef SECCTR_CLI_HOST_IDS_H
#define SECCTR_CLI_HOST_IDS_H

#include "launcher/cli/command.h"
#include "launcher/plan/plan.h"

/* Fill the maps of a plan that was allowed, and keep the ids for it until idranges_release(). */
int host_ids_give(struct context *c, struct plan *p, struct err *e) MUST_CHECK;
/* Whether it could be done now; gives nothing. */
int host_ids_look(struct context *c, const struct plan *p, struct err *e) MUST_CHECK;

#endif
