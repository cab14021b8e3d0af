/* SPDX-License-Identifier: Apache-2.0 */
/* page.c - what a page keeps of each event, and what it lets go when there are too many (page.h). */
#include "audit/report/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEFT_OUT UINT32_MAX			/* page_of.slot: had to make room for others */
#define YEAR_9999 UINT64_C(253402300799999)	/* no calendar has later ones */

static int no_memory(struct err *e)
{
	return err_set(e, ERR_SYSTEM, ENOMEM, "page");
}

int page_new(struct page **ret, struct err *e)
{
	struct page *g = calloc(1, sizeof(*g));

	if (!g)
		return no_memory(e);
	g->slots = SLOT_FIRST;
	for (size_t i = 0; i < SLOTS; i++)
		g->slot[i].floor = -1;
	*ret = g;
	return 0;
}

void page_free(struct page *g)
{
	if (!g)
		return;
	describe_done(&g->describe);
	str_done(&g->text);
	str_done(&g->words);
	free(g->row);
	free(g->pair);
	free(g->of);
	free(g->first_session);
	free(g->next_session);
	free(g);
}

static uint64_t in_ms(const struct stamp *s)
{
	return s->sec > UINT64_MAX / 2000 ? UINT64_MAX / 2 : s->sec * 1000 + s->ms;
}

static int by_worth(const void *a, const void *b)
{
	const struct page_row *x = a, *y = b;

	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	if (x->class != y->class)
		return x->class > y->class ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* Each section keeps its best `quota` rows, which stand in order. Returns how many rows that are, and their bytes. */
static size_t cut_to(struct page *g, size_t quota, bool really, size_t *ret_bytes)
{
	size_t kept = 0, in_slot = 0, bytes = 0;

	for (size_t i = 0; i < g->rows; i++) {
		const struct page_row *r = &g->row[i];

		in_slot = i && g->row[i - 1].slot == r->slot ? in_slot + 1 : 1;
		if (in_slot > quota) {
			if (really && in_slot == quota + 1) {
				int floor = g->row[i - 1].class;

				g->slot[r->slot].floor = floor > g->slot[r->slot].floor ? floor : g->slot[r->slot].floor;
			}
			continue;
		}
		bytes += r->len;
		/* The row before is compared above, so rows may move only to places that are done with. */
		kept++;
	}
	*ret_bytes = bytes;
	return kept;
}

/* Rows that are to go have `len` UINT32_MAX; the words of the rest are put together. */
static int close_up(struct page *g, struct err *e)
{
	auto_str struct str text = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < g->rows; i++) {
		struct page_row *r = &g->row[i];
		size_t at = text.len;

		if (r->len == UINT32_MAX)
			continue;
		if (r->len && str_add_bytes(&text, g->text.text + r->at, r->len, e))
			return -1;
		r->at = (uint32_t)at;
		g->row[n++] = *r;
	}
	g->rows = n;
	str_done(&g->text);
	g->text = text;
	text = (struct str){ 0 };
	return 0;
}

static int make_room(struct page *g, struct err *e)
{
	size_t quota = PAGE_ROWS, bytes, in_slot = 0;
	uint32_t slot = UINT32_MAX;

	if (g->rows)
		qsort(g->row, g->rows, sizeof(*g->row), by_worth);
	while (quota > 1 && (cut_to(g, quota, false, &bytes) > PAGE_ROWS / 2 || bytes > PAGE_BYTES / 2))
		quota /= 2;
	(void)cut_to(g, quota, true, &bytes);
	for (size_t i = 0; i < g->rows; i++) {
		in_slot = g->row[i].slot == slot ? in_slot + 1 : 1;
		slot = g->row[i].slot;
		if (in_slot > quota)
			g->row[i].len = UINT32_MAX;
	}
	return close_up(g, e);
}

static int of_container(struct page *g, uint32_t container, struct page_of **ret, struct err *e)
{
	size_t more = g->ofs ? g->ofs : 256;
	struct page_of *of;

	if (container <= g->ofs) {
		*ret = &g->of[container - 1];
		return 0;
	}
	while (more < container)
		more *= 2;
	of = reallocarray(g->of, more, sizeof(*of));
	if (!of)
		return no_memory(e);
	memset(of + g->ofs, 0, (more - g->ofs) * sizeof(*of));
	g->of = of;
	g->ofs = more;
	*ret = &g->of[container - 1];
	return 0;
}

struct rank {
	uint32_t slot, found, denied;
	uint64_t last_ms;
};

