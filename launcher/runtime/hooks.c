/* SPDX-License-Identifier: Apache-2.0 */
/* hooks.c - see hooks.h. */
#include "launcher/runtime/hooks.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "launcher/base/cleanup.h"
#include "launcher/runtime/sys.h"

enum { SAID_MAX = 200, SECOND = 1000, NOT_RUN = 127 };

struct hook {
	const struct plan_hook *h;
	const struct process *as;
	int in, out;			/* its own ends */
};

bool hooks_any(const struct plan *p, int when)
{
	for (size_t i = 0; i < p->hooks.len; i++)
		if (PLAN_HOOK(p, i)->when == when)
			return true;
	return false;
}

static int64_t seconds_of(const struct plan_hook *h)
{
	return h->timeout > 0 ? h->timeout : HOOK_SECONDS;
}

int hooks_wait_ms(const struct plan *p, int when)
{
	int64_t all = 0;

	for (size_t i = 0; i < p->hooks.len; i++)
		if (PLAN_HOOK(p, i)->when == when)
			all += seconds_of(PLAN_HOOK(p, i)) * SECOND;
	return (int)all;	/* PLAN_HOOKS_MAX of PLAN_HOOK_SECONDS_MAX */
}

static void all_signals(void)
{
	struct sigaction as_ever = { .sa_handler = SIG_DFL };
	sigset_t none;

	(void)sigemptyset(&none);
	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &as_ever, NULL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void NORETURN hook_main(const struct hook *k)
{
	char *alone[] = { k->h->path, NULL }, *nothing = NULL;
	struct err e = { 0 };

	if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || dup2(k->in, 0) < 0 || dup2(k->out, 1) < 0 || dup2(k->out, 2) < 0 ||
	    close_range(3, ~0U, 0) || (!k->as && chdir("/")))
		_exit(NOT_RUN);
	all_signals();
	(void)umask(022);
	if (k->as && process_filter(k->as, &e)) {
		(void)!write(2, e.text, strlen(e.text));
		_exit(NOT_RUN);
	}
	execve(k->h->path, k->h->args.len ? k->h->args.item : alone, k->h->env.len ? k->h->env.item : &nothing);
	(void)!write(2, "cannot be executed: ", 20);
	(void)!write(2, strerrorname_np(errno), strlen(strerrorname_np(errno)));
	_exit(NOT_RUN);
}

/* A file of its own for each: whoever reads it first would have it all. */
static int state_file(const char *state, pid_t pid, struct err *e)
{
	auto_close int fd = memfd_create("state", MFD_CLOEXEC);
	char end[32];
	int n = snprintf(end, sizeof(end), pid ? ",\"pid\":%d}" : "}", (int)pid);
	const struct iovec parts[] = { { (void *)(uintptr_t)state, strlen(state) }, { end, (size_t)n } };

	if (fd < 0 || writev(fd, parts, ARRAY_LEN(parts)) != (ssize_t)(strlen(state) + (size_t)n) || lseek(fd, 0, SEEK_SET))
		return err_set(e, ERR_SYSTEM, errno, "the container's state for a hook");
	return take_fd(&fd);
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000000;
}

/* The first of it, on one line. */
static void listen(int *out, char said[SAID_MAX], size_t *n)
{
	char rest[4096];
	ssize_t got = read(*out, rest, sizeof(rest));

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		close_fd_auto(out);
	for (ssize_t i = 0; i < got && *n < SAID_MAX - 1; i++)
		said[(*n)++] = rest[i] >= ' ' && rest[i] <= '~' ? rest[i] : ' ';
	said[*n] = '\0';
}

/* 0: it has ended; 1: its time is over. */
static int wait_end(int pidfd, int *out, int64_t seconds, char said[SAID_MAX], struct err *e)
{
	int64_t end = now_ms() + seconds * SECOND, left;
	size_t n = 0;

	*said = '\0';
	while ((left = end - now_ms()) > 0) {
		struct pollfd p[] = { { .fd = pidfd, .events = POLLIN }, { .fd = *out, .events = POLLIN } };
		int ready = poll(p, ARRAY_LEN(p), (int)left);

		if (ready < 0 && errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "waiting for a hook");
		/* Read before the end is seen: what it wrote last is there by then. */
		if (ready > 0 && p[1].revents)
			listen(out, said, &n);
		if (ready > 0 && p[0].revents && !(p[1].revents & POLLIN))
			return 0;
	}
	return 1;
}

static int run_one(const struct plan_hook *h, const char *state, pid_t pid, const struct process *as, struct err *e)
{
	struct hook k = { .h = h, .as = as, .in = state_file(state, pid, e) };
	auto_close int in = k.in, out = -1, told = -1, pidfd = -1;
	struct clone_args args = { .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD };
	char said[SAID_MAX];
	siginfo_t end = { 0 };
	int pair[2], over;
	long child;

	if (in < 0)
		return -1;
	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK))
		return err_set(e, ERR_SYSTEM, errno, "pipe of a hook");
	told = pair[0];
	k.out = out = pair[1];
	/* Its own writes wait. */
	if (fcntl(out, F_SETFL, 0))
		return err_set(e, ERR_SYSTEM, errno, "pipe of a hook");
	child = sys_clone3(&args, sizeof(args));
	if (child == 0)
		hook_main(&k);
	if (child < 0)
		return err_set(e, ERR_SYSTEM, errno, "clone3 for a hook");
	close_fd_auto(&out);
	over = wait_end(pidfd, &told, seconds_of(h), said, e);
	if (over) {
		/* Its number is its own until it is reaped; its session's too, once it has made it. */
		(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
		(void)kill(-(pid_t)child, SIGKILL);
	}
	while (waitid(P_PIDFD, (id_t)pidfd, &end, WEXITED) < 0 && errno == EINTR)
		;
	if (over < 0)
		return -1;
	if (over)
		return err_set(e, ERR_TIMEOUT, 0, "%.200s: was killed after %lld seconds%s%s", h->path, (long long)seconds_of(h),
			       *said ? ": " : "", said);
	if (end.si_code == CLD_EXITED && end.si_status == 0)
		return 0;
	return err_set(e, ERR_SYSTEM, 0, "%.200s: %s %d%s%s", h->path, end.si_code == CLD_EXITED ? "exit status" : "signal", end.si_status,
		       *said ? ": " : "", said);
}

int hooks_run(const struct plan *p, int when, const char *state, pid_t pid, const struct process *as, bool all, struct err *e)
{
	struct err first;
	size_t nth = 0;
	int r = 0;

	for (size_t i = 0; i < p->hooks.len; i++) {
		if (PLAN_HOOK(p, i)->when != when)
			continue;
		if (run_one(PLAN_HOOK(p, i), state, pid, as, &first)) {
			if (r == 0) {
				*e = first;
				(void)err_context(e, "hooks.%s[%zu]", plan_hook_words[when], nth);
			}
			r = -1;
			if (!all)
				break;
		}
		nth++;
	}
	return r;
}
