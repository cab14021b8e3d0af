/* SPDX-License-Identifier: Apache-2.0 */
/* toml.c - see toml.h. */
#include "launcher/base/toml.h"

#include <string.h>

struct reader {
	const char *p, *end;		/* *end is NUL */
	const char *file;
	unsigned line;
	struct str table, key, text;
	struct strv list;
};

static void reader_done(struct reader *r)
{
	str_done(&r->table);
	str_done(&r->key);
	str_done(&r->text);
	strv_done(&r->list);
}

static int wrong(const struct reader *r, const char *what, struct err *e)
{
	return err_set(e, ERR_INPUT, 0, "%s:%u: %s", r->file, r->line, what);
}

static void skip_blanks(struct reader *r)
{
	while (*r->p == ' ' || *r->p == '\t')
		r->p++;
}

/* To the end of the line: nothing but a comment. */
static int end_line(struct reader *r, struct err *e)
{
	skip_blanks(r);
	if (*r->p == '#')
		while (r->p < r->end && *r->p != '\n')
			r->p++;
	if (*r->p == '\r' && r->p[1] == '\n')
		r->p++;
	if (r->p == r->end)
		return 0;
	if (*r->p != '\n')
		return wrong(r, "something behind the end of the value", e);
	r->p++;
	r->line++;
	return 0;
}

/* Blank lines and comments too, between the values of an array. */
static int skip_lines(struct reader *r, struct err *e)
{
	for (;;) {
		skip_blanks(r);
		if (r->p == r->end || !strchr("#\r\n", *r->p))
			return 0;
		if (end_line(r, e) < 0)
			return -1;
	}
}

static void empty(struct str *s)
{
	s->len = 0;
	if (s->text)
		*s->text = '\0';
}

