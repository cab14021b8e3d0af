/* SPDX-License-Identifier: Apache-2.0 */
/* rules_host.c - rows about what is shared with the host: people, name spaces, resources, labels, records. */
#include <stddef.h>
#include <string.h>

#include "launcher/base/mcs_pair.h"
#include "launcher/base/path.h"
#include "policy/rules.h"
#include "policy/who.h"

enum { HOSTNAME_FROM_ID = 12 };		/* as Podman: the short id */

/* Who answers for the container. Nothing observes these away: a record without a person is no record. */
static int fill_auid(struct decision *d, const struct rule *r)
{
	uint32_t auid = d->who->auid;
	const char *at;

	if (d->is_site)
		return 0;
	if (auid == UINT32_MAX) {
		if (policy_unit_owner(d->p, d->site, &auid, &at, d->e))
			return -1;
		if (auid == UINT32_MAX)
			return rule_forbidden(d, r, r->key, "the login UID is unset and no owner is named");
		d->plan->audit.auid = auid;
		return rule_filled(d, r, r->key, "owner %u (%s)", auid, at);
	}
	d->plan->audit.auid = auid;
	return 0;
}

static int check_auid(struct decision *d, const struct rule *r)
{
	uint32_t owner = UINT32_MAX;
	char text[300];
	const char *at;
	bool yes;

	(void)r;
	if (d->who->auid == UINT32_MAX || !rule_bounds(d, KEY_ALLOW_LOGIN))
		return 0;
	/* The start of a unit, or of an engine without a login, is its owner's by the policy's own word. */
	if (d->plan->origin != PLAN_CLI && policy_unit_owner(d->policy, d->site, &owner, &at, d->e))
		return -1;
	if (owner != UINT32_MAX && owner == d->who->auid)
		return 0;
	if (who_is_among(&rule_value(d, KEY_ALLOW_LOGIN)->list, d->who->auid, &yes, d->e))
		return -1;
	return yes ? 0 : rule_forbidden(d, r, KEY_ALLOW_LOGIN, "login UID %s is not allowed",
					who_text(d->who->auid, text, sizeof(text)));
}

static int fill_require(struct decision *d, const struct rule *r)
{
	struct plan_audit *a = &d->plan->audit;

	(void)r;
	if (d->is_site && !key_is_set(d->p, KEY_AUDIT_REQUIRE))
		return 0;
	a->require |= rule_value(d, KEY_AUDIT_REQUIRE)->num != 0;
	return 0;
}

static int check_require(struct decision *d, const struct rule *r)
{
	if (!d->is_site && d->plan->audit.require && !d->facts->audit_ready)
		return rule_forbidden(d, r, r->key, "no audit record can be written, so nothing runs");
	return 0;
}

static int widen_require(struct decision *d, const struct rule *r)
{
	return d->plan->audit.require ? 0 : rule_widened(d, r, r->key, "no");
}

static int fill_record_exec(struct decision *d, const struct rule *r)
{
	if (!d->is_site || key_is_set(d->p, r->key))
		d->plan->audit.record_exec |= rule_value(d, r->key)->num != 0;
	return 0;
}

static int fill_session(struct decision *d, const struct rule *r)
{
	if (!d->is_site)
		d->plan->audit.new_session = strcmp(rule_value(d, r->key)->text, "own") == 0;
	return 0;
}

static const char *action_of(const struct strv *words, const char *situation)
{
	size_t n = strcspn(situation, "=") + 1;

	for (size_t i = 0; i < words->len; i++)
		if (strncmp(words->item[i], situation, n) == 0)
			return words->item[i];
	return NULL;
}

/* All four situations are written out, so that the plan does not depend on another version's defaults. */
static int fill_failure(struct decision *d, const struct rule *r)
{
	static const char *const defaults[] = { "start=refuse", "exec=refuse", "control=continue", "running=stop" };
	auto_str struct str s = { 0 };

	if (d->is_site)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
		const char *word = action_of(&rule_value(d, r->key)->list, defaults[i]);

		if (str_addf(&s, d->e, "%s%s", i ? " " : "", word ? word : defaults[i]))
			return -1;
	}
	free(d->plan->audit.on_lost);
	d->plan->audit.on_lost = NULL;
	return str_copy(s.text, &d->plan->audit.on_lost, d->e);
}

