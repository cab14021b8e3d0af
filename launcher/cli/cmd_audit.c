/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_audit.c - secctr audit status and rules. */
#include <stdio.h>
#include <string.h>

#include "audit/rules.h"
#include "audit/writer.h"
#include "launcher/base/json.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/output.h"

struct audit_request {
	const char *format;
};

static const struct opt audit_opts[] = {
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct audit_request, format), .value = "json",
	  .help = "json instead of text" },
	OPT_END
};
static const struct opt *const audit_tables[] = { audit_opts, NULL };

/* Would a start find audit ready? The same check that a start makes. */
static bool ready(struct context *c, struct err *why)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	bool r = context_proc(c, why) >= 0 && audit_writer_open(AUDIT_NEED_READBACK, c->procfd, &w, why) == 0;

	audit_writer_close(&w);
	return r;
}

static int status_json(const struct audit_rules_status *s, bool is_ready, const char *why, const char *rules_why,
		       struct err *e)
{
	auto_json json_t *j = json_pack(
		"{s:b, s:s?, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:I, s:I, s:I, s:b, s:s?}", "Ready", is_ready, "Why",
		is_ready ? NULL : why, "Enabled", (json_int_t)s->enabled, "Failure", (json_int_t)s->failure, "AuditdPid",
		(json_int_t)s->auditd, "RateLimit", (json_int_t)s->rate_limit, "BacklogLimit", (json_int_t)s->backlog_limit,
		"Backlog", (json_int_t)s->backlog, "Lost", (json_int_t)s->lost, "LoginuidImmutable", s->loginuid_immutable,
		"NeverTask", s->never_task, "RulesLoaded", (json_int_t)s->total, "RulesMissing", (json_int_t)s->missing,
		"ForeignBefore", (json_int_t)s->foreign_before, "InOrder", s->in_order, "RulesWhy", rules_why);

	return j ? output_json(j, e) : err_set(e, ERR_SYSTEM, ENOMEM, "status");
}

static int cmd_status_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	struct audit_rules_status s = { 0 };
	const char *rules_why = NULL;
	struct err why = { 0 };
	bool json, is_ready;
	int r = 0;

	(void)operands;
	if (output_format(((struct audit_request *)request)->format, &json, e) || audit_rules_status(NULL, &s, e))
		return -1;
	is_ready = ready(c, &why);
	(void)audit_rules_ok(&s, &rules_why);
	if (json) {
		r = status_json(&s, is_ready, why.text, rules_why, e);
	} else {
		printf("ready: %s%s%s\n", is_ready ? "yes" : "no: ", is_ready ? "" : why.text, "");
		printf("audit: %s, auditd: %d, failure mode: %u, lost: %u\n",
		       s.enabled == 0 ? "off" : s.enabled == 1 ? "on" : "on, rules locked", (int)s.auditd, s.failure, s.lost);
		printf("backlog: %u of %u, rate limit: %u\n", s.backlog, s.backlog_limit, s.rate_limit);
		printf("login UIDs immutable: %s\n", s.loginuid_immutable ? "yes" : "no");
		printf("rules: %zu loaded, %zu of ours missing%s%s\n", s.total, s.missing, rules_why ? "; " : "",
		       rules_why ? rules_why : "");
	}
	audit_rules_done(&s);
	return r ? -1 : is_ready ? 0 : 1;
}

static int cmd_rules_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	static const char *const heads[] = { "LOADED", "KEY", "RULE", NULL };
	struct output_table table = { .heads = heads };
	auto_json json_t *array = json_array();
	struct audit_rules_status s = { 0 };
	const char *why = NULL;
	bool json, ok;
	int r = 0;

	(void)c;
	(void)operands;
	if (output_format(((struct audit_request *)request)->format, &json, e) || audit_rules_status(NULL, &s, e))
		return -1;
	ok = audit_rules_ok(&s, &why);
	for (size_t i = 0; i < s.rows && r == 0; i++) {
		const struct audit_rule_row *row = &s.row[i];
		bool loaded = row->loaded >= row->wanted;

		if (json)
			r = json_array_append_new(array, json_pack("{s:b, s:s?, s:s, s:I}", "Loaded", loaded, "Key", row->key,
								   "Rule", row->text, "Line", (json_int_t)row->line));
		else
			r = output_row(&table, e, loaded ? "yes" : "no", row->key, row->text);
	}
	if (r == 0)
		r = json ? output_json(array, e) : output_table(&table, false, e);
	if (r == 0 && !ok)
		fprintf(stderr, "secctr: %s\n", why);
	/* What else could be better on this host is said, but is no fault of the rules. */
	ok = s.installed && !s.missing && s.in_order && !s.foreign_before && !s.never_task;
	output_table_done(&table);
	audit_rules_done(&s);
	return r ? -1 : ok ? 0 : 1;
}

const struct command cmd_audit_status = {
	.name = "audit status", .group = "Audit", .brief = "whether a start would find audit ready, and if not why",
	.mode = OPT_MIXED, .tables = audit_tables, .request_size = sizeof(struct audit_request), .run = cmd_status_main,
};
const struct command cmd_audit_rules = {
	.name = "audit rules", .group = "Audit", .brief = "compare the shipped rules with those in the kernel",
	.mode = OPT_MIXED, .tables = audit_tables, .request_size = sizeof(struct audit_request), .run = cmd_rules_main,
};
