/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor program with a terminal: bytes both ways, size, who types, its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/launcher/monitor/rig.h"

static void rig_terminal(struct rig *r, void **state, const char *script)
{
	rig_init(r, state);
	r->script = script;
	r->job.terminal = r->job.interactive = true;
	r->size = (struct winsize){ .ws_row = 12, .ws_col = 34 };
}

static void type(int fd, struct heard *h, const char *text)
{
	h->taken = false;
	assert_int_equal(frame_send(fd, FRAME_STDIN, text, strlen(text), 1), 0);
	while (!h->taken)
		assert_true(hear(fd, h));
}

static void resize(int fd, uint16_t rows, uint16_t columns)
{
	const uint16_t v[2] = { rows, columns };

	assert_int_equal(frame_send(fd, FRAME_RESIZE, v, sizeof(v), 1), 0);
}

static void test_size_and_streams(void **state)
{
	auto_heard struct heard h = { 0 };
	struct rig r;

	rig_terminal(&r, state, "test -t 0 && test -t 1 && test -t 2 && stty size; echo to-err >&2; echo tty >/dev/tty; exit 3");
	rig_start(&r);
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_int_equal(h.exit.code, 3);
	/* One stream, with the terminal's line ends. */
	assert_string_equal(h.out.text, "12 34\r\nto-err\r\ntty\r\n");
	assert_null(h.err.text);
}

static void test_typing_and_resize(void **state)
{
	auto_heard struct heard h = { 0 };
	struct rig r;

	/* dash ends a read that a trapped signal comes into: the line is read again. */
	rig_terminal(&r, state, "stty -echo; trap 'stty size' WINCH; echo ready; read a; echo got $a; until read b; do :; done;"
		" until read c; do :; done; echo end $c");
	rig_start(&r);
	hear_text(r.client, &h, "ready");
	type(r.client, &h, "one\n");
	hear_text(r.client, &h, "got one");
	resize(r.client, 50, 60);
	type(r.client, &h, "\n");
	hear_text(r.client, &h, "50 60");
	type(r.client, &h, "x\n");
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_non_null(strstr(h.out.text, "end x"));
}

/* Ctrl-C as a byte is a signal for what runs in the foreground of the terminal. */
static void test_interrupt(void **state)
{
	auto_heard struct heard h = { 0 };
	struct rig r;

	rig_terminal(&r, state, "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done");
	rig_start(&r);
	hear_text(r.client, &h, "ready");
	type(r.client, &h, "\3");
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_int_equal(h.exit.code, 9);
}

/* Who attaches sees what comes from then on, may type and resize, and takes the terminal from nobody by leaving. */
static void test_two_clients(void **state)
{
	auto_heard struct heard h = { 0 }, second = { 0 };
	struct rig r;
	int fd;

	rig_terminal(&r, state, "stty -echo; echo ready; while read a; do echo \"<$a>\"; done");
	rig_start(&r);
	hear_text(r.client, &h, "ready");
	fd = rig_attach(&r);
	hear_start(fd, &second);
	type(fd, &second, "two\n");
	hear_text(fd, &second, "<two>");
	hear_text(r.client, &h, "<two>");
	/* The end of one's input is not that of the terminal. */
	assert_int_equal(frame_send(fd, FRAME_STDIN_END, NULL, 0, 1), 0);
	assert_int_equal(frame_send(fd, FRAME_DETACH, NULL, 0, 1), 0);
	while (hear(fd, &second))
		;
	assert_false(second.exited);
	close(fd);
	type(r.client, &h, "one\n");
	hear_text(r.client, &h, "<one>");
	type(r.client, &h, "\4");
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_true(h.exited);
}

/* Closed by the last process that had it open, a terminal is opened again: nothing is lost, and nothing spins meanwhile. */
static void test_closed_and_opened_again(void **state)
{
	auto_heard struct heard h = { 0 };
	auto_free char *log = NULL;
	struct rig r;
	char path[64], text[512] = "", *at;
	long ticks = 0;
	int fd;

	rig_terminal(&r, state, "t=$(tty); echo before; exec <&- >&- 2>&-; sleep 1.5; echo after >$t; sleep 0.3");
	rig_start(&r);
	hear_text(r.client, &h, "after");
	snprintf(path, sizeof(path), "/proc/%d/stat", r.monitor);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	at = strrchr(text, ')');
	assert_int_equal(sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld", &ticks), 1);
	assert_true(ticks < 30);	/* of 150 */
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_string_equal(h.out.text, "before\r\nafter\r\n");
	log = rig_read(&r, MONITOR_LOG);
	assert_non_null(strstr(log, "after"));
}

/* Its end is told at once, although no end of file comes before the init is gone. */
static void test_end_is_quick(void **state)
{
	auto_heard struct heard h = { 0 };
	int64_t from = now_ms();
	struct rig r;

	rig_terminal(&r, state, "exec <&- >&- 2>&-; exit 4");
	rig_start(&r);
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_int_equal(h.exit.code, 4);
	assert_true(now_ms() - from < 900);
}

static void test_without_input(void **state)
{
	auto_heard struct heard h = { 0 };
	struct rig r;

	rig_terminal(&r, state, "stty -icanon -echo min 0 time 10; echo ready; a=$(dd bs=9 count=1 2>/dev/null); echo \"got<$a>\"");
	r.job.interactive = false;
	rig_start(&r);
	hear_text(r.client, &h, "ready");
	type(r.client, &h, "lost\n");
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_non_null(strstr(h.out.text, "got<>"));
}

static void test_bad_resize_ends_the_client(void **state)
{
	auto_heard struct heard h = { 0 }, bad = { 0 };
	struct rig r;
	int fd;

	rig_terminal(&r, state, "echo ready; read a; exit 6");
	rig_start(&r);
	hear_text(r.client, &h, "ready");
	fd = rig_attach(&r);
	hear_start(fd, &bad);
	assert_int_equal(frame_send(fd, FRAME_RESIZE, "abc", 3, 1), 0);
	while (hear(fd, &bad))
		;
	close(fd);
	type(r.client, &h, "\n");
	hear_all(r.client, &h);
	assert_int_equal(rig_end(&r), 0);
	assert_int_equal(h.exit.code, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_size_and_streams), PLACE_TEST(test_typing_and_resize), PLACE_TEST(test_interrupt),
		PLACE_TEST(test_two_clients), PLACE_TEST(test_closed_and_opened_again), PLACE_TEST(test_end_is_quick),
		PLACE_TEST(test_without_input), PLACE_TEST(test_bad_resize_ends_the_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
