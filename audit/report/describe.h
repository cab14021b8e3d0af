/* SPDX-License-Identifier: Apache-2.0 */
/* describe.h - one event, gathered from its records, in words for a person. */
#ifndef SECCTR_AUDIT_REPORT_DESCRIBE_H
#define SECCTR_AUDIT_REPORT_DESCRIBE_H

#include "audit/report/join.h"
#include "audit/report/scan.h"

struct event {
	uint32_t auid, ses;		/* as the kernel stamped them; UINT32_MAX */
	bool known;			/* a record carried auid */
	bool untrusted;
	const char *result;		/* "success", "failed", "denied" or "" */
	char kind[24];			/* record type that says most */
	struct str who;			/* auditd's name of auid, or empty */
	struct str what, command, call, path;	/* terminal-safe; joined by event_text() */
};

/* Take one more record of the event. */
int event_add(struct event *ev, const struct scan_line *line, struct err *e) MUST_CHECK;
/* Append the whole description. */
int event_text(const struct event *ev, struct str *ret, struct err *e) MUST_CHECK;
void event_done(struct event *ev);

#endif
