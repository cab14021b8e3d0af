/* SPDX-License-Identifier: Apache-2.0 */
/* rules_process.c - rows about the process: user, capabilities, system calls, limits. */
#include <string.h>

#include "launcher/base/path.h"
#include "launcher/plan/syscalls.h"
#include "launcher/plan/caps.h"
#include "policy/key_checks.h"
#include "policy/rules.h"

/* The request knew no user, so it could not know the home either. */
static int fill_home(struct decision *d)
{
	struct strv *env = &d->plan->process.env;

	if (strv_env(env, "HOME"))
		return 0;
	return strv_add(env, d->plan->process.user.uid == 0 ? "HOME=/root" : "HOME=/", d->e);
}

static int fill_user(struct decision *d, const struct rule *r)
{
	struct plan_user *u = &d->plan->process.user;
	const struct key_value *v = rule_value(d, KEY_USER);

	if (d->is_site)
		return 0;
	if (u->uid == FIELD_NONE) {
		u->uid = v->num;
		if (u->gid == FIELD_NONE)
			u->gid = v->num2;
		if (fill_home(d))
			return -1;
		return rule_filled(d, r, KEY_USER, "%lld:%lld", (long long)u->uid, (long long)u->gid);
	}
	/* As Podman: a UID without an account in the image has the group 0. */
	if (u->gid == FIELD_NONE)
		u->gid = 0;
	return 0;
}

static int check_user(struct decision *d, const struct rule *r)
{
	const struct plan_user *u = &d->plan->process.user;
	const struct key_value *v = rule_value(d, KEY_USER);

	if (key_is_set(d->p, KEY_ALLOW_USER)) {
		if (!key_ids_have(&rule_value(d, KEY_ALLOW_USER)->list, u->uid))
			return rule_denied(d, r, KEY_ALLOW_USER, "UID %lld is not among the allowed ones",
					   (long long)u->uid);
		return 0;
	}
	if (key_is_set(d->p, KEY_USER) && (u->uid != v->num || u->gid != v->num2))
		return rule_denied(d, r, KEY_USER, "%lld:%lld is not %lld:%lld", (long long)u->uid,
				   (long long)u->gid, (long long)v->num, (long long)v->num2);
	return 0;
}

static int check_groups(struct decision *d, const struct rule *r)
{
	const struct plan_user *u = &d->plan->process.user;
	const struct strv *allowed = &rule_value(d, KEY_ALLOW_GROUPS)->list;

	if (!key_is_set(d->p, KEY_ALLOW_GROUPS))
		return 0;
	if (!key_ids_have(allowed, u->gid) &&
	    rule_denied(d, r, KEY_ALLOW_GROUPS, "GID %lld is not among the allowed ones", (long long)u->gid))
		return -1;
	for (size_t i = 0; i < u->groups.len; i++) {
		uint64_t gid;

		if (str_to_u64(u->groups.item[i], 0, UINT32_MAX - 1, "group", &gid, d->e))
			return -1;
		if (!key_ids_have(allowed, (int64_t)gid) &&
		    rule_denied(d, r, KEY_ALLOW_GROUPS, "GID %llu is not among the allowed ones",
				(unsigned long long)gid))
			return -1;
	}
	return 0;
}

static int fill_nnp(struct decision *d, const struct rule *r)
{
	int *nnp = &d->plan->process.no_new_privs;

	if (d->is_site || *nnp >= 0)
		return 0;
	*nnp = (int)rule_value(d, r->key)->num;
	return rule_filled(d, r, r->key, "%s", *nnp ? "yes" : "no");
}

static int check_nnp(struct decision *d, const struct rule *r)
{
	if (rule_bounds(d, r->key) && rule_value(d, r->key)->num && d->plan->process.no_new_privs == 0)
		return rule_denied(d, r, r->key, "new privileges are not allowed");
	return 0;
}

static int widen_nnp(struct decision *d, const struct rule *r)
{
	return d->plan->process.no_new_privs ? 0 : rule_widened(d, r, r->key, "no");
}

static int bits_of(struct decision *d, enum key k, uint64_t *ret)
{
	return caps_parse(&rule_value(d, k)->list, ret, d->e);
}

/* A bundle names its sets itself; the command line adds to and takes from the policy's. */
static bool caps_are_exact(const struct plan *p)
{
	return p->origin == PLAN_OCI || p->process.cap_bound.len;
}

