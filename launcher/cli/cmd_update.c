/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_update.c - secctr update: other limits for a container. */
#include <stdio.h>
#include <string.h>

#include "launcher/cli/commands.h"
#include "launcher/cli/run_request.h"
#include "launcher/cli/update.h"

static const struct opt *const update_tables[] = { resource_opts, NULL };

static int change(struct plan *draft, const struct look *l, const void *arg, struct err *e)
{
	(void)l;
	return request_resources(arg, &draft->resources, e);
}

/* Any of the rows, whatever there are: a request in which none was given has what an empty one has. */
static bool asks(const struct run_request *r)
{
	struct run_request none;

	memset(&none, 0, sizeof(none));
	run_request_prepare(&none);
	return memcmp(r, &none, sizeof(none)) != 0;
}

static int cmd_update_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct run_request *r = request;
	const struct update_how how = { .reason = "cli", .change = change, .arg = r };

	if (!asks(r))
		return err_set(e, ERR_USAGE, 0, "update what? Give one of its options");
	if (update_container(c, operands->item[0], &how, e))
		return -1;
	printf("%s\n", operands->item[0]);
	return 0;
}

const struct command cmd_update = {
	.name = "update", .operands = "CONTAINER", .group = "Containers", .brief = "change the limits of a container",
	.mode = OPT_MIXED, .tables = update_tables, .request_size = sizeof(struct run_request),
	.prepare = run_request_prepare, .done = run_request_done, .min_operands = 1, .max_operands = 1,
	.run = cmd_update_main,
};
