/* SPDX-License-Identifier: Apache-2.0 */
/* streams.c - the container's standard streams: when they are read, and what goes in. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "launcher/monitor/monitor.h"

/*
 * While it runs a container waits for a client's full queue; after its end what is left in its pipes
 * (STREAM_PIPE each, unless it made them larger) is kept for the client, so that the records need not wait.
 */
bool streams_held(const struct monitor *m)
{
	for (const struct client *c = m->client; c < m->client + CLIENTS_MAX; c++)
		if (c->fd >= 0 && c->out.len > (m->state == STATE_DRAINING ? BACKLOG_MAX : 0))
			return true;
	return m->state == STATE_STARTING;
}

int stream_polled(const struct stream *s)
{
	return s->fd >= 0 && s->edge >= 0 ? s->edge : s->fd;
}

ssize_t stream_take(struct stream *s, char *to, size_t n)
{
	struct epoll_event ev;
	ssize_t got;

	if (s->edge >= 0)
		(void)!epoll_wait(s->edge, &ev, 1, 0);	/* taken, or it would be told again */
	do
		got = read(s->fd, to, n);
	while (got < 0 && errno == EINTR);
	/* EIO: the last one has closed the other side of a terminal. */
	return got < 0 && errno != EAGAIN ? 0 : got;
}

void stream_widen(struct stream *s)
{
	int room = s->narrow ? 0 : fcntl(s->fd, F_GETPIPE_SZ);

	if (room <= 0 || room >= STREAM_PIPE)
		return;
	s->narrow = fcntl(s->fd, F_SETPIPE_SZ, STREAM_PIPE) < 0 ? -1 : room;
}

void stream_narrow(struct stream *s)
{
	if (s->fd >= 0 && s->narrow > 0 && fcntl(s->fd, F_GETPIPE_SZ) == STREAM_PIPE && fcntl(s->fd, F_SETPIPE_SZ, s->narrow) < 0)
		return;		/* more is in it: the next time */
	s->narrow = 0;
}

void stream_close(struct stream *s)
{
	stream_wake(s);
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

/* poll(2) would tell the hang-up of such a terminal without end. */
void stream_rest(struct monitor *m, struct stream *s)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };

	if (s->fd < 0 || s->edge >= 0)
		return;
	s->edge = epoll_create1(EPOLL_CLOEXEC);
	if (s->edge >= 0 && epoll_ctl(s->edge, EPOLL_CTL_ADD, s->fd, &ev) == 0)
		return;
	/* Closed, it tells those inside that want to open it again. */
	monitor_note(m, "its terminal was closed: no descriptor to watch it");
	stream_close(s);
}

void stream_wake(struct stream *s)
{
	if (s->edge >= 0)
		(void)close(s->edge);
	s->edge = -1;
}

static void taken(struct monitor *m, struct client *c)
{
	free(c->in);
	c->in = NULL;
	if (m->typing == c)
		m->typing = NULL;
	client_put(m, c, FRAME_STDIN_TAKEN, NULL, 0);
}

void input_close(struct monitor *m)
{
	if (m->input >= 0)
		(void)close(m->input);
	m->input = -1;
	m->input_full = false;
	for (struct client *c = m->client; c < m->client + CLIENTS_MAX; c++)
		if (c->fd >= 0 && c->in)
			taken(m, c);
}

void input_forget(struct monitor *m, struct client *c)
{
	free(c->in);
	c->in = NULL;
	if (m->typing == c)
		m->typing = NULL;
}

static struct client *next_typing(struct monitor *m)
{
	if (m->typing)
		return m->typing;
	for (struct client *c = m->client; c < m->client + CLIENTS_MAX; c++)
		if (c->fd >= 0 && c->in)
			return c;
	return NULL;
}

/* A frame is written whole before another client's begins. */
void input_flush(struct monitor *m)
{
	struct client *c;

	m->input_full = false;
	while (m->input >= 0 && (c = next_typing(m))) {
		ssize_t put = write(m->input, c->in + c->in_at, c->in_len - c->in_at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && errno == EAGAIN) {
			m->input_full = true;
			return;
		}
		if (put < 0) {
			input_close(m);		/* nobody reads it any more */
			return;
		}
		c->in_at += (size_t)put;
		m->typing = c;
		if (c->in_at == c->in_len)
			taken(m, c);
	}
}

void input_take(struct monitor *m, struct client *c, const char *data, size_t n)
{
	if (m->input >= 0 && m->job.interactive && n) {
		c->in = malloc(n);
		if (c->in) {
			memcpy(c->in, data, n);
			c->in_len = n;
			c->in_at = 0;
			input_flush(m);
			return;
		}
		monitor_note(m, "no memory for standard input");
	}
	client_put(m, c, FRAME_STDIN_TAKEN, NULL, 0);
}
