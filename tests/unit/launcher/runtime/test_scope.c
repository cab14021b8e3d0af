/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_scope.c - what does not need systemd: names, and a bus that is away, silent or not a bus. The
 * scope itself is made in tests/vm/t/20-cgroup.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "launcher/systemd/scope.h"

static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static struct err e;

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void names(void **state)
{
	char name[SCOPE_NAME_MAX], expect[SCOPE_NAME_MAX];

	(void)state;
	assert_int_equal(scope_name(id, name, &e), 0);
	(void)snprintf(expect, sizeof(expect), "secctr-%s.scope", id);
	assert_string_equal(name, expect);
	assert_int_equal(scope_name("a/b", name, &e), -1);
	assert_int_equal(e.reason, ERR_INPUT);
	assert_int_equal(scope_name("x' auid=0", name, &e), -1);
}

static void slices(void **state)
{
	static const char *const bad[] = {
		"", "machine", ".slice", "../x.slice", "a/b.slice", "a b.slice", "x\n.slice", "machine.slice ",
		"..slice", "a\\x2fb.slice", "/secctr",
	};
	char longest[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct scope s = { .id = id, .pid = getpid(), .slice = bad[i] };

		if (scope_start(&s, &e) == 0 || e.reason != ERR_INPUT)
			fail_msg("\"%s\": %s", bad[i], e.text);
	}
	memset(longest, 'a', sizeof(longest));
	strcpy(longest + 256 - strlen(".slice"), ".slice");
	assert_int_equal(scope_start(&(struct scope){ .id = id, .pid = getpid(), .slice = longest }, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	/* One byte less passes this check and fails at the bus. */
	assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1), 0);
	assert_int_equal(scope_start(&(struct scope){ .id = id, .pid = getpid(), .slice = longest + 1 }, &e), -1);
	assert_int_equal(e.reason, ERR_SYSTEM);
}

static void no_bus(void **state)
{
	struct scope s = { .id = id, .pid = getpid() };

	(void)state;
	assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1), 0);
	assert_int_equal(scope_start(&s, &e), -1);
	assert_int_equal(e.reason, ERR_SYSTEM);
	assert_non_null(strstr(e.text, "system bus"));
	assert_int_equal(scope_stop(id, &e), -1);
	assert_int_equal(e.reason, ERR_SYSTEM);
}

static int listen_at(char *address, size_t n)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "secctr-test-%d-%d", (int)getpid(), fd);
	(void)snprintf(address, n, "unix:abstract=%s", a.sun_path + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&a,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(a.sun_path + 1))), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

/* It takes the connection and never says a word: containers elsewhere hung in this for ever. */
static void silent_bus(void **state)
{
	struct scope s = { .id = id, .pid = getpid(), .timeout_ms = 300 };
	char address[128];
	int fd = listen_at(address, sizeof(address));
	int64_t before = now_ms(), took;

	(void)state;
	assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1), 0);
	assert_int_equal(scope_start(&s, &e), -1);
	took = now_ms() - before;
	assert_int_equal(e.reason, ERR_TIMEOUT);
	assert_true(took >= 300 && took < 2000);
	(void)close(fd);
}

static void not_a_bus(void **state)
{
	struct scope s = { .id = id, .pid = getpid(), .timeout_ms = 2000 };
	char address[128];
	int fd = listen_at(address, sizeof(address));
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		int c = accept(fd, NULL, NULL);

		_exit(write(c, "HTTP/1.1 400 Bad Request\r\n\r\n", 28) != 28);
	}
	assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1), 0);
	assert_int_equal(scope_start(&s, &e), -1);
	assert_int_equal(e.reason, ERR_SYSTEM);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(slices),
		cmocka_unit_test(no_bus),
		cmocka_unit_test(silent_bus),
		cmocka_unit_test(not_a_bus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
