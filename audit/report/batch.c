/* SPDX-License-Identifier: Apache-2.0 */
/* batch.c - see batch.h. */
#include "audit/report/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CARRY_ROOM = LINE_MAX_BYTES + BATCH_CARRY + 2, LINES_FIRST = 64 };

static int no_memory(struct err *e)
{
	return err_set(e, ERR_SYSTEM, ENOMEM, "reading the audit log");
}

void batch_done(struct batch *b)
{
	free(b->buf);
	free(b->record);
	free(b->run);
	free(b->line);
	free(b->facts);
	*b = (struct batch){ 0 };
}

void source_done(struct source *s)
{
	free(s->carry);
	s->carry = NULL;
}

/* Room for one more; what is there stays. */
static bool grow(void **array, size_t *room, size_t n, size_t size)
{
	size_t want = *room ? *room * 2 : LINES_FIRST;
	void *more;

	if (n < *room)
		return true;
	more = reallocarray(*array, want, size);
	if (!more)
		return false;
	*array = more;
	*room = want;
	return true;
}

static bool need_buf(struct batch *b, size_t room)
{
	if (b->room >= room)
		return true;
	free(b->buf);
	b->room = 0;
	b->buf = malloc(room);
	b->room = b->buf ? room : 0;
	return b->buf;
}

static void begin(struct batch *b)
{
	b->bytes = b->lines = b->bad = b->too_long = b->damaged = 0;
	b->records = b->runs = b->len = 0;
	b->end = false;
}

/*
 * Where the last run of whole lines begins: `end` if it is too long to be carried. What is no record is passed over here as in
 * batch_split(): records in front of it and behind it stand together.
 */
static size_t last_run(const char *buf, size_t end)
{
	struct line last = { 0 }, l;
	size_t at = end, begin = end;

	while (at) {
		const char *nl = memrchr(buf, '\n', at - 1);
		size_t from = nl ? (size_t)(nl + 1 - buf) : 0;

		bool record = at - 1 - from <= LINE_MAX_BYTES && line_front(buf + from, at - 1 - from, NULL, &l) && line_stamp(l.id, &l.stamp);

		if (record && begin != end && (!span_same(l.id, last.id) || !span_same(l.node, last.node)))
			return begin;
		if (end - from > BATCH_CARRY)
			return end;
		if (record) {
			last = l;
			begin = from;
		}
		at = from;
	}
	return 0;
}

/* The rest of a line that is too long and counted already stands behind what was carried: it goes. */
static size_t drop_rest(struct source *s, struct batch *b, size_t carried, size_t have)
{
	char *rest = b->buf + carried, *nl = memchr(rest, '\n', have - carried);
	size_t gone = nl ? (size_t)(nl + 1 - rest) : have - carried;

	s->skip = !nl;
	memmove(rest, rest + gone, have - carried - gone);
	return have - gone;
}

/* Behind a read: what of the bytes is this piece's, and what waits for the next one. */
static void cut(struct source *s, struct batch *b, size_t have)
{
	char *nl = have ? memrchr(b->buf, '\n', have) : NULL;
	size_t whole = nl ? (size_t)(nl + 1 - b->buf) : 0;

	if (b->end) {			/* the last line may lack its newline */
		b->len = have;
		return;
	}
	if (have - whole > LINE_MAX_BYTES) {	/* no line is that long: drop up to its end */
		b->lines++;
		b->bad++;
		b->too_long++;
		s->skip = true;
		have = whole;
	}
	b->len = s->live || !whole ? whole : last_run(b->buf, whole);
	s->carried = have - b->len;
	memcpy(s->carry, b->buf + b->len, s->carried);
}

int batch_read(struct source *s, struct batch *b, struct err *e)
{
	size_t room = s->size && s->size < BATCH_BYTES ? s->size + 1 : BATCH_BYTES, carried = s->carried, have;
	ssize_t n;

	begin(b);
	if ((!s->carry && !(s->carry = malloc(CARRY_ROOM))) || !need_buf(b, room + CARRY_ROOM))
		return no_memory(e);
	memcpy(b->buf, s->carry, carried);
	s->carried = 0;
	n = packed_read(s->packed, b->buf + carried, room, e);
	if (n < 0 && e->reason == ERR_INPUT) {
		b->damaged = 1;
		n = 0;
	}
	if (n < 0)
		return -1;
	b->bytes = (uint64_t)n;
	b->end = n == 0;
	have = carried + (size_t)n;
	if (s->skip)
		have = drop_rest(s, b, carried, have);
	cut(s, b, have);
	return 0;
}

int batch_bytes(struct batch *b, const char *bytes, size_t n, struct err *e)
{
	begin(b);
	if (!need_buf(b, n + 1))
		return no_memory(e);
	memcpy(b->buf, bytes, n);
	b->len = n;
	return 0;
}

static bool is_last(const struct line *l)
{
	return l->type == TYPE_PROCTITLE || l->type == TYPE_EOE || l->user || line_kind(l->type) == KIND_DAEMON;
}

/* The record belongs to the run, which may have as many as are kept. */
static inline bool add_record(struct batch *b, struct run *r, enum line_type type, struct span raw, bool again, bool last,
			      const char *line, size_t len, const struct batch_way *way)
{
	r->lines = (uint32_t)b->lines;
	if (r->n == GATHER_RECORDS_MAX) {
		r->cut = true;
		return true;
	}
	if (b->records == b->record_room && !grow((void **)&b->record, &b->record_room, b->records, sizeof(*b->record)))
		return false;
	b->record[b->records++] = (struct record){ line, (uint32_t)len, again ? (uint16_t)(raw.at - line) : 0, again ? (uint16_t)type : TYPE_OTHER };
	r->glance.quiet &= !r->n++;
	r->last = last;
	glance_add(&r->glance, type, raw, way->depth);
	return true;
}

