/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_policy.c - secctr policy list, show, check, explain. */
#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/host_ids.h"
#include "launcher/cli/join_ns.h"
#include "launcher/cli/output.h"
#include "launcher/cli/run_request.h"
#include "launcher/runtime/inside.h"
#include "policy/policy.h"

struct policy_request {
	const char *format;
};

static const struct opt format_opts[] = {
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct policy_request, format), .value = "json",
	  .help = "json instead of text" },
	OPT_END
};
static const struct opt *const format_tables[] = { format_opts, NULL };
static const struct opt list_opts[] = {
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct policy_request, format), .value = "json|table|TEMPLATE",
	  .help = "json, or a template as '{{.Name}} {{.File}}'" },
	OPT_END
};
static const struct opt *const list_tables[] = { list_opts, NULL };

static int cmd_list_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	static const struct output_column columns[] = {
		{ "NAME", "Name", false }, { "FILE", "File", true }, { "DIGEST", "Digest", true }, { NULL, NULL, false },
	};
	AUTO(policy_set_free_auto) struct policy_set *set = NULL;
	auto_output_form struct output_form form = { 0 };
	auto_json json_t *array = json_array();

	(void)c;
	(void)operands;
	if (output_form_read(((struct policy_request *)request)->format, &form, e) ||
	    policy_set_read(&policy_places_default, &set, e))
		return -1;
	for (size_t i = 0; i < policy_set_count(set); i++) {
		const struct policy *p = policy_set_at(set, i);

		if (json_array_append_new(array, json_pack("{s:s, s:s, s:s}", "Name", policy_name(p), "File", policy_path(p),
							   "Digest", policy_digest(p)->text)))
			return err_set(e, ERR_SYSTEM, ENOMEM, "list");
	}
	return output_rows(&form, &(struct output_rows){ .columns = columns, .json = array }, e);
}

/* A name, or a path when there is a slash in it. */
static int read_one(const char *text, struct policy_set **ret_set, struct policy **ret_file,
		    const struct policy **ret, struct err *e)
{
	const struct policy *site;

	if (strchr(text, '/')) {
		if (policy_read_file(text, false, ret_file, e))
			return -1;
		*ret = *ret_file;
		return 0;
	}
	return policy_find(&policy_places_default, text, NULL, ret_set, &site, ret, e);
}

static int cmd_show_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	AUTO(policy_set_free_auto) struct policy_set *set = NULL;
	AUTO(policy_free_auto) struct policy *file = NULL;
	auto_json json_t *j = NULL;
	const struct policy *p;
	bool json;

	(void)c;
	if (output_format(((struct policy_request *)request)->format, &json, e) ||
	    read_one(operands->item[0], &set, &file, &p, e))
		return -1;
	if (!json)
		return policy_show(p, stdout, e);
	return policy_show_json(p, &j, e) || output_json(j, e) ? -1 : 0;
}

static int cmd_check_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	size_t bad = 0;

	(void)c;
	(void)request;
	for (size_t i = 0; i < operands->len; i++) {
		AUTO(policy_set_free_auto) struct policy_set *set = NULL;
		AUTO(policy_free_auto) struct policy *file = NULL;
		const struct policy *p;

		if (read_one(operands->item[i], &set, &file, &p, e)) {
			fprintf(stderr, "secctr: %s\n", e->text);
			bad++;
			continue;
		}
		printf("%s: ok, %s\n", policy_path(p), policy_digest(p)->text);
	}
	return bad ? 1 : 0;
}

/* What a start looks at when its policy has allowed it: a row each, and why it would be refused. */
struct beyond {
	const char *field;
	int (*look)(struct context *c, const struct plan *p, struct err *e);
	bool denied;
	struct err why;
};

/* The policies of the containers whose name spaces would be joined. */
static int look_at_joins(struct context *c, const struct plan *p, struct err *e)
{
	auto_audit_writer struct audit_writer none = AUDIT_WRITER_CLOSED;

	return join_ns_authorize(c, p, &none, e);
}

/* What of the host may not change hands. */
static int look_at_owners(struct context *c, const struct plan *p, struct err *e)
{
	const struct host_tree_place place = { c->procfd, { c->store.lib, c->store.run } };

	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);
		auto_close int source = -1;

		if (m->kind != PLAN_MOUNT_BIND || !m->chown)
			continue;
		source = inside_open_host(m->source, e);
		if (source < 0 || chown_source(p, m, &place, source, true, e))
			return -1;
	}
	return 0;
}

/* true: it would be refused. */
static bool look_beyond(struct context *c, const struct plan *p, struct beyond *rows)
{
	bool denied = false;

	for (struct beyond *b = rows; b->field; b++) {
		b->denied = b->look(c, p, &b->why) != 0;
		denied |= b->denied;
	}
	return denied;
}

static int add_reason(json_t *reasons, const char *field, const char *rule, const char *at, const char *text, bool denied, struct err *e)
{
	json_t *row = json_pack("{s:s, s:s?, s:s?, s:s?, s:b}", "Field", field, "Rule", rule, "At", at, "Text", text, "Denied", denied);

	return json_array_append_new(reasons, row) ? err_set(e, ERR_SYSTEM, ENOMEM, "explain") : 0;
}

