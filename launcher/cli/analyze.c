/* SPDX-License-Identifier: Apache-2.0 */
/* analyze.c - see analyze.h. */
#include "launcher/cli/analyze.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/str.h"
#include "launcher/cli/confined.h"

#define PROGRAM "/usr/bin/systemd-analyze"

enum { OUTPUT_MAX = 1 << 20 };

static _Noreturn void child(int out, int dir, const char *const argv[])
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || fchdir(dir))
		_exit(127);
	(void)execve(PROGRAM, (char *const *)argv, (char *[]){ (char *)"LC_ALL=C", (char *)"PATH=/usr/bin:/bin:/usr/sbin:/sbin",
							      (char *)"SYSTEMD_COLORS=0", (char *)"SYSTEMD_PAGER=", NULL });
	_exit(127);
}

/* All that it prints. */
static int run(int dir, const char *const argv[], struct str *ret, int *ret_status, struct err *e)
{
	auto_close int in = -1, out = -1;
	int ends[2], status, r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	in = ends[0];
	out = ends[1];
	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "fork");
	if (pid == 0)
		child(out, dir, argv);
	close_fd_auto(&out);
	r = io_read_to_str(in, OUTPUT_MAX, PROGRAM, ret, e);
	close_fd_auto(&in);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r)
		return -1;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return err_set(e, ERR_STATE, 0, PROGRAM " cannot be run");
	*ret_status = WEXITSTATUS(status);
	return str_add(ret, "", e);
}

static int verify(int dir, const char *path, struct err *e)
{
	const char *const argv[] = { PROGRAM, "verify", "--man=no", "--recursive-errors=no", path, NULL };
	auto_str struct str said = { 0 };
	int status;

	if (run(dir, argv, &said, &status, e))
		return -1;
	return status || said.len ? err_set(e, ERR_INPUT, 0, "systemd-analyze verify: %.*s", (int)strcspn(said.text, "\n"), said.text) : 0;
}

static int score(int dir, const char *path, int *ret, struct err *e)
{
	const char *const argv[] = { PROGRAM, "security", "--offline=true", "--no-pager", path, NULL };
	static const char front[] = "Overall exposure level for ";
	auto_str struct str said = { 0 };
	unsigned whole, tenth;
	const char *at;
	int status;

	if (run(dir, argv, &said, &status, e))
		return -1;
	at = strstr(said.text, front);
	at = at ? strstr(at, ": ") : NULL;
	if (!at || sscanf(at, ": %2u.%1u", &whole, &tenth) != 2)
		return err_set(e, ERR_STATE, 0, "systemd-analyze security --offline=true: %.*s",
			       (int)strcspn(said.text, "\n"), said.text);
	*ret = (int)(10 * whole + tenth);
	return 0;
}

int analyze_unit(const char *name, const char *text, int *ret, struct err *e)
{
	char place[] = "/run/secctr-unit-XXXXXX";
	auto_free char *path = NULL;
	auto_close int dir = -1;
	int r;

	if (is_confined())
		return err_set(e, ERR_STATE, 0, "SELinux lets secctr run no program of the host: write the unit, and run `systemd-analyze verify` and "
			       "`systemd-analyze security --offline=true` with its file");
	if (!mkdtemp(place))
		return err_set(e, ERR_SYSTEM, errno, "a directory in /run");
	dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = dir < 0 ? err_set(e, ERR_SYSTEM, errno, "%s", place) :
	    str_print(&path, e, "%s/%s", place, name) || io_replace_volatile_at(dir, name, text, strlen(text), 0600, e) || verify(dir, path, e) ||
	    score(dir, path, ret, e) ? -1 : 0;
	if (dir >= 0)
		(void)unlinkat(dir, name, 0);
	(void)rmdir(place);
	return r;
}
