/* SPDX-License-Identifier: Apache-2.0 */
/* test_json.c - documents that two programs could read differently are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/json.h"

struct refusal {
	const char *name, *text;
	size_t len;
	const char *says;
};
#define R(name, text, says) { name, text, sizeof(text) - 1, says }

static void refused(void **state)
{
	static const struct refusal rows[] = {
		R("nothing", "", "f:1: "), R("blank", " ", "f:1: "), R("cut", "{\"a\":", "f:1: "),
		R("key twice", "{\"user\":0,\n\"user\":1}", "f:2: "),
		R("same key, escaped", "{\"a\":1,\"\\u0061\":2}", "duplicate"),
		R("key twice below", "{\"x\":[{\"a\":1,\"a\":1}]}", "duplicate"),
		R("trailing text", "{} x", "end of file"), R("second document", "{}{}", "end of file"),
		R("trailing NUL", "{}\0", "f:1: "), R("NUL in a string", "[\"a\0b\"]", "f:1: "),
		R("NUL after a number", "[1\0]", "f:1: "),
		R("escaped NUL", "[\"a\\u0000b\"]", "\\u0000"), R("escaped NUL in a key", "{\"\\u0000\":1}", "\\u0000"),
		R("overlong UTF-8", "[\"\xc0\xaf\"]", "decode byte"), R("invalid UTF-8", "[\"\xff\"]", "decode byte"),
		R("UTF-8 surrogate", "[\"\xed\xa0\x80\"]", "decode byte"), R("lone surrogate", "[\"\\ud800\"]", "Unicode"),
		R("byte order mark", "\xef\xbb\xbf{}", "f:1: "), R("comment", "{/* */}", "f:1: "),
		R("line comment", "[1] // x", "f:1: "), R("single quotes", "['a']", "f:1: "),
		R("trailing comma", "[1,]", "f:1: "), R("control character", "[\"a\nb\"]", "f:1: "),
		R("NaN", "[NaN]", "f:1: "), R("Infinity", "[Infinity]", "f:1: "), R("plus", "[+1]", "f:1: "),
		R("leading zero", "[01]", "f:1: "), R("hexadecimal", "[0x10]", "f:1: "),
		R("bare string", "\"a\"", "f:1: "), R("bare number", "1", "f:1: "), R("bare null", "null", "f:1: "),
		R("2^63", "[9223372036854775808]", "too big"), R("below -2^63", "[-9223372036854775809]", "too big"),
		R("2^64", "[\n18446744073709551616]", "f:"), R("2^64-1 negative", "[-18446744073709551615]", "too big"),
		R("2^64-1 as real", "[18446744073709551615.0]", "out of range"),
		R("2^64-1 as printed", "[1.8446744073709552e19]", "out of range"),
		R("2^64-1 and a digit", "[184467440737095516150]", "too big"),
		R("real of 2^63", "[9223372036854775808.0]", "out of range"), R("endless real", "[1e999]", "out of range"),
		R("long number", "[1111111111111111111111111111111111111111111111111111111111111111]", "64 digits"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_json json_t *j = NULL;
		struct err e = { 0 };

		if (json_read(rows[i].text, rows[i].len, "f", &j, &e) != -1 || j ||
		    !strstr(e.text, rows[i].says))
			fail_msg("%s: \"%s\"", rows[i].name, e.text);
	}
}

static void nested(int depth, char open, char shut, bool good)
{
	auto_str struct str s = { 0 };
	auto_json json_t *j = NULL;
	struct err e = { 0 };

	for (int i = 0; i < depth; i++)
		assert_int_equal(str_addf(&s, &e, i && open == '{' ? "\"[\":%c" : "%c", open), 0);
	for (int i = 0; i < depth; i++)
		assert_int_equal(str_addf(&s, &e, "%c", shut), 0);
	assert_int_equal(json_read(s.text, s.len, "f", &j, &e), good ? 0 : -1);
	if (!good)
		assert_int_equal(e.reason, ERR_LIMIT);
}

static void depth_at_n_and_one_past(void **state)
{
	(void)state;
	nested(JSON_DEPTH, '[', ']', true);
	nested(JSON_DEPTH + 1, '[', ']', false);
	nested(JSON_DEPTH, '{', '}', true);
	nested(JSON_DEPTH + 1, '{', '}', false);
	nested(1000000, '[', ']', false);
}

