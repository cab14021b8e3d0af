/* SPDX-License-Identifier: Apache-2.0 */
/* page_boxes.c - the containers of a page: the list, and a section for each. */
#include <inttypes.h>
#include <string.h>

#include "audit/report/page_parts.h"

static const struct session *login_of(struct report *p, const struct container *c)
{
	const struct session *from = world_session(p->world, c->node, c->boot, c->from_ses);

	return from ? world_login(p->world, from) : NULL;
}

static void state_tag(struct html *h, const struct container *c)
{
	const char *state = view_state(c);
	bool bad = strcmp(state, "refused") == 0 || (strcmp(state, "ended") == 0 && (c->exit > 0 || c->sig));

	html_rawf(h, "<span class=\"tag %s\">%s</span>", bad ? "bad" : strcmp(state, "running") == 0 ? "good" : "", state);
}

static void exit_words(struct html *h, const struct container *c)
{
	if (c->ended && c->ran && c->exit >= 0)
		html_rawf(h, "%" PRId32, c->exit);
	else
		html_raw(h, "-");
}

static void list_row(struct report *p, struct html *h, uint32_t slot)
{
	const struct page *g = p->page;
	uint32_t index = g->slot[slot].container;
	const struct container *c = &p->world->container[index - 1];
	const struct page_of *of = &g->of[index - 1];
	const struct session *login = login_of(p, c);

	html_raw(h, "<tr class=\"l\" data-c=\"");
	part_container_id(p, h, index);
	html_raw(h, "\"><th scope=\"row\">");
	part_container_link(p, h, index);
	html_raw(h, "</th><td class=\"p\">");
	part_person_link(p, h, c->auid);
	html_raw(h, "</td>");
	html_raw(h, "<td class=\"p\">");
	html_text(h, login && login->addr ? world_string(p->world, login->addr) : "-");
	html_raw(h, "</td>");
	html_raw(h, "<td>");
	state_tag(h, c);
	html_raw(h, "</td>");
	part_time(h, c->from_ms);
	part_time(h, c->ended ? c->to_ms : 0);
	html_raw(h, "<td class=\"n\">");
	exit_words(h, c);
	html_raw(h, "</td>");
	part_number(h, of->commands, "");
	part_number(h, of->denied, of->denied ? "bad" : "");
	part_number(h, of->found, of->found ? "alarm" : "");
	part_cell(h, world_string(p->world, c->image));
	html_raw(h, "</tr>\n");
}

static void container_list(struct report *p, struct html *h, const struct page_order *order, size_t n)
{
	static const char *const heads[] = { "Name", "Who", "From", "State", "Started (UTC)", "Ended (UTC)", "#Exit", "#Commands", "#Denied",
					     "#Findings", "Image", NULL };
	uint64_t all = 0;

	for (size_t i = 0; i < p->page->ofs; i++)
		all += p->page->of[i].events > 0;
	html_raw(h, "<section id=\"containers\"><h2>Containers</h2>\n");
	if (all > n) {
		html_raw(h, "<p class=\"more\">");
		html_number(h, n);
		html_raw(h, " of ");
		html_number(h, all);
		html_raw(h, " containers are on this page: those with findings, then those with denials, then those that were seen last. "
			 "<code>secctr report containers</code> lists all; <code>--start</code>, <code>--end</code>, <code>--container</code> "
			 "and <code>--user</code> make a page of fewer.</p>\n");
	}
	if (n) {
		part_table(h, "Every container, in the order of its start", heads);
		for (size_t i = 0; i < n; i++)
			list_row(p, h, order[i].slot);
		part_table_end(h);
	} else {
		html_raw(h, "<p>None.</p>\n");
	}
	html_raw(h, "</section>\n");
}

static void session_words(struct report *p, struct html *h, const struct session *s)
{
	auto_str struct str t = { 0 };
	struct err ignored;

	if (view_session_words(p, &t, s, &ignored) == 0)
		html_text(h, t.text);
}

