/* SPDX-License-Identifier: Apache-2.0 */
/* test_changes.c - an upper directory over two layers: whiteouts, opaque directories, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "launcher/store/changes.h"
#include "tests/unit/place.h"

static int open_dir(const struct place *p, const char *name)
{
	int fd = openat(p->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void make_dirs(const struct place *p)
{
	static const char *const dirs[] = { "low", "low/d", "low/gone", "top", "top/d", "up", "up/d", "up/new" };

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		assert_int_equal(mkdirat(p->fd, dirs[i], 0755), 0);
	place_file(p, "low/a", "");
	place_file(p, "low/d/in-low", "");
	place_file(p, "low/d/in-both", "");
	place_file(p, "low/d/kept", "");
	place_file(p, "low/d/gone-before", "");
	place_file(p, "low/gone/x", "");
	place_file(p, "top/d/in-both", "");
	assert_int_equal(mknodat(p->fd, "top/d/gone-before", S_IFCHR, makedev(0, 0)), 0);
	place_file(p, "up/a", "");
	place_file(p, "up/d/kept", "");
	place_file(p, "up/new/f", "");
	assert_int_equal(mknodat(p->fd, "up/gone", S_IFCHR, makedev(0, 0)), 0);
	assert_int_equal(mknodat(p->fd, "up/never", S_IFCHR, makedev(0, 0)), 0);
}

static int find(const struct place *p, uint64_t entries, char *text, size_t n, struct err *e)
{
	struct walk_limits limits = WALK_LIMITS_DEFAULT;
	auto_close int up = open_dir(p, "up"), top = open_dir(p, "top"), low = open_dir(p, "low");
	const int layers[] = { top, low };
	auto_strv struct strv changes = { 0 };
	int rc;

	limits.entries = entries;
	rc = changes_find(up, layers, 2, &limits, &changes, e);
	*text = '\0';
	for (size_t i = 0; i < changes.len; i++)
		snprintf(text + strlen(text), n - strlen(text), "%s ", changes.item[i]);
	return rc;
}

static void changed_added_deleted(void **state)
{
	const struct place *p = *state;
	struct err e = { 0 };
	char text[500];

	make_dirs(p);
	assert_int_equal(find(p, 7, text, sizeof(text), &e), 0);
	assert_string_equal(text, "C/a C/d C/d/kept D/gone A/new A/new/f ");
	assert_int_equal(find(p, 6, text, sizeof(text), &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

/* What an opaque directory hides is deleted, once, and not what was deleted before. */
static void opaque(void **state)
{
	const struct place *p = *state;
	struct err e = { 0 };
	char text[500];

	make_dirs(p);
	{
		auto_close int d = open_dir(p, "up/d");

		assert_int_equal(fsetxattr(d, "trusted.overlay.opaque", "y", 1, 0), 0);
	}
	assert_int_equal(find(p, 100, text, sizeof(text), &e), 0);
	assert_string_equal(text, "C/a C/d D/d/in-both D/d/in-low C/d/kept D/gone A/new A/new/f ");
}

int main(void)
{
	const struct CMUnitTest tests[] = { PLACE_TEST(changed_added_deleted), PLACE_TEST(opaque) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
