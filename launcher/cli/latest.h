/* SPDX-License-Identifier: Apache-2.0 */
/* latest.h - --latest: the container that was made last, in place of a name. */
#ifndef SECCTR_CLI_LATEST_H
#define SECCTR_CLI_LATEST_H

#include "launcher/cli/command.h"

/*
 * *ret gets the one id, which *ret_id owns. ERR_USAGE where operands are given too, ERR_NOTFOUND where there is no
 * container. It goes by the states alone: nothing is looked at or ended.
 */
int latest_container(struct context *c, const struct opt_list *operands, struct opt_list *ret, char **ret_id,
		     struct err *e) MUST_CHECK;

#endif
