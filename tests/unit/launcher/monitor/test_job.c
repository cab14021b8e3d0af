/* SPDX-License-Identifier: Apache-2.0 */
/* The job: what is written is what is read; each bound at its limit and one beyond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/monitor/job.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int give(const char *text, struct monitor_job *ret, struct err *e)
{
	monitor_job_init(ret);
	return monitor_job_parse(text, strlen(text), ret, e);
}

static const struct {
	const char *more, *why;		/* NULL: read */
} rows[] = {
	{ "", NULL },
	{ ",\"unknown\":1", "unknown" },
	{ ",\"stopSignal\":1,\"stopTimeout\":0", NULL },
	{ ",\"stopSignal\":0", "stopSignal" },
	{ ",\"stopSignal\":64", NULL },
	{ ",\"stopSignal\":65", "stopSignal" },
	{ ",\"stopTimeout\":31536000", NULL },
	{ ",\"stopTimeout\":31536001", "stopTimeout" },
	{ ",\"stopTimeout\":-1", "stopTimeout" },
	{ ",\"log\":true", "logMaxSize" },
	{ ",\"log\":true,\"logMaxSize\":4095,\"logMaxFiles\":1", "logMaxSize" },
	{ ",\"log\":true,\"logMaxSize\":4096,\"logMaxFiles\":1", NULL },
	{ ",\"log\":true,\"logMaxSize\":4096,\"logMaxFiles\":0", "logMaxFiles" },
	{ ",\"log\":true,\"logMaxSize\":4096,\"logMaxFiles\":1000", NULL },
	{ ",\"log\":true,\"logMaxSize\":4096,\"logMaxFiles\":1001", "logMaxFiles" },
	{ ",\"remove\":true", "cleanup" },
	{ ",\"remove\":true,\"cleanup\":\"secctr\"", "cleanup" },
	{ ",\"remove\":true,\"cleanup\":\"/usr/bin/secctr\"", NULL },
	{ ",\"restart\":\"always\"", "cleanup" },
	{ ",\"restart\":\"always\",\"cleanup\":\"/usr/bin/secctr\"", NULL },
	{ ",\"restart\":\"sometimes\",\"cleanup\":\"/usr/bin/secctr\"", "restart" },
	{ ",\"restart\":\"always\",\"remove\":true,\"cleanup\":\"/usr/bin/secctr\"", "exclude" },
	{ ",\"restartDelay\":60000,\"restartsLeft\":0,\"run\":0", NULL },
	{ ",\"restartDelay\":60001", "restartDelay" },
	{ ",\"restartDelay\":-1", "restartDelay" },
	{ ",\"restartsLeft\":-1", "restartsLeft" },
	{ ",\"run\":-1", "run" },
	{ ",\"runTimeout\":31536000", NULL },
	{ ",\"runTimeout\":31536001", "runTimeout" },
	{ ",\"cgroupDirs\":[\"/sys/fs/cgroup/secctr/x\"]", NULL },
	{ ",\"cgroupDirs\":[\"/sys/fs/cgroup/../../../home\"]", "cgroupDirs" },
	{ ",\"cgroupDirs\":[\"/home\"]", "cgroupDirs" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct monitor_job j;
		struct err e = { 0 };
		char text[1024];
		int r;

		snprintf(text, sizeof(text), "{\"id\":\"" ID "\",\"name\":\"n\",\"pid\":7,\"auid\":1000,\"ses\":3,\"exe\":\"/m\"%s}",
			 rows[i].more);
		r = give(text, &j, &e);
		if (r == 0 && rows[i].why)
			fail_msg("%s: was read", rows[i].more);
		if (r && (!rows[i].why || !strstr(e.text, rows[i].why)))
			fail_msg("%s: %s", rows[i].more, e.text);
		monitor_job_done(&j);
	}
}

static void test_identity_and_names(void **state)
{
	static const char *const bad[] = {
		"{\"id\":\"" ID "\",\"name\":\"n\",\"pid\":7,\"auid\":4294967295,\"ses\":3}",	/* unset */
		"{\"id\":\"" ID "\",\"name\":\"n\",\"pid\":7,\"auid\":-1,\"ses\":3}",
		"{\"id\":\"" ID "\",\"name\":\"n\",\"pid\":0,\"auid\":1000,\"ses\":3}",
		"{\"id\":\"" ID "\",\"name\":\"x' auid=0\",\"pid\":7,\"auid\":1000,\"ses\":3}",
		"{\"id\":\"..\",\"name\":\"n\",\"pid\":7,\"auid\":1000,\"ses\":3}",
		"{\"id\":\"" ID "\",\"name\":\"n\",\"pid\":7,\"auid\":1000}",
		"[]", "",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct monitor_job j;
		struct err e = { 0 };

		if (give(bad[i], &j, &e) == 0)
			fail_msg("was read: %s", bad[i]);
		monitor_job_done(&j);
	}
}

