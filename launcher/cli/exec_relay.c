/* SPDX-License-Identifier: Apache-2.0 */
/* exec_relay.c - the streams of a command that has no terminal and is waited for. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "launcher/base/io.h"
#include "launcher/base/proc.h"
#include "launcher/cli/exec.h"
#include "launcher/plan/idmap.h"

int exec_streams_make(struct exec *x, struct err *e)
{
	int64_t to_uid = idmap_host(&x->p->uid_map, x->p->process.user.uid);
	int64_t to_gid = idmap_host(&x->p->gid_map, x->p->process.user.gid);
	uid_t uid = (uid_t)to_uid;
	gid_t gid = (gid_t)to_gid;

	if (to_uid < 0 || to_gid < 0)
		return err_set(e, ERR_INPUT, 0, "user %lld:%lld: not in the container's map of ids",
			       (long long)x->p->process.user.uid, (long long)x->p->process.user.gid);
	if (x->r->tty)
		return 0;
	if (pipe2(x->in, O_CLOEXEC) || pipe2(x->out, O_CLOEXEC) || pipe2(x->err, O_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "pipes");
	/* root's they are as they are made. */
	if ((uid || gid) && (fchown(x->in[0], uid, gid) || fchown(x->out[1], uid, gid) || fchown(x->err[1], uid, gid)))
		return err_set(e, ERR_SYSTEM, errno, "owner of the standard streams");
	if (!x->r->interactive || x->r->detach)
		close_fd_auto(&x->in[1]);
	return 0;
}

enum { ROOM = 16384 };

/*
 * What was read from our standard input and the process has not taken yet; and what goes the other way. Not on the stack, whose
 * pages are touched whether anything comes or not.
 */
struct typed {
	char data[ROOM];
	size_t at, n;
};
static char said[ROOM];

/* False: nothing more comes, or nobody takes it. */
static bool forward(int from, int to)
{
	struct err ignored;
	ssize_t n = read(from, said, sizeof(said));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	return n > 0 && io_write_all(to, said, (size_t)n, "stream", &ignored) == 0;
}

/* Never waits for the process to read: it may be waiting for us to take what it wrote. */
static bool type(struct typed *t, int to)
{
	ssize_t n;

	if (t->at == t->n) {
		n = read(STDIN_FILENO, t->data, sizeof(t->data));
		t->at = 0;
		t->n = n > 0 ? (size_t)n : 0;
		return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
	}
	n = write(to, t->data + t->at, t->n - t->at);
	if (n > 0)
		t->at += (size_t)n;
	return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

/* What the process left in its pipe, and no more: a child of it may write on for ever. */
static void drain(int from, int to)
{
	long left = fcntl(from, F_GETPIPE_SZ);
	struct err ignored;

	while (left > 0) {
		ssize_t n = read(from, said, left < (long)sizeof(said) ? (size_t)left : sizeof(said));

		if (n <= 0 || io_write_all(to, said, (size_t)n, "stream", &ignored))
			return;
		left -= n;
	}
}

static int without_waiting(struct exec *x, struct err *e)
{
	/* Our ends only: each end of a pipe is a file of its own. */
	for (const int *fd = (const int[]){ x->in[1], x->out[0], x->err[0], -2 }; *fd != -2; fd++)
		if (*fd >= 0 && fcntl(*fd, F_SETFL, O_NONBLOCK))
			return err_set(e, ERR_SYSTEM, errno, "streams");
	return 0;
}

static void pass_signal(struct exec *x, int signals)
{
	struct signalfd_siginfo info;
	struct err ignored;

	if (read(signals, &info, sizeof(info)) == sizeof(info))
		(void)!proc_signal(x->made.pidfd, (int)info.ssi_signo, &ignored);
}

/* Copies until the process is gone; what a child it left behind still writes is not waited for. */
static int relay(struct exec *x, int signals, struct err *e)
{
	bool out = true, err = true;
	static struct typed typed;

	while (true) {
		bool full = typed.at < typed.n;
		struct pollfd p[6] = {
			{ .fd = x->made.pidfd, .events = POLLIN }, { .fd = signals, .events = POLLIN },
			{ .fd = out ? x->out[0] : -1, .events = POLLIN }, { .fd = err ? x->err[0] : -1, .events = POLLIN },
			{ .fd = x->in[1] >= 0 && !full ? STDIN_FILENO : -1, .events = POLLIN },
			/* POLLERR comes unasked when the last reader is gone. */
			{ .fd = x->in[1], .events = full ? POLLOUT : 0 },
		};

		if (poll(p, ARRAY_LEN(p), -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_set(e, ERR_SYSTEM, errno, "poll");
		}
		if (p[1].revents)
			pass_signal(x, signals);
		if (p[2].revents)
			out = forward(x->out[0], STDOUT_FILENO);
		if (p[3].revents)
			err = forward(x->err[0], STDERR_FILENO);
		if ((p[5].revents & POLLERR) || ((p[4].revents || p[5].revents) && !type(&typed, x->in[1])))
			close_fd_auto(&x->in[1]);
		if (p[0].revents)
			break;
	}
	if (out)
		drain(x->out[0], STDOUT_FILENO);
	if (err)
		drain(x->err[0], STDERR_FILENO);
	return 0;
}

int exec_relay(struct exec *x, struct err *e)
{
	sigset_t set;
	auto_close int signals = -1;
	int status;

	(void)sigemptyset(&set);
	for (const int *s = (const int[]){ SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, 0 }; *s; s++)
		(void)sigaddset(&set, *s);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return err_set(e, ERR_SYSTEM, errno, "signalfd");
	if (without_waiting(x, e) || relay(x, signals, e))
		return -1;
	while (waitpid(x->made.pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "waitpid");
	x->made.pid = 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