/* The sessions that are the container's own: its first process's, and one for each exec. */
static void sessions_of(struct report *p, struct html *h, uint32_t index)
{
	const struct world *w = p->world;
	const struct container *c = &w->container[index - 1];
	size_t n = 0;

	html_raw(h, "<div><dt>Sessions</dt><dd><ul>");
	if (c->shared) {
		const struct session *s = world_session(p->world, c->node, c->boot, c->from_ses);
		const struct session unknown = { .ses = c->from_ses, .auid = c->auid, .old_ses = UINT32_MAX };

		html_raw(h, "<li>shared with the login: ");
		session_words(p, h, s ? s : &unknown);
		html_raw(h, "</li>");
	}
	for (uint32_t i = p->page->first_session[index - 1]; i; i = p->page->next_session[i - 1]) {
		if (n++ == PAGE_SESSIONS) {
			html_rawf(h, "<li>and more</li>");
			break;
		}
		html_raw(h, "<li>");
		session_words(p, h, &w->session[i - 1]);
		html_raw(h, "</li>");
	}
	html_raw(h, n || c->shared ? "</ul></dd></div>" : "<li>none of its own in the log</li></ul></dd></div>");
}

static void container_facts(struct report *p, struct html *h, uint32_t index)
{
	const struct container *c = &p->world->container[index - 1];
	const struct session *login = login_of(p, c);
	const struct world *w = p->world;

	html_raw(h, "<dl class=\"facts\"><div><dt>Started by</dt><dd>");
	part_person_link(p, h, c->auid);
	if (login && login->addr) {
		html_raw(h, " from ");
		html_text(h, world_string(w, login->addr));
	}
	html_raw(h, "</dd></div><div><dt>From, to (UTC)</dt><dd>");
	html_time(h, c->from_ms);
	html_raw(h, " to ");
	html_time(h, c->ended ? c->to_ms : 0);
	html_raw(h, "</dd></div>");
	if (c->ended && c->ran) {
		html_raw(h, "<div><dt>Exit</dt><dd>");
		exit_words(h, c);
		if (c->sig)
			html_rawf(h, " by signal %" PRId32, c->sig);
		if (c->reason) {
			html_raw(h, ", ");
			html_text(h, world_string(w, c->reason));
		}
		html_raw(h, "</dd></div>");
	}
	part_fact(h, "Image", world_string(w, c->image));
	part_fact(h, "Digest", world_string(w, c->digest));
	part_fact(h, "Policy", world_string(w, c->policy));
	part_fact(h, "Level", world_string(w, c->level));
	part_fact(h, "Node", gather_node_name(p->gather, c->node));
	part_fact(h, "Vouched for", c->plain ? "by no SELinux label: root with a login UID sent its records" : "by SELinux label");
	sessions_of(p, h, index);
	html_raw(h, "</dl>\n");
}

static void container_section(struct report *p, struct html *h, const struct page_slot *s)
{
	const struct container *c = &p->world->container[s->container - 1];
	const struct page_of *of = &p->page->of[s->container - 1];
	const char *name = world_string(p->world, c->name);

	html_raw(h, "<section class=\"box\" id=\"");
	part_container_id(p, h, s->container);
	html_raw(h, "\" data-name=\"");
	html_text(h, *name ? name : c->uuid);
	html_raw(h, "\"><h3>");
	html_text(h, *name ? name : "(no name)");
	html_raw(h, " <small>");
	html_text(h, c->uuid);
	html_raw(h, "</small> ");
	state_tag(h, c);
	if (of->found)
		html_rawf(h, " <span class=\"tag alarm\">%" PRIu32 " findings</span>", of->found);
	if (of->denied)
		html_rawf(h, " <span class=\"tag bad\">%" PRIu32 " denied</span>", of->denied);
	html_raw(h, "</h3>\n");
	container_facts(p, h, s->container);
	part_events(p, h, &(struct page_slot){ .container = s->container, .from = s->from, .n = s->n, .events = of->events }, NULL);
	html_raw(h, "<p class=\"top\"><a href=\"#containers\">All containers</a></p></section>\n");
}

void page_boxes(struct report *p, struct html *h, const struct page_order *order, size_t n)
{
	container_list(p, h, order, n);
	for (size_t i = 0; i < n; i++)
		container_section(p, h, &p->page->slot[order[i].slot]);
}
