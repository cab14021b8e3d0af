/* SPDX-License-Identifier: Apache-2.0 */
/* test_store.c - opening the trees: made private, refused when somebody else could reach in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "launcher/store/images.h"
#include "launcher/store/store.h"
#include "tests/unit/place.h"

static int open_at(const struct place *p, const char *lib_below, struct store *s, struct err *e)
{
	char lib[96], run[96];

	snprintf(lib, sizeof(lib), "%s/%s", p->path, lib_below);
	snprintf(run, sizeof(run), "%s/run", p->path);
	return store_open(lib, run, s, e) < 0 || store_open_images(s, e) < 0 ? -1 : 0;
}

static void makes_private_directories(void **state)
{
	static const char *const made[] = { "lib", "lib/containers", "lib/names", "lib/images", "lib/layers", "lib/tmp",
					    "run", "run/containers" };
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	struct err e = { 0 };
	mode_t was = umask(0);
	struct stat st;

	assert_int_equal(open_at(p, "lib", &s, &e), 0);
	umask(was);
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		assert_int_equal(fstatat(p->fd, made[i], &st, AT_SYMLINK_NOFOLLOW), 0);
		assert_int_equal(st.st_mode, S_IFDIR | 0700);
	}
}

static void refuses_what_others_can_reach(void **state)
{
	static const struct {
		const char *name, *says;
	} rows[] = {
		{ "link", "lib" }, { "open", "must be root's with mode 0700" }, { "theirs", "must be root's" },
		{ "linked/lib", "not a directory" }, { "shared/lib", "lets others write" },
		{ "foreign/lib", "owned by uid 1234" }, { "missing/lib", "missing" }, { "../x", "plain absolute path" },
		{ "file", "file" },
	};
	struct place *p = *state;
	auto_store struct store s = STORE_INIT;
	struct err e = { 0 };

	assert_int_equal(symlinkat("/tmp", p->fd, "link"), 0);
	assert_int_equal(mkdirat(p->fd, "open", 0755) | mkdirat(p->fd, "theirs", 0700) | mkdirat(p->fd, "shared", 0700) |
			 mkdirat(p->fd, "foreign", 0755), 0);
	assert_int_equal(fchmodat(p->fd, "shared", 0775, 0), 0);
	assert_int_equal(fchownat(p->fd, "theirs", 1234, 0, 0) | fchownat(p->fd, "foreign", 1234, 0, 0), 0);
	assert_int_equal(symlinkat("open", p->fd, "linked"), 0);
	place_file(p, "file", "");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (open_at(p, rows[i].name, &s, &e) == 0)
			fail_msg("%s was opened", rows[i].name);
		if (!strstr(e.text, rows[i].says) && i)
			fail_msg("%s: %s", rows[i].name, e.text);
	}
	assert_int_equal(s.lib, -1);
}

/* Counted as the kernel sees them, between two calls that nothing else makes. */
static void opening_costs_fourteen_calls(void **state)
{
	struct place *p = *state;
	int status, calls = 0, counting = 0;
	struct store s = STORE_INIT;
	struct err e = { 0 };
	pid_t pid;

	assert_int_equal(open_at(p, "lib", &s, &e), 0);
	store_close(&s);
	/* As deep as the real ones: /var/lib/secctr and /run/secctr. */
	if (chdir("/") < 0)
		fail();
	pid = fork();
	if (pid == 0) {
		char lib[96], run[96];

		snprintf(lib, sizeof(lib), "%s/lib", p->path);
		snprintf(run, sizeof(run), "%s/run", p->path);
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		syscall(SYS_getppid);
		if (store_open(lib, run, &s, &e) < 0)
			_exit(1);
		syscall(SYS_getppid);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
	for (bool entry = true;; entry = !entry) {
		struct __ptrace_syscall_info info;

		ptrace(PTRACE_SYSCALL, pid, 0, 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status))
			break;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
		    info.op != PTRACE_SYSCALL_INFO_ENTRY)
			continue;
		if (info.entry.nr == SYS_getppid)
			counting++;
		else if (counting == 1)
			calls++;
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	/* One lstat more than the real ones, as both lie in /tmp/secctr-test.XXXXXX. */
	assert_in_range(calls, 10, 15);
}

