/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate.h - the two pipes between a launcher and a process that waits to exec.
 *
 * Status pipe, from the child: one struct gate_ready when all steps are done, or one struct err; then, once the gate
 * was opened, end of file when execve succeeded (close-on-exec), or one struct err. A struct err is
 * smaller than PIPE_BUF, so it arrives whole.
 */
#ifndef SECCTR_RUNTIME_GATE_H
#define SECCTR_RUNTIME_GATE_H

#include "launcher/base/err.h"
#include "launcher/runtime/container.h"

enum { GATE_CLOSED = 125, GATE_WAIT_MS = 60000 };	/* exit status of who was not let in; milliseconds for all steps */

struct gate {
	int gate[2], status[2];
};
#define GATE_INIT { { -1, -1 }, { -1, -1 } }

/* pid_ns is told by the child: to ask the kernel about another process takes CAP_SYS_PTRACE. */
struct gate_ready {
	uint64_t mark;		/* GATE_MARK */
	uint64_t pid_ns;		/* 0 from runtime_join(): that of the container is known */
};
#define GATE_MARK UINT64_C(0x5e440000aa71)
/* The same struct before that: it waits for the host's hooks, and for its number on the host (pid_t) behind them. */
#define GATE_MARK_HOOKS UINT64_C(0x5e440000aa72)

int gate_make(struct gate *g, struct err *e) MUST_CHECK;
void gate_done(struct gate *g);
void gate_take_inner(struct gate *g, int *ret_gate, int *ret_status);	/* closes the other ends */
void gate_take_outer(struct gate *g, int *ret_gate, int *ret_status);
/* Fill start_time and pid_ns when the child is ready; a struct err from it becomes *e. `hooks` may be NULL: of an exec. */
int gate_wait_ready(int procfd, const struct plan *p, const struct runtime_hooks *hooks, struct runtime_made *m, struct err *e) MUST_CHECK;
/* In the child, while the host's procfs is at hand: the inode of its own PID name space. */
int gate_pid_ns(int procfd, uint64_t *ret, struct err *e) MUST_CHECK;
/* In the child: let the host have its hooks run. */
int gate_hooks(int gate, int status, pid_t *ret_pid, struct err *e) MUST_CHECK;
/* In the child: say ready, wait. Ends the process if the gate is closed instead of opened. */
int gate_pass(uint64_t pid_ns, int gate, int status, struct err *e) MUST_CHECK;

#endif
