/* SPDX-License-Identifier: Apache-2.0 */
/*
 * each.h - one action on every container that a command line names.
 *
 * As Podman: all are tried, each failure is its own line on stderr, and the exit status is 125 if any failed.
 */
#ifndef SECCTR_CLI_EACH_H
#define SECCTR_CLI_EACH_H

#include "launcher/cli/look.h"

enum each_print { EACH_PRINT_NOTHING, EACH_PRINT_GIVEN, EACH_PRINT_ID };	/* on stdout, after success */

struct each {
	bool all;	/* instead of operands: every container, or with `running` every running one */
	bool running;
	bool ignore;	/* ERR_NOTFOUND is success */
	enum each_print print;
};

typedef int each_fn(struct context *c, struct look *l, const void *arg, struct err *e);

int each_container(struct context *c, const struct each *how, const struct opt_list *operands, each_fn *act,
		   const void *arg, struct err *e) MUST_CHECK;

#endif
