/* SPDX-License-Identifier: Apache-2.0 */
/* exec_watch.c - see exec_watch.h. */
#include "launcher/cli/exec_watch.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launcher/base/capabilities.h"
#include "launcher/base/cleanup.h"
#include "launcher/base/proc.h"

enum { REST_MS = 250 };		/* until a terminal that nobody has open is asked again */

/* What the record of the end takes, and a signal to a command of another user. */
static int give_up(struct err *e)
{
	if (capabilities_keep(CAP(CAP_AUDIT_WRITE) | CAP(CAP_AUDIT_READ) | CAP(CAP_KILL), e))
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "giving privileges up");
	return 0;
}

int exec_watch_fork(void (*watch)(void *arg, int client), void *arg, pid_t *ret_pid, int *ret_socket, struct err *e)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_set(e, ERR_SYSTEM, errno, "socketpair");
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		(void)close(pair[0]);
		watch(arg, pair[1]);
		_exit(125);
	}
	(void)close(pair[1]);
	if (pid < 0) {
		(void)close(pair[0]);
		return err_set(e, ERR_SYSTEM, errno, "fork");
	}
	*ret_pid = pid;
	*ret_socket = pair[0];
	return 0;
}

static int close_others(const int *keep, size_t n, struct err *e)
{
	for (unsigned from = 3; ; ) {
		unsigned next = ~0U;

		for (size_t i = 0; i < n; i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= from && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next > from && close_range(from, next == ~0U ? next : next - 1, 0))
			return err_set(e, ERR_SYSTEM, errno, "close_range");
		if (next == ~0U)
			return 0;
		from = next + 1;
	}
}

int exec_watch_settle(const struct exec_watch *w, const int more[2], struct err *e)
{
	const int keep[] = { w->pidfd, w->terminal, w->client, w->out, w->err, more[0], more[1] };
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		return err_set(e, ERR_SYSTEM, errno, "/dev/null");
	if (chdir("/"))
		return err_set(e, ERR_SYSTEM, errno, "chdir /");
	close_fd_auto(&null);
	/* Not the client's socket: frames.h has a word for it with each frame. */
	for (size_t i = 0; i < ARRAY_LEN(keep); i++)
		if (keep[i] >= 0 && (keep[i] == w->terminal || keep[i] == w->out || keep[i] == w->err) &&
		    fcntl(keep[i], F_SETFL, O_NONBLOCK))
			return err_set(e, ERR_SYSTEM, errno, "descriptors");
	return close_others(keep, ARRAY_LEN(keep), e) || give_up(e) ? -1 : 0;
}

static bool waits(const struct exec_pending *p)
{
	return p->at < p->n;
}

/* Hung up: the kernel tells the command's session, as when a person's connection is lost. */
static void lose_client(struct exec_watch *w)
{
	close_fd_auto(&w->client);
	w->to_client.n = w->to_client.at = 0;
	if (!w->stays)
		close_fd_auto(&w->terminal);
}

static void say(struct exec_watch *w, enum frame_type type, const void *data, size_t n, int wait)
{
	if (w->client >= 0 && frame_send(w->client, type, data, n, wait) && errno != EAGAIN && errno != ENOBUFS)
		lose_client(w);
}

static void flush_client(struct exec_watch *w)
{
	struct exec_pending *p = &w->to_client;

	if (w->client >= 0 && frame_send(w->client, FRAME_STDOUT, p->data, p->n, 0)) {
		if (errno != EAGAIN && errno != ENOBUFS)
			lose_client(w);
		return;
	}
	p->n = p->at = 0;
}

