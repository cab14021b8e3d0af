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
		assert_int_equal(idmap_add(&p->uid_map, i, 10000 + i, 1, &e), 0);
	assert_int_equal(idmap_check(&p->uid_map, "uidMap", &e), 0);
	assert_int_equal(idmap_add(&p->uid_map, 400, 200000, 1, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

/* What the kernel takes in one write: 4095 bytes and not 4096. */
static void has_a_limit_in_bytes(void **state)
{
	auto_plan struct plan *p = NULL;
	auto_str struct str s = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(plan_new(&p, &e), 0);
	for (int i = 0; i < 255; i++)	/* "100 100000000 1\n": 16 bytes */
		assert_int_equal(idmap_add(&p->uid_map, 100 + i, 100000000 + i, 1, &e), 0);
	assert_int_equal(idmap_add(&p->uid_map, 999, 10000000, 1, &e), 0);
	assert_int_equal(idmap_text(&p->uid_map, ' ', '\n', &s, &e), 0);
	assert_int_equal(s.len, 4095);
	assert_int_equal(idmap_check_part(&p->uid_map, "uidMap", &e), 0);
	PLAN_IDMAP(&p->uid_map, 255)->host = 200000000;
	assert_int_equal(idmap_check_part(&p->uid_map, "uidMap", &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

static void reads_what_the_kernel_shows(void **state)
{
	static const char *const bad[] = { "0 1", "0 1 2 3\n", "x", "0 1 4294967296\n" };
	auto_plan struct plan *p = NULL, *q = NULL;
	struct err e;

	(void)state;
	assert_int_equal(plan_new(&p, &e) | plan_new(&q, &e), 0);
	assert_int_equal(idmap_read_kernel(&p->uid_map, "         0     300000          5\n         7     300005        993\n", &e), 0);
	assert_int_equal(idmap_read(&q->uid_map, "7:300005:993", "", &e) | idmap_read(&q->uid_map, "0:300000:5", "", &e), 0);
	assert_true(idmap_equal(&p->uid_map, &q->uid_map));
	assert_false(idmap_equal(&p->uid_map, &p->gid_map));
	PLAN_IDMAP(&q->uid_map, 0)->host++;
	assert_false(idmap_equal(&p->uid_map, &q->uid_map));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (idmap_read_kernel(&q->gid_map, bad[i], &e) == 0)
			fail_msg("\"%s\" was read", bad[i]);
}

static void fills_around_what_is_named(void **state)
{
	static const struct {
		const char *part[3], *says;
		int64_t used;
	} rows[] = {
		{ { NULL }, "0:100:10", 10 },
		{ { "0:7:1" }, "1:100:9,0:7:1", 9 },
		{ { "9:7:5" }, "0:100:9,9:7:5", 9 },
		{ { "20:7:5" }, "0:100:10,20:7:5", 10 },
		{ { "5:1:2", "3:9:1" }, "0:100:3,4:103:1,7:104:3,5:1:2,3:9:1", 7 },
		{ { "0:1:5", "5:20:5" }, "0:1:5,5:20:5", 0 },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_plan struct plan *p = NULL;
		auto_str struct str s = { 0 };
		int64_t used;

		assert_int_equal(plan_new(&p, &e), 0);
		for (int k = 0; k < 3 && rows[i].part[k]; k++)
			assert_int_equal(idmap_read(&p->userns_uids, rows[i].part[k], "", &e), 0);
		assert_int_equal(idmap_fill(&p->userns_uids, 10, 100, &p->uid_map, &used, &e), 0);
		assert_int_equal(used, rows[i].used);
		assert_int_equal(idmap_text(&p->uid_map, ':', ',', &s, &e), 0);
		assert_string_equal(s.text, rows[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_translates), cmocka_unit_test(refuses), cmocka_unit_test(has_a_limit),
		cmocka_unit_test(has_a_limit_in_bytes), cmocka_unit_test(reads_what_the_kernel_shows), cmocka_unit_test(fills_around_what_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