static int check_failure(struct decision *d, const struct rule *r)
{
	const struct strv *words = &rule_value(d, r->key)->list;

	if (!d->is_site || !key_is_set(d->p, r->key))
		return 0;
	for (size_t i = 0; i < words->len; i++)
		if (!str_ends(words->item[i], "=continue") &&
		    !strstr(d->plan->audit.on_lost, words->item[i]) &&
		    rule_denied(d, r, r->key, "the policy is weaker than %s", words->item[i]))
			return -1;
	return 0;
}

static int fill_net(struct decision *d, const struct rule *r)
{
	static const int net_of[] = { [PLAN_NS_NEW] = PLAN_NET_NONE, [PLAN_NS_HOST] = PLAN_NET_HOST,
				      [PLAN_NS_PATH] = PLAN_NET_PATH,
				      [PLAN_NS_CONTAINER] = PLAN_NET_CONTAINER };
	struct plan *p = d->plan;
	struct plan_ns *ns = &p->ns[PLAN_NS_NET];
	int mode;

	if (d->is_site)
		return 0;
	if (p->net == PLAN_NET_OPEN && ns->mode != PLAN_NS_OPEN) {
		p->net = net_of[ns->mode];
	} else if (p->net == PLAN_NET_OPEN) {
		p->net = (int)rule_value(d, KEY_NET_MODE)->num;
		if (rule_filled(d, r, KEY_NET_MODE, "%s", plan_net_words[p->net]))
			return -1;
	}
	mode = p->net == PLAN_NET_HOST ? PLAN_NS_HOST : p->net == PLAN_NET_PATH ? PLAN_NS_PATH :
	       p->net == PLAN_NET_CONTAINER ? PLAN_NS_CONTAINER : PLAN_NS_NEW;
	if (ns->mode == PLAN_NS_OPEN)
		ns->mode = mode;
	if (ns->mode != mode || ((mode == PLAN_NS_PATH || mode == PLAN_NS_CONTAINER) && !ns->path))
		return rule_forbidden(d, r, KEY_COUNT, "network %s does not fit the network name space: %s%s",
				      plan_net_words[p->net], plan_ns_mode_words[ns->mode],
				      ns->path ? "" : " without a path");
	return 0;
}

static int check_net(struct decision *d, const struct rule *r)
{
	const char *mode = plan_net_words[d->plan->net];

	if (d->is_site && !key_is_set(d->p, KEY_NET_MODE) && !key_is_set(d->p, KEY_ALLOW_NET))
		return 0;
	if (d->plan->net == PLAN_NET_NONE || d->plan->net == (int)rule_value(d, KEY_NET_MODE)->num ||
	    strv_has(&rule_value(d, KEY_ALLOW_NET)->list, mode))
		return 0;
	return rule_denied(d, r, key_is_set(d->p, KEY_ALLOW_NET) ? KEY_ALLOW_NET : KEY_NET_MODE,
			   "%s is not an allowed mode", mode);
}

static int widen_net(struct decision *d, const struct rule *r)
{
	return d->plan->net == PLAN_NET_NONE ? 0
		: rule_widened(d, r, KEY_NET_MODE, "%s", plan_net_words[d->plan->net]);
}

/* Each kind but the network's: its own, unless the policy names the kind. */
static int fill_ns(struct decision *d, const struct rule *r)
{
	(void)r;
	for (int k = 0; k < PLAN_NS_COUNT; k++)
		if (k != PLAN_NS_NET && d->plan->ns[k].mode == PLAN_NS_OPEN)
			d->plan->ns[k].mode = k == PLAN_NS_USER || k == PLAN_NS_TIME ? PLAN_NS_HOST : PLAN_NS_NEW;
	return 0;
}