static int put(const struct reader *r, struct str *to, char c, struct err *e)
{
	if (to->len >= TOML_TEXT_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s:%u: more than %d bytes", r->file, r->line, TOML_TEXT_MAX);
	return str_add_bytes(to, &c, 1, e);
}

static int read_escape(struct reader *r, struct str *to, struct err *e)
{
	static const char from[] = "\"\\tnrbf", is[] = "\"\\\t\n\r\b\f";
	const char *at = *r->p ? strchr(from, *r->p) : NULL;

	if (!at)
		return wrong(r, "an escape other than \\\" \\\\ \\t \\n \\r \\b \\f", e);
	r->p++;
	return put(r, to, is[at - from], e);
}

/* A basic string in ", a literal one in '. */
static int read_string(struct reader *r, struct str *to, struct err *e)
{
	const char quote = *r->p++;

	empty(to);
	if (*r->p == quote && r->p[1] == quote)
		return wrong(r, "strings of several lines are not read here", e);
	while (*r->p != quote) {
		if (r->p == r->end || ((unsigned char)*r->p < ' ' && *r->p != '\t'))
			return wrong(r, "a string without its end", e);
		if (*r->p == '\\' && quote == '"') {
			r->p++;
			if (read_escape(r, to, e) < 0)
				return -1;
		} else if (put(r, to, *r->p++, e) < 0) {
			return -1;
		}
	}
	r->p++;
	return str_add(to, "", e);
}

static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static int read_bare(struct reader *r, const char *more, struct str *to, struct err *e)
{
	empty(to);
	while (is_bare(*r->p) || (*r->p && strchr(more, *r->p)))
		if (put(r, to, *r->p++, e) < 0)
			return -1;
	return to->len ? 0 : wrong(r, "neither a name, nor a table, nor a comment", e);
}

static int read_list(struct reader *r, struct err *e)
{
	strv_done(&r->list);
	r->p++;
	for (;;) {
		if (skip_lines(r, e) < 0)
			return -1;
		if (*r->p == ']')
			break;
		if (*r->p != '"' && *r->p != '\'')
			return wrong(r, "arrays are of strings here", e);
		if (r->list.len == TOML_LIST_MAX)
			return err_set(e, ERR_LIMIT, 0, "%s:%u: more than %d strings", r->file, r->line, TOML_LIST_MAX);
		if (read_string(r, &r->text, e) < 0 || strv_add(&r->list, r->text.text, e) < 0 || skip_lines(r, e) < 0)
			return -1;
		if (*r->p == ',')
			r->p++;
		else if (*r->p != ']')
			return wrong(r, "an array without its end", e);
	}
	r->p++;
	return 0;
}

static int read_word(struct reader *r, struct toml_item *item, struct err *e)
{
	uint64_t n;

	if (read_bare(r, "+.:", &r->text, e) < 0)
		return wrong(r, "a value of no kind that is read here", e);
	if (strcmp(r->text.text, "true") == 0 || strcmp(r->text.text, "false") == 0) {
		item->kind = TOML_BOOL;
		item->yes = r->text.text[0] == 't';
		return 0;
	}
	if (str_to_u64(r->text.text, 0, INT64_MAX, "number", &n, e) < 0)
		return wrong(r, "neither a string, nor true or false, nor a number", e);
	item->kind = TOML_INTEGER;
	item->number = (int64_t)n;
	return 0;
}

static int read_value(struct reader *r, struct toml_item *item, struct err *e)
{
	if (*r->p == '"' || *r->p == '\'') {
		item->kind = TOML_STRING;
		return read_string(r, &r->text, e);
	}
	if (*r->p != '[')
		return read_word(r, item, e);
	item->kind = TOML_LIST;
	return read_list(r, e);
}

static int read_key(struct reader *r, struct toml_item *item, struct err *e)
{
	if ((*r->p == '"' || *r->p == '\'' ? read_string(r, &r->key, e) : read_bare(r, "", &r->key, e)) < 0)
		return -1;
	skip_blanks(r);
	if (*r->p != '=')
		return wrong(r, *r->p == '.' ? "dotted keys are not read here" : "no = behind the name", e);
	r->p++;
	skip_blanks(r);
	if (read_value(r, item, e) < 0)
		return -1;
	item->key = r->key.text;
	item->text = r->text.text;
	item->list = &r->list;
	return 0;
}

static int read_table(struct reader *r, struct toml_item *item, struct err *e)
{
	item->kind = TOML_TABLE;
	item->array = r->p[1] == '[';
	r->p += 1 + item->array;
	skip_blanks(r);
	if (read_bare(r, ".", &r->table, e) < 0)
		return wrong(r, "the name of a table is of letters, digits, - _ and . here", e);
	skip_blanks(r);
	if (*r->p != ']' || (item->array && r->p[1] != ']'))
		return wrong(r, "a table's name without its end", e);
	r->p += 1 + item->array;
	return 0;
}

int toml_read(const char *text, size_t len, const char *file, toml_fn *fn, void *arg, struct err *e)
{
	AUTO(reader_done) struct reader r = { .p = text, .end = text + len, .file = file, .line = 1 };

	if (len > TOML_FILE_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: more than %d bytes", file, TOML_FILE_MAX);
	if (!str_is_utf8(text, len))
		return err_set(e, ERR_INPUT, 0, "%s: not UTF-8, or a NUL in it", file);
	if (str_add(&r.table, "", e) < 0)
		return -1;
	for (;;) {
		struct toml_item item = { .file = file };

		if (skip_lines(&r, e) < 0)
			return -1;
		if (r.p == r.end)
			return 0;
		item.line = r.line;
		if ((*r.p == '[' ? read_table(&r, &item, e) : read_key(&r, &item, e)) < 0 || end_line(&r, e) < 0)
			return -1;
		item.table = r.table.text;
		if (fn(arg, &item, e) < 0)
			return -1;
	}
}

int toml_need(const struct toml_item *item, enum toml_kind kind, struct err *e)
{
	static const char *const words[] = { "a table", "a string", "true or false", "a number", "an array of strings" };

	if (item->kind == kind)
		return 0;
	return err_set(e, ERR_INPUT, 0, "%s:%u: %s: not %s", item->file, item->line, item->key ? item->key : item->table, words[kind]);
}
