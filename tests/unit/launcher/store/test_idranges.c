/* SPDX-License-Identifier: Apache-2.0 */
/* test_idranges.c - no two containers share an id, ranges come back, and what does not read exactly gives none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/base/str.h"
#include "launcher/store/idranges.h"

static char top[64];
static int dir;
static struct err e;

static int setup(void **state)
{
	(void)state;
	strcpy(top, "/tmp/secctr-idranges-XXXXXX");
	assert_non_null(mkdtemp(top));
	dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	return 0;
}

static int teardown(void **state)
{
	int tmp = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	close(dir);
	assert_int_equal(path_remove_tree(tmp, top + strlen("/tmp/"), &e), 0);
	close(tmp);
	return 0;
}

static const struct idrange_list pool = { .item = { { 100000, 100 }, { 200000, 50 } }, .len = 2 };

/* Of ids that are named alone. */
static int name(const char *id, int64_t first, int64_t size)
{
	const struct idrange range = { first, size };
	const struct idranges_wish wish = { .named = &range, .named_len = 1 };
	int64_t unused;

	return idranges_claim(dir, id, &wish, &unused, &e);
}

static int64_t claim(const char *id, int64_t size)
{
	const struct idranges_wish wish = { .size = size, .pool = &pool };
	int64_t first;

	return idranges_claim(dir, id, &wish, &first, &e) ? -1 : first;
}

