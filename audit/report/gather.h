/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gather.h - lines into events, in one pass.
 *
 * Records of an event carry the same id and node. They mostly stand together and are then handed on where they lie; an event
 * that others stand in the middle of (PROCTITLE, the last one, is missing) is kept until that comes, until its node's clock is
 * GATHER_WAIT_MS further (libauparse waits as long), or until there are too many such events. So events come in the order in
 * which they were whole, which is that of their ids but for these.
 *
 * Boots are told apart for each node by the kernel's serial starting again, not by a record that someone could send; auditd
 * counts its own records (DAEMON_*) by itself.
 *
 * Whatever the log holds, memory stays within GATHER_OPEN_MAX events of GATHER_EVENT_BYTES, GATHER_OPEN_BYTES in all, and
 * GATHER_NODES_MAX names.
 */
#ifndef SECCTR_AUDIT_REPORT_GATHER_H
#define SECCTR_AUDIT_REPORT_GATHER_H

#include "audit/report/line.h"
#include "launcher/base/cleanup.h"

enum {
	GATHER_WAIT_MS = 2000,
	GATHER_OPEN_MAX = 1024,		/* events that wait for a record */
	GATHER_OPEN_BYTES = 16 << 20,
	GATHER_EVENT_BYTES = 1 << 20,	/* of one event; more is cut off and counted */
	GATHER_RECORDS_MAX = 512,	/* of one event: execve with 2 MB of arguments has some 300 */
	GATHER_NODES_MAX = 4096,	/* later ones are taken for one, with a name that none has */
};

struct glance;
struct facts;
struct ahead;
struct batch_way;

struct gathered {
	struct stamp stamp;
	uint32_t node, boot;		/* index for gather_node_name(); restarts of that node's kernel seen before */
	struct line *rec;		/* borrowed for the time of the call; line_finish() before a look into one */
	size_t n;
	enum line_type type;		/* of the first record */
	bool cut;			/* it had more */
	const struct glance *glance;	/* of its records; see gather_look() */
	struct facts *facts;		/* of its records, where they were read already; else NULL */
};

/* line_finish() of all. */
void gathered_finish(const struct gathered *ev);

/* Non-zero stops with its error in e. */
typedef int gather_fn(void *context, const struct gathered *ev, struct err *e);

struct gather_counts {
	uint64_t bytes, lines, events;
	uint64_t bad;			/* no audit records; empty lines are not counted */
	uint64_t too_long;		/* of these, more than LINE_MAX_BYTES */
	uint64_t cut;			/* events that lost records to a limit */
	uint64_t early;			/* events that were not waited for because of a limit */
	uint64_t steps_back;		/* a node's clock went back by more than GATHER_WAIT_MS */
	uint64_t inputs_damaged;	/* packed files that end in rubbish */
};

struct gather;
int gather_new(gather_fn *fn, void *context, struct gather **ret, struct err *e) MUST_CHECK;
void gather_free(struct gather *g);	/* NULL is fine */
DEFINE_AUTO(gather_free, struct gather *)

/*
 * For short cuts: `look` sees each event before its lines are split (rec is NULL), and says whether it is of no use; then it is counted,
 * and that is all. `way` says how much of it a glance tells (batch.h); borrowed, as is `ahead`, which has helpers. NULL: as before.
 */
typedef int gather_look_fn(void *context, const struct gathered *ev, bool *ret_skip, struct err *e);
void gather_look(struct gather *g, gather_look_fn *look, const struct batch_way *way, struct ahead *ahead);

/* All lines of a descriptor; a last one without its newline counts. A damaged packed file is counted, what was before it is read. */
int gather_read(struct gather *g, int fd, struct err *e) MUST_CHECK;
/* One line, for tests and for who has lines already. */
int gather_line(struct gather *g, const char *line, size_t len, struct err *e) MUST_CHECK;
/*
 * For a live log: `pause` is called after each piece that was read, and (silent) each second in which nothing came; before a silent
 * call everything that waits is handed on.
 */
typedef int gather_pause_fn(void *context, bool silent, struct err *e);
void gather_live(struct gather *g, gather_pause_fn *pause);
/* Hand on what still waits: at the end, or when a live log is silent. */
int gather_flush(struct gather *g, struct err *e) MUST_CHECK;

/* The oldest event that waits; false: none does. */
bool gather_oldest(const struct gather *g, struct stamp *ret);
const struct gather_counts *gather_counts(const struct gather *g);
const char *gather_node_name(const struct gather *g, uint32_t node);	/* "" for lines without node= */

#endif
