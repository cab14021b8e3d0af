/* SPDX-License-Identifier: Apache-2.0 */
/* oci_control.c - secctr-runtime kill, pause, resume, delete. */
#include <signal.h>
#include <string.h>

#include "launcher/cli/control.h"
#include "launcher/cli/oci.h"
#include "launcher/cli/run_request.h"
#include "launcher/runtime/cgroup.h"

enum { END_SECONDS = 10 };	/* for the exit record of an init that has ended */

struct kill_request {
	bool all;
};
static const struct opt kill_opts[] = {
	{ .letter = 'a', .name = "all", .kind = OPT_FLAG, .offset = OPT_INTO(struct kill_request, all),
	  .help = "all of its processes; with SIGKILL" },
	OPT_END
};
static const struct opt *const kill_tables[] = { kill_opts, NULL };

/* containerd looks for "container not running". */
static int not_running(const struct look *l, struct err *e)
{
	return err_set(e, ERR_STATE, 0, "container not running: %.64s is %s", oci_id(&l->state), oci_status(l));
}

static int kill_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct kill_request *r = request;
	auto_look struct look l;
	int sig = SIGTERM;

	look_init(&l);
	if (operands->len > 1 && signal_number(operands->item[1], &sig, e))
		return -1;
	if (r->all && sig != SIGKILL)
		return err_set(e, ERR_USAGE, 0, "kill --all: with KILL only: this version sends other signals to the first process");
	if (oci_look(c, operands->item[0], &l, e))
		return -1;
	if (!look_is_live(&l) || l.over)
		return not_running(&l, e);
	if (control_signal(c, &l, "kill", sig, e))
		return e->reason == ERR_STATE ? not_running(&l, e) : -1;
	return r->all ? cgroup_kill(&l.state.cgroup_dirs, e) : 0;
}

static int freeze(struct context *c, const char *id, bool on, struct err *e)
{
	auto_look struct look l;

	look_init(&l);
	return oci_look(c, id, &l, e) || control_pause(c, &l, on, e) ? -1 : 0;
}

static int pause_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	(void)request;
	return freeze(c, operands->item[0], true, e);
}

static int resume_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	(void)request;
	return freeze(c, operands->item[0], false, e);
}

int oci_delete(struct context *c, struct look *l, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	auto_free char *id = NULL;
	auto_look struct look now;
	struct err unread;

	look_init(&now);
	if (str_copy(l->state.id, &id, e) || (l->over ? control_wait(c, l, END_SECONDS, e) : look_is_live(l) && control_stop(c, l, "kill", 0, e)))
		return -1;
	if (look_at_id(c, id, &now, e))
		return e->reason == ERR_NOTFOUND ? 0 : -1;
	/* Its stop record comes before that of the removal. */
	if (look_wait_monitor(c, &now, false, e))
		return -1;
	/* Of one that was killed while it was made there may be no plan; it had no hooks run. */
	(void)!look_plan(&now, &sealed, &unread);
	if (control_remove(c, &now, &(const struct removal){ .reason = "oci", .force = true }, e))
		return -1;
	if (sealed)
		oci_hooks_poststop(c, &now.state, sealed_plan(sealed));
	return 0;
}

struct delete_request {
	bool force;
	const char *regex;
};
static const struct opt delete_opts[] = {
	{ .letter = 'f', .name = "force", .kind = OPT_FLAG, .offset = OPT_INTO(struct delete_request, force),
	  .help = "end it with SIGKILL if it runs; one that is not there is no error" },
	{ .name = "regex", .kind = OPT_REFUSED, .value = "PATTERN", .help = "each container is deleted by its id" },
	OPT_END
};
static const struct opt *const delete_tables[] = { delete_opts, NULL };

static int delete_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct delete_request *r = request;
	auto_look struct look l;

	look_init(&l);
	if (oci_look(c, operands->item[0], &l, e))
		return r->force && e->reason == ERR_NOTFOUND ? 0 : -1;
	/* One that was created and never started goes without --force, as with runc and crun: engines rely on it. */
	if (!r->force && look_is_live(&l) && !l.over && l.state.status != CONTAINER_CREATED)
		return err_set(e, ERR_STATE, 0, "container %.64s is %s, not stopped: kill it first, or use --force", oci_id(&l.state),
			       oci_status(&l));
	return oci_delete(c, &l, e);
}

const struct command oci_cmd_kill = {
	.name = "kill", .operands = "ID [SIGNAL]", .group = "Containers", .brief = "send a signal to a container's first process",
	.mode = OPT_MIXED, .tables = kill_tables, .request_size = sizeof(struct kill_request), .min_operands = 1, .max_operands = 2,
	.run = kill_main,
};
const struct command oci_cmd_pause = {
	.name = "pause", .operands = "ID", .group = "Containers", .brief = "freeze all processes of a container",
	.mode = OPT_MIXED, .request_size = 0, .min_operands = 1, .max_operands = 1, .run = pause_main,
};
const struct command oci_cmd_resume = {
	.name = "resume", .operands = "ID", .group = "Containers", .brief = "let the processes of a paused container go on",
	.mode = OPT_MIXED, .request_size = 0, .min_operands = 1, .max_operands = 1, .run = resume_main,
};
const struct command oci_cmd_delete = {
	.name = "delete", .operands = "ID", .group = "Containers", .brief = "remove what is left of a container that has ended",
	.mode = OPT_MIXED, .tables = delete_tables, .request_size = sizeof(struct delete_request), .min_operands = 1, .max_operands = 1,
	.run = delete_main,
};
