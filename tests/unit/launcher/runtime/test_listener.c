/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_listener.c - a filter's listener goes to who listens, with the text, from the process that loads the filter: by this program
 * and by secctr-exec; none of its descriptors stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/json.h"
#include "launcher/runtime/listener.h"
#include "launcher/runtime/process.h"
#include "launcher/runtime/seccomp.h"

#define STATE "{\"id\":\"c\",\"status\":\"created\""
static char dir[] = "/tmp/test_listener.XXXXXX", path[64];

static int listening(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	(void)unlink(path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)) | listen(fd, 1), 0);
	return fd;
}

static struct plan *asks(const char *forbidden)
{
	struct plan *p = NULL;
	struct plan_seccomp_rule *r;
	struct err e = { 0 };

	assert_int_equal(plan_new(&p, &e), 0);
	p->process.user.uid = p->process.user.gid = 0;
	p->process.no_new_privs = 1;
	assert_int_equal(str_copy("allow", &p->seccomp.default_action, &e) | str_copy(path, &p->seccomp.listener, &e) |
			 str_copy("a \"b\"", &p->seccomp.metadata, &e), 0);
	r = field_list_add(&p->seccomp.rules, plan_seccomp_rule_fields, sizeof(*r));
	assert_non_null(r);
	assert_int_equal(str_copy("notify", &r->action, &e) | strv_add(&r->names, "mkdir", &e) | strv_add(&r->names, "mkdirat", &e), 0);
	if (!forbidden)
		return p;
	r = field_list_add(&p->seccomp.rules, plan_seccomp_rule_fields, sizeof(*r));
	assert_non_null(r);
	assert_int_equal(str_copy("errno", &r->action, &e) | strv_add(&r->names, forbidden, &e), 0);
	return p;
}

/* The message as it came; the listener. */
static int receive(int from, char *text, size_t n)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec to = { text, n - 1 };
	struct msghdr m = { .msg_iov = &to, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	ssize_t got = recvmsg(from, &m, MSG_CMSG_CLOEXEC);
	int fd = -1;

	if (got <= 0)
		return -1;
	text[got] = '\0';
	if (CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void answer_one(int fd)
{
	struct seccomp_notif ask;
	struct seccomp_notif_resp say = { .error = -EXDEV };

	memset(&ask, 0, sizeof(ask));
	assert_int_equal(ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &ask), 0);
	say.id = ask.id;
	assert_int_equal(ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &say), 0);
}

/* Beside the tests of the build. */
static int own_exec(void)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 64);
	char *tests;

	assert_true(n > 0);
	self[n] = '\0';
	tests = strstr(self, "/tests/launcher/");
	if (!tests)
		return -1;
	strcpy(tests, "/bin/secctr-exec");
	return open(self, O_PATH | O_CLOEXEC);
}

/* Runs "mkdir" of it in a child; 0, or the error that came out of it. */
static int run(const char *forbidden, bool last, char *text, size_t n, struct err *e)
{
	static struct process c;
	auto_plan struct plan *p = asks(forbidden);
	struct seccomp_filters filters;
	auto_close int at = listening(), from = -1, listener = -1, exec_ = last ? own_exec() : -1;
	int status[2], gate[2], end, failed;
	char script[256];
	pid_t pid;

	assert_true(!last || exec_ >= 0);
	assert_int_equal(seccomp_prepare(&p->seccomp, -1, &filters, e) | process_prepare(p, &filters, &c, e) |
			 listener_connect(&p->seccomp, &c.agent, &c.told, e) | pipe2(status, O_CLOEXEC) | pipe2(gate, O_CLOEXEC), 0);
	/* The listener is the first number that is free. */
	(void)snprintf(script, sizeof(script), "mkdir %s/made 2>/dev/null && exit 9; for n in 3 4 5 6 7 8 9 10 11 12; do [ ! -e /proc/$$/fd/$n ] || exit 8; done", dir);
	assert_int_equal(strv_add(&p->process.argv, "sh", e) | strv_add(&p->process.argv, "-c", e) | strv_add(&p->process.argv, script, e), 0);
	strcpy(c.program, "/bin/sh");
	if (last)
		assert_int_equal(process_hand_over(&c, exec_, status[1], NULL, e), 0);
	pid = fork();
	if (pid == 0) {
		struct err why;

		/* As at the gate: it goes on when what it is to say is written. */
		if (read(gate[0], script, 1) == 1 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && process_exec(&c, status[1], &why))
			(void)!write(status[1], &why, sizeof(why));
		_exit(99);
	}
	close(status[1]);
	assert_int_equal(listener_tell(&p->seccomp, STATE, pid, c.told, e), 0);
	assert_int_equal(write(gate[1], "", 1), 1);
	close(gate[0]);
	close(gate[1]);
	close_fd_auto(&c.agent);
	from = accept(at, NULL, NULL);
	listener = receive(from, text, n);
	failed = read(status[0], e, sizeof(*e)) == sizeof(*e);
	close(status[0]);
	if (!failed)
		answer_one(listener);
	assert_int_equal(waitpid(pid, &end, 0), pid);
	process_done(&c);
	close_fd_auto(&c.told);
	close_fd_auto(&c.control);
	seccomp_filters_done(&filters);
	if (!failed)
		assert_int_equal(end, 0);
	assert_int_equal(access(dir, F_OK), 0);
	return failed ? -1 : 0;
}

