/* SPDX-License-Identifier: Apache-2.0 */
/* update.c - see update.h. */
#include "launcher/cli/update.h"

#include <string.h>

#include "launcher/cli/authorize.h"
#include "launcher/cli/change.h"
#include "launcher/runtime/cgroup.h"

struct update {
	struct change *x;
	const struct update_how *how;
	struct plan *draft;		/* as it is to be */
	struct plan *before;		/* as it was */
	char *text;			/* of the new draft */
	struct sealed_plan *sealed;	/* what was decided about it */
};

static int read_draft(struct update *u, struct err *e)
{
	auto_str struct str text = { 0 };

	if (container_request_read(u->x->l->dir, &text, e) ||
	    plan_read(text.text, text.len, "request.json", &u->draft, e) || plan_copy(u->draft, &u->before, e) ||
	    u->how->change(u->draft, u->x->l, u->how->arg, e))
		return -1;
	return plan_text(u->draft, &u->text, e);
}

static int decide(struct update *u, struct err *e)
{
	auto_plan struct plan *copy = NULL;
	struct authorize_how how = { .policy = u->draft->policy.name, .again = true };

	/* An engine's bundle names none: the one that decided about its start. */
	if (!how.policy && u->x->sealed)
		how.policy = sealed_plan(u->x->sealed)->policy.name;

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
	record_begin(&r, EV_UPDATE, u->how->reason, look_name(x->l), x->uuid);
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
	struct update u = { .x = x, .how = arg };
	int r = read_draft(&u, e) || decide(&u, e) || apply(&u, e) ? -1 : 0;

	plan_free(u.draft);
	plan_free(u.before);
	free(u.text);
	sealed_free(u.sealed);
	return r;
}

int update_container(struct context *c, const char *text, const struct update_how *how, struct err *e)
{
	return change_container(c, text, "update", update_locked, how, e);
}
