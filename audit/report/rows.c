/* SPDX-License-Identifier: Apache-2.0 */
/* rows.c - holding rows until their turn, and the text and CSV of an event. JSON is in rows_json.c. */
#include "audit/report/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/report/rows_json.h"

enum { WRAP_LEAST = 40, WRAP_INDENT = 4 };	/* columns beside the front; else so far in */

void rows_done(struct rows *r)
{
	describe_done(&r->describe);
	str_done(&r->text);
	str_done(&r->what);
	str_done(&r->chunk);
	str_done(&r->held);
	str_done(&r->spare);
	free(r->row);
	r->row = NULL;
}

static int write_chunk(struct rows *r, struct err *e)
{
	if (r->chunk.len && fwrite(r->chunk.text, 1, r->chunk.len, r->out) != r->chunk.len)
		return err_set(e, ERR_SYSTEM, errno, "writing the report");
	r->chunk.len = 0;
	return 0;
}

static int put(struct rows *r, const char *text, size_t len, struct err *e)
{
	if (r->format == REPORT_JSON && emit_raw(&r->chunk, r->begun ? ",\n" : "[\n", 2, e))
		return -1;
	r->begun = true;
	if (emit_raw(&r->chunk, text, len, e) || (r->format != REPORT_JSON && EMIT(&r->chunk, "\n", e)))
		return -1;
	return r->chunk.len >= ROWS_CHUNK ? write_chunk(r, e) : 0;
}

static int by_time(const void *a, const void *b)
{
	const struct held_row *x = a, *y = b;
	int c = stamp_compare(&x->stamp, &y->stamp);

	return c ? c : x->order < y->order ? -1 : x->order > y->order;
}

/* Older than `before` (all of them: NULL), in order; the rest stays. */
static int release(struct rows *r, const struct stamp *before, struct err *e)
{
	size_t n = 0, used = 0;

	if (!r->held_n)
		return 0;
	if (r->mixed)
		qsort(r->row, r->held_n, sizeof(*r->row), by_time);
	r->mixed = false;
	while (n < r->held_n && (!before || stamp_compare(&r->row[n].stamp, before) < 0)) {
		if (put(r, r->held.text + r->row[n].at, r->row[n].len, e))
			return -1;
		n++;
	}
	if (!n)
		return 0;
	memmove(r->row, r->row + n, (r->held_n - n) * sizeof(*r->row));
	r->held_n -= n;
	if (r->held_n) {		/* in the order of time is not the order of places: copy the rest together */
		struct str old = r->held;

		r->spare.len = 0;
		for (size_t i = 0; i < r->held_n; i++) {
			used = r->spare.len;
			if (emit_raw(&r->spare, r->held.text + r->row[i].at, r->row[i].len, e))
				return -1;
			r->row[i].at = used;
		}
		r->held = r->spare;
		r->spare = old;
	} else {
		r->held.len = 0;
	}
	return 0;
}

/* The oldest event that may still come; false: none waits. */
static bool oldest_waiting(const struct rows *r, struct stamp *ret)
{
	struct stamp one, other;
	bool a = r->gather && gather_oldest(r->gather, &one), b = r->join && join_oldest(r->join, &other);

	if (a || b)
		*ret = !b || (a && stamp_compare(&one, &other) < 0) ? one : other;
	return a || b;
}

/* In order: nearly always it is the last one, or few are behind it. */
static void insert_row(struct rows *r, const struct held_row *row)
{
	enum { STEPS = 64 };
	size_t at = r->held_n, least = at > STEPS ? at - STEPS : 0;

	while (at > least && stamp_compare(&r->row[at - 1].stamp, &row->stamp) > 0)
		at--;
	if (at && at == least && stamp_compare(&r->row[at - 1].stamp, &row->stamp) > 0) {
		at = r->held_n;
		r->mixed = true;
	}
	memmove(r->row + at + 1, r->row + at, (r->held_n - at) * sizeof(*row));
	r->row[at] = *row;
	r->held_n++;
}

static int hold(struct rows *r, const struct stamp *s, struct err *e)
{
	struct stamp oldest;
	bool waits = oldest_waiting(r, &oldest);

	if (!r->held_n && (!waits || stamp_compare(s, &oldest) <= 0))
		return put(r, r->text.text, r->text.len, e);
	if (r->held_n == r->row_room) {
		size_t room = r->row_room ? r->row_room * 2 : 256;
		struct held_row *more = reallocarray(r->row, room, sizeof(*more));

		if (!more)
			return err_set(e, ERR_SYSTEM, ENOMEM, "rows");
		r->row = more;
		r->row_room = room;
	}
	insert_row(r, &(struct held_row){ *s, r->held.len, r->text.len, r->shown });
	if (emit_raw(&r->held, r->text.text, r->text.len, e))
		return -1;
	if (!waits)
		return release(r, NULL, e);
	if ((r->held_n & 255) == 0 && release(r, &oldest, e))
		return -1;
	return r->held_n >= ROWS_HELD_MAX || r->held.len >= ROWS_HELD_BYTES ? release(r, NULL, e) : 0;
}

