/* SPDX-License-Identifier: Apache-2.0 */
/*
 * toml.h - the part of TOML 1.0 that containers' configuration files are written in: tables, arrays of tables, bare and quoted keys, strings
 * of one line, booleans, decimal integers, arrays of strings. Anything else is refused with file:line: dates, floats, inline tables, dotted
 * keys, strings of several lines. (Debian has no C library for it.)
 *
 * Limits: a file of 1 MiB, names and strings of 4096 bytes, 1024 strings in an array.
 */
#ifndef SECCTR_BASE_TOML_H
#define SECCTR_BASE_TOML_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum { TOML_FILE_MAX = 1 << 20, TOML_TEXT_MAX = 4096, TOML_LIST_MAX = 1024 };

enum toml_kind { TOML_TABLE, TOML_STRING, TOML_BOOL, TOML_INTEGER, TOML_LIST };

/* A head of a table ("[a.b]", "[[a.b]]"), or a key of it with its value. All borrowed for the time of the call. */
struct toml_item {
	enum toml_kind kind;
	const char *file;
	unsigned line;
	const char *table;		/* "a.b"; "" in front of the first */
	bool array;			/* of a TOML_TABLE: [[ ]] */
	const char *key;		/* NULL for a TOML_TABLE */
	const char *text;
	bool yes;
	int64_t number;
	const struct strv *list;
};

/* Calls fn for each in order; a key twice is for fn to find. `file` stands in errors. */
typedef int toml_fn(void *arg, const struct toml_item *item, struct err *e);
int toml_read(const char *text, size_t len, const char *file, toml_fn *fn, void *arg, struct err *e) MUST_CHECK;

/* "FILE:LINE: key: not a string": unless it is of this kind. */
int toml_need(const struct toml_item *item, enum toml_kind kind, struct err *e) MUST_CHECK;

#endif
