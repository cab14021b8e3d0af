/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c - see worker.h. */
#include "launcher/base/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/powerless.h"

enum { START_FAILED = 127, SAYS_WHY = 1, PIECE = 16384 };

struct start {
	int fd[WORKER_INPUTS_MAX + 2];	/* in the order of their numbers there; the last is the program */
	int n, out;
	const char *name;
	bool is_root;
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
	if (sigprocmask(SIG_SETMASK, &none, NULL) == 0 && dup2(s->out, STDOUT_FILENO) >= 0 && powerless_place(s->fd, s->n, WORKER_JOB_FD, 1) &&
	    powerless_become(s->is_root, s->uid, s->gid))
		(void)syscall(SYS_execveat, WORKER_JOB_FD + s->n - 1, "", argv, envp, AT_EMPTY_PATH);
	_exit(START_FAILED);
}

int worker_file(const void *bytes, size_t n, int *ret_fd, struct err *e)
{
	auto_close int fd = memfd_create("secctr", MFD_CLOEXEC), again = -1;
	char path[32];

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "memory file");
	if (io_write_all(fd, bytes, n, "memory file", e))
		return -1;
	/* For reading only: who gets it need not be allowed more (SELinux takes descriptors away that may do what their holder may not). */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	if (again < 0)
		return err_set(e, ERR_SYSTEM, errno, "memory file");
	*ret_fd = take_fd(&again);
	return 0;
}

static int start_child(const struct worker *w, int *ret_out, pid_t *ret_pid, struct err *e)
{
	auto_close int exe = open(w->program, O_RDONLY | O_CLOEXEC), job = -1, in = -1, out = -1;
	struct start s = { .name = w->account };
	int ends[2];

	if (exe < 0)
		return err_set(e, ERR_SYSTEM, errno, "%.256s", w->program);
	if (w->n > WORKER_INPUTS_MAX)
		return err_set(e, ERR_INTERNAL, 0, "%s: too many inputs", w->account);
	if (worker_file(w->job, w->job_n, &job, e))
		return -1;
	if (pipe2(ends, O_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	in = ends[0];
	out = s.out = ends[1];
	s.is_root = geteuid() == 0;
	if (powerless_account(POWERLESS_PASSWD, w->account, &s.uid, &s.gid, e))
		return -1;
	s.fd[s.n++] = job;
	for (size_t i = 0; i < w->n; i++)
		s.fd[s.n++] = w->fd[i];
	s.fd[s.n++] = exe;
	*ret_pid = fork();
	if (*ret_pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "fork");
	if (*ret_pid == 0)
		run_child(&s);
	*ret_out = take_fd(&in);
	return 0;
}

static long long now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

/* All that it says until it closes its end. */
static int listen_to(const struct worker *w, int out, long long end, struct str *ret, struct err *e)
{
	/* A failure is one struct err, whatever size an answer has. */
	const size_t max = w->answer_max > sizeof(struct err) ? w->answer_max : sizeof(struct err);
	char buf[PIECE];

	for (;;) {
		struct pollfd p = { .fd = out, .events = POLLIN };
		long long left = end - now_ms();
		int ready = poll(&p, 1, !w->wait_ms ? -1 : left > 0 ? (int)left : 0);
		ssize_t n;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready < 0)
			return err_set(e, ERR_SYSTEM, errno, "poll");
		if (ready == 0)
			return err_set(e, ERR_TIMEOUT, 0, "%s: no answer within %u seconds", w->account, (w->wait_ms + 999) / 1000);
		n = read(out, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? err_set(e, ERR_SYSTEM, errno, "%s: answer", w->account) : 0;
		if (ret->len + (size_t)n > max)
			return err_set(e, ERR_LIMIT, 0, "%s: an answer of more than %zu bytes", w->account, max);
		if (str_add_bytes(ret, buf, (size_t)n, e))
			return -1;
	}
}

/* It closed its end, so it is about to be gone; who only pretends is ended when its time is up. */
static int reap(const struct worker *w, pid_t pid, long long end, int *status, struct err *e)
{
	auto_close int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	while (w->wait_ms && pidfd >= 0) {
		long long left = end - now_ms();
		int ready = left > 0 ? poll(&p, 1, (int)left) : 0;

		if (ready == 0)
			(void)kill(pid, SIGKILL);
		if (ready >= 0 || errno != EINTR)
			break;
	}
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "%s: waitpid", w->account);
	return 0;
}

static int judge(const struct worker *w, int status, const struct str *said, struct err *e)
{
	struct err its;

	if (WIFSIGNALED(status))
		return err_set(e, ERR_INPUT, 0, "%s: ended by signal %d (%s)%s", w->account, WTERMSIG(status),
			       sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?",
			       WTERMSIG(status) == SIGSYS ? ": it made a system call that it must not make" : "");
	if (WEXITSTATUS(status) == START_FAILED)
		return err_set(e, ERR_SYSTEM, 0, "%s: could not be started", w->account);
	if (WEXITSTATUS(status) == SAYS_WHY && said->len == sizeof(its)) {
		memcpy(&its, said->text, sizeof(its));
		its.text[ERR_TEXT_MAX - 1] = '\0';
		return err_set(e, (unsigned)its.reason < ERR_REASON_COUNT ? its.reason : ERR_INTERNAL, 0, "%s", its.text);
	}
	if (WEXITSTATUS(status))
		return err_set(e, ERR_INTERNAL, 0, "%s: ended with status %d", w->account, WEXITSTATUS(status));
	return said->len > w->answer_max ? err_set(e, ERR_LIMIT, 0, "%s: an answer of more than %zu bytes", w->account, w->answer_max) : 0;
}

int worker_run(const struct worker *w, struct str *ret, struct err *e)
{
	auto_close int out = -1;
	auto_str struct str said = { 0 };
	const long long end = now_ms() + w->wait_ms;
	struct err unused;
	int status;
	pid_t pid;

	if (start_child(w, &out, &pid, e))
		return -1;
	if (listen_to(w, out, end, &said, e)) {
		(void)kill(pid, SIGKILL);
		(void)reap(w, pid, end, &status, &unused);
		return -1;
	}
	if (reap(w, pid, end, &status, e) || judge(w, status, &said, e))
		return -1;
	str_done(ret);
	*ret = said;
	said = (struct str){ 0 };
	return 0;
}

/* _exit(): what libraries, or a sanitizer, would do at an exit the sandbox does not let them. */
_Noreturn void worker_end(int r, const struct str *answer, const struct err *e)
{
	struct err unused;

	if (r)
		_exit(io_write_all(STDOUT_FILENO, e, sizeof(*e), "answer", &unused) ? 2 : SAYS_WHY);
	_exit(answer->len && io_write_all(STDOUT_FILENO, answer->text, answer->len, "answer", &unused) ? 2 : 0);
}