static int pad(struct str *to, size_t from, size_t width, struct err *e)
{
	static const char blanks[] = "                                ";

	while (to->len - from < width) {
		size_t n = width - (to->len - from);

		n = n < sizeof(blanks) - 1 ? n : sizeof(blanks) - 1;
		if (emit_raw(to, blanks, n, e))
			return -1;
	}
	return EMIT(to, "  ", e);
}

/* The person: a name, else the number; "unset"; "-" where no record says. */
static struct span who(struct rows *r, const struct facts *x, char number[static 12])
{
	text_id name = x->known ? names_find(r->names, r->world, x->auid) : 0;

	if (!x->known)
		return span_of("-");
	if (x->auid == FACTS_UNSET)
		return span_of("unset");
	if (name)
		return span_of(world_string(r->world, name));
	(void)snprintf(number, 12, "%" PRIu32, x->auid);
	return span_of(number);
}

static const char *container_name(const struct rows *r, const struct verdict *v)
{
	return v->container ? world_string(r->world, v->container->name) : "";
}

const char *rows_address(const struct rows *r, const struct verdict *v)
{
	const struct session *login = v->session ? world_login(r->world, v->session) : NULL;

	return login ? world_string(r->world, login->addr) : "";
}

/* For a terminal: what happened goes on below itself; where that leaves no room, on lines of its own. Nothing is cut. */
static int wrap(struct rows *r, size_t line, size_t at, bool red, struct err *e)
{
	struct str *t = &r->text;
	unsigned front = str_columns(t->text + line) - str_columns(t->text + at);
	bool own = r->width < front + WRAP_LEAST;
	unsigned indent = own ? WRAP_INDENT : front, room = r->width > indent + 1 ? r->width - indent : 1;
	auto_str struct str words = { 0 };
	const char *from;

	if (str_columns(t->text + line) <= r->width)
		return 0;
	if (str_add(&words, t->text + at, e))
		return -1;
	t->len = at;
	for (from = words.text; *from;) {
		size_t n = str_front(from, room), blank;

		/* At a blank, if one is in the second half. */
		for (blank = n; from[n] && blank > n / 2 && from[blank] != ' ';)
			blank--;
		n = from[n] && blank > n / 2 ? blank : n ? n : 1;
		/* A pager takes each line for itself, its colour too. */
		if ((own || from != words.text) && (str_add(t, red ? "\033[0m\n" : "\n", e) || str_addf(t, e, "%*s%s", (int)indent, "", red ? "\033[31m" : "")))
			return -1;
		if (emit_raw(t, from, n, e))
			return -1;
		from += n + (from[n] == ' ');
	}
	return 0;
}

static int text_row(struct rows *r, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct err *e)
{
	const char *result = describe_result(x, v), *node = r->gather ? gather_node_name(r->gather, ev->node) : "";
	bool red = r->colour && (*result == 'd' || *result == 'f' || (v->ours && v->trust == JOIN_FORGED));
	struct str *t = &r->text;
	size_t at = t->len, line;
	char number[12];

	if ((red && EMIT(t, "\033[31m", e)))
		return -1;
	line = at = t->len;
	if (emit_time(t, &ev->stamp, e) || pad(t, at, 24, e) || (at = t->len, emit_id(t, &ev->stamp, e)) || pad(t, at, 22, e))
		return -1;
	at = t->len;
	if (emit_safe(t, who(r, x, number), e) || pad(t, at, 9, e))
		return -1;
	if (x->known && x->ses != FACTS_UNSET ? str_addf(t, e, "%6" PRIu32 "  ", x->ses) : EMIT(t, "     -  ", e))
		return -1;
	at = t->len;
	if (emit_raw(t, *result ? result : "-", *result ? strlen(result) : 1, e) || pad(t, at, 7, e))
		return -1;
	at = t->len;
	if (r->with_container && (emit_safe(t, span_of(*container_name(r, v) ? container_name(r, v) : "-"), e) || pad(t, at, 12, e)))
		return -1;
	at = r->width ? t->len : 0;
	if (*node && (emit_safe(t, span_of(node), e) || EMIT(t, ": ", e)))
		return -1;
	if (emit_raw(t, r->what.text, r->what.len, e))
		return -1;
	if (v->by >= BY_LABEL && str_addf(t, e, " [by %s]", join_by_word(v->by)))
		return -1;
	if (r->width && wrap(r, line, at, red, e))
		return -1;
	return red ? EMIT(t, "\033[0m", e) : 0;
}

