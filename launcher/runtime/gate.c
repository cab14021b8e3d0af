/* SPDX-License-Identifier: Apache-2.0 */
/* gate.c - see gate.h. */
#include "launcher/runtime/gate.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "launcher/base/proc.h"
#include "launcher/runtime/hooks.h"

_Static_assert(sizeof(struct err) <= 4096, "a struct err must arrive in one piece (PIPE_BUF)");

int gate_make(struct gate *g, struct err *e)
{
	if (pipe2(g->gate, O_CLOEXEC) || pipe2(g->status, O_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	return 0;
}

void gate_done(struct gate *g)
{
	for (int i = 0; i < 2; i++) {
		close_fd_auto(&g->gate[i]);
		close_fd_auto(&g->status[i]);
	}
}

void gate_take_inner(struct gate *g, int *ret_gate, int *ret_status)
{
	*ret_gate = take_fd(&g->gate[0]);
	*ret_status = take_fd(&g->status[1]);
}

void gate_take_outer(struct gate *g, int *ret_gate, int *ret_status)
{
	*ret_gate = take_fd(&g->gate[1]);
	*ret_status = take_fd(&g->status[0]);
	gate_done(g);
}

/*
 * Written by code of ours, but by a process that is in the container by then, where one with CAP_SYS_PTRACE may have taken
 * it over: not trusted to be text, or a reason.
 */
static int take_failure(struct err *from, struct err *e)
{
	from->text[ERR_TEXT_MAX - 1] = '\0';
	return err_set(e, (unsigned)from->reason < ERR_REASON_COUNT ? from->reason : ERR_INTERNAL, 0, "%s", from->text);
}

/* 0: ready; 1: it waits for hooks. */
static int read_ready(int status, struct runtime_made *m, struct err *e)
{
	union {
		struct gate_ready ready;
		struct err failed;
	} from;
	ssize_t n;

	do {
		n = read(status, &from, sizeof(from));
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(from.ready) && from.ready.mark == GATE_MARK) {
		m->pid_ns = from.ready.pid_ns;
		return 0;
	}
	if (n == (ssize_t)sizeof(from.ready) && from.ready.mark == GATE_MARK_HOOKS)
		return 1;
	if (n == (ssize_t)sizeof(from.failed))
		return take_failure(&from.failed, e);
	return err_set(e, ERR_SYSTEM, 0, "the container's init died before it was ready");
}

static int wait_status(int status, int ms, struct runtime_made *m, struct err *e)
{
	struct pollfd p = { .fd = status, .events = POLLIN };
	int r;

	do {
		r = poll(&p, 1, ms);
	} while (r < 0 && errno == EINTR);
	if (r == 0)
		return err_set(e, ERR_TIMEOUT, 0, "the container was not ready after %d seconds", ms / 1000);
	return read_ready(status, m, e);
}

int gate_wait_ready(int procfd, const struct plan *p, const struct runtime_hooks *hooks, struct runtime_made *m, struct err *e)
{
	int r = wait_status(m->status, GATE_WAIT_MS, m, e);

	if (r == 1) {
		if (!hooks)
			return err_set(e, ERR_INTERNAL, 0, "the container waits for hooks that it has not");
		if (hooks->outside(hooks->arg, m->pid, e))
			return -1;
		if (write(m->gate, &m->pid, sizeof(m->pid)) != sizeof(m->pid))
			return err_set(e, ERR_SYSTEM, errno, "gate");
		r = wait_status(m->status, GATE_WAIT_MS + hooks_wait_ms(p, PLAN_HOOK_CREATE_CONTAINER), m, e);
	}
	if (r == 1)
		return err_set(e, ERR_INTERNAL, 0, "the container waits for hooks twice");
	return r ? -1 : proc_start_time(procfd, m->pid, &m->start_time, e);
}

int gate_hooks(int gate, int status, pid_t *ret_pid, struct err *e)
{
	struct gate_ready wait = { .mark = GATE_MARK_HOOKS };

	if (write(status, &wait, sizeof(wait)) != sizeof(wait))
		return err_set(e, ERR_SYSTEM, errno, "telling the launcher");
	/* End of file: a hook has failed. */
	if (read(gate, ret_pid, sizeof(*ret_pid)) != sizeof(*ret_pid))
		_exit(GATE_CLOSED);
	return 0;
}

int runtime_open_gate(struct runtime_made *m, struct err *e)
{
	struct err failed;
	ssize_t n;

	if (write(m->gate, "G", 1) != 1)
		return err_set(e, ERR_SYSTEM, errno, "gate");
	close_fd_auto(&m->gate);
	do {
		n = read(m->status, &failed, sizeof(failed));
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(failed))
		return take_failure(&failed, e);
	return n ? err_set(e, ERR_INTERNAL, 0, "the process reported %zd bytes instead of a reason", n) : 0;
}

int gate_pid_ns(int procfd, uint64_t *ret, struct err *e)
{
	struct stat st;

	if (fstatat(procfd, "thread-self/ns/pid", &st, 0))
		return err_set(e, ERR_SYSTEM, errno, "own PID name space");
	*ret = st.st_ino;
	return 0;
}

int gate_pass(uint64_t pid_ns, int gate, int status, struct err *e)
{
	struct gate_ready ready = { .mark = GATE_MARK, .pid_ns = pid_ns };
	char byte;

	if (write(status, &ready, sizeof(ready)) != sizeof(ready))
		return err_set(e, ERR_SYSTEM, errno, "telling the launcher");
	/* End of file: the launcher is gone or will not start this one. */
	if (read(gate, &byte, 1) != 1)
		_exit(GATE_CLOSED);
	return 0;
}
