/* SPDX-License-Identifier: Apache-2.0 */
/* reader.c - the privileged side of a report: see reader.h. */
#include "audit/report/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/report/tail.h"
#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/powerless.h"
#include "launcher/base/worker.h"

enum { START_FAILED = 127, PIECE = 65536, LOOK_MS = 250 };

/* Descriptors in the order of their numbers in the child, READER_JOB_FD first; the last is the program. */
struct start {
	int fd[REPORT_INPUTS_MAX + 4];
	int n;
	int out;		/* becomes standard output; -1: ours */
	uid_t uid;
	gid_t gid;
	bool is_root;
};

struct feed {
	struct tail tail;
	int pipe;		/* the reader's last input; -1: nothing is followed */
	char buf[PIECE];
	size_t at, len;
};

/* Between fork and exec: system calls only. */
static _Noreturn void run_child(struct start *s)
{
	static char name[] = "secctr-report", locale[] = "LC_ALL=C.UTF-8";
	char *const argv[] = { name, NULL }, *const envp[] = { locale, NULL };

	if (s->out >= 0 && dup2(s->out, STDOUT_FILENO) < 0)
		_exit(START_FAILED);
	if (powerless_place(s->fd, s->n, READER_JOB_FD, 1) && powerless_become(s->is_root, s->uid, s->gid))
		(void)syscall(SYS_execveat, READER_JOB_FD + s->n - 1, "", argv, envp, AT_EMPTY_PATH);
	_exit(START_FAILED);
}

static int copy_text(char to[static READER_TEXT_MAX], bool *has, const char *text, struct err *e)
{
	*has = text;
	if (text && strlen(text) >= READER_TEXT_MAX)
		return err_set(e, ERR_LIMIT, 0, "%.32s...: longer than %d bytes", text, READER_TEXT_MAX - 1);
	if (text)
		strcpy(to, text);
	return 0;
}

static int job_of(const struct report_request *q, struct reader_job *job, struct err *e)
{
	*job = (struct reader_job){ .task = READER_REPORT, .view = q->view, .format = q->format, .session = q->session,
				    .start_ms = q->start_ms, .end_ms = q->end_ms, .all = q->all, .follow = q->follow, .colour = q->colour,
				    .made_ms = q->made_ms, .width = q->width };
	return copy_text(job->subject, &job->has_subject, q->subject, e) || copy_text(job->container, &job->has_container, q->container, e) ||
	       copy_text(job->user, &job->has_user, q->user, e) || copy_text(job->host, &job->has_host, q->host, e) ? -1 : 0;
}

static int start_child(const char *program, struct reader_job *todo, const struct report_input *in, int live, int socket, int out,
		       pid_t *ret, struct err *e)
{
	auto_close int exe = open(program, O_RDONLY | O_CLOEXEC), job = -1;
	struct start s = { .out = out };
	pid_t pid;

	if (exe < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", program);
	todo->inputs = (uint32_t)(in->n + (live >= 0));
	s.is_root = geteuid() == 0;
	if (powerless_account(POWERLESS_PASSWD, "secctr-report", &s.uid, &s.gid, e) || worker_file(todo, sizeof(*todo), &job, e))
		return -1;
	s.fd[s.n++] = job;
	s.fd[s.n++] = socket;
	for (size_t i = 0; i < in->n; i++)
		s.fd[s.n++] = in->fd[i];
	if (live >= 0)
		s.fd[s.n++] = live;
	s.fd[s.n++] = exe;
	pid = fork();
	if (pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "fork");
	if (pid == 0)
		run_child(&s);
	*ret = pid;
	return 0;
}

/* One message. *ret_done: it was the last. q NULL: it has nothing to ask. */
static int answer(const struct report_request *q, int socket, unsigned *names, bool *ret_done, uint32_t *ret_came, struct err *e)
{
	struct reader_message m;
	struct reader_answer a = { 0 };
	ssize_t n = recv(socket, &m, sizeof(m), 0);

	*ret_done = true;
	if (n == 0)
		return 0;		/* it is gone; waitpid() tells why */
	if (n != sizeof(m))
		return err_set(e, n < 0 ? ERR_SYSTEM : ERR_INTERNAL, n < 0 ? errno : 0, "secctr-report: message");
	if (m.ask == READER_DONE) {
		*ret_came = m.uid;
		return 0;
	}
	if (m.ask == READER_FAILED) {
		m.err.text[ERR_TEXT_MAX - 1] = '\0';
		return err_set(e, (unsigned)m.err.reason < ERR_REASON_COUNT ? m.err.reason : ERR_INTERNAL, 0, "%s", m.err.text);
	}
	*ret_done = false;
	if (m.ask != READER_NAME || !q || ++*names > NAMES_MAX)
		return err_set(e, ERR_INTERNAL, 0, "secctr-report: asks for what it must not");
	a.known = q->names && q->names(q->names_context, m.uid, a.name);
	return send(socket, &a, sizeof(a), MSG_NOSIGNAL) == sizeof(a) ? 0 : err_set(e, ERR_SYSTEM, errno, "secctr-report: answer");
}

/* As much of what is new as the pipe takes now. */
static int feed_some(struct feed *f, struct err *e)
{
	for (;;) {
		ssize_t n;

		if (f->at == f->len) {
			n = tail_read(&f->tail, f->buf, sizeof(f->buf), e);
			if (n <= 0)
				return (int)n;
			f->at = 0;
			f->len = (size_t)n;
		}
		n = write(f->pipe, f->buf + f->at, f->len - f->at);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0)
			return errno == EPIPE ? 0 : err_set(e, ERR_SYSTEM, errno, "secctr-report: pipe");
		f->at += (size_t)n;
	}
}

