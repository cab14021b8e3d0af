/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workers.h - one action many times, each in a process of its own: what mostly waits is waited for at once.
 *
 * A worker is a fork of the command, with the caller's login UID and session, and writes its own records. It dies with the
 * command, as the command's own work would: who kills `secctr stop -a` stops it.
 */
#ifndef SECCTR_CLI_WORKERS_H
#define SECCTR_CLI_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "launcher/base/err.h"

/* At once; more wait for one of them to end. It bounds processes and memory, whatever is named. */
enum { WORKERS_MAX = 32 };

struct worker_result {
	enum { WORK_WAITS, WORK_RUNS, WORK_DONE, WORK_FAILED, WORK_KILLED } state;
	struct err why;				/* of the last two */
};

struct workers {
	struct worker_result *result;		/* one for each item, shared with the workers */
	size_t items;
	struct { pid_t pid; size_t item; } running[WORKERS_MAX];
	size_t n;
};
#define WORKERS_INIT { .result = NULL }

int workers_open(struct workers *w, size_t items, struct err *e) MUST_CHECK;
void workers_close(struct workers *w);
#define auto_workers AUTO(workers_close)

typedef int worker_fn(void *arg, struct err *e);

/*
 * Run fn(arg) for `item`; waits first while WORKERS_MAX run. The worker sees the caller's memory as it is now. Where no process can be
 * made, it is done here. The result is there when workers_wait() has seen its end.
 */
void workers_start(struct workers *w, size_t item, worker_fn *fn, void *arg);
/* Until one of them has ended; false: none runs. One that died before its result has WORK_KILLED. */
bool workers_wait(struct workers *w);

#endif
