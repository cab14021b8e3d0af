/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - see client.h; the protocol is monitor/frames.h. */
#include "launcher/cli/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/cli/terminal.h"
#include "launcher/cli/unit_start.h"
#include "launcher/monitor/frames.h"
#include "launcher/systemd/notify.h"

struct client {
	const struct client_options *o;
	int socket, signals;
	bool raw;			/* wanted: our terminal stands for the container's */
	bool stdin_open, may_send, line_open;
	struct detach_keys keys;
	struct client_result *result;
	bool failed;			/* *e was filled by FRAME_FAILED */
	bool out_gone[2];
	char *data;			/* FRAME_DATA_MAX */
};

/* Passed on to the container, as podman-run(1) --sig-proxy. Not SIGCHLD, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU. */
static const int passed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM };

static bool wants_raw(const struct client_options *o)
{
	return o->terminal && o->in && !o->detach && terminal_is();
}

/* Nothing to catch where signals are to do what they always do, and there is no terminal to restore before. */
static void signals_of(const struct client_options *o, bool raw, sigset_t *ret)
{
	(void)sigemptyset(ret);
	for (size_t i = 0; (!o->no_proxy || raw) && i < ARRAY_LEN(passed_on); i++)
		(void)sigaddset(ret, passed_on[i]);
	if (raw) {
		(void)sigaddset(ret, SIGWINCH);
		(void)sigaddset(ret, SIGTSTP);
		(void)sigaddset(ret, SIGCONT);
	}
}

