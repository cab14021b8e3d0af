/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - one pass: lines, events, whose they are, what the view shows. */
#include "audit/report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "audit/report/compliance.h"
#include "audit/report/page.h"
#include "audit/report/quick.h"
#include "audit/report/view.h"

static uint64_t in_ms(const struct stamp *s)
{
	return s->sec > UINT64_MAX / 2000 ? UINT64_MAX / 2 : s->sec * 1000 + s->ms;
}

bool report_in_time(const struct report_request *q, const struct stamp *s)
{
	uint64_t ms = in_ms(s);

	return ms >= q->start_ms && (!q->end_ms || ms <= q->end_ms);
}

/* Images and policies by what decided about them. */
static int count_ours(struct report *p, bool image, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct err *e)
{
	struct tally *tally = !image && p->page ? &p->policies : &p->tally;
	const struct body *b = &x->body;
	bool load = span_is(b->op, image ? "image-load" : "policy-load") ||
		     (image && span_is(b->op, "image-import"));
	bool removal = image && span_is(b->op, "image-remove");
	bool decided = span_is(b->op, "create") || span_is(b->op, "decide"), starts = span_is(b->op, "start");
	struct span key = image ? b->path : load ? b->hash : b->policy, detail = image ? b->digest : load ? b->path : (struct span){ "", 0 };
	auto_str struct str name = { 0 }, more = { 0 };
	struct tally_row *r;
	text_id who;

	if (v->ours == OURS_NOT || v->trust == JOIN_FORGED || !(load || removal || decided || starts || x->failed))
		return 0;
	/* A start record does not name the image: its container does. */
	if (image && v->container && !decided)
		key = span_of(world_string(p->world, v->container->image));
	if (!key.len || span_decode(key, &name, e) || span_decode(detail, &more, e))
		return key.len ? -1 : 0;
	if (tally_row(tally, world_text(p->world, name.text, name.len), &r, e))
		return -1;
	r->starts += starts && !x->failed;
	r->refusals += x->failed;
	r->loads += load && !x->failed;
	r->removals += removal && !x->failed;
	r->first_ms = r->first_ms ? r->first_ms : in_ms(&ev->stamp);
	r->last_ms = in_ms(&ev->stamp);
	if (more.len)
		r->detail = world_text(p->world, more.text, more.len);
	who = names_find(&p->names, p->world, x->auid);
	r->last_who = who ? who : r->last_who;
	return 0;
}

static int take(void *context, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct err *e)
{
	struct report *p = context;
	const struct view *view = &views[p->q->view];
	const char *note = NULL;

	if (x->who.len)
		names_learn(&p->names, p->world, x->auid, x->who);
	if (!report_in_time(p->q, &ev->stamp))
		return 0;
	if (p->q->user && !view_is_person(p, p->q->user, x))
		return 0;
	if (p->q->container && !(v->container && v->container->wanted) && !(v->session_of && v->session_of->wanted))
		return 0;
	if (p->q->view == REPORT_COMPLIANCE || p->page)
		compliance_count(&p->tally, ev, x, v);
	if (p->q->view == REPORT_IMAGE || p->q->view == REPORT_POLICY)
		return count_ours(p, p->q->view == REPORT_IMAGE, ev, x, v, e);
	if (p->page)
		return count_ours(p, true, ev, x, v, e) || count_ours(p, false, ev, x, v, e) || page_event(p, ev, x, v, e) ? -1 : 0;
	if (!view->shows || !view->shows(p, ev, x, v, &note))
		return 0;
	return rows_event(&p->rows, ev, x, v, note, e);
}

static int look(void *context, const struct gathered *ev, bool *ret_skip, struct err *e)
{
	struct report *p = context;

	if ((p->q->view == REPORT_GAPS || p->page) && gaps_event(&p->gaps, ev, e))
		return -1;
	*ret_skip = !p->q->slow && quick_skip(p->q, p->world, ev);
	return *ret_skip ? join_left_out(p->join, ev, e) : 0;
}

static int gathered(void *context, const struct gathered *ev, struct err *e)
{
	struct report *p = context;

	return join_event(p->join, ev, e);
}

static int gap_found(void *context, uint32_t node, const struct stamp *before, uint64_t from, uint64_t to, struct err *e)
{
	struct report *p = context;
	char words[160];

	if (!report_in_time(p->q, before))
		return 0;
	(void)snprintf(words, sizeof(words), "%" PRIu64 " event number%s not in the log: %" PRIu64 " to %" PRIu64, to - from + 1,
		       to == from ? " is" : "s are", from, to);
	return p->page ? page_finding(p, before, node, words, e) : rows_finding(&p->rows, before, node, "GAP", words, e);
}

static int pause_reading(void *context, bool silent, struct err *e)
{
	struct report *p = context;

	if (silent && join_flush(p->join, e))
		return -1;
	return rows_sync(&p->rows, e);
}

