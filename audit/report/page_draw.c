/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_draw.c - the timeline of a page as SVG: events over time, and a bar for each life of a container with what happened in it.
 *
 * Shapes differ, not only colours; each has a title, and the list of containers says the same in words.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/report/page_parts.h"

enum { WIDTH = 1100, LEFT = 170, RIGHT = 20, TOP = 8, COUNTS = 64, AXIS = 26, ROW = 22, BAR = 12, NAME_COLUMNS = 22 };

struct scale {
	uint64_t from, to;	/* ms; to > from */
};

static double x_of(const struct scale *s, uint64_t ms)
{
	double part = ms <= s->from ? 0 : ms >= s->to ? 1 : (double)(ms - s->from) / (double)(s->to - s->from);

	return LEFT + part * (WIDTH - LEFT - RIGHT);
}

static uint64_t row_ms(const struct page_row *r)
{
	return r->stamp.sec > UINT64_MAX / 2000 ? UINT64_MAX / 2 : r->stamp.sec * 1000 + r->stamp.ms;
}

/* About six of them. */
static uint64_t tick_step(const struct scale *s)
{
	static const uint32_t seconds[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
					    86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000 };
	uint64_t span = s->to - s->from;

	for (size_t i = 0; i < ARRAY_LEN(seconds); i++)
		if (span / (seconds[i] * UINT64_C(1000)) <= 7)
			return seconds[i] * UINT64_C(1000);
	return span / 7 + 1;
}

static void tick_text(struct html *h, uint64_t ms, uint64_t step, bool day)
{
	time_t t = (time_t)(ms / 1000);
	char text[40];
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return;
	(void)strftime(text, sizeof(text), step >= 86400000 ? "%e %b %Y" : day ? "%e %b %H:%M:%S" : step < 60000 ? "%H:%M:%S" : "%H:%M", &tm);
	html_raw(h, text);
}

static void axis(struct html *h, const struct scale *s, unsigned bottom)
{
	uint64_t step = tick_step(s), first = (s->from + step - 1) / step * step, day = 0;
	unsigned n = 0;

	for (uint64_t at = first; at <= s->to && n < 16; at += step, n++) {
		double x = x_of(s, at);
		bool new_day = at / 86400000 != day || !n;

		day = at / 86400000;
		html_rawf(h, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%u\"/>", x, x, TOP, bottom);
		html_rawf(h, "<text class=\"tick\" x=\"%.1f\" y=\"%d\">", x, TOP + COUNTS + 17);
		tick_text(h, at, step, new_day);
		html_raw(h, "</text>\n");
	}
}

/* Columns of the counts; those of denials in front. */
static void counts(struct report *p, struct html *h, const struct scale *s)
{
	const struct page *g = p->page;
	uint32_t most = 1;

	for (size_t i = 0; i < PAGE_BUCKETS; i++)
		most = g->bucket[i].events > most ? g->bucket[i].events : most;
	html_rawf(h, "<text class=\"side\" x=\"%d\" y=\"%d\">events, at most ", LEFT - 8, TOP + 12);
	html_number(h, most);
	html_rawf(h, "</text><line class=\"base\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n", LEFT, WIDTH - RIGHT, TOP + COUNTS, TOP + COUNTS);
	for (size_t i = 0; i < PAGE_BUCKETS; i++) {
		uint64_t at = g->base_ms + i * g->width_ms;
		double x = x_of(s, at), w = x_of(s, at + g->width_ms) - x, high = COUNTS * (double)g->bucket[i].events / most,
		       red = COUNTS * (double)g->bucket[i].denied / most;

		if (!g->bucket[i].events)
			continue;
		w = w > 1.5 ? w - 0.5 : 1;
		high = high < 1 ? 1 : high;
		html_rawf(h, "<rect class=\"count\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%" PRIu32 " events</title></rect>",
			  x, TOP + COUNTS - high, w, high, g->bucket[i].events);
		if (g->bucket[i].denied)
			html_rawf(h, "<rect class=\"count-bad\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%" PRIu32
				  " denied</title></rect>", x, TOP + COUNTS - (red < 1.5 ? 1.5 : red), w, red < 1.5 ? 1.5 : red, g->bucket[i].denied);
		html_raw(h, "\n");
	}
}

