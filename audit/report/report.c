/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - the plain timeline: find, pick, gather, print. */
#include "audit/report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/report/describe.h"
#include "audit/report/join.h"
#include "audit/report/scan.h"
#include "launcher/base/cleanup.h"
#include "launcher/base/json.h"

struct gather {
	const struct join *join;
	struct event *event;		/* one for each of join->event */
};

static void gather_done(struct gather *g)
{
	for (size_t i = 0; g->event && i < g->join->events; i++)
		event_done(&g->event[i]);
	free(take_ptr(&g->event));
}

static int take_line(void *context, const struct scan_line *line, struct err *e)
{
	struct gather *g = context;
	size_t i;

	if (!join_has_event(g->join, &line->stamp, &i))
		return 0;
	return event_add(&g->event[i], line, e);
}

static void time_text(const struct scan_stamp *s, char ret[40])
{
	time_t t = (time_t)s->sec;
	struct tm tm;
	char day[24];

	if (s->sec > 253402300799 || !gmtime_r(&t, &tm) || !strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm))
		(void)snprintf(day, sizeof(day), "?");
	(void)snprintf(ret, 40, "%s.%03uZ", day, s->ms);
}

/* The log's own word, else this host's account of that number, else the number. */
static int who_text(const struct event *ev, struct str *ret, struct err *e)
{
	static _Thread_local uint32_t last = UINT32_MAX;	/* logs name few people, in runs */
	static _Thread_local char name[64];
	char room[16384];
	struct passwd pw, *found = NULL;

	if (!ev->known)
		return str_add(ret, "-", e);
	if (ev->auid == UINT32_MAX)
		return str_add(ret, "unset", e);
	if (ev->who.len && !str_starts(ev->who.text, "unknown"))	/* "unknown(4242)": deleted since */
		return str_add(ret, ev->who.text, e);
	if (ev->auid != last) {
		name[0] = '\0';
		if (!getpwuid_r(ev->auid, &pw, room, sizeof(room), &found) && found)
			(void)snprintf(name, sizeof(name), "%s", pw.pw_name);
		last = ev->auid;
	}
	return name[0] ? str_add_safe(ret, name, strlen(name), e) : str_addf(ret, e, "%" PRIu32, ev->auid);
}

static int print_json(const struct scan_stamp *s, const struct event *ev, const char *when, const char *id,
		      const char *who, const char *what, FILE *out, struct err *e)
{
	auto_json json_t *o = json_pack("{ss ss si ss ss ss ss sb}", "time", when, "event", id,
					"boot", (int)s->boot, "who", who, "kind", ev->kind,
					"what", what, "result", ev->result, "trusted", !ev->untrusted);
	auto_free char *text = NULL;

	if (!o)
		return err_set(e, ERR_INTERNAL, 0, "event %s cannot be written as JSON", id);
	if (ev->known && ev->auid != UINT32_MAX && json_object_set_new(o, "auid", json_integer(ev->auid)))
		return err_set(e, ERR_SYSTEM, ENOMEM, "event %s", id);
	if (ev->known && ev->ses != UINT32_MAX && json_object_set_new(o, "ses", json_integer(ev->ses)))
		return err_set(e, ERR_SYSTEM, ENOMEM, "event %s", id);
	if (json_canonical(o, &text, e))
		return -1;
	(void)fprintf(out, "%s\n", text);
	return 0;
}

static int print_event(const struct report_request *q, const struct scan_stamp *s, const struct event *ev,
		       FILE *out, struct err *e)
{
	auto_str struct str who = { 0 }, what = { 0 };
	char when[40], id[64], ses[16] = "-";

	if (who_text(ev, &who, e) || event_text(ev, &what, e) || (!what.len && str_add(&what, ev->kind, e)))
		return -1;
	time_text(s, when);
	(void)snprintf(id, sizeof(id), "%" PRIu64 ".%03u:%" PRIu64, s->sec, s->ms, s->serial);
	if (q->format == REPORT_JSON)
		return print_json(s, ev, when, id, who.text, what.text, out, e);
	if (ev->known && ev->ses != UINT32_MAX)
		(void)snprintf(ses, sizeof(ses), "%" PRIu32, ev->ses);
	(void)fprintf(out, "%s  %-22s  %-10s %6s  %-7s  %s\n", when, id, who.text, ses,
		      ev->result[0] ? ev->result : "-", what.text);
	return 0;
}

static int print_all(const struct report_request *q, const struct join *j, const struct event *event, FILE *out,
		     struct report_summary *sum, struct err *e)
{
	if (q->format == REPORT_TEXT)
		(void)fprintf(out, "%-24s  %-22s  %-10s %6s  %-7s  %s\n", "TIME", "EVENT", "WHO", "SES", "RESULT", "WHAT");
	for (size_t i = 0; i < j->events; i++) {
		if (print_event(q, &j->event[i], &event[i], out, e))
			return -1;
		sum->untrusted += event[i].untrusted;
	}
	sum->events = j->events;
	if (q->format == REPORT_TEXT && j->plain)
		(void)fprintf(out, "note: no SELinux label vouches for secctr's own records; they were sent by root "
			      "with a login UID\n");
	if (q->format == REPORT_TEXT && sum->untrusted)
		(void)fprintf(out, "note: %zu records claim to be secctr's and are not\n", sum->untrusted);
	if (fflush(out) || ferror(out))
		return err_set(e, ERR_SYSTEM, errno, "writing the report");
	return 0;
}

int report_run(const struct report_request *q, FILE *out, struct report_summary *ret, struct err *e)
{
	auto_scan struct scan_input in = { 0 };
	auto_join struct join j = { .q = q };
	AUTO(gather_done) struct gather g = { .join = &j };
	struct report_summary sum = { 0 };
	struct scan_counts counts = { 0 };

	if (!q->container == (q->session == REPORT_NO_SESSION))
		return err_set(e, ERR_USAGE, 0, "give one of --container and --session");
	if (scan_open(&q->inputs, REPORT_LOG_DIR, &in, e) || join_run(&j, &in, &counts, e))
		return -1;
	if (!j.events && q->container)
		return err_set(e, ERR_NOTFOUND, 0, "the audit log (%zu lines) has no record of container %s",
			       counts.lines, q->container);
	if (!j.events)
		return err_set(e, ERR_NOTFOUND, 0, "the audit log (%zu lines) has no record of session %" PRIu32,
			       counts.lines, q->session);
	g.event = calloc(j.events, sizeof(*g.event));
	if (!g.event)
		return err_set(e, ERR_SYSTEM, ENOMEM, "%zu events", j.events);
	if (scan_each(&in, take_line, &g, NULL, e) || print_all(q, &j, g.event, out, &sum, e))
		return -1;
	sum.lines = counts.lines;
	sum.bad_lines = counts.bad;
	if (ret)
		*ret = sum;
	return 0;
}