static void flush_terminal(struct exec_watch *w)
{
	struct exec_pending *p = &w->to_terminal;
	ssize_t put = w->terminal >= 0 ? write(w->terminal, p->data + p->at, p->n - p->at) : (ssize_t)(p->n - p->at);

	if (put < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	p->at = put < 0 ? p->n : p->at + (size_t)put;
	w->taken_due = !waits(p);
}

/* Its queue may be full of output. */
static void say_taken(struct exec_watch *w)
{
	if (w->client < 0 || frame_send(w->client, FRAME_STDIN_TAKEN, NULL, 0, 0) == 0)
		w->taken_due = false;
	else if (errno != EAGAIN && errno != ENOBUFS)
		lose_client(w);
}

/* False: nothing for the moment, or the last one inside has closed it. */
static bool take_output(struct exec_watch *w)
{
	struct exec_pending *p = &w->to_client;
	ssize_t n = read(w->terminal, p->data, sizeof(p->data));

	if (n <= 0)
		return false;
	p->at = 0;
	p->n = (size_t)n;
	flush_client(w);
	return true;
}

static void take_resize(const struct exec_watch *w, const char *data)
{
	struct winsize size = { 0 };
	uint16_t v[2];

	memcpy(v, data, sizeof(v));
	size.ws_row = v[0];
	size.ws_col = v[1];
	if (w->terminal >= 0)
		(void)ioctl(w->terminal, TIOCSWINSZ, &size);
}

static void take_frame(struct exec_watch *w)
{
	struct exec_pending *in = &w->to_terminal;
	enum frame_type type = FRAME_EXIT;
	char data[FRAME_DATA_MAX];
	size_t n = sizeof(data);
	int got = frame_recv(w->client, &type, data, &n, 0);
	struct err ignored;
	int32_t sig;

	if (got < 0 && errno == EAGAIN)
		return;
	if (got > 0 && type == FRAME_STDIN && !waits(in)) {
		memcpy(in->data, data, n);
		in->at = w->interactive ? 0 : n;
		in->n = n;
		flush_terminal(w);
	} else if (got > 0 && type == FRAME_SIGNAL && n == sizeof(sig)) {
		memcpy(&sig, data, sizeof(sig));
		(void)!proc_signal(w->pidfd, sig, &ignored);
	} else if (got > 0 && type == FRAME_RESIZE && n == 2 * sizeof(uint16_t)) {
		take_resize(w, data);
	} else if (got > 0 && type == FRAME_STDIN_END) {
		return;
	} else {
		w->stays |= got > 0 && type == FRAME_DETACH;
		lose_client(w);
	}
}

static void throw_away(int *fd)
{
	char rest[FRAME_DATA_MAX];
	ssize_t n = read(*fd, rest, sizeof(rest));

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_fd_auto(fd);
}

/* Once is the command's to obey; who asks again wants an end. */
static void take_term(struct exec_watch *w, int signals, int *asked)
{
	struct signalfd_siginfo info;
	struct err ignored;

	if (read(signals, &info, sizeof(info)) == sizeof(info))
		(void)!proc_signal(w->pidfd, (*asked)++ ? SIGKILL : SIGTERM, &ignored);
}

static int catch_term(struct err *e)
{
	sigset_t all, term;
	int fd;

	(void)sigfillset(&all);
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	fd = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_set(e, ERR_SYSTEM, errno, "signalfd") : fd;
}

int exec_watch_run(struct exec_watch *w, struct err *e)
{
	auto_close int signals = catch_term(e);
	bool resting = false;
	int asked = 0;

	if (signals < 0)
		return -1;
	for (;;) {
		short full = waits(&w->to_client) ? POLLOUT : 0, typed = waits(&w->to_terminal) ? POLLOUT : 0;
		struct pollfd p[] = {
			{ .fd = w->pidfd, .events = POLLIN }, { .fd = signals, .events = POLLIN },
			{ .fd = w->client, .events = (short)(POLLIN | full | (w->taken_due ? POLLOUT : 0)) },
			{ .fd = resting ? -1 : w->terminal, .events = (short)((full ? 0 : POLLIN) | typed) },
			{ .fd = w->out, .events = POLLIN }, { .fd = w->err, .events = POLLIN },
		};
		int n = poll(p, ARRAY_LEN(p), resting ? REST_MS : -1);

		if (n < 0 && errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "poll");
		if (n > 0 && p[0].revents)
			return 0;
		if (n > 0 && p[1].revents)
			take_term(w, signals, &asked);
		if (n > 0 && p[2].revents & POLLOUT && full)
			flush_client(w);
		if (w->taken_due)
			say_taken(w);
		if (n > 0 && w->client >= 0 && p[2].revents & ~POLLOUT)
			take_frame(w);
		resting = false;
		if (n > 0 && w->terminal >= 0 && p[3].revents & POLLOUT)
			flush_terminal(w);
		if (n > 0 && w->terminal >= 0 && p[3].revents & ~POLLOUT && !waits(&w->to_client))
			resting = !take_output(w) && p[3].revents & POLLHUP;
		else if (n > 0 && p[3].revents & POLLHUP)
			resting = true;
		if (n > 0 && p[4].revents)
			throw_away(&w->out);
		if (n > 0 && p[5].revents)
			throw_away(&w->err);
	}
}

void exec_watch_finish(struct exec_watch *w, int code, int sig)
{
	struct frame_exit end = { .code = code, .signal = sig };

	/* Whatever it wrote before it ended is there already. */
	do {
		if (waits(&w->to_client))
			say(w, FRAME_STDOUT, w->to_client.data, w->to_client.n, 1);
		w->to_client.n = w->to_client.at = 0;
	} while (w->client >= 0 && w->terminal >= 0 && take_output(w));
	say(w, FRAME_EXIT, &end, sizeof(end), 1);
	close_fd_auto(&w->client);
}
