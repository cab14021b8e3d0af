/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_ps.c - secctr ps. */
#include <stdio.h>
#include <string.h>

#include "launcher/cli/commands.h"
#include "launcher/cli/filter.h"
#include "launcher/cli/look.h"
#include "launcher/cli/output.h"

struct ps_request {
	bool all, quiet, no_heading, no_trunc;
	const char *format;
	struct opt_list filter;
};

static const struct opt ps_opts[] = {
	{ .letter = 'a', .name = "all", .kind = OPT_FLAG, .offset = OPT_INTO(struct ps_request, all),
	  .help = "those that have ended too" },
	{ .letter = 'f', .name = "filter", .kind = OPT_LIST, .offset = OPT_INTO(struct ps_request, filter),
	  .value = "KEY=VALUE", .help = "only these: " FILTER_KEYS },
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct ps_request, format), .value = "json|table",
	  .help = "table (default) or json" },
	{ .letter = 'q', .name = "quiet", .kind = OPT_FLAG, .offset = OPT_INTO(struct ps_request, quiet),
	  .help = "ids only" },
	{ .name = "noheading", .kind = OPT_FLAG, .offset = OPT_INTO(struct ps_request, no_heading),
	  .help = "no heading line" },
	{ .name = "no-trunc", .kind = OPT_FLAG, .offset = OPT_INTO(struct ps_request, no_trunc),
	  .help = "whole ids and commands" },
	OPT_END
};
static const struct opt *const ps_tables[] = { ps_opts, NULL };

struct listing {
	const struct ps_request *r;
	bool json;
	struct output_table table;
	json_t *array;
};

static int matches(const struct ps_request *r, const struct look *l, bool *ret, struct err *e)
{
	bool by_status = false;

	if (filter_matches(l, &r->filter, ret, e))
		return -1;
	for (size_t i = 0; i < r->filter.len; i++)
		by_status |= str_starts(r->filter.item[i], "status=");
	if (!r->all && !by_status && !look_is_live(l))
		*ret = false;
	return 0;
}

static void status_text(const struct look *l, char *buf, size_t n)
{
	char ago[48];

	if (l->state.status == CONTAINER_RESTARTING) {
		output_ago(l->exit.finished, ago, sizeof(ago));
		snprintf(buf, n, "Restarting (%lld) %s ago", (long long)l->exit.exit_code, ago);
	} else if (l->ended) {
		output_ago(l->exit.finished, ago, sizeof(ago));
		snprintf(buf, n, "Exited (%lld) %s ago", (long long)l->exit.exit_code, ago);
	} else if (l->state.started > 0) {
		output_ago(l->state.started, ago, sizeof(ago));
		snprintf(buf, n, "Up %s%s", ago, l->state.status == CONTAINER_PAUSED ? " (Paused)" : "");
	} else if (l->state.status == CONTAINER_CREATED) {
		snprintf(buf, n, "Created");
	} else {
		snprintf(buf, n, "%s", container_status_words[l->state.status]);
	}
}

static int add_row(struct listing *out, const struct look *l, struct err *e)
{
	const struct container_state *s = &l->state;
	char created[64], status[96], id[ID_HEX + 1], ago[48], command[64], login[16];

	snprintf(id, sizeof(id), out->r->no_trunc ? "%s" : "%.12s", s->id);
	output_ago(s->created, ago, sizeof(ago));
	snprintf(created, sizeof(created), "%s ago", ago);
	status_text(l, status, sizeof(status));
	snprintf(login, sizeof(login), "%lld", (long long)s->auid);
	snprintf(command, sizeof(command), "%.30s", s->command ? s->command : "");
	return output_row(&out->table, e, id, s->image, out->r->no_trunc ? s->command : command, created, status,
			  s->name, s->policy, login);
}

static int add_object(struct listing *out, const struct look *l, struct err *e)
{
	const struct container_state *s = &l->state;
	char status[96], created[48];
	json_t *j;

	status_text(l, status, sizeof(status));
	output_time(s->created, created, sizeof(created));
	j = json_pack("{s:s, s:[s?], s:s?, s:[s?], s:s, s:s, s:I, s:I, s:s, s:b, s:s?, s:s?, s:s?, s:I, s:I, s:s?}",
		      "Id", s->id, "Names", s->name, "Image", s->image, "Command", s->command,
		      "State", container_status_words[s->status], "Status", status,
		      "Pid", (json_int_t)(l->ended ? 0 : s->pid), "ExitCode", (json_int_t)(l->ended ? l->exit.exit_code : 0),
		      "CreatedAt", created, "Exited", l->ended, "Policy", s->policy, "PolicyDigest", s->policy_digest,
		      "Label", s->process_label, "LoginUid", (json_int_t)s->auid, "AuditSession", (json_int_t)s->ses,
		      "StartEvent", s->start_event);
	if (!j || json_array_append_new(out->array, j))
		return err_set(e, ERR_SYSTEM, ENOMEM, "list");
	return 0;
}

static int list_one(struct context *c, const char *id, struct listing *out, struct err *e)
{
	auto_look struct look l;
	struct err why;
	bool wanted;

	look_init(&l);
	if (look_at_id(c, id, &l, &why)) {
		/* Removed between the listing and now. */
		if (why.reason == ERR_NOTFOUND)
			return 0;
		*e = why;
		return -1;
	}
	if (matches(out->r, &l, &wanted, e) || !wanted)
		return wanted ? -1 : 0;
	if (out->r->quiet) {
		printf(out->r->no_trunc ? "%s\n" : "%.12s\n", l.state.id);
		return 0;
	}
	return out->json ? add_object(out, &l, e) : add_row(out, &l, e);
}

static int cmd_ps_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	static const char *const heads[] = { "CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "NAMES", "POLICY",
					     "LOGIN", NULL };
	struct listing out = { .r = request, .table.heads = heads, .array = json_array() };
	auto_strv struct strv ids = { 0 };
	int r;

	(void)operands;
	r = output_format(out.r->format, &out.json, e) || context_store(c, e) ||
	    container_list(&c->store, &ids, e) ? -1 : 0;
	for (size_t i = 0; i < ids.len && r == 0; i++)
		r = list_one(c, ids.item[i], &out, e);
	if (r == 0 && out.json)
		r = output_json(out.array, e);
	else if (r == 0 && !out.r->quiet)
		r = output_table(&out.table, out.r->no_heading, e);
	output_table_done(&out.table);
	json_decref(out.array);
	return r;
}

static void ps_done(void *request)
{
	opt_list_done(&((struct ps_request *)request)->filter);
}

const struct command cmd_ps = {
	.name = "ps", .group = "Containers", .brief = "list containers",
	.mode = OPT_MIXED, .tables = ps_tables, .request_size = sizeof(struct ps_request), .done = ps_done,
	.max_operands = 0, .run = cmd_ps_main,
};
