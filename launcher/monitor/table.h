/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - the states of a monitor, what can happen, and what follows.
 *
 * Each pair of state and event has a row, also the pairs that cannot occur: those say "ignore", and
 * a missing one fails a test.
 */
#ifndef SECCTR_MONITOR_TABLE_H
#define SECCTR_MONITOR_TABLE_H

#define MONITOR_STATES(X)										\
	X(STATE_CREATED,	"created",	"an engine's: all is made, `start` will open the gate")	\
	X(STATE_STARTING,	"starting",	"the gate is open, the program not yet verified")	\
	X(STATE_RUNNING,	"running",	"")							\
	X(STATE_STOPPING,	"stopping",	"the stop signal was sent, SIGKILL will follow")	\
	X(STATE_DRAINING,	"draining",	"the init is gone, its streams may hold more")		\
	X(STATE_ENDED,		"ended",	"all is recorded; clients get what they have not read")	\
	X(STATE_WAITING,	"waiting",	"nobody is told any more; a restart will follow")

enum state {
#define X(name, word, meaning) name,
	MONITOR_STATES(X)
#undef X
	STATE_COUNT
};

#define MONITOR_EVENTS(X)										\
	X(EVENT_GATE_FAILED,		"gate-failed",		"exec failed, or what runs is not what should") \
	X(EVENT_EXEC_OK,		"exec-ok",		"the program runs and was verified")	\
	X(EVENT_INIT_EXITED,		"init-exited",		"it waits to be reaped")		\
	X(EVENT_CLIENT_CONNECTED,	"client-connected",	"at attach.sock")			\
	X(EVENT_CLIENT_FRAME,		"client-frame",		"")					\
	X(EVENT_CLIENT_READY,		"client-ready",		"can take more of its backlog")		\
	X(EVENT_CLIENT_GONE,		"client-gone",		"closed its end, or broke the protocol") \
	X(EVENT_CLIENT_STALLED,		"client-stalled",	"did not read for too long")		\
	X(EVENT_STREAM_DATA,		"stream-data",		"")					\
	X(EVENT_STREAM_EOF,		"stream-eof",		"")					\
	X(EVENT_QUIET_TIMEOUT,		"quiet-timeout",	"draining took long enough, or is done") \
	X(EVENT_TERM,			"term",			"SIGTERM to the monitor")		\
	X(EVENT_KILL_TIMEOUT,		"kill-timeout",		"the stop signal did not help in time")	\
	X(EVENT_RUN_TIMEOUT,		"run-timeout",		"it ran as long as it may")		\
	X(EVENT_RESTART_WANTED,		"restart-wanted",	"all is told, and its policy wants it again") \
	X(EVENT_RESTART_DUE,		"restart-due",		"the back-off is over")			\
	X(EVENT_GATE_OPENED,		"gate-opened",		"an engine's `start` asked for it")

enum event {
#define X(name, word, meaning) name,
	MONITOR_EVENTS(X)
#undef X
	EVENT_COUNT
};

struct monitor;
struct what;
typedef void action(struct monitor *m, const struct what *w);

struct transition {
	action *act;
	enum state next;
};
extern const struct transition monitor_table[STATE_COUNT][EVENT_COUNT];
extern const char *const monitor_state_words[STATE_COUNT];
extern const char *const monitor_event_words[EVENT_COUNT];

#endif
