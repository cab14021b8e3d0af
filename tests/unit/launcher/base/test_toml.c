/* SPDX-License-Identifier: Apache-2.0 */
/* test_toml.c - the part of TOML that is read, each item as a line of text; and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/toml.h"

static int note(void *arg, const struct toml_item *i, struct err *e)
{
	struct str *s = arg;

	if (str_addf(s, e, "%u %s%s", i->line, i->table, i->array ? "[]" : "") < 0)
		return -1;
	if (i->kind == TOML_STRING)
		return str_addf(s, e, " %s=\"%s\"\n", i->key, i->text);
	if (i->kind == TOML_BOOL)
		return str_addf(s, e, " %s=%s\n", i->key, i->yes ? "yes" : "no");
	if (i->kind == TOML_INTEGER)
		return str_addf(s, e, " %s=%jd\n", i->key, (intmax_t)i->number);
	if (i->kind == TOML_TABLE)
		return str_add(s, "\n", e);
	if (str_addf(s, e, " %s=", i->key) < 0)
		return -1;
	for (size_t k = 0; k < i->list->len; k++)
		if (str_addf(s, e, "<%s>", i->list->item[k]) < 0)
			return -1;
	return str_add(s, "\n", e);
}

static void reads(void **state)
{
	static const char text[] = "# a comment\r\n\n a = \"x\\t\\\"y\\\\\" # behind\n[t]\n'b c'='d\\e'\n\"q\" = true\nn = 42\n[[u.v]]\n"
				   "l = [ # first\n 'a', \"b\",\n\n 'c' ,\n]\ne=[]\n[w]";
	static const char want[] = "3  a=\"x\t\"y\\\"\n4 t\n5 t b c=\"d\\e\"\n6 t q=yes\n7 t n=42\n8 u.v[]\n9 u.v l=<a><b><c>\n14 u.v e=\n15 w\n";
	auto_str struct str got = { 0 };
	struct err e = { 0 };

	(void)state;
	if (toml_read(text, strlen(text), "f", note, &got, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(got.text, want);
}

static void refuses(void **state)
{
	static const char *const rows[][2] = {
		{ "a", "f:1: no =" }, { "a=", "f:1: a value of no kind" }, { "\na='x", "f:2: a string without its end" }, { "a='x\n'", "f:1: a string without" },
		{ "a=\"\\u0041\"", "f:1: an escape other" }, { "a=\"\\", "f:1: an escape other" }, { "a='''x'''", "several lines" }, { "a=\"\"\"x\"\"\"", "several lines" },
		{ "a=1.5", "neither a string" }, { "a=1979-05-27", "neither a string" }, { "a={b=1}", "no kind" }, { "a.b=1", "dotted" }, { "a=1 b=2", "behind the end" },
		{ "a=[1]", "arrays are of strings" }, { "a=['x'", "without its end" }, { "a=['x' 'y']", "without its end" }, { "a=[['x']]", "arrays are of strings" },
		{ "[t", "without its end" }, { "[[t]", "without its end" }, { "[]", "the name of a table" }, { "['t']", "the name of a table" }, { "[t]x", "behind the end" },
		{ "= 1", "neither a name" }, { "a=True", "neither a string" }, { "a='\xff'", "not UTF-8" }, { "a='\x01'", "without its end" }, { "a=99999999999999999999", "neither" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str struct str got = { 0 };
		struct err e = { 0 };

		if (toml_read(rows[i][0], strlen(rows[i][0]), "f", note, &got, &e) == 0)
			fail_msg("read: %s", rows[i][0]);
		assert_int_equal(e.reason, ERR_INPUT);
		if (!strstr(e.text, rows[i][1]))
			fail_msg("%s: \"%s\" is not \"%s\"", rows[i][0], e.text, rows[i][1]);
	}
	{
		auto_str struct str got = { 0 };
		struct err e = { 0 };

		assert_int_equal(toml_read("a='x'\0", 6, "f", note, &got, &e), -1);
	}
}

static int one(size_t n, const char *front, const char *piece, const char *back, struct err *e)
{
	auto_str struct str text = { 0 }, got = { 0 };

	assert_int_equal(str_add(&text, front, e), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(str_add(&text, piece, e), 0);
	assert_int_equal(str_add(&text, back, e), 0);
	return toml_read(text.text, text.len, "f", note, &got, e);
}

static void limits(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(one(TOML_TEXT_MAX, "a='", "x", "'", &e), 0);
	assert_int_equal(one(TOML_TEXT_MAX + 1, "a='", "x", "'", &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(one(TOML_LIST_MAX, "a=[", "'x',", "]", &e), 0);
	assert_int_equal(one(TOML_LIST_MAX + 1, "a=[", "'x',", "]", &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(one(TOML_FILE_MAX, "", "\n", "", &e), 0);
	assert_int_equal(one(TOML_FILE_MAX + 1, "", "\n", "", &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(reads), cmocka_unit_test(refuses), cmocka_unit_test(limits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