static void title(struct report *p, struct html *h, const struct container *c, uint64_t from, uint64_t to)
{
	char buf[16];

	html_raw(h, "<title>");
	html_text(h, world_string(p->world, c->name));
	html_raw(h, " by ");
	html_text(h, view_person(p, c->auid, buf));
	html_rawf(h, ": %s, %" PRIu64 ".%03" PRIu64 " s</title>", view_state(c), (to - from) / 1000, (to - from) % 1000);
}

static void bar(struct report *p, struct html *h, const struct scale *s, const struct container *c, unsigned y, uint64_t from, uint64_t to,
		bool running)
{
	double x = x_of(s, from), w = x_of(s, to) - x;
	bool bad = !running && (c->exit > 0 || c->sig);

	html_rawf(h, "<rect class=\"bar %s\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\" rx=\"2\">", running ? "run" : bad ? "bad" : "",
		  x, y + (ROW - BAR) / 2, w < 3 ? 3 : w, BAR);
	title(p, h, c, from, to);
	html_raw(h, "</rect>");
}

static void mark(struct html *h, enum page_mark m, double x, unsigned y)
{
	unsigned middle = y + ROW / 2;

	if (m == MARK_EXEC)
		html_rawf(h, "<circle class=\"m-exec\" cx=\"%.1f\" cy=\"%u\" r=\"3.5\"><title>exec</title></circle>", x, middle);
	else if (m == MARK_DENIED)
		html_rawf(h, "<path class=\"m-bad\" d=\"M%.1f %ul4 8h-8z\"><title>denied</title></path>", x, y + 7);
	else if (m == MARK_FOUND)
		html_rawf(h, "<path class=\"m-alarm\" d=\"M%.1f %ul5 6l-5 6l-5-6z\"><title>finding</title></path>", x, middle - 6);
}

/* Those that would lie on each other once. */
static void marks(struct report *p, struct html *h, const struct scale *s, const struct page_slot *slot, unsigned y)
{
	static const uint8_t in_front[] = { MARK_EXEC, MARK_DENIED, MARK_FOUND };
	const struct page *g = p->page;

	for (size_t k = 0; k < sizeof(in_front); k++) {
		double last = -100;
		unsigned n = 0;

		for (size_t i = 0; i < slot->n && n < PAGE_MARKS; i++) {
			const struct page_row *r = &g->row[slot->from + i];
			double x = x_of(s, row_ms(r));

			if (r->mark != in_front[k] || x - last < 4)
				continue;
			mark(h, r->mark, x, y);
			last = x;
			n++;
		}
	}
}

static void lives(struct report *p, struct html *h, const struct scale *s, const struct page_slot *slot, unsigned y)
{
	const struct container *c = &p->world->container[slot->container - 1];
	const struct page *g = p->page;
	uint64_t from = 0;
	bool any = false;

	for (size_t i = 0; i < slot->n; i++) {
		const struct page_row *r = &g->row[slot->from + i];

		if (r->mark == MARK_START) {
			from = row_ms(r);
		} else if (r->mark == MARK_STOP) {
			bar(p, h, s, c, y, from ? from : s->from, row_ms(r), false);
			from = 0;
			any = true;
		}
	}
	/* Not ended on this page: to the end of what is known. */
	if (from || (!any && c->ran))
		bar(p, h, s, c, y, from ? from : c->from_ms, c->started ? s->to : c->to_ms > from ? c->to_ms : s->to, c->started);
	marks(p, h, s, slot, y);
}

static void row(struct report *p, struct html *h, const struct scale *s, const struct page_slot *slot, unsigned y)
{
	const struct container *c = &p->world->container[slot->container - 1];
	const char *name = world_string(p->world, c->name);
	auto_str struct str safe = { 0 };
	struct err ignored;
	size_t n;

	if (emit_safe(&safe, span_of(*name ? name : c->uuid), &ignored) || !safe.text)
		return;
	n = str_front(safe.text, NAME_COLUMNS);
	html_raw(h, "<a href=\"#");
	part_container_id(p, h, slot->container);
	html_raw(h, "\" data-c=\"");
	part_container_id(p, h, slot->container);
	html_rawf(h, "\"><rect class=\"lane\" x=\"0\" y=\"%u\" width=\"%d\" height=\"%d\"/><text class=\"side\" x=\"%d\" y=\"%u\">", y, WIDTH, ROW,
		  LEFT - 8, y + 15);
	if (safe.text[n])
		strcpy(safe.text + (n > 3 ? n - 3 : 0), "...");
	html_text(h, safe.text);
	html_raw(h, "</text>");
	lives(p, h, s, slot, y);
	html_raw(h, "</a>\n");
}