enum key rule_ns_key(int mode)
{
	return mode == PLAN_NS_HOST ? KEY_HOST_NS : mode == PLAN_NS_PATH ? KEY_PATH_NS : KEY_CONTAINER_NS;
}

static int check_ns_kind(struct decision *d, const struct rule *r, int kind)
{
	const struct plan_ns *ns = &d->plan->ns[kind];
	enum key k = rule_ns_key(ns->mode);
	const char *word = plan_ns_words[kind];

	if ((ns->mode == PLAN_NS_PATH || ns->mode == PLAN_NS_CONTAINER) && !ns->path)
		return rule_forbidden(d, r, KEY_COUNT, "the %s name space has no path", word);
	if (kind == PLAN_NS_USER)
		return 0;	/* userns_check() */
	/* The host's clocks are there to be read, and set by nobody without CAP_SYS_TIME. */
	if (ns->mode == PLAN_NS_NEW || (kind == PLAN_NS_TIME && ns->mode == PLAN_NS_HOST))
		return 0;
	if (kind == PLAN_NS_MNT)
		return d->is_site ? 0 : rule_forbidden(d, r, KEY_COUNT, "the mount name space is always its own");
	if (rule_bounds(d, k) && !strv_has(&rule_value(d, k)->list, word))
		return rule_denied(d, r, k, "the %s name space must be its own", word);
	return 0;
}

static int check_ns_all(struct decision *d, const struct rule *r)
{
	for (int k = 0; k < PLAN_NS_COUNT; k++)
		if (k != PLAN_NS_NET && check_ns_kind(d, r, k))
			return -1;
	return 0;
}

static int widen_ns(struct decision *d, const struct rule *r)
{
	for (int k = 0; k < PLAN_NS_COUNT; k++) {
		int mode = d->plan->ns[k].mode;

		if (k == PLAN_NS_NET || k == PLAN_NS_USER || mode == PLAN_NS_NEW || (k == PLAN_NS_TIME && mode == PLAN_NS_HOST))
			continue;
		if (rule_widened(d, r, rule_ns_key(mode), "%s", plan_ns_words[k]))
			return -1;
	}
	return 0;
}

static int fill_hostname(struct decision *d, const struct rule *r)
{
	struct plan *p = d->plan;

	(void)r;
	if (d->is_site || p->hostname || !p->id || p->ns[PLAN_NS_UTS].mode != PLAN_NS_NEW)
		return 0;
	return str_print(&p->hostname, d->e, "%.*s", HOSTNAME_FROM_ID, p->id);
}

static int check_hostname(struct decision *d, const struct rule *r)
{
	const struct plan *p = d->plan;

	if ((p->hostname || p->domainname) && p->ns[PLAN_NS_UTS].mode != PLAN_NS_NEW)
		return rule_forbidden(d, r, KEY_COUNT, "would rename %s",
				      p->ns[PLAN_NS_UTS].mode == PLAN_NS_HOST ? "the host" : "another container");
	return 0;
}

static int64_t *amount(struct decision *d, const struct rule *r)
{
	return (int64_t *)(void *)((char *)d->plan + r->offset);
}

/* The site's ceiling is a default too: a policy without a limit of its own gets the site's. Built-in values of
 * weights are left to the kernel, which has the same. */
static int fill_up_to(struct decision *d, const struct rule *r, int64_t most)
{
	const struct key_value *v = rule_value(d, r->key);
	int64_t *n = amount(d, r);

	if (*n != FIELD_NONE || v->num == KEY_INFINITY || (d->is_site && !v->line) ||
	    ((r->key == KEY_CPU_WEIGHT || r->key == KEY_IO_WEIGHT || r->key == KEY_MEMORY_LOW) && !v->line))
		return 0;
	*n = v->num < most ? v->num : most;
	return v->num > most ? rule_filled(d, r, r->key, "%lld", (long long)most) : rule_filled(d, r, r->key, "%s", v->text);
}

static int fill_amount(struct decision *d, const struct rule *r)
{
	return fill_up_to(d, r, INT64_MAX);
}

