/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - tables, JSON and times on standard output.
 *
 * All text in a table goes through str_add_safe(): names, commands and references come from
 * people and images, and a terminal obeys what it is sent.
 */
#ifndef SECCTR_CLI_OUTPUT_H
#define SECCTR_CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum { OUTPUT_COLUMNS_MAX = 12 };

struct output_table {
	const char *const *heads;	/* NULL-terminated */
	struct strv cells;		/* row by row */
};

/* One row: as many texts as heads; NULL is an empty cell. */
int output_row(struct output_table *t, struct err *e, ...) MUST_CHECK;
/* Columns as wide as their widest cell, two blanks between; `no_heads` as --noheading. */
int output_table(const struct output_table *t, bool no_heads, struct err *e) MUST_CHECK;
void output_table_done(struct output_table *t);

/* As podman: indented by four, a newline at the end. */
int output_json(const json_t *j, struct err *e) MUST_CHECK;

/* --format: NULL or "table" is a table, "json" is JSON; anything else is ERR_USAGE. */
int output_format(const char *text, bool *ret_json, struct err *e) MUST_CHECK;

/* "3 minutes ago"; "2026-11-24T03:00:00.123456Z". `usec` since the epoch. */
void output_ago(int64_t usec, char *buf, size_t n);
void output_time(int64_t usec, char *buf, size_t n);

/* "12.3 MB" in powers of 1000, as podman. */
void output_size(int64_t bytes, char *buf, size_t n);

#endif
