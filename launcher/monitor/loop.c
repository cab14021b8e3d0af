/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c - finds out what happened, and hands it to the table. */
#include "launcher/monitor/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { REST_MS = 1000 };

static char buffer[FRAME_DATA_MAX];

int64_t monitor_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int loop_poll(struct monitor *m, int fd, uint32_t source, uint32_t events, struct err *e)
{
	struct epoll_event ev = { .events = events, .data.u32 = source };

	if (epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &ev))
		return err_set(e, ERR_SYSTEM, errno, "epoll: source %u", source);
	return 0;
}

void loop_repoll(struct monitor *m, int fd, uint32_t source, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.u32 = source };

	(void)epoll_ctl(m->epoll, EPOLL_CTL_MOD, fd, &ev);
}

void loop_unpoll(struct monitor *m, int fd)
{
	(void)epoll_ctl(m->epoll, EPOLL_CTL_DEL, fd, NULL);
}

int init_signal(int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, MONITOR_FD_PIDFD, sig, NULL, 0);
}

/* -1 for a descriptor that was not given. */
static int given(const struct monitor *m, int fd)
{
	if (!m->given[fd])
		return -1;
	/* Shared with nobody: a pipe's other end has a file of its own. It had no other flag that F_SETFL changes. */
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

int loop_prepare(struct monitor *m, struct err *e)
{
	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (m->epoll < 0)
		return err_set(e, ERR_SYSTEM, errno, "epoll");
	m->out.fd = given(m, MONITOR_FD_STDOUT);
	m->err.fd = given(m, MONITOR_FD_STDERR);
	m->input = given(m, MONITOR_FD_STDIN);
	(void)given(m, MONITOR_FD_STATUS);
	if (loop_poll(m, m->signals, SOURCE_SIGNAL, EPOLLIN, e) ||
	    loop_poll(m, MONITOR_FD_STATUS, SOURCE_STATUS, EPOLLIN, e) ||
	    loop_poll(m, MONITOR_FD_PIDFD, SOURCE_INIT, EPOLLIN, e))
		return -1;
	if (!client_add(m, MONITOR_FD_CLIENT, !m->job.detach))
		return err_set(e, ERR_INTERNAL, 0, "monitor: the starter's socket cannot be watched");
	return 0;
}

/* The last moment at which a start may be called off for nothing: afterwards the program may have run. */
int loop_open_gate(struct monitor *m, struct err *e)
{
	struct pollfd starter = { .fd = MONITOR_FD_CLIENT, .events = POLLRDHUP };
	struct signalfd_siginfo si;

	if (poll(&starter, 1, 0) > 0 && (starter.revents & (POLLRDHUP | POLLHUP | POLLERR)))
		return err_set(e, ERR_STATE, 0, "the command that started the container is gone");
	if (read(m->signals, &si, sizeof(si)) > 0)
		return err_set(e, ERR_STATE, 0, "ended by a signal to its monitor before it had started");
	if (write(MONITOR_FD_GATE, "", 1) != 1)
		return err_set(e, ERR_SYSTEM, errno, "opening the init's gate");
	(void)close(MONITOR_FD_GATE);
	return 0;
}

/*
 * Starting touched the JSON reader and much of libc, an attach or a full log some more; waiting needs none of it.
 * The kernel maps pages of the file again, sixteen at a time, when they are used.
 */
static void release_memory(void)
{
	extern const char __ehdr_start[];		/* from the linker: the program's first byte */
	const char *base = __ehdr_start;
	const ElfW(Ehdr) *head = (const ElfW(Ehdr) *)(const void *)base;
	const ElfW(Phdr) *ph = (const ElfW(Phdr) *)(const void *)(base + head->e_phoff);
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = 0, to = 0;

	(void)malloc_trim(0);
	/* Never a writable segment: its relocated and changed pages exist nowhere else. Those before it lie side by side. */
	for (int i = 0; i < head->e_phnum; i++) {
		uintptr_t at = ((uintptr_t)base + ph[i].p_vaddr) & ~(page - 1);

		if (ph[i].p_type != PT_LOAD)
			continue;
		if (ph[i].p_flags & PF_W)
			break;
		from = from ? from : at;
		to = (uintptr_t)base + ph[i].p_vaddr + ph[i].p_memsz;
	}
	if (from)
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
}

static void on_status(struct monitor *m)
{
	struct err said;
	ssize_t n = read(MONITOR_FD_STATUS, &said, sizeof(said));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	(void)close(MONITOR_FD_STATUS);		/* leaves the epoll set too: nobody else holds it */
	if (n == (ssize_t)sizeof(said)) {
		/* Written by code of ours, but by a process that had the container's root: not trusted to be text. */
		said.text[sizeof(said.text) - 1] = '\0';
		(void)err_set(&m->failed, (unsigned)said.reason < ERR_REASON_COUNT ? said.reason : ERR_INTERNAL, 0,
			      "%s", said.text);
		m->failed.sys = said.sys;
	} else if (n != 0) {
		(void)err_set(&m->failed, ERR_INTERNAL, 0, "the init reported %zd bytes instead of a reason", n);
	} else if (live_check(MONITOR_FD_PROC, &m->job, &m->failed) == 0) {
		monitor_step(m, EVENT_EXEC_OK, NULL);
		for (struct client *c = m->client; c < m->client + CLIENTS_MAX; c++)
			if (c->fd >= 0)
				client_watch(m, c);
		release_memory();
		return;
	}
	monitor_step(m, EVENT_GATE_FAILED, NULL);
}

/* Whether it ran is told by the status pipe, which is looked at first; this event comes again. */
static void on_init(struct monitor *m)
{
	if (m->state != STATE_STARTING) {
		loop_unpoll(m, MONITOR_FD_PIDFD);
		monitor_step(m, EVENT_INIT_EXITED, NULL);
		return;
	}
	on_status(m);
	if (m->state == STATE_STARTING) {
		(void)err_set(&m->failed, ERR_INTERNAL, 0, "the init ended, but its status pipe is held open");
		monitor_step(m, EVENT_GATE_FAILED, NULL);
	}
}

static void on_stream(struct monitor *m, struct stream *s)
{
	struct what w = { .stream = s, .data = buffer };
	ssize_t n;

	/* An earlier event of the same wait may have closed or held it. */
	if (s->fd < 0 || !s->polled)
		return;
	n = stream_take(s, buffer, sizeof(buffer));
	if (n < 0)
		return;
	w.n = (size_t)n;
	monitor_step(m, n ? EVENT_STREAM_DATA : EVENT_STREAM_EOF, &w);
	streams_watch(m);
}

static void on_client(struct monitor *m, struct client *c, uint32_t events)
{
	struct what w = { .client = c, .data = buffer, .n = sizeof(buffer) };
	int got;

	if (c->fd < 0)
		return;
	if (events & EPOLLOUT)
		monitor_step(m, EVENT_CLIENT_READY, &w);
	if (c->fd >= 0 && (events & EPOLLIN)) {
		got = frame_recv(c->fd, &w.type, buffer, &w.n, 0);
		if (got > 0) {
			monitor_step(m, EVENT_CLIENT_FRAME, &w);
			return;
		}
		if (got < 0 && errno == EAGAIN)
			return;
		monitor_step(m, EVENT_CLIENT_GONE, &w);
	} else if (c->fd >= 0 && (events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR))) {
		monitor_step(m, EVENT_CLIENT_GONE, &w);
	}
}

