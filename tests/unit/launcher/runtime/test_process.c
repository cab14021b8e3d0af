/* SPDX-License-Identifier: Apache-2.0 */
/* test_process.c - where a container's process stands, and what a path of the host leads to. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "launcher/runtime/inside.h"
#include "launcher/runtime/process.h"

static char dir[] = "/tmp/secctr-process-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return !mkdtemp(dir);
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* Status 0: accepted, 1: refused for standing outside, 2: refused for another reason. */
static int stand(const char *start, const char *root, const char *cwd)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct plan_process plan = { .cwd = (char *)cwd };
		const struct process p = { .plan = &plan };
		struct err e;

		if (chdir(start) || chroot(root))
			_exit(3);
		if (process_directory(&p, &e) == 0)
			_exit(0);
		_exit(e.reason == ERR_NOEXEC && strstr(e.text, "is outside of the container") ? 1 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* CVE-2024-21626: the kernel shows a directory above the root as "(unreachable)/...". */
static void directory_is_inside(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: chroot needs root\n");
		skip();
	}
	assert_int_equal(stand(dir, dir, "/"), 0);
	assert_int_equal(stand(dir, dir, NULL), 0);
	assert_int_equal(stand("/", dir, "."), 1);
	assert_int_equal(stand("/", dir, "usr"), 1);
	assert_int_equal(stand("/", dir, "/usr"), 2);
}

static void assert_link_refused(const char *path)
{
	struct err e;

	assert_int_equal(inside_open_host(path, &e), -1);
	assert_int_equal(e.sys, ELOOP);
}

/* The path was resolved when it was decided about; a link in it now was put there since. */
static void host_path_has_no_link(void **state)
{
	char link[64], below[96], self[64];
	struct err e;
	int fd;

	(void)state;
	fd = inside_open_host(dir, &e);
	assert_true(fd >= 0);
	(void)close(fd);
	snprintf(link, sizeof(link), "%s/link", dir);
	snprintf(below, sizeof(below), "%s/passwd", link);
	assert_int_equal(symlink("/etc", link), 0);
	assert_link_refused(link);
	assert_link_refused(below);
	snprintf(self, sizeof(self), "/proc/%d/root", (int)getpid());
	assert_link_refused(self);
	assert_int_equal(unlink(link), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directory_is_inside),
		cmocka_unit_test(host_path_has_no_link),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
