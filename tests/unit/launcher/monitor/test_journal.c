/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the journal: their fields, text that looks like fields, long lines, and a journal that takes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "launcher/monitor/journal.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PATH_FORM "/tmp/secctr-test-journal-%d"

static char path[64], datagram[65536];
static int server = -1;
static struct journal journal;
static struct err e;

static int setup(void **state)
{
	struct monitor_job job = { .id = (char *)ID, .name = (char *)"web", .auid = 1000, .ses = 77 };
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), PATH_FORM, (int)getpid());
	strcpy(at.sun_path, path);
	(void)unlink(path);
	server = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (server < 0 || bind(server, (struct sockaddr *)&at, sizeof(at)))
		return -1;
	fd = journal_connect(path, &e);
	return fd < 0 ? -1 : journal_open(&journal, fd, &job, &e);
}

static int teardown(void **state)
{
	(void)state;
	(void)close(journal.fd);
	(void)close(server);
	(void)unlink(path);
	return 0;
}

static size_t take(void)
{
	ssize_t n = recv(server, datagram, sizeof(datagram) - 1, MSG_DONTWAIT);

	if (n < 0)
		return 0;
	datagram[n] = '\0';
	return (size_t)n;
}

/* The value of MESSAGE, and that after it there are our fields and nothing else. */
static void expect(const char *priority, const char *text, size_t len, bool partial)
{
	size_t n = take(), head = strlen(priority);
	char tail[JOURNAL_TAIL_MAX + 64];
	uint64_t size;

	assert_true(n > head + 16 + len);
	assert_memory_equal(datagram, priority, head);
	assert_memory_equal(datagram + head, "MESSAGE\n", 8);
	memcpy(&size, datagram + head + 8, 8);
	assert_int_equal(le64toh(size), len);
	assert_memory_equal(datagram + head + 16, text, len);
	(void)snprintf(tail, sizeof(tail), "\nCONTAINER_ID=0123456789ab\nCONTAINER_ID_FULL=" ID "\nCONTAINER_NAME=web\n"
		       "CONTAINER_TAG=web\nSYSLOG_IDENTIFIER=web\nSECCTR_LOGINUID=1000\nSECCTR_SESSION=77\n%s",
		       partial ? "CONTAINER_PARTIAL_MESSAGE=true\n" : "");
	assert_int_equal(n, head + 16 + len + strlen(tail));
	assert_memory_equal(datagram + head + 16 + len, tail, strlen(tail));
}

static void a_line_is_an_entry(void **state)
{
	(void)state;
	journal_write(&journal, false, "one\n\nthree\n", 11);
	expect("PRIORITY=6\n", "one", 3, false);
	expect("PRIORITY=6\n", "", 0, false);
	expect("PRIORITY=6\n", "three", 5, false);
	journal_write(&journal, true, "bad\n", 4);
	expect("PRIORITY=3\n", "bad", 3, false);
	journal_write(&journal, false, "front", 5);
	expect("PRIORITY=6\n", "front", 5, true);
	assert_int_equal(take(), 0);
	assert_int_equal(journal.lost, 0);
}

static void text_makes_no_field(void **state)
{
	static const char forged[] = "x=1\0PRIORITY=0 MESSAGE=y\r_AUDIT_LOGINUID=0";

	(void)state;
	journal_write(&journal, false, forged, sizeof(forged) - 1);
	expect("PRIORITY=6\n", forged, sizeof(forged) - 1, true);
}

static void long_lines_go_on(void **state)
{
	static char text[JOURNAL_TEXT_MAX + 2];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[JOURNAL_TEXT_MAX + 1] = '\n';
	journal_write(&journal, false, text, sizeof(text));
	expect("PRIORITY=6\n", text, JOURNAL_TEXT_MAX, true);
	expect("PRIORITY=6\n", text, 1, false);
}

/* Nobody reads: one wait, then what does not fit is lost and counted, and what fits again is written. */
static void a_stuck_journal_loses_and_says_so(void **state)
{
	size_t sent = 0;

	(void)state;
	for (; !journal.lost && sent < 100000; sent++)
		journal_write(&journal, false, "12345\n", 6);
	assert_int_equal(journal.lost, 5);
	assert_true(journal.lost_why != 0 && journal.stuck);
	journal_write(&journal, false, "123\n", 4);
	assert_int_equal(journal.lost, 8);
	while (take())
		;
	journal_write(&journal, false, "again\n", 6);
	expect("PRIORITY=6\n", "again", 5, false);
	assert_false(journal.stuck);
	assert_int_equal(journal.lost, 8);
}

static void no_journal_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(journal_connect("/tmp/secctr-test-no-journal", &e), -1);
	assert_non_null(strstr(e.text, "the journal is not there"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_is_an_entry, setup, teardown),
		cmocka_unit_test_setup_teardown(text_makes_no_field, setup, teardown),
		cmocka_unit_test_setup_teardown(long_lines_go_on, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stuck_journal_loses_and_says_so, setup, teardown),
		cmocka_unit_test(no_journal_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
