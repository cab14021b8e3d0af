/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - what a monitor is given: one JSON document on descriptor MONITOR_FD_JOB and fixed descriptors.
 *
 * The supervisor that made the container (its parent) execs the monitor, so the container's init stays
 * the monitor's child. Descriptors that do not apply are closed. The monitor trusts the job: only
 * its own exec parent can have written it.
 */
#ifndef SECCTR_MONITOR_JOB_H
#define SECCTR_MONITOR_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/fields.h"

enum monitor_fd {
	MONITOR_FD_JOB = 3,	/* memfd or pipe: the document, to its end */
	MONITOR_FD_CLIENT,	/* SOCK_SEQPACKET: the starter, first attach client (frames.h) */
	MONITOR_FD_DIR,		/* containers/ID: state, exit record, log */
	MONITOR_FD_RUN,		/* /run/secctr/containers/ID: attach.sock */
	MONITOR_FD_PROC,	/* private procfs */
	MONITOR_FD_PIDFD,	/* of the container's init */
	MONITOR_FD_GATE,	/* write end: one byte lets the init exec */
	MONITOR_FD_STATUS,	/* read end: a struct err if the exec failed, end of file if it succeeded */
	MONITOR_FD_STDIN, MONITOR_FD_STDOUT, MONITOR_FD_STDERR,	/* our ends of the container's streams */
	MONITOR_FD_CGROUP,	/* directory of the container's cgroup (v2), closed on v1 */
	MONITOR_FD_COUNT_END
};

struct monitor_job {
	char *id, *name;
	int64_t pid;
	char *process_label;	/* to find on the live process; absent: SELinux is off */
	int64_t auid, ses;	/* to find on the live process */
	bool audit_require;	/* records must be shown to be accepted */
	char *on_lost;		/* audit/failure.h words: what to do when the stop record is lost */
	bool interactive, detach, remove;
	bool log;
	int64_t log_max_size, log_max_files;
	int64_t stop_timeout;
	struct strv cgroup_dirs;	/* absolute directories to remove at the end, innermost first */
	char *cleanup;		/* absolute path of secctr: exec'ed as "secctr cleanup ID" last, if remove */
	char *host, *addr, *tty;	/* hostname= addr= terminal= of the records */
};
extern const struct field monitor_job_fields[];

int monitor_job_write(const struct monitor_job *j, int fd, struct err *e) MUST_CHECK;
int monitor_job_read(int fd, struct monitor_job *ret, struct err *e) MUST_CHECK;
void monitor_job_init(struct monitor_job *j);
void monitor_job_done(struct monitor_job *j);

#endif
