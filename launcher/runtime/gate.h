/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate.h - the two pipes between a launcher and a process that waits to exec.
 *
 * Status pipe, from the child: one byte 'R' when all steps are done, or one struct err; then, once the gate
 * was opened, end of file when execve succeeded (close-on-exec), or one struct err. A struct err is
 * smaller than PIPE_BUF, so it arrives whole.
 */
#ifndef SECCTR_RUNTIME_GATE_H
#define SECCTR_RUNTIME_GATE_H

#include "launcher/base/err.h"
#include "launcher/runtime/container.h"

enum { ERR_EXIT_GATE = 125, GATE_WAIT_MS = 60000 };	/* GATE_WAIT_MS: for all steps; a hung file server ends here */

struct gate {
	int gate[2], status[2];
};
#define GATE_INIT { { -1, -1 }, { -1, -1 } }

int gate_make(struct gate *g, struct err *e) MUST_CHECK;
void gate_done(struct gate *g);
void gate_take_inner(struct gate *g, int *ret_gate, int *ret_status);	/* closes the other ends */
void gate_take_outer(struct gate *g, int *ret_gate, int *ret_status);
/* Wait for 'R'; a struct err from the child becomes *e. */
int gate_wait_ready(int status, struct err *e) MUST_CHECK;
/* Fill start_time and pid_ns of a process that waits at its gate. */
int gate_facts(int procfd, struct runtime_made *m, struct err *e) MUST_CHECK;

#endif