static void each_way(bool last)
{
	static char text[1 << 12];
	auto_json json_t *doc = NULL;
	struct err e = { 0 };

	assert_int_equal(run(NULL, last, text, sizeof(text), &e), 0);
	assert_int_equal(json_read(text, strlen(text), "message", &doc, &e), 0);
	assert_string_equal(json_string_value(json_object_get(doc, "metadata")), "a \"b\"");
	assert_true(json_integer_value(json_object_get(doc, "pid")) > 0);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(doc, "state"), "pid")), json_integer_value(json_object_get(doc, "pid")));
	assert_string_equal(json_string_value(json_array_get(json_object_get(doc, "fds"), 0)), "seccompFd");
	/* What would keep it from going out ends the process before it runs anything. */
	assert_int_equal(run("sendmsg", last, text, sizeof(text), &e), -1);
	assert_non_null(strstr(e.text, "linux.seccomp.listenerPath: handing the listener over: "));
}

static void by_this_program(void **state)
{
	(void)state;
	each_way(false);
}

static void by_secctr_exec(void **state)
{
	(void)state;
	each_way(true);
}

static void who_cannot_be_told(void **state)
{
	auto_plan struct plan *p = asks(NULL);
	struct err e = { 0 };
	int agent, told;
	char *large;

	(void)state;
	(void)unlink(path);
	assert_int_equal(listener_connect(&p->seccomp, &agent, &told, &e), -1);
	assert_non_null(strstr(e.text, "linux.seccomp.listenerPath"));
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(listener_connect(&p->seccomp, &agent, &told, &e), -1);
	assert_int_equal(e.sys, ELOOP);
	(void)unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(listener_connect(&p->seccomp, &agent, &told, &e), -1);
	assert_non_null(strstr(e.text, "is no socket"));
	assert_int_equal(rmdir(path), 0);
	/* The text's limit, to the byte. */
	told = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	assert_int_equal(listener_tell(&p->seccomp, STATE, 1, told, &e), 0);
	for (int more = 0; more < 2; more++) {
		struct stat st;
		size_t n;

		assert_int_equal(fstat(told, &st), 0);
		if (!more) {
			n = LISTENER_TEXT_MAX - ((size_t)st.st_size - sizeof(uint32_t));
			large = calloc(1, n + sizeof(STATE) + 8);
			assert_non_null(large);
			strcpy(large, STATE);
			memset(large + strlen(STATE), ' ', n);
		} else {
			strcat(large, " ");
		}
		assert_int_equal(listener_tell(&p->seccomp, large, 1, told, &e), more ? -1 : 0);
		assert_true(!more || e.reason == ERR_LIMIT);
	}
	free(large);
	close(told);
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_this_program), cmocka_unit_test(by_secctr_exec), cmocka_unit_test(who_cannot_be_told),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
