/* SPDX-License-Identifier: Apache-2.0 */
/* test_log_reader.c - a log that rotates while it is read comes out whole and in order. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/io.h"
#include "launcher/cli/log_reader.h"
#include "launcher/monitor/ctrlog.h"
#include "tests/unit/place.h"

enum { MAX_SIZE = 4096, MAX_FILES = 3 };

static void write_numbers(struct ctrlog *l, int from, int to)
{
	for (int i = from; i < to; i++) {
		char line[32];

		snprintf(line, sizeof(line), "%d\n", i);
		ctrlog_write(l, i & 1, line, strlen(line));
	}
}

/* Reads what is there; each entry must be the number after the last one. */
static int read_numbers(struct log_reader *r, int next)
{
	struct log_entry entry;
	struct err e = { 0 };
	int got;

	while ((got = log_reader_next(r, &entry, &e)) > 0) {
		char text[32];

		snprintf(text, sizeof(text), "%.*s", (int)entry.len, entry.text);
		if (atoi(text) != next || entry.is_stderr != (next & 1) || entry.partial)
			fail_msg("\"%s\" where %d was to come", text, next);
		next++;
	}
	assert_int_equal(got, 0);
	return next;
}

static void reads_over_rotations(void **state)
{
	int dir = ((struct place *)*state)->fd, next = 0;
	struct log_reader r = LOG_READER_INIT;
	struct ctrlog l;
	struct err e = { 0 };

	assert_int_equal(ctrlog_open(&l, dir, MAX_SIZE, MAX_FILES, &e), 0);
	write_numbers(&l, 0, 10);
	assert_int_equal(log_reader_open(&r, dir, &e), 0);
	next = read_numbers(&r, next);
	assert_int_equal(next, 10);
	/* A file holds some 80 entries: within one, over one rotation, over two at once. */
	for (int step = 7; next < 1000; step = step == 7 ? 83 : step == 83 ? 150 : 7) {
		write_numbers(&l, next, next + step);
		assert_int_equal(read_numbers(&r, next), next + step);
		next += step;
	}
	/* More than all files hold: the rest of the open one, then from the oldest that is left; nothing twice. */
	write_numbers(&l, next, next + 1000);
	{
		struct log_entry entry;
		int last = next - 1, gaps = 0;

		while (log_reader_next(&r, &entry, &e) > 0) {
			assert_true(atoi(entry.text) > last);
			gaps += atoi(entry.text) > last + 1;
			last = atoi(entry.text);
		}
		assert_int_equal(gaps, 1);
		assert_int_equal(last, next + 999);
	}
	log_reader_close(&r);
	/* From the oldest file on. */
	assert_int_equal(log_reader_open(&r, dir, &e), 0);
	{
		struct log_entry entry;

		assert_int_equal(log_reader_next(&r, &entry, &e), 1);
		assert_int_equal(read_numbers(&r, atoi(entry.text) + 1), next + 1000);
	}
	log_reader_close(&r);
	ctrlog_close(&l);
}

static void passes_over_what_is_no_entry(void **state)
{
	static const char text[] = "garbage\n2026-11-24T05:13:20.000000000+00:00 stdout F one\n\n2026-11-24T05:13:20.000000000+00:00 stdxxx F no\n"
				   "2026-11-24T05:13:20.000000000+00:00 stderr P tw\n2026-11-24T05:13:20.000000000+00:00 stderr F \nhalf";
	int dir = ((struct place *)*state)->fd;
	struct log_reader r = LOG_READER_INIT;
	struct log_entry entry;
	struct err e = { 0 };

	assert_int_equal(io_replace_volatile_at(dir, "ctr.log", text, strlen(text), 0600, &e), 0);
	assert_int_equal(log_reader_open(&r, dir, &e), 0);
	assert_int_equal(log_reader_next(&r, &entry, &e), 1);
	assert_int_equal(entry.len, 3);
	assert_memory_equal(entry.text, "one", 3);
	assert_int_equal(log_reader_next(&r, &entry, &e), 1);
	assert_true(entry.partial && entry.is_stderr && entry.len == 2);
	assert_int_equal(log_reader_next(&r, &entry, &e), 1);
	assert_true(!entry.partial && entry.len == 0);
	assert_int_equal(log_reader_next(&r, &entry, &e), 0);
	log_reader_close(&r);
}

static void longest_entry_and_one_that_is_none(void **state)
{
	int dir = ((struct place *)*state)->fd;
	struct log_reader r = LOG_READER_INIT;
	auto_free char *line = malloc(2 * LOG_READER_BUFFER + 200);
	struct log_entry entry;
	struct err e = { 0 };
	struct ctrlog l;

	assert_non_null(line);
	memset(line, 'x', CTRLOG_TEXT_MAX);
	assert_int_equal(ctrlog_open(&l, dir, 1 << 30, 2, &e), 0);
	ctrlog_write(&l, false, line, CTRLOG_TEXT_MAX);
	ctrlog_close(&l);
	assert_int_equal(log_reader_open(&r, dir, &e), 0);
	assert_int_equal(log_reader_next(&r, &entry, &e), 1);
	assert_int_equal(entry.len, CTRLOG_TEXT_MAX);
	log_reader_close(&r);
	/* Nothing of ours is longer than the buffer: it costs no memory, and the next entry is found. */
	memset(line, 'y', 2 * LOG_READER_BUFFER);
	strcpy(line + 2 * LOG_READER_BUFFER, "\n2026-11-24T05:13:20.000000000+00:00 stdout F after\n");
	assert_int_equal(io_replace_volatile_at(dir, "ctr.log", line, strlen(line), 0600, &e), 0);
	assert_int_equal(log_reader_open(&r, dir, &e), 0);
	assert_int_equal(log_reader_next(&r, &entry, &e), 1);
	assert_memory_equal(entry.text, "after", 5);
	log_reader_close(&r);
}

static void no_log_is_empty(void **state)
{
	struct log_reader r = LOG_READER_INIT;
	struct log_entry entry;
	struct err e = { 0 };
	struct ctrlog l;

	assert_int_equal(log_reader_open(&r, ((struct place *)*state)->fd, &e), 0);
	assert_int_equal(log_reader_next(&r, &entry, &e), 0);
	/* One that comes later is seen. */
	assert_int_equal(ctrlog_open(&l, ((struct place *)*state)->fd, MAX_SIZE, MAX_FILES, &e), 0);
	ctrlog_write(&l, false, "a\n", 2);
	assert_int_equal(log_reader_next(&r, &entry, &e), 1);
	assert_int_equal(log_reader_next(&r, &entry, &e), 0);
	ctrlog_close(&l);
	log_reader_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(reads_over_rotations),
		PLACE_TEST(passes_over_what_is_no_entry),
		PLACE_TEST(longest_entry_and_one_that_is_none),
		PLACE_TEST(no_log_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
