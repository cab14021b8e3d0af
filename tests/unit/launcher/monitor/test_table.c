/* SPDX-License-Identifier: Apache-2.0 */
/* Each pair of state and event has a row, and the rows keep to the order of a life. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "launcher/monitor/table.h"

static void test_every_pair_has_a_row(void **state)
{
	(void)state;
	for (int s = 0; s < STATE_COUNT; s++)
		for (int e = 0; e < EVENT_COUNT; e++)
			if (!monitor_table[s][e].act)
				fail_msg("no row for %s x %s", monitor_state_words[s], monitor_event_words[e]);
}

static void test_no_way_back(void **state)
{
	(void)state;
	for (int s = 0; s < STATE_COUNT; s++)
		for (int e = 0; e < EVENT_COUNT; e++)
			if ((int)monitor_table[s][e].next < s)
				fail_msg("%s x %s leads back", monitor_state_words[s], monitor_event_words[e]);
}

/* Whatever the container does, its end leads to the records. */
static void test_ways_to_the_end(void **state)
{
	(void)state;
	assert_int_equal(monitor_table[STATE_CREATED][EVENT_GATE_OPENED].next, STATE_STARTING);
	assert_int_equal(monitor_table[STATE_CREATED][EVENT_GATE_FAILED].next, STATE_ENDED);
	assert_int_equal(monitor_table[STATE_CREATED][EVENT_INIT_EXITED].next, STATE_DRAINING);
	assert_int_equal(monitor_table[STATE_STARTING][EVENT_GATE_FAILED].next, STATE_ENDED);
	assert_int_equal(monitor_table[STATE_STARTING][EVENT_EXEC_OK].next, STATE_RUNNING);
	assert_int_equal(monitor_table[STATE_RUNNING][EVENT_INIT_EXITED].next, STATE_DRAINING);
	assert_int_equal(monitor_table[STATE_STOPPING][EVENT_INIT_EXITED].next, STATE_DRAINING);
	assert_int_equal(monitor_table[STATE_RUNNING][EVENT_TERM].next, STATE_STOPPING);
	assert_int_equal(monitor_table[STATE_DRAINING][EVENT_QUIET_TIMEOUT].next, STATE_ENDED);
	assert_int_equal(monitor_table[STATE_DRAINING][EVENT_TERM].next, STATE_ENDED);
	assert_int_equal(monitor_table[STATE_RUNNING][EVENT_RUN_TIMEOUT].next, STATE_STOPPING);
}

/* From the records alone it goes on to a restart. */
static void test_one_way_to_a_restart(void **state)
{
	(void)state;
	for (int s = 0; s < STATE_WAITING; s++)
		for (int e = 0; e < EVENT_COUNT; e++)
			assert_int_equal(monitor_table[s][e].next == STATE_WAITING, s == STATE_ENDED && e == EVENT_RESTART_WANTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pair_has_a_row),
		cmocka_unit_test(test_no_way_back),
		cmocka_unit_test(test_ways_to_the_end),
		cmocka_unit_test(test_one_way_to_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
