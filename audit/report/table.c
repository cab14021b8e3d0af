/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - tables of a report (rows.h): aligned text, CSV, JSON objects. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "audit/report/rows.h"

int table_cell(struct table *t, const char *text, struct err *e)
{
	return strv_add(&t->cells, text, e);
}

int table_number(struct table *t, uint64_t n, struct err *e)
{
	char buf[24];

	(void)snprintf(buf, sizeof(buf), "%" PRIu64, n);
	return strv_add(&t->cells, buf, e);
}

int table_time(struct table *t, uint64_t ms, struct err *e)
{
	auto_str struct str s = { 0 };

	if (!ms)
		return strv_add(&t->cells, "", e);
	if (emit_time(&s, &(struct stamp){ .sec = ms / 1000, .ms = (uint32_t)(ms % 1000) }, e))
		return -1;
	return strv_add(&t->cells, s.text, e);
}

void table_done(struct table *t)
{
	strv_done(&t->cells);
}

static int flush_row(struct rows *r, struct err *e)
{
	if (r->format == REPORT_JSON && str_add(&r->chunk, r->begun ? ",\n" : "[\n", e))
		return -1;
	r->begun = true;
	if (emit_raw(&r->chunk, r->text.text, r->text.len, e) || (r->format != REPORT_JSON && EMIT(&r->chunk, "\n", e)))
		return -1;
	r->text.len = 0;
	if (r->chunk.len < ROWS_CHUNK)
		return 0;
	if (fwrite(r->chunk.text, 1, r->chunk.len, r->out) != r->chunk.len)
		return err_set(e, ERR_SYSTEM, errno, "writing the report");
	r->chunk.len = 0;
	return 0;
}

static int json_cell(struct object *o, const struct column *c, const char *text, struct err *e)
{
	if (!*text)
		return 0;
	if (c->kind == COLUMN_TEXT)
		return object_text(o, c->path, span_of(text), e);
	return object_key(o, c->path, e) || emit_raw(o->to, text, strlen(text), e) ? -1 : 0;
}

static bool same_object(const char *a, const char *b)
{
	size_t n = strcspn(a, ".");

	return n == strcspn(b, ".") && memcmp(a, b, n) == 0;
}

/* People read columns in another order than that of the objects, and each object is written once. */
static int json_row(struct rows *r, const struct table *t, char *const *cells, struct err *e)
{
	uint32_t done = 0;
	struct object o;

	if (object_begin(&o, &r->text, e))
		return -1;
	for (size_t i = 0; i < t->n; i++)
		for (size_t k = i; k < t->n; k++) {
			if (done >> k & 1 || !same_object(t->columns[i].path, t->columns[k].path))
				continue;
			done |= 1u << k;
			if (json_cell(&o, &t->columns[k], cells[k], e))
				return -1;
		}
	return object_end(&o, e);
}

static int csv_line(struct rows *r, const struct table *t, char *const *cells, struct err *e)
{
	for (size_t i = 0; i < t->n; i++) {
		struct span v = span_of(cells ? cells[i] : t->columns[i].path);

		if ((i && EMIT(&r->text, ",", e)) || emit_cell(&r->text, v, e))
			return -1;
	}
	return 0;
}

enum { COLUMNS_MAX = 32, SHRINK_MIN = 8 };

/* Which columns are shown, how wide. */
struct layout {
	unsigned width[COLUMNS_MAX];
	size_t column[COLUMNS_MAX], n;
	bool fits;		/* on a terminal: cells are cut to their width */
};