static int by_rank(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->found != y->found)
		return x->found > y->found ? -1 : 1;
	if (x->denied != y->denied)
		return x->denied > y->denied ? -1 : 1;
	return x->last_ms > y->last_ms ? -1 : x->last_ms < y->last_ms;
}

/* Half of the containers leave; the others move together. */
static int drop_containers(struct page *g, struct err *e)
{
	static _Thread_local struct rank rank[PAGE_CONTAINERS];
	static _Thread_local uint32_t to[SLOTS];
	size_t n = g->slots - SLOT_FIRST, keep = n / 2;

	for (size_t i = 0; i < n; i++) {
		const struct page_of *of = &g->of[g->slot[SLOT_FIRST + i].container - 1];

		rank[i] = (struct rank){ (uint32_t)(SLOT_FIRST + i), of->found, of->denied, of->last_ms };
	}
	qsort(rank, n, sizeof(*rank), by_rank);
	for (size_t i = 0; i < SLOTS; i++)
		to[i] = i < SLOT_FIRST ? (uint32_t)i : UINT32_MAX;
	for (size_t i = 0; i < keep; i++)
		to[rank[i].slot] = 0;
	g->slots = SLOT_FIRST;
	for (size_t i = SLOT_FIRST; i < SLOT_FIRST + n; i++) {
		struct page_of *of = &g->of[g->slot[i].container - 1];

		of->slot = to[i] == UINT32_MAX ? LEFT_OUT : (uint32_t)g->slots;
		if (to[i] == UINT32_MAX)
			continue;
		g->slot[g->slots] = g->slot[i];
		to[i] = (uint32_t)g->slots++;
	}
	for (size_t i = g->slots; i < SLOTS; i++)
		g->slot[i] = (struct page_slot){ .floor = -1 };
	for (size_t i = 0; i < g->rows; i++) {
		struct page_row *r = &g->row[i];

		if (to[r->slot] == UINT32_MAX)
			r->len = UINT32_MAX;
		else
			r->slot = to[r->slot];
	}
	return close_up(g, e);
}

/* *ret is UINT32_MAX where it gets none. */
static int slot_of(struct page *g, uint32_t container, enum page_class class, uint32_t *ret, struct err *e)
{
	struct page_of *of;

	if (of_container(g, container, &of, e))
		return -1;
	/* Who was left out comes back for what matters only: else quiet ones would take turns. */
	if (of->slot == LEFT_OUT && class != PAGE_FOUND && class != PAGE_DENIED) {
		*ret = UINT32_MAX;
		return 0;
	}
	if (!of->slot || of->slot == LEFT_OUT) {
		if (g->slots == SLOTS && drop_containers(g, e))
			return -1;
		of->slot = (uint32_t)g->slots;
		g->slot[g->slots++] = (struct page_slot){ .container = container, .floor = -1 };
	}
	*ret = of->slot;
	return 0;
}

/* In which column of the drawing; it gets wider when the log gets longer. */
static void count_in_time(struct page *g, uint64_t ms, bool denied)
{
	ms = ms < YEAR_9999 ? ms : YEAR_9999;
	if (!g->width_ms) {
		g->base_ms = ms;
		g->width_ms = 1;
	}
	while (ms < g->base_ms || (ms - g->base_ms) / g->width_ms >= PAGE_BUCKETS) {
		uint64_t width = g->width_ms * 2, base = g->base_ms;
		struct { uint32_t events, denied; } old[PAGE_BUCKETS];

		if (ms < base)	/* half of the room in front */
			base = base > width * PAGE_BUCKETS / 2 ? base - width * PAGE_BUCKETS / 2 : 0;
		memcpy(old, g->bucket, sizeof(old));
		memset(g->bucket, 0, sizeof(g->bucket));
		for (size_t i = 0; i < PAGE_BUCKETS; i++) {
			size_t to = (size_t)((g->base_ms + i * g->width_ms - base) / width);

			to = to < PAGE_BUCKETS ? to : PAGE_BUCKETS - 1;
			g->bucket[to].events += old[i].events;
			g->bucket[to].denied += old[i].denied;
		}
		g->base_ms = base;
		g->width_ms = width;
	}
	g->bucket[(ms - g->base_ms) / g->width_ms].events++;
	g->bucket[(ms - g->base_ms) / g->width_ms].denied += denied;
}

/* What an event is, to a page. */
struct kind {
	enum page_class class;
	enum page_mark mark;
	const char *note;
	bool auditing, denied, command, login;
};

static struct page_person *person_of(struct page *g, uint32_t auid)
{
	uint32_t at = auid * 2654435761u % ARRAY_LEN(g->person_slot);

