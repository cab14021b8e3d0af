/* SPDX-License-Identifier: Apache-2.0 */
/* clients.c - those who watch: attach.sock, frames to them, and what they could not take yet. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/monitor/monitor.h"

enum { BACKLOG_HEAD = sizeof(uint16_t) + 1 };

/*
 * Bound by name in the working directory, which is MONITOR_FD_RUN (self.c): a path of /proc or /run could be too long, or not
 * there. The directory was made for this start; umask is 0177.
 */
static int bind_in_run(int fd, struct err *e)
{
	const struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = FRAME_SOCKET };

	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) || listen(fd, CLIENTS_MAX))
		return err_set(e, ERR_SYSTEM, errno, FRAME_SOCKET);
	return 0;
}

int clients_listen(struct monitor *m, struct err *e)
{
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, FRAME_SOCKET);
	if (bind_in_run(fd, e))
		return -1;
	m->listener = take_fd(&fd);
	return 0;
}

void clients_unlisten(struct monitor *m)
{
	if (m->listener < 0)
		return;
	(void)unlinkat(MONITOR_FD_RUN, FRAME_SOCKET, 0);
	(void)close(m->listener);
	m->listener = -1;
}

static void refuse(int fd, const char *why)
{
	struct err e;

	(void)err_set(&e, ERR_LIMIT, 0, "%s", why);
	if (frame_send(fd, FRAME_FAILED, &e, sizeof(e), 0))
		(void)0;	/* gone already */
	(void)close(fd);
}

/* Frames are not read before the program runs: nobody is there to hand them to. */
short client_events(const struct monitor *m, const struct client *c)
{
	return (short)(POLLRDHUP | (m->state == STATE_STARTING ? 0 : POLLIN) | (c->out.len ? POLLOUT : 0));
}

struct client *client_add(struct monitor *m, int fd, bool starter)
{
	for (struct client *c = m->client; c < m->client + CLIENTS_MAX; c++) {
		/* The first place is the starter's, also after it left: self_become() looks there. */
		if (c->fd >= 0 || (c == m->client && fd != MONITOR_FD_CLIENT))
			continue;
		*c = (struct client){ .fd = fd, .starter = starter };
		return c;
	}
	refuse(fd, "as many clients as a container can have are attached already");
	return NULL;
}

void client_drop(struct monitor *m, struct client *c)
{
	if (c->fd < 0)
		return;
	input_forget(m, c);
	free(c->out.bytes);
	(void)close(c->fd);
	*c = (struct client){ .fd = -1 };
}

static bool keep(struct backlog *b, enum frame_type type, const void *data, size_t n)
{
	uint16_t len = (uint16_t)n;
	size_t need = b->len + BACKLOG_HEAD + n;

	if (need > b->room) {
		size_t room = need + FRAME_DATA_MAX;
		char *more = realloc(b->bytes, room);

		if (!more)
			return false;
		b->bytes = more;
		b->room = room;
	}
	memcpy(b->bytes + b->len, &len, sizeof(len));
	b->bytes[b->len + sizeof(len)] = (char)type;
	if (n)
		memcpy(b->bytes + b->len + BACKLOG_HEAD, data, n);
	b->len = need;
	return true;
}

bool clients_watch(const struct monitor *m)
{
	for (const struct client *c = m->client; c < m->client + CLIENTS_MAX; c++)
		if (c->fd >= 0)
			return true;
	return false;
}

void client_put(struct monitor *m, struct client *c, enum frame_type type, const void *data, size_t n)
{
	if (c->fd < 0)
		return;
	if (!c->out.len) {
		if (frame_send(c->fd, type, data, n, 0) == 0)
			return;
		if (errno != EAGAIN && errno != ENOBUFS) {
			client_drop(m, c);
			return;
		}
		c->stalled = monitor_now();
	}
	if (!keep(&c->out, type, data, n))
		client_drop(m, c);
}

void clients_put(struct monitor *m, enum frame_type type, const void *data, size_t n)
{
	for (struct client *c = m->client; c < m->client + CLIENTS_MAX; c++)
		client_put(m, c, type, data, n);
}

void client_flush(struct monitor *m, struct client *c)
{
	struct backlog *b = &c->out;

	while (b->at < b->len) {
		uint16_t len;

		memcpy(&len, b->bytes + b->at, sizeof(len));
		if (frame_send(c->fd, (uint8_t)b->bytes[b->at + sizeof(len)], b->bytes + b->at + BACKLOG_HEAD, len, 0)) {
			if (errno == EAGAIN || errno == ENOBUFS)
				return;
			client_drop(m, c);
			return;
		}
		b->at += BACKLOG_HEAD + len;
		c->stalled = monitor_now();
	}
	free(b->bytes);
	*b = (struct backlog){ 0 };
	c->stalled = 0;
}

bool clients_waiting(const struct monitor *m)
{
	for (const struct client *c = m->client; c < m->client + CLIENTS_MAX; c++)
		if (c->fd >= 0 && c->out.len)
			return true;
	return false;
}

bool clients_removing(const struct monitor *m)
{
	return m->starter_removes && m->client[0].fd >= 0;
}

bool client_is_late(const struct client *c, int64_t now)
{
	return c->fd >= 0 && c->stalled && !c->starter && now - c->stalled >= STALL_MS;
}
