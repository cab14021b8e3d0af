/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_start.c - secctr start and secctr restart; and again, which a monitor execs for --restart. */
#include <stdio.h>

#include "launcher/cli/commands.h"
#include "launcher/cli/control.h"
#include "launcher/cli/each.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/start.h"
#include "launcher/cli/unit_start.h"

struct start_request {
	bool all, latest, attach, interactive, running;
	int sig_proxy;			/* TRI */
	const char *time, *detach_keys, *cgroups, *sdnotify, *stop_timeout;
	struct opt_list filter, cidfile;
};

static const struct opt start_opts[] = {
	{ .name = "all", .kind = OPT_FLAG, .offset = OPT_INTO(struct start_request, all),
	  .help = "every container that does not run" },
	{ .letter = 'a', .name = "attach", .kind = OPT_FLAG, .offset = OPT_INTO(struct start_request, attach),
	  .help = "stay until it has ended, and show its output" },
	{ .name = "cgroups", .kind = OPT_TEXT, .offset = OPT_INTO(struct start_request, cgroups), .value = "enabled|split",
	  .help = "split: in the control group of the unit that runs secctr (Delegate=yes)" },
	{ .name = "detach-keys", .kind = OPT_TEXT, .offset = OPT_INTO(struct start_request, detach_keys), .value = "KEYS",
	  .help = "keys that detach from a terminal (default ctrl-p,ctrl-q; \"\" for none)" },
	EACH_OPT_FILTER(struct start_request, 'f'),
	{ .letter = 'i', .name = "interactive", .kind = OPT_FLAG, .offset = OPT_INTO(struct start_request, interactive),
	  .help = "the same, and pass standard input on" },
	LATEST_OPT(struct start_request),
	{ .name = "sig-proxy", .kind = OPT_TRI, .offset = OPT_INTO(struct start_request, sig_proxy),
	  .help = "pass signals on to the container (the default)" },
	{ .name = "sdnotify", .kind = OPT_TEXT, .offset = OPT_INTO(struct start_request, sdnotify), .value = "monitor|ignore",
	  .help = "who tells systemd that it has started: secctr (default), nobody" },
	{ .name = "stop-timeout", .kind = OPT_TEXT, .offset = OPT_INTO(struct start_request, stop_timeout), .value = "SECONDS",
	  .help = "how long a stop of this run waits before it kills (default: as it was made)" },
	OPT_END
};
static const struct opt *const start_tables[] = { start_opts, NULL };

static const struct opt restart_opts[] = {
	EACH_OPT_ALL(struct start_request, "every container"),
	EACH_OPT_CIDFILE(struct start_request),
	EACH_OPT_FILTER(struct start_request, 'f'),
	LATEST_OPT(struct start_request),
	{ .name = "running", .kind = OPT_FLAG, .offset = OPT_INTO(struct start_request, running),
	  .help = "every running container" },
	EACH_OPT_TIME(struct start_request, "wait so long before SIGKILL (default: the container's own)"),
	OPT_END
};
static const struct opt *const restart_tables[] = { restart_opts, NULL };

static void start_request_prepare(void *request)
{
	((struct start_request *)request)->sig_proxy = -1;
}

static void start_request_done(void *request)
{
	struct start_request *r = request;

	opt_list_done(&r->filter);
	opt_list_done(&r->cidfile);
}

static bool does_not_run(const struct look *l)
{
	return !look_is_live(l) && l->state.status != CONTAINER_CREATING;
}

static int start_one(struct context *c, struct look *l, const void *arg, struct err *e)
{
	const struct start_request *r = arg;

	return start_again(c, l, &(struct start_how){ .op = "start", .cgroups = r->cgroups, .sdnotify = r->sdnotify,
							 .stop_timeout = r->stop_timeout }, NULL, e);
}

static int start_attached(struct context *c, const struct start_request *r, const char *text, struct err *e)
{
	struct start_how how = { .op = "start", .attach = true, .client = CLIENT_OPTIONS, .cgroups = r->cgroups, .sdnotify = r->sdnotify,
				  .stop_timeout = r->stop_timeout };
	auto_look struct look l;
	int status = 0;

	how.client.in = r->interactive;
	how.client.no_proxy = r->sig_proxy == 0;
	look_init(&l);
	if (detach_keys_parse(r->detach_keys, &how.client.keys, e) || look_at(c, text, &l, e) || start_again(c, &l, &how, &status, e))
		return -1;
	return status;
}

static int cmd_start_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct start_request *r = request;
	const struct each each = { .all = r->all, .latest = r->latest, .wanted = does_not_run, .filter = &r->filter,
				   .print = EACH_PRINT_GIVEN, .at_once = true };
	auto_opt_list struct opt_list named = { 0 };
	auto_free char *id = NULL;

	if (!r->attach && !r->interactive)
		return unit_start_split(c, r->sdnotify, e) ? -1 : each_container(c, &each, operands, start_one, r, e);
	if (operands->len + r->latest != 1 || r->all || r->filter.len)
		return err_set(e, ERR_USAGE, 0, "--attach and --interactive go with one container");
	if (latest_in_front(c, r->latest, 0, &operands, &named, &id, e))
		return -1;
	return start_attached(c, r, operands->item[0], e);
}

static int restart_one(struct context *c, struct look *l, const void *arg, struct err *e)
{
	const struct start_how how = { .op = "restart" };

	if (l->state.remove && look_is_live(l))
		return err_set(e, ERR_STATE, 0, "container %s was started with --rm: it would be removed", look_name(l));
	if (control_stop(c, l, "restart", *(const int64_t *)arg, e))
		return -1;
	if (l->dir < 0 || !l->state.id)
		return err_set(e, ERR_NOTFOUND, 0, "the container was removed meanwhile");
	return start_again(c, l, &how, NULL, e);
}

static int cmd_restart_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct start_request *r = request;
	const struct each each = { .all = r->all || r->running, .latest = r->latest, .wanted = r->running ? look_is_live : NULL,
				   .filter = &r->filter, .cidfiles = &r->cidfile, .print = EACH_PRINT_GIVEN, .at_once = true };
	int64_t seconds;

	if (each_seconds(r->time, &seconds, e))
		return -1;
	return each_container(c, &each, operands, restart_one, &seconds, e);
}

static int cmd_again_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct start_how how = { .op = "restart", .by_monitor = true };
	auto_look struct look l;

	(void)request;
	look_init(&l);
	if (look_at(c, operands->item[0], &l, e))
		return e->reason == ERR_NOTFOUND ? 0 : -1;	/* removed while its monitor waited */
	return start_again(c, &l, &how, NULL, e);
}

const struct command cmd_start = {
	.name = "start", .operands = "[CONTAINER...]", .group = "Containers",
	.brief = "run containers that were created or have ended",
	.mode = OPT_MIXED, .tables = start_tables, .request_size = sizeof(struct start_request), .prepare = start_request_prepare,
	.done = start_request_done, .max_operands = SIZE_MAX, .enters = true, .run = cmd_start_main,
};

const struct command cmd_restart = {
	.name = "restart", .operands = "[CONTAINER...]", .group = "Containers",
	.brief = "end containers that run, and start them",
	.mode = OPT_MIXED, .tables = restart_tables, .request_size = sizeof(struct start_request),
	.done = start_request_done, .max_operands = SIZE_MAX, .enters = true, .run = cmd_restart_main,
};

const struct command cmd_again = {
	.name = "again", .operands = "ID", .brief = "start a container again as its --restart says",
	.mode = OPT_MIXED, .min_operands = 1, .max_operands = 1, .enters = true, .run = cmd_again_main,
};
