/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_logs.c - secctr logs.
 *
 * The log's lines are "TIME STREAM F|P TEXT" (monitor/ctrlog.h). What the container wrote is hostile: on a terminal it is
 * shown through str_add_safe() unless --raw; a pipe or file gets the bytes.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launcher/cli/authorize.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/log_reader.h"
#include "launcher/cli/look.h"
#include "launcher/cli/when.h"
#include "launcher/monitor/ctrlog.h"

struct logs_request {
	bool follow, timestamps, raw, names, latest;
	int color;
	const char *tail, *since, *until;
};

static const struct opt logs_opts[] = {
	{ .letter = 'f', .name = "follow", .kind = OPT_FLAG, .offset = OPT_INTO(struct logs_request, follow),
	  .help = "go on until the container has ended" },
	{ .letter = 't', .name = "timestamps", .kind = OPT_FLAG, .offset = OPT_INTO(struct logs_request, timestamps),
	  .help = "with the time of each line" },
	{ .name = "tail", .kind = OPT_TEXT, .offset = OPT_INTO(struct logs_request, tail), .value = "N",
	  .help = "the last N lines only; -1: all" },
	{ .name = "since", .kind = OPT_TEXT, .offset = OPT_INTO(struct logs_request, since), .value = "TIME",
	  .help = "from this time on: 10m, 1h30m, 2026-11-24T05:13, seconds since the epoch" },
	{ .name = "until", .kind = OPT_TEXT, .offset = OPT_INTO(struct logs_request, until), .value = "TIME",
	  .help = "up to this time" },
	{ .letter = 'n', .name = "names", .kind = OPT_FLAG, .offset = OPT_INTO(struct logs_request, names),
	  .help = "of several containers: names in front of the lines, not ids" },
	{ .name = "color", .kind = OPT_TRI, .offset = OPT_INTO(struct logs_request, color),
	  .help = "of several containers: each name or id in its own colour (default: on a terminal, unless NO_COLOR is set)" },
	{ .letter = 'l', .name = "latest", .kind = OPT_FLAG, .offset = OPT_INTO(struct logs_request, latest),
	  .help = "the container that was made last" },
	{ .name = "raw", .kind = OPT_FLAG, .offset = OPT_INTO(struct logs_request, raw),
	  .help = "bytes as they were written, on a terminal too" },
	OPT_END
};
static const struct opt *const logs_tables[] = { logs_opts, NULL };

enum { LOGS_MAX = 256, FOLLOW_MS = 100, STAMP_COMPARED = 29 };

/* The log of one container, and where in a line each of its streams is. */
struct source {
	struct look look;
	struct log_reader reader;
	bool middle[2];			/* stdout, stderr: the last entry was a partial line */
	bool done;
	uint64_t skip;			/* whole lines that --tail leaves out */
};

struct printer {
	const struct logs_request *r;
	bool safe[2];			/* stdout, stderr */
	bool several, color;
	char since[36], until[36];	/* stamps; "": none */
	struct source source[LOGS_MAX];
	size_t n;
};

/* Names that differ get colours that differ, as far as there are six. */
static void print_front(const struct printer *p, const struct source *s, const struct log_entry *entry, FILE *out)
{
	static const char *const colors[] = { "36", "33", "32", "35", "34", "31" };
	const char *name = p->r->names ? s->look.state.name : s->look.state.id;

	if (p->several)
		fprintf(out, p->color ? "\033[%s" "m%.*s\033[0m " : "%s%.*s ",
			p->color ? colors[(size_t)(s - p->source) % ARRAY_LEN(colors)] : "",
			p->r->names ? NAME_MAX_LEN : 12, name ? name : "");
	if (p->r->timestamps)
		fprintf(out, "%.35s ", entry->stamp);
}

static int print_entry(struct printer *p, struct source *s, const struct log_entry *entry, struct err *e)
{
	int which = entry->is_stderr;
	FILE *out = which ? stderr : stdout;

	if (!s->middle[which])
		print_front(p, s, entry, out);
	if (p->safe[which]) {
		auto_str struct str text = { 0 };

		if (str_add(&text, "", e) || str_add_safe(&text, entry->text, entry->len, e))
			return -1;
		fputs(text.text, out);
	} else {
		fwrite(entry->text, 1, entry->len, out);
	}
	s->middle[which] = entry->partial;
	if (!entry->partial)
		fputc('\n', out);
	return 0;
}

/* All that is there now. */
static int print_source(struct printer *p, struct source *s, struct err *e)
{
	struct log_entry entry;
	int r;

	while (!s->done && (r = log_reader_next(&s->reader, &entry, e)) != 0) {
		if (r < 0)
			return -1;
		if (s->skip) {
			s->skip -= !entry.partial;
			continue;
		}
		if (strncmp(entry.stamp, p->since, STAMP_COMPARED) < 0)
			continue;
		if (p->until[0] && strncmp(entry.stamp, p->until, STAMP_COMPARED) > 0) {
			s->done = true;
			break;
		}
		if (print_entry(p, s, &entry, e))
			return -1;
	}
	return 0;
}

/* How many lines are to be left out for `tail` of them to be shown. A line without an end yet counts as one. */
static int count_for_tail(struct source *s, uint64_t tail, struct err *e)
{
	struct log_reader reader = LOG_READER_INIT;
	uint64_t lines = 0, unfinished = 0;
	struct log_entry entry;
	int r = log_reader_open(&reader, s->look.dir, e);

	while (r == 0 && (r = log_reader_next(&reader, &entry, e)) > 0) {
		lines += !entry.partial;
		unfinished = entry.partial;
		r = 0;
	}
	log_reader_close(&reader);
	lines += unfinished;
	s->skip = lines > tail ? lines - tail : 0;
	return r;
}

