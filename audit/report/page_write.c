/* SPDX-License-Identifier: Apache-2.0 */
/* page_write.c - the file: head, sections, tables (page.h). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/report/compliance.h"
#include "audit/report/page_parts.h"

static void card(struct html *h, const char *look, uint64_t n, const char *what)
{
	html_rawf(h, "<div class=\"card %s\"><dt>%s</dt><dd>", look, what);
	html_number(h, n);
	html_raw(h, "</dd></div>");
}

static void cards(struct report *p, struct html *h)
{
	const struct page *g = p->page;
	uint64_t boxes = 0, running = 0;

	for (size_t i = 0; i < g->ofs; i++)
		if (g->of[i].events) {
			boxes++;
			running += p->world->container[i].started;
		}
	html_raw(h, "<dl class=\"cards\">");
	card(h, "", boxes, "containers");
	card(h, "", running, "running at the end");
	card(h, "", g->people, g->others ? "people, and more" : "people");
	card(h, "", g->commands, "commands");
	card(h, g->denied ? "bad" : "good", g->denied, "denied or refused");
	card(h, g->forged + g->odd + g->unattributed ? "alarm" : "good", g->forged + g->odd + g->unattributed, "findings");
	html_raw(h, "</dl>\n");
}

static void check_row(struct html *h, uint64_t n, const char *what, const char *look)
{
	html_rawf(h, "<tr><td><span class=\"tag %s\">%s</span></td>", n ? look : "good", n ? "look" : "good");
	part_number(h, n, "");
	html_rawf(h, "<td class=\"w\">%s</td></tr>\n", what);
}

static void checks(struct report *p, struct html *h)
{
	static const char *const heads[] = { "Result", "#Count", "What was looked for", NULL };
	const struct page *g = p->page;
	uint64_t n;
	const char *what;

	part_table(h, "Can this log be believed?", heads);
	check_row(h, g->forged, "records that claim to be secctr's and were sent by another program: shown as UNTRUSTED, believed in nothing", "alarm");
	check_row(h, g->unattributed, "events in containers without a login UID, or of containers that the log does not tell of", "alarm");
	check_row(h, g->odd, "login UIDs changed after login or set by a program that lets nobody in; records sent from inside a container", "alarm");
	check_row(h, p->gaps.missing, "event numbers that are not in the log: lost, filtered out, or rotated away", "bad");
	check_row(h, join_plain(p->join), "hosts without SELinux: no label vouches for secctr's own records; root with a login UID sent them", "bad");
	for (size_t i = 0; report_note(p, i, &n, &what); i++)
		if (n && strcmp(what, "records claim to be secctr's and are not") != 0) {
			html_raw(h, "<tr><td><span class=\"tag bad\">look</span></td>");
			part_number(h, n, "");
			html_rawf(h, "<td class=\"w\">%s</td></tr>\n", what);
		}
	part_table_end(h);
}

static void narrowed(struct report *p, struct html *h)
{
	const struct report_request *q = p->q;

	if (!q->container && !q->user && !q->start_ms && !q->end_ms)
		return;
	html_raw(h, "<p class=\"only\">Only what concerns");
	if (q->container) {
		html_raw(h, " the container <strong>");
		html_text(h, q->container);
		html_raw(h, "</strong>");
	}
	if (q->user) {
		html_raw(h, q->container ? " and the login <strong>" : " the login <strong>");
		html_text(h, q->user);
		html_raw(h, "</strong>");
	}
	if (q->start_ms || q->end_ms) {
		html_raw(h, q->container || q->user ? ", and the time" : " the time");
		html_raw(h, q->start_ms ? " from " : "");
		if (q->start_ms)
			html_time(h, q->start_ms);
		html_raw(h, q->end_ms ? " to " : "");
		if (q->end_ms)
			html_time(h, q->end_ms);
	}
	html_raw(h, " is on this page.</p>\n");
}

static void head(struct report *p, struct html *h)
{
	html_raw(h, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
	html_rawf(h, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '%s'; script-src '%s'; "
		  "base-uri 'none'; form-action 'none'\">\n", page_css_digest, page_js_digest);
	html_raw(h, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"referrer\" content=\"no-referrer\"><meta name=\"color-scheme\" content=\"light dark\">\n"
		    "<meta name=\"generator\" content=\"secctr " SECCTR_VERSION "\">\n<title>Container audit report");
	if (p->q->host) {
		html_raw(h, ": ");
		html_text(h, p->q->host);
	}
	html_raw(h, "</title>\n<style>");
	html_raw(h, page_css);
	html_raw(h, "</style></head>\n<body>\n<a class=\"skip\" href=\"#summary\">To the summary</a>\n<header><h1>Container audit report</h1>\n<p>");
	if (p->page->events) {
		html_time(h, p->page->first_ms);
		html_raw(h, " to ");
		html_time(h, p->page->last_ms);
		html_raw(h, " UTC");
	} else {
		html_raw(h, "Nothing of containers is in this log");
	}
	html_raw(h, "<br>Made ");
	if (p->q->host) {
		html_raw(h, "on <strong>");
		html_text(h, p->q->host);
		html_raw(h, "</strong> ");
	}
	if (p->q->made_ms) {
		html_raw(h, "at ");
		html_time(h, p->q->made_ms);
		html_raw(h, " UTC ");
	}
	html_raw(h, "by secctr " SECCTR_VERSION " from ");
	html_number(h, gather_counts(p->gather)->lines);
	html_raw(h, " lines of the audit log</p>\n</header>\n");
}

static void navigation(struct html *h)
{
	static const char *const items[][2] = {
		{ "summary", "Summary" }, { "findings", "Findings" }, { "time", "Timeline" }, { "containers", "Containers" },
		{ "people", "People" }, { "images", "Images" }, { "policies", "Policies" }, { "auditing", "Auditing" },
		{ "controls", "Controls" }, { "about", "About" },
	};

	html_raw(h, "<nav aria-label=\"Sections\"><ul>");
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		html_rawf(h, "<li><a href=\"#%s\">%s</a></li>", items[i][0], items[i][1]);
	html_raw(h, "</ul></nav>\n");
	/* The script shows it and fills it: without one it would do nothing. */
	html_raw(h, "<form id=\"filters\" hidden aria-label=\"Filters\">"
		 "<label>Who <select id=\"who\"><option value=\"\">everybody</option></select></label>"
		 "<label>Container <select id=\"container\"><option value=\"\">all</option></select></label>"
		 "<label>Show <select id=\"show\"><option value=\"\">everything</option><option value=\"denied\">denied or failed</option>"
		 "<option value=\"findings\">findings</option></select></label>"
		 "<label>Words <input id=\"text\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\"></label>"
		 "<button type=\"reset\">All</button><output id=\"count\" aria-live=\"polite\"></output></form>\n");
}