/* A container that may have less than that keeps what it may have. */
static int fill_low(struct decision *d, const struct rule *r)
{
	int64_t max = d->plan->resources.memory_max;

	return fill_up_to(d, r, max > 0 ? max : INT64_MAX);
}

static bool unlimited(int64_t n)
{
	return n < 0 || n == INT64_MAX;
}

static int check_amount(struct decision *d, const struct rule *r)
{
	const struct key_value *v = rule_value(d, r->key);
	int64_t n = *amount(d, r);

	if (!rule_bounds(d, r->key) || v->num == KEY_INFINITY || n == FIELD_NONE)
		return 0;
	if (unlimited(n))
		return rule_denied(d, r, r->key, "unlimited is more than %s", v->text);
	if (n > v->num)
		return rule_denied(d, r, r->key, "%lld is more than %s", (long long)n, v->text);
	return 0;
}

/* A share above everybody's is taken from the others. */
static int widen_share(struct decision *d, const struct rule *r)
{
	int64_t n = *amount(d, r), strict = r->key == KEY_MEMORY_LOW ? 0 : 100;

	return n > strict ? rule_widened(d, r, r->key, "%lld", (long long)n) : 0;
}

static int fill_swap(struct decision *d, const struct rule *r)
{
	struct plan_resources *res = &d->plan->resources;
	const struct key_value *v = rule_value(d, r->key);

	if (res->memory_swap != FIELD_NONE || v->num == KEY_INFINITY || res->memory_max == FIELD_NONE ||
	    unlimited(res->memory_max) || (d->is_site && !v->line))
		return 0;
	if (__builtin_add_overflow(res->memory_max, v->num, &res->memory_swap))
		return err_set(d->e, ERR_LIMIT, 0, "memory and swap");
	return rule_filled(d, r, r->key, "%s of swap", v->text);
}

static int check_swap(struct decision *d, const struct rule *r)
{
	const struct plan_resources *res = &d->plan->resources;
	const struct key_value *v = rule_value(d, r->key);

	if (!rule_bounds(d, r->key) || v->num == KEY_INFINITY || res->memory_swap == FIELD_NONE)
		return 0;
	if (unlimited(res->memory_swap) || res->memory_max == FIELD_NONE ||
	    res->memory_swap - res->memory_max > v->num)
		return rule_denied(d, r, r->key, "more swap than %s", v->text);
	return 0;
}

static int check_parent(struct decision *d, const struct rule *r)
{
	const char *parent = d->plan->resources.cgroup_parent;
	const struct strv *allowed = &rule_value(d, r->key)->list;

	/* A bundle without a path of its own gets ours. */
	if (!parent || !rule_bounds(d, r->key))
		return 0;
	for (size_t i = 0; i < allowed->len && !strstr(parent, ".."); i++)
		if (strcmp(allowed->item[i], parent) == 0 || path_has_prefix(parent, allowed->item[i]))
			return 0;
	return rule_denied(d, r, r->key, "%.128s is not an allowed cgroup parent", parent);
}

static int fill_se_require(struct decision *d, const struct rule *r)
{
	struct plan_selinux *se = &d->plan->selinux;

	if (d->is_site || se->require != PLAN_REQUIRE_OPEN)
		return 0;
	se->require = (int)rule_value(d, r->key)->num;
	return rule_filled(d, r, r->key, "%s", plan_require_words[se->require]);
}

static int check_se_require(struct decision *d, const struct rule *r)
{
	struct plan_selinux *se = &d->plan->selinux;
	int least = (int)rule_value(d, r->key)->num;

	if (!rule_bounds(d, r->key))
		return 0;
	/* The words stand in the order from strict to lax. */
	if (se->require > least &&
	    rule_denied(d, r, r->key, "%s is weaker than %s", plan_require_words[se->require],
			plan_require_words[least]))
		return -1;
	if (least != PLAN_REQUIRE_ENFORCING || (d->facts->selinux_enabled && d->facts->selinux_enforcing))
		return 0;
	/* Observing runs here all the same, so the runtime must not refuse what is only observed. */
	if (d->plan->policy.observe)
		se->require = PLAN_REQUIRE_IF_ENABLED;
	return rule_denied(d, r, r->key, "SELinux is %s on this host",
			   d->facts->selinux_enabled ? "permissive" : "disabled");
}

