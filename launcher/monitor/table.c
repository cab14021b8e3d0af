/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - the state x event table and its actions. */
#include "launcher/monitor/table.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "launcher/monitor/monitor.h"

static void ignore(struct monitor *m, const struct what *w)
{
	(void)m;
	(void)w;
}

static void started(struct monitor *m, const struct what *w)
{
	struct err e;

	(void)w;
	/* Before the starter hears of it: who attaches next finds the socket. Where the streams are others' there is nothing to attach to. */
	if (m->listener < 0 && (m->out.fd >= 0 || m->err.fd >= 0) && clients_listen(m, &e))
		monitor_note(m, e.text);
	if (m->job.run_timeout)
		m->run_end_at = monitor_now() + m->job.run_timeout * 1000;
	clients_put(m, FRAME_STARTED, m->job.start_event, m->job.start_event ? strlen(m->job.start_event) : 0);
	(void)dup2(STDIN_FILENO, STDERR_FILENO);
	if (m->job.detach)
		client_drop(m, &m->client[0]);
}

static void failed(struct monitor *m, const struct what *w)
{
	(void)w;
	ending_kill(m);
	ending_reap(m);
	stream_close(&m->out);
	stream_close(&m->err);
	ending_finish(m);
}

static void aborted(struct monitor *m, const struct what *w)
{
	(void)w;
	(void)err_set(&m->failed, ERR_STATE, 0, "ended by a signal to its monitor before it had started");
	m->raised = EVENT_GATE_FAILED;
}

static void reap(struct monitor *m, const struct what *w)
{
	(void)w;
	ending_reap(m);
	clients_unlisten(m);
	input_close(m);
	stream_wake(&m->out);
	m->kill_at = m->run_end_at = 0;
	m->quiet_at = monitor_now() + QUIET_MS;
	if (m->out.fd < 0 && m->err.fd < 0)
		m->raised = EVENT_QUIET_TIMEOUT;
}

static void finish(struct monitor *m, const struct what *w)
{
	(void)w;
	m->quiet_at = 0;
	stream_close(&m->out);
	stream_close(&m->err);
	/* Before the last frame: the starter's answer may be there at once. */
	m->starter_removes = m->job.remove && m->client[0].starter;
	if (m->starter_removes)
		m->quiet_at = monitor_now() + REMOVE_MS;
	ending_finish(m);
}

/* Who sends the monitor SIGTERM wants an end of it. */
static void no_more(struct monitor *m, const struct what *w)
{
	(void)w;
	m->job.restart = MONITOR_RESTART_NO;
}

static void finish_last(struct monitor *m, const struct what *w)
{
	no_more(m, w);
	finish(m, w);
}

static void take_removed(struct monitor *m, const struct what *w)
{
	if (w->type != FRAME_REMOVED || w->client != &m->client[0])
		return;			/* there is nobody to hand it to */
	m->removed = clients_removing(m);
	m->starter_removes = false;
}

/* What it has not read yet it still gets. */
static void remove_ourselves(struct monitor *m, const struct what *w)
{
	(void)w;
	m->quiet_at = 0;
	m->starter_removes = false;
}

static void admit(struct monitor *m, const struct what *w)
{
	int fd = accept4(m->listener, NULL, NULL, SOCK_CLOEXEC);
	struct client *c;

	(void)w;
	if (fd < 0)
		return;
	c = client_add(m, fd, false);
	if (c)
		client_put(m, c, FRAME_STARTED, NULL, 0);
}

/* Nothing is told to it before it asks. */
static void admit_start(struct monitor *m, const struct what *w)
{
	int fd = accept4(m->listener, NULL, NULL, SOCK_CLOEXEC);

	(void)w;
	if (fd >= 0)
		(void)client_add(m, fd, false);
}

/* The one frame of this state. Who asked has written the record, and is told by FRAME_STARTED or FRAME_FAILED. */
static void created_frame(struct monitor *m, const struct what *w)
{
	char *event = NULL;
	struct err e;

	if (w->type != FRAME_START || w->n > 63) {
		client_drop(m, w->client);
		return;
	}
	if (w->n && (str_print(&event, &e, "%.*s", (int)w->n, w->data) == 0)) {
		free(m->job.start_event);
		m->job.start_event = event;
	}
	m->raised = loop_open_engine_gate(&m->failed) ? EVENT_GATE_FAILED : EVENT_GATE_OPENED;
}