static void findings(struct report *p, struct html *h)
{
	static const char *const heads[] = { "Time (UTC)", "Event", "Who", "#Session", "Result", "Container", "What", NULL };
	const struct page *g = p->page;
	uint64_t all = g->forged + g->odd + g->unattributed, shown = 0;

	html_raw(h, "<section id=\"findings\"><h2>Findings</h2>\n");
	if (!all)
		html_raw(h, "<p>None: no forged record, no event without a login behind it, no login UID set where none should be.</p>\n");
	for (size_t i = 0; i < g->rows && shown < PAGE_FINDINGS; i++) {
		const struct page_row *r = &g->row[i];

		if (r->class != PAGE_FOUND || r->slot == SLOT_AUDITING)
			continue;
		if (!shown++)
			part_table(h, "What speaks against the log, or against what was done", heads);
		part_event(p, h, r, true);
	}
	if (shown)
		part_table_end(h);
	if (all > shown) {
		html_raw(h, "<p class=\"more\">");
		html_number(h, all - shown);
		html_raw(h, " more are not listed here; <code>secctr report spoof</code> and <code>secctr report unattributed</code> show all.</p>\n");
	}
	html_raw(h, "</section>\n");
}

static void tally_table(struct report *p, struct html *h, const struct tally *t, const char *const *heads)
{
	if (!t->n) {
		html_raw(h, "<p>None.</p>\n");
		return;
	}
	part_table(h, "Starts, refusals and changes", heads);
	for (size_t i = 0; i < t->n && i < PAGE_TALLIES; i++) {
		const struct tally_row *r = &t->row[i];

		html_raw(h, "<tr><th scope=\"row\">");
		html_text(h, r->name ? world_string(p->world, r->name) : "-");
		html_raw(h, "</th>");
		html_raw(h, "<td class=\"h\">");
		html_text(h, r->detail ? world_string(p->world, r->detail) : "-");
		html_raw(h, "</td>");
		part_number(h, r->starts, "");
		part_number(h, r->refusals, "");
		part_number(h, r->loads, "");
		part_number(h, r->removals, "");
		part_time(h, r->last_ms);
		part_cell(h, world_string(p->world, r->last_who));
		html_raw(h, "</tr>\n");
	}
	part_table_end(h);
	if (t->n > PAGE_TALLIES)
		html_rawf(h, "<p class=\"more\">%zu more are not listed here.</p>\n", t->n - PAGE_TALLIES);
}

