/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_stop.c - secctr stop and secctr kill. */
#include <signal.h>
#include <stdio.h>

#include "launcher/cli/commands.h"
#include "launcher/cli/control.h"
#include "launcher/cli/each.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/run_request.h"

struct stop_request {
	bool all, ignore, latest;
	const char *time, *signal;
	struct opt_list filter, cidfile;
};

static const struct opt stop_opts[] = {
	EACH_OPT_ALL(struct stop_request, "every running container"),
	EACH_OPT_CIDFILE(struct stop_request),
	EACH_OPT_FILTER(struct stop_request, 'f'),
	{ .letter = 'i', .name = "ignore", .kind = OPT_FLAG, .offset = OPT_INTO(struct stop_request, ignore),
	  .help = "a container that does not exist is no error" },
	LATEST_OPT(struct stop_request),
	EACH_OPT_TIME(struct stop_request, "wait so long before SIGKILL (default: the container's own)"),
	OPT_END
};
static const struct opt *const stop_tables[] = { stop_opts, NULL };

static const struct opt kill_opts[] = {
	EACH_OPT_ALL(struct stop_request, "every running container"),
	EACH_OPT_CIDFILE(struct stop_request),
	LATEST_OPT(struct stop_request),
	{ .letter = 's', .name = "signal", .kind = OPT_TEXT, .offset = OPT_INTO(struct stop_request, signal),
	  .value = "SIGNAL", .help = "by name or number (default KILL)" },
	OPT_END
};
static const struct opt *const kill_tables[] = { kill_opts, NULL };

static void stop_done(void *request)
{
	struct stop_request *r = request;

	opt_list_done(&r->filter);
	opt_list_done(&r->cidfile);
}

static int stop_one(struct context *c, struct look *l, const void *arg, struct err *e)
{
	return control_stop(c, l, "stop", *(const int64_t *)arg, e);
}

static int cmd_stop_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct stop_request *r = request;
	struct each each = { .all = r->all, .latest = r->latest, .ignore = r->ignore, .wanted = each_is_live, .filter = &r->filter,
			     .cidfiles = &r->cidfile, .print = EACH_PRINT_GIVEN, .at_once = true };
	int64_t seconds;

	if (each_seconds(r->time, &seconds, e))
		return -1;
	return each_container(c, &each, operands, stop_one, &seconds, e);
}

static int kill_one(struct context *c, struct look *l, const void *arg, struct err *e)
{
	return control_signal(c, l, "kill", *(const int *)arg, e);
}

static int cmd_kill_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct stop_request *r = request;
	struct each each = { .all = r->all, .latest = r->latest, .wanted = each_is_live, .cidfiles = &r->cidfile,
			     .print = EACH_PRINT_GIVEN, .at_once = true };
	int sig = SIGKILL;

	if (r->signal && signal_number(r->signal, &sig, e))
		return err_context(e, "--signal");
	return each_container(c, &each, operands, kill_one, &sig, e);
}

const struct command cmd_stop = {
	.name = "stop", .operands = "[CONTAINER...]", .group = "Containers",
	.brief = "end containers: their stop signal, then SIGKILL",
	.mode = OPT_MIXED, .tables = stop_tables, .request_size = sizeof(struct stop_request),
	.done = stop_done, .max_operands = SIZE_MAX, .run = cmd_stop_main,
};

const struct command cmd_kill = {
	.name = "kill", .operands = "[CONTAINER...]", .group = "Containers",
	.brief = "send a signal to the first process of containers",
	.mode = OPT_MIXED, .tables = kill_tables, .request_size = sizeof(struct stop_request),
	.done = stop_done, .max_operands = SIZE_MAX, .run = cmd_kill_main,
};
