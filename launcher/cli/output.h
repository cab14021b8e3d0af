/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - what commands show: --format, tables, JSON, times and sizes on standard output.
 *
 * A command that has a --format makes one JSON object for each row, names its columns, and calls output_rows(): that
 * is a table, JSON, or the template of the person who asks, and nothing of it is the command's own. All text in tables
 * and templates goes through str_add_safe(): names, commands and references come from people and images, and a
 * terminal obeys what it is sent.
 */
#ifndef SECCTR_CLI_OUTPUT_H
#define SECCTR_CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/base/template.h"

enum {
	OUTPUT_COLUMNS_MAX = 64,
	OUTPUT_SHRINK_MIN = 8,		/* no column is cut below this */
};

struct output_table {
	const char *const *heads;	/* NULL-terminated */
	struct strv cells;		/* row by row */
	/* Where a terminal is too narrow the widest of these columns is cut, then the next; bits by index. 0: none is. */
	uint64_t shrinks;
};

/* One row: as many texts as heads; NULL is an empty cell. */
int output_row(struct output_table *t, struct err *e, ...) MUST_CHECK;
/* Columns as wide as their widest cell, two blanks between; `no_heads` as --noheading. */
int output_table(const struct output_table *t, bool no_heads, struct err *e) MUST_CHECK;
void output_table_done(struct output_table *t);

/* As podman: indented by four, a newline at the end. Safe for a terminal, and the same JSON. */
int output_json(const json_t *j, struct err *e) MUST_CHECK;

/* For commands that have no objects yet: NULL or "table" is a table, "json" JSON; anything else is ERR_USAGE. */
int output_format(const char *text, bool *ret_json, struct err *e) MUST_CHECK;

enum output_kind { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_TEMPLATE, OUTPUT_TEMPLATE_TABLE };

struct output_form {
	enum output_kind kind;
	struct template *template;
};
void output_form_done(struct output_form *f);
#define auto_output_form AUTO(output_form_done)

/*
 * --format as Podman has it: NULL, "" and "table": the command's own table; "json" and "{{json .}}": JSON; "table TEMPLATE":
 * a table whose columns are parted by \t in the template; else the template, a line each. One that is a text without
 * {{ is ERR_USAGE: Podman would print it for every row.
 */
int output_form_read(const char *text, struct output_form *ret, struct err *e) MUST_CHECK;
/* Whether the member will be shown: always with JSON, never by a table. For what costs to find out. */
bool output_form_uses(const struct output_form *f, const char *member);

/* A column of the command's table, or the heading of a field in "table TEMPLATE". */
struct output_column {
	const char *head;		/* "CONTAINER ID"; NULL ends the list */
	const char *field;		/* member of the row: "ID" */
	bool shrinks;			/* is cut where a terminal is too narrow */
};

struct output_rows {
	const struct output_column *columns;
	const struct output_column *more;	/* headings of fields without a column, or NULL */
	const json_t *json;		/* array of objects */
	const json_t *view;		/* array of as many: what templates and tables show in their place (template.h); or NULL */
	bool no_heads, no_trunc;
};
int output_rows(const struct output_form *f, const struct output_rows *r, struct err *e) MUST_CHECK;

/*
 * The same row by row, for lists of many: `r` without json and view, and output_next() for each (view NULL: as in output_rows()).
 * JSON and lines go out as they come, a table at output_end(). output_list_done() in any case.
 */
struct output_list {
	const struct output_form *form;		/* borrowed, as `rows` is */
	const struct output_rows *rows;
	struct output_table table;
	struct strv heads;			/* of "table TEMPLATE" */
	const char *names[OUTPUT_COLUMNS_MAX + 1];
	size_t columns, len;
};
int output_begin(struct output_list *l, const struct output_form *f, const struct output_rows *r, struct err *e) MUST_CHECK;
int output_next(struct output_list *l, const json_t *row, const json_t *view, struct err *e) MUST_CHECK;
int output_end(struct output_list *l, struct err *e) MUST_CHECK;
void output_list_done(struct output_list *l);
#define auto_output_list AUTO(output_list_done)
/* One document (info, version): JSON, or a template. OUTPUT_TABLE is the caller's. */
int output_object(const struct output_form *f, const json_t *j, struct err *e) MUST_CHECK;

/* Columns of the terminal on standard output; 0: it is none, or does not say. */
unsigned output_width(void);
/* To the terminal's top left corner, and what was there is gone (--watch, stats). Nothing where there is none. */
void output_clear(void);

/* "3 minutes ago"; "2026-11-24T03:00:00.123456Z". `usec` since the epoch. */
void output_ago(int64_t usec, char *buf, size_t n);
void output_time(int64_t usec, char *buf, size_t n);

/* "12.3 MB" in powers of 1000, as podman. */
void output_size(int64_t bytes, char *buf, size_t n);

/* "12.3MB", four digits, as podman's stats; "1h2m3.5s" as Go prints durations. */
void output_size_short(int64_t bytes, char *buf, size_t n);
void output_duration(int64_t nsec, char *buf, size_t n);

#endif