static int serve(const struct report_request *q, int socket, struct feed *f, uint32_t *ret_came, struct err *e)
{
	unsigned names = 0;
	bool done = false;

	while (!done) {
		struct pollfd p[] = { { .fd = socket, .events = POLLIN }, { .fd = f->at < f->len ? f->pipe : -1, .events = POLLOUT } };
		int n = poll(p, 2, f->pipe >= 0 ? LOOK_MS : -1);

		if (n < 0 && errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "poll");
		if (n > 0 && p[0].revents && answer(q, socket, &names, &done, ret_came, e))
			return -1;
		if (f->pipe >= 0 && !done && feed_some(f, e))
			return -1;
	}
	return 0;
}

static int end_child(pid_t pid, int failed, bool paged, struct err *e)
{
	int status;

	if (failed)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "waitpid");
	if (failed)
		return -1;
	if (paged && WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
		return 0;
	/* Nobody reads our output any more: end as a program that had written it itself. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE) {
		(void)signal(SIGPIPE, SIG_DFL);
		(void)raise(SIGPIPE);
	}
	if (WIFSIGNALED(status))
		return err_set(e, ERR_INPUT, 0, "secctr-report: ended by signal %d (%s)%s", WTERMSIG(status),
			       sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?",
			       WTERMSIG(status) == SIGSYS ? ": it made a system call that it must not make" : "");
	if (WEXITSTATUS(status) == START_FAILED)
		return err_set(e, ERR_SYSTEM, 0, "secctr-report: could not be started");
	return WEXITSTATUS(status) == 0 ? 0 : err_set(e, ERR_INTERNAL, 0, "secctr-report: ended with status %d", WEXITSTATUS(status));
}

static void feed_done(struct feed *f)
{
	tail_close(&f->tail);
	close_fd_auto(&f->pipe);
}

/* The newest input is fed through a pipe instead. */
static int follow_last(struct feed *f, const char *path, struct report_input *in, int *ret_live, struct err *e)
{
	int ends[2];

	if (!in->n || tail_open(path, &in->fd[in->n - 1], &f->tail, e))
		return in->n ? -1 : err_set(e, ERR_USAGE, 0, "nothing to follow");
	in->n--;
	if (pipe2(ends, O_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	f->pipe = ends[1];
	*ret_live = ends[0];
	return fcntl(f->pipe, F_SETFL, O_NONBLOCK) ? err_set(e, ERR_SYSTEM, errno, "pipe") : 0;
}

/* *live, which may be -1, is the last input; it is closed here, so that the pipe ends with the reader. */
static int run_task(const char *program, struct reader_job *job, const struct report_request *q, const struct report_input *in,
		    struct feed *f, int *live, int out, uint32_t *ret_came, struct err *e)
{
	auto_close int mine = -1, its = -1;
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return err_set(e, ERR_SYSTEM, errno, "socketpair");
	mine = ends[0];
	its = ends[1];
	/* It has our standard output, so what we wrote goes first. */
	if (fflush(stdout))
		return err_set(e, ERR_SYSTEM, errno, "standard output");
	if (start_child(program, job, in, *live, its, out, &pid, e))
		return -1;
	close_fd_auto(&its);
	close_fd_auto(live);
	return end_child(pid, serve(q, mine, f, ret_came, e), q && q->paged, e);
}

int reader_run(const char *program, const struct report_request *q, struct report_input *in, const char *follow, struct err *e)
{
	AUTO(feed_done) struct feed f = { .tail = TAIL_INIT, .pipe = -1 };
	auto_close int live = -1;
	struct reader_job job;
	uint32_t unused;

	if (job_of(q, &job, e) || (follow && follow_last(&f, follow, in, &live, e)))
		return -1;
	return run_task(program, &job, q, in, &f, &live, q->out ? q->out : -1, &unused, e);
}

int reader_lines(const char *program, const struct lines_request *q, struct report_input *in, int out, bool *ret_found, struct err *e)
{
	struct reader_job job = { .task = READER_LINES, .lines = *q };
	struct feed none = { .pipe = -1 };
	uint32_t found = 0;
	int live = -1;

	if (run_task(program, &job, NULL, in, &none, &live, out, &found, e))
		return -1;
	*ret_found = found == 1;
	return 0;
}