/* What is read of lines: two, as the next run's first record is looked at beside that of the last. */
struct firsts {
	struct line line[2];
	unsigned last;
};

/* l is its first record. */
static int begin_run(struct batch *b, const struct line *l, const struct batch_way *way, struct err *e)
{
	struct run *r;

	if (!grow((void **)&b->run, &b->run_room, b->runs, sizeof(*b->run)))
		return no_memory(e);
	r = &b->run[b->runs++];
	*r = (struct run){ .stamp = l->stamp, .node = l->node, .first = (uint32_t)b->records, .type = l->type };
	glance_begin(&r->glance);
	if (l->user && way->quiet)
		glance_user(&r->glance, l, way->depth);
	return 0;
}

/* A line that does not simply go on with the last run. */
static int other_line(struct batch *b, struct firsts *f, const char *line, size_t len, const struct batch_way *way, struct err *e)
{
	const struct line *first = b->runs ? &f->line[f->last] : NULL;
	struct line *l = &f->line[!f->last];
	bool begins = first && line_call(line, len, first, l) && !span_same(l->id, first->id);

	if (!begins) {
		if (!line_front(line, len, first, l)) {
			b->bad += len > 0;
			return 0;
		}
		begins = !first || (l->id.at != first->id.at && !span_same(l->id, first->id)) || !span_same(l->node, first->node);
		if (begins && !line_stamp(l->id, &l->stamp)) {
			b->bad++;
			return 0;
		}
	}
	if (begins) {
		if (begin_run(b, l, way, e))
			return -1;
		f->last = !f->last;
	}
	return add_record(b, &b->run[b->runs - 1], l->type, line_raw(l), false, is_last(l), line, len, way) ? 0 : no_memory(e);
}

static inline __attribute__((always_inline)) int one_line(struct batch *b, struct firsts *f, const char *line, size_t len,
							  const struct batch_way *way, struct err *e)
{
	enum line_type type;
	struct span raw;

	b->lines++;
	if (len > LINE_MAX_BYTES) {
		b->too_long++;
		b->bad++;
		return 0;
	}
	type = b->runs ? line_again(&f->line[f->last], line, len, &raw) : TYPE_OTHER;
	if (type == TYPE_OTHER)
		return other_line(b, f, line, len, way, e);
	return add_record(b, &b->run[b->runs - 1], type, raw, true, type == TYPE_PROCTITLE, line, len, way) ? 0 : no_memory(e);
}

/* What is wanted whatever the log told before, or most likely. */
static bool is_wanted(const struct run *r, const struct batch_way *way)
{
	const struct glance *g = &r->glance;

	if (!r->last || way->all || !g->calls)
		return r->last && (way->all || !g->quiet);
	return way->labels && g->label && (!way->eventful || g->execve || !glance_uneventful(g));
}

static bool need_ready(struct batch *b, size_t lines, size_t facts)
{
	if (lines > b->line_room) {
		free(b->line);
		b->line_room = 0;
		b->line = malloc(lines * sizeof(*b->line));
		if (!b->line)
			return false;
		b->line_room = lines;
	}
	if (facts > b->facts_room) {
		free(b->facts);
		b->facts_room = 0;
		b->facts = malloc(facts * sizeof(*b->facts));
		if (!b->facts)
			return false;
		b->facts_room = facts;
	}
	return true;
}

static int take_apart(struct batch *b, const struct batch_way *way, struct err *e)
{
	size_t lines = 0, facts = 0;

	for (size_t i = 0; i < b->runs; i++) {
		struct run *r = &b->run[i];

		r->ready = is_wanted(r, way) && facts < BATCH_FACTS && lines + r->n <= BATCH_LINES;
		if (!r->ready)
			continue;
		r->line = (uint32_t)lines;
		r->facts = (uint32_t)facts++;
		lines += r->n;
	}
	if (!need_ready(b, lines, facts))
		return no_memory(e);
	for (size_t i = 0; i < b->runs; i++) {
		struct run *r = &b->run[i];

		if (r->ready) {
			batch_lines(b, r, b->line + r->line);
			facts_read(&(struct gathered){ .rec = b->line + r->line, .n = r->n }, &b->facts[r->facts]);
		}
	}
	return 0;
}

void batch_lines(const struct batch *b, const struct run *r, struct line *ret)
{
	const struct record *record = b->record + r->first;

	/* Each was read so before. */
	for (uint32_t i = 0; i < r->n; i++) {
		if (record[i].type == TYPE_OTHER)
			(void)line_front(record[i].at, record[i].len, i ? ret : NULL, &ret[i]);
		else
			line_same(ret, record[i].at, record[i].len, record[i].raw, (enum line_type)record[i].type, &ret[i]);
		ret[i].stamp = r->stamp;
	}
}

int batch_split(struct batch *b, const struct batch_way *way, struct err *e)
{
	char *line = b->buf, *end = b->buf + b->len, *nl;
	struct firsts f = { 0 };

	for (; line < end && (nl = memchr(line, '\n', (size_t)(end - line))); line = nl + 1)
		if (one_line(b, &f, line, (size_t)(nl - line), way, e))
			return -1;
	if (line < end && one_line(b, &f, line, (size_t)(end - line), way, e))
		return -1;
	return take_apart(b, way, e);
}
