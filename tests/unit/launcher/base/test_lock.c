/* SPDX-License-Identifier: Apache-2.0 */
/* test_lock.c - waiting, time-out, and lock files that vanish or are something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include "launcher/base/lock.h"
#include "tests/unit/place.h"

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void exclusive_and_shared(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };
	struct stat st;
	auto_close int a = lock_take(p->fd, "lock", false, &e);
	auto_close int b = lock_take(p->fd, "lock", false, &e);

	assert_true(a >= 0 && b >= 0);
	assert_int_equal(fstat(a, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(lock_take_within(p->fd, "lock", true, 0, &e), -1);
	assert_int_equal(e.reason, ERR_TIMEOUT);
	assert_string_equal(e.text, "lock: locked by another process");
	close(take_fd(&a));
	close(take_fd(&b));
	a = lock_take_within(p->fd, "lock", true, 0, &e);
	assert_true(a >= 0);
	assert_int_equal(lock_take_within(p->fd, "lock", false, 0, &e), -1);
}

static void waits_no_longer_than_said(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };
	auto_close int a = lock_take(p->fd, "lock", true, &e);
	long from = now_ms();

	assert_int_equal(lock_take_within(p->fd, "lock", true, 100, &e), -1);
	assert_in_range(now_ms() - from, 100, 2000);
	assert_true(a >= 0);
}

/* Takes the lock, runs `then` on the directory after 50 ms and exits, which frees it. */
static pid_t holder(const struct place *p, void (*then)(int dirfd))
{
	struct err e = { 0 };
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (lock_take(p->fd, "lock", true, &e) < 0)
			_exit(1);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		usleep(50000);
		if (then)
			then(p->fd);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void a_dead_holder_leaves_nothing(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };
	pid_t pid = holder(p, NULL);
	long from = now_ms();
	auto_close int a = lock_take_within(p->fd, "lock", true, 5000, &e);

	assert_true(a >= 0);
	assert_true(now_ms() - from >= 30);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void remove_it(int dirfd)
{
	unlinkat(dirfd, "lock", 0);
}

static void replace_it(int dirfd)
{
	unlinkat(dirfd, "lock", 0);
	close(openat(dirfd, "lock", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static void not_taken_when(const struct place *p, void (*then)(int dirfd))
{
	struct err e = { 0 };
	pid_t pid = holder(p, then);
	auto_close int a = lock_take_within(p->fd, "lock", true, 5000, &e);
	struct stat st;

	assert_true(a >= 0);
	assert_int_equal(fstat(a, &st), 0);
	assert_int_equal(st.st_nlink, 1);
	/* Another one meets us at the same file. */
	assert_int_equal(lock_take_within(p->fd, "lock", true, 0, &e), -1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_removed_file_is_no_lock(void **state)
{
	not_taken_when(*state, remove_it);
}

static void nor_is_a_replaced_one(void **state)
{
	not_taken_when(*state, replace_it);
}

static void something_else_in_its_place(void **state)
{
	struct place *p = *state;
	struct err e = { 0 };

	assert_int_equal(symlinkat("target", p->fd, "link"), 0);
	assert_int_equal(lock_take(p->fd, "link", true, &e), -1);
	assert_int_equal(faccessat(p->fd, "target", F_OK, 0), -1);
	assert_int_equal(mkfifoat(p->fd, "fifo", 0600), 0);
	alarm(5);
	assert_int_equal(lock_take(p->fd, "fifo", true, &e), -1);
	alarm(0);
	assert_int_equal(e.reason, ERR_INPUT);
	assert_int_equal(lock_take(p->fd, "no-dir/lock", true, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(exclusive_and_shared), PLACE_TEST(waits_no_longer_than_said),
		PLACE_TEST(a_dead_holder_leaves_nothing), PLACE_TEST(a_removed_file_is_no_lock),
		PLACE_TEST(nor_is_a_replaced_one),
		PLACE_TEST(something_else_in_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
