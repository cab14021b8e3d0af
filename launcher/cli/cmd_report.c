/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_report.c - secctr report: what the audit log says about a container or a session. */
#include <stdio.h>
#include <string.h>

#include "audit/report/report.h"
#include "launcher/cli/commands.h"

struct report_options {
	const char *container, *session, *format;
	struct opt_list inputs;
};

static const struct opt report_opts[] = {
	{ .letter = 'c', .name = "container", .kind = OPT_TEXT, .offset = OPT_INTO(struct report_options, container),
	  .value = "NAME|UUID", .help = "everything about this container", .complete = "container" },
	{ .name = "session", .kind = OPT_TEXT, .offset = OPT_INTO(struct report_options, session), .value = "N",
	  .help = "everything of this audit session" },
	{ .letter = 'i', .name = "input", .kind = OPT_LIST, .offset = OPT_INTO(struct report_options, inputs),
	  .value = "FILE", .help = "read this log instead of " REPORT_LOG_DIR "; - is standard input", .complete = "file" },
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct report_options, format), .value = "text|json",
	  .help = "text (default), or one JSON object a line" },
	OPT_END
};
static const struct opt *const report_tables[] = { report_opts, NULL };

static int cmd_report_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct report_options *o = request;
	struct report_request q = { .container = o->container, .session = REPORT_NO_SESSION };
	uint64_t session;
	int r = 0;

	(void)c;
	if (operands->len)
		q.container = operands->item[0];
	if (!q.container == !o->session)
		return err_set(e, ERR_USAGE, 0, "give --container NAME or --session N");
	if (o->session) {
		if (str_to_u64(o->session, 1, UINT32_MAX - 1, "--session", &session, e))
			return -1;
		q.session = (uint32_t)session;
	}
	if (o->format && strcmp(o->format, "text") != 0 && strcmp(o->format, "json") != 0)
		return err_set(e, ERR_USAGE, 0, "--format %.32s: text or json", o->format);
	q.format = o->format && *o->format == 'j' ? REPORT_JSON : REPORT_TEXT;
	for (size_t i = 0; i < o->inputs.len && r == 0; i++)
		r = strv_add(&q.inputs, o->inputs.item[i], e);
	if (r == 0)
		r = report_run(&q, stdout, NULL, e);
	strv_done(&q.inputs);
	return r;
}

static void report_done(void *request)
{
	opt_list_done(&((struct report_options *)request)->inputs);
}

const struct command cmd_report = {
	.name = "report", .operands = "[CONTAINER]", .group = "Audit", .brief = "tell a container's story from the audit log",
	.mode = OPT_MIXED, .tables = report_tables, .request_size = sizeof(struct report_options), .done = report_done,
	.max_operands = 1, .run = cmd_report_main,
};
