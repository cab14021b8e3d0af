/* SPDX-License-Identifier: Apache-2.0 */
/* workers.c - see workers.h. */
#include "launcher/cli/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "launcher/base/cleanup.h"

int workers_open(struct workers *w, size_t items, struct err *e)
{
	void *shared;

	if (!items || items > SIZE_MAX / sizeof(*w->result))
		return err_set(e, ERR_INTERNAL, 0, "workers for %zu items", items);
	shared = mmap(NULL, items * sizeof(*w->result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return err_set(e, ERR_SYSTEM, errno, "memory for %zu results", items);
	*w = (struct workers){ .result = shared, .items = items };
	return 0;
}

void workers_close(struct workers *w)
{
	while (workers_wait(w))
		;
	if (w->result)
		(void)munmap(w->result, w->items * sizeof(*w->result));
	w->result = NULL;
}

static void work(struct worker_result *r, worker_fn *fn, void *arg)
{
	struct err why = { 0 };

	if (fn(arg, &why)) {
		r->why = why;
		r->state = WORK_FAILED;
	} else {
		r->state = WORK_DONE;
	}
}

void workers_start(struct workers *w, size_t item, worker_fn *fn, void *arg)
{
	struct worker_result *r = &w->result[item];
	const pid_t parent = getpid();
	pid_t pid;

	while (w->n == WORKERS_MAX)
		(void)workers_wait(w);
	r->state = WORK_RUNS;
	/* What is buffered would be written twice. */
	(void)fflush(stdout);
	pid = fork();
	if (pid < 0) {
		work(r, fn, arg);
		return;
	}
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
			_exit(1);
		work(r, fn, arg);
		(void)fflush(stdout);
		_exit(0);
	}
	w->running[w->n].pid = pid;
	w->running[w->n++].item = item;
}

bool workers_wait(struct workers *w)
{
	struct worker_result *r;
	int status = 0;
	pid_t pid;

	if (!w->n)
		return false;
	do {
		pid = waitpid(-1, &status, 0);
	} while (pid < 0 && errno == EINTR);
	for (size_t i = 0; i < w->n; i++) {
		/* Without children (who waits for us ignores SIGCHLD) waitpid() has waited for all of them. */
		if (pid >= 0 && w->running[i].pid != pid)
			continue;
		r = &w->result[w->running[i].item];
		if (r->state == WORK_RUNS) {
			err_set(&r->why, ERR_INTERNAL, 0, "the process that did it was killed by signal %d",
				pid > 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0);
			r->state = WORK_KILLED;
		}
		w->running[i--] = w->running[--w->n];
	}
	return true;
}
