/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_update.c - secctr update: other limits for a container.
 *
 * What was asked for is changed and decided about anew, as a start would be; the running container's groups get the limits
 * that come out, and the next start finds the request as it is now. The sealed plan stays that of the run.
 */
#include <stdio.h>
#include <string.h>

#include "launcher/cli/authorize.h"
#include "launcher/cli/change.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/run_request.h"
#include "launcher/runtime/cgroup.h"

static const struct opt *const update_tables[] = { resource_opts, NULL };

struct update {
	struct change *x;
	struct plan *draft;		/* as it is to be */
	struct plan *before;		/* as it was */
	char *text;			/* of the new draft */
	struct sealed_plan *sealed;	/* what was decided about it */
};

static int read_draft(struct update *u, const struct run_request *r, struct err *e)
{
	auto_str struct str text = { 0 };

	if (container_request_read(u->x->l->dir, &text, e) ||
	    plan_read(text.text, text.len, "request.json", &u->draft, e) || plan_copy(u->draft, &u->before, e) ||
	    request_resources(r, &u->draft->resources, e))
		return -1;
	return plan_text(u->draft, &u->text, e);
}

static int decide(struct update *u, struct err *e)
{
	auto_plan struct plan *copy = NULL;
	const struct authorize_how how = { .policy = u->draft->policy.name, .again = true };

	/* Decided under the name that it has now; kept as it was asked for. */
	if (plan_copy(u->draft, &copy, e))
		return -1;
	free(copy->name);
	copy->name = NULL;
	if (str_copy(look_name(u->x->l), &copy->name, e))
		return -1;
	return authorize_run(u->x->c, &copy, &how, &u->x->writer, &u->sealed, e);
}

static uint64_t shown(int64_t limit, int64_t unit)
{
	return limit == FIELD_NONE || limit < 0 ? 0 : (uint64_t)(limit / unit + (limit % unit != 0));
}

/* What the container had: of its request, else as it was decided at its start. */
static int64_t had(int64_t asked, int64_t decided)
{
	return asked != FIELD_NONE ? asked : decided;
}

static void record_limits(struct update *u)
{
	const struct plan_resources *first = u->x->sealed ? &sealed_plan(u->x->sealed)->resources : &u->before->resources;
	const struct plan_resources *now = &sealed_plan(u->sealed)->resources;
	struct change *x = u->x;
	struct audit_record r;

	record_begin(&r, EV_MEMORY, "update", look_name(x->l), x->uuid);
	record_u64(&r, "old-mem", shown(had(u->before->resources.memory_max, first->memory_max), 1024));
	record_u64(&r, "new-mem", shown(now->memory_max, 1024));
	change_record(x, &r);
	record_begin(&r, EV_VCPU, "update", look_name(x->l), x->uuid);
	record_u64(&r, "old-vcpu", shown(had(u->before->resources.cpu_quota, first->cpu_quota), 1000000));
	record_u64(&r, "new-vcpu", shown(now->cpu_quota, 1000000));
	change_record(x, &r);
	record_begin(&r, EV_CGROUP, "update", look_name(x->l), x->uuid);
	record_str(&r, "cgroup", x->l->state.cgroup);
	record_word(&r, "class", "all");
	if (now->tasks_max > 0)
		record_u64(&r, "tasks", (uint64_t)now->tasks_max);
	change_record(x, &r);
	record_begin(&r, EV_UPDATE, "cli", look_name(x->l), x->uuid);
	record_word(&r, "policy", sealed_plan(u->sealed)->policy.digest);
	record_word(&r, "plan", sealed_digest(u->sealed)->text);
	change_record(x, &r);
}

static int apply(struct update *u, struct err *e)
{
	const struct look *l = u->x->l;
	const struct cgroup_change change = {
		.first = u->x->sealed ? &sealed_plan(u->x->sealed)->resources : &u->before->resources,
		.before = &u->before->resources,
		.now = &sealed_plan(u->sealed)->resources,
	};

	if (look_is_live(l) && cgroup_update(l->state.cgroup, &l->state.cgroup_dirs, &change, e))
		return -1;
	if (container_request_replace(l->dir, u->text, e))
		return -1;
	record_limits(u);
	return 0;
}

static int update_locked(struct change *x, const void *arg, struct err *e)
{
	struct update u = { .x = x };
	int r = read_draft(&u, arg, e) || decide(&u, e) || apply(&u, e) ? -1 : 0;

	plan_free(u.draft);
	plan_free(u.before);
	free(u.text);
	sealed_free(u.sealed);
	return r;
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

	if (!asks(r))
		return err_set(e, ERR_USAGE, 0, "update what? Give one of its options");
	if (change_container(c, operands->item[0], "update", update_locked, r, e))
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
