/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "audit/failure.h"

static void reads_tables(void **state)
{
	struct audit_failure_table t;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(audit_failure_parse("", &t, &e), 0);
	assert_int_equal(t.action[AUDIT_AT_START], AUDIT_REFUSE);
	assert_int_equal(t.action[AUDIT_AT_EXEC], AUDIT_REFUSE);
	assert_int_equal(t.action[AUDIT_AT_CONTROL], AUDIT_CONTINUE);
	assert_int_equal(t.action[AUDIT_AT_RUNNING], AUDIT_STOP);
	assert_int_equal(audit_failure_parse(" running=continue\tcontrol=refuse ", &t, &e), 0);
	assert_int_equal(t.action[AUDIT_AT_START], AUDIT_REFUSE);
	assert_int_equal(t.action[AUDIT_AT_CONTROL], AUDIT_REFUSE);
	assert_int_equal(t.action[AUDIT_AT_RUNNING], AUDIT_CONTINUE);
	assert_string_equal(audit_action_word(AUDIT_STOP), "stop");
}

static void refuses_what_it_should(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "start", "\"start\": say start, exec" },
		{ "begin=refuse", "\"begin=refuse\": say start" },
		{ "start=ignore", "action for start is refuse or continue" },
		{ "start=", "action for start is refuse or continue" },
		{ "start=stop", "action for start is refuse or continue" },
		{ "running=refuse", "action for running is stop or continue" },
		{ "starts=refuse", "\"starts=refuse\"" },
		{ "start=refuse start=refuse", "start= is given twice" },
		{ "start=refuse,exec=refuse", "start is refuse or continue" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct audit_failure_table t = { .action = { AUDIT_STOP } };
		struct err e = { 0 };

		assert_int_equal(audit_failure_parse(rows[i].text, &t, &e), -1);
		assert_int_equal(e.reason, ERR_INPUT);
		if (!strstr(e.text, rows[i].says))
			fail_msg("%s says: %s", rows[i].text, e.text);
		assert_int_equal(t.action[0], AUDIT_STOP);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_tables),
		cmocka_unit_test(refuses_what_it_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