	while (g->person_slot[at] && g->person[g->person_slot[at] - 1].auid != auid)
		at = (at + 1) % ARRAY_LEN(g->person_slot);
	if (!g->person_slot[at]) {
		if (g->people == PAGE_PEOPLE)
			return NULL;
		g->person[g->people] = (struct page_person){ .auid = auid };
		g->person_slot[at] = (uint16_t)++g->people;
	}
	return &g->person[g->person_slot[at] - 1];
}

static int count_pair(struct page *g, uint32_t auid, uint32_t container, const struct kind *k, struct err *e)
{
	uint32_t at = (auid * 2654435761u ^ container * 2246822519u) % (PAGE_PAIRS * 2);

	if (!g->pair && !(g->pair = calloc(PAGE_PAIRS * 2, sizeof(*g->pair))))
		return no_memory(e);
	while (g->pair[at].container && (g->pair[at].auid != auid || g->pair[at].container != container))
		at = (at + 1) % (PAGE_PAIRS * 2);
	if (!g->pair[at].container) {
		if (g->pairs == PAGE_PAIRS) {
			g->pairs_lost++;
			return 0;
		}
		g->pairs++;
		g->pair[at] = (struct page_pair){ .auid = auid, .container = container };
	}
	g->pair[at].events++;
	g->pair[at].commands += k->command;
	g->pair[at].denied += k->denied;
	return 0;
}

static enum page_mark mark_of(const struct facts *x, const struct verdict *v)
{
	if (v->ours != OURS_CONTAINER || v->trust == JOIN_FORGED || x->failed)
		return MARK_NONE;
	return span_is(x->body.op, "start") ? MARK_START : span_is(x->body.op, "stop") ? MARK_STOP :
	       span_is(x->body.op, "exec") ? MARK_EXEC : MARK_NONE;
}

static bool is_begin(const struct facts *x, const struct verdict *v)
{
	return x->user && v->ours == OURS_NOT && (x->user->type == TYPE_USER_LOGIN || x->user->type == TYPE_USER_START) && !x->failed;
}

/* False: the page has no use for it. */
static bool kind_of(struct report *p, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct kind *k)
{
	struct page *g = p->page;
	bool ours = v->ours != OURS_NOT && v->trust != JOIN_FORGED, changes;

	*k = (struct kind){ .denied = x->denial != DENIAL_NONE, .command = v->container && x->execve && !join_launcher(x), .login = is_begin(x, v) };
	if (views[REPORT_SPOOF].shows(p, ev, x, v, &k->note)) {
		if (v->ours != OURS_NOT)
			g->forged++;
		else
			g->odd++;
	} else if (views[REPORT_UNATTRIBUTED].shows(p, ev, x, v, &k->note)) {
		g->unattributed++;
	}
	changes = views[REPORT_GAPS].shows(p, ev, x, v, &k->note);
	k->auditing = changes && !v->container && !k->note && !ours;
	if (!k->note && !changes && !views[REPORT_TIMELINE].shows(p, ev, x, v, &k->note))
		return false;
	k->class = k->note ? PAGE_FOUND : (ours && x->user->type != TYPE_VIRT_RESOURCE) || changes || k->login ? PAGE_LIFE :
		   k->denied ? PAGE_DENIED : PAGE_PLAIN;
	k->mark = k->note ? MARK_FOUND : k->denied ? MARK_DENIED : mark_of(x, v);
	return true;
}

static void count_person(struct page *g, const struct facts *x, const struct kind *k, uint64_t ms)
{
	struct page_person *who = person_of(g, x->auid);

	if (!who) {
		g->others++;
		return;
	}
	who->events++;
	who->first_ms = who->first_ms && who->first_ms < ms ? who->first_ms : ms;
	who->last_ms = ms > who->last_ms ? ms : who->last_ms;
	who->logins += k->login;
	who->starts += k->mark == MARK_START;
	who->execs += k->mark == MARK_EXEC;
	who->commands += k->command;
	who->denied += k->denied;
	who->found += k->note != NULL;
}

static int count(struct page *g, const struct facts *x, const struct kind *k, uint32_t container, uint64_t ms, struct err *e)
{
	struct page_of *of;

	g->events++;
	g->commands += k->command;
	g->denied += k->denied;
	g->logins += k->login;
	g->first_ms = g->first_ms && g->first_ms < ms ? g->first_ms : ms;
	g->last_ms = ms > g->last_ms ? ms : g->last_ms;
	if (x->known && x->auid != FACTS_UNSET) {
		count_person(g, x, k, ms);
		if (container && count_pair(g, x->auid, container, k, e))
			return -1;
	}
	if (!container)
		return 0;
	count_in_time(g, ms, k->denied);
	if (of_container(g, container, &of, e))
		return -1;
	of->events++;
	of->commands += k->command;
	of->denied += k->denied;
	of->found += k->note != NULL;
	of->last_ms = ms > of->last_ms ? ms : of->last_ms;
	return 0;
}

