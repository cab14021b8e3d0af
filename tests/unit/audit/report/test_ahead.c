/* SPDX-License-Identifier: Apache-2.0 */
/* One thread or two: the same report byte by byte, from files, pipes and packed files, and an end to everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "audit/report/ahead.h"
#include "tests/unit/audit/report/story.h"

static char *log_text;
static size_t log_len;

/* Several reads of events that interleave and span them, long lines, rubbish, a NUL, and no newline at the end. */
static int make_log(void **state)
{
	size_t n = 0;

	(void)state;
	log_text = malloc(8 << 20);
	assert_non_null(log_text);
	for (unsigned i = 1; n < 3 << 20; i++) {
		unsigned sec = 2000 + i / 50;

		if (i % 1000 == 7)
			n += (size_t)sprintf(log_text + n, SELINUX_STORY OTHERS);
		n += (size_t)sprintf(log_text + n, "type=SYSCALL msg=audit(%u.000:%u): arch=c000003e syscall=59 success=%s exit=-13 pid=%u auid=1000 "
				     "ses=%u comm=\"c%0*u\" exe=\"/bin/x\" subj=" CTX "\x1d" "AUID=\"alice\"\n", sec, i, i % 3 ? "yes" : "no", i, i % 50,
				     (int)(i * 37 % 900) + 1, i);
		if (i % 7 == 0)
			n += (size_t)sprintf(log_text + n, "type=USER_LOGIN msg=audit(%u.000:%u): pid=1 uid=0 auid=1000 ses=9 msg='op=login acct=\"x\" "
					     "res=success'\n", sec, i + 1000000);
		if (i % 11 == 0) {
			memcpy(log_text + n, "rub\0bish\n", 9);
			n += 9;
		}
		if (i == 1500) {
			memset(log_text + n, 'x', 1 << 20);
			n += 1 << 20;
			log_text[n++] = '\n';
		}
		n += (size_t)sprintf(log_text + n, "type=PROCTITLE msg=audit(%u.000:%u): proctitle=41\n", sec, i);
	}
	log_len = n - 1;
	return 0;
}

static const struct { const char *name, *pack; bool pipe; } ways[] = {
	{ "file", NULL, false }, { "pipe", NULL, true }, { "gzip", "gzip -1", false }, { "gzip through a pipe", "gzip -1", true },
	{ "zstd", "zstd -q -1", false }, { "xz", "xz -0", false }, { "cut gzip", "gzip -1 | head -c 90000", false },
};

/* The log as a descriptor; *child writes it where it is a pipe. */
static int open_log(size_t way, pid_t *child)
{
	FILE *plain = tmpfile(), *packed = tmpfile();
	char command[128];
	int ends[2], fd;

	assert_true(plain && packed && fwrite(log_text, 1, log_len, plain) == log_len && fflush(plain) == 0);
	rewind(plain);
	fd = fileno(plain);
	if (ways[way].pack) {
		snprintf(command, sizeof(command), "(%s) <&%d >&%d", ways[way].pack, fd, fileno(packed));
		assert_int_equal(system(command), 0);
		fd = fileno(packed);
	}
	fd = dup(fd);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	fclose(plain);
	fclose(packed);
	*child = 0;
	if (!ways[way].pipe)
		return fd;
	assert_int_equal(pipe(ends), 0);
	*child = fork();
	if (*child == 0) {
		static char buf[8192];
		ssize_t n;

		close(ends[0]);
		/* Pieces of every length. */
		for (size_t i = 1; (n = read(fd, buf, i * 613 % sizeof(buf) + 1)) > 0; i++)
			if (write(ends[1], buf, (size_t)n) != n)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	close(fd);
	return ends[0];
}

static char *report(size_t way, struct report_request *q, unsigned helpers, struct report_summary *sum)
{
	AUTO(ahead_free_auto) struct ahead *a = NULL;
	struct err e = { 0 };
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	pid_t child;
	int fd = open_log(way, &child), status = 0;
	struct report_input in = { &fd, 1 };

	assert_int_equal(ahead_new(helpers, &a, &e), 0);
	assert_int_equal(ahead_helpers(a), helpers);
	q->ahead = a;
	if (report_run(q, &in, out, sum, &e))
		fail_msg("%s: %s", ways[way].name, e.text);
	q->ahead = NULL;
	fclose(out);
	close(fd);
	if (child)
		assert_true(waitpid(child, &status, 0) == child && status == 0);
	return text;
}

static void same_with_one_and_two(void **state)
{
	static const enum report_view views[] = { REPORT_TIMELINE, REPORT_CONTAINERS, REPORT_DENIED, REPORT_GAPS };

	(void)state;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++)
		for (size_t v = 0; v < ARRAY_LEN(views); v++) {
			struct report_request q = { .view = views[v], .all = v == 0, .session = REPORT_NO_SESSION, .format = REPORT_NDJSON };
			struct report_summary one, two;
			auto_free char *alone = report(w, &q, 0, &one), *helped = report(w, &q, 1, &two);

			if (strcmp(alone, helped) != 0)
				fail_msg("%s: view %zu differs", ways[w].name, v);
			assert_memory_equal(&one, &two, sizeof(one));
			assert_true(one.lines > (ways[w].pack && strstr(ways[w].pack, "head") ? 100 : 4000) && (v || one.events > 100));
		}
}