static int text_line(struct rows *r, const struct table *t, char *const *cells, const struct layout *lay, struct err *e)
{
	auto_str struct str cell = { 0 };

	for (size_t k = 0; k < lay->n; k++) {
		size_t i = lay->column[k], n;
		const char *v = cells ? cells[i] : t->columns[i].head;
		unsigned have;
		bool cut;

		cell.len = 0;
		if (str_add(&cell, "", e) || emit_safe(&cell, span_of(*v ? v : "-"), e))
			return -1;
		have = str_columns(cell.text);
		cut = lay->fits && have > lay->width[k] && lay->width[k] >= SHRINK_MIN;
		n = cut ? str_front(cell.text, lay->width[k] - 3) : cell.len;
		if (emit_raw(&r->text, cell.text, n, e) || (cut && EMIT(&r->text, "...", e)))
			return -1;
		if (cut) {
			cell.text[n] = '\0';
			have = str_columns(cell.text) + 3;
		}
		for (; k + 1 < lay->n && have < lay->width[k] + 2; have++)
			if (EMIT(&r->text, " ", e))
				return -1;
	}
	return 0;
}

/* All columns with their widths; then those that may are cut; then those that may are left out. */
static void lay_out(const struct table *t, const unsigned *width, unsigned room, uint32_t *left_out, struct layout *lay)
{
	uint64_t shrinks;

	for (*left_out = 0;;) {
		size_t last = t->n;

		*lay = (struct layout){ .fits = room };
		shrinks = 0;
		for (size_t i = 0; i < t->n; i++) {
			if (*left_out >> i & 1)
				continue;
			shrinks |= t->columns[i].shrinks ? UINT64_C(1) << lay->n : 0;
			lay->width[lay->n] = width[i];
			lay->column[lay->n++] = i;
			if (t->columns[i].leaves && (last == t->n || t->columns[i].leaves > t->columns[last].leaves))
				last = i;
		}
		if (!room || !str_fit(lay->width, lay->n, shrinks, SHRINK_MIN, room) || last == t->n)
			return;
		*left_out |= 1u << last;
	}
}

static int say_left_out(struct rows *r, const struct table *t, uint32_t left_out, struct err *e)
{
	const char *front = "note: the terminal is too narrow for ";

	for (size_t i = 0; i < t->n; i++) {
		if (!(left_out >> i & 1))
			continue;
		if (str_add(&r->text, front, e) || str_add(&r->text, t->columns[i].head, e))
			return -1;
		front = ", ";
	}
	return str_add(&r->text, "; --format csv has all", e) || flush_row(r, e) ? -1 : 0;
}

static int write_text(struct rows *r, const struct table *t, struct err *e)
{
	unsigned width[COLUMNS_MAX] = { 0 };
	auto_str struct str cell = { 0 };
	struct layout lay;
	uint32_t left_out;

	for (size_t i = 0; i < t->n; i++)
		width[i] = (unsigned)strlen(t->columns[i].head);
	for (size_t i = 0; i < t->cells.len; i++) {
		unsigned have;

		cell.len = 0;
		if (str_add(&cell, "", e) || emit_safe(&cell, span_of(t->cells.item[i]), e))
			return -1;
		have = str_columns(cell.text);
		width[i % t->n] = have > width[i % t->n] ? have : width[i % t->n];
	}
	lay_out(t, width, r->width, &left_out, &lay);
	if (text_line(r, t, NULL, &lay, e) || flush_row(r, e))
		return -1;
	for (size_t i = 0; i < t->cells.len; i += t->n)
		if (text_line(r, t, t->cells.item + i, &lay, e) || flush_row(r, e))
			return -1;
	return left_out ? say_left_out(r, t, left_out, e) : 0;
}

int table_write(struct rows *r, struct table *t, struct err *e)
{
	r->text.len = 0;
	r->shown += t->cells.len / t->n;
	if (r->format == REPORT_TEXT)
		return write_text(r, t, e);
	if (r->format == REPORT_CSV && !t->headed && (csv_line(r, t, NULL, e) || flush_row(r, e)))
		return -1;
	t->headed = true;
	for (size_t i = 0; i < t->cells.len; i += t->n)
		if ((r->format == REPORT_CSV ? csv_line(r, t, t->cells.item + i, e) : json_row(r, t, t->cells.item + i, e)) ||
		    flush_row(r, e))
			return -1;
	return 0;
}