static void gives_each_its_own(void **state)
{
	(void)state;
	assert_int_equal(claim("aa", 60), 100000);
	assert_int_equal(claim("bb", 40), 100060);
	assert_int_equal(claim("aa", 60), 100000);
	assert_int_equal(claim("cc", 50), 200000);
	assert_int_equal(claim("dd", 1), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(idranges_release(dir, "aa", &e), 0);
	assert_int_equal(idranges_release(dir, "aa", &e), 0);
	assert_int_equal(claim("dd", 61), -1);
	assert_int_equal(claim("dd", 60), 100000);
}

static void looks_without_taking_and_avoids_what_is_named(void **state)
{
	const struct idrange named[] = { { 200010, 5 }, { 100060, 1 }, { 100000, 10 } };
	struct idranges_wish wish = { .size = 50, .pool = &pool, .named = named, .named_len = ARRAY_LEN(named), .look = true };
	int64_t first;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(idranges_claim(dir, "aa", &wish, &first, &e), 0);
		assert_int_equal(first, 100010);
	}
	assert_int_equal(claim("bb", 60), 100000);
	assert_int_equal(idranges_claim(dir, "aa", &wish, &first, &e), -1);
	assert_int_equal(e.reason, ERR_EXISTS);
	wish.look = false;
	wish.named_len = 2;
	wish.size = 40;
	assert_int_equal(idranges_claim(dir, "aa", &wish, &first, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	wish.size = 39;
	assert_int_equal(idranges_claim(dir, "aa", &wish, &first, &e), 0);
	assert_int_equal(first, 100061);
	/* Its own, but among the ids that are named now. */
	assert_int_equal(claim("bb", 60), 100000);
	wish.named_len = 3;
	wish.size = 60;
	assert_int_equal(idranges_claim(dir, "bb", &wish, &first, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

static void who_joins_keeps_the_ids_from_others(void **state)
{
	(void)state;
	assert_int_equal(claim("aa", 60), 100000);
	assert_int_equal(idranges_join(dir, "bb", "cc", &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
	assert_int_equal(idranges_join(dir, "aa", "aa", &e), -1);
	assert_int_equal(idranges_join(dir, "bb", "aa", &e), 0);
	assert_int_equal(idranges_join(dir, "bb", "aa", &e), 0);
	assert_int_equal(idranges_release(dir, "aa", &e), 0);
	assert_int_equal(idranges_join(dir, "dd", "bb", &e), 0);
	assert_int_equal(claim("ee", 60), -1);
	assert_int_equal(claim("ee", 40), 100060);
	assert_int_equal(name("ff", 99900, 100), 0);
	assert_int_equal(name("ff", 100059, 1), -1);
	assert_int_equal(e.reason, ERR_EXISTS);
	assert_int_equal(idranges_release(dir, "bb", &e) | idranges_release(dir, "ee", &e), 0);
	assert_int_equal(name("ff", 100000, 1), -1);
	assert_int_equal(claim("ee", 60), -1);
	assert_int_equal(idranges_release(dir, "dd", &e), 0);
	assert_int_equal(claim("ee", 60), 100000);
}

static void what_is_named_is_given_to_nobody(void **state)
{
	auto_str struct str text = { 0 };
	struct idrange both[] = { { 100020, 10 }, { 100020, 10 } };
	struct idranges_wish wish = { .named = both, .named_len = 2 };
	int64_t first;

	(void)state;
	/* uids and gids alike are one line; the same again changes nothing. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(idranges_claim(dir, "aa", &wish, &first, &e), 0);
		str_done(&text);
		assert_int_equal(io_read_file_at(dir, IDRANGES, 4096, &text, &e), 0);
		assert_string_equal(text.text, "aa 100020 10 named\n");
	}
	/* Others may name them, or a part. */
	assert_int_equal(name("bb", 100025, 10), 0);
	assert_int_equal(claim("cc", 20), 100000);
	assert_int_equal(idranges_release(dir, "cc", &e), 0);
	assert_int_equal(claim("cc", 21), 100035);
	assert_int_equal(claim("dd", 21), 100056);
	assert_int_equal(claim("ee", 20), 100000);
	/* Who joins keeps them, too. */
	assert_int_equal(idranges_join(dir, "ff", "aa", &e), 0);
	assert_int_equal(idranges_release(dir, "aa", &e) | idranges_release(dir, "bb", &e) | idranges_release(dir, "ee", &e), 0);
	assert_int_equal(claim("ee", 21), 100077);
	assert_int_equal(idranges_release(dir, "ff", &e) | idranges_release(dir, "ee", &e), 0);
	assert_int_equal(claim("ee", 35), 100000);
	/* A name that is taken back. */
	assert_int_equal(name("ab", 200000, 50), 0);
	assert_int_equal(name("ab", 5, 1), 0);
	assert_int_equal(claim("ac", 50), 200000);
}

static void refuses_what_is_no_ledger(void **state)
{
	static const char *const bad[] = { "aa 1 2\nbb 1 2\n", "aa 1 2\nbb 1 3 joined\n", "aa 1 2\nbb 2 2 joined\n", "aa 1 2 joine\n", "aa 1 2 joined named\n", "aa 1 2\ncc 1 9 named\nbb 2 1\n", "aa joined\n", "aa 1", "aa 1 2", "aa 1 0\n", "aa 1 2\nbb 2 1\n", "../x 1 2\n", "aa 4294967294 2\n", "\n" };
	static const char good[] = "aa 1 2\nbb 3 1\nbb 3 1 joined\nbc 3 1 joined\ndd 1 9 named\nde 2 9 named\n";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(io_replace_file_at(dir, IDRANGES, bad[i], strlen(bad[i]), 0600, &e), 0);
		if (claim("ee", 1) >= 0 || e.reason != ERR_STATE)
			fail_msg("\"%s\" was read", bad[i]);
	}
	assert_int_equal(io_replace_file_at(dir, IDRANGES, good, strlen(good), 0600, &e), 0);
	assert_int_equal(claim("ee", 1), 100000);
}

static void has_a_limit(void **state)
{
	auto_str struct str s = { 0 };

	(void)state;
	for (int i = 0; i < IDRANGES_MAX - 1; i++)
		assert_int_equal(str_addf(&s, &e, "%x %d 1\n", i, 300000 + i), 0);
	assert_int_equal(io_replace_file_at(dir, IDRANGES, s.text, s.len, 0600, &e), 0);
	assert_int_equal(claim("ffffff", 1), 100000);
	assert_int_equal(claim("fffffe", 1), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(name("fffffe", 1, 1), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

static void reads_sub_ids(void **state)
{
	struct idrange_list a, b, both;
	auto_str struct str s = { 0 };

	(void)state;
	assert_int_equal(idranges_subids("x:1:2\ncontainers:60000:10000\ncontainersx:1:1\ncontainers:200000:5", "containers", "f", &a, &e), 0);
	assert_int_equal(a.len, 2);
	assert_int_equal(idranges_subids("containers:1:4000000\n", "containers", "f", &b, &e), 0);
	idranges_common(&a, &b, &both);
	assert_int_equal(both.len, 2);
	assert_int_equal(both.item[0].first, IDRANGES_FIRST);
	assert_int_equal(both.item[0].size, 70000 - IDRANGES_FIRST);
	assert_int_equal(both.item[1].first, 200000);
	assert_int_equal(idranges_subids("x:1:2\n", "containers", "f", &a, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
	assert_int_equal(idranges_subids("containers:1\n", "containers", "f", &a, &e), -1);
	for (int i = 0; i < IDRANGES_SUBIDS_MAX; i++)
		assert_int_equal(str_addf(&s, &e, "c:%d:1\n", i), 0);
	assert_int_equal(idranges_subids(s.text, "c", "f", &a, &e), 0);
	assert_int_equal(str_add(&s, "c:100:1\n", &e), 0);
	assert_int_equal(idranges_subids(s.text, "c", "f", &a, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gives_each_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(looks_without_taking_and_avoids_what_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(who_joins_keeps_the_ids_from_others, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_named_is_given_to_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_is_no_ledger, setup, teardown),
		cmocka_unit_test_setup_teardown(has_a_limit, setup, teardown),
		cmocka_unit_test(reads_sub_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
