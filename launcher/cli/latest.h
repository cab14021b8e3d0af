/* SPDX-License-Identifier: Apache-2.0 */
/* latest.h - --latest: the container that was made last, in place of a name. */
#ifndef SECCTR_CLI_LATEST_H
#define SECCTR_CLI_LATEST_H

#include "launcher/cli/command.h"

#define LATEST_OPT(type) { .letter = 'l', .name = "latest", .kind = OPT_FLAG, .offset = OPT_INTO(type, latest), \
			   .help = "the container that was made last" }

/*
 * *ret gets the one id, which *ret_id owns. ERR_USAGE where operands are given too, ERR_NOTFOUND where there is no
 * container. It goes by the states alone: nothing is looked at or ended.
 */
int latest_container(struct context *c, const struct opt_list *operands, struct opt_list *ret, char **ret_id,
		     struct err *e) MUST_CHECK;

/*
 * For a command whose first operand names a container and at least `more` follow (0: none does with `latest`): with `latest`
 * *operands becomes *list, the id in front of them. ERR_USAGE if one is missing, or none is to be there.
 */
int latest_in_front(struct context *c, bool latest, size_t more, const struct opt_list **operands, struct opt_list *list,
		    char **ret_id, struct err *e) MUST_CHECK;

#endif