static void size_at_n_and_one_past(void **state)
{
	auto_free char *text = malloc(JSON_BYTES_MAX + 1);
	auto_json json_t *j = NULL;
	struct err e = { 0 };

	(void)state;
	memset(text, ' ', JSON_BYTES_MAX + 1);
	text[0] = '[';
	text[1] = ']';
	assert_int_equal(json_read(text, JSON_BYTES_MAX, "f", &j, &e), 0);
	json_decref(take_ptr(&j));
	assert_int_equal(json_read(text, JSON_BYTES_MAX + 1, "f", &j, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

static void round_trip(const char *text)
{
	auto_json json_t *j = NULL, *again = NULL;
	auto_free char *canonical = NULL, *pretty = NULL;
	struct err e = { 0 };

	if (json_read(text, strlen(text), "f", &j, &e))
		fail_msg("%s: %s", text, e.text);
	assert_int_equal(json_canonical(j, &canonical, &e), 0);
	assert_string_equal(canonical, text);
	assert_int_equal(json_pretty(j, &pretty, &e), 0);
	assert_int_equal(json_read(pretty, strlen(pretty), "pretty", &again, &e), 0);
	assert_true(json_equal(j, again));
}

static void canonical_text(void **state)
{
	(void)state;
	round_trip("{\"a\":1,\"b\":[true,null,\"\xc3\xa9\"],\"c\":{\"d\":\"}]\\\"\"}}");
	round_trip("[9223372036854775807,-9223372036854775808,18446744073709551615,0.5]");
	round_trip("[\"18446744073709551615\",\"1.8446744073709552e19\",18446744073709551615]");
	round_trip("{\"1.8446744073709552e19\":18446744073709551615,\"\\\\\":18446744073709551615}");

	auto_json json_t *j = json_pack("{s:i,s:i}", "b", 1, "a", 2);
	auto_free char *canonical = NULL, *pretty = NULL;
	struct err e = { 0 };

	assert_int_equal(json_canonical(j, &canonical, &e), 0);
	assert_string_equal(canonical, "{\"a\":2,\"b\":1}");
	assert_int_equal(json_pretty(j, &pretty, &e), 0);
	assert_string_equal(pretty, "{\n    \"b\": 1,\n    \"a\": 2\n}");
}

static void unsigned_numbers(void **state)
{
	static const char text[] = "[0,9223372036854775807,18446744073709551615,-1,0.5,\"1\",null]";
	static const uint64_t values[] = { 0, INT64_MAX, UINT64_MAX };
	auto_json json_t *j = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(json_read(text, sizeof(text) - 1, "f", &j, &e), 0);
	for (size_t i = 0; i < json_array_size(j); i++) {
		uint64_t value = 7;
		int rc = json_to_u64(json_array_get(j, i), &value);

		assert_int_equal(rc, i < ARRAY_LEN(values) ? 0 : -1);
		assert_true(value == (i < ARRAY_LEN(values) ? values[i] : 7));
	}
	assert_null(json_from_u64((uint64_t)INT64_MAX + 1));
	assert_null(json_from_u64(UINT64_MAX - 1));
}

/* What a terminal would obey is escaped, and reads back the same; the big number lives on, wherever it stands. */
static void text_for_people(void **state)
{
	static const char text[] = "{\"z\":[18446744073709551615,1,\"\xc2\x9b\xe2\x80\xae\x7f\\u001b\xc3\xbc\"],\"a\":18446744073709551615}";
	auto_json json_t *j = NULL, *again = NULL;
	auto_free char *line = NULL, *pretty = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(json_read(text, strlen(text), "f", &j, &e), 0);
	assert_int_equal(json_line(j, &line, &e), 0);
	assert_string_equal(line, "{\"z\":[18446744073709551615,1,\"\\u009b\\u202e\\u007f\\u001B\xc3\xbc\"],\"a\":18446744073709551615}");
	assert_int_equal(json_read(line, strlen(line), "f", &again, &e), 0);
	assert_true(json_equal(j, again));
	assert_int_equal(json_pretty(j, &pretty, &e), 0);
	assert_null(strchr(pretty, 0x7f));
	assert_non_null(strstr(pretty, "{\n    \"z\": [\n"));
	line[0] = '\0';
	free(line);
	line = NULL;
	/* A value that is no document of its own. */
	assert_int_equal(json_line(json_object_get(j, "a"), &line, &e), 0);
	assert_string_equal(line, "18446744073709551615");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused), cmocka_unit_test(depth_at_n_and_one_past),
		cmocka_unit_test(size_at_n_and_one_past), cmocka_unit_test(canonical_text),
		cmocka_unit_test(unsigned_numbers), cmocka_unit_test(text_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
