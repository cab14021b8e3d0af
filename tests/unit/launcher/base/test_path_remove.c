/* SPDX-License-Identifier: Apache-2.0 */
/* test_path_remove.c - trees that were made to be hard to remove, and what must survive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/place.h"

static void removes_all_but_targets_of_links(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };

	assert_int_equal(mkdirat(p->fd, "keep", 0700), 0);
	place_file(p, "keep/file", "x");
	assert_int_equal(mkdirat(p->fd, "t", 0700), 0);
	assert_int_equal(mkdirat(p->fd, "t/d", 0), 0);
	assert_int_equal(mkfifoat(p->fd, "t/fifo", 0), 0);
	assert_int_equal(symlinkat("../keep", p->fd, "t/link"), 0);
	assert_int_equal(symlinkat("../../keep", p->fd, "t/d/link"), 0);
	place_file(p, "t/removing.0", "x");
	assert_int_equal(path_remove_tree(p->fd, "t", &e), 0);
	assert_int_equal(faccessat(p->fd, "t", F_OK, 0), -1);
	assert_int_equal(faccessat(p->fd, "keep/file", F_OK, 0), 0);
	assert_int_equal(symlinkat("keep", p->fd, "link"), 0);
	assert_int_equal(path_remove_tree(p->fd, "link", &e), 0);
	assert_int_equal(faccessat(p->fd, "keep/file", F_OK, 0), 0);
	assert_int_equal(path_remove_tree(p->fd, "keep/file", &e), -1);
	assert_int_equal(path_remove_tree(p->fd, "..", &e), -1);
	assert_int_equal(path_remove_tree(p->fd, "", &e), -1);
	assert_int_equal(path_remove_tree(p->fd, "nothing", &e), 0);
}

/* Deeper than descriptors, stack or PATH_MAX allow, and with a name that we would use ourselves. */
static void any_depth(void **state)
{
	struct place *p = *state;
	struct rlimit were;
	struct err e = { 0 };
	int fd;

	assert_int_equal(mkdirat(p->fd, "t", 0700), 0);
	fd = openat(p->fd, "t", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 5000; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "removing.0", 0700), 0);
		next = openat(fd, "removing.0", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	close(fd);
	getrlimit(RLIMIT_NOFILE, &were);
	assert_int_equal(prlimit(0, RLIMIT_NOFILE, &(struct rlimit){ 200, were.rlim_max }, NULL), 0);
	if (path_remove_tree(p->fd, "t", &e))
		fail_msg("%s", e.text);
	prlimit(0, RLIMIT_NOFILE, &were, NULL);
	assert_int_equal(faccessat(p->fd, "t", F_OK, 0), -1);
}

static void many_entries(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };
	char name[32];

	assert_int_equal(mkdirat(p->fd, "t", 0700), 0);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "t/%d", i);
		place_file(p, name, "");
	}
	assert_int_equal(path_remove_tree(p->fd, "t", &e), 0);
}

/* In a process of its own: the mount must not outlive it. */
static int with_a_mount(const struct place *p)
{
	struct err e = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "%s/t/m", p->path);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", path, "tmpfs", 0, NULL))
		return 77;
	snprintf(path, sizeof(path), "%s/t/m/file", p->path);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	if (path_remove_tree(p->fd, "t", &e) != -1)
		return 1;
	if (access(path, F_OK))
		return 2;
	snprintf(path, sizeof(path), "%s/t", p->path);
	if (mount(path, path, NULL, MS_BIND, NULL))
		return 77;
	auto_close int fresh = open(p->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return path_remove_tree(fresh, "t", &e) != -1 ? 3 : 0;
}

static void mounts_are_left_alone(void **state)
{
	struct place *p = *state;
	int status;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdirat(p->fd, "t", 0700), 0);
	assert_int_equal(mkdirat(p->fd, "t/m", 0700), 0);
	pid = fork();
	if (pid == 0)
		_exit(with_a_mount(p));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(removes_all_but_targets_of_links), PLACE_TEST(any_depth), PLACE_TEST(many_entries),
		PLACE_TEST(mounts_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
