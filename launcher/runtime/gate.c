/* SPDX-License-Identifier: Apache-2.0 */
/* gate.c - see gate.h. */
#include "launcher/runtime/gate.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/base/proc.h"

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
	gate_done(g);
}

void gate_take_outer(struct gate *g, int *ret_gate, int *ret_status)
{
	*ret_gate = take_fd(&g->gate[1]);
	*ret_status = take_fd(&g->status[0]);
	gate_done(g);
}

int gate_wait_ready(int status, struct err *e)
{
	struct pollfd p = { .fd = status, .events = POLLIN };
	struct err from;
	ssize_t n;
	int r;

	do {
		r = poll(&p, 1, GATE_WAIT_MS);
	} while (r < 0 && errno == EINTR);
	if (r == 0)
		return err_set(e, ERR_TIMEOUT, 0, "the container was not ready after %d seconds", GATE_WAIT_MS / 1000);
	do {
		n = read(status, &from, sizeof(from));
	} while (n < 0 && errno == EINTR);
	if (n == 1 && *(char *)&from == 'R')
		return 0;
	if (n == (ssize_t)sizeof(from)) {
		from.text[ERR_TEXT_MAX - 1] = '\0';
		*e = from;
		return -1;
	}
	return err_set(e, ERR_SYSTEM, 0, "the container's init died before it was ready");
}

int gate_facts(int procfd, struct runtime_made *m, struct err *e)
{
	char path[48];
	auto_close int dir = -1;
	struct stat st;

	if (proc_start_time(procfd, m->pid, &m->start_time, e))
		return -1;
	snprintf(path, sizeof(path), "%d/ns", (int)m->pid);
	dir = proc_open(procfd, path, O_PATH | O_DIRECTORY, e);
	if (dir < 0)
		return -1;
	/* The link's own inode number is not the name space's: follow it. */
	if (fstatat(dir, "pid", &st, 0))
		return err_set(e, ERR_SYSTEM, errno, "PID name space of %d", (int)m->pid);
	m->pid_ns = st.st_ino;
	return 0;
}