static void drop(struct monitor *m, const struct what *w)
{
	client_drop(m, w->client);
}

static void flush(struct monitor *m, const struct what *w)
{
	client_flush(m, w->client);
}

static bool take_signal(const struct what *w)
{
	int32_t sig;

	if (w->n != sizeof(sig))
		return false;
	memcpy(&sig, w->data, sizeof(sig));
	if (sig < 1 || sig > SIGRTMAX)
		return false;
	(void)init_signal(sig);
	return true;
}

static bool take_resize(const struct monitor *m, const struct what *w)
{
	uint16_t v[2];
	struct winsize size = { 0 };

	if (w->n != sizeof(v))
		return false;
	memcpy(v, w->data, sizeof(v));
	size.ws_row = v[0];
	size.ws_col = v[1];
	if (m->job.terminal && m->out.fd >= 0)
		(void)ioctl(m->out.fd, TIOCSWINSZ, &size);
	return true;
}

static void frame(struct monitor *m, const struct what *w)
{
	bool good = false;

	switch (w->type) {
	case FRAME_STDIN:
		good = !w->client->in;
		if (good)
			input_take(m, w->client, w->data, w->n);
		break;
	case FRAME_STDIN_END:
		good = w->n == 0;
		/* Somebody else may type on a terminal; whose input ends here says so to the program itself (client.c). */
		if (good && !m->job.terminal)
			input_close(m);
		break;
	case FRAME_SIGNAL:
		good = take_signal(w);
		break;
	case FRAME_RESIZE:
		good = take_resize(m, w);
		break;
	default:
		break;
	}
	if (!good)
		client_drop(m, w->client);
}

/* Log first: it is complete whoever watches. */
static void output(struct monitor *m, const struct what *w)
{
	bool is_err = w->stream == &m->err;

	if (m->job.log)
		ctrlog_write(&m->log, is_err, w->data, w->n);
	if (m->journal.fd >= 0)
		journal_write(&m->journal, is_err, w->data, w->n);
	clients_put(m, is_err ? FRAME_STDERR : FRAME_STDOUT, w->data, w->n);
	stream_wake(w->stream);
}

static void eof(struct monitor *m, const struct what *w)
{
	if (m->job.terminal)
		stream_rest(m, w->stream);
	else
		stream_close(w->stream);
}

static void eof_last(struct monitor *m, const struct what *w)
{
	stream_close(w->stream);
	if (m->out.fd < 0 && m->err.fd < 0)
		m->raised = EVENT_QUIET_TIMEOUT;
}

static void stop(struct monitor *m, const struct what *w)
{
	m->stopped = true;
	no_more(m, w);
	(void)init_signal((int)m->job.stop_signal);
	m->kill_at = monitor_now() + m->job.stop_timeout * 1000 + 1;
}

static void kill_all(struct monitor *m, const struct what *w)
{
	(void)w;
	m->kill_at = 0;
	ending_kill(m);
}

static void run_over(struct monitor *m, const struct what *w)
{
	m->timed_out = true;
	m->run_end_at = 0;
	kill_all(m, w);
}

static void leave(struct monitor *m, const struct what *w)
{
	(void)w;
	m->restart_at = 0;
	m->done = true;
}

/* Who started it has heard of its end: what comes now is another run. */
static void back_off(struct monitor *m, const struct what *w)
{
	(void)w;
	for (struct client *c = m->client; c < m->client + CLIENTS_MAX; c++)
		client_drop(m, c);
	m->restart_at = monitor_now() + m->job.restart_delay + 1;
}

static void again(struct monitor *m, const struct what *w)
{
	(void)w;
	m->again = true;
	m->done = true;
}

#define CREATED(ev, act) [ev] = { act, STATE_CREATED }
#define STARTING(ev, act) [ev] = { act, STATE_STARTING }
#define RUNNING(ev, act) [ev] = { act, STATE_RUNNING }
#define STOPPING(ev, act) [ev] = { act, STATE_STOPPING }
#define DRAINING(ev, act) [ev] = { act, STATE_DRAINING }
#define ENDED(ev, act) [ev] = { act, STATE_ENDED }
#define WAITING(ev, act) [ev] = { act, STATE_WAITING }

