/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - a piece of a log, cut into lines and runs of records that stand together: all that needs no memory of what came before, so
 * that one thread may do it for a piece while another joins the piece in front (ahead.h).
 *
 * Reading is in order, by one thread at a time. A piece ends where its last run begins, which goes with the next one, so that it does
 * not matter where reading cut the log; a live log, and a run of more than BATCH_CARRY, are cut at the last newline.
 *
 * A batch needs at most BATCH_BYTES and four lines, 120 bytes a line, and what BATCH_FACTS events need when taken apart: 9 MB for a
 * log of the shortest lines there are, 1 MB for real ones.
 */
#ifndef SECCTR_AUDIT_REPORT_BATCH_H
#define SECCTR_AUDIT_REPORT_BATCH_H

#include "audit/report/facts.h"
#include "audit/report/glance.h"
#include "audit/report/packed.h"

enum {
	BATCH_BYTES = 1 << 18,		/* of one read: what lies in the cache */
	BATCH_CARRY = LINE_MAX_BYTES,
	BATCH_FACTS = 1024,		/* events that are taken apart beforehand */
	BATCH_LINES = 4096,		/* ... and their records */
};

struct record {
	const char *at;
	uint32_t len;
	uint16_t raw;			/* what stands behind its id; where `type` is one that line_again() tells */
	uint16_t type;			/* else TYPE_OTHER */
};

struct run {
	struct stamp stamp;
	struct span node;
	uint32_t first, n;		/* of batch.record */
	uint32_t lines;			/* of the batch up to here */
	enum line_type type;		/* of the first record */
	bool last;			/* nothing of the event follows: its last record, or a record that is an event */
	bool cut;			/* it had more records than are kept */
	bool ready;			/* taken apart: */
	uint32_t line, facts;		/* of batch.line, batch.facts */
	struct glance glance;
};

struct batch {
	char *buf;
	size_t room, len;		/* of buf; the piece's length */
	bool end;			/* of the input */
	uint64_t bytes, lines, bad, too_long;	/* read; as in gather_counts */
	uint64_t damaged;
	struct record *record;
	size_t records, record_room;
	struct run *run;
	size_t runs, run_room;
	struct line *line;
	struct facts *facts;
	size_t line_room, facts_room;
};
void batch_done(struct batch *b);

/* One input, as it is read. */
struct source {
	struct packed *packed;		/* borrowed */
	size_t size;			/* what it is likely to hold, unpacked; 0: not known */
	bool live;			/* what is there counts at once */
	bool skip;			/* within a line that is too long */
	char *carry;			/* LINE_MAX_BYTES + BATCH_CARRY: of the piece before */
	size_t carried;
};
void source_done(struct source *s);

/* The next piece; b->end with the last one. What is damaged is the end. */
int batch_read(struct source *s, struct batch *b, struct err *e) MUST_CHECK;
/* These bytes alone, as one piece. */
int batch_bytes(struct batch *b, const char *bytes, size_t n, struct err *e) MUST_CHECK;

struct batch_way {
	enum glance_depth depth;
	bool labels;			/* calls with a container's label will most likely be wanted: take them apart */
	bool eventful;			/* ... but for those that are no execve and uneventful */
	bool all;			/* ... each event */
	bool quiet;			/* quiet ones (glance.h) will most likely not */
};
/* Of a run, its records: r->n of them. */
void batch_lines(const struct batch *b, const struct run *r, struct line *ret);
int batch_split(struct batch *b, const struct batch_way *way, struct err *e) MUST_CHECK;

#endif