static int widen_se_require(struct decision *d, const struct rule *r)
{
	int require = d->plan->selinux.require;

	return require == PLAN_REQUIRE_ENFORCING ? 0
		: rule_widened(d, r, r->key, "%s", plan_require_words[require]);
}

/* Part 0 user, 1 role, 2 type, 3 level (all that is left) of "user:role:type:level". */
static int label_part(const char *label, int part, char **ret, struct err *e)
{
	size_t n;

	for (; part && label; part--) {
		label = strchr(label, ':');
		label = label ? label + 1 : NULL;
	}
	if (!label)
		return err_set(e, ERR_INPUT, 0, "label: not USER:ROLE:TYPE:LEVEL");
	n = strcspn(label, ":");
	return str_print(ret, e, "%.*s", (int)n, label);
}

static int fill_type(struct decision *d, const struct rule *r)
{
	struct plan_selinux *se = &d->plan->selinux;
	const struct key_value *v = rule_value(d, r->key);
	const char *type = v->text;

	if (d->is_site || se->type)
		return 0;
	if (se->process_label)
		return label_part(se->process_label, 2, &se->type, d->e);
	if (!v->line && d->plan->net != PLAN_NET_NONE)
		type = "secctr_container_net_t";
	return str_copy(type, &se->type, d->e) || rule_filled(d, r, r->key, "%s", type) ? -1 : 0;
}

static int check_type(struct decision *d, const struct rule *r)
{
	const char *type = d->plan->selinux.type;

	if (d->is_site && !key_is_set(d->p, KEY_SE_TYPE) && !key_is_set(d->p, KEY_ALLOW_TYPES))
		return 0;
	if (strcmp(type, rule_value(d, KEY_SE_TYPE)->text) == 0 ||
	    strv_has(&rule_value(d, KEY_ALLOW_TYPES)->list, type))
		return 0;
	/* Where no type is named, the one for networks goes with a network. */
	if (!key_is_set(d->p, KEY_SE_TYPE) && d->plan->net != PLAN_NET_NONE &&
	    strcmp(type, "secctr_container_net_t") == 0)
		return 0;
	return rule_denied(d, r, key_is_set(d->p, KEY_ALLOW_TYPES) ? KEY_ALLOW_TYPES : KEY_SE_TYPE,
			   "%.128s is not an allowed type", type);
}

static int check_level(struct decision *d, const struct rule *r)
{
	const struct strv *allowed = &rule_value(d, r->key)->list;
	const char *level = d->plan->selinux.level;
	unsigned low, high;

	if (!level || !rule_bounds(d, r->key) || strv_has(allowed, "any") || strv_has(allowed, level) ||
	    (strv_has(allowed, "pair") && mcs_pair(level, &low, &high)))
		return 0;
	return rule_denied(d, r, r->key, "the level %.64s was asked for; levels come from the ledger", level);
}

/* A bundle's label is a request like the rest: its type and level go where theirs are checked. */
static int fill_label(struct decision *d, const struct rule *r)
{
	struct plan_selinux *se = &d->plan->selinux;
	const char *level = se->process_label;

	if (d->is_site || !level)
		return 0;
	if (!str_starts(level, "system_u:system_r:"))
		return rule_forbidden(d, r, KEY_COUNT, "%.128s is not of system_u:system_r", level);
	level = strchr(level + strlen("system_u:system_r:"), ':');
	if (!level || se->level)
		return 0;
	se->shared_level = true;
	return str_copy(level + 1, &se->level, d->e);
}

