/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: what a peer said last is heard, also by who had more to say than the peer read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launcher/monitor/frames.h"

static void test_last_frame_after_a_reset(void **state)
{
	enum frame_type type = FRAME_STDIN;
	char data[FRAME_DATA_MAX];
	size_t n = sizeof(data);
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(frame_send(pair[0], FRAME_STDIN, "too late", 8, 1), 0);
	assert_int_equal(frame_send(pair[1], FRAME_STDOUT, "last words", 10, 1), 0);
	assert_int_equal(frame_send(pair[1], FRAME_EXIT, "", 0, 1), 0);
	close(pair[1]);
	assert_int_equal(frame_recv(pair[0], &type, data, &n, 1), 1);
	assert_int_equal(type, FRAME_STDOUT);
	assert_int_equal(n, 10);
	assert_memory_equal(data, "last words", n);
	n = sizeof(data);
	assert_int_equal(frame_recv(pair[0], &type, data, &n, 1), 1);
	assert_int_equal(type, FRAME_EXIT);
	n = sizeof(data);
	assert_int_equal(frame_recv(pair[0], &type, data, &n, 1), 0);
	close(pair[0]);
}

static void test_room(void **state)
{
	enum frame_type type;
	char data[FRAME_DATA_MAX + 1] = { 0 };
	size_t n = 4;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(frame_send(pair[0], FRAME_STDOUT, data, FRAME_DATA_MAX, 1), 0);
	assert_int_equal(frame_send(pair[0], FRAME_STDOUT, data, FRAME_DATA_MAX + 1, 1), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(frame_recv(pair[1], &type, data, &n, 1), -1);
	assert_int_equal(errno, EPROTO);
	assert_int_equal(frame_recv(pair[1], &type, data, &n, 0), -1);
	assert_int_equal(errno, EAGAIN);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_frame_after_a_reset),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
