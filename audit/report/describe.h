/* SPDX-License-Identifier: Apache-2.0 */
/* describe.h - one event in words for a person, and its commands' words. */
#ifndef SECCTR_AUDIT_REPORT_DESCRIBE_H
#define SECCTR_AUDIT_REPORT_DESCRIBE_H

#include "audit/report/join.h"

/* What a description is made of; kept from event to event for its memory. */
struct describe {
	struct str what, command, call, path;
	/* Of the last event: the name of its call, in front of `call`; the path that it was about. For who needs them again. */
	size_t call_name;
	const struct line *path_line;
};

/* Append the whole description of the event to *ret, safe for a terminal. */
int describe_event(struct describe *d, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct str *ret,
		   struct err *e) MUST_CHECK;
void describe_done(struct describe *d);

/* "success", "failed", "denied" or "". */
const char *describe_result(const struct facts *x, const struct verdict *v);
/* The type of the record that says most. */
struct span describe_kind(const struct gathered *ev, const struct facts *x);
/* Name of the system call: auditd's, else libaudit's, else the number. */
int describe_syscall(const struct line *l, struct str *to, struct err *e) MUST_CHECK;

#endif