static void images_and_policies(struct report *p, struct html *h)
{
	static const char *const images[] = { "Image", "Digest", "#Starts", "#Refused", "#Loads", "#Removals", "Last (UTC)", "Last by", NULL };
	static const char *const policies[] = { "Policy", "File", "#Starts", "#Refused", "#Loads", "#Removals", "Last (UTC)", "Last by", NULL };

	html_raw(h, "<section id=\"images\"><h2>Images</h2>\n");
	tally_table(p, h, &p->tally, images);
	html_raw(h, "</section>\n<section id=\"policies\"><h2>Policies</h2>\n");
	tally_table(p, h, &p->policies, policies);
	html_raw(h, "</section>\n");
}

/* What nobody known by a login did outside of containers, and what changed auditing. */
static void auditing(struct report *p, struct html *h)
{
	const struct page *g = p->page;
	const struct page_slot *s = &g->slot[SLOT_HOST];
	size_t n = 0;

	html_raw(h, "<section id=\"auditing\"><h2>Auditing itself</h2>\n<p>Numbers of events that are missing, auditd's own events, changes of "
		 "audit rules, of SELinux and of the clock.</p>\n");
	part_events(p, h, &g->slot[SLOT_AUDITING], "gaps");
	if (!g->slot[SLOT_AUDITING].n)
		html_raw(h, "<p>None.</p>\n");
	for (size_t i = 0; i < s->n; i++) {
		const struct page_row *r = &g->row[s->from + i];

		if (r->known && r->auid != FACTS_UNSET && part_has_person(g, r->auid))
			continue;
		if (!n++)
			part_table(h, "Outside of containers, of nobody listed above", part_event_heads);
		part_event(p, h, r, false);
	}
	if (n)
		part_table_end(h);
	if (s->events > s->n) {
		html_raw(h, "<p class=\"more\">");
		html_number(h, s->events - s->n);
		html_raw(h, " events outside of containers are not on this page; <code>secctr report timeline</code> shows all.</p>\n");
	}
	html_raw(h, "</section>\n");
}

static void controls(struct report *p, struct html *h)
{
	static const char *const heads[] = { "Standard", "Control", "What is looked for", "#Events", "Seen", NULL };
	const char *standard, *id, *what;

	html_raw(h, "<section id=\"controls\"><h2>Controls</h2>\n<p>How many events were seen that a control asks for. That something was seen "
		 "proves no compliance.</p>\n");
	part_table(h, "Events by control", heads);
	for (size_t i = 0; compliance_control(i, &standard, &id, &what); i++) {
		html_rawf(h, "<tr><td>%s</td><th scope=\"row\">%s</th><td class=\"w\">%s</td>", standard, id, what);
		part_number(h, p->tally.seen[i], "");
		html_rawf(h, "<td><span class=\"tag %s\">%s</span></td></tr>\n", p->tally.seen[i] ? "good" : "", p->tally.seen[i] ? "seen" : "not seen");
	}
	part_table_end(h);
	html_raw(h, "</section>\n");
}

