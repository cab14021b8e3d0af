/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.h - a report's output: events as lines in the order of time, and tables.
 *
 * Events come nearly in order (gather.h, join.h); a row waits until nothing older can come, or until ROWS_HELD_MAX wait.
 * JSON fields are those of the Elastic Common Schema where it has them; secctr-report(1) lists all.
 */
#ifndef SECCTR_AUDIT_REPORT_ROWS_H
#define SECCTR_AUDIT_REPORT_ROWS_H

#include "audit/report/describe.h"
#include "audit/report/object.h"
#include "audit/report/report.h"

enum { ROWS_HELD_MAX = 16384, ROWS_HELD_BYTES = 32 << 20, ROWS_CHUNK = 1 << 16 };

struct rows {
	FILE *out;
	enum report_format format;
	bool colour, with_container;
	unsigned width;			/* of the terminal; 0: lines are as long as they are */
	const struct gather *gather;
	const struct join *join;
	struct world *world;
	struct names *names;
	uint64_t shown, untrusted;
	bool begun;
	struct describe describe;
	struct str text, what, chunk;	/* the row being made; its words; not written yet */
	struct str held, spare;
	struct held_row { struct stamp stamp; size_t at, len; uint64_t order; } *row;
	size_t held_n, row_room;
	bool mixed;			/* `row` is not in order */
};

void rows_done(struct rows *r);

/* `note` stands in front of the words: why a view shows the event; or NULL. */
int rows_event(struct rows *r, const struct gathered *ev, const struct facts *x, const struct verdict *v, const char *note,
	       struct err *e) MUST_CHECK;
/* A finding that is no event of the log. */
int rows_finding(struct rows *r, const struct stamp *s, uint32_t node, const char *kind, const char *words, struct err *e) MUST_CHECK;
/* Everything that is held. */
int rows_end(struct rows *r, struct err *e) MUST_CHECK;
/* The end of the format, and of the file. */
int rows_close(struct rows *r, struct err *e) MUST_CHECK;
/* For a live log: write what can be written. */
int rows_sync(struct rows *r, struct err *e) MUST_CHECK;

/* A table: cells are text that anybody may have written, or numbers. */
struct column {
	const char *head;	/* "STARTED" */
	const char *path;	/* JSON: "event.start" */
	enum { COLUMN_TEXT, COLUMN_NUMBER } kind;
	bool shrinks;		/* where a terminal is too narrow it is cut */
	unsigned leaves;	/* and then left out, the highest first; 0: never */
};
struct table {
	const struct column *columns;
	size_t n;
	bool headed;		/* CSV: its first line is written */
	struct strv cells;	/* row by row; "" is no value */
};
int table_cell(struct table *t, const char *text, struct err *e) MUST_CHECK;
int table_number(struct table *t, uint64_t n, struct err *e) MUST_CHECK;
int table_time(struct table *t, uint64_t ms, struct err *e) MUST_CHECK;	/* 0: empty */
/* Text: all rows at once. The others: what is there, again and again. */
int table_write(struct rows *r, struct table *t, struct err *e) MUST_CHECK;
void table_done(struct table *t);

#endif
