/* SPDX-License-Identifier: Apache-2.0 */
/* test_ledger.c - pairs are unique, kept for the retention time, survive a kill, and run out cleanly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "selinux/ledger.h"

#define BOOT "0123abcd-0000-4000-8000-0123456789ab"
#define BOOT_BEFORE "ffffabcd-0000-4000-8000-0123456789ab"

static char top[64];
static int dir;
static struct err e;

static int setup(void **state)
{
	(void)state;
	strcpy(top, "/tmp/secctr-ledger-XXXXXX");
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

static void put(const char *text)
{
	assert_int_equal(io_replace_file_at(dir, MCS_LEDGER, text, strlen(text), 0600, &e), 0);
}

static void assert_refused(int r, enum err_reason reason, const char *text)
{
	assert_int_equal(r, -1);
	if (!strstr(e.text, text))
		fail_msg("\"%s\" does not have \"%s\"", e.text, text);
	assert_int_equal(e.reason, reason);
}

static void claim_ok(const char *id, unsigned range, int64_t retention, char *level)
{
	if (ledger_claim(dir, id, range, retention, level, &e))
		fail_msg("%s: %s", id, e.text);
}

static double seconds_since(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - from->tv_sec) + (double)(now.tv_nsec - from->tv_nsec) / 1e9;
}

static void test_claim_is_kept(void **state)
{
	char first[LEDGER_LEVEL_MAX], again[LEDGER_LEVEL_MAX], other[LEDGER_LEVEL_MAX];
	unsigned low, high;

	(void)state;
	claim_ok("a", LEDGER_CATEGORIES, LEDGER_RETENTION, first);
	assert_int_equal(sscanf(first, "s0:c%u,c%u", &low, &high), 2);
	assert_true(low < high && high < LEDGER_CATEGORIES);
	claim_ok("a", LEDGER_CATEGORIES, LEDGER_RETENTION, again);
	assert_string_equal(first, again);
	claim_ok("b", LEDGER_CATEGORIES, LEDGER_RETENTION, other);
	assert_string_not_equal(first, other);

	/* Released and claimed again by its own id: still its files' label. */
	assert_int_equal(ledger_release(dir, "a", &e), 0);
	claim_ok("a", LEDGER_CATEGORIES, LEDGER_RETENTION, again);
	assert_string_equal(first, again);
}

static void test_exhausted_then_retention(void **state)
{
	char level[LEDGER_LEVEL_MAX], seen[3][LEDGER_LEVEL_MAX];
	struct timespec from;

	(void)state;
	claim_ok("a", 3, 60, seen[0]);
	claim_ok("b", 3, 60, seen[1]);
	claim_ok("c", 3, 60, seen[2]);
	assert_string_not_equal(seen[0], seen[1]);
	assert_string_not_equal(seen[0], seen[2]);
	assert_string_not_equal(seen[1], seen[2]);
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_refused(ledger_claim(dir, "d", 3, 60, level, &e), ERR_LIMIT, "MCS categories exhausted");
	assert_true(seconds_since(&from) < 1.0);

	assert_int_equal(ledger_release(dir, "b", &e), 0);
	assert_refused(ledger_claim(dir, "d", 3, 60, level, &e), ERR_LIMIT, "MCS categories exhausted");
	claim_ok("d", 3, 0, level);
	assert_string_equal(level, seen[1]);
	/* Release of what is not there: a second removal is no error. */
	assert_int_equal(ledger_release(dir, "b", &e), 0);
	assert_int_equal(ledger_release(dir, "never", &e), 0);
}

static void test_retention_at_its_limit(void **state)
{
	char text[128], level[LEDGER_LEVEL_MAX];
	int64_t now = time(NULL);

	(void)state;
	snprintf(text, sizeof(text), "old 0 1 %" PRId64 "\n", now - 100);
	put(text);
	assert_refused(ledger_claim(dir, "a", 2, 200, level, &e), ERR_LIMIT, "exhausted");
	claim_ok("a", 2, 100, level);

	/* The clock was set back: a release in the future does not free the pair. */
	snprintf(text, sizeof(text), "old 0 1 %" PRId64 "\n", now + 1000);
	put(text);
	assert_refused(ledger_claim(dir, "a", 2, 1, level, &e), ERR_LIMIT, "exhausted");
}

static void test_arguments(void **state)
{
	char level[LEDGER_LEVEL_MAX], id[LEDGER_ID_MAX + 2];

	(void)state;
	assert_refused(ledger_claim(dir, "a", 1, 0, level, &e), ERR_INPUT, "MCS range 1");
	claim_ok("a", 2, 0, level);
	claim_ok("b", LEDGER_CATEGORIES, 0, level);
	assert_refused(ledger_claim(dir, "c", LEDGER_CATEGORIES + 1, 0, level, &e), ERR_INPUT, "MCS range 1025");
	assert_refused(ledger_claim(dir, "c", 3, -1, level, &e), ERR_INPUT, "retention");
	assert_refused(ledger_claim(dir, "", 3, 0, level, &e), ERR_INPUT, "id");
	assert_refused(ledger_claim(dir, "a b", 3, 0, level, &e), ERR_INPUT, "id");
	assert_refused(ledger_claim(dir, "a\nb 0 1 0", 3, 0, level, &e), ERR_INPUT, "id");
	assert_refused(ledger_release(dir, "../x", &e), ERR_INPUT, "id");
	memset(id, 'x', sizeof(id));
	id[LEDGER_ID_MAX + 1] = '\0';
	assert_refused(ledger_claim(dir, id, 3, 0, level, &e), ERR_INPUT, "id");
	id[LEDGER_ID_MAX] = '\0';
	claim_ok(id, LEDGER_CATEGORIES, 0, level);
}

