/* SPDX-License-Identifier: Apache-2.0 */
/* test_mounts.c - places where the files of containers are mounted, found by what the kernel says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/ids.h"
#include "launcher/store/mounts.h"
#include "tests/unit/place.h"

#define OK(call) do { struct err e_ = { 0 }, *e = &e_; if ((call) < 0) fail_msg("%s", e_.text); } while (0)

static void open_store(const struct place *p, struct store *s)
{
	char lib[64], run[64];

	snprintf(lib, sizeof(lib), "%s/lib", p->path);
	snprintf(run, sizeof(run), "%s/run", p->path);
	OK(store_open(lib, run, s, e));
}

static const char *make_id(char digit)
{
	static char id[ID_HEX + 1];

	memset(id, digit, ID_HEX);
	return id;
}

/* '-' nothing, 'p' a place, 'm' something mounted */
static char seen(const struct store *s, char digit)
{
	auto_close int fd = -1;
	bool was;

	OK(mounts_find(s, make_id(digit), &fd, &was, e));
	assert_true(was || fd < 0);
	return fd >= 0 ? 'm' : was ? 'p' : '-';
}

static size_t listed(const struct store *s)
{
	auto_strv struct strv ids = { 0 };

	OK(mounts_list(s, &ids, e));
	return ids.len;
}

static void places(void **state)
{
	auto_store struct store s = STORE_INIT;
	struct stat st;

	open_store(*state, &s);
	assert_int_equal(seen(&s, 'a'), '-');
	assert_int_equal(listed(&s), 0);
	OK(mounts_remove(&s, make_id('a'), e));
	for (int again = 0; again < 2; again++) {
		auto_close int at = -1;

		OK((at = mounts_make(&s, make_id('a'), e)));
		assert_int_equal(seen(&s, 'a'), 'p');
	}
	assert_int_equal(fstatat(s.run, "mounts", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(listed(&s), 0);
	OK(mounts_remove(&s, make_id('a'), e));
	assert_int_equal(seen(&s, 'a'), '-');
}

static void mounted(void **state)
{
	auto_store struct store s = STORE_INIT;
	const struct place *p = *state;
	auto_close int at = -1;
	struct err why = { 0 };
	char path[160];

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip();
	open_store(p, &s);
	OK((at = mounts_make(&s, make_id('b'), e)));
	snprintf(path, sizeof(path), "%s/run/mounts/%s", p->path, make_id('b'));
	assert_int_equal(mount("none", path, "tmpfs", 0, NULL), 0);
	assert_int_equal(seen(&s, 'b'), 'm');
	assert_int_equal(listed(&s), 1);
	/* Nothing below a mount goes. */
	assert_int_equal(mounts_remove(&s, make_id('b'), &why), -1);
	assert_int_equal(umount2(path, 0), 0);
	assert_int_equal(seen(&s, 'b'), 'p');
	OK(mounts_remove(&s, make_id('b'), e));
}

static void what_is_no_place(void **state)
{
	auto_store struct store s = STORE_INIT;
	struct err why = { 0 };
	char path[200];
	bool was;
	int fd;

	open_store(*state, &s);
	for (size_t i = 0; i < 4; i++) {
		const char *const bad[] = { "", "..", "../containers", "abc" };

		assert_int_equal(mounts_find(&s, bad[i], &fd, &was, &why), -1);
		assert_int_equal(why.reason, ERR_INPUT);
		assert_int_equal(mounts_make(&s, bad[i], &why), -1);
	}
	OK((fd = mounts_make(&s, make_id('c'), e)));
	close(fd);
	/* A link leads nowhere. */
	snprintf(path, sizeof(path), "mounts/%s", make_id('d'));
	assert_int_equal(symlinkat("/", s.run, path), 0);
	assert_int_equal(mounts_find(&s, make_id('d'), &fd, &was, &why), -1);
	assert_int_equal(mounts_make(&s, make_id('d'), &why), -1);
	assert_int_equal(unlinkat(s.run, path, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(places), PLACE_TEST(mounted), PLACE_TEST(what_is_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
