/* SPDX-License-Identifier: Apache-2.0 */
/* test_userdb.c - user[:group] against hostile passwd and group text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "launcher/store/userdb.h"

static const char passwd_text[] =
	"# comment\n"
	"root:x:0:0:root:/root:/bin/sh\n"
	"app:x:1000:1001:App:/home/app:/bin/sh\n"
	"1000:x:0:0:a name of digits:/root:/bin/sh\n"
	"big:x:4294967296:0::/:/bin/sh\n"
	"wrap:x:4294967295:0::/:/bin/sh\n"
	"minus:x:-1:0::/:/bin/sh\n"
	"hex:x:0x0:0::/:/bin/sh\n"
	"short:x:5\n"
	"away:x:7:7::../../etc:/bin/sh\n"
	"app:x:0:0:second:/root:/bin/sh\n"
	"last:x:9:4294967294::/:/bin/sh";
static const char group_text[] =
	"root:x:0:\n"
	"staff:x:50:app,last\n"
	"wheel:x:10:root,app\n"
	"wheel2:x:10:app\n"
	"own:x:1001:app\n"
	"bad:x:99999999999:app\n"
	"notme:x:60:apple,ap,xapp\n";

static struct str text(const char *t)
{
	return (struct str){ .text = (char *)t, .len = strlen(t) };
}

static void good(void **state)
{
	static const struct {
		const char *who;
		uint32_t uid, gid;
		const char *home, *name;
		size_t groups;
	} rows[] = {
		{ "", 0, 0, "/root", "root", 1 },
		{ "root", 0, 0, "/root", "root", 1 },
		{ "app", 1000, 1001, "/home/app", "app", 2 },
		{ "1000", 1000, 1001, "/home/app", "app", 2 },	/* not the entry whose name is 1000 */
		{ "1234", 1234, 0, "/", NULL, 0 },
		{ "4294967294", 4294967294u, 0, "/", NULL, 0 },
		{ "app:staff", 1000, 50, "/home/app", "app", 0 },
		{ "app:77", 1000, 77, "/home/app", "app", 0 },
		{ "5:0", 5, 0, "/", NULL, 0 },
		{ "away", 7, 7, "/", "away", 0 },
		{ "last", 9, 4294967294u, "/", "last", 1 },
		{ "0:4294967294", 0, 4294967294u, "/root", "root", 0 },
	};
	struct str passwd = text(passwd_text), group = text(group_text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_userdb struct userdb_ids u = { 0 };
		struct err e = { 0 };

		if (userdb_resolve(rows[i].who, &passwd, &group, &u, &e) < 0)
			fail_msg("%s: %s", rows[i].who, e.text);
		if (u.uid != rows[i].uid || u.gid != rows[i].gid || u.n_groups != rows[i].groups)
			fail_msg("\"%s\": %u:%u with %zu groups", rows[i].who, u.uid, u.gid, u.n_groups);
		assert_string_equal(u.home, rows[i].home);
		assert_true(rows[i].name ? strcmp(u.name, rows[i].name) == 0 : !u.name);
		if (strcmp(rows[i].who, "app") == 0) {
			assert_int_equal(u.groups[0], 10);
			assert_int_equal(u.groups[1], 50);
		}
	}
}

static void refused(void **state)
{
	static const struct {
		const char *who;
		enum err_reason reason;
	} rows[] = {
		{ "4294967295", ERR_INPUT }, { "4294967296", ERR_INPUT }, { "18446744073709551616", ERR_INPUT },
		{ "-1", ERR_INPUT }, { "+1", ERR_INPUT }, { " 1", ERR_INPUT }, { "1 ", ERR_INPUT }, { "0x0", ERR_INPUT },
		{ "1\n", ERR_INPUT }, { ":", ERR_INPUT }, { ":0", ERR_INPUT }, { "app:", ERR_INPUT },
		{ "1:2:3", ERR_INPUT }, { "1:-1", ERR_INPUT }, { "1:4294967295", ERR_INPUT },
		{ "1:99999999999999999999", ERR_INPUT }, { "ghost", ERR_NOTFOUND }, { "app:ghosts", ERR_NOTFOUND },
		{ "big", ERR_INPUT }, { "wrap", ERR_INPUT }, { "minus", ERR_INPUT }, { "hex", ERR_INPUT },
		{ "short", ERR_INPUT }, { "app:bad", ERR_INPUT }, { "#", ERR_INPUT }, { "a/b", ERR_INPUT },
		{ "a b", ERR_INPUT }, { "*", ERR_INPUT }, { "\xc3\xa4", ERR_INPUT },
	};
	struct str passwd = text(passwd_text), group = text(group_text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct userdb_ids u = { .uid = 42 };
		struct err e = { 0 };

		if (userdb_resolve(rows[i].who, &passwd, &group, &u, &e) == 0)
			fail_msg("\"%s\" became %u:%u", rows[i].who, u.uid, u.gid);
		if (e.reason != rows[i].reason)
			fail_msg("\"%s\": %s: %s", rows[i].who, err_word(e.reason), e.text);
		assert_int_equal(u.uid, 42);
	}
}

static void without_files(void **state)
{
	auto_userdb struct userdb_ids u = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(userdb_resolve("12:13", NULL, NULL, &u, &e), 0);
	assert_int_equal(u.uid, 12);
	assert_int_equal(u.gid, 13);
	assert_int_equal(userdb_resolve("root", NULL, NULL, &u, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
}

static void limits(void **state)
{
	struct str passwd = { 0 }, group = { 0 }, nul = { .text = (char *)"root:x:0:0::/:\0", .len = 15 };
	struct userdb_ids u = { 0 };
	struct err e = { 0 };
	char *big = malloc(USERDB_BYTES_MAX + 2);

	(void)state;
	memset(big, 'a', USERDB_BYTES_MAX + 2);
	passwd = (struct str){ .text = big, .len = USERDB_BYTES_MAX };
	assert_int_equal(userdb_resolve("1", &passwd, NULL, &u, &e), 0);
	userdb_done(&u);
	passwd.len++;
	assert_int_equal(userdb_resolve("1", &passwd, NULL, &u, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(userdb_resolve("1", &nul, NULL, &u, &e), -1);
	assert_int_equal(e.reason, ERR_INPUT);
	/* A line of N bytes counts, one of N+1 does not exist. */
	for (size_t extra = 0; extra < 2; extra++) {
		int n = sprintf(big, "u:x:5:6::/:");

		memset(big + n, 's', USERDB_LINE_MAX + extra - (size_t)n);
		passwd = (struct str){ .text = big, .len = USERDB_LINE_MAX + extra };
		assert_int_equal(userdb_resolve("u", &passwd, NULL, &u, &e), extra ? -1 : 0);
		userdb_done(&u);
	}
	free(big);
	passwd = text("u:x:5:6::/:\n");
	for (int i = 0; i <= USERDB_GROUPS_MAX; i++) {
		assert_int_equal(userdb_resolve("u", &passwd, &group, &u, &e), 0);
		assert_int_equal(u.n_groups, i);
		userdb_done(&u);
		assert_int_equal(str_addf(&group, &e, "g%d:x:%d:u\n", i, 5000 - i), 0);
	}
	assert_int_equal(userdb_resolve("u", &passwd, &group, &u, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	str_done(&group);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good), cmocka_unit_test(refused), cmocka_unit_test(without_files), cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
