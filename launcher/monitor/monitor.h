/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor.h - one container's supervisor: what it knows, and the functions of its files. Private to this module.
 *
 * One thread, no memory in the steady state but this struct. Everything that happens is an event of
 * table.h; loop.c finds out what happened, table.c says what follows, the action functions do it.
 */
#ifndef SECCTR_MONITOR_MONITOR_H
#define SECCTR_MONITOR_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/str.h"
#include "launcher/monitor/ctrlog.h"
#include "launcher/monitor/journal.h"
#include "launcher/monitor/frames.h"
#include "launcher/monitor/job.h"
#include "launcher/monitor/table.h"
#include "launcher/store/exit_record.h"

enum {
	CLIENTS_MAX = 16,		/* starter included */
	STALL_MS = 1000,		/* a client other than the foreground starter may keep a full queue so long */
	REMOVE_MS = 5000,		/* for the starter to remove what it started with --rm */
	QUIET_MS = 1000,		/* after the init's end others may hold its streams open so long */
	CGROUP_WAIT_MS = 2000,		/* killed processes take a moment to leave their cgroup */
	BACKLOG_MAX = 1 << 20,		/* bytes kept for one client after the init's end */
	STREAM_READ_MAX = 65536,	/* bytes read at once while nobody watches; else FRAME_DATA_MAX */
	STREAM_READS = 4,		/* so often before anything else is looked at */
	STREAM_PIPE = 4 * STREAM_READ_MAX,	/* room of a busy stream's pipe: that of both is far less than BACKLOG_MAX */
};

/* Frames that a client could not take yet, as they will be sent: uint16_t length, type, bytes. */
struct backlog {
	char *bytes;
	size_t len, at, room;
};

struct client {
	int fd;				/* -1: free */
	bool starter;			/* of a foreground container: never dropped for being slow */
	struct backlog out;
	int64_t stalled;		/* when `out` last stopped moving; 0: it is empty */
	char *in;			/* a FRAME_STDIN on its way, or NULL */
	size_t in_len, in_at;
};

struct stream {
	int fd;				/* -1: ended */
	int edge;			/* epoll that tells changes of a terminal that nobody inside has open; -1: not resting */
	int narrow;			/* room of its pipe before stream_widen(); 0: as it was made; -1: it cannot be widened */
};

struct monitor {
	struct monitor_job job;
	enum state state;
	enum event raised;		/* by an action, to be taken next; EVENT_COUNT: none */
	bool done;			/* leave the loop */
	bool starter_removes;		/* wait for its FRAME_REMOVED, or its end */
	bool removed;			/* it came: no cleanup command follows */

	int given[MONITOR_FD_COUNT_END];	/* by enum monitor_fd; -1: not given */
	int signals, listener;
	bool init_over;			/* its pidfd was seen to end */
	struct stream out, err;
	int input;			/* container's standard input, or -1 */
	bool input_full;		/* it takes no more at the moment */
	struct client client[CLIENTS_MAX];
	struct client *typing;		/* whose FRAME_STDIN is half written, or NULL */
	struct ctrlog log;
	struct journal journal;
	int64_t kill_at, quiet_at, run_end_at, restart_at;	/* monotonic milliseconds; 0: not set */
	bool timed_out;			/* it ran as long as it may */
	bool stopped;			/* by SIGTERM to us, while it ran */
	bool again;			/* leave by becoming the command that restarts it */

	struct err failed;		/* the FRAME_FAILED; text empty: none */
	struct exit_record exit;
	struct str trouble;		/* what else went wrong, for the exit record's error */
};

/* What an action is told beside the monitor. Fields that the event has no use for are zero. */
struct what {
	struct client *client;
	struct stream *stream;
	enum frame_type type;
	const char *data;
	size_t n;
};

int64_t monitor_now(void);	/* monotonic milliseconds */
/* Carry out the table's row for `ev`, and those of the events it raises. */
void monitor_step(struct monitor *m, enum event ev, const struct what *w);
/* One more sentence for the exit record's error. Never fails; keeps what fits. */
void monitor_note(struct monitor *m, const char *text);