/* Of what is mounted for the container: an engine's own type, and never another's categories. */
static int check_file_label(struct decision *d, const struct rule *r)
{
	const struct plan_selinux *se = &d->plan->selinux;
	const char *type = se->file_label, *level;
	auto_free char *word = NULL;

	if (!type)
		return 0;
	if (!se->process_label)
		return rule_forbidden(d, r, KEY_COUNT, "%.128s: a label of files, and none of the process: the engine asks for one that "
				      "SELinux does not confine (label=disable)", type);
	if (!str_starts(type, "system_u:object_r:"))
		return rule_forbidden(d, r, KEY_COUNT, "%.128s is not of system_u:object_r", type);
	if (label_part(type, 2, &word, d->e))
		return -1;
	level = strchr(type + strlen("system_u:object_r:"), ':');
	if (strcmp(level ? level + 1 : "", se->level ? se->level : "") != 0)
		return rule_forbidden(d, r, KEY_COUNT, "%.128s has not the level of the process, %.64s", type, se->level ? se->level : "none");
	if (!rule_bounds(d, r->key) || strcmp(word, "secctr_container_file_t") == 0 || strv_has(&rule_value(d, r->key)->list, word))
		return 0;
	return rule_denied(d, r, r->key, "%.128s is not an allowed type of files", word);
}

static int fill_driver(struct decision *d, const struct rule *r)
{
	if (!d->is_site && d->plan->monitor.log_driver == PLAN_LOG_OPEN)
		d->plan->monitor.log_driver = (int)rule_value(d, r->key)->num;
	return 0;
}

static int check_driver(struct decision *d, const struct rule *r)
{
	int driver = d->plan->monitor.log_driver;

	if ((d->is_site && !key_is_set(d->p, KEY_LOG_DRIVER) && !key_is_set(d->p, KEY_LOG_DRIVERS)) ||
	    driver != PLAN_LOG_JOURNAL || driver == (int)rule_value(d, r->key)->num ||
	    strv_has(&rule_value(d, KEY_LOG_DRIVERS)->list, plan_log_words[driver]))
		return 0;
	return rule_denied(d, r, KEY_LOG_DRIVERS, "%s is not an allowed driver", plan_log_words[driver]);
}

static int widen_driver(struct decision *d, const struct rule *r)
{
	return d->plan->monitor.log_driver == PLAN_LOG_JOURNAL ? rule_widened(d, r, r->key, "journald") : 0;
}

#define SHARE(field, key, member) { field, key, fill_amount, check_amount, widen_share, offsetof(struct plan, member) }
#define AMOUNT(field, key, member) { field, key, fill_amount, check_amount, NULL, offsetof(struct plan, member) }

/* Programs of the host by path; those of the container itself by one word, because which file a path is there is the image's to say. */
static int check_hooks(struct decision *d, const struct rule *r)
{
	const struct strv *allowed = &rule_value(d, r->key)->list;

	for (size_t i = 0; rule_bounds(d, r->key) && i < d->plan->hooks.len; i++) {
		const struct plan_hook *h = PLAN_HOOK(d->plan, i);
		bool yes = false;

		for (size_t k = 0; k < allowed->len; k++)
			yes |= h->when == PLAN_HOOK_START_CONTAINER ? strcmp(allowed->item[k], POLICY_HOOK_CONTAINER) == 0 :
			       path_has_prefix(h->path, allowed->item[k]);
		if (!yes && rule_denied(d, r, r->key, "%s: %.200s may not be run", plan_hook_words[h->when], h->path))
			return -1;
	}
	return 0;
}

static int widen_hooks(struct decision *d, const struct rule *r)
{
	for (size_t i = 0; i < d->plan->hooks.len; i++) {
		const struct plan_hook *h = PLAN_HOOK(d->plan, i);

		if (rule_widened(d, r, r->key, "%.200s", h->when == PLAN_HOOK_START_CONTAINER ? POLICY_HOOK_CONTAINER : h->path))
			return -1;
	}
	return 0;
}

/* "HOST=INSIDE"; what is allowed names the host's. */
static int check_net_devices(struct decision *d, const struct rule *r)
{
	const struct strv *allowed = &rule_value(d, r->key)->list;

	for (size_t i = 0; rule_bounds(d, r->key) && i < d->plan->net_devices.len; i++) {
		const char *entry = d->plan->net_devices.item[i];
		size_t n = strcspn(entry, "=");
		bool yes = false;

		for (size_t k = 0; k < allowed->len; k++)
			yes |= strlen(allowed->item[k]) == n && memcmp(allowed->item[k], entry, n) == 0;
		if (!yes && rule_denied(d, r, r->key, "%.*s: the host's device may not be taken", (int)n, entry))
			return -1;
	}
	return 0;
}