static int fill_bound(struct decision *d, const struct rule *r)
{
	struct plan_process *pr = &d->plan->process;
	uint64_t bound, add, drop;
	bool asked = pr->cap_add.len || pr->cap_drop.len;

	if (d->is_site || caps_are_exact(d->plan))
		return 0;
	if (bits_of(d, KEY_CAP_BOUND, &bound) || caps_parse(&pr->cap_add, &add, d->e) ||
	    caps_parse(&pr->cap_drop, &drop, d->e))
		return -1;
	/* Podman's meaning: "drop ALL, add X" is X; "add ALL, drop X" is all but X. */
	if (strv_has(&pr->cap_drop, "ALL"))
		bound = 0;
	else
		add &= ~drop;
	bound = (bound & ~drop) | add;
	if (caps_format(bound, &pr->cap_bound, d->e))
		return -1;
	return asked ? 0 : rule_filled(d, r, r->key, "%zu capabilities", pr->cap_bound.len);
}

static int check_bound(struct decision *d, const struct rule *r)
{
	uint64_t have, ceiling, more;
	enum key k = key_is_set(d->p, KEY_ALLOW_CAPS) ? KEY_ALLOW_CAPS : KEY_CAP_BOUND;

	if (caps_parse(&d->plan->process.cap_bound, &have, d->e) || bits_of(d, KEY_CAP_BOUND, &ceiling) ||
	    bits_of(d, KEY_ALLOW_CAPS, &more))
		return -1;
	for (int bit = 0; !d->is_site && bit < CAPS_COUNT; bit++)
		if (have & caps_never & UINT64_C(1) << bit &&
		    rule_forbidden(d, r, KEY_COUNT, "%s is never given to a container", caps_name(bit)))
			return -1;
	if (!rule_bounds(d, KEY_CAP_BOUND) && !rule_bounds(d, KEY_ALLOW_CAPS))
		return 0;
	have &= ~(ceiling | more | caps_never);
	for (int bit = 0; bit < CAPS_COUNT; bit++)
		if (have & UINT64_C(1) << bit &&
		    rule_denied(d, r, k, "%s is not in the bounding set", caps_name(bit)))
			return -1;
	return 0;
}

static int widen_caps(struct decision *d, const struct rule *r)
{
	auto_str struct str s = { 0 };
	const struct strv *v = r->key == KEY_CAP_BOUND ? &d->plan->process.cap_bound
						       : &d->plan->process.cap_ambient;

	for (size_t i = 0; i < v->len; i++)
		if (str_addf(&s, d->e, "%s%s", i ? " " : "", v->item[i]))
			return -1;
	return v->len ? rule_widened(d, r, r->key, "%s", s.text) : 0;
}

static int fill_ambient(struct decision *d, const struct rule *r)
{
	struct plan_process *pr = &d->plan->process;
	uint64_t bound, ambient;

	(void)r;
	if (d->is_site || d->plan->origin == PLAN_OCI)
		return 0;
	/* Root has its bounding set by being root; ambient ones are for the others. */
	if (caps_parse(&pr->cap_bound, &bound, d->e) || bits_of(d, KEY_CAP_AMBIENT, &ambient))
		return -1;
	ambient = pr->user.uid == 0 ? 0 : ambient & bound;
	if (caps_format(ambient, &pr->cap_ambient, d->e) ||
	    caps_format(pr->user.uid == 0 ? bound : ambient, &pr->cap_effective, d->e))
		return -1;
	return 0;
}

static int check_ambient(struct decision *d, const struct rule *r)
{
	uint64_t have, allowed;

	if (!rule_bounds(d, r->key))
		return 0;
	if (caps_parse(&d->plan->process.cap_ambient, &have, d->e) || bits_of(d, r->key, &allowed))
		return -1;
	for (int bit = 0; bit < CAPS_COUNT; bit++)
		if (have & ~allowed & UINT64_C(1) << bit &&
		    rule_denied(d, r, r->key, "%s is not among the ambient capabilities", caps_name(bit)))
			return -1;
	return 0;
}

static int check_effective(struct decision *d, const struct rule *r)
{
	uint64_t effective, ambient, bound;

	if (caps_parse(&d->plan->process.cap_effective, &effective, d->e) ||
	    caps_parse(&d->plan->process.cap_ambient, &ambient, d->e) ||
	    caps_parse(&d->plan->process.cap_bound, &bound, d->e))
		return -1;
	return (effective | ambient) & ~bound
		? rule_forbidden(d, r, KEY_COUNT, "a capability is not in the process's own bounding set") : 0;
}