/* self.c: the descriptor of the job alone is left; then everything that is given up before the gate opens. */
int self_close_others(struct err *e) MUST_CHECK;
int self_confine(struct monitor *m, struct err *e) MUST_CHECK;
/* Replace this process by secctr with the command "cleanup" or "again"; returns only on failure. */
int self_become(struct monitor *m, const char *command, struct err *e) MUST_CHECK;

/* guard.c: a second process that ends the container when this one is killed. Before the gate opens. */
int guard_start(const struct monitor *m, struct err *e) MUST_CHECK;

/* live.c: the process behind the job's pid is what it should be. ERR_LABEL, ERR_IDENTITY. */
int live_check(int procfd, const struct monitor_job *job, struct err *e) MUST_CHECK;

/* loop.c */
int loop_open_gate(struct monitor *m, struct err *e) MUST_CHECK;
int loop_open_engine_gate(struct err *e) MUST_CHECK;
bool init_is_reaped(void);		/* by MONITOR_FD_PIDFD: its number may be another's */
void loop_run(struct monitor *m);
int init_signal(int sig);		/* by MONITOR_FD_PIDFD */

/* clients.c */
int clients_listen(struct monitor *m, struct err *e) MUST_CHECK;
void clients_unlisten(struct monitor *m);
struct client *client_add(struct monitor *m, int fd, bool starter);	/* takes fd; NULL: no room, fd closed */
void client_drop(struct monitor *m, struct client *c);
void client_put(struct monitor *m, struct client *c, enum frame_type type, const void *data, size_t n);
void clients_put(struct monitor *m, enum frame_type type, const void *data, size_t n);
void client_flush(struct monitor *m, struct client *c);
short client_events(const struct monitor *m, const struct client *c);	/* for poll(2) */
bool clients_waiting(const struct monitor *m);		/* some backlog is not empty */
bool clients_watch(const struct monitor *m);		/* there is one */
bool clients_removing(const struct monitor *m);		/* the starter is at it */
bool client_is_late(const struct client *c, int64_t now);

/* streams.c */
bool streams_held(const struct monitor *m);	/* not read: a client cannot take more, or the program does not run yet */
int stream_polled(const struct stream *s);	/* the descriptor that tells of it */
ssize_t stream_take(struct stream *s, char *to, size_t n);	/* 0: ended; -1 with EAGAIN */
void stream_close(struct stream *s);
/*
 * More room in the pipe of a stream that is written to faster than it is read: fewer changes between its writer and us, which
 * cost more than the bytes. Only as long as that lasts, since the kernel counts the room of all pipes of a user together and gives
 * programs without privilege small ones beyond a limit (pipe-user-pages-soft, pipe(7)).
 */
void stream_widen(struct stream *s);
void stream_narrow(struct stream *s);
/*
 * A terminal whose last user inside closed it reads as ended, and is not: another may open it again. It then tells
 * changes only, until there is output, or until the init is gone.
 */
void stream_rest(struct monitor *m, struct stream *s);
void stream_wake(struct stream *s);
void input_take(struct monitor *m, struct client *c, const char *data, size_t n);
void input_flush(struct monitor *m);
void input_forget(struct monitor *m, struct client *c);
void input_close(struct monitor *m);

/* ending.c */
void ending_reap(struct monitor *m);
void ending_kill(struct monitor *m);		/* init and whatever else is in its cgroup */
void ending_finish(struct monitor *m);		/* cgroup, exit record, stop record, last frames */
bool ending_wants_restart(const struct monitor *m);	/* after it */

/* remains.c: what a cgroup still holds. */
void remains_kill(const struct strv *dirs);
bool remains_oom(int cgroup, const struct strv *dirs);	/* cgroup: of version 2, or -1 */
bool remains_were_empty(const struct strv *dirs);	/* and are gone: there is nothing to kill */
/* Innermost first, cgroups made by the container too; false: some directory is left after CGROUP_WAIT_MS. */
bool remains_remove(const struct strv *dirs);

#endif
