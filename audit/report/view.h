/* SPDX-License-Identifier: Apache-2.0 */
/* view.h - what a view shows of each event, and what it adds at the end; for report.c. */
#ifndef SECCTR_AUDIT_REPORT_VIEW_H
#define SECCTR_AUDIT_REPORT_VIEW_H

#include "audit/report/batch.h"
#include "audit/report/gaps.h"
#include "audit/report/report.h"
#include "audit/report/rows.h"
#include "audit/report/tally.h"

struct report {
	const struct report_request *q;
	struct gather *gather;
	struct batch_way way;
	struct join *join;
	struct world *world;
	struct names names;
	struct rows rows;
	struct gaps gaps;
	struct tally tally, policies;	/* of REPORT_OVERVIEW both, else the first */
	struct page *page;		/* of REPORT_OVERVIEW; else NULL */
	struct stamp why;		/* the event that is asked for */
	bool found;			/* something is about the subject */
	uint32_t why_container;		/* index + 1 */
	struct session why_session;
	bool why_has_session;
	enum join_by why_by;
	text_id subject_name;
	uint32_t subject_uid;		/* of a login that is a number; else FACTS_UNSET */
};

struct view {
	bool with_container;		/* text has a column for it */
	bool needs_subject;
	/* Shown? *note says why, or stays NULL. NULL: no event is shown. */
	bool (*shows)(struct report *p, const struct gathered *ev, const struct facts *x, const struct verdict *v, const char **note);
	/* Behind the events; or NULL. */
	int (*end)(struct report *p, struct err *e);
};
extern const struct view views[REPORT_VIEW_COUNT];

/* The person is the one of --user or of the subject: by name or number. */
bool view_is_person(struct report *p, const char *login, const struct facts *x);

const char *view_state(const struct container *c);	/* tables.c: "running" */
/* The login's name, its number or "unset". */
const char *view_person(struct report *p, uint32_t auid, char buf[static 16]);
/* "session 31: alice, from login session 3 from 10.0.2.2 ..."; safe for a terminal. */
int view_session_words(struct report *p, struct str *t, const struct session *own, struct err *e) MUST_CHECK;
/* What a reader must know to believe the report, by number; false: no more. */
bool report_note(const struct report *p, size_t i, uint64_t *ret_n, const char **ret_words);	/* report.c */

int view_containers(struct report *p, struct err *e) MUST_CHECK;	/* tables.c */
int view_images(struct report *p, struct err *e) MUST_CHECK;
int view_policies(struct report *p, struct err *e) MUST_CHECK;
int view_compliance(struct report *p, struct err *e) MUST_CHECK;	/* compliance.c */
int view_why(struct report *p, struct err *e) MUST_CHECK;		/* why.c */
int view_sessions(struct report *p, struct err *e) MUST_CHECK;		/* sessions behind a container's story */

#endif
