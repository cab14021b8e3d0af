/* SPDX-License-Identifier: Apache-2.0 */
/*
 * glance.h - what can be told of an event by a glance at its lines, before any is taken apart.
 *
 * It needs nothing but the lines, so any thread may do it (batch.h). What it says is what facts_read() would find in the same bytes,
 * whatever they are; where that is not sure, `clear` is false. quick.h decides by it.
 */
#ifndef SECCTR_AUDIT_REPORT_GLANCE_H
#define SECCTR_AUDIT_REPORT_GLANCE_H

#include "audit/report/line.h"

enum glance_depth {
	GLANCE_TYPES,		/* types only */
	GLANCE_OWNER,		/* ... and session and label */
	GLANCE_RESULT,		/* ... and how the call ended */
};

struct glance {
	bool calls;		/* nothing but records of which a call's event is made: nothing is learned from any but of ancestry */
	bool clear;		/* what stands below is sure */
	bool stamped;		/* a record has the kernel's session number */
	uint32_t ses;		/* where stamped */
	bool label;		/* the label of a container may be there */
	bool succeeded;		/* the call did */
	bool denied;		/* SELinux or seccomp may have denied something */
	bool execve;
};

void glance_begin(struct glance *g);
/* A record of the event, in the log's order. `raw`: what stands behind its id; of a record without a body. */
void glance_add(struct glance *g, enum line_type type, struct span raw, enum glance_depth depth);

#endif
