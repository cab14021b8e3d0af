/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update.h - other limits for a container, for both programs.
 *
 * What was asked for is changed and decided about anew, as a start would be; the running container's groups get the limits
 * that come out, and the next start finds the request as it is now. The sealed plan stays that of the run.
 */
#ifndef SECCTR_CLI_UPDATE_H
#define SECCTR_CLI_UPDATE_H

#include "launcher/cli/look.h"

struct update_how {
	const char *reason;	/* of the record: "cli", "oci" */
	/* In the draft what is to be otherwise. */
	int (*change)(struct plan *draft, const struct look *l, const void *arg, struct err *e);
	const void *arg;
};

/* `text` as people name a container, or its whole id. */
int update_container(struct context *c, const char *text, const struct update_how *how, struct err *e) MUST_CHECK;

#endif
