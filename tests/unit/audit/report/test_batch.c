/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of a log: wherever reading cuts it, the same runs; each limit at N and N+1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/report/batch.h"
#include "tests/unit/audit/report/story.h"

/* What came out: "SERIAL:TYPE+TYPE " for each run. */
static struct str told;
static struct batch sum;	/* its counts only */
static size_t pieces;

static void tell(const struct batch *b)
{
	struct line line[GATHER_RECORDS_MAX];
	struct err e;

	pieces++;
	sum.lines += b->lines;
	sum.bad += b->bad;
	sum.too_long += b->too_long;
	for (size_t i = 0; i < b->runs; i++) {
		const struct run *r = &b->run[i];

		batch_lines(b, r, line);
		assert_int_equal(str_addf(&told, &e, "%llu:", (unsigned long long)r->stamp.serial), 0);
		for (uint32_t k = 0; k < r->n; k++)
			assert_int_equal(str_addf(&told, &e, "%s%.*s", k ? "+" : "", (int)line[k].name.len, line[k].name.at), 0);
		assert_int_equal(str_add(&told, r->cut ? "! " : " ", &e), 0);
	}
}

/* The log through a pipe, n bytes of it first; the rest when that was read. */
static void read_in_two(const char *log, size_t len, size_t n, bool live)
{
	static const struct batch_way way = { .depth = GLANCE_RESULT, .all = true };
	struct source s = { .live = live };
	struct batch b = { 0 };
	struct err e = { 0 };
	int ends[2];

	str_done(&told);
	sum = (struct batch){ 0 };
	pieces = 0;
	assert_int_equal(pipe(ends), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) >= 1 << 20);
	assert_int_equal(write(ends[1], log, n), (ssize_t)n);
	assert_int_equal(packed_open(ends[0], &s.packed, &e), 0);
	for (size_t have = 0; !b.end;) {
		assert_int_equal(batch_read(&s, &b, &e) || batch_split(&b, &way, &e), 0);
		tell(&b);
		have += b.bytes;
		if (have == n && b.bytes) {
			assert_int_equal(write(ends[1], log + n, len - n), (ssize_t)(len - n));
			close(ends[1]);
		}
	}
	packed_close(s.packed);
	source_done(&s);
	batch_done(&b);
	close(ends[0]);
}

#define L(type, id, rest) "type=" type " msg=audit(" id "): " rest "\n"

static void cut_at_every_byte(void **state)
{
	static const char log[] = L("SYSCALL", "1.0:1", "a=1") L("PROCTITLE", "1.0:1", "x=1") L("USER", "1.0:2", "pid=1 msg='a'") "rubbish\n"
		L("USER", "1.0:2", "pid=1 msg='a'") "\n" L("SYSCALL", "1.0:3", "a=1") "type=PATH msg=audit(1.0:3\n" L("SYSCALL", "1.0:4", "a=\0")
		L("PATH", "1.0:3", "p=1") "node=a " L("SYSCALL", "1.0:5", "p=1") "node=b " L("SYSCALL", "1.0:5", "p=1")
		L("USER", "1.4000:6", "pid=1 msg='a'") "node=b " L("PROCTITLE", "1.0:5", "x=1") "type=EOE msg=audit(1.0:7): ";
	static const char want[] = "1:SYSCALL+PROCTITLE 2:USER+USER 3:SYSCALL 4:SYSCALL 3:PATH 5:SYSCALL 5:SYSCALL+PROCTITLE 7:EOE ";

	(void)state;
	for (size_t n = 6; n < sizeof(log); n++) {
		read_in_two(log, sizeof(log) - 1, n, false);
		assert_string_equal(told.text, want);
		assert_int_equal(sum.lines, 15);
		assert_int_equal(sum.bad, 3);
		/* Live, what is there is told; a run may come in two parts. */
		read_in_two(log, sizeof(log) - 1, n, true);
		assert_int_equal(sum.lines, 15);
		assert_int_equal(sum.bad, 3);
	}
	read_in_two(L("USER", "1.0:1", "pid=1 msg='a'") L("USER", "1.0:2", "pid=1 msg='a'"), 80, 45, true);
	assert_string_equal(told.text, "1:USER 2:USER ");
}

