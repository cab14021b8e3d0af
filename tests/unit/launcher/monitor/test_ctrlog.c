/* SPDX-License-Identifier: Apache-2.0 */
/* Stamps, entries, files at their limit and one byte over, and a disk that takes no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "launcher/base/io.h"
#include "launcher/monitor/ctrlog.h"
#include "launcher/monitor/job.h"
#include "tests/unit/place.h"

static void test_stamp(void **state)
{
	static const struct {
		int64_t sec;
		long nsec;
		const char *text;
	} rows[] = {
		{ 0, 0, "1970-01-01T00:00:00.000000000+00:00" },
		{ 951782399, 999999999, "2000-02-28T23:59:59.999999999+00:00" },
		{ 951782400, 0, "2000-02-29T00:00:00.000000000+00:00" },
		{ 1709164800, 1, "2024-02-29T00:00:00.000000001+00:00" },
		{ 1709251200, 0, "2024-03-01T00:00:00.000000000+00:00" },
		{ 4107542399, 0, "2100-02-28T23:59:59.000000000+00:00" },
		{ 4107542400, 0, "2100-03-01T00:00:00.000000000+00:00" },
		{ 1798761599, 5, "2026-12-31T23:59:59.000000005+00:00" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char got[36];

		ctrlog_stamp(&(struct timespec){ rows[i].sec, rows[i].nsec }, got);
		assert_string_equal(got, rows[i].text);
	}
}

/* Against the C library, each day of 200 years. */
static void test_stamp_every_day(void **state)
{
	(void)state;
	for (time_t t = 3661; t < 200 * 365 * 86400LL; t += 86400) {
		char got[36], want[36];
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000000000+00:00", &tm);
		ctrlog_stamp(&(struct timespec){ t, 0 }, got);
		assert_string_equal(got, want);
	}
}

static void begin(struct ctrlog *l, void **state, int64_t size, int64_t files)
{
	struct place *p = *state;
	struct err e;

	assert_int_equal(ctrlog_open(l, p->fd, size, files, &e), 0);
}

static off_t size_of(void **state, const char *name)
{
	struct place *p = *state;
	struct stat st;

	return fstatat(p->fd, name, &st, 0) ? -1 : st.st_size;
}

/* A line that makes an entry of `n` bytes. */
static void put_entry(struct ctrlog *l, size_t n)
{
	char line[8192];

	memset(line, 'x', sizeof(line));
	line[n - CTRLOG_HEAD - 1] = '\n';
	ctrlog_write(l, false, line, n - CTRLOG_HEAD);
}

static void test_size_at_its_limit(void **state)
{
	struct ctrlog l;

	begin(&l, state, 4096, 2);
	put_entry(&l, 4000);
	put_entry(&l, 96);
	assert_int_equal(size_of(state, MONITOR_LOG), 4096);
	assert_int_equal(size_of(state, MONITOR_LOG ".1"), -1);
	put_entry(&l, 50);
	assert_int_equal(size_of(state, MONITOR_LOG), 50);
	assert_int_equal(size_of(state, MONITOR_LOG ".1"), 4096);
	put_entry(&l, 4000);
	put_entry(&l, 47);	/* one more than is left: 4097 */
	assert_int_equal(size_of(state, MONITOR_LOG), 47);
	assert_int_equal(size_of(state, MONITOR_LOG ".1"), 4050);
	assert_int_equal(size_of(state, MONITOR_LOG ".2"), -1);
	ctrlog_close(&l);
	/* A restarted container goes on in the same file. */
	begin(&l, state, 4096, 2);
	put_entry(&l, 47);
	assert_int_equal(size_of(state, MONITOR_LOG), 94);
	ctrlog_close(&l);
}

static void test_files_at_their_limit(void **state)
{
	for (int files = 1; files <= 3; files++) {
		struct ctrlog l;
		char name[32];

		begin(&l, state, 4096, files);
		for (int i = 0; i < 10; i++)
			put_entry(&l, 4090);
		ctrlog_close(&l);
		assert_int_equal(size_of(state, MONITOR_LOG), 4090);
		for (int i = 1; i <= 4; i++) {
			snprintf(name, sizeof(name), MONITOR_LOG ".%d", i);
			assert_int_equal(size_of(state, name), i < files ? 4090 : -1);
		}
	}
}

/* Longer than a file: cut, never over the limit, and nothing is lost. */
static void test_long_line(void **state)
{
	struct place *p = *state;
	auto_str struct str log = { 0 };
	char line[16384];
	struct ctrlog l;
	struct err e;
	size_t text = 0;

	memset(line, 'y', sizeof(line));
	begin(&l, state, 4096, 10);
	ctrlog_write(&l, true, line, sizeof(line));
	ctrlog_close(&l);
	for (int i = 0; i < 10; i++) {
		char name[32];

		snprintf(name, sizeof(name), i ? MONITOR_LOG ".%d" : MONITOR_LOG, i);
		if (size_of(state, name) < 0)
			break;
		assert_true(size_of(state, name) <= 4096);
		assert_int_equal(io_read_file_at(p->fd, name, 1 << 20, &log, &e), 0);
	}
	for (size_t i = 0; i < log.len; i++)
		text += log.text[i] == 'y';
	assert_int_equal(text, sizeof(line));
	assert_null(strstr(log.text, " F "));
	assert_int_equal(l.lost, 0);
}

/* The file may not grow over 5000 bytes (a full disk looks the same): no torn entry, the loss is counted. */
static void test_full(void **state)
{
	struct rlimit was, few;
	struct ctrlog l;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	few = was;
	few.rlim_cur = 5000;
	begin(&l, state, 1 << 20, 2);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	put_entry(&l, 4000);
	put_entry(&l, 3000);
	assert_int_equal(size_of(state, MONITOR_LOG), 4000);
	assert_int_equal(l.lost, 3000 - CTRLOG_HEAD);
	assert_true(l.lost_why == ENOSPC || l.lost_why == EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	put_entry(&l, 100);
	assert_int_equal(size_of(state, MONITOR_LOG), 4100);
	ctrlog_close(&l);
}

static void test_refuses_what_is_no_file(void **state)
{
	struct place *p = *state;
	struct ctrlog l;
	struct err e;

	assert_int_equal(symlinkat("/etc/passwd", p->fd, MONITOR_LOG), 0);
	assert_int_equal(ctrlog_open(&l, p->fd, 4096, 1, &e), -1);
	assert_int_equal(unlinkat(p->fd, MONITOR_LOG, 0), 0);
	assert_int_equal(mkdirat(p->fd, MONITOR_LOG, 0700), 0);
	assert_int_equal(ctrlog_open(&l, p->fd, 4096, 1, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stamp),
		cmocka_unit_test(test_stamp_every_day),
		PLACE_TEST(test_size_at_its_limit),
		PLACE_TEST(test_files_at_their_limit),
		PLACE_TEST(test_long_line),
		PLACE_TEST(test_full),
		PLACE_TEST(test_refuses_what_is_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
