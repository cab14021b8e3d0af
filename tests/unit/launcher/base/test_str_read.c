/* SPDX-License-Identifier: Apache-2.0 */
/* test_str_read.c - numbers, UTF-8 and patterns: what is taken and what is refused, by rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "launcher/base/str.h"

struct row {
	const char *name, *text;
	int64_t value;		/* -1: refused */
};

typedef int reader(const char *text, const char *what, int64_t *ret, struct err *e);

static void check_rows(const struct row *rows, size_t n, reader *read)
{
	for (size_t i = 0; i < n; i++) {
		struct err e = { 0 };
		int64_t value = -77;
		int rc = read(rows[i].text, "field", &value, &e);

		if (rc != (rows[i].value < 0 ? -1 : 0) || (rc == 0 && value != rows[i].value) ||
		    (rc && value != -77) || (rc && !str_starts(e.text, "field: \"")))
			fail_msg("%s: \"%s\" gave %d, %lld (%s)", rows[i].name, rows[i].text, rc,
				 (long long)value, e.text);
	}
}

static int read_10_to_max(const char *text, const char *what, int64_t *ret, struct err *e)
{
	uint64_t value;

	if (str_to_u64(text, 10, INT64_MAX, what, &value, e))
		return -1;
	*ret = (int64_t)value;
	return 0;
}

#define HOSTILE							\
	{ "empty", "", -1 }, { "blank", " 10", -1 },		\
	{ "blank after", "10 ", -1 }, { "newline", "10\n", -1 },	\
	{ "plus", "+10", -1 }, { "minus", "-10", -1 },		\
	{ "hexadecimal", "0x10", -1 }, { "exponent", "1e3", -1 },	\
	{ "other digits", "\xd9\xa1", -1 }, { "wrap", "18446744073709551616", -1 }, \
	{ "wrap to small", "184467440737095516170", -1 }

static void whole_numbers(void **state)
{
	static const struct row rows[] = {
		HOSTILE,
		{ "least", "10", 10 }, { "below", "9", -1 },
		{ "most", "9223372036854775807", INT64_MAX }, { "above", "9223372036854775808", -1 },
		{ "leading zeros", "0010", 10 }, { "text after", "10k", -1 },
	};
	struct err e = { 0 };
	uint64_t value;

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), read_10_to_max);
	assert_int_equal(str_to_u64("18446744073709551615", 0, UINT64_MAX, "x", &value, &e), 0);
	assert_true(value == UINT64_MAX);
}

static void sizes(void **state)
{
	static const struct row rows[] = {
		HOSTILE,
		{ "bare", "512", 512 }, { "b", "512b", 512 }, { "k", "4k", 4096 }, { "M", "1M", 1 << 20 },
		{ "g", "2g", 2LL << 30 }, { "t", "1t", 1LL << 40 },
		{ "largest", "8388607t", 8388607LL << 40 }, { "too large", "8388608t", -1 },
		{ "largest bare", "9223372036854775807", INT64_MAX },
		{ "too large bare", "9223372036854775808", -1 },
		{ "unit alone", "k", -1 }, { "two units", "1kb", -1 }, { "fraction", "1.5g", -1 },
		{ "unit unknown", "1p", -1 },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), str_to_size);
}

static void times(void **state)
{
	static const struct row rows[] = {
		HOSTILE,
		{ "bare", "10", 10000000 }, { "s", "10s", 10000000 }, { "m", "5m", 300000000 },
		{ "h", "1h", 3600000000 }, { "ms", "250ms", 250000 },
		{ "largest", "9223372036854s", 9223372036854000000 }, { "too large", "9223372036855s", -1 },
		{ "two parts", "1m30s", -1 }, { "unit unknown", "1d", -1 },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), str_to_usec);
}

