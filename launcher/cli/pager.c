/* SPDX-License-Identifier: Apache-2.0 */
/* pager.c - see pager.h. */
#include "launcher/cli/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/powerless.h"
#include "launcher/cli/confined.h"

enum { NOBODY = 65534 };

/* NULL: none is asked for. */
static const char *choose(void)
{
	const char *own = getenv("SECCTR_PAGER"), *any = getenv("PAGER"), *pager = own ? own : any ? any : "less";

	return *pager && strcmp(pager, "cat") != 0 && !is_confined() ? pager : NULL;
}

/* There is no pager here, or it may not be started: the text is what counts. */
static _Noreturn void copy(void)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR))
		for (ssize_t done = 0, one; n > 0 && done < n; done += one) {
			one = write(STDOUT_FILENO, buf + done, (size_t)(n - done));
			if (one < 0)
				_exit(1);
		}
	_exit(0);
}

static _Noreturn void run(const char *pager)
{
	/* One word needs no shell, which a confined domain may not start. */
	bool plain = !strpbrk(pager, " \t\n\"'\\$&|;<>()*?[]#~`!{}");

	(void)setenv("LESS", "FRX", 0);
	(void)setenv("LESSSECURE", "1", 1);
	(void)setenv("LESSCHARSET", "utf-8", 1);
	(void)unsetenv("LESSOPEN");
	(void)unsetenv("LESSCLOSE");
	if (geteuid() == 0 && (!powerless_become(true, NOBODY, NOBODY) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))
		_exit(1);
	if (plain)
		(void)execlp(pager, pager, (char *)NULL);
	else
		(void)execl("/bin/sh", "sh", "-c", pager, (char *)NULL);
	copy();
}

int pager_start(struct pager *p, struct err *e)
{
	const char *pager = isatty(STDOUT_FILENO) ? choose() : NULL;
	auto_close int in = -1, out = -1;
	int ends[2];

	if (!pager)
		return 0;
	if (fflush(stdout) || pipe2(ends, O_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "pager");
	in = ends[0];
	out = ends[1];
	p->saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	p->pid = fork();
	if (p->saved < 0 || p->pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "pager");
	if (p->pid == 0) {
		if (dup2(in, STDIN_FILENO) < 0)
			_exit(1);
		close_fd_auto(&in);
		close_fd_auto(&out);
		close_fd_auto(&p->saved);
		run(pager);
	}
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	return dup2(out, STDOUT_FILENO) < 0 ? err_set(e, ERR_SYSTEM, errno, "pager") : 0;
}

void pager_end(struct pager *p)
{
	if (p->pid <= 0)
		return;
	(void)fflush(stdout);
	/* Its end of file: the last writer is gone. */
	if (p->saved >= 0)
		(void)dup2(p->saved, STDOUT_FILENO);
	close_fd_auto(&p->saved);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
}