/* A line that is too long in front, behind and in the middle of what is carried; the limit itself. */
static void long_lines(void **state)
{
	auto_free char *log = malloc(2 << 20);

	(void)state;
	for (int pass = 0; pass < 3; pass++) {
		size_t want = pass == 2 ? 600000 : (size_t)LINE_MAX_BYTES + (size_t)pass, n, at;

		at = n = (size_t)sprintf(log, L("SYSCALL", "1.0:1", "a=1") L("PATH", "1.0:1", "p=1"));
		n += (size_t)sprintf(log + n, "type=PATH msg=audit(1.0:1): p=");
		memset(log + n, 'x', at + want - n);
		n = at + want;
		n += (size_t)sprintf(log + n, "\n" L("PROCTITLE", "1.0:1", "x=1") L("USER", "1.0:2", "pid=1 msg='a'"));
		for (size_t first = 6; first < n; first += first < 200 ? 1 : 997) {
			read_in_two(log, n, first, false);
			assert_string_equal(told.text, pass ? "1:SYSCALL+PATH+PROCTITLE 2:USER " : "1:SYSCALL+PATH+PATH+PROCTITLE 2:USER ");
			assert_int_equal(sum.lines, 5);
			assert_int_equal(sum.too_long, pass > 0);
			assert_int_equal(sum.bad, pass > 0);
		}
	}
}

/* A run of what is carried is whole; of one byte more it is cut at a line's end. */
static void carried(void **state)
{
	auto_free char *log = malloc(1 << 20);

	(void)state;
	for (size_t over = 0; over < 2; over++) {
		size_t n = 0, left = BATCH_CARRY + over;

		n = (size_t)sprintf(log, L("USER", "1.0:1", "pid=1 msg='a'"));
		for (int i = 0; i < 2; i++) {
			size_t len = i ? left : BATCH_CARRY / 2;
			int head = sprintf(log + n, "type=EXECVE msg=audit(1.0:2): ");

			memset(log + n + head, 'x', len - 1 - (size_t)head);
			log[n + len - 1] = '\n';
			n += len;
			left -= len;
		}
		left = n;
		n += (size_t)sprintf(log + n, L("PROCTITLE", "1.0:2", "x=1"));
		read_in_two(log, n, left, false);
		assert_string_equal(told.text, over ? "1:USER 2:EXECVE+EXECVE 2:PROCTITLE " : "1:USER 2:EXECVE+EXECVE+PROCTITLE ");
	}
}

static void records_of_a_run(void **state)
{
	auto_free char *log = malloc(1 << 20);

	(void)state;
	for (size_t over = 0; over < 2; over++) {
		size_t n = 0;

		for (size_t i = 0; i < GATHER_RECORDS_MAX + over; i++)
			n += (size_t)sprintf(log + n, L("EXECVE", "1.0:1", "a0=\"x\""));
		read_in_two(log, n, 6, false);
		assert_int_equal(strchr(told.text, '!') != NULL, over);
		assert_int_equal(sum.lines, GATHER_RECORDS_MAX + over);
	}
}

/* More events in a piece than are taken apart beforehand, and more lines: the rest is taken apart when it is wanted. */
static void short_lines(void **state)
{
	size_t room = 1 << 20, n = 0, events = 0;
	auto_free char *log = malloc(room);
	struct report_request q = { .view = REPORT_TIMELINE, .all = true, .session = REPORT_NO_SESSION, .format = REPORT_NDJSON };
	struct report_summary s;
	struct err e = { 0 };

	(void)state;
	while (n < room - 100) {
		n += (size_t)sprintf(log + n, "type=USER msg=audit(1.0:%zu):\n", ++events);
		if (events > 2 * BATCH_FACTS)
			n += (size_t)sprintf(log + n, "type=SYSCALL msg=audit(1.0:%zu):\ntype=EOE msg=audit(1.0:%zu):\n", events + 1, events + 1), events++;
	}
	assert_int_equal(run_bytes(log, n, &q, &s, &e), 0);
	assert_int_equal(s.events, events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_at_every_byte), cmocka_unit_test(long_lines), cmocka_unit_test(carried),
		cmocka_unit_test(records_of_a_run), cmocka_unit_test(short_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
