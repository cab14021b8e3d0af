/* SPDX-License-Identifier: Apache-2.0 */
/* test_cpuset.c - lists of processors are read whole or refused, and compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "launcher/plan/cpuset.h"
#include "launcher/base/cleanup.h"

static void reads(void **state)
{
	struct cpuset s = { 0 }, same = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(cpuset_add(&s, "0-2,5,63-64,8191", "list", &e), 0);
	assert_int_equal(s.bits[0], UINT64_C(1) << 63 | 0x27);
	assert_int_equal(s.bits[1], 1);
	assert_int_equal(s.bits[127], UINT64_C(1) << 63);
	/* The other reader, which allocates nothing, reads the same. */
	assert_int_equal(cpuset_parse(&same, "0-2,5,63-64,8191"), 0);
	assert_memory_equal(&same, &s, sizeof(s));
}

static void refuses(void **state)
{
	static const char *const bad[] = { "", ",", "0,", "-1", "1-", "2-1", "x", "0 1", "8192", "0-8192", "0--1", "1-2-3", "+1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct cpuset s = { 0 };
		struct err e = { 0 };

		if (cpuset_add(&s, bad[i], "list", &e) == 0 || e.reason != ERR_INPUT)
			fail_msg("\"%s\" was read", bad[i]);
		/* It sees what was read before; blanks and signs are not its to find. */
		if (!strpbrk(bad[i], "+ ") && strcmp(bad[i], "-1") != 0 && strcmp(bad[i], "0--1") != 0 && cpuset_parse(&s, bad[i]) == 0)
			fail_msg("\"%s\" was parsed", bad[i]);
	}
}

static void compares(void **state)
{
	static const struct { const char *a, *b; bool within; } rows[] = {
		{ "0", "0-3", true }, { "0-3", "0-3", true }, { "0-4", "0-3", false }, { "64", "0-63", false }, { "8191", "0-8191", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cpuset a = { 0 }, b = { 0 };
		struct err e = { 0 };

		assert_int_equal(cpuset_add(&a, rows[i].a, "a", &e) | cpuset_add(&b, rows[i].b, "b", &e), 0);
		if (cpuset_within(&a, &b) != rows[i].within)
			fail_msg("%s within %s", rows[i].a, rows[i].b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reads), cmocka_unit_test(refuses), cmocka_unit_test(compares) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
