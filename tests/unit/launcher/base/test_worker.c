/* SPDX-License-Identifier: Apache-2.0 */
/* One question, one answer: this program asks itself, as another account, what a worker may and may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "launcher/base/io.h"
#include "launcher/base/powerless.h"
#include "launcher/base/worker.h"

#define ACCOUNT "secctr-test-worker"	/* no host has it */

static struct err e;

/* ---- the worker's side: the job is a word */

static void check(struct str *said, bool good, const char *what)
{
	struct err unused;

	if (!good && str_addf(said, &unused, "%s: %s; ", what, strerror(errno)))
		_exit(3);
}

static void give(struct str *to, size_t n)
{
	struct err unused;

	while (to->len < n)
		if (str_add_bytes(to, "x", 1, &unused))
			_exit(3);
}

static _Noreturn void flood(void)
{
	static const char piece[65536];

	while (write(STDOUT_FILENO, piece, sizeof(piece)) > 0)
		;
	_exit(4);
}

/* Descriptors that are open, from 0. */
static void tell_descriptors(struct str *to)
{
	struct err unused;

	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0 && str_addf(to, &unused, "%d ", fd))
			_exit(3);
}

static void look(struct str *to)
{
	struct err why;
	static char name[] = "echo", word[] = "executed";
	char *const argv[] = { name, word, NULL };

	check(to, write(WORKER_JOB_FD, "", 1) < 0 && write(WORKER_INPUT_FD, "", 1) < 0, "what it was given is to be read");
	check(to, powerless_look(&why) == 0, "powerless_look");
	check(to, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "no new privileges");
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0)
		return;		/* a kernel without it */
	check(to, open("/etc/passwd", O_RDONLY) >= 0, "reading");
	check(to, open("/tmp", O_TMPFILE | O_RDWR, 0600) < 0, "writing");
	check(to, mkdir("/tmp/secctr-test-worker", 0700) < 0, "making");
	check(to, execve("/bin/echo", argv, NULL) < 0, "executing");
	check(to, socket(AF_INET, SOCK_STREAM, 0) >= 0, "the network");
}

static void enter(struct str *to)
{
	static const int skips[] = { SCMP_SYS(connect) }, calls[] = { SCMP_SYS(getsockopt), SCMP_SYS(prlimit64), SCMP_SYS(fcntl) };
	static const struct powerless limits = { .bytes = 64 << 20, .descriptors = 9, .call = calls, .n_calls = ARRAY_LEN(calls), .skip = skips,
						 .n_skips = ARRAY_LEN(skips) };
	const struct sockaddr a = { .sa_family = AF_UNIX };
	struct rlimit r = { 0 };
	struct err why;

	check(to, powerless_enter(&limits, &why) == 0, "powerless_enter");
	check(to, connect(-1, &a, sizeof(a)) == 0, "connect is skipped");
	check(to, open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES, "opening");
	check(to, getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_max == 9, "limit of descriptors");
}

static int work(const char *job, struct str *to, struct err *why)
{
	if (strcmp(job, "echo") == 0)
		return io_read_to_str(WORKER_INPUT_FD, 1000, "input", to, why);
	if (strncmp(job, "give ", 5) == 0)
		give(to, strtoul(job + 5, NULL, 10));
	else if (strcmp(job, "who") == 0)
		return str_addf(to, why, "%u %u %d %s", getuid(), getgid(), getgroups(0, NULL), getenv("LC_ALL"));
	else if (strcmp(job, "descriptors") == 0)
		tell_descriptors(to);
	else if (strcmp(job, "why") == 0)
		return err_set(why, ERR_DIGEST, 0, "its own words");
	else if (strcmp(job, "odd") == 0)
		return (why->reason = (enum err_reason)4711, memset(why->text, 'x', sizeof(why->text)), -1);
	else if (strcmp(job, "hang") == 0)
		pause();
	else if (strcmp(job, "silent") == 0)
		(void)close(STDOUT_FILENO), pause();
	else if (strcmp(job, "flood") == 0)
		flood();
	else if (strcmp(job, "crash") == 0)
		raise(SIGTERM);
	else if (strcmp(job, "five") == 0)
		_exit(5);
	else if (strcmp(job, "look") == 0)
		look(to);
	else if (strcmp(job, "enter") == 0)
		enter(to);
	return 0;
}

