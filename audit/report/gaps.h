/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gaps.h - which serials of a node's kernel are not in the log.
 *
 * The kernel counts every event that it makes a record of; a number that is not there was lost, filtered behind the kernel, or
 * rotated away. Events end late, so a number counts as missing when GAPS_WINDOW later ones have been seen.
 */
#ifndef SECCTR_AUDIT_REPORT_GAPS_H
#define SECCTR_AUDIT_REPORT_GAPS_H

#include "audit/report/gather.h"

enum { GAPS_WINDOW = 4096 };

struct gap_node {
	uint32_t boot;
	bool any, settled;	/* settled: some number is, so that none below `next` is waited for */
	uint64_t next;		/* the lowest number not yet settled */
	uint64_t top;		/* the highest seen */
	uint64_t seen[GAPS_WINDOW / 64];
	uint64_t from, to;	/* the missing run that is being settled; to 0: none */
	struct stamp before, newest;	/* the last event in front of the run */
};

/* from..to are missing after the event `before`. */
typedef int gaps_fn(void *context, uint32_t node, const struct stamp *before, uint64_t from, uint64_t to, struct err *e);

struct gaps {
	struct gap_node *node;
	size_t nodes;
	gaps_fn *fn;
	void *context;
	uint64_t missing;
};
void gaps_done(struct gaps *g);
int gaps_event(struct gaps *g, const struct gathered *ev, struct err *e) MUST_CHECK;
int gaps_end(struct gaps *g, struct err *e) MUST_CHECK;

#endif
