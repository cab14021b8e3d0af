/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.h - the reasons of a decision, inside this module.
 *
 * A denial is soft when the file it comes from says Mode=observe and the rule can be observed at all.
 * One that is not soft decides, whatever the others say.
 */
#ifndef SECCTR_POLICY_VERDICT_H
#define SECCTR_POLICY_VERDICT_H

#include "policy/policy.h"

struct verdict {
	struct policy_reason reason[POLICY_REASONS_MAX];
	size_t len;
	bool denied, hard;		/* hold also when the list of reasons is full */
	char *decided;			/* verdict_text() of the plan that was decided about */
};

/*
 * The plan's canonical text without what is only known once it may run: level and labels and
 * ranges of ids from the ledgers,
 * cgroup manager. policy_seal() compares: a plan that was changed after the decision is not sealed.
 */
int verdict_text(struct plan *p, char **ret, struct err *e) MUST_CHECK;

#endif
