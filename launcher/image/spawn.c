/* SPDX-License-Identifier: Apache-2.0 */
/* spawn.c - fork, drop everything, execute the parser. */
#include "launcher/image/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/powerless.h"
#include "launcher/image/job.h"

enum { START_FAILED = 127 };

/* Descriptors in the order of their numbers in the child, JOB_FD first; the last is the program. */
struct start {
	int *fd;
	int n;
	const char *name;
	uid_t uid;
	gid_t gid;
};

/* Between fork and exec: system calls only. */
static _Noreturn void run_child(struct start *s)
{
	static char locale[] = "LC_ALL=C.UTF-8";
	char *const argv[] = { (char *)s->name, NULL }, *const envp[] = { locale, NULL };
	sigset_t none;

	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == 0 && powerless_place(s->fd, s->n, JOB_FD, JOB_FD) &&
	    powerless_become(true, s->uid, s->gid))
		(void)syscall(SYS_execveat, JOB_FD + s->n - 1, "", argv, envp, AT_EMPTY_PATH);
	_exit(START_FAILED);
}

static int start_child(struct start *s, int job, const int *input, size_t n, int program, int out, struct err *e)
{
	pid_t pid;

	s->n = (int)n + 3;
	s->fd[0] = job;
	s->fd[1] = out;
	memcpy(s->fd + 2, input, n * sizeof(*input));
	s->fd[n + 2] = program;
	pid = fork();
	if (pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "fork");
	if (pid == 0)
		run_child(s);
	return pid;
}

int fetch_start(const char *program, const char *account, int job, const int *input, size_t n, struct fetch_child *ret, struct err *e)
{
	auto_close int exe = open(program, O_RDONLY | O_CLOEXEC), in = -1, out = -1;
	auto_free int *fd = calloc(n + 3, sizeof(*fd));
	struct start s = { .fd = fd, .name = account };
	int ends[2];
	pid_t pid;

	if (exe < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", program);
	if (!fd)
		return err_set(e, ERR_SYSTEM, ENOMEM, "%s", account);
	if (powerless_account(POWERLESS_PASSWD, account, &s.uid, &s.gid, e))
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	in = ends[0];
	out = ends[1];
	/* Fewer switches between the two; the default will do where this is not allowed. */
	(void)fcntl(in, F_SETPIPE_SZ, 1 << 20);
	pid = start_child(&s, job, input, n, exe, out, e);
	if (pid < 0)
		return -1;
	ret->pid = pid;
	ret->out = take_fd(&in);
	return 0;
}

static bool reap(struct fetch_child *c, int *status)
{
	pid_t pid = c->pid;

	close_fd_auto(&c->out);
	c->pid = 0;
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return false;
	return true;
}

int fetch_wait(struct fetch_child *c, struct err *e)
{
	int status;

	if (!reap(c, &status))
		return err_set(e, ERR_SYSTEM, errno, "%s: waitpid", c->what);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return err_set(e, ERR_INPUT, 0, "%s: ended by signal %d (%s)%s", c->what, WTERMSIG(status),
			       sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?",
			       WTERMSIG(status) == SIGSYS ? ": it made a system call that it must not make" : "");
	if (WEXITSTATUS(status) == START_FAILED)
		return err_set(e, ERR_SYSTEM, 0, "%s: could not be started", c->what);
	return err_set(e, ERR_INTERNAL, 0, "%s: ended with status %d", c->what, WEXITSTATUS(status));
}

void fetch_stop(struct fetch_child *c)
{
	int ignored;

	if (c->pid) {
		(void)kill(c->pid, SIGKILL);
		(void)reap(c, &ignored);
	}
	close_fd_auto(&c->out);
}
