/* SPDX-License-Identifier: Apache-2.0 */
/* Terminals of a devpts: opened by descriptor, handed over, and nothing else taken for one. Needs root (mounts). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/runtime/pty.h"
#include "launcher/runtime/sys.h"

static int pts = -1;

/* Detached, as the init's is in the moment before it is attached. */
static int make_devpts(void **state)
{
	int fs = fsopen("devpts", FSOPEN_CLOEXEC);

	(void)state;
	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "ptmxmode", "0666", 0) ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0620", 0) || fsconfig(fs, FSCONFIG_SET_STRING, "gid", "5", 0) ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return 0;
	pts = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	close(fs);
	return 0;
}

static void need_devpts(void)
{
	if (pts < 0) {
		print_message("skipped: no devpts can be made here\n");
		skip();
	}
}

static void a_pair(void **state)
{
	auto_pty struct pty t = PTY_INIT, second = PTY_INIT;
	unsigned number = 99;
	struct stat st;
	char got[16] = "";
	struct err e = { 0 };

	(void)state;
	need_devpts();
	if (pty_open(pts, 1234, &t, &e))
		fail_msg("%s", e.text);
	assert_int_equal(ioctl(t.master, TIOCGPTN, &number), 0);
	assert_int_equal(number, 0);		/* the first of a file system of its own */
	assert_int_equal(fstat(t.slave, &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(st.st_gid, 5);
	assert_int_equal(st.st_mode & 0777, 0620);
	assert_int_equal(write(t.slave, "hello", 5), 5);
	assert_int_equal(read(t.master, got, sizeof(got)), 5);
	assert_string_equal(got, "hello");
	assert_true(fcntl(t.master, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(t.slave, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(pty_open(pts, 0, &second, &e), 0);
	assert_int_equal(ioctl(second.master, TIOCGPTN, &number), 0);
	assert_int_equal(number, 1);
}

static void handed_over(void **state)
{
	auto_pty struct pty t = PTY_INIT;
	int outer, inner, master = -1;
	struct err e = { 0 };

	(void)state;
	need_devpts();
	assert_int_equal(pty_open(pts, 0, &t, &e), 0);
	assert_int_equal(pty_socket(&outer, &inner, &e), 0);
	assert_int_equal(pty_send(inner, t.master, &e), 0);
	if (pty_receive(outer, &master, &e))
		fail_msg("%s", e.text);
	assert_true(fcntl(master, F_GETFD) & FD_CLOEXEC);
	/* It does not wait for what did not come. */
	assert_int_equal(pty_receive(outer, &master, &e), -1);
	close(master);
	close(outer);
	close(inner);
}

static size_t open_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* n descriptors in one message, each a copy of fd. */
static void send_fds(int to, int fd, size_t n)
{
	char room[CMSG_SPACE(4 * sizeof(int))] = "", byte = 'T';
	struct iovec part = { &byte, 1 };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	if (n) {
		struct cmsghdr *c;

		m.msg_control = room;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		for (size_t i = 0; i < n; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
	}
	assert_int_equal(sendmsg(to, &m, 0), 1);
}

static void nothing_else_is_taken(void **state)
{
	auto_pty struct pty t = PTY_INIT;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int outer, inner;
	struct err e = { 0 };

	(void)state;
	need_devpts();
	assert_int_equal(pty_open(pts, 0, &t, &e), 0);
	assert_int_equal(pty_socket(&outer, &inner, &e), 0);
	const struct {
		const char *what;
		int fd;
		size_t n;
	} rows[] = {
		{ "no descriptor", -1, 0 }, { "the slave", t.slave, 1 }, { "/dev/null", null, 1 }, { "a file", file, 1 },
		{ "a socket", inner, 1 }, { "two masters", t.master, 2 }, { "four masters", t.master, 4 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t before = open_descriptors();
		int master = -1;

		send_fds(inner, rows[i].fd, rows[i].n);
		if (pty_receive(outer, &master, &e) != -1)
			fail_msg("%s is taken", rows[i].what);
		assert_int_equal(master, -1);
		if (open_descriptors() != before)
			fail_msg("%s: a descriptor stays open", rows[i].what);
	}
	close(outer);
	close(inner);
	close(null);
	close(file);
}

/* In a mount name space whose /dev/pts is what a hostile root could make of it. 0: a terminal, 1: refused. */
static int in_place(int (*spoil)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct err e = { 0 };
		struct pty t = PTY_INIT;
		int at = -1;

		alarm(10);
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("tmpfs", "/dev", "tmpfs", 0, NULL) || spoil())
			_exit(99);
		_exit(pty_find(&at, &e) || pty_open(at, 0, &t, &e) ? 1 : 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int good(void)
{
	return mkdir("/dev/pts", 0755) || mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666");
}

static int missing(void)
{
	return 0;
}

static int plain_directory(void)
{
	return mkdir("/dev/pts", 0755) || mknod("/dev/pts/ptmx", S_IFCHR | 0666, 5 << 8 | 2);
}

static int fifo(void)
{
	return mkdir("/dev/pts", 0755) || mkfifo("/dev/pts/ptmx", 0666);
}

static int link_to_devpts(void)
{
	return mkdir("/dev/real", 0755) || mount("devpts", "/dev/real", "devpts", 0, "newinstance,ptmxmode=0666") ||
	       symlink("real", "/dev/pts");
}

static int bound_over_ptmx(void)
{
	return good() || mkfifo("/dev/fifo", 0666) || mount("/dev/fifo", "/dev/pts/ptmx", NULL, MS_BIND, NULL);
}

static void only_a_devpts(void **state)
{
	(void)state;
	need_devpts();
	assert_int_equal(in_place(good), 0);
	assert_int_equal(in_place(missing), 1);
	assert_int_equal(in_place(plain_directory), 1);
	assert_int_equal(in_place(fifo), 1);
	assert_int_equal(in_place(link_to_devpts), 1);
	assert_int_equal(in_place(bound_over_ptmx), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair), cmocka_unit_test(handed_over), cmocka_unit_test(nothing_else_is_taken),
		cmocka_unit_test(only_a_devpts),
	};

	return cmocka_run_group_tests(tests, make_devpts, NULL);
}