static int allowed(struct context *c, const struct look *l, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	char uuid[UUID_TEXT + 1];
	int r;

	if (look_plan(l, &sealed, e))
		return -1;
	id_uuid(l->state.id, uuid);
	r = authorize_op(c, sealed_plan(sealed), "logs", &w, e);
	if (r == 0 && sealed_plan(sealed)->monitor.log_driver == PLAN_LOG_NONE)
		r = err_set(e, ERR_STATE, 0, "%s keeps no log: it was made with --log-driver none", l->state.name);
	if (r == 0 && sealed_plan(sealed)->monitor.log_driver == PLAN_LOG_JOURNAL)
		r = err_set(e, ERR_STATE, 0, "%s logs to the journal: journalctl CONTAINER_ID_FULL=%s", l->state.name, l->state.id);
	if (r)
		authorize_refused(c, &w, "logs", l->state.name, uuid, e);
	audit_writer_close(&w);
	return r;
}

static int open_source(struct context *c, struct printer *p, const char *text, struct err *e)
{
	struct source *s = &p->source[p->n];
	uint64_t tail;

	*s = (struct source){ .reader = LOG_READER_INIT };
	look_init(&s->look);
	p->n++;
	if (look_at(c, text, &s->look, e) || allowed(c, &s->look, e))
		return -1;
	if (p->r->tail && strcmp(p->r->tail, "-1") != 0 &&
	    (str_to_u64(p->r->tail, 0, UINT32_MAX, "--tail", &tail, e) || count_for_tail(s, tail, e)))
		return -1;
	return log_reader_open(&s->reader, s->look.dir, e);
}

/* It may have been removed, or ended; what it wrote until then is read after this. */
static int has_ended(struct context *c, struct source *s, bool *ret, struct err *e)
{
	auto_look struct look now;
	struct err why;

	look_init(&now);
	if (look_at_id(c, s->look.state.id, &now, &why)) {
		*ret = true;
		if (why.reason == ERR_NOTFOUND)
			return 0;
		*e = why;
		return -1;
	}
	*ret = now.ended;
	return 0;
}

static int follow(struct context *c, struct printer *p, struct err *e)
{
	for (;;) {
		size_t left = 0;

		for (size_t i = 0; i < p->n; i++) {
			struct source *s = &p->source[i];
			bool ended = s->done;

			if (s->done)
				continue;
			if (has_ended(c, s, &ended, e) || print_source(p, s, e))
				return -1;
			s->done |= ended;
			left += !s->done;
		}
		if (fflush(stdout) || !left)
			return 0;
		(void)poll(NULL, 0, FOLLOW_MS);
	}
}

static int read_stamp(const char *text, const char *what, char ret[36], struct err *e)
{
	int64_t usec;

	if (!text)
		return 0;
	if (when_read(text, what, &usec, e))
		return -1;
	ctrlog_stamp(&(struct timespec){ .tv_sec = (time_t)(usec / 1000000), .tv_nsec = usec % 1000000 * 1000 }, ret);
	return 0;
}

static int print_all(struct context *c, struct printer *p, const struct opt_list *names, struct err *e)
{
	if (!names->len)
		return err_set(e, ERR_USAGE, 0, "name a container, or give --latest");
	if (names->len > LOGS_MAX)
		return err_set(e, ERR_LIMIT, 0, "more than %d containers", LOGS_MAX);
	p->several = names->len > 1;
	if (read_stamp(p->r->since, "--since", p->since, e) || read_stamp(p->r->until, "--until", p->until, e))
		return -1;
	for (size_t i = 0; i < names->len; i++)
		if (open_source(c, p, names->item[i], e))
			return -1;
	for (size_t i = 0; i < p->n; i++)
		if (print_source(p, &p->source[i], e))
			return -1;
	(void)fflush(stdout);
	return p->r->follow ? follow(c, p, e) : 0;
}

static int cmd_logs_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct logs_request *r = request;
	auto_free struct printer *p = calloc(1, sizeof(*p));
	auto_opt_list struct opt_list latest = { 0 };
	auto_free char *id = NULL;
	const char *no_color = getenv("NO_COLOR");
	int status;

	if (!p)
		return err_set(e, ERR_SYSTEM, ENOMEM, "logs");
	p->r = r;
	p->safe[0] = !r->raw && isatty(STDOUT_FILENO);
	p->safe[1] = !r->raw && isatty(STDERR_FILENO);
	p->color = r->color >= 0 ? r->color : isatty(STDOUT_FILENO) && !(no_color && *no_color);
	if (r->latest && latest_container(c, operands, &latest, &id, e))
		return -1;
	status = print_all(c, p, r->latest ? &latest : operands, e);
	for (size_t i = 0; i < p->n; i++) {
		log_reader_close(&p->source[i].reader);
		look_done(&p->source[i].look);
	}
	return status;
}

static void logs_prepare(void *request)
{
	((struct logs_request *)request)->color = -1;
}

const struct command cmd_logs = {
	.name = "logs", .operands = "[CONTAINER...]", .group = "Containers", .brief = "show what containers wrote",
	.mode = OPT_MIXED, .tables = logs_tables, .request_size = sizeof(struct logs_request), .prepare = logs_prepare,
	.max_operands = SIZE_MAX, .run = cmd_logs_main,
};
