/* SPDX-License-Identifier: Apache-2.0 */
/* seal.c - the only maker of a sealed plan. */
#include <string.h>

#include "policy/policy.h"
#include "policy/sealed.h"
#include "policy/verdict.h"

struct sealed_plan {
	struct plan *plan;
	char *text;
	struct digest digest;
};

const struct plan *sealed_plan(const struct sealed_plan *s)
{
	return s->plan;
}

const char *sealed_text(const struct sealed_plan *s)
{
	return s->text;
}

const struct digest *sealed_digest(const struct sealed_plan *s)
{
	return &s->digest;
}

void sealed_free(struct sealed_plan *s)
{
	if (!s)
		return;
	plan_free(s->plan);
	free(s->text);
	free(s);
}

static int refuse(const struct verdict *v, struct err *e)
{
	for (size_t i = 0; i < v->len; i++) {
		const struct policy_reason *r = &v->reason[i];

		if (r->denied && !r->observed)
			return err_set(e, ERR_POLICY, 0, "%s: %s (%s at %s)", r->field, r->text, r->rule, r->at);
	}
	return err_set(e, ERR_POLICY, 0, "denied");
}

/*
 * "user:role:type:level": the parts that were decided must be those of the label that will be set. A level that was
 * asked for may be spelt otherwise than the kernel spells it, and the policy has allowed it by name.
 */
static int check_label(const struct plan_selinux *se, struct err *e)
{
	auto_str struct str end = { 0 };
	const char *part = se->process_label;

	if (!part)
		return 0;
	for (int i = 0; i < 2 && part; i++) {
		part = strchr(part, ':');
		part = part ? part + 1 : NULL;
	}
	if (str_addf(&end, e, "%s:%s", se->type ? se->type : "", se->level && !se->shared_level ? se->level : ""))
		return -1;
	if (!part || (se->shared_level ? !str_starts(part, end.text) : strcmp(part, end.text) != 0))
		return err_set(e, ERR_LABEL, 0, "label %.200s is not of the type and level that were decided: %s",
			       se->process_label, end.text);
	return 0;
}

int policy_seal(const struct verdict *v, struct plan **plan, struct sealed_plan **ret, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *s = NULL;
	auto_free char *now = NULL;

	if (!verdict_allows(v))
		return refuse(v, e);
	if (verdict_text(*plan, &now, e))
		return -1;
	if (strcmp(now, v->decided) != 0)
		return err_set(e, ERR_INTERNAL, 0, "the plan was changed after it was decided about");
	if (check_label(&(*plan)->selinux, e))
		return -1;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(e, ERR_SYSTEM, ENOMEM, "sealed plan");
	if (plan_text(*plan, &s->text, e) || plan_digest(s->text, &s->digest, e))
		return -1;
	s->plan = take_ptr(plan);
	*ret = take_ptr(&s);
	return 0;
}

int policy_unseal(const char *text, size_t len, const char *expected, struct sealed_plan **ret, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(e, ERR_SYSTEM, ENOMEM, "sealed plan");
	if (digest_bytes(text, len, &s->digest, e))
		return -1;
	if (strcmp(s->digest.text, expected) != 0)
		return err_set(e, ERR_DIGEST, 0, "sealed plan: is %s, the container was started with %.80s",
			       s->digest.text, expected);
	s->text = strndup(text, len);
	if (!s->text)
		return err_set(e, ERR_SYSTEM, ENOMEM, "sealed plan");
	if (plan_read(text, len, "sealed plan", &s->plan, e))
		return -1;
	*ret = take_ptr(&s);
	return 0;
}