static int add_image(const struct store *s, char digit, const char *ref, struct err *e)
{
	auto_image struct image i;
	char hex[65];

	image_init(&i);
	memset(hex, digit, 64);
	hex[64] = 0;
	assert_int_equal(str_print(&i.digest, e, "sha256:%s", hex), 0);
	hex[0] = 'f';
	assert_int_equal(str_print(&i.config_digest, e, "sha256:%s", hex), 0);
	return image_commit(s, &i, ref, e);
}

static void images_by_reference_and_digits(void **state)
{
	static const struct {
		const char *text;
		char digit;	/* of the image; 0: refused */
	} rows[] = {
		{ "web", '1' }, { "web:latest", '1' }, { "localhost/web", '1' }, { "docker.io/library/web", '2' },
		{ "docker.io/web", '2' }, { "web:2", '3' }, { "quay.io/a/b:c", '3' }, { "111111111111", '1' },
		{ "sha256:2222222222222222222222222222222222222222222222222222222222222222", '2' },
		{ "f33333333333", '3' }, { "11111111111", '1' }, { "1", '1' }, { "sha256:2", '2' }, { "f3", '3' },
		{ "f", 0 /* begins all three configurations */ }, { "9", 0 }, { "sha256:", 0 }, { "sha256:2z", 0 }, { "other", 0 }, { "quay.io/web", 0 }, { "web:3", 0 },
		{ "quay.io/a/b@sha256:3333333333333333333333333333333333333333333333333333333333333333", '3' },
		{ "quay.io/a/c@sha256:3333333333333333333333333333333333333333333333333333333333333333", 0 },
		{ "../images", 0 }, { "refs", 0 }, { "", 0 },
	};
	auto_store struct store s = STORE_INIT;
	struct err e = { 0 };

	assert_int_equal(open_at(*state, "lib", &s, &e), 0);
	assert_int_equal(add_image(&s, '1', "localhost/web:latest", &e), 0);
	assert_int_equal(add_image(&s, '1', "docker.io/library/web:latest", &e), 0);
	assert_int_equal(add_image(&s, '2', "docker.io/library/web:latest", &e), 0);	/* the other loses it */
	assert_int_equal(add_image(&s, '3', "docker.io/library/web:2", &e), 0);
	assert_int_equal(add_image(&s, '3', "quay.io/a/b:c", &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_image struct image got;

		image_init(&got);
		if (image_resolve(&s, rows[i].text, &got, &e) < 0) {
			if (rows[i].digit)
				fail_msg("%s: %s", rows[i].text, e.text);
		} else if (got.digest[10] != rows[i].digit) {
			fail_msg("%s: %s", rows[i].text, got.digest);
		}
	}
}

static void images_need_their_layers(void **state)
{
	auto_store struct store s = STORE_INIT;
	auto_image struct image i;
	struct err e = { 0 };
	char diff_id[72];

	image_init(&i);
	assert_int_equal(open_at(*state, "lib", &s, &e), 0);
	i.digest = strdup("sha256:1111111111111111111111111111111111111111111111111111111111111111");
	i.config_digest = strdup(i.digest);
	assert_int_equal(strv_add(&i.diff_ids, i.digest, &e), 0);
	assert_int_equal(image_commit(&s, &i, NULL, &e), -1);
	assert_int_equal(e.reason, ERR_STATE);
	assert_int_equal(mkdirat(s.layers, i.digest + 7, 0755), 0);
	assert_int_equal(image_commit(&s, &i, NULL, &e), 0);
	for (int n = 1; n < IMAGE_LAYERS_MAX; n++) {
		snprintf(diff_id, sizeof(diff_id), "sha256:%064d", n);
		assert_int_equal(mkdirat(s.layers, diff_id + 7, 0755), 0);
		assert_int_equal(strv_add(&i.diff_ids, diff_id, &e), 0);
	}
	assert_int_equal(image_commit(&s, &i, NULL, &e), 0);
	assert_int_equal(strv_add(&i.diff_ids, i.digest, &e), 0);
	assert_int_equal(image_commit(&s, &i, NULL, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(makes_private_directories), PLACE_TEST(refuses_what_others_can_reach),
		PLACE_TEST(opening_costs_fourteen_calls), PLACE_TEST(images_by_reference_and_digits),
		PLACE_TEST(images_need_their_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
