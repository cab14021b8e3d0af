/* SPDX-License-Identifier: Apache-2.0 */
/* Where the parts of a bundle lie before they are in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/worker.h"
#include "launcher/cli/bundle_parts.h"
#include "tests/unit/place.h"

/* Reports are as long as the log: in files of the bundle's directory, without a name, not in memory. */
static void reports_lie_beside_the_bundle(void **state)
{
	const struct place *p = *state;
	AUTO(bundle_parts_done) struct bundle_parts parts = { .dir = p->fd, .where = "b.tar" };
	struct report_request q = { .session = REPORT_NO_SESSION };
	char program[4096] = "", link[64], at[4096];
	struct report_input in = { .n = 1 };
	struct err e = { 0 };
	int log;

	assert_true(readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
	strcpy(strstr(program, "/tests/"), "/bin/secctr-report");
	assert_int_equal(worker_file("type=USER msg=audit(1.0:1): pid=1 msg='x'\n", 42, &log, &e), 0);
	in.fd = &log;
	if (bundle_reports(&parts, program, &q, &in, &e))
		fail_msg("%s", e.text);
	assert_int_equal(parts.n, 20);
	for (size_t i = 0; i < parts.n; i++) {
		ssize_t n;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", parts.item[i].fd);
		n = readlink(link, at, sizeof(at) - 1);
		assert_true(n > 0);
		at[n] = '\0';
		if (strncmp(at, p->path, strlen(p->path)) != 0 || !strstr(at, " (deleted)"))
			fail_msg("%s lies at %s", parts.item[i].name, at);
	}
	close(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = { PLACE_TEST(reports_lie_beside_the_bundle) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
