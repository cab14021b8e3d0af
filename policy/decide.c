/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c - running the rows: fill, check, check again for the site, note what is wide. */
#include <stdarg.h>
#include <string.h>

#include "policy/rules.h"

enum {
	AT_MAX = 4096 + 16,
	FILLED_MAX = POLICY_REASONS_MAX - 64,	/* so that defaults never crowd out a denial */
};

static const struct rule *const tables[] = { process_rules, file_rules, host_rules, resource_rules };

void verdict_free(struct verdict *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->len; i++) {
		free(v->reason[i].field);
		free(v->reason[i].rule);
		free(v->reason[i].at);
		free(v->reason[i].text);
	}
	free(v->decided);
	free(v);
}

bool verdict_allows(const struct verdict *v)
{
	return !v->hard;
}

bool verdict_observed(const struct verdict *v)
{
	return v->denied && !v->hard;
}

size_t verdict_count(const struct verdict *v)
{
	return v->len;
}

const struct policy_reason *verdict_at(const struct verdict *v, size_t i)
{
	return &v->reason[i];
}

bool rule_bounds(const struct decision *d, enum key k)
{
	return !d->is_site || key_is_set(d->p, k);
}

static int add_reason(struct decision *d, const struct rule *r, enum key k, bool denied, const char *fmt,
		      va_list ap)
{
	struct verdict *v = d->v;
	struct policy_reason *to = &v->reason[v->len];
	char text[512], at[AT_MAX];

	if (v->len >= (size_t)(denied ? POLICY_REASONS_MAX : FILLED_MAX))
		return 0;
	vsnprintf(text, sizeof(text), fmt, ap);
	*to = (struct policy_reason){ .denied = denied };
	v->len++;
	if (str_copy(r->field, &to->field, d->e) || str_copy(text, &to->text, d->e) ||
	    str_print(&to->rule, d->e, "%s%s", k == KEY_COUNT ? "built-in rule" : key_defs[k].key,
		      k == KEY_COUNT ? "" : "=") ||
	    str_copy(k == KEY_COUNT ? "built-in" : key_at(d->p, k, 0, at, sizeof(at)), &to->at, d->e))
		return -1;
	return 0;
}

#define ADD_REASON(denied)						\
	va_list ap;							\
	int r_;								\
									\
	va_start(ap, fmt);						\
	r_ = add_reason(d, r, k, denied, fmt, ap);			\
	va_end(ap)

int rule_filled(struct decision *d, const struct rule *r, enum key k, const char *fmt, ...)
{
	ADD_REASON(false);
	return r_;
}

int rule_denied(struct decision *d, const struct rule *r, enum key k, const char *fmt, ...)
{
	bool soft = strcmp(d->p->v[KEY_MODE].text, "observe") == 0;
	size_t at = d->v->len;

	ADD_REASON(true);
	if (d->v->len > at)
		d->v->reason[at].observed = soft;
	d->v->denied = true;
	d->v->hard |= !soft;
	return r_;
}

int rule_forbidden(struct decision *d, const struct rule *r, enum key k, const char *fmt, ...)
{
	ADD_REASON(true);
	d->v->denied = d->v->hard = true;
	return r_;
}

int rule_widened(struct decision *d, const struct rule *r, enum key k, const char *fmt, ...)
{
	auto_str struct str s = { 0 };
	char value[512];
	va_list ap;

	(void)r;
	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	if (str_addf(&s, d->e, "%s=%s", key_defs[k].key, value))
		return -1;
	return strv_has(&d->plan->policy.widened, s.text) ? 0 : strv_add(&d->plan->policy.widened, s.text, d->e);
}

enum pass { PASS_FILL, PASS_CHECK, PASS_WIDEN };

static int run(struct decision *d, const struct policy *p, bool is_site, enum pass pass)
{
	d->p = p;
	d->is_site = is_site;
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct rule *r = tables[t]; r->field; r++) {
			int (*fn)(struct decision *, const struct rule *) =
				pass == PASS_FILL ? r->fill : pass == PASS_CHECK ? r->check : r->widen;

			/* What no key frees has been said once already. */
			if (is_site && pass == PASS_CHECK && r->key == KEY_COUNT)
				continue;
			if (fn && fn(d, r))
				return -1;
		}
	return 0;
}

static int name_policy(struct plan *plan, const struct policy *p, struct err *e)
{
	struct plan_policy *to = &plan->policy;

	free(to->name);
	free(to->path);
	free(to->digest);
	to->name = to->path = to->digest = NULL;
	to->observe = strcmp(p->v[KEY_MODE].text, "observe") == 0;
	strv_done(&to->widened);
	return str_copy(p->name, &to->name, e) || str_copy(p->path, &to->path, e) ||
	       str_copy(p->digest.text, &to->digest, e) ? -1 : 0;
}