static void millionths(void **state)
{
	static const struct row rows[] = {
		HOSTILE,
		{ "whole", "2", 2000000 }, { "half", "1.5", 1500000 }, { "no whole part", ".5", 500000 },
		{ "six decimals", "0.000001", 1 }, { "seven decimals", "0.0000001", -1 },
		{ "no decimals", "1.", -1 }, { "dot", ".", -1 }, { "two dots", "1.5.5", -1 },
		{ "comma", "1,5", -1 }, { "largest", "9223372036854.775807", INT64_MAX },
		{ "too large", "9223372036854.775808", -1 }, { "too large whole", "9223372036855", -1 },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), str_to_micro);
}

static void utf8(void **state)
{
	static const struct {
		const char *name, *text;
		size_t len;
		bool good;
	} rows[] = {
		{ "empty", "", 0, true }, { "ASCII", "abc", 3, true }, { "NUL", "a\0b", 3, false },
		{ "two bytes", "\xc2\x80", 2, true }, { "overlong slash", "\xc0\xaf", 2, false },
		{ "overlong NUL", "\xc0\x80", 2, false }, { "overlong three", "\xe0\x9f\xbf", 3, false },
		{ "least three", "\xe0\xa0\x80", 3, true }, { "surrogate", "\xed\xa0\x80", 3, false },
		{ "before surrogates", "\xed\x9f\xbf", 3, true },
		{ "overlong four", "\xf0\x8f\xbf\xbf", 4, false }, { "largest", "\xf4\x8f\xbf\xbf", 4, true },
		{ "beyond the largest", "\xf4\x90\x80\x80", 4, false },
		{ "five bytes", "\xf8\x88\x80\x80\x80", 5, false }, { "lone tail", "\x80", 1, false },
		{ "cut", "\xe2\x82", 2, false }, { "cut before text", "\xe2\x82" "a", 3, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_is_utf8(rows[i].text, rows[i].len) != rows[i].good)
			fail_msg("%s", rows[i].name);
}

static void text_for_terminals(void **state)
{
	static const struct {
		const char *name, *text, *shown;
	} rows[] = {
		{ "plain", "a b~", "a b~" }, { "beyond ASCII", "\xc3\xa9", "\xc3\xa9" },
		{ "escape", "\033[2J", "\\x1b[2J" }, { "newline", "a\nb", "a\\x0ab" },
		{ "delete", "\x7f", "\\x7f" }, { "C1 control", "\xc2\x9b" "2J", "\\xc2\\x9b2J" },
		{ "first beyond C1", "\xc2\xa0", "\xc2\xa0" },
		{ "right-to-left override", "a\xe2\x80\xae" "b", "a\\xe2\\x80\\xaeb" },
		{ "isolate", "\xe2\x81\xa6", "\\xe2\\x81\\xa6" },
		{ "Arabic letter mark", "\xd8\x9c", "\\xd8\\x9c" },
		{ "invalid", "a\xff" "b", "a\\xffb" }, { "cut", "\xe2\x82", "\\xe2\\x82" }, { "empty", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str struct str s = { 0 };
		struct err e = { 0 };

		assert_int_equal(str_add_safe(&s, rows[i].text, strlen(rows[i].text), &e), 0);
		if (strcmp(s.text, rows[i].shown) != 0)
			fail_msg("%s: %s", rows[i].name, s.text);
	}
}

static void patterns(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool match;
	} rows[] = {
		{ "", "", true }, { "", "a", false }, { "*", "", true }, { "*", "a/b", true }, { "?", "", false },
		{ "a?c", "abc", true }, { "a*c", "ac", true }, { "a*c", "abcbc", true }, { "a*c", "abcd", false },
		{ "*.example/*", "reg.example/x/y", true }, { "a**b", "ab", true }, { "[a]", "a", false },
		{ "[a]", "[a]", true }, { "a*b*c", "a_b_b_c", true }, { "A", "a", false },
	};
	char text[4001];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_matches(rows[i].pattern, rows[i].text) != rows[i].match)
			fail_msg("%s against %s", rows[i].pattern, rows[i].text);
	/* Exponential in a matcher that goes back to every star. */
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(str_matches("a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers), cmocka_unit_test(sizes), cmocka_unit_test(times),
		cmocka_unit_test(millionths), cmocka_unit_test(utf8), cmocka_unit_test(text_for_terminals),
		cmocka_unit_test(patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
