/* SPDX-License-Identifier: Apache-2.0 */
/* test_path.c - a hostile tree cannot lead out of itself; a directory that others may write is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/wait.h>

#include "launcher/base/str.h"
#include "tests/unit/place.h"

/* The place holds "out" (what must stay untouched) and "root" (the hostile tree). */
static int tree(const struct place *p)
{
	char out[64];

	assert_int_equal(mkdirat(p->fd, "out", 0755), 0);
	place_file(p, "out/secret", "secret");
	assert_int_equal(mkdirat(p->fd, "root", 0755), 0);
	assert_int_equal(mkdirat(p->fd, "root/etc", 0755), 0);
	place_file(p, "root/etc/passwd", "inside");
	snprintf(out, sizeof(out), "%s/out", p->path);
	assert_int_equal(symlinkat(out, p->fd, "root/abs"), 0);
	assert_int_equal(symlinkat("../out", p->fd, "root/up"), 0);
	assert_int_equal(symlinkat("/etc", p->fd, "root/conf"), 0);
	assert_int_equal(symlinkat("../../../../../../etc/passwd", p->fd, "root/etc/far"), 0);
	assert_int_equal(symlinkat("loop", p->fd, "root/loop"), 0);
	assert_int_equal(symlinkat("etc", p->fd, "root/inner"), 0);
	assert_int_equal(symlinkat("/proc/self/root", p->fd, "root/magic"), 0);
	return openat(p->fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void reads_stay_in_the_tree(void **state)
{
	static const struct {
		const char *path;
		enum err_reason reason;	/* ERR_INTERNAL: opens and is the inner passwd */
	} rows[] = {
		{ "/etc/passwd", ERR_INTERNAL }, { "etc/passwd", ERR_INTERNAL }, { "conf/passwd", ERR_INTERNAL },
		{ "etc/far", ERR_INTERNAL }, { "/../../etc/passwd", ERR_INTERNAL },
		{ "abs/secret", ERR_NOTFOUND }, { "up/secret", ERR_NOTFOUND }, { "../out/secret", ERR_NOTFOUND },
		{ "loop", ERR_INPUT }, { "magic/etc/passwd", ERR_NOTFOUND },
	};
	auto_close int root = tree(*state);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { 0 };
		char buf[7] = "";
		auto_close int fd = path_in_root_open(root, rows[i].path, O_RDONLY, 0, &e);

		if (rows[i].reason != ERR_INTERNAL) {
			if (fd >= 0 || e.reason != rows[i].reason)
				fail_msg("%s: %d %s", rows[i].path, fd, e.text);
		} else if (fd < 0 || read(fd, buf, 6) != 6 || strcmp(buf, "inside") != 0) {
			fail_msg("%s: %s", rows[i].path, e.text);
		}
	}
}

static void magic_links_are_refused(void **state)
{
	auto_close int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(path_in_root_open(top, "proc/self/root", O_PATH, 0, &e), -1);
	assert_int_equal(e.reason, ERR_INPUT);
	assert_int_equal(path_in_root_make(top, "proc/self/cwd/x", true, &e), -1);
	assert_int_equal(path_below_open(top, "proc/thread-self/root", O_PATH, false, &e), -1);
}

static void made(int root, const char *path, bool dir, const char *real)
{
	struct err e = { 0 };
	auto_close int fd = path_in_root_make(root, path, dir, &e);
	auto_close int there = openat(root, real, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat a, b;

	if (fd < 0)
		fail_msg("%s: %s", path, e.text);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(fstat(there, &b), 0);
	assert_true(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(S_ISDIR(a.st_mode), dir);
}

static void makes_what_is_missing(void **state)
{
	auto_close int root = tree(*state);
	struct stat st;

	umask(077);
	made(root, "/a/b/c", true, "a/b/c");
	assert_int_equal(umask(022), 077);
	assert_int_equal(fstatat(root, "a/b", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	made(root, "a/b/c/", true, "a/b/c");
	made(root, "a//b/./f", false, "a/b/f");
	made(root, "a/new/../d", true, "a/d");
	made(root, "conf/hosts", false, "etc/hosts");
	made(root, "/", true, ".");
	made(root, "etc/passwd", false, "etc/passwd");
}

static void makes_targets_of_dangling_links_inside(void **state)
{
	struct place *p = *state;
	auto_close int root = tree(p);

	assert_int_equal(symlinkat("../run/resolve/stub.conf", p->fd, "root/etc/resolv.conf"), 0);
	made(root, "etc/resolv.conf", false, "run/resolve/stub.conf");
	assert_int_equal(symlinkat("/run", p->fd, "root/varrun"), 0);
	made(root, "varrun/x/y", true, "run/x/y");
	assert_int_equal(symlinkat("../../../outside", p->fd, "root/etc/escape"), 0);
	made(root, "etc/escape/d", true, "outside/d");
	assert_int_equal(faccessat(p->fd, "outside", F_OK, 0), -1);
	/* The absolute link names a directory of the host: it is made anew in the tree. */
	assert_int_equal(symlinkat("/nowhere/at/all", p->fd, "root/hole"), 0);
	made(root, "hole/d", true, "nowhere/at/all/d");
	assert_int_equal(symlinkat("/else/where", p->fd, "root/etc/hole"), 0);
	made(root, "etc/hole/f", false, "else/where/f");
	assert_int_equal(faccessat(AT_FDCWD, "/nowhere", F_OK, 0), -1);
	assert_int_equal(faccessat(p->fd, "out/d", F_OK, 0), -1);
}

static void refuses_to_make(void **state)
{
	static const struct {
		const char *path;
		bool dir;
		const char *says;
	} rows[] = {
		{ "etc/passwd", true, "no directory" }, { "etc", false, "a directory" },
		{ "etc/passwd/x", true, "Not a directory" }, { "loop/x", true, "symbolic link" },
		{ "turn/x", true, "symbolic link" },
	};
	struct place *p = *state;
	auto_close int root = tree(p);

	assert_int_equal(symlinkat("back", p->fd, "root/turn"), 0);
	assert_int_equal(symlinkat("turn", p->fd, "root/back"), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { 0 };

		if (path_in_root_make(root, rows[i].path, rows[i].dir, &e) != -1 || !strstr(e.text, rows[i].says))
			fail_msg("%s: %s", rows[i].path, e.text);
	}
}

static void deep_path(struct str *s, int n)
{
	struct err e = { 0 };

	str_done(s);
	for (int i = 0; i < n; i++)
		assert_int_equal(str_add(s, "/d", &e), 0);
}

static void depth_and_links_at_n_and_one_past(void **state)
{
	struct place *p = *state;
	auto_close int root = tree(p);
	auto_str struct str s = { 0 };
	struct err e = { 0 };
	char from[32], to[32];

	deep_path(&s, PATH_DEPTH_MAX + 1);
	assert_int_equal(path_in_root_make(root, s.text, true, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(faccessat(root, "d", F_OK, 0), -1);
	deep_path(&s, PATH_DEPTH_MAX);
	close(path_in_root_make(root, s.text, true, &e));
	assert_int_equal(faccessat(root, s.text + 1, F_OK, 0), 0);
	/* A link and what follows it: one byte more than PATH_MAX together, then exactly that. */
	str_done(&s);
	for (int i = 0; i < 16; i++)
		assert_int_equal(str_addf(&s, &e, "%0240d/", i), 0);
	assert_int_equal(symlinkat(s.text, p->fd, "root/long"), 0);
	for (int over = 1; over >= 0; over--) {
		auto_str struct str rest = { 0 };

		assert_int_equal(str_addf(&rest, &e, "long/%0*d", 4095 - 16 * 241 - 1 + over, 0), 0);
		auto_close int fd = path_in_root_make(root, rest.text, true, &e);

		assert_true(over ? fd < 0 && e.reason == ERR_LIMIT : fd >= 0);
	}
	/* A chain of dangling links: the kernel itself follows 40. */
	for (int i = 0; i < 60; i++) {
		snprintf(from, sizeof(from), "root/l%d", i);
		snprintf(to, sizeof(to), "l%d", i + 1);
		assert_int_equal(symlinkat(to, p->fd, from), 0);
	}
	made(root, "l20", true, "l60");
	assert_int_equal(path_in_root_make(root, "l0", true, &e), -1);
}

static void opens_below(void **state)
{
	static const struct {
		const char *path;
		bool good;
	} rows[] = {
		{ "root/etc/passwd", true }, { "root/conf", false }, { "root/conf/passwd", false },
		{ "root/inner/passwd", false }, { "root/inner", false },
		{ "root/../out/secret", false }, { "..", false }, { "/etc/passwd", false },
		{ "root/loop", false }, { "nothing", false },
	};
	struct place *p = *state;
	auto_close int root = tree(p);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { 0 };
		auto_close int fd = path_below_open(p->fd, rows[i].path, O_RDONLY, true, &e);

		if ((fd >= 0) != rows[i].good)
			fail_msg("%s: %s", rows[i].path, e.text);
	}
}

static void mounts_are_not_crossed_when_asked(void **state)
{
	auto_close int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(path_below_open(top, "proc/version", O_RDONLY, true, &e), -1);
	auto_close int fd = path_below_open(top, "proc/version", O_RDONLY, false, &e);

	assert_true(fd >= 0);
}

static void trusted_directories(void **state)
{
	struct place *p = *state;
	char path[64];
	struct err e = { 0 };

	if (geteuid() != 0)
		skip();
	close(path_open_trusted_dir("/etc", false, &e));
	assert_int_equal(mkdirat(p->fd, "d", 0755), 0);
	snprintf(path, sizeof(path), "%s/d", p->path);
	/* /tmp is sticky and writable by all. */
	assert_int_equal(path_open_trusted_dir(path, false, &e), -1);
	assert_non_null(strstr(e.text, "/tmp: others than root may write it (mode 1777)"));
	auto_close int fd = path_open_trusted_dir(path, true, &e);

	assert_true(fd >= 0);
	for (int bits = 02; bits <= 020; bits *= 010) {
		assert_int_equal(fchmodat(p->fd, "d", 0755 | (mode_t)bits, 0), 0);
		assert_int_equal(path_open_trusted_dir(path, true, &e), -1);
	}
	assert_int_equal(fchmodat(p->fd, "d", 0755, 0), 0);
	assert_int_equal(fchownat(p->fd, "d", 65534, 0, 0), 0);
	assert_int_equal(path_open_trusted_dir(path, true, &e), -1);
	assert_non_null(strstr(e.text, "/d: belongs to uid 65534"));
	assert_int_equal(symlinkat("/etc", p->fd, "link"), 0);
	snprintf(path, sizeof(path), "%s/link", p->path);
	assert_int_equal(path_open_trusted_dir(path, true, &e), -1);
	assert_int_equal(path_open_trusted_dir("/etc/../etc", false, &e), -1);
	assert_int_equal(path_open_trusted_dir("etc", false, &e), -1);
	assert_int_equal(path_open_trusted_dir("/no-such-directory", false, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
}

static void private_directories(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };
	struct stat st;

	if (geteuid() != 0)
		skip();
	umask(077);
	for (int i = 0; i < 2; i++) {
		auto_close int fd = path_make_private_dir(p->fd, "d", 0711, &e);

		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0711);
	}
	umask(022);
	assert_int_equal(path_make_private_dir(p->fd, "d", 0700, &e), -1);
	assert_non_null(strstr(e.text, "has mode 0711, more than 0700"));
	assert_int_equal(fchownat(p->fd, "d", 1, 0, 0), 0);
	assert_int_equal(path_make_private_dir(p->fd, "d", 0711, &e), -1);
	assert_int_equal(symlinkat("/etc", p->fd, "link"), 0);
	assert_int_equal(path_make_private_dir(p->fd, "link", 0755, &e), -1);
	place_file(p, "file", "x");
	assert_int_equal(path_make_private_dir(p->fd, "file", 0755, &e), -1);
}

static void path_texts(void **state)
{
	static const struct {
		const char *path;
		bool canonical;
	} rows[] = {
		{ "/", true }, { "/a", true }, { "/a/b.c", true }, { "/..a", true }, { "/a..", true }, { "", false },
		{ "a", false }, { "//", false }, { "/a/", false }, { "/a//b", false }, { "/.", false }, { "/..", false },
		{ "/a/../b", false }, { "/a/.", false },
	};
	char text[4097];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (path_is_canonical(rows[i].path) != rows[i].canonical)
			fail_msg("%s", rows[i].path);
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	text[4095] = '\0';
	assert_true(path_is_canonical(text));
	text[4095] = 'a';
	text[4096] = '\0';
	assert_false(path_is_canonical(text));
	assert_true(path_has_prefix("/data/x", "/data"));
	assert_true(path_has_prefix("/data", "/data"));
	assert_true(path_has_prefix("/data", "/data/"));
	assert_true(path_has_prefix("/data", "/"));
	assert_false(path_has_prefix("/database", "/data"));
	assert_false(path_has_prefix("/dat", "/data"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(reads_stay_in_the_tree), cmocka_unit_test(magic_links_are_refused),
		PLACE_TEST(makes_what_is_missing), PLACE_TEST(makes_targets_of_dangling_links_inside),
		PLACE_TEST(refuses_to_make), PLACE_TEST(depth_and_links_at_n_and_one_past),
		PLACE_TEST(opens_below), cmocka_unit_test(mounts_are_not_crossed_when_asked),
		PLACE_TEST(trusted_directories), PLACE_TEST(private_directories), cmocka_unit_test(path_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
