/* SPDX-License-Identifier: Apache-2.0 */
/* Lines into events: what stands together, what does not, whose clock, which boot; each limit at N and N+1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/report/gather.h"

/* What came out, a word an event: "NODE/BOOT/SERIAL:TYPE+TYPE". */
static struct str told;
static struct gather *current;
static size_t last_n;
static bool last_cut;

static int tell(void *context, const struct gathered *ev, struct err *e)
{
	(void)context;
	last_n = ev->n;
	last_cut = ev->cut;
	assert_int_equal(str_addf(&told, e, "%s%s/%u/%llu:", told.len ? " " : "", gather_node_name(current, ev->node), ev->boot,
				  (unsigned long long)ev->stamp.serial), 0);
	for (size_t i = 0; i < ev->n && i < 9; i++)
		assert_int_equal(str_addf(&told, e, "%s%.*s", i ? "+" : "", (int)ev->rec[i].name.len, ev->rec[i].name.at), 0);
	return 0;
}

static struct gather_counts gather(const char *log, size_t n)
{
	int fd = memfd_create("log", 0);
	struct err e = { 0 };
	struct gather_counts c;

	str_done(&told);
	assert_true(fd >= 0 && write(fd, log, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
	assert_int_equal(gather_new(tell, NULL, &current, &e), 0);
	if (gather_read(current, fd, &e) || gather_flush(current, &e))
		fail_msg("%s", e.text);
	c = *gather_counts(current);
	gather_free(current);
	close(fd);
	return c;
}

static void same(const char *want)
{
	assert_string_equal(told.text ? told.text : "", want);
}

#define L(type, id, rest) "type=" type " msg=audit(" id "): " rest "\n"

static void keeps_events_together(void **state)
{
	static const struct { const char *name, *log, *want; } rows[] = {
		{ "one after the other", L("SYSCALL", "1.0:1", "a=1") L("PROCTITLE", "1.0:1", "x=1") L("USER", "1.0:2", "pid=1 msg='a'"),
		  "/0/1:SYSCALL+PROCTITLE /0/2:USER" },
		{ "another in the middle", L("SYSCALL", "1.0:1", "a=1") L("SYSCALL", "1.0:2", "a=2") L("PATH", "1.0:1", "p=1")
		  L("PROCTITLE", "1.0:2", "x=2") L("PROCTITLE", "1.0:1", "x=1"),
		  "/0/2:SYSCALL+PROCTITLE /0/1:SYSCALL+PATH+PROCTITLE" },
		{ "a user record in the middle", L("SYSCALL", "1.0:1", "a=1") L("USER", "1.0:2", "pid=1 msg='x'")
		  L("PROCTITLE", "1.0:1", "x=1"), "/0/2:USER /0/1:SYSCALL+PROCTITLE" },
		{ "login first", L("LOGIN", "1.0:1", "ses=1") L("SYSCALL", "1.0:1", "ses=1") L("PROCTITLE", "1.0:1", "x=1"),
		  "/0/1:LOGIN+SYSCALL+PROCTITLE" },
		{ "the same number in another millisecond", L("SYSCALL", "1.0:1", "a=1") L("SYSCALL", "1.001:1", "a=1"),
		  "/0/1:SYSCALL /0/1:SYSCALL" },
		{ "without a last record: after two seconds", L("SYSCALL", "1.0:1", "a=1") L("USER", "3.0:2", "pid=1 msg='x'")
		  L("USER", "3.001:3", "pid=1 msg='x'"), "/0/2:USER /0/3:USER /0/1:SYSCALL" },
		{ "no newline at the end", "type=USER msg=audit(1.0:1): pid=1 msg='x'", "/0/1:USER" },
		{ "two hosts with the same number", "node=a " L("SYSCALL", "1.0:1", "a=1") "node=b " L("SYSCALL", "1.0:1", "a=1")
		  "node=b " L("PROCTITLE", "1.0:1", "x=1") "node=a " L("PROCTITLE", "1.0:1", "x=1"),
		  "b/0/1:SYSCALL+PROCTITLE a/0/1:SYSCALL+PROCTITLE" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		(void)gather(rows[i].log, strlen(rows[i].log));
		if (strcmp(told.text, rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].name, told.text);
	}
}

static void tells_boots_apart(void **state)
{
	static const struct { const char *name, *log, *want; unsigned back; } rows[] = {
		{ "numbers begin again", L("USER", "100.0:500", "pid=1 msg='x'") L("USER", "200.0:3", "pid=1 msg='x'") L("USER", "200.0:4", "pid=1 msg='x'"),
		  "/0/500:USER /1/3:USER /1/4:USER", 0 },
		{ "an event that ends late", L("USER", "100.0:500", "pid=1 msg='x'") L("USER", "101.0:499", "pid=1 msg='x'"), "/0/500:USER /0/499:USER", 0 },
		{ "auditd's own number", L("USER", "100.0:500", "pid=1 msg='x'") L("DAEMON_ROTATE", "200.0:7", "op=rotate") L("USER", "200.0:501", "pid=1 msg='x'"),
		  "/0/500:USER /0/7:DAEMON_ROTATE /0/501:USER", 0 },
		{ "a boot with the clock in the past", L("USER", "900.0:500000", "pid=1 msg='x'") L("USER", "5.0:3", "pid=1 msg='x'"),
		  "/0/500000:USER /1/3:USER", 0 },
		{ "a clock that is set back", L("USER", "900.0:500", "pid=1 msg='x'") L("USER", "5.0:501", "pid=1 msg='x'") L("USER", "6.0:502", "pid=1 msg='x'"),
		  "/0/500:USER /0/501:USER /0/502:USER", 1 },
		{ "one host boots, the other does not", "node=a " L("USER", "100.0:50", "pid=1 msg='x'") "node=b " L("USER", "100.0:60", "pid=1 msg='x'")
		  "node=a " L("USER", "200.0:3", "pid=1 msg='x'") "node=b " L("USER", "200.0:61", "pid=1 msg='x'"),
		  "a/0/50:USER b/0/60:USER a/1/3:USER b/0/61:USER", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct gather_counts c = gather(rows[i].log, strlen(rows[i].log));

		if (strcmp(told.text, rows[i].want) != 0 || c.steps_back != rows[i].back)
			fail_msg("%s: %s (%u back)", rows[i].name, told.text, (unsigned)c.steps_back);
	}
}

static void passes_rubbish_over(void **state)
{
	static const char log[] = L("USER", "1.0:1", "pid=1 msg='x'") "\n" "type=SYSCALL msg=audit(1.0\n" "rubbish \x1b\xff\n"
		"type=USER msg=audit(1.0:4294967296): pid=1 msg='x'\n" "type=USER msg=audit(1.1000:5): pid=1 msg='x'\n" "type= msg=audit(1.0:6): x\n"
		"node= type=USER msg=audit(1.0:7): pid=1 msg='x'\n" "type=USER msg=audit(1.0:8):\n" L("USER", "1.0:9", "pid=1 msg='\0'");
	struct gather_counts c;

	(void)state;
	c = gather(log, sizeof(log) - 1);
	same("/0/1:USER /0/9:USER /0/8:USER");
	assert_int_equal(c.lines, 10);
	assert_int_equal(c.bad, 6);
}

/* Lines that a block ends in, and a carry of each length. */
static void reads_across_blocks(void **state)
{
	auto_free char *log = malloc(3 << 20);
	size_t n = 0, events = 0;

	(void)state;
	while (n < (2 << 20)) {
		n += (size_t)sprintf(log + n, "type=SYSCALL msg=audit(%zu.0:%zu): %0*d\n", 1 + events / 100, events + 1,
				     (int)(events * 37 % 900) + 1, 7);
		n += (size_t)sprintf(log + n, "type=PROCTITLE msg=audit(%zu.0:%zu): x=1\n", 1 + events / 100, events + 1);
		events++;
	}
	assert_int_equal(gather(log, n).events, events);
	assert_null(strstr(told.text, ":PROCTITLE"));
}

static void line_of_the_limit(void **state)
{
	auto_free char *log = malloc(4 << 20);

	(void)state;
	for (int pass = 0; pass < 3; pass++) {
		size_t want = pass == 2 ? 2 << 20 : (size_t)LINE_MAX_BYTES + (size_t)pass, n;
		struct gather_counts c;

		n = (size_t)sprintf(log, "type=USER msg=audit(1.0:1): pid=1 msg='");
		memset(log + n, 'x', want - n);
		strcpy(log + want, "\n" L("USER", "1.0:2", "pid=1 msg='x'"));
		c = gather(log, strlen(log));
		same(pass ? "/0/2:USER" : "/0/1:USER /0/2:USER");
		assert_int_equal(c.too_long, pass > 0);
		assert_int_equal(c.lines, 2);
	}
}

static void event_of_the_limit(void **state)
{
	auto_free char *log = malloc(8 << 20);

	(void)state;
	/* Records: together, and with another in the middle, so that they are kept. */
	for (int pass = 0; pass < 4; pass++) {
		size_t n = 0, records = (size_t)GATHER_RECORDS_MAX + (pass & 1);
		struct gather_counts c;

		for (size_t i = 0; i < records; i++) {
			n += (size_t)sprintf(log + n, L("EXECVE", "1.0:1", "a0=\"x\""));
			if (i == 3 && pass & 2)
				n += (size_t)sprintf(log + n, L("USER", "1.0:2", "pid=1 msg='x'"));
		}
		c = gather(log, n);
		assert_int_equal(c.events, pass & 2 ? 2 : 1);
		assert_int_equal(c.cut, pass & 1);
		assert_int_equal(last_n, GATHER_RECORDS_MAX);
		assert_int_equal(last_cut, pass & 1);
	}
	/* Bytes of one that is kept. */
	for (size_t over = 0; over < 2; over++) {
		size_t n = 0, left = GATHER_EVENT_BYTES + over;

		for (unsigned i = 0; left; i++) {
			size_t len = left > 2 * 16000 ? 16000 : left > 16000 ? left / 2 : left;
			int head = sprintf(log + n, "type=EXECVE msg=audit(1.0:1): ");

			memset(log + n + head, 'x', len - 1 - (size_t)head);
			log[n + len - 1] = '\n';
			n += len;
			left -= len;
			n += (size_t)sprintf(log + n, "type=USER msg=audit(1.0:%u): pid=1 msg='x'\n", i + 2);
		}
		assert_int_equal(gather(log, n).cut, over);
	}
}

static void waiting_events_of_the_limit(void **state)
{
	auto_free char *log = malloc(8 << 20);

	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		size_t n = 0;

		for (unsigned i = 0; i < GATHER_OPEN_MAX + over; i++)
			n += (size_t)sprintf(log + n, "type=SYSCALL msg=audit(1.0:%u): a=1\n", i + 1);
		assert_int_equal(gather(log, n).events, GATHER_OPEN_MAX + over);
		assert_int_equal(gather(log, n).early, over + 0u > 0 ? 1 : 0);
	}
}

static void nodes_of_the_limit(void **state)
{
	auto_free char *log = malloc(1 << 20);
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < GATHER_NODES_MAX + 2u; i++)
		n += (size_t)sprintf(log + n, "node=n%u " L("USER", "1.0:1", "pid=1 msg='x'"), i);
	assert_int_equal(gather(log, n).events, GATHER_NODES_MAX + 2);
	assert_non_null(strstr(told.text, " n4095/0/1:USER (more nodes than are told apart)/0/1:USER (more"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_events_together),
		cmocka_unit_test(tells_boots_apart),
		cmocka_unit_test(passes_rubbish_over),
		cmocka_unit_test(reads_across_blocks),
		cmocka_unit_test(line_of_the_limit),
		cmocka_unit_test(event_of_the_limit),
		cmocka_unit_test(waiting_events_of_the_limit),
		cmocka_unit_test(nodes_of_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
