/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - the rows that decide, and what a row may use.
 *
 * One row is one field of the plan. fill() gives it the policy's value where the request left it open;
 * check() compares what is there with the bound; widen() adds to plan->policy.widened what exceeds the
 * strict default. For the site policy check() runs again with the site's file, as a bound by those keys only that
 * this file sets (rule_bounds()). All return -1 only when no decision can be made.
 */
#ifndef SECCTR_POLICY_RULES_H
#define SECCTR_POLICY_RULES_H

#include "policy/keys.h"
#include "policy/policy.h"
#include "policy/verdict.h"

struct decision {
	const struct policy *p;		/* the file whose values count now */
	const struct policy *policy, *site;	/* site may be NULL */
	bool is_site;			/* p is the site policy */
	const struct policy_who *who;
	const struct policy_facts *facts;
	struct plan *plan;
	struct verdict *v;
	struct err *e;
};

struct rule {
	const char *field;		/* of the plan, dotted, as in its JSON */
	enum key key;			/* KEY_COUNT: no key frees it */
	int (*fill)(struct decision *d, const struct rule *r);
	int (*check)(struct decision *d, const struct rule *r);
	int (*widen)(struct decision *d, const struct rule *r);
	size_t offset;			/* of an int64_t field in struct plan, for rows that share a function */
};

extern const struct rule process_rules[], file_rules[], host_rules[], resource_rules[];	/* end with field NULL */

/* rules_host.c: what allows a name space of this enum plan_ns_mode, which is not the container's own. */
enum key rule_ns_key(int mode);
/* rules_userns.c */
int userns_check(struct decision *d, const struct rule *r) MUST_CHECK;
int userns_widen(struct decision *d, const struct rule *r) MUST_CHECK;

/* Whether the file at hand bounds by `k`: a policy always (its built-in value), the site only if set. */
bool rule_bounds(const struct decision *d, enum key k);

/* A default was filled in from key k. */
int rule_filled(struct decision *d, const struct rule *r, enum key k, const char *fmt, ...) PRINTF(4, 5) MUST_CHECK;
/* A denial by key k; soft if this file observes. */
int rule_denied(struct decision *d, const struct rule *r, enum key k, const char *fmt, ...) PRINTF(4, 5) MUST_CHECK;
/* A denial that neither a policy nor Mode=observe lifts; k may be KEY_COUNT. */
int rule_forbidden(struct decision *d, const struct rule *r, enum key k, const char *fmt, ...)
	PRINTF(4, 5) MUST_CHECK;
/* "KEY=VALUE" of what the plan has beyond the strict default. */
int rule_widened(struct decision *d, const struct rule *r, enum key k, const char *fmt, ...) PRINTF(4, 5) MUST_CHECK;

static inline const struct key_value *rule_value(const struct decision *d, enum key k)
{
	return &d->p->v[k];
}

#endif
