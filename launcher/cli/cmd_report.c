/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_report.c - secctr report and secctr why: what the audit log says. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "audit/report/reader.h"
#include "launcher/cli/archive_target.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/output.h"
#include "launcher/cli/pager.h"
#include "launcher/cli/period.h"
#include "launcher/cli/program.h"
#include "launcher/cli/report_name.h"

struct report_options {
	const char *container, *session, *format, *start, *end, *user, *output;
	struct opt_list inputs;
	bool all, follow, no_pager;
};
#define INTO(field) OPT_INTO(struct report_options, field)

static const struct opt report_opts[] = {
	{ .letter = 'c', .name = "container", .kind = OPT_TEXT, .offset = INTO(container),
	  .value = "NAME|UUID", .help = "only this container; without a view: everything about it", .complete = "container" },
	{ .name = "session", .kind = OPT_TEXT, .offset = INTO(session), .value = "N",
	  .help = "without a view: everything of this audit session" },
	{ .letter = 'u', .name = "user", .kind = OPT_TEXT, .offset = INTO(user), .value = "LOGIN",
	  .help = "only events of this login, by name or number" },
	{ .letter = 'a', .name = "all", .kind = OPT_FLAG, .offset = INTO(all),
	  .help = "timeline, denied: also what has to do with no container" },
	{ .letter = 'f', .name = "follow", .kind = OPT_FLAG, .offset = INTO(follow),
	  .help = "go on with what is written to the log, until interrupted" },
	{ .letter = 'o', .name = "output", .kind = OPT_TEXT, .offset = INTO(output), .value = "FILE",
	  .help = "write there, readable by the owner only (default: standard output)", .complete = "file" },
	OPT_END
};
static const struct opt input_opts[] = {
	{ .letter = 'i', .name = "input", .kind = OPT_LIST, .offset = INTO(inputs),
	  .value = "FILE", .help = "read this log instead of " REPORT_LOG_DIR "; - is standard input", .complete = "file" },
	{ .name = "start", .kind = OPT_TEXT, .offset = INTO(start), .value = "TIME",
	  .help = "from then on: yesterday, today, recent, boot, 10m, DATE" },
	{ .name = "end", .kind = OPT_TEXT, .offset = INTO(end), .value = "TIME", .help = "up to then" },
	{ .name = "no-pager", .kind = OPT_FLAG, .offset = INTO(no_pager), .help = "write to the terminal directly" },
	OPT_END
};
static const struct opt report_format[] = {
	{ .name = "format", .kind = OPT_TEXT, .offset = INTO(format), .value = "text|csv|json|ndjson|html",
	  .help = "text (default), for programs, or a page of everything" },
	OPT_END
};
static const struct opt why_format[] = {
	{ .name = "format", .kind = OPT_TEXT, .offset = INTO(format), .value = "text|csv|json|ndjson", .help = "text (default), or for programs" },
	OPT_END
};
static const struct opt *const report_tables[] = { report_opts, input_opts, report_format, NULL };
static const struct opt *const why_tables[] = { input_opts, why_format, NULL };

static int read_format(const char *text, enum report_format *ret, struct err *e)
{
	static const char *const words[] = { [REPORT_TEXT] = "text", [REPORT_CSV] = "csv", [REPORT_JSON] = "json",
					     [REPORT_NDJSON] = "ndjson", [REPORT_HTML] = "html" };

	for (size_t i = 0; text && i < ARRAY_LEN(words); i++)
		if (strcmp(text, words[i]) == 0) {
			*ret = (enum report_format)i;
			return 0;
		}
	return text ? err_set(e, ERR_USAGE, 0, "--format %.32s: text, csv, json, ndjson or html", text) : 0;
}

static int read_session(const char *text, struct report_request *q, struct err *e)
{
	uint64_t n;

	if (str_to_u64(text, 1, UINT32_MAX - 1, "session", &n, e))
		return -1;
	q->view = REPORT_SESSION;
	q->session = (uint32_t)n;
	q->subject = NULL;
	return 0;
}

/* VIEW [SUBJECT]; no view: the container or the session that is named. */
static int read_view(const struct report_options *o, const struct opt_list *operands, struct report_request *q, struct err *e)
{
	const char *word = operands->len ? operands->item[0] : NULL, *subject = operands->len > 1 ? operands->item[1] : NULL;
	static const char *const takes[] = {
#define X(name, word, what, help) what,
		REPORT_VIEWS(X)
#undef X
	};

	if (!word || (!subject && !report_find_view(word, &q->view))) {
		if (word && o->container)
			return err_set(e, ERR_USAGE, 0, "%.64s: no such view; try `secctr report --help`", word);
		q->view = REPORT_CONTAINER;
		q->subject = word ? word : o->container;
		if (!q->subject == !o->session)
			return err_set(e, ERR_USAGE, 0, "give a view, --container NAME or --session N; try `secctr report --help`");
		return o->session ? read_session(o->session, q, e) : 0;
	}
	if (!report_find_view(word, &q->view))
		return err_set(e, ERR_USAGE, 0, "%.64s: no such view; try `secctr report --help`", word);
	if (o->session)
		return err_set(e, ERR_USAGE, 0, "--session goes without a view");
	if (!*takes[q->view] != !subject)
		return err_set(e, ERR_USAGE, 0, "usage: secctr report %s%s%s", word, *takes[q->view] ? " " : "", takes[q->view]);
	q->subject = subject;
	q->container = o->container;
	return q->view == REPORT_SESSION ? read_session(subject, q, e) : 0;
}

