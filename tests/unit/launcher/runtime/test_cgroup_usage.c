/* SPDX-License-Identifier: Apache-2.0 */
/* test_cgroup_usage.c - what groups tell, v1, v2 and some of each, from directories that look like them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/runtime/cgroup_usage.h"
#include "tests/unit/place.h"

static const struct cgroup_usage nothing = { -1, -1, -1, -1, -1, -1 };

static void usage_is(const struct place *p, const struct cgroup_usage *want)
{
	auto_strv struct strv dirs = { 0 };
	struct cgroup_usage u;
	struct err e = { 0 };
	auto_free char *gone = NULL;

	assert_int_equal(str_print(&gone, &e, "%s/nosuch", p->path), 0);
	assert_int_equal(strv_add(&dirs, gone, &e), 0);
	assert_int_equal(strv_add(&dirs, p->path, &e), 0);
	cgroup_usage_read(&dirs, &u);
	assert_int_equal(u.cpu_nsec, want->cpu_nsec);
	assert_int_equal(u.memory, want->memory);
	assert_int_equal(u.memory_limit, want->memory_limit);
	assert_int_equal(u.pids, want->pids);
	assert_int_equal(u.read_bytes, want->read_bytes);
	assert_int_equal(u.written_bytes, want->written_bytes);
}

static void v2(void **state)
{
	const struct place *p = *state;

	usage_is(p, &nothing);
	place_file(p, "cpu.stat", "nr_periods 3\nusage_usec 1500\nuser_usec 1\n");
	place_file(p, "memory.current", "4096\n");
	place_file(p, "memory.max", "max\n");
	place_file(p, "pids.current", "7\n");
	place_file(p, "io.stat", "8:0 rbytes=10 wbytes=1 rios=1\n8:16 rbytes=20 wbytes=2\n");
	usage_is(p, &(struct cgroup_usage){ 1500000, 4096, -1, 7, 30, 3 });
	place_file(p, "memory.max", "8192\n");
	usage_is(p, &(struct cgroup_usage){ 1500000, 4096, 8192, 7, 30, 3 });
}

static void v1(void **state)
{
	const struct place *p = *state;

	/* v1 has a cpu.stat too, without the time. */
	place_file(p, "cpu.stat", "nr_periods 3\nnr_throttled 0\n");
	place_file(p, "cpuacct.usage", "1234\n");
	place_file(p, "memory.usage_in_bytes", "99\n");
	place_file(p, "memory.limit_in_bytes", "9223372036854771712\n");
	place_file(p, "blkio.throttle.io_service_bytes_recursive", "8:0 Read 5\n8:0 Write 6\n8:16 Read 1\nTotal 12\n");
	usage_is(p, &(struct cgroup_usage){ 1234, 99, -1, -1, 6, 6 });
}

static void nonsense_tells_nothing(void **state)
{
	const struct place *p = *state;

	place_file(p, "memory.current", "x\n");
	place_file(p, "pids.current", "");
	place_file(p, "cpu.stat", "busage_usec 5\n");
	place_file(p, "cpuacct.usage", "99999999999999999999999\n");
	usage_is(p, &nothing);
}

/* `n` numbers from 1 on in `name`. */
static void procs(const struct place *p, const char *name, int n)
{
	auto_str struct str text = { 0 };
	struct err e = { 0 };

	assert_int_equal(str_add(&text, "", &e), 0);
	for (int i = n; i > 0; i--)
		assert_int_equal(str_addf(&text, &e, "%d\n", i), 0);
	place_file(p, name, text.text);
}

static void processes_of_all_groups_below(void **state)
{
	const struct place *p = *state;
	auto_strv struct strv dirs = { 0 };
	auto_free pid_t *pid = NULL;
	struct err e = { 0 };
	size_t n = 9;

	assert_int_equal(strv_add(&dirs, p->path, &e), 0);
	assert_int_equal(cgroup_pids(&dirs, &pid, &n, &e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(mkdirat(p->fd, "a", 0700), 0);
	assert_int_equal(mkdirat(p->fd, "a/b", 0700), 0);
	place_file(p, "cgroup.procs", "30\n0\n10\n");
	place_file(p, "a/cgroup.procs", "20\n");
	place_file(p, "a/b/cgroup.procs", "5\n");
	free(pid);
	pid = NULL;
	assert_int_equal(cgroup_pids(&dirs, &pid, &n, &e), 0);
	assert_int_equal(n, 4);
	assert_true(pid[0] == 5 && pid[1] == 10 && pid[2] == 20 && pid[3] == 30);
}

static void as_many_as_are_listed_and_one_more(void **state)
{
	const struct place *p = *state;
	auto_strv struct strv dirs = { 0 };
	auto_free pid_t *pid = NULL;
	struct err e = { 0 };
	size_t n;

	assert_int_equal(strv_add(&dirs, p->path, &e), 0);
	procs(p, "cgroup.procs", CGROUP_PIDS_MAX);
	assert_int_equal(cgroup_pids(&dirs, &pid, &n, &e), 0);
	assert_int_equal(n, CGROUP_PIDS_MAX);
	free(pid);
	pid = NULL;
	procs(p, "cgroup.procs", CGROUP_PIDS_MAX + 1);
	assert_int_equal(cgroup_pids(&dirs, &pid, &n, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(v2), PLACE_TEST(v1), PLACE_TEST(nonsense_tells_nothing), PLACE_TEST(processes_of_all_groups_below),
		PLACE_TEST(as_many_as_are_listed_and_one_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
