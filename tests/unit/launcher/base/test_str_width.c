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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(columns), cmocka_unit_test(fronts) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