static int widen_net_devices(struct decision *d, const struct rule *r)
{
	for (size_t i = 0; i < d->plan->net_devices.len; i++)
		if (rule_widened(d, r, r->key, "%.32s", d->plan->net_devices.item[i]))
			return -1;
	return 0;
}

const struct rule host_rules[] = {
	{ "audit.auid", KEY_UNIT_OWNER, fill_auid, check_auid, NULL, 0 },
	{ "audit.require", KEY_AUDIT_REQUIRE, fill_require, check_require, widen_require, 0 },
	{ "audit.recordExec", KEY_RECORD_EXEC, fill_record_exec, NULL, NULL, 0 },
	{ "audit.newSession", KEY_SESSION, fill_session, NULL, NULL, 0 },
	{ "audit.onLost", KEY_ON_FAILURE, fill_failure, check_failure, NULL, 0 },
	{ "network", KEY_NET_MODE, fill_net, check_net, widen_net, 0 },
	{ "ns", KEY_HOST_NS, fill_ns, check_ns_all, widen_ns, 0 },
	{ "ns.user", KEY_HOST_IDS, NULL, userns_check, userns_widen, 0 },
	{ "netDevices", KEY_NET_DEVICES, NULL, check_net_devices, widen_net_devices, 0 },
	{ "hooks", KEY_ALLOW_HOOKS, NULL, check_hooks, widen_hooks, 0 },
	{ "hostname", KEY_COUNT, fill_hostname, check_hostname, NULL, 0 },
	AMOUNT("resources.memoryMax", KEY_MEMORY_MAX, resources.memory_max),
	{ "resources.memorySwap", KEY_SWAP_MAX, fill_swap, check_swap, NULL, 0 },
	AMOUNT("resources.cpuQuota", KEY_CPU_QUOTA, resources.cpu_quota),
	SHARE("resources.cpuWeight", KEY_CPU_WEIGHT, resources.cpu_weight),
	SHARE("resources.ioWeight", KEY_IO_WEIGHT, resources.io_weight),
	{ "resources.memoryLow", KEY_MEMORY_LOW, fill_low, check_amount, widen_share, offsetof(struct plan, resources.memory_low) },
	AMOUNT("resources.tasksMax", KEY_TASKS_MAX, resources.tasks_max),
	{ "resources.cgroupParent", KEY_CGROUP_PARENTS, NULL, check_parent, NULL, 0 },
	{ "selinux.require", KEY_SE_REQUIRE, fill_se_require, check_se_require, widen_se_require, 0 },
	{ "selinux.processLabel", KEY_COUNT, fill_label, NULL, NULL, 0 },
	{ "selinux.type", KEY_SE_TYPE, fill_type, check_type, NULL, 0 },
	{ "selinux.level", KEY_ALLOW_LEVELS, NULL, check_level, NULL, 0 },
	{ "selinux.fileLabel", KEY_ALLOW_FILE_TYPES, NULL, check_file_label, NULL, 0 },
	{ "monitor.logDriver", KEY_LOG_DRIVER, fill_driver, check_driver, widen_driver, 0 },
	AMOUNT("monitor.logMaxSize", KEY_LOG_SIZE, monitor.log_max_size),
	AMOUNT("monitor.logMaxFiles", KEY_LOG_FILES, monitor.log_max_files),
	{ "monitor.stopSignal", KEY_STOP_SIGNAL, fill_amount, NULL, NULL, offsetof(struct plan, monitor.stop_signal) },
	{ "monitor.stopTimeout", KEY_STOP_TIMEOUT, fill_amount, NULL, NULL,
	  offsetof(struct plan, monitor.stop_timeout) },
	{ NULL, KEY_COUNT, NULL, NULL, NULL, 0 },
};
