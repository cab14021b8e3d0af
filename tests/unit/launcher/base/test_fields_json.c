/* SPDX-License-Identifier: Apache-2.0 */
/* test_fields_json.c - one table in two directions, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/json.h"
#include "tests/unit/launcher/base/sample.h"

static const char whole[] =
	"{\"count\":18446744073709551615,\"flag\":true,\"inner\":{\"name\":\"inner\"},"
	"\"map\":{\"k\":\"v=w\"},\"number\":-5,\"parts\":[{\"name\":\"first\",\"size\":1},"
	"{\"name\":\"second\"}],\"text\":\"text\",\"tri\":false,\"word\":\"all\",\"words\":[\"a\",\"\"]}";

static int read_sample(const char *text, bool strict, struct strv *unknown, struct sample *s, struct err *e)
{
	auto_json json_t *j = NULL;

	memset(s, 0, sizeof(*s));
	fields_init(sample_fields, s);
	assert_int_equal(json_read(text, strlen(text), "f", &j, e), 0);
	return fields_from_json(sample_fields, j, "f", strict, unknown, s, e);
}

static void written_as_read(void **state)
{
	auto_json json_t *j = NULL, *again = NULL;
	auto_free char *text = NULL, *second = NULL;
	struct sample s, t;
	struct err e = { 0 };

	(void)state;
	sample_fill(&s);
	assert_int_equal(fields_to_json(sample_fields, &s, &j, &e), 0);
	assert_int_equal(json_canonical(j, &text, &e), 0);
	assert_string_equal(text, whole);
	assert_int_equal(read_sample(text, true, NULL, &t, &e), 0);
	assert_int_equal(fields_to_json(sample_fields, &t, &again, &e), 0);
	assert_int_equal(json_canonical(again, &second, &e), 0);
	assert_string_equal(second, whole);
	fields_done(sample_fields, &s);
	fields_done(sample_fields, &t);
}

static void absent_is_not_written(void **state)
{
	auto_json json_t *j = NULL;
	auto_free char *text = NULL;
	struct sample s = { 0 };
	struct err e = { 0 };

	(void)state;
	fields_init(sample_fields, &s);
	assert_int_equal(fields_to_json(sample_fields, &s, &j, &e), 0);
	assert_int_equal(json_canonical(j, &text, &e), 0);
	assert_string_equal(text, "{\"count\":0}");
}

static void refused(void **state)
{
	static const struct {
		const char *name, *text, *says;
	} rows[] = {
		{ "array", "[]", "f: (top): not an object" },
		{ "unknown key", "{\"texd\":1}", "f: texd: unknown key" },
		{ "unknown key below", "{\"parts\":[{\"name\":\"a\",\"x\":1}]}", "f: parts[0].x: unknown key" },
		{ "missing", "{\"parts\":[{\"name\":\"a\"},{\"size\":1}]}", "f: parts[1].name: missing" },
		{ "null where needed", "{\"parts\":[{\"name\":null}]}", "f: parts[0].name: missing" },
		{ "number for text", "{\"text\":1}", "f: text: not a string" },
		{ "text for bool", "{\"flag\":\"true\"}", "f: flag: not true or false" },
		{ "number for tri", "{\"tri\":0}", "f: tri: not true or false" },
		{ "text for number", "{\"number\":\"1\"}", "f: number: not a whole number" },
		{ "real for number", "{\"number\":1.0}", "f: number: not a whole number" },
		{ "2^64-1 for number", "{\"number\":18446744073709551615}", "f: number: not a whole number" },
		{ "the absent number", "{\"number\":-9223372036854775808}", "f: number: not a whole number" },
		{ "negative count", "{\"count\":-1}", "f: count: not a whole number from 0" },
		{ "no such word", "{\"word\":\"ALL\"}", "f: word: not one of \"none\" \"some\" \"all\"" },
		{ "number for word", "{\"word\":1}", "f: word: not one of" },
		{ "text for list", "{\"words\":\"a\"}", "f: words: not an array of strings" },
		{ "number in list", "{\"words\":[\"a\",1]}", "f: words[1]: not a string" },
		{ "null in list", "{\"words\":[null]}", "f: words[0]: not a string" },
		{ "list for map", "{\"map\":[]}", "f: map: not an object of strings" },
		{ "number in map", "{\"map\":{\"k\":1}}", "f: map.k: not a string" },
		{ "= in a key", "{\"map\":{\"a=b\":\"c\"}}", "f: map.a=b: key is empty or has \"=\" in it" },
		{ "empty key", "{\"map\":{\"\":\"c\"}}", "key is empty" },
		{ "text for object", "{\"inner\":\"a\"}", "f: inner: not an object" },
		{ "object for list", "{\"parts\":{}}", "f: parts: not an array" },
		{ "null in a list of objects", "{\"parts\":[null]}", "f: parts[0]: not an object" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { 0 };
		struct sample s;

		if (read_sample(rows[i].text, true, NULL, &s, &e) != -1 || !str_starts(e.text, "f: ") ||
		    !strstr(e.text, rows[i].says))
			fail_msg("%s: \"%s\"", rows[i].name, e.text);
		fields_done(sample_fields, &s);
	}
}

static void null_is_absent(void **state)
{
	struct err e = { 0 };
	struct sample s;

	(void)state;
	assert_int_equal(read_sample("{\"words\":null,\"map\":null,\"text\":null,\"tri\":null}", true, NULL, &s,
				     &e), 0);
	assert_int_equal(s.words.len, 0);
	assert_int_equal(s.tri, -1);
}

static void unknown_keys_are_told(void **state)
{
	auto_strv struct strv unknown = { 0 };
	struct err e = { 0 };
	struct sample s;

	(void)state;
	assert_int_equal(read_sample("{\"x\":{\"y\":1},\"inner\":{\"z\":[]},\"text\":\"t\"}", false, &unknown, &s,
				     &e), 0);
	assert_int_equal(unknown.len, 2);
	assert_string_equal(unknown.item[0], "x");
	assert_string_equal(unknown.item[1], "inner.z");
	assert_string_equal(s.text, "t");
	fields_done(sample_fields, &s);
}

static void limits(void **state)
{
	auto_str struct str many = { 0 }, keys = { 0 };
	auto_strv struct strv unknown = { 0 };
	struct err e = { 0 };
	struct sample s;

	(void)state;
	assert_int_equal(str_add(&many, "{\"words\":[\"\"", &e), 0);
	for (int i = 1; i < FIELD_LIST_MAX; i++)
		assert_int_equal(str_add(&many, ",\"\"", &e), 0);
	assert_int_equal(str_add(&many, "]}", &e), 0);
	assert_int_equal(read_sample(many.text, true, NULL, &s, &e), 0);
	assert_int_equal(s.words.len, FIELD_LIST_MAX);
	fields_done(sample_fields, &s);
	many.len -= 2;
	assert_int_equal(str_add(&many, ",\"\"]}", &e), 0);
	assert_int_equal(read_sample(many.text, true, NULL, &s, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	fields_done(sample_fields, &s);
	for (int i = 0; i < 65; i++)
		assert_int_equal(str_addf(&keys, &e, "%s\"k%0300d\":1", i ? "," : "{", i), 0);
	assert_int_equal(str_add(&keys, "}", &e), 0);
	assert_int_equal(read_sample(keys.text, false, &unknown, &s, &e), 0);
	assert_int_equal(unknown.len, 64);
	assert_int_equal(strlen(unknown.item[0]), 255);
	assert_int_equal(read_sample(keys.text, true, NULL, &s, &e), -1);
}

static void not_written(void **state)
{
	json_t *j = NULL;
	struct err e = { 0 };
	struct sample s;
	struct part p = { 0 };

	(void)state;
	sample_fill(&s);
	s.text[0] = (char)0xff;
	assert_int_equal(fields_to_json(sample_fields, &s, &j, &e), -1);
	assert_non_null(strstr(e.text, "is not UTF-8"));
	s.text[0] = 't';
	s.count = UINT64_MAX - 1;
	assert_int_equal(fields_to_json(sample_fields, &s, &j, &e), -1);
	assert_string_equal(e.text, "count: number too large for JSON");
	s.count = 1;
	s.word = 3;
	assert_int_equal(fields_to_json(sample_fields, &s, &j, &e), -1);
	assert_string_equal(e.text, "word: value 3 has no word");
	s.word = 0;
	assert_int_equal(strv_add(&s.map, "k=again", &e), 0);
	assert_int_equal(fields_to_json(sample_fields, &s, &j, &e), -1);
	assert_string_equal(e.text, "map: key \"k\" appears twice");
	fields_done(sample_fields, &s);
	assert_int_equal(fields_to_json(part_fields, &p, &j, &e), -1);
	assert_string_equal(e.text, "name: missing");
	assert_null(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_as_read), cmocka_unit_test(absent_is_not_written),
		cmocka_unit_test(refused), cmocka_unit_test(null_is_absent),
		cmocka_unit_test(unknown_keys_are_told), cmocka_unit_test(limits), cmocka_unit_test(not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
