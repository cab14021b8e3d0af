/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_rm.c - secctr rm, and cleanup, which a monitor execs for --rm. */
#include <stdio.h>

#include "launcher/cli/commands.h"
#include "launcher/cli/control.h"
#include "launcher/cli/each.h"
#include "launcher/cli/latest.h"

struct rm_request {
	bool all, latest, force, ignore, depend, volumes;
	const char *time;
	struct opt_list filter, cidfile;
};

static const struct opt rm_opts[] = {
	EACH_OPT_ALL(struct rm_request, "every container"),
	EACH_OPT_CIDFILE(struct rm_request),
	{ .name = "depend", .kind = OPT_FLAG, .offset = OPT_INTO(struct rm_request, depend),
	  .help = "those that depend on it too; no container does" },
	EACH_OPT_FILTER(struct rm_request, 0),
	{ .letter = 'f', .name = "force", .kind = OPT_FLAG, .offset = OPT_INTO(struct rm_request, force),
	  .help = "stop running ones first; one that does not exist is no error" },
	{ .letter = 'i', .name = "ignore", .kind = OPT_FLAG, .offset = OPT_INTO(struct rm_request, ignore),
	  .help = "a container that does not exist is no error" },
	LATEST_OPT(struct rm_request),
	EACH_OPT_TIME(struct rm_request, "with --force: wait so long before SIGKILL"),
	{ .letter = 'v', .name = "volumes", .kind = OPT_FLAG, .offset = OPT_INTO(struct rm_request, volumes),
	  .help = "its volumes without a name too, if no other container has them" },
	OPT_END
};
static const struct opt *const rm_tables[] = { rm_opts, NULL };

static void rm_done(void *request)
{
	struct rm_request *r = request;

	opt_list_done(&r->filter);
	opt_list_done(&r->cidfile);
}

struct rm_how {
	struct removal removal;
	int64_t seconds;
};

static int rm_one(struct context *c, struct look *l, const void *arg, struct err *e)
{
	const struct rm_how *how = arg;

	if (how->removal.force && control_stop(c, l, "stop", how->seconds, e))
		return -1;
	/* Gone with its monitor while it was stopped (--rm). */
	if (l->dir < 0 || !l->state.id)
		return 0;
	return control_remove(c, l, &how->removal, e);
}

static int cmd_rm_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct rm_request *r = request;
	struct each each = { .all = r->all, .latest = r->latest, .ignore = r->ignore || r->force, .filter = &r->filter,
			     .cidfiles = &r->cidfile, .print = EACH_PRINT_GIVEN, .tells = true, .at_once = true };
	struct rm_how how = { .removal = { .reason = "cli", .force = r->force, .volumes = r->volumes } };

	if (each_seconds(r->time, &how.seconds, e))
		return -1;
	return each_container(c, &each, operands, rm_one, &how, e);
}

static int cmd_cleanup_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_look struct look l;

	(void)request;
	look_init(&l);
	if (look_at(c, operands->item[0], &l, e))
		return -1;
	if (!l.state.remove)
		return err_set(e, ERR_STATE, 0, "container %s was not started with --rm", l.state.name);
	if (control_remove(c, &l, &(const struct removal){ .reason = "cleanup", .allowed = true }, e))
		return e->reason == ERR_NOTFOUND ? 0 : -1;	/* `rm -f` was faster */
	return 0;
}

const struct command cmd_rm = {
	.name = "rm", .operands = "[CONTAINER...]", .group = "Containers", .brief = "remove containers",
	.mode = OPT_MIXED, .tables = rm_tables, .request_size = sizeof(struct rm_request), .done = rm_done,
	.max_operands = SIZE_MAX, .run = cmd_rm_main,
};

const struct command cmd_cleanup = {
	.name = "cleanup", .operands = "ID", .brief = "remove a container that was started with --rm and has ended",
	.mode = OPT_MIXED, .min_operands = 1, .max_operands = 1, .run = cmd_cleanup_main,
};
