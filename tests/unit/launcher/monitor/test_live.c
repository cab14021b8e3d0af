/* SPDX-License-Identifier: Apache-2.0 */
/* test_live.c - the process that runs against the one that was planned, as a kernel with SELinux would show it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "launcher/monitor/monitor.h"
#include "tests/unit/place.h"

#define LABEL "system_u:system_r:secctr_container_t:s0:c1,c2"

static void only_the_planned_one(void **state)
{
	struct place *p = *state;
	static const struct { const char *label, *auid, *ses; enum err_reason why; } rows[] = {
		{ LABEL, "1000", "7", ERR_INTERNAL },
		{ LABEL "3", "1000", "7", ERR_LABEL },
		{ "system_u:system_r:secctr_t:s0", "1000", "7", ERR_LABEL },
		{ "", "1000", "7", ERR_LABEL },
		{ LABEL, "1001", "7", ERR_IDENTITY },
		{ LABEL, "4294967295", "7", ERR_IDENTITY },
		{ LABEL, "1000", "8", ERR_IDENTITY },
		{ LABEL, "x", "7", ERR_IDENTITY },
	};
	struct monitor_job job;
	struct err e;

	monitor_job_init(&job);
	job.pid = 42;
	job.auid = 1000;
	job.ses = 7;
	assert_int_equal(str_copy(LABEL, &job.process_label, &e), 0);
	assert_int_equal(mkdirat(p->fd, "42", 0700) | mkdirat(p->fd, "42/attr", 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int r;

		place_file(p, "42/attr/current", rows[i].label);
		place_file(p, "42/loginuid", rows[i].auid);
		place_file(p, "42/sessionid", rows[i].ses);
		r = live_check(p->fd, &job, &e);
		if (rows[i].why == ERR_INTERNAL ? r : !r || e.reason != rows[i].why)
			fail_msg("row %zu: %s", i, r ? e.text : "believed");
	}
	place_file(p, "42/loginuid", "1000");
	assert_int_equal(unlinkat(p->fd, "42/attr/current", 0), 0);
	assert_int_equal(live_check(p->fd, &job, &e), -1);
	assert_int_equal(e.reason, ERR_LABEL);
	monitor_job_done(&job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(only_the_planned_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
