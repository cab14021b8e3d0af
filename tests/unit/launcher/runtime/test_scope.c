/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_scope.c - names, a bus that is away, silent or not a bus; and where systemd is the first
 * process (tests/vm/t/20-cgroup.sh runs this there) real scopes with real limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launcher/base/ids.h"
#include "launcher/base/io.h"
#include "launcher/runtime/cgroup.h"
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

static void units(void **state)
{
	static const char *const bad[] = { "", "x", ".scope", "..scope", "a/b.scope", "a b.scope", "a\\x2d.scope", "a@b.scope", "a.slice", "../a.scope" };
	char longest[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct scope s = { .id = id, .pid = getpid(), .unit = bad[i] };

		if (scope_start(&s, &e) == 0 || e.reason != ERR_INPUT)
			fail_msg("\"%s\": %s", bad[i], e.text);
	}
	memset(longest, 'a', sizeof(longest));
	strcpy(longest + SCOPE_NAME_MAX - strlen(".scope"), ".scope");
	assert_int_equal(scope_start(&(struct scope){ .id = id, .pid = getpid(), .unit = longest }, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1), 0);
	assert_int_equal(scope_start(&(struct scope){ .id = id, .pid = getpid(), .unit = longest + 1 }, &e), -1);
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

/* --- with systemd ----------------------------------------------------------------------------------- */

enum { SKIPPED = 77 };

#define CHECK(cond)								\
	do {									\
		if (!(cond)) {							\
			fprintf(stderr, "%s:%d: %s (%s)\n", __func__, __LINE__, #cond, e.text); \
			_exit(1);						\
		}								\
	} while (0)

static struct plan *new_plan(void)
{
	char new_id[ID_HEX + 1];
	struct plan *p;
	int manager;

	CHECK(unsetenv("DBUS_SYSTEM_BUS_ADDRESS") == 0);
	CHECK(id_new(new_id, &e) == 0 && plan_new(&p, &e) == 0 && str_copy(new_id, &p->id, &e) == 0);
	CHECK(cgroup_manager(p, &manager, &e) == 0);
	if (manager != PLAN_CGROUP_SYSTEMD)
		_exit(SKIPPED);
	p->resources.memory_max = 64 << 20;
	p->resources.cpu_quota = 500000;
	p->resources.tasks_max = 50000;
	return p;
}

/* In a child, which is the supervisor; its group is gone soon after it. */
static void supervised(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		e.text[0] = '\0';
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_int_equal(status, 0);
}

static bool unit_says(const char *unit, const char *property, const char *value)
{
	char command[512], line[256] = "";
	FILE *out;

	(void)snprintf(command, sizeof(command), "systemctl show -P %s '%s'", property, unit);
	out = popen(command, "r");
	CHECK(out != NULL && fgets(line, sizeof(line), out) != NULL);
	(void)pclose(out);
	line[strcspn(line, "\n")] = '\0';
	(void)snprintf(e.text, sizeof(e.text), "%s is %.200s", property, line);
	return strcmp(line, value) == 0;
}

static pid_t clone_into(const struct cgroup *cg)
{
	struct clone_args a = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)cg->fd };
	pid_t pid = (pid_t)syscall(SYS_clone3, &a, sizeof(a));

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static bool reads(int dir, const char *file, const char *wanted)
{
	return io_read_kernel_at(dir, file, e.text, 128, &e) == 0 && strcmp(e.text, wanted) == 0;
}

static void scope_body(void)
{
	struct plan *p = new_plan();
	struct scope s = { .id = p->id, .pid = getpid() };
	char unit[SCOPE_NAME_MAX];
	struct cgroup cg;
	pid_t pid;

	CHECK(scope_start(&s, &e) == 0 && scope_name(p->id, unit, &e) == 0 && cgroup_adopt(p, &cg, &e) == 0);
	CHECK(strstr(cg.dirs.item[0], "/secctr.slice/") != NULL);
	CHECK(unit_says(unit, "ActiveState", "active") && unit_says(unit, "Delegate", "yes"));
	CHECK(unit_says(unit, "Slice", "secctr.slice"));
	CHECK(unit_says(unit, "TasksMax", "infinity"));		/* systemd's own default would be less than ours */
	CHECK(reads(cg.fd, "memory.max", "67108864") && reads(cg.fd, "cpu.max", "50000 100000"));
	CHECK(reads(cg.fd, "pids.max", "50000"));
	CHECK(scope_start(&s, &e) < 0 && e.reason == ERR_SYSTEM);	/* the name is taken */
	pid = clone_into(&cg);
	CHECK(pid > 0 && system("systemctl daemon-reload") == 0);
	CHECK(reads(cg.fd, "memory.max", "67108864") && reads(cg.fd, "pids.max", "50000"));
	CHECK(cgroup_kill(&cg.dirs, &e) == 0 && waitpid(pid, NULL, 0) == pid);
	CHECK(cgroup_remove(&cg.dirs, &e) == 0);
}
static void real_scope(void **state) { (void)state; supervised(scope_body); }

static void stop_body(void)
{
	struct plan *p = new_plan();
	struct scope s = { .id = p->id, .slice = "secctr-test.slice" };
	char unit[SCOPE_NAME_MAX];
	int status;

	CHECK(scope_stop(p->id, &e) == 0);		/* there is none */
	CHECK(scope_name(p->id, unit, &e) == 0);
	s.pid = fork();
	if (s.pid == 0)
		for (;;)
			pause();
	CHECK(scope_start(&s, &e) == 0 && unit_says(unit, "Slice", "secctr-test.slice"));
	CHECK(scope_stop(p->id, &e) == 0);
	CHECK(waitpid(s.pid, &status, 0) == s.pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}
static void stopped_scope(void **state) { (void)state; supervised(stop_body); }

static void dead_body(void)
{
	struct plan *p = new_plan();
	struct scope s = { .id = p->id };

	s.pid = fork();
	if (s.pid == 0)
		_exit(0);
	(void)waitpid(s.pid, NULL, 0);
	CHECK(scope_start(&s, &e) < 0 && e.reason == ERR_SYSTEM);
}
static void dead_process(void **state) { (void)state; supervised(dead_body); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(slices), cmocka_unit_test(units),
		cmocka_unit_test(no_bus),
		cmocka_unit_test(silent_bus),
		cmocka_unit_test(not_a_bus),
		cmocka_unit_test(real_scope),
		cmocka_unit_test(stopped_scope),
		cmocka_unit_test(dead_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
