/* SPDX-License-Identifier: Apache-2.0 */
/* test_idmap.c - maps of ids are read whole or refused, share no id, and translate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "launcher/plan/idmap.h"

static void reads_and_translates(void **state)
{
	auto_plan struct plan *p = NULL;
	auto_str struct str s = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(plan_new(&p, &e), 0);
	assert_int_equal(idmap_host(&p->uid_map, 7), 7);
	assert_int_equal(idmap_read(&p->uid_map, "0:100000:10", "--uidmap", &e), 0);
	assert_int_equal(idmap_read(&p->uid_map, "4294967294:5", "--uidmap", &e), 0);
	assert_int_equal(idmap_check(&p->uid_map, "uidMap", &e), 0);
	assert_int_equal(idmap_host(&p->uid_map, 9), 100009);
	assert_int_equal(idmap_host(&p->uid_map, 10), -1);
	assert_int_equal(idmap_host(&p->uid_map, 4294967294), 5);
	assert_int_equal(idmap_text(&p->uid_map, ':', ',', &s, &e), 0);
	assert_string_equal(s.text, "0:100000:10,4294967294:5:1");
}

static void refuses(void **state)
{
	static const char *const bad[] = { "", "0", ":", "0:", ":1", "0:1:", "0:1:0", "0:1:2:3", "a:1", "-1:1", "0:@5:1", "0:4294967296",
					   "4294967295:0:1", "0:4294967294:2", "0:1:4294967295", "1:0:1" };
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_plan struct plan *p = NULL;

		assert_int_equal(plan_new(&p, &e), 0);
		if (idmap_read(&p->uid_map, bad[i], "--uidmap", &e) == 0 && idmap_check(&p->uid_map, "--uidmap", &e) == 0)
			fail_msg("\"%s\" was read", bad[i]);
		assert_int_equal(e.reason, ERR_INPUT);
	}
}

static void has_a_limit(void **state)
{
	auto_plan struct plan *p = NULL;
	struct err e;

	(void)state;
	assert_int_equal(plan_new(&p, &e), 0);
	for (int i = 0; i < PLAN_IDMAPS_MAX; i++)
		assert_int_equal(idmap_add(&p->uid_map, i, 100000 + i, 1, &e), 0);
	assert_int_equal(idmap_check(&p->uid_map, "uidMap", &e), 0);
	assert_int_equal(idmap_add(&p->uid_map, 40, 200000, 1, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_translates), cmocka_unit_test(refuses), cmocka_unit_test(has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
