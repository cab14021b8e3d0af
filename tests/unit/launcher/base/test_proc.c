/* SPDX-License-Identifier: Apache-2.0 */
/* test_proc.c - a /proc that cannot be mounted over, and processes by more than a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/proc.h"

static int open_proc(void **state)
{
	struct err e = { 0 };
	int *fd = malloc(sizeof(*fd));

	*state = fd;
	return proc_private(fd, &e);
}

static int close_proc(void **state)
{
	close(*(int *)*state);
	free(*state);
	return 0;
}

static void reads_small_files(void **state)
{
	int proc = *(int *)*state;
	struct err e = { 0 };
	char id[37], text[16], again[37];

	assert_int_equal(proc_boot_id(proc, id, &e), 0);
	assert_int_equal(strlen(id), 36);
	assert_int_equal(id[8], '-');
	assert_int_equal(proc_read(proc, "sys/kernel/random/boot_id", again, sizeof(again), &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(proc_read(proc, "self/comm", text, sizeof(text), &e), 0);
	assert_string_equal(text, "test_proc");
	assert_int_equal(proc_read(proc, "4194305/stat", text, sizeof(text), &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
}

static void leaves_procfs_by_no_path(void **state)
{
	static const char *const paths[] = {
		"self/root", "self/root/etc/passwd", "self/cwd", "self/exe", "self/fd/0", "self/ns/mnt", "..",
		"/etc/passwd", "../etc/passwd",
	};
	int proc = *(int *)*state;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct err e = { 0 };

		if (proc_open(proc, paths[i], O_PATH, &e) != -1)
			fail_msg("%s", paths[i]);
	}
}

/* A process that waits until it is killed. Its name looks like the end of the name and more fields. */
static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NAME, "a) R 1 2 3 (x ");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	usleep(20000);
	return pid;
}

static void a_process_is_its_start_time(void **state)
{
	int proc = *(int *)*state, status;
	uint64_t mine, its;
	struct err e = { 0 };
	pid_t pid = sleeper();
	auto_close int fd = -1;

	assert_int_equal(proc_start_time(proc, getpid(), &mine, &e), 0);
	assert_int_equal(proc_start_time(proc, pid, &its, &e), 0);
	assert_true(proc_runs(proc, getpid(), mine));
	assert_false(proc_runs(proc, getpid(), mine + 1));
	assert_false(proc_runs(proc, 0, 0));
	assert_true(its >= mine && its < mine + 100 * 3600);
	assert_int_equal(proc_pidfd_of(proc, pid, its + 1, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
	fd = proc_pidfd_of(proc, pid, its, &e);
	assert_true(fd >= 0);
	assert_int_equal(proc_signal(fd, SIGKILL, &e), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_int_equal(proc_signal(fd, SIGKILL, &e), -1);
	assert_int_equal(e.reason, ERR_STATE);
	assert_int_equal(proc_pidfd_of(proc, pid, its, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
	assert_int_equal(proc_start_time(proc, pid, &its, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
}

/* With a tmpfs over /proc; in a process of its own. */
static int over_mounted(void)
{
	auto_close int fd = -1;
	struct err e = { 0 };
	char text[64];

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/proc", "tmpfs", 0, NULL))
		return 77;
	/* Ours either is a real one all the same or there is none. */
	if (proc_private(&fd, &e))
		return strstr(e.text, "/proc is not") ? 0 : 1;
	return proc_read(fd, "self/comm", text, sizeof(text), &e) ? 2 : 0;
}

/* Where fsopen() may not be used: /proc itself, and a file in it that is mounted over. */
static int without_privilege(bool over_all)
{
	auto_close int fd = -1;
	struct err e = { 0 };
	char text[64];

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return 77;
	if (over_all ? mount("none", "/proc", "tmpfs", 0, NULL) :
	    mount("/proc/uptime", "/proc/version", NULL, MS_BIND, NULL))
		return 77;
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return 77;
	if (over_all)
		return proc_private(&fd, &e) == -1 ? 0 : 1;
	if (proc_private(&fd, &e) || proc_read(fd, "uptime", text, sizeof(text), &e))
		return 2;
	return proc_read(fd, "version", text, sizeof(text), &e) == -1 ? 0 : 3;
}

static void run(int how)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0)
		_exit(how == 0 ? over_mounted() : without_privilege(how == 1));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void a_mount_over_proc_is_not_believed(void **state)
{
	(void)state;
	run(0);
}

static void nor_without_privilege(void **state)
{
	(void)state;
	run(1);
}

static void nor_over_a_file(void **state)
{
	(void)state;
	run(2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_proc, close_proc)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_small_files), T(leaves_procfs_by_no_path), T(a_process_is_its_start_time),
		cmocka_unit_test(a_mount_over_proc_is_not_believed), cmocka_unit_test(nor_without_privilege),
		cmocka_unit_test(nor_over_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