/* The words of `g->words`, up to a whole character. */
static int keep_words(struct page *g, struct page_row *r, struct err *e)
{
	size_t n = g->words.len;

	r->cut = n > PAGE_WORDS;
	if (r->cut)
		for (n = PAGE_WORDS; n && ((unsigned char)g->words.text[n] & 0xc0) == 0x80; n--)
			;
	r->at = (uint32_t)g->text.len;
	r->len = (uint32_t)n;
	return n ? str_add_bytes(&g->text, g->words.text, n, e) : 0;
}

static int room_for_one(struct page *g, struct err *e)
{
	if (g->rows == g->row_room && g->row_room < PAGE_ROWS) {
		size_t room = g->row_room ? g->row_room * 2 : 64;
		struct page_row *more;

		room = room < PAGE_ROWS ? room : PAGE_ROWS;
		more = reallocarray(g->row, room, sizeof(*more));
		if (!more)
			return no_memory(e);
		g->row = more;
		g->row_room = room;
	}
	return g->rows == PAGE_ROWS || g->text.len + PAGE_WORDS > PAGE_BYTES ? make_room(g, e) : 0;
}

int page_event(struct report *p, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct err *e)
{
	struct page *g = p->page;
	uint32_t container = v->container ? (uint32_t)(v->container - p->world->container) + 1 : 0, slot;
	uint64_t ms = in_ms(&ev->stamp);
	struct page_row *r;
	struct kind k;

	if (!kind_of(p, ev, x, v, &k))
		return 0;
	if (count(g, x, &k, container, ms, e))
		return -1;
	slot = k.auditing ? SLOT_AUDITING : SLOT_HOST;
	if (container && slot_of(g, container, k.class, &slot, e))
		return -1;
	if (slot == UINT32_MAX)
		return 0;
	g->slot[slot].events++;
	if ((int)k.class > g->slot[slot].floor && room_for_one(g, e))
		return -1;
	if ((int)k.class <= g->slot[slot].floor)	/* making room may have raised it */
		return 0;
	g->words.len = 0;
	if (describe_event(&g->describe, ev, x, v, &g->words, e))
		return -1;
	r = &g->row[g->rows];
	*r = (struct page_row){ .stamp = ev->stamp, .order = g->order++, .note = k.note, .slot = slot, .node = ev->node, .auid = x->auid,
				.ses = x->ses, .class = (uint8_t)k.class, .mark = (uint8_t)k.mark, .by = (uint8_t)v->by,
				.result = (uint8_t)*describe_result(x, v), .known = x->known, .denied = k.denied };
	if (keep_words(g, r, e))
		return -1;
	g->rows++;
	return 0;
}

int page_finding(struct report *p, const struct stamp *s, uint32_t node, const char *words, struct err *e)
{
	struct page *g = p->page;
	struct page_row *r;

	g->slot[SLOT_AUDITING].events++;
	if (g->slot[SLOT_AUDITING].floor < PAGE_FOUND && room_for_one(g, e))
		return -1;
	if (g->slot[SLOT_AUDITING].floor >= PAGE_FOUND)
		return 0;
	g->words.len = 0;
	if (str_add(&g->words, words, e))
		return -1;
	r = &g->row[g->rows];
	*r = (struct page_row){ .stamp = *s, .order = g->order++, .note = "gap", .slot = SLOT_AUDITING, .node = node, .auid = FACTS_UNSET,
				.ses = FACTS_UNSET, .class = PAGE_FOUND, .mark = MARK_FOUND };
	if (keep_words(g, r, e))
		return -1;
	g->rows++;
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct page_row *x = a, *y = b;
	int c;

	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	c = stamp_compare(&x->stamp, &y->stamp);
	return c ? c : x->order < y->order ? -1 : x->order > y->order;
}

void page_sort(struct report *p)
{
	struct page *g = p->page;

	if (g->rows)
		qsort(g->row, g->rows, sizeof(*g->row), by_time);
	for (size_t i = 0; i < g->rows; i++) {
		struct page_slot *s = &g->slot[g->row[i].slot];

		s->from = s->n ? s->from : i;
		s->n++;
	}
}
