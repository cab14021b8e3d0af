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
	GLANCE_SESSION,		/* ... and the session */
	GLANCE_OWNER,		/* ... and the label */
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
	bool quiet;		/* one record of a sender's, of which nothing is learned; `stamped`, `ses` and `label` are sure */
};

static inline void glance_begin(struct glance *g)
{
	*g = (struct glance){ .calls = true, .clear = true };
}

/* A call that succeeded, to which nothing was denied. */
static inline bool glance_uneventful(const struct glance *g)
{
	return g->calls && g->clear && g->succeeded && !g->denied;
}

/* Of a call's event, and says nothing more than its type. */
static inline bool glance_dull(enum line_type type)
{
	_Static_assert(TYPE_PATH < 64 && TYPE_CWD < 64 && TYPE_PROCTITLE < 64 && TYPE_EOE < 64 && TYPE_SOCKADDR < 64, "bits of a word");
	return type < 64 && (UINT64_C(1) << type) & (UINT64_C(1) << TYPE_PATH | UINT64_C(1) << TYPE_CWD | UINT64_C(1) << TYPE_PROCTITLE |
					 UINT64_C(1) << TYPE_EOE | UINT64_C(1) << TYPE_SOCKADDR);
}
void glance_look(struct glance *g, enum line_type type, struct span raw, enum glance_depth depth);
/* A record of the event, in the log's order. `raw`: what stands behind its id; of a record without a body. */
static inline void glance_add(struct glance *g, enum line_type type, struct span raw, enum glance_depth depth)
{
	if (!glance_dull(type))
		glance_look(g, type, raw, depth);
}
/* In front of the first one, where that has a body. `quiet` is the caller's to take back: if another record follows. */
void glance_user(struct glance *g, const struct line *l, enum glance_depth depth);

#endif
