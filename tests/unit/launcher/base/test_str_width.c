/* SPDX-License-Identifier: Apache-2.0 */
/* test_str_width.c - columns of text, wide and combining characters, and what fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/str.h"

static const struct {
	const char *text;
	unsigned columns;
} rows[] = {
	{ "", 0 }, { "abc", 3 }, { "\xc3\xbc", 1 }, { "e\xcc\x81", 1 }, { "\xe4\xb8\xad\xe6\x96\x87", 4 }, { "\xed\x95\x9c", 2 },
	{ "\xef\xbd\xb1", 1 }, { "\xef\xbc\xa1", 2 }, { "\xf0\x9f\x98\x80", 2 }, { "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", 2 },
	{ "a\xe2\x80\x8d" "b", 2 }, { "\xe2\x82\xac", 1 }, { "\xf0\xa0\x80\x80", 2 }, { "\xff\xe4", 2 }, { "\xe4\xb8", 2 },
};

static void columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_columns(rows[i].text) != rows[i].columns)
			fail_msg("row %zu: %u", i, str_columns(rows[i].text));
}

static void fronts(void **state)
{
	static const char text[] = "a\xe4\xb8\xad" "e\xcc\x81z";	/* columns 1 2 1+0 1 */
	static const size_t bytes[] = { 0, 1, 1, 4, 7, 8, 8 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(bytes); i++)
		assert_int_equal(str_front(text, i), bytes[i]);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(str_front(rows[i].text, rows[i].columns), strlen(rows[i].text));
}

/* 10 + 2 + 20 + 2 + 5 is 39; only the second and the third may be cut, to 8. */
static void fits(void **state)
{
	static const struct { unsigned room, left, second, third; } cases[] = {
		{ 39, 0, 20, 5 }, { 38, 0, 19, 5 }, { 27, 0, 8, 5 }, { 26, 1, 8, 5 }, { 0, 27, 8, 5 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned width[] = { 10, 20, 5 };

		assert_int_equal(str_fit(width, 3, 6, 8, cases[i].room), cases[i].left);
		assert_int_equal(width[0], 10);
		assert_int_equal(width[1], cases[i].second);
		assert_int_equal(width[2], cases[i].third);
	}
	assert_int_equal(str_fit(NULL, 0, 0, 8, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(columns), cmocka_unit_test(fronts), cmocka_unit_test(fits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