static void about(struct html *h)
{
	html_raw(h, "<section id=\"about\"><h2>About this page</h2>\n"
		 "<p>It was made in one pass over an audit log. Only what the kernel stamped is believed: who (the login UID, which stays the same "
		 "through <code>su</code> and <code>sudo</code>), which session, which SELinux label. Records that speak of containers count when "
		 "they were sent from secctr's own SELinux domains; on a host without SELinux, when root with a login UID sent them. Addresses and "
		 "terminals are those that the login program wrote.</p>\n"
		 "<p>An event came to its container by secctr's own record or by its audit session; where it was the label or the ancestry of the "
		 "process, the line says so. <code>secctr why EVENT</code> and <code>ausearch -a SERIAL</code> show one event in full.</p>\n"
		 "<p>Text from the log is shown as it stands; what a terminal or a browser would obey, and what reorders text, is shown as "
		 "<code>\\x1b</code>. The page loads nothing from anywhere, and its policy forbids it.</p>\n</section>\n");
}

/* Index of SLOT_FIRST.. by the time of the container's first record. */
static int by_first(const void *a, const void *b)
{
	const struct page_order *x = a, *y = b;

	return x->ms != y->ms ? (x->ms < y->ms ? -1 : 1) : x->slot < y->slot ? -1 : x->slot > y->slot;
}

static size_t in_order(struct report *p, struct page_order order[static PAGE_CONTAINERS])
{
	const struct page *g = p->page;
	size_t n = g->slots - SLOT_FIRST;

	for (size_t i = 0; i < n; i++)
		order[i] = (struct page_order){ (uint32_t)(SLOT_FIRST + i), p->world->container[g->slot[SLOT_FIRST + i].container - 1].from_ms };
	qsort(order, n, sizeof(*order), by_first);
	return n;
}

static int chain_sessions(struct report *p, struct err *e)
{
	const struct world *w = p->world;
	struct page *g = p->page;

	g->first_session = calloc(w->containers + 1, sizeof(uint32_t));
	g->next_session = calloc(w->sessions + 1, sizeof(uint32_t));
	if (!g->first_session || !g->next_session)
		return err_set(e, ERR_SYSTEM, ENOMEM, "page");
	for (size_t i = w->sessions; i; i--) {
		uint32_t c = w->session[i - 1].container;

		if (!c)
			continue;
		g->next_session[i - 1] = g->first_session[c - 1];
		g->first_session[c - 1] = (uint32_t)i;
	}
	return 0;
}

int page_write(struct report *p, struct err *e)
{
	static _Thread_local struct page_order order[PAGE_CONTAINERS];
	AUTO(html_done) struct html h = { .out = p->rows.out, .e = e };
	size_t n;

	if (chain_sessions(p, e))
		return -1;
	page_sort(p);
	n = in_order(p, order);
	head(p, &h);
	navigation(&h);
	html_raw(&h, "<main>\n<section id=\"summary\"><h2>Summary</h2>\n");
	narrowed(p, &h);
	cards(p, &h);
	checks(p, &h);
	html_raw(&h, "</section>\n");
	findings(p, &h);
	page_draw(p, &h, order, n);
	page_boxes(p, &h, order, n);
	page_people(p, &h);
	images_and_policies(p, &h);
	auditing(p, &h);
	controls(p, &h);
	about(&h);
	html_raw(&h, "</main>\n<script>");
	html_raw(&h, page_js);
	html_raw(&h, "</script>\n</body></html>\n");
	return html_end(&h);
}