static void legend(struct html *h)
{
	static const char *const items[][2] = {
		{ "<rect class=\"bar\" y=\"1\" width=\"16\" height=\"10\" rx=\"2\"/>", "ran and ended" },
		{ "<rect class=\"bar run\" y=\"1\" width=\"16\" height=\"10\" rx=\"2\"/>", "running at the end" },
		{ "<rect class=\"bar bad\" y=\"1\" width=\"16\" height=\"10\" rx=\"2\"/>", "ended with an error" },
		{ "<circle class=\"m-exec\" cx=\"8\" cy=\"6\" r=\"3.5\"/>", "exec" },
		{ "<path class=\"m-bad\" d=\"M8 2l4 8h-8z\"/>", "denied or refused" },
		{ "<path class=\"m-alarm\" d=\"M8 0l5 6l-5 6l-5-6z\"/>", "finding" },
	};

	html_raw(h, "<ul class=\"legend\">");
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		html_rawf(h, "<li><svg width=\"17\" height=\"12\" aria-hidden=\"true\">%s</svg> %s</li>", items[i][0], items[i][1]);
	html_raw(h, "</ul>\n");
}

/* What happened in containers, with a little air; false: nothing did. */
static bool find_scale(const struct page *g, struct scale *s)
{
	uint64_t first = UINT64_MAX, last = 0;

	if (!g->width_ms)
		return false;
	for (size_t i = 0; i < PAGE_BUCKETS; i++)
		if (g->bucket[i].events) {
			uint64_t at = g->base_ms + i * g->width_ms;

			first = at < first ? at : first;
			last = at + g->width_ms > last ? at + g->width_ms : last;
		}
	*s = (struct scale){ first, last > first ? last : first + 1 };
	return first <= last;
}

/* The same order as the list's; where there are too many, those with findings and denials, then as they come. */
static size_t choose(const struct page *g, const struct page_order *order, size_t n, const struct page_slot *ret[static PAGE_DRAWN])
{
	size_t left = PAGE_DRAWN, k = 0;
	bool taken[PAGE_CONTAINERS] = { false };

	for (int pass = 0; pass < 3; pass++)
		for (size_t i = 0; i < n && left; i++) {
			const struct page_of *of = &g->of[g->slot[order[i].slot].container - 1];
			bool now = pass == 0 ? of->found : pass == 1 ? of->denied : true;

			if (taken[i] || !now)
				continue;
			taken[i] = true;
			left--;
		}
	for (size_t i = 0; i < n; i++)
		if (taken[i])
			ret[k++] = &g->slot[order[i].slot];
	return k;
}

void page_draw(struct report *p, struct html *h, const struct page_order *order, size_t n)
{
	const struct page_slot *slot[PAGE_DRAWN];
	size_t drawn = choose(p->page, order, n, slot);
	unsigned bottom = TOP + COUNTS + AXIS + (unsigned)drawn * ROW + 4;
	struct scale s;

	html_raw(h, "<section id=\"time\"><h2>Timeline</h2>\n");
	if (!find_scale(p->page, &s)) {
		html_raw(h, "<p>Nothing happened in containers.</p>\n</section>\n");
		return;
	}
	html_rawf(h, "<svg class=\"time\" viewBox=\"0 0 %d %u\" role=\"group\" aria-labelledby=\"time-title time-words\">"
		  "<title id=\"time-title\">Timeline of containers</title><desc id=\"time-words\">Events over time, and a bar for each container "
		  "from its start to its end. The list of containers below says the same in words.</desc>\n", WIDTH, bottom);
	axis(h, &s, bottom - 2);
	counts(p, h, &s);
	for (size_t i = 0; i < drawn; i++)
		row(p, h, &s, slot[i], TOP + COUNTS + AXIS + (unsigned)i * ROW);
	html_raw(h, "</svg>\n");
	legend(h);
	if (drawn < n)
		html_rawf(h, "<p class=\"more\">%zu of %zu containers on this page are drawn: those with findings, then those with denials, then "
			  "the oldest.</p>\n", drawn, n);
	html_raw(h, "</section>\n");
}