static const struct {
	const char *name, *text, *says;
} damaged[] = {
	{ "three words", "a 0 1\n", ":1: needs four words" },
	{ "a fifth word that is no boot", "a 0 1 0 0\n", ":1: boot id" },
	{ "six words", "a 0 1 0 " BOOT " 0\n", ":1: boot id" },
	{ "an engine's pair is ours too", "a 0 1 0 " BOOT "\nb 0 1 0\n", ":2: c0,c1 stands twice" },
	{ "our pair is an engine's too", "a 0 1 0\nb 0 1 0 " BOOT "\n", ":2: c0,c1 stands twice" },
	{ "no last newline", "a 0 1 0", "ends inside a line" },
	{ "second line", "a 0 1 0\nb 0 x 0\n", ":2: higher category" },
	{ "high over the last", "a 0 1024 0\n", ":1: higher category" },
	{ "low equals high", "a 1 1 0\n", ":1: lower category" },
	{ "low over high", "a 2 1 0\n", ":1: lower category" },
	{ "high zero", "a 0 0 0\n", ":1: higher category" },
	{ "sign", "a 0 1 -1\n", ":1: time" },
	{ "bad id", "a/b 0 1 0\n", ":1: id" },
	{ "empty line", "a 0 1 0\n\n", ":2: needs four words" },
	{ "pair twice", "a 0 1 0\nb 0 1 0\n", ":2: c0,c1 stands twice" },
};

static void test_damaged_ledger(void **state)
{
	struct ledger_list list;
	char level[LEDGER_LEVEL_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
		put(damaged[i].text);
		assert_refused(ledger_claim(dir, "n", 10, 0, level, &e), ERR_STATE, damaged[i].says);
		assert_refused(ledger_release(dir, "a", &e), ERR_STATE, damaged[i].says);
		assert_refused(ledger_read(dir, &list, &e), ERR_STATE, damaged[i].says);
	}
	assert_int_equal(io_replace_file_at(dir, MCS_LEDGER, "a 0 1 0\n\0", 9, 0600, &e), 0);
	assert_refused(ledger_read(dir, &list, &e), ERR_STATE, "NUL");
}

static void take_ok(const char *id, const char *level)
{
	if (ledger_take(dir, id, level, BOOT, 60, &e))
		fail_msg("%s: %s", id, e.text);
}

static void test_pairs_of_engines(void **state)
{
	struct ledger_list list;
	char level[LEDGER_LEVEL_MAX];

	(void)state;
	claim_ok("ours", 2, 60, level);
	assert_string_equal(level, "s0:c0,c1");
	assert_refused(ledger_take(dir, "e", "s0:c0,c1", BOOT, 60, &e), ERR_EXISTS, "the pair c0,c1 is that of container ours");
	assert_int_equal(ledger_release(dir, "ours", &e), 0);
	assert_refused(ledger_take(dir, "e", "s0:c0,c1", BOOT, 60, &e), ERR_EXISTS, "was less than the retention time ago that of container ours");
	assert_int_equal(ledger_take(dir, "e", "s0:c0,c1", BOOT, 0, &e), 0);

	/* A pod shares one; what an engine has is not drawn for one of ours, while it is there and afterwards. */
	take_ok("e", "s0:c0,c2");
	take_ok("f", "s0:c0,c2");
	assert_int_equal(ledger_release(dir, "e", &e), 0);
	assert_int_equal(ledger_release(dir, "f", &e), 0);
	take_ok("g", "s0:c1,c2");
	claim_ok("a", 3, 60, level);
	assert_string_equal(level, "s0:c0,c1");
	assert_refused(ledger_claim(dir, "b", 3, 60, level, &e), ERR_LIMIT, "exhausted");
	assert_refused(ledger_claim(dir, "e", 3, 60, level, &e), ERR_STATE, "has the pair c0,c2 of its engine");
	take_ok("e", "s0:c1,c2");
	assert_int_equal(ledger_read(dir, &list, &e), 0);
	assert_int_equal(list.len, 4);
	ledger_list_done(&list);

	/* Nobody deletes what a boot ended. */
	put("old 0 1 0 " BOOT_BEFORE "\nours 0 2 0\n");
	assert_refused(ledger_claim(dir, "b", 2, 60, level, &e), ERR_LIMIT, "exhausted");
	take_ok("new", "s0:c5,c6");
	assert_int_equal(ledger_read(dir, &list, &e), 0);
	assert_int_equal(list.len, 3);
	assert_true(list.item[0].released > 0);
	assert_int_equal(list.item[1].released, 0);
	assert_string_equal(list.item[2].boot, BOOT);
	ledger_list_done(&list);
}

