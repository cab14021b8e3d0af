/* SPDX-License-Identifier: Apache-2.0 */
/* page_parts.c - see page_parts.h. */
#include "audit/report/page_parts.h"

#include <inttypes.h>
#include <string.h>

void part_cell(struct html *h, const char *text)
{
	html_raw(h, "<td>");
	html_text(h, *text ? text : "-");
	html_raw(h, "</td>");
}

void part_number(struct html *h, uint64_t n, const char *look)
{
	html_rawf(h, "<td class=\"n %s\">", look);
	html_number(h, n);
	html_raw(h, "</td>");
}

void part_time(struct html *h, uint64_t ms)
{
	html_raw(h, "<td class=\"t\">");
	html_time(h, ms);
	html_raw(h, "</td>");
}

void part_table(struct html *h, const char *caption, const char *const *heads)
{
	html_rawf(h, "<div class=\"wide\"><table><caption>%s</caption><thead><tr>", caption);
	for (; *heads; heads++)
		html_rawf(h, **heads == '#' ? "<th scope=\"col\" class=\"n\">%s</th>" : "<th scope=\"col\">%s</th>", *heads + (**heads == '#'));
	html_raw(h, "</tr></thead><tbody>\n");
}

void part_table_end(struct html *h)
{
	html_raw(h, "</tbody></table></div>\n");
}

void part_container_id(struct report *p, struct html *h, uint32_t container)
{
	const struct container *c = &p->world->container[container - 1];

	/* Digits and dashes: join.c takes no other. Two nodes may have the same. */
	html_rawf(h, "c-%s", c->uuid);
	if (c->node)
		html_rawf(h, "-%" PRIu32, c->node);
}

bool part_has_person(const struct page *g, uint32_t auid)
{
	for (size_t i = 0; i < g->people; i++)
		if (g->person[i].auid == auid)
			return true;
	return false;
}

void part_person_link(struct report *p, struct html *h, uint32_t auid)
{
	char buf[16];
	bool link = auid != FACTS_UNSET && part_has_person(p->page, auid);

	if (link)
		html_rawf(h, "<a href=\"#p-%" PRIu32 "\">", auid);
	html_text(h, view_person(p, auid, buf));
	html_raw(h, link ? "</a>" : "");
}

void part_container_link(struct report *p, struct html *h, uint32_t container)
{
	const char *name = world_string(p->world, p->world->container[container - 1].name);

	html_raw(h, "<a href=\"#");
	part_container_id(p, h, container);
	html_raw(h, "\">");
	html_text(h, *name ? name : p->world->container[container - 1].uuid);
	html_raw(h, "</a>");
}

static const char *result_word(const struct page_row *r)
{
	return r->result == 'd' ? "denied" : r->result == 'f' ? "failed" : r->result == 's' ? "success" : "-";
}

static void result_cell(struct html *h, const struct page_row *r)
{
	bool bad = r->result == 'd' || r->result == 'f' || r->denied;

	html_rawf(h, bad ? "<td><span class=\"tag bad\">%s</span></td>" : "<td>%s</td>", result_word(r));
}

static void words(struct report *p, struct html *h, const struct page_row *r)
{
	char text[PAGE_WORDS + 8];

	if (r->note)
		html_rawf(h, "<span class=\"tag alarm\">%s</span> ", r->note);
	memcpy(text, r->len ? p->page->text.text + r->at : "", r->len);
	strcpy(text + r->len, r->cut ? "..." : "");
	html_text(h, text);
	if (r->by >= BY_LABEL)
		html_rawf(h, " <span class=\"tag\">by %s</span>", join_by_word(r->by));
}

/* `sections`: with a link to whose section it stands in. data-w, data-c: for the script. */
void part_event(struct report *p, struct html *h, const struct page_row *r, bool sections)
{
	const struct page_slot *s = &p->page->slot[r->slot];
	const char *node = gather_node_name(p->gather, r->node);

	html_rawf(h, "<tr class=\"e%s%s\"", r->denied || r->result == 'd' || r->result == 'f' ? " d" : "", r->note ? " f" : "");
	if (r->known && r->auid != FACTS_UNSET)
		html_rawf(h, " data-w=\"%" PRIu32 "\"", r->auid);
	if (s->container) {
		html_raw(h, " data-c=\"");
		part_container_id(p, h, s->container);
		html_raw(h, "\"");
	}
	html_raw(h, ">");
	part_time(h, r->stamp.sec > UINT64_MAX / 2000 ? UINT64_MAX / 2 : r->stamp.sec * 1000 + r->stamp.ms);
	html_rawf(h, "<td class=\"i\">%" PRIu64 ".%03" PRIu32 ":%" PRIu64 "</td><td class=\"p\">", r->stamp.sec, r->stamp.ms, r->stamp.serial);
	if (r->known)
		part_person_link(p, h, r->auid);
	else
		html_raw(h, "-");
	if (r->known && r->ses != FACTS_UNSET)
		html_rawf(h, "</td><td class=\"n\">%" PRIu32 "</td>", r->ses);
	else
		html_raw(h, "</td><td class=\"n\">-</td>");
	result_cell(h, r);
	if (sections) {
		html_raw(h, "<td>");
		if (s->container)
			part_container_link(p, h, s->container);
		else
			html_raw(h, "-");
		html_raw(h, "</td>");
	}
	html_raw(h, "<td class=\"w\">");
	if (*node) {
		html_text(h, node);
		html_raw(h, ": ");
	}
	words(p, h, r);
	html_raw(h, "</td></tr>\n");
}

const char *const part_event_heads[] = { "Time (UTC)", "Event", "Who", "#Session", "Result", "What", NULL };

void part_events(struct report *p, struct html *h, const struct page_slot *s, const char *how)
{
	const struct page *g = p->page;

	if (!s->n)
		return;
	part_table(h, "Events", part_event_heads);
	for (size_t i = 0; i < s->n; i++)
		part_event(p, h, &g->row[s->from + i], false);
	part_table_end(h);
	if (s->events > s->n) {
		html_raw(h, "<p class=\"more\">");
		html_number(h, s->events - s->n);
		html_raw(h, " of ");
		html_number(h, s->events);
		html_raw(h, " events are not on this page, as a page has a size; <code>secctr report ");
		html_raw(h, how ? how : "container ");
		if (!how)
			html_text(h, p->world->container[s->container - 1].uuid);
		html_raw(h, "</code> shows all.</p>\n");
	}
}

void part_fact(struct html *h, const char *name, const char *text)
{
	if (!*text)
		return;
	html_rawf(h, "<div><dt>%s</dt><dd>", name);
	html_text(h, text);
	html_raw(h, "</dd></div>");
}
