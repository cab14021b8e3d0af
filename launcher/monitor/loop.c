/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c - finds out what happened, and hands it to the table. */

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "launcher/monitor/monitor.h"

enum { REST_MS = 1000, FIRST_REST_MS = 200 };

/* What may happen, each with its place in the set that is polled; in the order in which they are looked at. */
enum source {
	SOURCE_SIGNAL, SOURCE_STATUS, SOURCE_INIT, SOURCE_STDIN, SOURCE_STDOUT, SOURCE_STDERR,
	SOURCE_CLIENT,				/* + its index */
	/* Last: whom it lets in may get the place of one that left meanwhile, and was not polled. */
	SOURCE_LISTENER = SOURCE_CLIENT + CLIENTS_MAX,
	SOURCE_COUNT
};

/* On pages of its own, which go while nothing happens (where a page is larger they stay). */
static char buffer[STREAM_READ_MAX] __attribute__((aligned(4096)));
_Static_assert((int)STREAM_READ_MAX >= (int)FRAME_DATA_MAX, "frames are received into it");

int64_t monitor_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int init_signal(int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, MONITOR_FD_PIDFD, sig, NULL, 0);
}

/* The last moment at which a start may be called off for nothing: afterwards the program may have run. */
int loop_open_gate(struct monitor *m, struct err *e)
{
	struct pollfd p[] = {
		{ .fd = MONITOR_FD_CLIENT, .events = POLLRDHUP }, { .fd = m->signals, .events = POLLIN },
	};

	if (poll(p, ARRAY_LEN(p), 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "poll");
	if (p[0].revents)
		return err_set(e, ERR_STATE, 0, "the command that started the container is gone");
	if (p[1].revents)
		return err_set(e, ERR_STATE, 0, "ended by a signal to its monitor before it had started");
	if (write(MONITOR_FD_GATE, "", 1) != 1)
		return err_set(e, ERR_SYSTEM, errno, "opening the init's gate");
	(void)close(MONITOR_FD_GATE);
	return 0;
}

/* `start` is there, or was: a container that it asked for runs all the same, as runc's does. */
int loop_open_engine_gate(struct err *e)
{
	if (write(MONITOR_FD_GATE, "", 1) != 1)
		return err_set(e, ERR_SYSTEM, errno, "opening the init's gate");
	(void)close(MONITOR_FD_GATE);
	return 0;
}

bool init_is_reaped(void)
{
	return init_signal(0) && errno == ESRCH;
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
	(void)close(MONITOR_FD_STATUS);
	if (n == (ssize_t)sizeof(said)) {
		/* Written by code of ours, but by a process that had the container's root: not trusted to be text. */
		said.text[sizeof(said.text) - 1] = '\0';
		(void)err_set(&m->failed, (unsigned)said.reason < ERR_REASON_COUNT ? said.reason : ERR_INTERNAL, 0,
			      "%s", said.text);
		m->failed.sys = said.sys;
	} else if (n != 0) {
		(void)err_set(&m->failed, ERR_INTERNAL, 0, "the init reported %zd bytes instead of a reason", n);
	} else if (live_check(MONITOR_FD_PROC, &m->job, &m->failed) == 0 || (m->job.engine && init_is_reaped())) {
		/* An engine may have reaped a program that was quick: what it was started as is in its records. */
		m->failed.text[0] = '\0';
		monitor_step(m, EVENT_EXEC_OK, NULL);
		return;
	}
	monitor_step(m, EVENT_GATE_FAILED, NULL);
}

/* Whether it ran is told by the status pipe, which is looked at first; this event comes again. */
static void on_init(struct monitor *m)
{
	if (m->state != STATE_STARTING) {
		m->init_over = true;
		monitor_step(m, EVENT_INIT_EXITED, NULL);
		return;
	}
	on_status(m);
	if (m->state == STATE_STARTING) {
		(void)err_set(&m->failed, ERR_INTERNAL, 0, "the init ended, but its status pipe is held open");
		monitor_step(m, EVENT_GATE_FAILED, NULL);
	}
}

/* false: there is no more at the moment. */
static bool read_stream(struct monitor *m, struct stream *s)
{
	struct what w = { .stream = s, .data = buffer };
	size_t room = clients_watch(m) ? (size_t)FRAME_DATA_MAX : (size_t)STREAM_READ_MAX;
	ssize_t n;

	/* An earlier event of the same wait may have closed or held it. */
	if (s->fd < 0 || streams_held(m))
		return false;
	n = stream_take(s, buffer, room);
	if (n < 0)
		return false;
	w.n = (size_t)n;
	if (n >= STREAM_READ_MAX / 2)
		stream_widen(s);
	monitor_step(m, n ? EVENT_STREAM_DATA : EVENT_STREAM_EOF, &w);
	return w.n == room;
}

static void on_stream(struct monitor *m, struct stream *s)
{
	for (int i = 0; i < STREAM_READS && read_stream(m, s); i++)
		;
}

static void on_client(struct monitor *m, struct client *c, short events)
{
	struct what w = { .client = c, .data = buffer, .n = FRAME_DATA_MAX };
	int got;

	if (c->fd < 0)
		return;
	if (events & POLLOUT)
		monitor_step(m, EVENT_CLIENT_READY, &w);
	if (c->fd >= 0 && (events & POLLIN)) {
		got = frame_recv(c->fd, &w.type, buffer, &w.n, 0);
		if (got > 0) {
			monitor_step(m, EVENT_CLIENT_FRAME, &w);
			return;
		}
		if (got < 0 && errno == EAGAIN)
			return;
		monitor_step(m, EVENT_CLIENT_GONE, &w);
	} else if (c->fd >= 0 && (events & (POLLHUP | POLLRDHUP | POLLERR))) {
		monitor_step(m, EVENT_CLIENT_GONE, &w);
	}
}

static void on_signal(struct monitor *m)
{
	struct signalfd_siginfo si;

	if (read(m->signals, &si, sizeof(si)) == (ssize_t)sizeof(si))
		monitor_step(m, EVENT_TERM, NULL);
}

static void on_source(struct monitor *m, int source, short events)
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

static void watch(struct pollfd *set, int source, int fd, short events)
{
	set[source] = (struct pollfd){ .fd = fd, .events = events };
}

/* poll(2) and not epoll(7): it is a handful of descriptors, and most containers have few events in their life. */
static void fill(const struct monitor *m, struct pollfd set[SOURCE_COUNT])
{
	bool held = streams_held(m);

	watch(set, SOURCE_SIGNAL, m->signals, POLLIN);
	watch(set, SOURCE_STATUS, m->state == STATE_STARTING ? MONITOR_FD_STATUS : -1, POLLIN);
	watch(set, SOURCE_INIT, m->init_over ? -1 : MONITOR_FD_PIDFD, POLLIN);
	watch(set, SOURCE_STDIN, m->input_full ? m->input : -1, POLLOUT);
	/* Not without events only: a hang-up is told in any case. */
	watch(set, SOURCE_STDOUT, held ? -1 : stream_polled(&m->out), POLLIN);
	watch(set, SOURCE_STDERR, held ? -1 : stream_polled(&m->err), POLLIN);
	for (int i = 0; i < CLIENTS_MAX; i++)
		watch(set, SOURCE_CLIENT + i, m->client[i].fd, client_events(m, &m->client[i]));
	watch(set, SOURCE_LISTENER, m->state == STATE_STARTING ? -1 : m->listener, POLLIN);
}

void loop_run(struct monitor *m)
{
	struct pollfd set[SOURCE_COUNT];
	bool rested = false;
	int rest = FIRST_REST_MS;	/* what starting took is given back soon; of what ends before, with all of it */

	while (!is_over(m)) {
		int n, due = wait_time(m, monitor_now()), ms = rested || (due >= 0 && due <= rest) ? due : rest;

		fill(m, set);
		n = poll(set, SOURCE_COUNT, ms);
		/* Nothing happened for a while, and nothing was due. */
		rested = n == 0 && ms != due;
		if (rested) {
			rest = REST_MS;
			(void)madvise(buffer, sizeof(buffer), MADV_DONTNEED);
			ctrlog_rest();
			release_memory();
			stream_narrow(&m->out);
			stream_narrow(&m->err);
		}
		for (int i = 0; n > 0 && i < SOURCE_COUNT && !m->done; i++)
			if (set[i].revents)
				on_source(m, i, set[i].revents);
		on_time(m, monitor_now());
	}
}
