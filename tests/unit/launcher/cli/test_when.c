/* SPDX-License-Identifier: Apache-2.0 */
/* test_when.c - points in time as people type them, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "launcher/cli/when.h"

#define SECOND INT64_C(1000000)

static void points(void **state)
{
	/* 2026-11-24T05:13:20Z is 1795497200. */
	static const struct {
		const char *text;
		int64_t is;
	} rows[] = {
		{ "2026-11-24T05:13:20Z", 1795497200 * SECOND }, { "2026-11-24T05:13:20.25Z", 1795497200 * SECOND + 250000 },
		{ "2026-11-24T06:13:20+01:00", 1795497200 * SECOND }, { "2026-11-24T03:43:20-0130", 1795497200 * SECOND },
		{ "2026-11-24T05:13Z", 1795497180 * SECOND }, { "2026-11-24T05Z", 1795496400 * SECOND }, { "2026-11-24Z", 1795478400 * SECOND },
		{ "2026-11-24 05:13:20Z", 1795497200 * SECOND }, { "2024-02-29Z", 1709164800 * SECOND }, { "1795497200", 1795497200 * SECOND },
		{ "1795497200.5", 1795497200 * SECOND + 500000 }, { "1970Z", 0 }, { "2026-11Z", 1793491200 * SECOND },
		/* TZ is UTC below. */
		{ "2026-11-24T05:13:20", 1795497200 * SECOND }, { "2026-11-24", 1795478400 * SECOND }, { "9999", 253370764800 * SECOND },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { 0 };
		int64_t is = -1;

		if (when_read(rows[i].text, "--since", &is, &e))
			fail_msg("%s: %s", rows[i].text, e.text);
		if (is != rows[i].is)
			fail_msg("%s: %lld, not %lld", rows[i].text, (long long)is, (long long)rows[i].is);
	}
}

static void spans(void **state)
{
	static const struct {
		const char *text;
		int64_t ago;
	} rows[] = {
		{ "10m", 600 * SECOND }, { "1h30m", 5400 * SECOND }, { "1.5h", 5400 * SECOND }, { "90s", 90 * SECOND }, { "250ms", 250000 },
		{ "1h0m1s", 3601 * SECOND }, { "0s", 0 }, { "now", 0 }, { "7us", 7 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t before = (int64_t)time(NULL) * SECOND, is = -1;
		struct err e = { 0 };

		if (when_read(rows[i].text, "--since", &is, &e))
			fail_msg("%s: %s", rows[i].text, e.text);
		if (is < before - rows[i].ago || is > (int64_t)(time(NULL) + 1) * SECOND - rows[i].ago)
			fail_msg("%s: %lld", rows[i].text, (long long)is);
	}
}

static void refused(void **state)
{
	static const char *const rows[] = {
		"", " ", "yesterday", "10", "10x", "m", "1h30", "-1h", "2026-13-01", "2026-00-01", "2026-02-29", "2026-11-31", "2026-11-24T24:00",
		"2026-11-24T05:60", "2026-11-24T05:13:61", "2026-11-24T", "2026-11-24T5", "2026-11-24x", "2026-11-24T05:13:20Zx", "2026-11-24T05:13:20+1",
		"1969", "19999999999999", "1e5", "2026-1-1", "2026-11-24T05:13:20+25:00", "999999999999999h", "99999999999999999999s",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { 0 };
		int64_t is = -1;

		if (when_read(rows[i], "--since", &is, &e) == 0)
			fail_msg("%s is taken for %lld", rows[i], (long long)is);
		assert_int_equal(is, -1);
		assert_int_equal(e.reason, ERR_USAGE);
		assert_non_null(strstr(e.text, "--since"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(points), cmocka_unit_test(spans), cmocka_unit_test(refused) };

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
