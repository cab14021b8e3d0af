/* SPDX-License-Identifier: Apache-2.0 */
/* test_str.c - growing text and lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/str.h"

static void text_grows_and_may_hold_nul(void **state)
{
	auto_str struct str s = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(str_add_bytes(&s, NULL, 0, &e), 0);
	assert_string_equal(s.text, "");
	for (int i = 0; i < 1000; i++)
		assert_int_equal(str_addf(&s, &e, "%d,", i), 0);
	assert_int_equal(strncmp(s.text, "0,1,2,", 6), 0);
	assert_true(str_ends(s.text, ",998,999,"));
	assert_int_equal(strlen(s.text), s.len);
	assert_int_equal(str_add_bytes(&s, "a\0b", 3, &e), 0);
	assert_memory_equal(s.text + s.len - 3, "a\0b", 4);
}

static void exact_powers_leave_room_for_the_nul(void **state)
{
	(void)state;
	for (size_t n = 62; n < 67; n++) {
		auto_str struct str s = { 0 };
		struct err e = { 0 };
		char part[70];

		memset(part, 'x', sizeof(part));
		assert_int_equal(str_add_bytes(&s, part, n, &e), 0);
		assert_int_equal(strlen(s.text), n);
	}
}

static void limit_at_n_and_one_past(void **state)
{
	auto_str struct str s = { 0 };
	auto_free char *big = malloc(STR_MAX);
	struct err e = { 0 };

	(void)state;
	assert_non_null(big);
	memset(big, 'x', STR_MAX);
	assert_int_equal(str_add_bytes(&s, big, STR_MAX, &e), 0);
	assert_int_equal(s.len, STR_MAX);
	assert_int_equal(str_add(&s, "y", &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(s.len, STR_MAX);
	assert_int_equal(str_addf(&s, &e, "%c", 'y'), -1);
}

static void lists_are_null_terminated_copies(void **state)
{
	auto_strv struct strv v = { 0 }, w = { 0 };
	struct err e = { 0 };
	char word[] = "one";

	(void)state;
	assert_int_equal(strv_add(&v, word, &e), 0);
	word[0] = 'x';
	assert_int_equal(strv_add(&v, "two", &e), 0);
	assert_string_equal(v.item[0], "one");
	assert_null(v.item[2]);
	assert_true(strv_has(&v, "two"));
	assert_false(strv_has(&v, "tw"));
	assert_int_equal(strv_copy(&w, &v, &e), 0);
	assert_int_equal(w.len, 2);
	assert_ptr_not_equal(w.item[0], v.item[0]);
}

static void env_lists_replace_by_whole_key(void **state)
{
	auto_strv struct strv v = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(strv_set_env(&v, "A=1", &e), 0);
	assert_int_equal(strv_set_env(&v, "AB=2", &e), 0);
	assert_int_equal(strv_set_env(&v, "A=3=4", &e), 0);
	assert_int_equal(v.len, 2);
	assert_string_equal(v.item[0], "A=3=4");
	assert_string_equal(strv_env(&v, "A"), "3=4");
	assert_string_equal(strv_env(&v, "AB"), "2");
	assert_null(strv_env(&v, "B"));
	assert_null(strv_env(&v, "A=3"));
	assert_int_equal(strv_set_env(&v, "A", &e), -1);
	assert_int_equal(strv_set_env(&v, "=A", &e), -1);
	assert_int_equal(v.len, 2);
}

static void copies_and_prints(void **state)
{
	auto_free char *a = NULL, *b = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(str_copy(NULL, &a, &e), 0);
	assert_null(a);
	assert_int_equal(str_copy("x", &a, &e), 0);
	assert_string_equal(a, "x");
	assert_int_equal(str_print(&b, &e, "%s-%d", "x", 7), 0);
	assert_string_equal(b, "x-7");
	assert_true(str_starts("abc", "ab"));
	assert_false(str_starts("a", "ab"));
	assert_false(str_ends("c", "bc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_grows_and_may_hold_nul),
		cmocka_unit_test(exact_powers_leave_room_for_the_nul),
		cmocka_unit_test(limit_at_n_and_one_past),
		cmocka_unit_test(lists_are_null_terminated_copies),
		cmocka_unit_test(env_lists_replace_by_whole_key),
		cmocka_unit_test(copies_and_prints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
