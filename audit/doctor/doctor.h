/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor.h - what on a host keeps the audit log from telling the truth, or from telling it later. One table of checks; each looks at facts.h
 * and at nothing else.
 */
#ifndef SECCTR_AUDIT_DOCTOR_DOCTOR_H
#define SECCTR_AUDIT_DOCTOR_DOCTOR_H

#include "audit/doctor/facts.h"

enum doctor_state {
	DOCTOR_GOOD,
	DOCTOR_BAD,		/* a finding */
	DOCTOR_UNSEEN,		/* could not be looked at, which is a finding too */
	DOCTOR_NOT_HERE,	/* the host has no such thing, and another check says whether it should */
};
enum doctor_severity { DOCTOR_HIGH, DOCTOR_MEDIUM, DOCTOR_LOW };

enum { DOCTOR_TEXT = 4096 };
struct doctor_result {
	char what[DOCTOR_TEXT];		/* what is so */
	char mend[DOCTOR_TEXT];		/* the commands that mend it, each on a line; "": nothing to do, or no command does it */
};

struct doctor_check {
	const char *id;			/* "backlog-limit"; words are only ever added */
	enum doctor_severity severity;
	const char *why;		/* why it matters */
	const char *controls;		/* "NIST 800-53 AU-5; PCI DSS 4.0 10.7.2": identifiers, as audit/report/compliance.c has them */
	enum doctor_state (*look)(const struct doctor_facts *f, struct doctor_result *r);
};

extern const struct doctor_check doctor_checks[];
extern const size_t doctor_checks_n;

const char *doctor_state_word(enum doctor_state s);		/* "good", "bad", "unseen", "not-here" */
const char *doctor_severity_word(enum doctor_severity s);	/* "high", "medium", "low" */

#endif
