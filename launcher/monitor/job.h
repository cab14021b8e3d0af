/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - what a monitor is given: one message on the socket MONITOR_FD_JOB, a JSON document and descriptors.
 *
 * The supervisor that made the container execs the monitor in its own place, so the container's init stays
 * the monitor's child; it has called setsid(2) before, which keeps a terminal's hang-up away. The message waits in the socket meanwhile, and
 * its descriptors with it: nothing else has to survive the exec. The monitor trusts it: only the process that it replaced can have
 * written it.
 *
 * If the monitor ends before it opened the gate, the gate's end of file tells the init to end.
 */
#ifndef SECCTR_MONITOR_JOB_H
#define SECCTR_MONITOR_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/fields.h"

/*
 * The monitor's descriptors. Those up to MONITOR_FD_STATUS are always given and get the numbers that they have here; the
 * others may be left out, and get whatever number is free (monitor.h).
 */
enum monitor_fd {
	MONITOR_FD_JOB = 3,	/* the socket; closed when it was read */
	MONITOR_FD_CLIENT,	/* SOCK_SEQPACKET: the starter, first attach client (frames.h) */
	MONITOR_FD_DIR,		/* containers/ID: state, exit record, log */
	MONITOR_FD_RUN,		/* /run/secctr/containers/ID: attach.sock */
	MONITOR_FD_PROC,	/* private procfs */
	MONITOR_FD_PIDFD,	/* of the container's init */
	MONITOR_FD_GATE,	/* write end: one byte lets the init exec */
	MONITOR_FD_STATUS,	/* read end: a struct err if the exec failed, end of file if it succeeded */
	/* Our ends of the container's streams; with a terminal stdin and stdout only, both its master. */
	MONITOR_FD_STDIN, MONITOR_FD_STDOUT, MONITOR_FD_STDERR,
	MONITOR_FD_JOURNAL,	/* journal.h: connected */
	MONITOR_FD_CGROUP,	/* directory of the container's cgroup; version 2 only */
	MONITOR_FD_COUNT_END
};

/* A rotated log file of less could not hold one line's stamp and some text; more files than that are a mistake. */
enum { MONITOR_LOG_SIZE_MIN = 4096, MONITOR_LOG_FILES_MAX = 1000, MONITOR_STOP_TIMEOUT_MAX = 365 * 86400 };
enum { MONITOR_RESTART_DELAY_MAX = 60 * 1000 };
#define MONITOR_STOPPED "stopped"	/* in MONITOR_FD_DIR: a person ended the container (store/container.h) */
#define MONITOR_LOG "ctr.log"	/* in MONITOR_FD_DIR; older ones are ctr.log.1, ctr.log.2, ... */
enum { MONITOR_CLEANUP_ARGS = 8 };
enum { MONITOR_JOB_MAX = 64 << 10 };	/* bytes of the document */

enum monitor_restart { MONITOR_RESTART_NO, MONITOR_RESTART_ON_FAILURE, MONITOR_RESTART_ALWAYS };

struct monitor_job {
	char *id, *name;
	int64_t pid;
	char *process_label;	/* to find on the live process; absent: SELinux is off */
	int64_t auid, ses;	/* to find on the live process */
	/*
	 * Records must be shown to be accepted. If false the stop record is tried, and its loss changes
	 * nothing but the exit record's error text.
	 */
	bool audit_require;
	/*
	 * With audit_require, an audit_action_word() for a stop record that was lost. Absent or "continue":
	 * the exit record's error says so; any other: its reason is "audit-lost" as well.
	 */
	char *on_lost;
	/*
	 * An engine's (OCI): the gate stays closed until a client says FRAME_START; the init is not our child, so how it ended
	 * is known only where the kernel tells others (PIDFD_GET_INFO, Linux 6.15); its streams are the engine's.
	 */
	bool engine;
	bool interactive, detach, remove;
	bool terminal;		/* MONITOR_FD_STDIN and _STDOUT are the master of the container's terminal */
	bool log;
	int64_t log_max_size;	/* bytes of one file, at least MONITOR_LOG_SIZE_MIN */
	char *log_tag;		/* of the journal's entries; absent: the name */
	int64_t log_max_files;	/* the current one included: 1..MONITOR_LOG_FILES_MAX */
	int64_t stop_signal;	/* sent first when the monitor gets SIGTERM; absent: SIGTERM */
	int64_t stop_timeout;	/* seconds until SIGKILL follows; absent: 10 */
	int64_t run;		/* for exit.json (store/exit_record.h); absent: 0 */
	int64_t run_timeout;	/* seconds after which all of it is killed; absent: never */
	/*
	 * When it is started again after its end, as by podman-run(1) --restart. "again" is then exec'ed like
	 * "cleanup", after restart_delay milliseconds; the file MONITOR_STOPPED keeps it from that.
	 */
	int restart;		/* enum monitor_restart */
	int64_t restarts_left;	/* with on-failure; absent: any number */
	int64_t restart_delay;
	struct strv cgroup_dirs;	/* absolute directories to remove at the end, innermost first */
	char *cleanup;		/* absolute path of secctr: exec'ed last as "secctr CLEANUP_ARGS... cleanup -- ID", if remove; or again */
	struct strv cleanup_args;	/* at most MONITOR_CLEANUP_ARGS: --root, --runroot where not the defaults */
	char *start_event;	/* event id of the start record, for who starts it; absent: not recorded */
	char *exe;		/* path of the monitor: exe= of the records */
	char *host, *addr, *tty;	/* hostname= addr= terminal= of the records */
};
extern const struct field monitor_job_fields[];

/*
 * A socket with the message in it, for MONITOR_FD_JOB of a program that is executed next. fds: by enum monitor_fd, borrowed;
 * -1 for what is not given.
 */
int monitor_job_send(const struct monitor_job *j, const int fds[MONITOR_FD_COUNT_END], struct err *e) MUST_CHECK;
/* In the monitor, which has no other descriptor than that yet: fds as above. */
int monitor_job_receive(struct monitor_job *ret, int fds[MONITOR_FD_COUNT_END], struct err *e) MUST_CHECK;

/*
 * The document alone. It is read into *ret (after monitor_job_init()) and every bound above is checked; the caller
 * releases it on failure too. A key that is not known is refused: starter and monitor are of one build.
 */
int monitor_job_text(const struct monitor_job *j, char **ret, struct err *e) MUST_CHECK;
int monitor_job_parse(const char *text, size_t n, struct monitor_job *ret, struct err *e) MUST_CHECK;
void monitor_job_init(struct monitor_job *j);
void monitor_job_done(struct monitor_job *j);

#endif
