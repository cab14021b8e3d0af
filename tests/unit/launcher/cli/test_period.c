/* SPDX-License-Identifier: Apache-2.0 */
/* test_period.c - --start and --end of reports: ausearch's words and dates, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "launcher/base/attrs.h"
#include "launcher/cli/period.h"

enum { DAY = 86400, YEAR = -1, MONTH = -2, WEEK = -3 };

static uint64_t read_ms(const char *text, bool end)
{
	struct err e = { 0 };
	uint64_t ms = 0;

	if (period_read(text, end, "--start", &ms, &e))
		fail_msg("%s: %s", text, e.text);
	return ms;
}

/* Today's midnight, so many days back; TZ is UTC below. */
static time_t midnight(time_t now, int back)
{
	struct tm tm;

	gmtime_r(&now, &tm);
	back = back == YEAR ? tm.tm_yday : back == MONTH ? tm.tm_mday - 1 : back == WEEK ? tm.tm_wday : back;
	return now - now % DAY - (time_t)back * DAY;
}

static void words(void **state)
{
	static const struct { const char *word; int back; } rows[] = {
		{ "today", 0 }, { "yesterday", 1 }, { "week-ago", 7 }, { "this-week", WEEK }, { "this-month", MONTH }, { "this-year", YEAR },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows);) {
		time_t now = time(NULL);
		uint64_t start = read_ms(rows[i].word, false), end = read_ms(rows[i].word, true);

		if (midnight(time(NULL), 0) != midnight(now, 0))
			continue;	/* midnight came between */
		if (start != (uint64_t)midnight(now, rows[i].back) * 1000 || end != start + DAY * 1000 - 1)
			fail_msg("%s: %llu to %llu", rows[i].word, (unsigned long long)start, (unsigned long long)end);
		i++;
	}
}

static void moments(void **state)
{
	uint64_t now = (uint64_t)time(NULL) * 1000, then;
	struct timespec up;

	(void)state;
	then = read_ms("now", false);
	assert_in_range(then, now, now + 20999);
	then = read_ms("recent", false);
	assert_in_range(then, now - 600000, now - 580000);
	then = read_ms("10m", false);
	assert_in_range(then, now - 600000, now - 580000);
	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &up), 0);
	then = read_ms("boot", false);
	assert_in_range(then, now - (uint64_t)up.tv_sec * 1000 - 20000, now - (uint64_t)up.tv_sec * 1000 + 20000);
}

static void days_and_clocks(void **state)
{
	/* 2026-11-24T05:13:20Z is 1795497200. */
	static const struct { const char *text; uint64_t start, end; } rows[] = {
		{ "11/24/26 05:13:20", 1795497200000, 1795497200999 }, { "11/24/2026 05:13:20", 1795497200000, 1795497200999 },
		{ "11/24/26 05:13", 1795497180000, 1795497180999 }, { "11/24/26", 1795478400000, 1795564799999 },
		{ "2026-11-24", 1795478400000, 1795564799999 }, { "02/29/24", 1709164800000, 1709251199999 },
		{ "1795497200", 1795497200000, 1795497200000 }, { "01/01/1970 00:00:01", 1000, 1999 },
	};
	static const char *const none[] = { "", " ", "tomorrow", "Today", "todays", "13/01/26", "00/01/26", "11/31/26", "02/29/26", "11/0/26", "11/24", "11/24/26x",
					    "11/24/26 24:00", "11/24/26 05:60", "11/24/26 05:13:61", "11/24/26 05:13:20x", "5", "05:", ":13", "/", "//", "-1",
					    "12/31/1969 23:59:59" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (read_ms(rows[i].text, false) != rows[i].start || read_ms(rows[i].text, true) != rows[i].end)
			fail_msg("%s: %llu %llu", rows[i].text, (unsigned long long)read_ms(rows[i].text, false), (unsigned long long)read_ms(rows[i].text, true));
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		struct err e = { 0 };
		uint64_t ms;

		if (period_read(none[i], false, "--start", &ms, &e) == 0)
			fail_msg("\"%s\" is taken for %llu", none[i], (unsigned long long)ms);
		assert_true(e.reason == ERR_USAGE);
	}
	/* A time alone is today's. */
	for (time_t now = time(NULL);; now = time(NULL)) {
		uint64_t ms = read_ms("05:13", false);

		if (midnight(time(NULL), 0) != midnight(now, 0))
			continue;
		assert_true(ms == (uint64_t)midnight(now, 0) * 1000 + 18780000);
		break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(words), cmocka_unit_test(moments), cmocka_unit_test(days_and_clocks) };

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