static void test_what_is_a_pair(void **state)
{
	static const char *const pairs[] = { "s0:c0,c1", "s0:c1022,c1023" };
	static const char *const none[] = {
		"s0", "s0:c1", "s0:c1,c1", "s0:c2,c1", "s0:c1,c1024", "s0:c1.c3", "s0:c1,c2,c3", "s0:c01,c2", "s0:c1,c2-s0", "s0-s0:c1,c2",
		"s1:c1,c2", "s0:c1,c+2", "s0:c1, c2", " s0:c1,c2", "s0:c1,c10230", "",
	};

	unsigned low, high;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		assert_true(mcs_pair(pairs[i], &low, &high));
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		if (mcs_pair(none[i], &low, &high))
			fail_msg("%s is a pair", none[i]);
		assert_refused(ledger_take(dir, "e", none[i], BOOT, 60, &e), ERR_INPUT, "not a pair");
	}
	assert_refused(ledger_take(dir, "e", "s0:c1,c2", "x", 60, &e), ERR_INPUT, "boot id");
	assert_refused(ledger_take(dir, "e/f", "s0:c1,c2", BOOT, 60, &e), ERR_INPUT, "id");
}

static void assert_all_distinct(size_t wanted)
{
	struct ledger_list list;

	/* ledger_read() itself refuses a pair that stands twice. */
	assert_int_equal(ledger_read(dir, &list, &e), 0);
	assert_int_equal(list.len, wanted);
	for (size_t i = 0; i < list.len; i++)
		for (size_t j = i + 1; j < list.len; j++)
			assert_string_not_equal(list.item[i].id, list.item[j].id);
	ledger_list_done(&list);
}

enum { PROCESSES = 4, EACH = 40 };

static pid_t claimer(unsigned number, unsigned count)
{
	char id[32], level[LEDGER_LEVEL_MAX];
	pid_t pid = fork();

	if (pid)
		return pid;
	for (unsigned i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "p%u-%u", number, i);
		if (ledger_claim(dir, id, LEDGER_CATEGORIES, LEDGER_RETENTION, level, &e))
			_exit(1);
	}
	_exit(0);
}

static void test_concurrent(void **state)
{
	pid_t pid[PROCESSES];
	int status;

	(void)state;
	for (unsigned i = 0; i < PROCESSES; i++)
		pid[i] = claimer(i, EACH);
	for (unsigned i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	assert_all_distinct(PROCESSES * EACH);
}

/* Killed at any point the ledger is whole, the lock is free, and what was claimed is there. */
static void test_killed(void **state)
{
	struct ledger_list list;
	char level[LEDGER_LEVEL_MAX];
	size_t last = 0;

	(void)state;
	/* On a busy machine the first ones claim nothing. */
	for (unsigned round = 0; round < 20 || (!last && round < 200); round++) {
		pid_t pid = claimer(round, 100000);
		struct timespec nap = { 0, 1000000L * (1 + round * 2) };

		nanosleep(&nap, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_int_equal(ledger_read(dir, &list, &e), 0);
		assert_true(list.len >= last);
		last = list.len;
		ledger_list_done(&list);
	}
	assert_true(last > 0);
	claim_ok("after", LEDGER_CATEGORIES, LEDGER_RETENTION, level);
	assert_all_distinct(last + 1);
}

/* All 523776 pairs but `holes` of them. */
static void fill(unsigned holes)
{
	struct str text = { 0 };

	for (unsigned high = 1; high < LEDGER_CATEGORIES; high++)
		for (unsigned low = 0; low < high; low++) {
			if (high == 700 && low < holes)
				continue;
			assert_int_equal(str_addf(&text, &e, "%064u %u %u 0\n", high * 1024 + low, low, high), 0);
		}
	assert_int_equal(io_replace_volatile_at(dir, MCS_LEDGER, text.text, text.len, 0600, &e), 0);
	str_done(&text);
}

static void test_full_ledger(void **state)
{
	char level[LEDGER_LEVEL_MAX];
	struct timespec from;

	(void)state;
	fill(0);
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_refused(ledger_claim(dir, "x", LEDGER_CATEGORIES, 0, level, &e), ERR_LIMIT,
		       "MCS categories exhausted: all 523776 pairs");
	print_message("refusal of a full ledger took %.3f s\n", seconds_since(&from));
	fill(1);
	claim_ok("x", LEDGER_CATEGORIES, 0, level);
	assert_string_equal(level, "s0:c0,c700");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_claim_is_kept), T(test_exhausted_then_retention), T(test_retention_at_its_limit),
		T(test_arguments), T(test_damaged_ledger), T(test_pairs_of_engines),
		T(test_what_is_a_pair), T(test_concurrent), T(test_killed),
		T(test_full_ledger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
