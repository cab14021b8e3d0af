/* SPDX-License-Identifier: Apache-2.0 */
/* The process beside a command of exec: bytes both ways, who is gone, who does not read. Over real processes and terminals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/str.h"
#include "launcher/cli/exec_watch.h"

struct rig {
	pid_t watcher;
	int client, told;	/* told: the command's wait status, when it has ended */
};

static void NORETURN command(int slave, const char *script)
{
	setsid();
	(void)signal(SIGHUP, SIG_DFL);	/* whatever nohup(1) made of it: runtime_join() does so too */
	if (slave >= 0 && (ioctl(slave, TIOCSCTTY, 0) || dup2(slave, 0) < 0 || dup2(slave, 1) < 0 || dup2(slave, 2) < 0))
		_exit(98);
	close_range(3, ~0U, 0);
	execl("/bin/sh", "sh", "-c", script, (char *)NULL);
	_exit(99);
}

static void NORETURN watcher(int client, int told, const char *script, bool stays)
{
	static struct exec_watch w;
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, status, sig;
	struct err e;
	pid_t pid;

	if (master < 0 || unlockpt(master) || (slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0)
		_exit(97);
	pid = fork();
	if (pid == 0)
		command(slave, script);
	close(slave);
	w = (struct exec_watch){ .pidfd = (int)syscall(SYS_pidfd_open, pid, 0), .terminal = master, .client = client, .out = -1,
				 .err = -1, .interactive = true, .stays = stays };
	if (exec_watch_settle(&w, (const int[2]){ told, -1 }, &e) || exec_watch_run(&w, &e))
		_exit(96);
	waitpid(pid, &status, 0);
	if (write(told, &status, sizeof(status)) != sizeof(status))
		_exit(95);
	sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	exec_watch_finish(&w, sig ? 128 + sig : WEXITSTATUS(status), sig);
	_exit(0);
}

static void begin(struct rig *r, const char *script, bool stays)
{
	int pair[2], told[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	r->watcher = fork();
	if (r->watcher == 0) {
		close(pair[0]);
		watcher(pair[1], told[1], script, stays);
	}
	close(pair[1]);
	close(told[1]);
	r->client = pair[0];
	r->told = told[0];
}

/* The command's wait status within ten seconds, whatever the client does. */
static int ended(const struct rig *r)
{
	struct pollfd p = { .fd = r->told, .events = POLLIN };
	int status = -1;

	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(read(r->told, &status, sizeof(status)), sizeof(status));
	return status;
}

static void end(struct rig *r)
{
	int status;

	close_fd_auto(&r->client);
	close(r->told);
	assert_int_equal(waitpid(r->watcher, &status, 0), r->watcher);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

struct heard {
	struct str out;
	size_t taken;
	struct frame_exit exit;
	bool exited;
};

static bool hear(const struct rig *r, struct heard *h)
{
	struct pollfd p = { .fd = r->client, .events = POLLIN };
	static char data[FRAME_DATA_MAX];
	size_t n = sizeof(data);
	enum frame_type type;
	struct err e;

	assert_int_equal(poll(&p, 1, 10000), 1);
	if (frame_recv(r->client, &type, data, &n, 1) <= 0)
		return false;
	if (type == FRAME_STDOUT)
		assert_int_equal(str_add_bytes(&h->out, data, n, &e), 0);
	else if (type == FRAME_STDIN_TAKEN)
		h->taken++;
	else if (type == FRAME_EXIT) {
		memcpy(&h->exit, data, sizeof(h->exit));
		h->exited = true;
	} else {
		fail_msg("frame of type %d", type);
	}
	return true;
}

static void hear_text(const struct rig *r, struct heard *h, const char *text)
{
	while (!h->out.text || !strstr(h->out.text, text))
		assert_true(hear(r, h));
}

static void type(const struct rig *r, struct heard *h, const char *text)
{
	size_t before = h->taken;

	assert_int_equal(frame_send(r->client, FRAME_STDIN, text, strlen(text), 1), 0);
	/* A command that ends at once needs no answer. */
	while (h->taken == before && !h->exited)
		assert_true(hear(r, h));
}

static void test_both_ways(void **state)
{
	struct heard h = { 0 };
	const uint16_t size[2] = { 11, 22 };
	struct rig r;

	(void)state;
	begin(&r, "stty -echo; echo ready; read a; stty size; echo \"<$a>\"; exit 7", false);
	hear_text(&r, &h, "ready");
	assert_int_equal(frame_send(r.client, FRAME_RESIZE, size, sizeof(size), 1), 0);
	type(&r, &h, "one\n");
	while (hear(&r, &h))
		;
	assert_string_equal(h.out.text, "ready\r\n11 22\r\n<one>\r\n");
	assert_true(h.exited);
	assert_int_equal(h.exit.code, 7);
	assert_int_equal(WEXITSTATUS(ended(&r)), 7);
	str_done(&h.out);
	end(&r);
}

static void test_all_of_the_output(void **state)
{
	struct heard h = { 0 };
	struct rig r;

	(void)state;
	begin(&r, "stty -opost; head -c 1000000 /dev/zero | tr '\\0' x; echo end", false);
	while (hear(&r, &h))
		;
	assert_int_equal(h.out.len, 1000004);
	assert_string_equal(h.out.text + 1000000, "end\n");
	str_done(&h.out);
	end(&r);
}

static void test_signal(void **state)
{
	struct heard h = { 0 };
	const int32_t sig = SIGUSR1;
	struct rig r;

	(void)state;
	begin(&r, "trap 'exit 9' USR1; echo ready; while :; do sleep 0.1; done", false);
	hear_text(&r, &h, "ready");
	assert_int_equal(frame_send(r.client, FRAME_SIGNAL, &sig, sizeof(sig), 1), 0);
	assert_int_equal(WEXITSTATUS(ended(&r)), 9);
	str_done(&h.out);
	end(&r);
}

static void test_detached_goes_on(void **state)
{
	struct heard h = { 0 };
	struct rig r;

	(void)state;
	begin(&r, "echo ready; sleep 0.5; head -c 300000 /dev/zero; exit 5", false);
	hear_text(&r, &h, "ready");
	assert_int_equal(frame_send(r.client, FRAME_DETACH, NULL, 0, 1), 0);
	while (hear(&r, &h))
		;
	assert_false(h.exited);
	assert_int_equal(WEXITSTATUS(ended(&r)), 5);
	str_done(&h.out);
	end(&r);
}

static void test_stays_without_a_client(void **state)
{
	struct rig r;

	(void)state;
	begin(&r, "sleep 0.5; echo x; exit 4", true);
	close_fd_auto(&r.client);
	assert_int_equal(WEXITSTATUS(ended(&r)), 4);
	end(&r);
}

static void lost(const char *how, void (*lose)(struct rig *))
{
	struct heard h = { 0 };
	struct rig r;
	int status;

	begin(&r, "echo ready; exec sleep 60", false);
	hear_text(&r, &h, "ready");
	lose(&r);
	status = ended(&r);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGHUP)
		fail_msg("%s: status 0x%x", how, status);
	str_done(&h.out);
	end(&r);
}

static void close_it(struct rig *r)
{
	close_fd_auto(&r->client);
}

static void say_nonsense(struct rig *r)
{
	assert_int_equal(frame_send(r->client, FRAME_STARTED, "x", 1, 1), 0);
}

static void short_resize(struct rig *r)
{
	assert_int_equal(frame_send(r->client, FRAME_RESIZE, "abc", 3, 1), 0);
}

static void long_signal(struct rig *r)
{
	assert_int_equal(frame_send(r->client, FRAME_SIGNAL, "abcde", 5, 1), 0);
}

static void test_lost_client_hangs_up(void **state)
{
	(void)state;
	lost("closed", close_it);
	lost("nonsense", say_nonsense);
	lost("a short size", short_resize);
	lost("a long signal", long_signal);
}

/* It waits for its output to be taken, as for any terminal; a signal and the end are heard all the same. */
static void test_client_that_does_not_read(void **state)
{
	const int32_t sig = SIGTERM;
	struct heard h = { 0 };
	struct rig r;
	int status;

	(void)state;
	begin(&r, "stty -opost; echo ready; exec head -c 50000000 /dev/zero", false);
	hear_text(&r, &h, "ready");
	usleep(500000);
	assert_int_equal(frame_send(r.client, FRAME_SIGNAL, &sig, sizeof(sig), 1), 0);
	status = ended(&r);
	assert_true(WIFSIGNALED(status));
	while (hear(&r, &h))
		;
	assert_true(h.exited);
	assert_int_equal(h.exit.signal, SIGTERM);
	str_done(&h.out);
	end(&r);
}

/* Who asks the watcher to end ends the command: once by its own word, then by force. */
static void test_term(void **state)
{
	struct heard h = { 0 };
	struct rig r;
	int status;

	(void)state;
	begin(&r, "trap '' TERM; echo ready; while :; do sleep 0.1; done", false);
	hear_text(&r, &h, "ready");
	kill(r.watcher, SIGTERM);
	usleep(300000);
	kill(r.watcher, SIGTERM);
	status = ended(&r);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	str_done(&h.out);
	end(&r);
}

static void test_closed_and_opened_again(void **state)
{
	struct heard h = { 0 };
	struct rig r;

	(void)state;
	begin(&r, "t=$(tty); echo before; exec <&- >&- 2>&-; sleep 1; echo after >$t; sleep 0.5; exit 3", false);
	while (hear(&r, &h))
		;
	assert_string_equal(h.out.text, "before\r\nafter\r\n");
	assert_int_equal(h.exit.code, 3);
	str_done(&h.out);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways), cmocka_unit_test(test_all_of_the_output), cmocka_unit_test(test_signal),
		cmocka_unit_test(test_detached_goes_on), cmocka_unit_test(test_stays_without_a_client),
		cmocka_unit_test(test_lost_client_hangs_up), cmocka_unit_test(test_client_that_does_not_read),
		cmocka_unit_test(test_term), cmocka_unit_test(test_closed_and_opened_again),
	};

	alarm(120);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