static void on_signal(struct monitor *m)
{
	struct signalfd_siginfo si;

	if (read(m->signals, &si, sizeof(si)) == (ssize_t)sizeof(si))
		monitor_step(m, EVENT_TERM, NULL);
}

static void on_source(struct monitor *m, uint32_t source, uint32_t events)
{
	switch (source) {
	case SOURCE_SIGNAL:
		on_signal(m);
		break;
	case SOURCE_STATUS:
		if (m->state == STATE_STARTING)
			on_status(m);
		break;
	case SOURCE_INIT:
		on_init(m);
		break;
	case SOURCE_STDIN:
		input_flush(m);
		break;
	case SOURCE_STDOUT:
		on_stream(m, &m->out);
		break;
	case SOURCE_STDERR:
		on_stream(m, &m->err);
		break;
	case SOURCE_LISTENER:
		monitor_step(m, EVENT_CLIENT_CONNECTED, NULL);
		break;
	default:
		on_client(m, &m->client[source - SOURCE_CLIENT], events);
	}
}

static void on_time(struct monitor *m, int64_t now)
{
	if (m->kill_at && now >= m->kill_at)
		monitor_step(m, EVENT_KILL_TIMEOUT, NULL);
	if (m->quiet_at && now >= m->quiet_at)
		monitor_step(m, EVENT_QUIET_TIMEOUT, NULL);
	if (m->run_end_at && now >= m->run_end_at)
		monitor_step(m, EVENT_RUN_TIMEOUT, NULL);
	if (m->restart_at && now >= m->restart_at)
		monitor_step(m, EVENT_RESTART_DUE, NULL);
	for (struct client *c = m->client; c < m->client + CLIENTS_MAX; c++)
		if (client_is_late(c, now))
			monitor_step(m, EVENT_CLIENT_STALLED, &(struct what){ .client = c });
}

/* Milliseconds to the next deadline, or -1. */
static int wait_time(const struct monitor *m, int64_t now)
{
	const int64_t at[] = { m->kill_at, m->quiet_at, m->run_end_at, m->restart_at };
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < ARRAY_LEN(at); i++)
		if (at[i] && at[i] < next)
			next = at[i];
	for (const struct client *c = m->client; c < m->client + CLIENTS_MAX; c++)
		if (c->fd >= 0 && c->stalled && !c->starter && c->stalled + STALL_MS < next)
			next = c->stalled + STALL_MS;
	if (next == INT64_MAX)
		return -1;
	if (next <= now)
		return 0;
	return next - now > 60000 ? 60000 : (int)(next - now);
}

static bool is_over(struct monitor *m)
{
	if (!m->done && m->state == STATE_ENDED && !clients_waiting(m) && !clients_removing(m)) {
		if (!ending_wants_restart(m))
			return true;
		monitor_step(m, EVENT_RESTART_WANTED, NULL);
	}
	return m->done;
}

void loop_run(struct monitor *m)
{
	struct epoll_event ev[8];
	bool rested = false;

	while (!is_over(m)) {
		int n, ms;

		streams_watch(m);
		ms = wait_time(m, monitor_now());
		n = epoll_wait(m->epoll, ev, ARRAY_LEN(ev), ms < 0 && !rested ? REST_MS : ms);
		/* Nothing happened for a while, and nothing is due. */
		rested = n == 0 && ms < 0;
		if (rested)
			release_memory();
		for (int i = 0; i < n && !m->done; i++)
			on_source(m, ev[i].data.u32, ev[i].events);
		on_time(m, monitor_now());
	}
}
