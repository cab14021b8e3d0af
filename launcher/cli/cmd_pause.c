/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_pause.c - secctr pause and secctr unpause. */
#include "launcher/cli/commands.h"
#include "launcher/cli/control.h"
#include "launcher/cli/each.h"
#include "launcher/cli/latest.h"

struct pause_request {
	bool all, latest;
	struct opt_list filter, cidfile;
};

static const struct opt pause_opts[] = {
	EACH_OPT_ALL(struct pause_request, "every running container"),
	EACH_OPT_CIDFILE(struct pause_request),
	EACH_OPT_FILTER(struct pause_request, 'f'),
	LATEST_OPT(struct pause_request),
	OPT_END
};
static const struct opt *const pause_tables[] = { pause_opts, NULL };

static const struct opt unpause_opts[] = {
	EACH_OPT_ALL(struct pause_request, "every paused container"),
	EACH_OPT_CIDFILE(struct pause_request),
	EACH_OPT_FILTER(struct pause_request, 'f'),
	LATEST_OPT(struct pause_request),
	OPT_END
};
static const struct opt *const unpause_tables[] = { unpause_opts, NULL };

static void pause_done(void *request)
{
	struct pause_request *r = request;

	opt_list_done(&r->filter);
	opt_list_done(&r->cidfile);
}

static bool runs(const struct look *l)
{
	return l->state.status == CONTAINER_RUNNING;
}

static bool is_paused(const struct look *l)
{
	return l->state.status == CONTAINER_PAUSED;
}

static int pause_one(struct context *c, struct look *l, const void *arg, struct err *e)
{
	return control_pause(c, l, arg != NULL, e);
}

static int each_of(struct context *c, const struct pause_request *r, bool on, const struct opt_list *operands, struct err *e)
{
	const struct each each = { .all = r->all, .latest = r->latest, .wanted = on ? runs : is_paused, .filter = &r->filter,
				   .cidfiles = &r->cidfile, .print = EACH_PRINT_GIVEN, .at_once = true };

	return each_container(c, &each, operands, pause_one, on ? c : NULL, e);
}

static int cmd_pause_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	return each_of(c, request, true, operands, e);
}

static int cmd_unpause_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	return each_of(c, request, false, operands, e);
}

const struct command cmd_pause = {
	.name = "pause", .operands = "[CONTAINER...]", .group = "Containers", .brief = "hold all processes of containers up",
	.mode = OPT_MIXED, .tables = pause_tables, .request_size = sizeof(struct pause_request), .done = pause_done,
	.max_operands = SIZE_MAX, .run = cmd_pause_main,
};

const struct command cmd_unpause = {
	.name = "unpause", .operands = "[CONTAINER...]", .group = "Containers", .brief = "let paused containers go on",
	.mode = OPT_MIXED, .tables = unpause_tables, .request_size = sizeof(struct pause_request), .done = pause_done,
	.max_operands = SIZE_MAX, .run = cmd_unpause_main,
};
