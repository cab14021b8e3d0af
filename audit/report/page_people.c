/* SPDX-License-Identifier: Apache-2.0 */
/* page_people.c - the people of a page: the list, and a section for each. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/report/page_parts.h"

static int by_events(const void *a, const void *b)
{
	const struct page_pair *x = a, *y = b;

	return x->events != y->events ? (x->events > y->events ? -1 : 1) : x->container < y->container ? -1 : x->container > y->container;
}

static void pair_row(struct report *p, struct html *h, const struct page_pair *r)
{
	const struct page *g = p->page;
	uint32_t slot = g->of[r->container - 1].slot;
	const char *name = world_string(p->world, p->world->container[r->container - 1].name);

	html_raw(h, "<tr><th scope=\"row\">");
	if (slot >= SLOT_FIRST && slot < SLOTS)
		part_container_link(p, h, r->container);
	else
		html_text(h, *name ? name : p->world->container[r->container - 1].uuid);
	html_raw(h, "</th>");
	part_number(h, r->events, "");
	part_number(h, r->commands, "");
	html_rawf(h, "<td class=\"n%s\">", r->denied ? " bad" : "");
	html_number(h, r->denied);
	html_raw(h, "</td></tr>\n");
}

/* g->pair is no table any more: pairs stand together, sorted by person, then by events. */
static void person_containers(struct report *p, struct html *h, const struct page_pair *pair, size_t n)
{
	static const char *const heads[] = { "Container", "#Events", "#Commands", "#Denied", NULL };

	if (!n)
		return;
	part_table(h, "In which containers", heads);
	for (size_t i = 0; i < n && i < PAGE_PERSON_CONTAINERS; i++)
		pair_row(p, h, &pair[i]);
	part_table_end(h);
	if (n > PAGE_PERSON_CONTAINERS || p->page->pairs_lost) {
		html_raw(h, "<p class=\"more\">");
		if (n > PAGE_PERSON_CONTAINERS)
			html_number(h, n - PAGE_PERSON_CONTAINERS);
		html_raw(h, " more containers are not listed here; <code>secctr report user LOGIN</code> shows all.</p>\n");
	}
}

static void person_facts(struct html *h, const struct page_person *who)
{
	const struct { const char *name; uint64_t n; } row[] = {
		{ "Logins", who->logins }, { "Containers started", who->starts }, { "Execs into containers", who->execs },
		{ "Commands in containers", who->commands }, { "Denied or refused", who->denied }, { "Findings", who->found },
	};

	html_raw(h, "<dl class=\"facts\"><div><dt>Seen (UTC)</dt><dd>");
	html_time(h, who->first_ms);
	html_raw(h, " to ");
	html_time(h, who->last_ms);
	html_raw(h, "</dd></div>");
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		html_rawf(h, "<div><dt>%s</dt><dd>", row[i].name);
		html_number(h, row[i].n);
		html_raw(h, "</dd></div>");
	}
	html_raw(h, "</dl>\n");
}

/* What a person did outside of containers: logins, images, policies. */
static void person_events(struct report *p, struct html *h, uint32_t auid)
{
	const struct page *g = p->page;
	const struct page_slot *s = &g->slot[SLOT_HOST];
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct page_row *r = &g->row[s->from + i];

		if (!r->known || r->auid != auid)
			continue;
		if (!n++)
			part_table(h, "Logins, and what else was outside of containers", part_event_heads);
		part_event(p, h, r, false);
	}
	if (n)
		part_table_end(h);
}

static void person_section(struct report *p, struct html *h, const struct page_person *who, const struct page_pair *pair, size_t n)
{
	char buf[16];

	html_rawf(h, "<section class=\"person\" id=\"p-%" PRIu32 "\" data-name=\"", who->auid);
	html_text(h, view_person(p, who->auid, buf));
	html_raw(h, "\"><h3>");
	html_text(h, view_person(p, who->auid, buf));
	html_rawf(h, " <small>login UID %" PRIu32 "</small>", who->auid);
	if (who->found)
		html_rawf(h, " <span class=\"tag alarm\">%" PRIu64 " findings</span>", who->found);
	if (who->denied)
		html_rawf(h, " <span class=\"tag bad\">%" PRIu64 " denied</span>", who->denied);
	html_raw(h, "</h3>\n");
	person_facts(h, who);
	person_containers(p, h, pair, n);
	person_events(p, h, who->auid);
	html_raw(h, "<p class=\"top\"><a href=\"#people\">All people</a></p></section>\n");
}

static int by_person(const void *a, const void *b)
{
	const struct page_pair *x = a, *y = b;

	return x->auid != y->auid ? (x->auid < y->auid ? -1 : 1) : by_events(a, b);
}

static int by_uid(const void *a, const void *b)
{
	const struct page_person *x = a, *y = b;

	return x->auid < y->auid ? -1 : x->auid > y->auid;
}

void page_people(struct report *p, struct html *h)
{
	static const char *const heads[] = { "Login", "#UID", "#Logins", "#Started", "#Execs", "#Commands", "#Denied", "#Findings",
					     "Last seen (UTC)", NULL };
	struct page *g = p->page;
	size_t at = 0, n;

	html_raw(h, "<section id=\"people\"><h2>People</h2>\n");
	if (!g->people)
		html_raw(h, "<p>None.</p>\n");
	else
		part_table(h, "Everybody by the login UID that the kernel stamped", heads);
	qsort(g->person, g->people, sizeof(*g->person), by_uid);
	for (size_t i = 0; i < g->people; i++) {
		const struct page_person *who = &g->person[i];

		html_rawf(h, "<tr class=\"l\" data-w=\"%" PRIu32 "\"><th scope=\"row\">", who->auid);
		part_person_link(p, h, who->auid);
		html_rawf(h, "</th><td class=\"n\">%" PRIu32 "</td>", who->auid);
		part_number(h, who->logins, "");
		part_number(h, who->starts, "");
		part_number(h, who->execs, "");
		part_number(h, who->commands, "");
		part_number(h, who->denied, who->denied ? "bad" : "");
		part_number(h, who->found, who->found ? "alarm" : "");
		part_time(h, who->last_ms);
		html_raw(h, "</tr>\n");
	}
	if (g->people)
		part_table_end(h);
	if (g->others) {
		html_raw(h, "<p class=\"more\">");
		html_number(h, g->others);
		html_raw(h, " events are of people beyond the first 200 login UIDs; <code>--start</code>, <code>--end</code> and <code>--user</code> make "
			    "a page of fewer.</p>\n");
	}
	html_raw(h, "</section>\n");
	/* Used pairs to the front. */
	for (size_t i = n = 0; g->pair && i < PAGE_PAIRS * 2; i++)
		if (g->pair[i].container)
			g->pair[n++] = g->pair[i];
	if (n)
		qsort(g->pair, n, sizeof(*g->pair), by_person);
	for (size_t i = 0; i < g->people; i++) {
		size_t from;

		while (at < n && g->pair[at].auid < g->person[i].auid)
			at++;
		for (from = at; at < n && g->pair[at].auid == g->person[i].auid;)
			at++;
		person_section(p, h, &g->person[i], at > from ? g->pair + from : NULL, at - from);
	}
}