static int set_up(struct report *p, FILE *out, struct err *e)
{
	const struct report_request *q = p->q;
	const char *login = q->view == REPORT_USER ? q->subject : q->user;
	uint64_t uid;
	struct err ignored;

	if (views[q->view].needs_subject && !q->subject && q->session == REPORT_NO_SESSION)
		return err_set(e, ERR_USAGE, 0, "this view needs to be told of what");
	if ((q->view == REPORT_OVERVIEW) != (q->format == REPORT_HTML))
		return err_set(e, ERR_USAGE, 0, q->format == REPORT_HTML ?
			       "--format html tells the whole log, not a view; --container, --user, --start and --end make it shorter" :
			       "overview: is a page; give --format html");
	if (q->view == REPORT_WHY && !line_stamp(span_of(q->subject), &p->why))
		return err_set(e, ERR_USAGE, 0, "%.64s: no event id; one looks like 1795439650.628:3", q->subject);
	p->subject_uid = login && str_to_u64(login, 0, UINT32_MAX - 1, "login", &uid, &ignored) == 0 ? (uint32_t)uid : FACTS_UNSET;
	if (gather_new(gathered, p, &p->gather, e) ||
	    join_new(take, p, q->view == REPORT_CONTAINER ? q->subject : q->container, &p->join, e) ||
	    names_init(&p->names, q->names, q->names_context, e) || (q->view == REPORT_OVERVIEW && page_new(&p->page, e)))
		return -1;
	p->world = join_world(p->join);
	quick_way(q, &p->way);
	gather_look(p->gather, look, &p->way, q->ahead);
	p->gaps = (struct gaps){ .fn = gap_found, .context = p };
	p->rows = (struct rows){ .out = out, .format = q->format, .colour = q->colour, .width = q->width, .with_container = views[q->view].with_container,
				 .gather = p->gather, .join = p->join, .world = p->world, .names = &p->names };
	if (q->follow)
		gather_live(p->gather, pause_reading);
	return 0;
}

static void report_done(struct report *p)
{
	rows_done(&p->rows);
	gaps_done(&p->gaps);
	page_free(p->page);
	tally_done(&p->tally);
	tally_done(&p->policies);
	names_done(&p->names);
	join_free(p->join);
	gather_free(p->gather);
}

bool report_note(const struct report *p, size_t i, uint64_t *ret_n, const char **ret_words)
{
	const struct gather_counts *n = gather_counts(p->gather);
	const struct { uint64_t n; const char *words; } rows[] = {
		{ p->rows.untrusted, "records claim to be secctr's and are not" },
		{ n->bad, "lines are no audit records" },
		{ n->cut, "events had more records than a report keeps" },
		{ n->inputs_damaged, "packed files are damaged, and were read up to there" },
		{ n->steps_back, "times the clock went back" },
		{ p->world->sessions_forgotten, "sessions were forgotten: more than a report keeps" },
		{ p->world->containers_untold, "records of containers beyond those that a report keeps" },
		{ p->world->texts_lost, "names did not fit" },
	};

	if (i >= ARRAY_LEN(rows))
		return false;
	*ret_n = rows[i].n;
	*ret_words = rows[i].words;
	return true;
}

/* For people. */
static int notes(struct report *p, struct err *e)
{
	const char *words;
	uint64_t n;

	if (p->q->format != REPORT_TEXT)
		return 0;
	if (join_plain(p->join) && p->rows.shown && str_add(&p->rows.chunk, "note: no SELinux label vouches for secctr's own records; "
							    "they were sent by root with a login UID\n", e))
		return -1;
	for (size_t i = 0; report_note(p, i, &n, &words); i++)
		if (n && str_addf(&p->rows.chunk, e, "note: %" PRIu64 " %s\n", n, words))
			return -1;
	return 0;
}

static int not_found(const struct report *p, struct err *e)
{
	const struct report_request *q = p->q;
	uint64_t lines = gather_counts(p->gather)->lines;

	if (q->view == REPORT_OVERVIEW)
		return err_set(e, ERR_NOTFOUND, 0, "the audit log (%" PRIu64 " lines) has nothing of %s%.128s%s%.128s in that time", lines,
			       q->container ? "container " : "", q->container ? q->container : "",
			       q->user ? q->container ? " and login " : "login " : "", q->user ? q->user : "");
	if (q->view == REPORT_SESSION)
		return err_set(e, ERR_NOTFOUND, 0, "the audit log (%" PRIu64 " lines) has no record of session %" PRIu32, lines, q->session);
	return err_set(e, ERR_NOTFOUND, 0, "the audit log (%" PRIu64 " lines) has no record of %s %.128s", lines,
		       q->view == REPORT_CONTAINER ? "container" : q->view == REPORT_USER ? "login" : "event", q->subject);
}

int report_run(const struct report_request *q, const struct report_input *in, FILE *out, struct report_summary *ret, struct err *e)
{
	AUTO(report_done) struct report p = { .q = q };

	if (set_up(&p, out, e))
		return -1;
	for (size_t i = 0; i < in->n; i++)
		if (gather_read(p.gather, in->fd[i], e))
			return -1;
	if (gather_flush(p.gather, e) || join_flush(p.join, e) || ((q->view == REPORT_GAPS || p.page) && gaps_end(&p.gaps, e)))
		return -1;
	if (p.page)
		p.rows.shown = p.page->events, p.rows.untrusted = p.page->forged;
	if (p.page && (q->container || q->user) && !p.rows.shown)
		return not_found(&p, e);
	if (views[q->view].needs_subject && !p.rows.shown)
		return not_found(&p, e);
	if ((views[q->view].end && views[q->view].end(&p, e)) || (views[q->view].shows ? rows_end(&p.rows, e) : 0) || notes(&p, e) ||
	    rows_close(&p.rows, e))
		return -1;
	if (ret)
		*ret = (struct report_summary){ gather_counts(p.gather)->lines, gather_counts(p.gather)->bad, p.rows.shown, p.rows.untrusted };
	return 0;
}