static int fill_filter(struct decision *d, const struct rule *r)
{
	struct plan_seccomp *s = &d->plan->seccomp;
	const struct strv *policy = &rule_value(d, KEY_SYSCALLS)->list;

	if (d->is_site || s->none || s->filter.len || s->rules.len || s->default_action)
		return 0;
	if (strv_has(policy, "none"))
		s->none = true;
	else if (strv_has(policy, "bundle") ? strv_add(&s->filter, "@container-default", d->e)
					    : strv_copy(&s->filter, policy, d->e))
		return -1;
	return rule_filled(d, r, r->key, "%s", s->none ? "none" : s->filter.item[0]);
}

static bool same_words(const struct strv *a, const struct strv *b)
{
	for (size_t i = 0; i < a->len && i < b->len; i++)
		if (strcmp(a->item[i], b->item[i]) != 0)
			return false;
	return a->len == b->len;
}

static int check_filter(struct decision *d, const struct rule *r)
{
	const struct plan_seccomp *s = &d->plan->seccomp;
	const struct strv *bound = &rule_value(d, KEY_SYSCALLS)->list;

	if (!rule_bounds(d, r->key) || strv_has(bound, "none"))
		return 0;
	if (s->none)
		return rule_denied(d, r, r->key, "running without a system call filter is not allowed");
	if (s->rules.len || s->default_action)
		return strv_has(bound, "bundle") ? 0
			: rule_denied(d, r, r->key, "a bundle's own filter is not allowed");
	if (strv_has(bound, "bundle"))
		return syscalls_widens(&s->filter)
			? rule_denied(d, r, r->key, "the filter is wider than @container-default") : 0;
	if (!same_words(&s->filter, bound) && !syscalls_within(&s->filter, bound))
		return rule_denied(d, r, r->key, "the filter allows system calls that the policy does not");
	return 0;
}

static int widen_filter(struct decision *d, const struct rule *r)
{
	const struct plan_seccomp *s = &d->plan->seccomp;
	auto_str struct str all = { 0 };

	if (s->none)
		return rule_widened(d, r, r->key, "none");
	if (s->rules.len || s->default_action)
		return rule_widened(d, r, r->key, "bundle");
	if (!syscalls_widens(&s->filter))
		return 0;
	for (size_t i = 0; i < s->filter.len; i++)
		if (str_addf(&all, d->e, "%s%s", i ? " " : "", s->filter.item[i]))
			return -1;
	return rule_widened(d, r, r->key, "%s", all.text);
}

static int check_listener(struct decision *d, const struct rule *r)
{
	const char *path = d->plan->seccomp.listener;
	const struct strv *allowed = &rule_value(d, r->key)->list;

	if (!path || !rule_bounds(d, r->key))
		return 0;
	for (size_t i = 0; i < allowed->len; i++)
		if (path_has_prefix(path, allowed->item[i]))
			return 0;
	return rule_denied(d, r, r->key, "%.200s may not be told of system calls", path);
}

static int widen_listener(struct decision *d, const struct rule *r)
{
	return d->plan->seccomp.listener ? rule_widened(d, r, r->key, "%.400s", d->plan->seccomp.listener) : 0;
}

/* "wait-killable" is about who waits for the listener, and nobody else. */
static int check_flags(struct decision *d, const struct rule *r)
{
	const struct strv *flags = &d->plan->seccomp.flags;

	for (size_t i = 0; rule_bounds(d, r->key) && i < flags->len; i++)
		if (strcmp(flags->item[i], "wait-killable") != 0 && !strv_has(&rule_value(d, r->key)->list, flags->item[i]) &&
		    rule_denied(d, r, r->key, "the filter's flag %.32s is not allowed", flags->item[i]))
			return -1;
	return 0;
}

static int widen_flags(struct decision *d, const struct rule *r)
{
	const struct strv *flags = &d->plan->seccomp.flags;

	for (size_t i = 0; i < flags->len; i++)
		if (strcmp(flags->item[i], "wait-killable") != 0 && rule_widened(d, r, r->key, "%.32s", flags->item[i]))
			return -1;
	return 0;
}

static bool has_limit(const struct field_list *limits, const char *name)
{
	for (size_t i = 0; i < limits->len; i++)
		if (strcmp(FIELD_AT(limits, struct plan_limit, i)->name, name) == 0)
			return true;
	return false;
}

static uint64_t limit_of(int64_t n)
{
	return n == KEY_INFINITY ? UINT64_MAX : (uint64_t)n;
}