static int be_worker(void)
{
	struct str answer = { 0 }, job = { 0 };
	struct err why = { 0 };
	int r = io_read_to_str(WORKER_JOB_FD, 100, "job", &job, &why) || work(job.text, &answer, &why);

	worker_end(r, &answer, &why);
}

/* ---- who asks */

static int ask(const char *job, size_t max, unsigned wait_ms, struct str *ret)
{
	auto_close int input = -1;
	const struct worker w = { .program = "/proc/self/exe", .account = ACCOUNT, .job = job, .job_n = strlen(job), .fd = &input, .n = 1,
				  .answer_max = max, .wait_ms = wait_ms };

	memset(&e, 0, sizeof(e));
	assert_int_equal(worker_file("input", 5, &input, &e), 0);
	return worker_run(&w, ret, &e);
}

static void says(const char *job, const char *answer)
{
	auto_str struct str got = { 0 };

	if (ask(job, 1000, 20000, &got))
		fail_msg("%s: %s", job, e.text);
	assert_string_equal(got.text ? got.text : "", answer);
}

static void fails(const char *job, size_t max, unsigned wait_ms, enum err_reason reason, const char *why)
{
	auto_str struct str got = { 0 };

	assert_int_equal(ask(job, max, wait_ms, &got), -1);
	if (!strstr(e.text, why))
		fail_msg("%s: %s", job, e.text);
	assert_int_equal(e.reason, reason);
	assert_null(got.text);
}

static void answers(void **state)
{
	char who[64];

	(void)state;
	says("echo", "input");
	says("", "");
	says("descriptors", "0 1 2 3 4 ");
	(void)snprintf(who, sizeof(who), "%u %u 0 C.UTF-8", geteuid() ? geteuid() : POWERLESS_NOBODY, geteuid() ? getegid() : POWERLESS_NOBODY);
	if (geteuid() == 0)
		says("who", who);
}

static void limits(void **state)
{
	auto_str struct str at = { 0 }, error_size = { 0 };

	(void)state;
	assert_int_equal(ask("give 70000", 70000, 20000, &at), 0);
	assert_int_equal(at.len, 70000);
	fails("give 70001", 70000, 20000, ERR_LIMIT, "more than 70000 bytes");
	/* What comes behind is not kept until the end. */
	fails("flood", 70000, 20000, ERR_LIMIT, "more than 70000 bytes");
	/* Below the size of a failure too. */
	assert_int_equal(ask("give 10", 10, 20000, &error_size), 0);
	fails("give 11", 10, 20000, ERR_LIMIT, "more than 10 bytes");
}

static void failures(void **state)
{
	const struct worker none = { .program = "/nonexistent", .account = ACCOUNT, .job = "" }, text = { .program = "/etc/passwd", .account = ACCOUNT, .job = "" };
	auto_str struct str got = { 0 };

	(void)state;
	fails("why", 0, 20000, ERR_DIGEST, "its own words");
	fails("odd", 0, 20000, ERR_INTERNAL, "xxx");
	fails("crash", 0, 20000, ERR_INPUT, "ended by signal 15 (TERM)");
	fails("five", 0, 20000, ERR_INTERNAL, "ended with status 5");
	assert_int_equal(worker_run(&none, &got, &e), -1);
	assert_int_equal(worker_run(&text, &got, &e), -1);
	assert_non_null(strstr(e.text, "could not be started"));
}

static void time_is_bounded(void **state)
{
	time_t start = time(NULL);

	(void)state;
	fails("hang", 10, 300, ERR_TIMEOUT, "no answer within 1 seconds");
	fails("silent", 10, 300, ERR_INPUT, "ended by signal 9 (KILL)");
	assert_true(time(NULL) - start < 20);
}

static void sandbox(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	says("look", "");
#ifndef __SANITIZE_ADDRESS__
	says("enter", "");
#endif
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers), cmocka_unit_test(limits), cmocka_unit_test(failures), cmocka_unit_test(time_is_bounded),
		cmocka_unit_test(sandbox),
	};

	if (argc == 1 && strcmp(argv[0], ACCOUNT) == 0)
		return be_worker();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