const struct transition monitor_table[STATE_COUNT][EVENT_COUNT] = {
	/* There are no streams: they are the engine's. */
	[STATE_CREATED] = {
		ENDED(EVENT_GATE_FAILED, failed),
		CREATED(EVENT_EXEC_OK, ignore),
		DRAINING(EVENT_INIT_EXITED, reap),
		CREATED(EVENT_CLIENT_CONNECTED, admit_start),
		CREATED(EVENT_CLIENT_FRAME, created_frame),
		CREATED(EVENT_CLIENT_READY, flush),
		CREATED(EVENT_CLIENT_GONE, drop),
		CREATED(EVENT_CLIENT_STALLED, drop),
		CREATED(EVENT_STREAM_DATA, ignore),
		CREATED(EVENT_STREAM_EOF, ignore),
		CREATED(EVENT_QUIET_TIMEOUT, ignore),
		CREATED(EVENT_TERM, aborted),
		CREATED(EVENT_KILL_TIMEOUT, ignore),
		CREATED(EVENT_RUN_TIMEOUT, ignore),
		CREATED(EVENT_RESTART_WANTED, ignore),
		CREATED(EVENT_RESTART_DUE, ignore),
		STARTING(EVENT_GATE_OPENED, ignore),
	},
	/* No stream, listener or client frame is looked at in this state: loop.c polls none. */
	[STATE_STARTING] = {
		ENDED(EVENT_GATE_FAILED, failed),
		RUNNING(EVENT_EXEC_OK, started),
		STARTING(EVENT_INIT_EXITED, ignore),		/* the status pipe tells what came of it */
		STARTING(EVENT_CLIENT_CONNECTED, ignore),
		STARTING(EVENT_CLIENT_FRAME, ignore),
		STARTING(EVENT_CLIENT_READY, flush),
		STARTING(EVENT_CLIENT_GONE, drop),		/* the container outlives its starter */
		STARTING(EVENT_CLIENT_STALLED, drop),
		STARTING(EVENT_STREAM_DATA, ignore),
		STARTING(EVENT_STREAM_EOF, ignore),
		STARTING(EVENT_QUIET_TIMEOUT, ignore),
		STARTING(EVENT_TERM, aborted),
		STARTING(EVENT_KILL_TIMEOUT, ignore),
		STARTING(EVENT_RUN_TIMEOUT, ignore),
		STARTING(EVENT_RESTART_WANTED, ignore),
		STARTING(EVENT_RESTART_DUE, ignore),
		STARTING(EVENT_GATE_OPENED, ignore),
	},
	[STATE_RUNNING] = {
		RUNNING(EVENT_GATE_FAILED, ignore),
		RUNNING(EVENT_EXEC_OK, ignore),
		DRAINING(EVENT_INIT_EXITED, reap),
		RUNNING(EVENT_CLIENT_CONNECTED, admit),
		RUNNING(EVENT_CLIENT_FRAME, frame),
		RUNNING(EVENT_CLIENT_READY, flush),
		RUNNING(EVENT_CLIENT_GONE, drop),
		RUNNING(EVENT_CLIENT_STALLED, drop),
		RUNNING(EVENT_STREAM_DATA, output),
		RUNNING(EVENT_STREAM_EOF, eof),
		RUNNING(EVENT_QUIET_TIMEOUT, ignore),
		STOPPING(EVENT_TERM, stop),
		RUNNING(EVENT_KILL_TIMEOUT, ignore),
		STOPPING(EVENT_RUN_TIMEOUT, run_over),
		RUNNING(EVENT_RESTART_WANTED, ignore),
		RUNNING(EVENT_RESTART_DUE, ignore),
		RUNNING(EVENT_GATE_OPENED, ignore),
	},
	[STATE_STOPPING] = {
		STOPPING(EVENT_GATE_FAILED, ignore),
		STOPPING(EVENT_EXEC_OK, ignore),
		DRAINING(EVENT_INIT_EXITED, reap),
		STOPPING(EVENT_CLIENT_CONNECTED, admit),
		STOPPING(EVENT_CLIENT_FRAME, frame),
		STOPPING(EVENT_CLIENT_READY, flush),
		STOPPING(EVENT_CLIENT_GONE, drop),
		STOPPING(EVENT_CLIENT_STALLED, drop),
		STOPPING(EVENT_STREAM_DATA, output),
		STOPPING(EVENT_STREAM_EOF, eof),
		STOPPING(EVENT_QUIET_TIMEOUT, ignore),
		STOPPING(EVENT_TERM, no_more),			/* the clock of the first runs */
		STOPPING(EVENT_KILL_TIMEOUT, kill_all),
		STOPPING(EVENT_RUN_TIMEOUT, run_over),
		STOPPING(EVENT_RESTART_WANTED, ignore),
		STOPPING(EVENT_RESTART_DUE, ignore),
		STOPPING(EVENT_GATE_OPENED, ignore),
	},
	[STATE_DRAINING] = {
		DRAINING(EVENT_GATE_FAILED, ignore),
		DRAINING(EVENT_EXEC_OK, ignore),
		DRAINING(EVENT_INIT_EXITED, ignore),
		DRAINING(EVENT_CLIENT_CONNECTED, ignore),
		DRAINING(EVENT_CLIENT_FRAME, ignore),		/* there is nobody to hand it to */
		DRAINING(EVENT_CLIENT_READY, flush),
		DRAINING(EVENT_CLIENT_GONE, drop),
		DRAINING(EVENT_CLIENT_STALLED, drop),
		DRAINING(EVENT_STREAM_DATA, output),
		DRAINING(EVENT_STREAM_EOF, eof_last),
		ENDED(EVENT_QUIET_TIMEOUT, finish),
		ENDED(EVENT_TERM, finish_last),
		DRAINING(EVENT_KILL_TIMEOUT, ignore),
		DRAINING(EVENT_RUN_TIMEOUT, ignore),
		DRAINING(EVENT_RESTART_WANTED, ignore),
		DRAINING(EVENT_RESTART_DUE, ignore),
		DRAINING(EVENT_GATE_OPENED, ignore),
	},
	[STATE_ENDED] = {
		ENDED(EVENT_GATE_FAILED, ignore),
		ENDED(EVENT_EXEC_OK, ignore),
		ENDED(EVENT_INIT_EXITED, ignore),
		ENDED(EVENT_CLIENT_CONNECTED, ignore),
		ENDED(EVENT_CLIENT_FRAME, take_removed),
		ENDED(EVENT_CLIENT_READY, flush),
		ENDED(EVENT_CLIENT_GONE, drop),
		ENDED(EVENT_CLIENT_STALLED, drop),
		ENDED(EVENT_STREAM_DATA, ignore),
		ENDED(EVENT_STREAM_EOF, ignore),
		ENDED(EVENT_QUIET_TIMEOUT, remove_ourselves),
		ENDED(EVENT_TERM, leave),			/* what the starter has not read is given up */
		ENDED(EVENT_KILL_TIMEOUT, ignore),
		ENDED(EVENT_RUN_TIMEOUT, ignore),
		WAITING(EVENT_RESTART_WANTED, back_off),
		ENDED(EVENT_RESTART_DUE, ignore),
		ENDED(EVENT_GATE_OPENED, ignore),
	},
	/* Clients, listener and streams are closed. */
	[STATE_WAITING] = {
		WAITING(EVENT_GATE_FAILED, ignore),
		WAITING(EVENT_EXEC_OK, ignore),
		WAITING(EVENT_INIT_EXITED, ignore),
		WAITING(EVENT_CLIENT_CONNECTED, ignore),
		WAITING(EVENT_CLIENT_FRAME, ignore),
		WAITING(EVENT_CLIENT_READY, ignore),
		WAITING(EVENT_CLIENT_GONE, ignore),
		WAITING(EVENT_CLIENT_STALLED, ignore),
		WAITING(EVENT_STREAM_DATA, ignore),
		WAITING(EVENT_STREAM_EOF, ignore),
		WAITING(EVENT_QUIET_TIMEOUT, ignore),
		WAITING(EVENT_TERM, leave),
		WAITING(EVENT_KILL_TIMEOUT, ignore),
		WAITING(EVENT_RUN_TIMEOUT, ignore),
		WAITING(EVENT_RESTART_WANTED, ignore),
		WAITING(EVENT_RESTART_DUE, again),
		WAITING(EVENT_GATE_OPENED, ignore),
	},
};

#define X(name, word, meaning) [name] = word,
const char *const monitor_state_words[STATE_COUNT] = { MONITOR_STATES(X) };
const char *const monitor_event_words[EVENT_COUNT] = { MONITOR_EVENTS(X) };
#undef X

void monitor_step(struct monitor *m, enum event ev, const struct what *w)
{
	static const struct what nothing;

	while (ev != EVENT_COUNT) {
		const struct transition *t = &monitor_table[m->state][ev];

		m->raised = EVENT_COUNT;
		t->act(m, w ? w : &nothing);
		m->state = t->next;
		ev = m->raised;
		w = NULL;
	}
}