static int fill_limits(struct decision *d, const struct rule *r)
{
	struct field_list *limits = &d->plan->process.limits;

	for (int k = KEY_LIMIT_AS; !d->is_site && k <= KEY_LIMIT_STACK; k++) {
		const struct key_value *v = rule_value(d, (enum key)k);
		struct plan_limit *limit;
		char name[32];

		snprintf(name, sizeof(name), "RLIMIT_%s", key_defs[k].key + strlen("Limit"));
		if ((!v->line && v->num == KEY_INFINITY) || has_limit(limits, name))
			continue;
		limit = field_list_add(limits, plan_limit_fields, sizeof(*limit));
		if (!limit)
			return err_set(d->e, ERR_SYSTEM, ENOMEM, "limits");
		limit->soft = limit_of(v->num);
		limit->hard = limit_of(v->num2);
		if (str_copy(name, &limit->name, d->e) || rule_filled(d, r, (enum key)k, "%s", v->text))
			return -1;
	}
	return 0;
}

static int check_limits(struct decision *d, const struct rule *r)
{
	const struct field_list *limits = &d->plan->process.limits;

	for (size_t i = 0; i < limits->len; i++) {
		const struct plan_limit *l = FIELD_AT(limits, struct plan_limit, i);
		int k = key_of_limit(l->name);

		if (k < 0) {
			if (rule_forbidden(d, r, KEY_COUNT, "%.32s is no limit", l->name))
				return -1;
			continue;
		}
		if (l->soft > l->hard &&
		    rule_forbidden(d, r, KEY_COUNT, "%s: the soft limit is above the hard one", l->name))
			return -1;
		if (rule_bounds(d, (enum key)k) && l->hard > limit_of(rule_value(d, (enum key)k)->num2) &&
		    rule_denied(d, r, (enum key)k, "%s of %llu is above the policy's hard limit", l->name,
				(unsigned long long)l->hard))
			return -1;
	}
	return 0;
}

static int fill_oom(struct decision *d, const struct rule *r)
{
	int64_t *score = &d->plan->process.oom_score_adj;

	if (d->is_site || *score != FIELD_NONE)
		return 0;
	*score = rule_value(d, r->key)->num;
	return rule_filled(d, r, r->key, "%lld", (long long)*score);
}

static int check_oom(struct decision *d, const struct rule *r)
{
	int64_t score = d->plan->process.oom_score_adj;

	/* Lower is safer from the kernel's choice, so the policy's value is a floor. */
	if (rule_bounds(d, r->key) && score < rule_value(d, r->key)->num)
		return rule_denied(d, r, r->key, "%lld is below the policy's %s", (long long)score,
				   rule_value(d, r->key)->text);
	return 0;
}

static int fill_umask(struct decision *d, const struct rule *r)
{
	if (d->is_site || d->plan->process.umask != FIELD_NONE)
		return 0;
	d->plan->process.umask = rule_value(d, r->key)->num;
	return rule_filled(d, r, r->key, "%s", rule_value(d, r->key)->text);
}

static int check_host_env(struct decision *d, const struct rule *r)
{
	if (d->plan->process.host_env && rule_bounds(d, r->key) && !rule_value(d, r->key)->num)
		return rule_denied(d, r, r->key, "the caller's whole environment is not allowed");
	return 0;
}

static int widen_host_env(struct decision *d, const struct rule *r)
{
	return d->plan->process.host_env ? rule_widened(d, r, r->key, "yes") : 0;
}

static int check_preserve(struct decision *d, const struct rule *r)
{
	int64_t n = d->plan->process.preserve_fds;

	if (n > 0 && rule_bounds(d, r->key) && n > rule_value(d, r->key)->num)
		return rule_denied(d, r, r->key, "%lld descriptors of the caller are more than %s", (long long)n,
				   rule_value(d, r->key)->text);
	return 0;
}

static int widen_preserve(struct decision *d, const struct rule *r)
{
	int64_t n = d->plan->process.preserve_fds;

	return n > 0 ? rule_widened(d, r, r->key, "%lld", (long long)n) : 0;
}

/* Whose name space it would be set in, if not the container's own. */
static const char *shares(const struct plan *p, const char *sysctl)
{
	const struct plan_ns *ns = &p->ns[str_starts(sysctl, "net.") ? PLAN_NS_NET : PLAN_NS_IPC];

	return ns->mode == PLAN_NS_NEW ? NULL : ns->mode == PLAN_NS_HOST ? "the host's" : "another container's";
}

