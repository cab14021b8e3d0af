/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - see client.h; the protocol is monitor/frames.h. */
#include "launcher/cli/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/monitor/frames.h"

struct client {
	int socket, signals;
	bool detach, remove, stdin_open, may_send;
	struct client_result *result;
	bool failed;			/* *e was filled by FRAME_FAILED */
	bool out_gone[2];
	char data[FRAME_DATA_MAX];
};

/* Passed on to the container, as podman-run(1) --sig-proxy. Not SIGCHLD, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU. */
static const int passed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM };

static int catch_signals(struct err *e)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(passed_on); i++)
		(void)sigaddset(&set, passed_on[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_set(e, ERR_SYSTEM, errno, "signalfd") : fd;
}

/* Our reader may go away (`secctr run ... | head`); the container goes on, its log has the rest. */
static void copy_out(struct client *c, int fd, size_t n)
{
	struct err ignored;

	if (!c->out_gone[fd - 1] && io_write_all(fd, c->data, n, "output", &ignored))
		c->out_gone[fd - 1] = true;
}

static void take_exit(struct client *c, size_t n)
{
	struct frame_exit x;

	if (n != sizeof(x))
		return;
	memcpy(&x, c->data, sizeof(x));
	c->result->status = x.code;
	c->result->ended = true;
}

/* 1: go on, 0: all is said, -1: error. */
static int take_frame(struct client *c, struct err *e)
{
	enum frame_type type;
	size_t n = sizeof(c->data);
	int r = frame_recv(c->socket, &type, c->data, &n, 1);

	if (r < 0)
		return err_set(e, ERR_SYSTEM, errno, "monitor");
	if (r == 0)
		return 0;
	switch (type) {
	case FRAME_RECORDED:
		if (n < sizeof(c->result->start_event)) {
			memcpy(c->result->start_event, c->data, n);
			c->result->start_event[n] = '\0';
		}
		return 1;
	case FRAME_STARTED:
		c->result->started = true;
		return !c->detach;
	case FRAME_FAILED:
		if (n != sizeof(*e))
			return err_set(e, ERR_INTERNAL, 0, "monitor: malformed failure");
		memcpy(e, c->data, n);
		e->text[ERR_TEXT_MAX - 1] = '\0';
		c->failed = true;
		return 1;	/* until the end of file: then nothing is left of it */
	case FRAME_STDOUT:
		copy_out(c, STDOUT_FILENO, n);
		return 1;
	case FRAME_STDERR:
		copy_out(c, STDERR_FILENO, n);
		return 1;
	case FRAME_EXIT:
		take_exit(c, n);
		return !c->remove;
	case FRAME_STDIN_TAKEN:
		c->may_send = true;
		return 1;
	default:
		return 1;
	}
}

static void take_stdin(struct client *c)
{
	ssize_t n = read(STDIN_FILENO, c->data, sizeof(c->data));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		c->stdin_open = false;
		(void)!frame_send(c->socket, FRAME_STDIN_END, NULL, 0, 1);
		return;
	}
	c->may_send = false;
	(void)!frame_send(c->socket, FRAME_STDIN, c->data, (size_t)n, 1);
}

static void take_signal(struct client *c)
{
	struct signalfd_siginfo info;
	int32_t sig;

	if (read(c->signals, &info, sizeof(info)) != sizeof(info))
		return;
	sig = (int32_t)info.ssi_signo;
	(void)!frame_send(c->socket, FRAME_SIGNAL, &sig, sizeof(sig), 1);
}

void client_removed(int socket)
{
	(void)!frame_send(socket, FRAME_REMOVED, NULL, 0, 1);
}

int client_run(int socket, const struct client_how *how, struct client_result *ret, struct err *e)
{
	struct client c = { .socket = socket, .signals = -1, .detach = how->detach, .remove = how->remove,
			    .stdin_open = how->interactive && !how->detach, .may_send = true, .result = ret };
	auto_close int signals = catch_signals(e);
	int r = 1;

	if (signals < 0)
		return -1;
	c.signals = signals;
	while (r > 0) {
		struct pollfd p[3] = {
			{ .fd = socket, .events = POLLIN },
			{ .fd = signals, .events = POLLIN },
			/* Read only what the monitor will take. */
			{ .fd = c.stdin_open && c.may_send && ret->started ? STDIN_FILENO : -1, .events = POLLIN },
		};

		if (poll(p, ARRAY_LEN(p), -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_set(e, ERR_SYSTEM, errno, "poll");
		}
		if (p[1].revents)
			take_signal(&c);
		if (p[2].revents)
			take_stdin(&c);
		if (p[0].revents)
			r = take_frame(&c, e);
	}
	if (r < 0 || c.failed)
		return -1;
	if (!ret->started)
		return err_set(e, ERR_INTERNAL, 0, "the supervisor ended without a word");
	return 0;
}