static int csv_row(struct rows *r, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct err *e)
{
	const char *uuid = v->container ? v->container->uuid : "";
	struct str *t = &r->text;
	char number[12];

	if (emit_time(t, &ev->stamp, e) || EMIT(t, ",", e) || emit_id(t, &ev->stamp, e) || EMIT(t, ",", e) ||
	    emit_cell(t, span_of(r->gather ? gather_node_name(r->gather, ev->node) : ""), e) || EMIT(t, ",", e) ||
	    emit_cell(t, who(r, x, number), e) || EMIT(t, ",", e))
		return -1;
	if ((x->known && x->auid != FACTS_UNSET && emit_u64(t, x->auid, e)) || EMIT(t, ",", e) ||
	    (x->known && x->ses != FACTS_UNSET && emit_u64(t, x->ses, e)) || EMIT(t, ",", e) ||
	    emit_cell(t, span_of(rows_address(r, v)), e) || EMIT(t, ",", e))
		return -1;
	if (emit_cell(t, describe_kind(ev, x), e) || EMIT(t, ",", e) || emit_cell(t, span_of(describe_result(x, v)), e) || EMIT(t, ",", e) ||
	    emit_cell(t, span_of(container_name(r, v)), e) || EMIT(t, ",", e) || emit_cell(t, span_of(uuid), e) || EMIT(t, ",", e))
		return -1;
	if (emit_cell(t, span_of(join_by_word(v->by)), e) || (v->ours && v->trust == JOIN_FORGED ? EMIT(t, ",no,", e) : EMIT(t, ",yes,", e)))
		return -1;
	return emit_cell(t, span_of_str(&r->what), e);
}

static int head(struct rows *r, struct err *e)
{
	struct str *t = &r->chunk;

	if (r->begun || (r->format != REPORT_TEXT && r->format != REPORT_CSV))
		return 0;
	r->begun = true;
	if (r->format == REPORT_CSV)
		return str_add(t, "time,event,node,who,auid,ses,addr,kind,result,container,uuid,by,trusted,what\n", e);
	return str_addf(t, e, "%-24s  %-22s  %-10s %6s  %-7s  ", "TIME", "EVENT", "WHO", "SES", "RESULT") ||
	       (r->with_container && str_addf(t, e, "%-12s  ", "CONTAINER")) || str_add(t, "WHAT\n", e) ? -1 : 0;
}

int rows_event(struct rows *r, const struct gathered *ev, const struct facts *x, const struct verdict *v, const char *note, struct err *e)
{
	bool forged = v->ours != OURS_NOT && v->trust == JOIN_FORGED;
	int n;

	if (head(r, e))
		return -1;
	r->shown++;
	r->untrusted += forged;
	r->text.len = r->what.len = 0;
	if (note && (str_add(&r->what, note, e) || EMIT(&r->what, ": ", e)))
		return -1;
	if (describe_event(&r->describe, ev, x, v, &r->what, e))
		return -1;
	n = r->format == REPORT_TEXT ? text_row(r, ev, x, v, e) : r->format == REPORT_CSV ? csv_row(r, ev, x, v, e) :
	    rows_json(r, ev, x, v, note, e);
	return n || hold(r, &ev->stamp, e) ? -1 : 0;
}

int rows_finding(struct rows *r, const struct stamp *s, uint32_t node, const char *kind, const char *words, struct err *e)
{
	struct line l = { .name = span_of(kind), .stamp = *s };
	struct gathered ev = { .stamp = *s, .node = node, .rec = &l, .n = 1 };
	struct facts x = { .auid = FACTS_UNSET, .ses = FACTS_UNSET };
	struct verdict v = { 0 };
	int n;

	if (head(r, e))
		return -1;
	r->shown++;
	r->text.len = r->what.len = 0;
	if (str_add(&r->what, words, e))
		return -1;
	n = r->format == REPORT_TEXT ? text_row(r, &ev, &x, &v, e) : r->format == REPORT_CSV ? csv_row(r, &ev, &x, &v, e) :
	    rows_json(r, &ev, &x, &v, NULL, e);
	return n || hold(r, s, e) ? -1 : 0;
}

int rows_sync(struct rows *r, struct err *e)
{
	struct stamp oldest;

	if (release(r, oldest_waiting(r, &oldest) ? &oldest : NULL, e) || write_chunk(r, e))
		return -1;
	return fflush(r->out) ? err_set(e, ERR_SYSTEM, errno, "writing the report") : 0;
}

int rows_end(struct rows *r, struct err *e)
{
	return head(r, e) || release(r, NULL, e) ? -1 : 0;
}

int rows_close(struct rows *r, struct err *e)
{
	if (r->format == REPORT_JSON && str_add(&r->chunk, r->begun ? "\n]\n" : "[]\n", e))
		return -1;
	if (write_chunk(r, e))
		return -1;
	return fflush(r->out) || ferror(r->out) ? err_set(e, ERR_SYSTEM, errno, "writing the report") : 0;
}