static int explain_json(const struct verdict *v, const struct plan *p, const struct beyond *rows, bool allowed, struct err *e)
{
	auto_json json_t *reasons = json_array(), *plan = NULL, *j = NULL;

	for (size_t i = 0; i < verdict_count(v); i++) {
		const struct policy_reason *r = verdict_at(v, i);

		if (add_reason(reasons, r->field, r->rule, r->at, r->text, r->denied, e))
			return -1;
	}
	for (const struct beyond *b = rows; b->field; b++)
		if (b->denied && add_reason(reasons, b->field, NULL, NULL, b->why.text, true, e))
			return -1;
	if (plan_json(p, &plan, e))
		return -1;
	j = json_pack("{s:b, s:b, s:s?, s:s?, s:O, s:O}", "Allowed", allowed, "Observed", verdict_observed(v),
		      "Policy", p->policy.name, "PolicyDigest", p->policy.digest, "Reasons", reasons, "Plan", plan);
	return j ? output_json(j, e) : err_set(e, ERR_SYSTEM, ENOMEM, "explain");
}

static int explain_text(const struct verdict *v, const struct plan *p, const struct beyond *rows, bool allowed, struct err *e)
{
	static const char *const heads[] = { "", "FIELD", "RULE", "AT", "WHAT", NULL };
	struct output_table table = { .heads = heads };
	int r = 0;

	printf("policy %s (%s): %s\n", p->policy.name, p->policy.digest,
	       !allowed ? "refused" : verdict_observed(v) ? "allowed, only because Mode=observe" : "allowed");
	for (size_t i = 0; i < verdict_count(v) && r == 0; i++) {
		const struct policy_reason *x = verdict_at(v, i);

		r = output_row(&table, e, x->denied ? "DENIED" : "set", x->field, x->rule, x->at, x->text);
	}
	for (const struct beyond *b = rows; b->field && r == 0; b++)
		if (b->denied)
			r = output_row(&table, e, "DENIED", b->field, "-", "-", b->why.text);
	if (r == 0)
		r = output_table(&table, false, e);
	output_table_done(&table);
	return r;
}

static int cmd_explain_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct run_request *r = request;
	AUTO(policy_set_free_auto) struct policy_set *set = NULL;
	AUTO(verdict_free_auto) struct verdict *verdict = NULL;
	auto_plan struct plan *draft = NULL, *decided = NULL;
	const struct policy *site, *policy;
	struct policy_who who = { .op = "run" };
	struct policy_facts facts = { .audit_ready = true };
	struct beyond rows[] = { { .field = "ns", .look = look_at_joins }, { .field = "ns.user", .look = host_ids_look },
				 { .field = "mounts", .look = look_at_owners }, { .field = NULL } };
	bool allowed;

	if (context_proc(c, e) < 0 || context_store(c, e) || context_who(c, e) || context_selinux(c, e) ||
	    request_plan(r, operands, &c->store, &draft, e) || join_ns_maps(c, draft, e) ||
	    policy_find(&policy_places_default, r->policy, draft, &set, &site, &policy, e))
		return -1;
	who.auid = c->who.auid;
	who.uid = c->who.uid;
	draft->audit.auid = c->who.auid;
	facts.selinux_enabled = c->selinux.enabled;
	facts.selinux_enforcing = c->selinux.enforcing;
	if (policy_decide(policy, site, draft, &who, &facts, &verdict, &decided, e))
		return -1;
	allowed = !look_beyond(c, decided, rows) && verdict_allows(verdict);
	if (r->explain_json ? explain_json(verdict, decided, rows, allowed, e) : explain_text(verdict, decided, rows, allowed, e))
		return -1;
	return allowed ? 0 : 1;
}

static const struct opt explain_opts[] = {
	{ .name = "json", .kind = OPT_FLAG, .offset = OPT_INTO(struct run_request, explain_json), .help = "JSON with the whole plan" },
	OPT_END
};
static const struct opt *const explain_tables[] = { now_opts, run_opts, resource_opts, explain_opts, NULL };

const struct command cmd_policy_list = {
	.name = "policy list", .group = "Policies", .brief = "list the policy files that are in force",
	.mode = OPT_MIXED, .tables = list_tables, .request_size = sizeof(struct policy_request), .run = cmd_list_main,
};
const struct command cmd_policy_show = {
	.name = "policy show", .operands = "POLICY|FILE", .group = "Policies",
	.brief = "every setting of a policy with its file and line",
	.mode = OPT_MIXED, .tables = format_tables, .request_size = sizeof(struct policy_request),
	.min_operands = 1, .max_operands = 1, .run = cmd_show_main,
};
const struct command cmd_policy_check = {
	.name = "policy check", .operands = "POLICY|FILE...", .group = "Policies",
	.brief = "read policies strictly and print what is wrong",
	.mode = OPT_MIXED, .min_operands = 1, .max_operands = SIZE_MAX, .run = cmd_check_main,
};
const struct command cmd_policy_explain = {
	.name = "policy explain", .operands = "IMAGE|DIR [COMMAND [ARG...]]", .group = "Policies",
	.brief = "say what `run` with these options would be allowed, and by which rule",
	.mode = OPT_STOP, .tables = explain_tables, .request_size = sizeof(struct run_request),
	.prepare = run_request_prepare, .done = run_request_done, .min_operands = 1, .max_operands = SIZE_MAX,
	.run = cmd_explain_main,
};