/* A report that fails ends although its helper waits for a pipe in which nothing comes. */
static void ends_at_a_silent_pipe(void **state)
{
	AUTO(ahead_free_auto) struct ahead *a = NULL;
	struct report_request q = { .view = REPORT_TIMELINE, .all = true, .session = REPORT_NO_SESSION };
	FILE *full = fopen("/dev/full", "w");
	struct err e = { 0 };
	int ends[2];
	struct report_input in = { ends, 1 };
	pid_t child;

	(void)state;
	assert_true(full && pipe(ends) == 0 && setvbuf(full, NULL, _IONBF, 0) == 0);
	assert_int_equal(ahead_new(1, &a, &e), 0);
	q.ahead = a;
	child = fork();
	if (child == 0) {
		close(ends[0]);
		(void)!write(ends[1], log_text, 1 << 20);
		pause();	/* silent, and open: only its error ends the report */
		_exit(0);
	}
	(void)alarm(30);
	assert_int_equal(report_run(&q, &in, full, NULL, &e), -1);
	(void)alarm(0);
	assert_int_equal(e.reason, ERR_SYSTEM);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	fclose(full);
	close(ends[0]);
	close(ends[1]);
}

/* Begun and ended again and again, with nothing and with much of the input read. */
static void begins_and_ends(void **state)
{
	static const struct batch_way way = { .depth = GLANCE_OWNER };
	AUTO(ahead_free_auto) struct ahead *a = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ahead_new(1, &a, &e), 0);
	for (unsigned i = 0; i < 60; i++) {
		pid_t child;
		int fd = open_log(0, &child);
		struct source s = { 0 };
		struct batch *b = NULL;
		uint64_t lines = 0;

		assert_int_equal(packed_open(fd, &s.packed, &e), 0);
		ahead_begin(a, &s, &way, -1);
		for (unsigned n = 0; n < i % 20 && !(b && b->end); n++) {
			assert_int_equal(ahead_next(a, &b, &e), 0);
			lines += b->lines;
		}
		assert_true(lines > 0 || i % 20 == 0);
		ahead_end(a);
		packed_close(s.packed);
		source_done(&s);
		close(fd);
	}
}

/* More helpers than are made. */
static void helpers_of_the_limit(void **state)
{
	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		AUTO(ahead_free_auto) struct ahead *a = NULL;
		struct err e = { 0 };

		assert_int_equal(ahead_new(AHEAD_HELPERS_MAX + over, &a, &e), 0);
		assert_int_equal(ahead_helpers(a), AHEAD_HELPERS_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_with_one_and_two), cmocka_unit_test(ends_at_a_silent_pipe), cmocka_unit_test(begins_and_ends),
		cmocka_unit_test(helpers_of_the_limit),
	};

	return cmocka_run_group_tests(tests, make_log, NULL);
}