static void test_write_and_read(void **state)
{
	struct monitor_job a, b;
	auto_free char *text = NULL;
	struct err e;

	(void)state;
	monitor_job_init(&a);
	monitor_job_init(&b);
	assert_int_equal(str_copy(ID, &a.id, &e) || str_copy("web", &a.name, &e) || str_copy("/m", &a.exe, &e) || str_copy("a:b:c:s0", &a.process_label, &e) ||
			 strv_add(&a.cgroup_dirs, "/sys/fs/cgroup/a/b", &e) || str_copy("pts/0", &a.tty, &e), 0);
	a.pid = 12;
	a.auid = 1000;
	a.ses = 5;
	a.audit_require = a.detach = true;
	assert_int_equal(monitor_job_text(&a, &text, &e), 0);
	assert_int_equal(monitor_job_parse(text, strlen(text), &b, &e), 0);
	assert_string_equal(b.process_label, "a:b:c:s0");
	assert_string_equal(b.cgroup_dirs.item[0], "/sys/fs/cgroup/a/b");
	assert_string_equal(b.tty, "pts/0");
	assert_true(b.audit_require && b.detach && !b.remove && !b.log);
	assert_int_equal(b.stop_signal, SIGTERM);
	assert_int_equal(b.stop_timeout, 10);
	monitor_job_done(&a);
	monitor_job_done(&b);
}

/* As in a monitor: descriptor 3 has the message, and those above are free. The exit status says what was received. */
static int receive_in_child(const struct monitor_job *j, const int fds[MONITOR_FD_COUNT_END])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct err e = { 0 };
		int got[MONITOR_FD_COUNT_END], socket = monitor_job_send(j, fds, &e);
		struct stat a, b;
		struct monitor_job k;

		if (socket < 0)
			_exit(e.reason == ERR_LIMIT ? 11 : 12);
		if (fstat(0, &a) || dup3(socket, MONITOR_FD_JOB, 0) < 0 || close_range(MONITOR_FD_JOB + 1, ~0U, 0))
			_exit(13);
		monitor_job_init(&k);
		if (monitor_job_receive(&k, got, &e))
			_exit(strstr(e.text, "descriptor 8 is") ? 21 : 22);
		if (strcmp(k.name, j->name) != 0 || got[MONITOR_FD_STDERR] >= 0 || fcntl(MONITOR_FD_JOB, F_GETFD) >= 0)
			_exit(14);
		/* The one that was left out shifts those behind it. */
		if (got[MONITOR_FD_CGROUP] != MONITOR_FD_CGROUP - 1 || fcntl(MONITOR_FD_CGROUP - 1, F_GETFD) != FD_CLOEXEC)
			_exit(15);
		_exit(fstat(MONITOR_FD_PIDFD, &b) || a.st_ino != b.st_ino ? 16 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_message(void **state)
{
	int fds[MONITOR_FD_COUNT_END];
	auto_free char *text = NULL;
	struct monitor_job j;
	struct err e;
	size_t rest;

	(void)state;
	for (int i = 0; i < MONITOR_FD_COUNT_END; i++)
		fds[i] = 2;
	fds[MONITOR_FD_PIDFD] = 0;
	fds[MONITOR_FD_STDERR] = -1;
	monitor_job_init(&j);
	assert_int_equal(str_copy(ID, &j.id, &e) || str_copy("web", &j.name, &e) || str_copy("/m", &j.exe, &e), 0);
	j.pid = 12;
	j.auid = 1000;
	j.ses = 5;
	assert_int_equal(receive_in_child(&j, fds), 0);
	/* Without one that a monitor needs. */
	fds[MONITOR_FD_PIDFD] = -1;
	assert_int_equal(receive_in_child(&j, fds), 21);
	fds[MONITOR_FD_PIDFD] = 0;
	/* A document of MONITOR_JOB_MAX bytes, and of one more. */
	assert_int_equal(str_copy("", &j.tty, &e) || monitor_job_text(&j, &text, &e), 0);
	rest = MONITOR_JOB_MAX - strlen(text);
	free(j.tty);
	j.tty = calloc(1, rest + 2);
	memset(j.tty, 'x', rest);
	assert_int_equal(receive_in_child(&j, fds), 0);
	j.tty[rest] = 'x';
	assert_int_equal(receive_in_child(&j, fds), 11);
	monitor_job_done(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_identity_and_names),
		cmocka_unit_test(test_write_and_read),
		cmocka_unit_test(test_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