/* --format html is of everything: a container and a login make it shorter. */
static int read_page(const struct report_options *o, const struct opt_list *operands, struct report_request *q, struct err *e)
{
	const char *word = operands->len ? operands->item[0] : "overview", *subject = operands->len > 1 ? operands->item[1] : NULL;

	q->view = REPORT_OVERVIEW;
	q->container = o->container;
	if (o->session)
		return err_set(e, ERR_USAGE, 0, "--session: a page is of containers, people and times; give --format text");
	if (strcmp(word, "container") == 0 && subject && !o->container)
		q->container = subject;
	else if (strcmp(word, "user") == 0 && subject && !o->user)
		q->user = subject;
	else if (strcmp(word, "overview") != 0 || subject)
		return err_set(e, ERR_USAGE, 0, "--format html tells everything on one page, not the view %.64s; --container, --user, --start and "
			       "--end make it shorter", word);
	return 0;
}

/* Standard output becomes the file: the reader writes there. */
static int run_into(const char *program, const char *path, const struct report_request *q, struct report_input *in, const char *follow,
		    struct err *e)
{
	auto_archive_target struct archive_target to = { .fd = -1 };

	if (archive_target_open(path, &to, e))
		return -1;
	if (to.fd != STDOUT_FILENO && dup2(to.fd, STDOUT_FILENO) < 0)
		return err_set(e, ERR_SYSTEM, errno, "standard output");
	if (reader_run(program, q, in, follow, e))
		return -1;
	archive_target_keep(&to);
	return 0;
}

static int run_report(const struct report_options *o, struct report_request *q, struct err *e)
{
	auto_strv struct strv names = { 0 };
	auto_input struct report_input in = { 0 };
	auto_free char *own = NULL, *program = NULL;
	auto_pager struct pager pager = PAGER_INIT;
	const char *live = REPORT_LOG_DIR;
	struct utsname host;
	bool screen = q->format == REPORT_TEXT && !o->output && isatty(STDOUT_FILENO);

	if ((o->start && period_read(o->start, false, "--start", &q->start_ms, e)) ||
	    (o->end && period_read(o->end, true, "--end", &q->end_ms, e)))
		return -1;
	for (size_t i = 0; i < o->inputs.len; i++)
		if (strv_add(&names, o->inputs.item[i], e))
			return -1;
	q->names = report_name;
	q->colour = screen && !getenv("NO_COLOR");
	q->width = screen ? output_width() : 0;
	q->paged = screen && !o->follow && !o->no_pager;
	q->host = uname(&host) == 0 ? host.nodename : NULL;
	q->made_ms = (uint64_t)time(NULL) * 1000;
	q->follow = o->follow;
	if (o->follow && o->inputs.len)
		live = o->inputs.item[o->inputs.len - 1];
	if (o->follow && !report_follows(q->view))
		return err_set(e, ERR_USAGE, 0, "--follow: this view is told at the end of a log");
	if (o->follow && strcmp(live, "-") == 0)
		live = NULL;		/* a pipe goes on by itself */
	if (program_own(&own, e) || program_beside(own, "secctr-report", &program, e) || input_open(&names, &in, e))
		return -1;
	if (o->output || q->format == REPORT_HTML)
		return run_into(program, o->output, q, &in, o->follow ? live : NULL, e);
	if (q->paged && pager_start(&pager, e))
		return -1;
	return reader_run(program, q, &in, o->follow ? live : NULL, e);
}

static int cmd_report_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct report_options *o = request;
	struct report_request q = { .session = REPORT_NO_SESSION, .user = o->user, .all = o->all };

	(void)c;
	if (read_format(o->format, &q.format, e))
		return -1;
	return (q.format == REPORT_HTML ? read_page : read_view)(o, operands, &q, e) ? -1 : run_report(o, &q, e);
}

static int cmd_why_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	struct report_request q = { .view = REPORT_WHY, .session = REPORT_NO_SESSION, .subject = operands->item[0] };

	(void)c;
	return read_format(((struct report_options *)request)->format, &q.format, e) ? -1 : run_report(request, &q, e);
}

static void report_done(void *request)
{
	opt_list_done(&((struct report_options *)request)->inputs);
}

const struct command cmd_report = {
	.name = "report", .operands = "[VIEW [SUBJECT]]", .group = "Audit", .brief = "tell from the audit log who did what in which container",
	.mode = OPT_MIXED, .tables = report_tables, .request_size = sizeof(struct report_options), .done = report_done,
	.max_operands = 2, .run = cmd_report_main,
};

const struct command cmd_why = {
	.name = "why", .operands = "EVENT-ID", .group = "Audit", .brief = "explain one event of the audit log: who stands behind it",
	.mode = OPT_MIXED, .tables = why_tables, .request_size = sizeof(struct report_options), .done = report_done,
	.min_operands = 1, .max_operands = 1, .run = cmd_why_main,
};
