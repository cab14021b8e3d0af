/* SPDX-License-Identifier: Apache-2.0 */
/*
 * processes.h - the processes in a container, as /proc of the host tells; nothing is run inside.
 *
 * A process is read through a descriptor of its own /proc directory, and only if it is in the container's groups after
 * that was opened: a number that was given to another process meanwhile is not shown.
 */
#ifndef SECCTR_CLI_PROCESSES_H
#define SECCTR_CLI_PROCESSES_H

#include "launcher/base/str.h"
#include "launcher/cli/look.h"

enum { PROCESS_ARGS_MAX = 4096 };	/* bytes of a command line that are shown */

struct process {
	pid_t host_pid, pid, ppid, pgid;	/* the last three inside; ppid 0: its parent is outside */
	pid_t host_ppid;
	char state;
	char *name, *args, *label;		/* args: words with blanks between, name in brackets where there are none */
	char *caps[5];				/* hex, as in status: CapInh CapPrm CapEff CapBnd CapAmb */
	char *seccomp;				/* "disabled" "strict" "filter" */
	uint32_t uid, euid, gid, egid;
	struct strv groups;			/* decimal */
	uint64_t tty;
	int64_t nice;
	uint64_t ticks, started;		/* clock ticks: of processor time; since boot */
	uint64_t vsize, rss;			/* KiB */
};

struct processes {
	struct process *item;
	size_t len;
};
void processes_done(struct processes *p);
#define auto_processes AUTO(processes_done)

/* ERR_STATE if the container does not run. Processes that end meanwhile are left out. */
int processes_read(struct context *c, const struct look *l, struct processes *ret, struct err *e) MUST_CHECK;

#endif