int verdict_text(struct plan *p, char **ret, struct err *e)
{
	struct plan_selinux se = p->selinux;
	struct field_list uid_map = p->uid_map, gid_map = p->gid_map;
	int manager = p->cgroup_manager, r;

	if (p->ns[PLAN_NS_USER].mode == PLAN_NS_NEW && p->userns_size != FIELD_NONE)
		p->uid_map = p->gid_map = (struct field_list){ 0 };
	p->selinux.level = p->selinux.process_label = p->selinux.file_label = NULL;
	p->cgroup_manager = PLAN_CGROUP_OPEN;
	r = plan_text(p, ret, e);
	p->selinux = se;
	p->uid_map = uid_map;
	p->gid_map = gid_map;
	p->cgroup_manager = manager;
	return r;
}

int policy_decide(const struct policy *p, const struct policy *site, const struct plan *draft,
		  const struct policy_who *who, const struct policy_facts *facts, struct verdict **ret,
		  struct plan **ret_plan, struct err *e)
{
	AUTO(verdict_free_auto) struct verdict *v = calloc(1, sizeof(*v));
	auto_plan struct plan *plan = NULL;
	struct decision d = { .policy = p, .site = site, .who = who, .facts = facts, .v = v, .e = e };

	if (!v)
		return err_set(e, ERR_SYSTEM, ENOMEM, "verdict");
	if (plan_copy(draft, &plan, e) || name_policy(plan, p, e))
		return -1;
	d.plan = plan;
	if (run(&d, p, false, PASS_FILL) || (site && run(&d, site, true, PASS_FILL)) ||
	    run(&d, p, false, PASS_CHECK) || (site && run(&d, site, true, PASS_CHECK)) ||
	    run(&d, p, false, PASS_WIDEN) || verdict_text(plan, &v->decided, e))
		return -1;
	*ret = take_ptr(&v);
	*ret_plan = take_ptr(&plan);
	return 0;
}

/* The rows of a user's ids alone, with the plan that would have them. */
static int check_ids(struct decision *d, const struct policy *p, bool is_site)
{
	d->p = p;
	d->is_site = is_site;
	for (const struct rule *r = process_rules; r->field; r++)
		if (str_starts(r->field, "process.user") && r->check && r->check(d, r))
			return -1;
	return 0;
}

int policy_allows_user(const struct policy *p, const struct policy *site, const struct plan *changed, struct err *e)
{
	AUTO(verdict_free_auto) struct verdict *v = calloc(1, sizeof(*v));
	auto_plan struct plan *plan = NULL;
	struct decision d = { .policy = p, .site = site, .v = v, .e = e };

	if (!v)
		return err_set(e, ERR_SYSTEM, ENOMEM, "verdict");
	if (plan_copy(changed, &plan, e))
		return -1;
	d.plan = plan;
	if (check_ids(&d, p, false) || (site && check_ids(&d, site, true)))
		return -1;
	for (size_t i = 0; v->hard && i < v->len; i++)
		if (v->reason[i].denied && !v->reason[i].observed)
			return err_set(e, ERR_POLICY, 0, "%s: %s (%s at %s)", v->reason[i].field, v->reason[i].text,
				       v->reason[i].rule, v->reason[i].at);
	return 0;
}

bool policy_audit_required(const struct policy *p, const struct policy *site)
{
	return p->v[KEY_AUDIT_REQUIRE].num ||
	       (site && key_is_set(site, KEY_AUDIT_REQUIRE) && site->v[KEY_AUDIT_REQUIRE].num);
}

int policy_max_exposure(const struct policy *p, const struct policy *site, int64_t *ret, char **ret_at, struct err *e)
{
	const struct policy *files[] = { p, site };
	const struct policy *least = NULL;
	char at[4096 + 16];

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (files[i] && key_is_set(files[i], KEY_MAX_EXPOSURE) &&
		    (!least || files[i]->v[KEY_MAX_EXPOSURE].num < least->v[KEY_MAX_EXPOSURE].num))
			least = files[i];
	if (str_copy(least ? key_at(least, KEY_MAX_EXPOSURE, 0, at, sizeof(at)) : NULL, ret_at, e))
		return -1;
	*ret = least ? least->v[KEY_MAX_EXPOSURE].num : 10000000;
	return 0;
}