void client_hold_signals(struct client_options *o)
{
	sigset_t set;

	signals_of(o, wants_raw(o), &set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	o->held = true;
}

static int catch_signals(struct client *c, struct err *e)
{
	sigset_t set;
	int fd;

	signals_of(c->o, c->raw, &set);
	if (!c->o->held)
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
	c->result->destroy_recorded = x.destroy_recorded != 0;
}

static void tell_size(struct client *c)
{
	struct winsize size = terminal_size();
	uint16_t v[2] = { size.ws_row, size.ws_col };

	if (size.ws_row)
		(void)!frame_send(c->socket, FRAME_RESIZE, v, sizeof(v), 1);
}

/* A service manager that cannot be told gives up by itself, and then ends the container: nothing else is lost by it. */
static void notify_started(const struct client_options *o)
{
	struct err why;

	if (o->detach ? o->report > 0 && unit_start_report(o->report, o->monitor, &why) : notify_send("READY=1", &why))
		fprintf(stderr, "secctr: warning: %s\n", why.text);
}

static int started(struct client *c, struct err *e)
{
	c->result->started = true;
	if (c->o->announce)
		fprintf(stderr, "secctr: started %s [audit %s]\n", c->o->announce,
			c->result->start_event[0] ? c->result->start_event : "none");
	if (c->o->on_start && c->o->on_start(c->o->arg, e))
		return -1;
	if (c->o->notify)
		notify_started(c->o);
	if (c->raw && terminal_raw(e))
		return -1;
	if (c->raw)
		tell_size(c);
	return !c->o->detach;
}

/* 1: go on, 0: all is said, -1: error. */
static int take_frame(struct client *c, struct err *e)
{
	enum frame_type type;
	size_t n = FRAME_DATA_MAX;
	int r = frame_recv(c->socket, &type, c->data, &n, 1);

	if (r < 0)
		return err_set(e, ERR_SYSTEM, errno, "monitor");
	if (r == 0)
		return 0;
	switch (type) {
	case FRAME_STARTED:
		if (n < sizeof(c->result->start_event)) {
			memcpy(c->result->start_event, c->data, n);
			c->result->start_event[n] = '\0';
		}
		return started(c, e);
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
		return !c->o->remove;
	case FRAME_STDIN_TAKEN:
		c->may_send = true;
		return 1;
	default:
		return 1;
	}
}

static void send_input(struct client *c, const char *data, size_t n)
{
	if (!n)
		return;
	c->may_send = false;
	c->line_open = data[n - 1] != '\n';
	(void)!frame_send(c->socket, FRAME_STDIN, data, n, 1);
}

/*
 * A program inside reads the end of a terminal's input as a person would give it: Ctrl-D, which ends an open line first
 * (as script(1) does it).
 */
static void end_input(struct client *c)
{
	c->stdin_open = false;
	if (c->o->terminal)
		send_input(c, "\4\4", c->line_open ? 2 : 1);
	else
		(void)!frame_send(c->socket, FRAME_STDIN_END, NULL, 0, 1);
}

/* 0: the keys were typed. */
static int take_stdin(struct client *c)
{
	char typed[FRAME_DATA_MAX - DETACH_KEYS_MAX];
	ssize_t n = read(STDIN_FILENO, typed, sizeof(typed));
	size_t left;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	if (n <= 0) {
		end_input(c);
		return 1;
	}
	if (!c->raw) {
		send_input(c, typed, (size_t)n);
		return 1;
	}
	c->result->detached = detach_keys_take(&c->keys, typed, (size_t)n, c->data, &left);
	send_input(c, c->data, left);
	if (!c->result->detached)
		return 1;
	(void)!frame_send(c->socket, FRAME_DETACH, NULL, 0, 1);
	return 0;
}

static void pass_on(struct client *c, int sig)
{
	int32_t number = sig;

	if (c->o->no_proxy)
		terminal_die(sig);
	(void)!frame_send(c->socket, FRAME_SIGNAL, &number, sizeof(number), 1);
}

static int take_signal(struct client *c, struct err *e)
{
	struct signalfd_siginfo info;

	if (read(c->signals, &info, sizeof(info)) != sizeof(info))
		return 1;
	switch (info.ssi_signo) {
	case SIGTSTP:
		terminal_stop();
		break;
	case SIGCONT:
		/* Who stopped us by SIGSTOP may have changed the terminal since. */
		terminal_restore();
		break;
	case SIGWINCH:
		break;
	default:
		pass_on(c, (int)info.ssi_signo);
		return 1;
	}
	if (c->result->started && terminal_raw(e))
		return -1;
	tell_size(c);
	return 1;
}

void client_removed(int socket)
{
	(void)!frame_send(socket, FRAME_REMOVED, NULL, 0, 1);
}

static int loop(struct client *c, struct err *e)
{
	int r = 1;

	while (r > 0) {
		struct pollfd p[3] = {
			{ .fd = c->socket, .events = POLLIN },
			{ .fd = c->signals, .events = POLLIN },
			/* Read only what the monitor will take. */
			{ .fd = c->stdin_open && c->may_send && c->result->started ? STDIN_FILENO : -1, .events = POLLIN },
		};

		if (poll(p, ARRAY_LEN(p), -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_set(e, ERR_SYSTEM, errno, "poll");
		}
		if (p[1].revents)
			r = take_signal(c, e);
		if (r > 0 && p[2].revents)
			r = take_stdin(c);
		if (r > 0 && p[0].revents)
			r = take_frame(c, e);
	}
	return r;
}

int client_run(int socket, const struct client_options *o, struct client_result *ret, struct err *e)
{
	static char data[FRAME_DATA_MAX];
	struct client c = {
		.data = data, .o = o, .socket = socket, .signals = -1, .may_send = true, .result = ret, .keys = o->keys,
		.raw = wants_raw(o), .stdin_open = o->in && !o->detach,
		.out_gone = { !o->out, !o->err },
	};
	auto_close int signals = catch_signals(&c, e);
	int r;

	if (signals < 0)
		return -1;
	c.signals = signals;
	r = loop(&c, e);
	terminal_restore();
	if (r < 0 || c.failed)
		return -1;
	if (!ret->started)
		return err_set(e, ERR_INTERNAL, 0, "the supervisor ended without a word");
	return 0;
}

int client_attach_only(const struct opt_list *streams, struct client_options *o, struct err *e)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	bool *const which[] = { &o->in, &o->out, &o->err };

	if (!streams->len)
		return 0;
	o->in = o->out = o->err = false;
	for (size_t i = 0; i < streams->len; i++) {
		size_t k = 0;

		while (k < ARRAY_LEN(names) && strcasecmp(names[k], streams->item[i]) != 0)
			k++;
		if (k == ARRAY_LEN(names))
			return err_set(e, ERR_USAGE, 0, "--attach %.32s: stdin, stdout or stderr", streams->item[i]);
		*which[k] = true;
	}
	return 0;
}
