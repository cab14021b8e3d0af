/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_container.c - secctr container prune and cleanup; and init, which there is not. */
#include <stdio.h>
#include <string.h>

#include "launcher/cli/change.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/control.h"
#include "launcher/cli/each.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/mounted.h"
#include "launcher/store/mounts.h"

struct container_request {
	bool all, latest, force, remove;
	struct opt_list filter;
};

static const struct opt prune_opts[] = {
	EACH_OPT_FILTER(struct container_request, 0),
	{ .letter = 'f', .name = "force", .kind = OPT_FLAG, .offset = OPT_INTO(struct container_request, force),
	  .help = "do not ask" },
	OPT_END
};
static const struct opt *const prune_tables[] = { prune_opts, NULL };

static const struct opt cleanup_opts[] = {
	EACH_OPT_ALL(struct container_request, "every container"),
	LATEST_OPT(struct container_request),
	{ .name = "rm", .kind = OPT_FLAG, .offset = OPT_INTO(struct container_request, remove),
	  .help = "remove those that have ended" },
	OPT_END
};
static const struct opt *const cleanup_tables[] = { cleanup_opts, NULL };

static void container_request_done(void *request)
{
	opt_list_done(&((struct container_request *)request)->filter);
}

static bool has_no_processes(const struct look *l)
{
	return l->state.status == CONTAINER_CREATED || l->state.status == CONTAINER_EXITED;
}

static int remove_one(struct context *c, struct look *l, const void *arg, struct err *e)
{
	return control_remove(c, l, &(const struct removal){ .reason = arg }, e);
}

static int cmd_prune_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct container_request *r = request;
	const struct each each = { .all = true, .wanted = has_no_processes, .filter = &r->filter, .print = EACH_PRINT_ID,
				   .at_once = true };

	if (!r->force && !each_confirmed("This will remove all non running containers."))
		return 0;
	return each_container(c, &each, operands, remove_one, "prune", e);
}

static int unmount_idle(struct change *x, const void *arg, struct err *e)
{
	(void)arg;
	return look_is_live(x->l) ? 0 : mounted_drop(x->c, x->l->state.id, look_name(x->l), "cleanup", false, &x->writer, e);
}

/* Permission is asked only where there is something to take away. */
static int cleanup_mount(struct context *c, struct look *l, struct err *e)
{
	auto_close int fd = -1;
	bool was, mounted;

	if (mounts_find(&c->store, l->state.id, &fd, &was, e))
		return -1;
	mounted = fd >= 0;
	close_fd_auto(&fd);	/* it would be in use by us */
	return !mounted ? 0 : change_container(c, l->state.id, "unmount", unmount_idle, NULL, e);
}

/* To look is to end and record what nobody watched (look.h). */
static int cleanup_one(struct context *c, struct look *l, const void *arg, struct err *e)
{
	const struct container_request *r = arg;

	if (look_is_live(l))
		return err_set(e, ERR_STATE, 0, "container %s is %s: there is nothing to clean up", look_name(l),
			       container_status_words[l->state.status]);
	return r->remove ? control_remove(c, l, &(const struct removal){ .reason = "cleanup" }, e) : cleanup_mount(c, l, e);
}

static int cmd_container_cleanup_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct container_request *r = request;
	const struct each each = { .all = r->all, .latest = r->latest, .wanted = has_no_processes, .print = EACH_PRINT_GIVEN };

	return each_container(c, &each, operands, cleanup_one, r, e);
}

const struct command cmd_container_prune = {
	.name = "container prune", .group = "Containers", .brief = "remove all containers that do not run",
	.mode = OPT_MIXED, .tables = prune_tables, .request_size = sizeof(struct container_request),
	.done = container_request_done, .max_operands = 0, .run = cmd_prune_main,
};

const struct command cmd_container_cleanup = {
	.name = "container cleanup", .operands = "[CONTAINER...]", .group = "Containers",
	.brief = "take away what killed containers left",
	.mode = OPT_MIXED, .tables = cleanup_tables, .request_size = sizeof(struct container_request),
	.done = container_request_done, .max_operands = SIZE_MAX, .run = cmd_container_cleanup_main,
};