static int check_sysctls(struct decision *d, const struct rule *r)
{
	const struct strv *allowed = &rule_value(d, r->key)->list, *asked = &d->plan->sysctls;

	for (size_t i = 0; i < asked->len; i++) {
		auto_free char *name = NULL;
		bool match = false;
		const char *shared;
		struct err why;

		if (str_copy(asked->item[i], &name, d->e))
			return -1;
		name[strcspn(name, "=")] = '\0';
		if (!d->is_site && (check_sysctl(name, &why) || strpbrk(name, "*?/") || strstr(name, ".."))) {
			if (rule_forbidden(d, r, KEY_COUNT, "%.64s is no setting of a container's own name spaces", name))
				return -1;
			continue;
		}
		shared = shares(d->plan, name);
		if (!d->is_site && shared && rule_forbidden(d, r, KEY_COUNT, "%.64s would change %s name space", name, shared))
			return -1;
		for (size_t k = 0; k < allowed->len; k++)
			match |= str_matches(allowed->item[k], name);
		if (!match && rule_bounds(d, r->key) && rule_denied(d, r, r->key, "%.64s is not allowed", name))
			return -1;
	}
	return 0;
}

/* What puts it in front of its neighbours, as a word of AllowScheduling=; NULL: nothing. */
static const char *asks_scheduler(const struct plan *p)
{
	return p->process.scheduler >= PLAN_SCHED_FIFO ? plan_scheduler_words[p->process.scheduler] : NULL;
}

static const char *asks_nice(const struct plan *p)
{
	return p->process.nice != FIELD_NONE && p->process.nice < 0 ? "nice" : NULL;
}

static const char *asks_io_class(const struct plan *p)
{
	return p->process.io_class == PLAN_IO_REALTIME ? "realtime-io" : NULL;
}

static const char *asked_of(const struct plan *p, const struct rule *r)
{
	return strcmp(r->field, "process.nice") == 0 ? asks_nice(p) : strcmp(r->field, "process.ioClass") == 0 ? asks_io_class(p) : asks_scheduler(p);
}

static int check_scheduling_of(struct decision *d, const struct rule *r)
{
	const char *word = asked_of(d->plan, r);

	if (!word || !rule_bounds(d, r->key) || strv_has(&rule_value(d, r->key)->list, word))
		return 0;
	return rule_denied(d, r, r->key, "%s is not allowed", word);
}

static int widen_scheduling(struct decision *d, const struct rule *r)
{
	const char *word = asked_of(d->plan, r);

	return word ? rule_widened(d, r, r->key, "%s", word) : 0;
}

static int check_apparmor(struct decision *d, const struct rule *r)
{
	return d->plan->process.apparmor ? rule_forbidden(d, r, KEY_COUNT, "AppArmor is not used: labels are SELinux's")
					 : 0;
}

const struct rule process_rules[] = {
	{ "process.user", KEY_USER, fill_user, check_user, NULL, 0 },
	{ "process.user.groups", KEY_ALLOW_GROUPS, NULL, check_groups, NULL, 0 },
	{ "process.noNewPrivileges", KEY_NO_NEW_PRIVS, fill_nnp, check_nnp, widen_nnp, 0 },
	{ "process.capBounding", KEY_CAP_BOUND, fill_bound, check_bound, widen_caps, 0 },
	{ "process.capAmbient", KEY_CAP_AMBIENT, fill_ambient, check_ambient, widen_caps, 0 },
	{ "process.capEffective", KEY_COUNT, NULL, check_effective, NULL, 0 },
	{ "process.rlimits", KEY_LIMIT_NOFILE, fill_limits, check_limits, NULL, 0 },
	{ "process.oomScoreAdj", KEY_OOM_SCORE, fill_oom, check_oom, NULL, 0 },
	{ "process.umask", KEY_UMASK, fill_umask, NULL, NULL, 0 },
	{ "process.hostEnvironment", KEY_HOST_ENV, NULL, check_host_env, widen_host_env, 0 },
	{ "process.preserveFds", KEY_PRESERVE_FDS, NULL, check_preserve, widen_preserve, 0 },
	{ "process.scheduler", KEY_SCHEDULING, NULL, check_scheduling_of, widen_scheduling, 0 },
	{ "process.nice", KEY_SCHEDULING, NULL, check_scheduling_of, widen_scheduling, 0 },
	{ "process.ioClass", KEY_SCHEDULING, NULL, check_scheduling_of, widen_scheduling, 0 },
	{ "process.apparmor", KEY_COUNT, NULL, check_apparmor, NULL, 0 },
	{ "seccomp", KEY_SYSCALLS, fill_filter, check_filter, widen_filter, 0 },
	{ "seccomp.listener", KEY_SECCOMP_LISTENERS, NULL, check_listener, widen_listener, 0 },
	{ "seccomp.flags", KEY_SECCOMP_FLAGS, NULL, check_flags, widen_flags, 0 },
	{ "sysctls", KEY_ALLOW_SYSCTLS, NULL, check_sysctls, NULL, 0 },
	{ NULL, KEY_COUNT, NULL, NULL, NULL, 0 },
};
