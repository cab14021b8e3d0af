/* SPDX-License-Identifier: Apache-2.0 */
/* policy_text.h - for the tests of this folder: a policy from text, a draft, a decision, in one call each. */
#ifndef SECCTR_TESTS_POLICY_TEXT_H
#define SECCTR_TESTS_POLICY_TEXT_H

#include "launcher/plan/plan.h"
#include "policy/keys.h"
#include "policy/policy.h"

#define TEST_ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A policy "t" of the file /t.policy; NULL and *e when it is refused. */
static inline struct policy *text_policy(const char *text, struct err *e)
{
	AUTO(policy_free_auto) struct policy *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	if (str_copy("t", &p->name, e) || str_copy("/t.policy", &p->path, e) ||
	    digest_bytes(text, strlen(text), &p->digest, e) || keys_init(p, e) ||
	    keys_read(p, text, strlen(text), e))
		return NULL;
	return take_ptr(&p);
}

static inline struct policy *good_policy(const char *text)
{
	struct err e = { 0 };
	struct policy *p = text_policy(text, &e);

	if (!p)
		fail_msg("%s", e.text);
	return p;
}

/* What the command line asks for at least: an image, a command, the standard mounts. */
static inline struct plan *small_draft(void)
{
	struct err e = { 0 };
	struct plan *p;

	assert_int_equal(plan_new(&p, &e), 0);
	p->origin = PLAN_CLI;
	assert_int_equal(str_copy(TEST_ID, &p->id, &e) | str_copy("web-1", &p->name, &e) |
			 str_copy("example.org/web:1", &p->root.image, &e) |
			 str_copy("sha256:" TEST_ID, &p->root.image_digest, &e) |
			 strv_add(&p->root.layers, TEST_ID, &e) | strv_add(&p->process.argv, "/bin/true", &e) |
			 plan_add_standard(p, &e), 0);
	return p;
}

struct decided {
	struct verdict *v;
	struct plan *plan;
};

static inline void decided_done(struct decided *d)
{
	verdict_free(d->v);
	plan_free(d->plan);
}
#define auto_decided AUTO(decided_done)

static const struct policy_who test_who = { .auid = 1000, .uid = 0, .op = "run" };
static const struct policy_facts test_facts = { true, true, true };

static inline struct decided decide_on(const struct policy *p, const struct policy *site, const struct plan *draft)
{
	struct decided d = { 0 };
	struct err e = { 0 };

	if (policy_decide(p, site, draft, &test_who, &test_facts, &d.v, &d.plan, &e))
		fail_msg("%s", e.text);
	return d;
}

/* "FIELD: TEXT (RULE at AT)" of the first denial; "" if there is none. */
static inline const char *first_denial(const struct verdict *v)
{
	static char text[1024];

	for (size_t i = 0; i < verdict_count(v); i++) {
		const struct policy_reason *r = verdict_at(v, i);

		if (!r->denied)
			continue;
		snprintf(text, sizeof(text), "%s: %s (%s at %s)", r->field, r->text, r->rule, r->at);
		return text;
	}
	return "";
}

#endif
