/* SPDX-License-Identifier: Apache-2.0 */
/* Workers: how many run at once, what they leave, and whom they do not outlive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/cli/workers.h"

enum { PATIENCE = 1000 };	/* steps of 10 ms */

struct seen {
	_Atomic size_t now, most, done;
	size_t wanted;			/* so many are to be there together */
};
static struct seen *seen;

static int make_seen(void **state)
{
	(void)state;
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return seen == MAP_FAILED;
}

static int drop_seen(void **state)
{
	(void)state;
	return munmap(seen, sizeof(*seen));
}

/* Stays until as many are there as are wanted, and a moment longer, for one too many to be seen. */
static int meet(void *arg, struct err *e)
{
	size_t now = ++seen->now;

	(void)arg;
	(void)e;
	for (int i = 0; i < PATIENCE && seen->most < seen->wanted; i++) {
		if (seen->now > seen->most)
			seen->most = seen->now;
		(void)poll(NULL, 0, 10);
	}
	(void)poll(NULL, 0, 50);
	now = seen->now--;
	if (now > seen->most)
		seen->most = now;
	seen->done++;
	return 0;
}

static void run_met(size_t items, size_t wanted)
{
	auto_workers struct workers w = WORKERS_INIT;
	struct err e;

	memset(seen, 0, sizeof(*seen));
	seen->wanted = wanted;
	assert_int_equal(workers_open(&w, items, &e), 0);
	for (size_t i = 0; i < items; i++)
		workers_start(&w, i, meet, NULL);
	while (workers_wait(&w))
		;
	for (size_t i = 0; i < items; i++)
		assert_int_equal(w.result[i].state, WORK_DONE);
	assert_int_equal(seen->done, items);
	assert_int_equal(seen->most, wanted);
}

static void at_the_bound(void **state)
{
	(void)state;
	run_met(WORKERS_MAX, WORKERS_MAX);
}

static void one_past_the_bound(void **state)
{
	(void)state;
	run_met(WORKERS_MAX + 1, WORKERS_MAX);
}

static int by_number(void *arg, struct err *e)
{
	switch (*(int *)arg) {
	case 0:
		return 0;
	case 1:
		return err_set(e, ERR_STATE, 0, "it is so");
	default:
		(void)raise(SIGKILL);
		return 0;
	}
}

static void what_they_leave(void **state)
{
	auto_workers struct workers w = WORKERS_INIT;
	struct err e;

	(void)state;
	assert_int_equal(workers_open(&w, 4, &e), 0);
	for (int i = 0; i < 3; i++)
		workers_start(&w, (size_t)i, by_number, &i);	/* each sees its own number */
	while (workers_wait(&w))
		;
	assert_int_equal(w.result[0].state, WORK_DONE);
	assert_int_equal(w.result[1].state, WORK_FAILED);
	assert_int_equal(w.result[1].why.reason, ERR_STATE);
	assert_string_equal(w.result[1].why.text, "it is so");
	assert_int_equal(w.result[2].state, WORK_KILLED);
	assert_string_equal(w.result[2].why.text, "the process that did it was killed by signal 9");
	assert_int_equal(w.result[3].state, WORK_WAITS);
}

static int stay(void *arg, struct err *e)
{
	(void)e;
	(void)!write(*(int *)arg, "x", 1);
	return poll(NULL, 0, -1);
}

/* Who ends the command ends its work. */
static void they_die_with_it(void **state)
{
	int fds[2];
	struct pollfd p;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		struct workers w = WORKERS_INIT;
		struct err e;

		if (workers_open(&w, 1, &e))
			_exit(1);
		workers_start(&w, 0, stay, &fds[1]);
		(void)workers_wait(&w);
		_exit(0);
	}
	assert_true(pid > 0);
	(void)close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	p = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	assert_int_equal(poll(&p, 1, 10 * PATIENCE), 1);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	(void)close(fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(at_the_bound, make_seen, drop_seen),
		cmocka_unit_test_setup_teardown(one_past_the_bound, make_seen, drop_seen),
		cmocka_unit_test(what_they_leave),
		cmocka_unit_test(they_die_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
