/* SPDX-License-Identifier: Apache-2.0 */
/* Whose numbers a powerless program gets, by what /etc/passwd says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/powerless.h"
#include "tests/unit/place.h"

#define BEFORE "root:x:0:0:root:/root:/bin/bash\n"
#define NOBODY POWERLESS_NOBODY

static void by_the_file(void **state)
{
	static const struct { const char *text; uid_t uid; gid_t gid; const char *why; } rows[] = {
		{ BEFORE "secctr-x:x:991:992::/:/usr/sbin/nologin\n", 991, 992, NULL },
		{ BEFORE "secctr-x:x:991:992::/:/usr/sbin/nologin", 991, 992, NULL },
		{ BEFORE "secctr-x:x:991:992::/:\nsecctr-x:x:0:0::/:\n", 991, 992, NULL },	/* the first, as for everybody else */
		{ BEFORE "secctr-xy:x:5:5::/:\nsecctr-:x:6:6::/:\n", NOBODY, NOBODY, NULL },
		{ BEFORE "secctr-x:x::992::/:\nsecctr-x\nsecctr-x:x:a:b::/:\n", NOBODY, NOBODY, NULL },
		{ "", NOBODY, NOBODY, NULL },
		{ BEFORE "secctr-x:x:0:992::/:\n", 0, 0, "account secctr-x has the numbers of root" },
		{ BEFORE "secctr-x:x:991:0::/:\n", 0, 0, "account secctr-x has the numbers of root" },
	};
	const struct place *p = *state;
	auto_free char *path = NULL;
	uid_t uid;
	gid_t gid;
	struct err e;

	assert_true(asprintf(&path, "%s/passwd", p->path) > 0);
	assert_int_equal(powerless_account(path, "secctr-x", &uid, &gid, &e), 0);	/* no such file */
	assert_true(uid == NOBODY && gid == NOBODY);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		FILE *f = fopen(path, "w");
		int r;

		assert_true(f && fputs(rows[i].text, f) >= 0 && fclose(f) == 0);
		memset(&e, 0, sizeof(e));
		r = powerless_account(path, "secctr-x", &uid, &gid, &e);
		if (rows[i].why ? r != -1 || e.reason != ERR_STATE || !strstr(e.text, rows[i].why) : r || uid != rows[i].uid || gid != rows[i].gid)
			fail_msg("row %zu: %d %u %u %s", i, r, uid, gid, e.text);
	}
}

/* Of 16384: with the newline, the NUL, and one byte of libc. */
static void line_limit(void **state)
{
	const struct place *p = *state;
	auto_free char *path = NULL;

	assert_true(asprintf(&path, "%s/passwd", p->path) > 0);
	for (int over = 0; over < 2; over++) {
		FILE *f = fopen(path, "w");
		struct err e = { 0 };
		uid_t uid;
		gid_t gid;

		/* "a:x:1:1:" and ":/:" are 11 */
		assert_true(f && fprintf(f, "a:x:1:1:%0*d:/:\nsecctr-x:x:991:992::/:\n", 16381 - 11 + over, 0) > 0 && fclose(f) == 0);
		assert_int_equal(powerless_account(path, "secctr-x", &uid, &gid, &e), -over);
		assert_true(over ? e.reason == ERR_SYSTEM && strstr(e.text, "looking for secctr-x") != NULL : uid == 991);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { PLACE_TEST(by_the_file), PLACE_TEST(line_limit) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
