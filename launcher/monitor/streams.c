/* SPDX-License-Identifier: Apache-2.0 */
/* streams.c - the container's standard streams: when they are read, and what goes in. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "launcher/monitor/loop.h"
#include "launcher/monitor/monitor.h"

/*
 * While it runs a container waits for a client's full queue; after its end what is left in its pipes
 * (64 kB each, unless it made them larger) is kept for the client, so that the records need not wait.
 */
static bool must_hold(const struct monitor *m)
{
	for (const struct client *c = m->client; c < m->client + CLIENTS_MAX; c++)
		if (c->fd >= 0 && c->out.len > (m->state == STATE_DRAINING ? BACKLOG_MAX : 0))
			return true;
	return m->state == STATE_STARTING;
}

static void watch(struct monitor *m, struct stream *s, uint32_t source, bool want)
{
	struct err e;

	if (s->fd < 0 || s->polled == want)
		return;
	/* Out of the set, not only without events: a hang-up is reported in any case. */
	if (!want)
		loop_unpoll(m, s->fd);
	else if (loop_poll(m, s->fd, source, EPOLLIN | (s->resting ? EPOLLET : 0), &e))
		monitor_note(m, e.text);
	s->polled = want;
}

void streams_watch(struct monitor *m)
{
	bool want = !must_hold(m);

	watch(m, &m->out, SOURCE_STDOUT, want);
	watch(m, &m->err, SOURCE_STDERR, want);
}

ssize_t stream_take(struct stream *s, char *to, size_t n)
{
	ssize_t got;

	do
		got = read(s->fd, to, n);
	while (got < 0 && errno == EINTR);
	/* EIO: the last one has closed the other side of a terminal. */
	return got < 0 && errno != EAGAIN ? 0 : got;
}

void stream_close(struct monitor *m, struct stream *s)
{
	(void)m;
	if (s->fd >= 0)
		(void)close(s->fd);
	*s = (struct stream){ .fd = -1 };
}

void stream_rest(struct monitor *m, struct stream *s, bool rest)
{
	if (s->fd < 0 || s->resting == rest)
		return;
	s->resting = rest;
	if (s->polled)
		loop_repoll(m, s->fd, SOURCE_STDOUT, EPOLLIN | (rest ? EPOLLET : 0));
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
	m->input_polled = false;
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

static void poll_input(struct monitor *m, bool want)
{
	struct err e;

	if (m->input < 0 || m->input_polled == want)
		return;
	if (!want)
		loop_unpoll(m, m->input);
	else if (loop_poll(m, m->input, SOURCE_STDIN, EPOLLOUT, &e))
		monitor_note(m, e.text);
	m->input_polled = want;
}

/* A frame is written whole before another client's begins. */
void input_flush(struct monitor *m)
{
	struct client *c;

	while (m->input >= 0 && (c = next_typing(m))) {
		ssize_t put = write(m->input, c->in + c->in_at, c->in_len - c->in_at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && errno == EAGAIN) {
			poll_input(m, true);
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
	poll_input(m, false);
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
