/* SPDX-License-Identifier: Apache-2.0 */
/* rules_userns.c - the row about the user name space: of its own, or joined; which ids of the host it has. */
#include <stdlib.h>
#include <string.h>

#include "launcher/plan/idmap.h"
#include "policy/rules.h"

/* Whether a name space belongs to the user name space that is joined: the same container's; of a path the runtime finds out. */
static bool fits_joined(const struct plan_ns *user, const struct plan_ns *ns)
{
	if (ns->mode == PLAN_NS_CONTAINER)
		return user->mode == PLAN_NS_CONTAINER && ns->path && user->path && strcmp(ns->path, user->path) == 0;
	return ns->mode == PLAN_NS_PATH && user->mode == PLAN_NS_PATH;
}

/* Where the container's root is to make something of a name space, that must be its own user name space's. */
static int check_fits(struct decision *d, const struct rule *r)
{
	static const int own[] = { PLAN_NS_PID, PLAN_NS_IPC, PLAN_NS_UTS, PLAN_NS_CGROUP };
	const struct plan *p = d->plan;
	const struct plan_ns *user = &p->ns[PLAN_NS_USER], *net = &p->ns[PLAN_NS_NET];

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (p->ns[own[i]].mode != PLAN_NS_NEW && (own[i] == PLAN_NS_CGROUP || !fits_joined(user, &p->ns[own[i]])))
			return rule_forbidden(d, r, KEY_COUNT, "with a user name space the %s name space must be its own too%s",
					      plan_ns_words[own[i]], user->mode == PLAN_NS_NEW || own[i] == PLAN_NS_CGROUP ? "" :
					      ", or be joined with it");
	/* With ids of its own it has no say in a network that it joins, as with the host's. */
	if ((net->mode == PLAN_NS_PATH || net->mode == PLAN_NS_CONTAINER) && user->mode != PLAN_NS_NEW && !fits_joined(user, net))
		return rule_forbidden(d, r, KEY_COUNT, "the network name space is not joined together with the user name space, which it must belong to");
	return 0;
}

static int check_map(struct decision *d, const struct rule *r, const struct field_list *map, const char *what)
{
	for (size_t i = 0; i < map->len; i++) {
		const struct plan_idmap *m = PLAN_IDMAP(map, i);

		if (!key_ids_have_range(&rule_value(d, KEY_HOST_IDS)->list, m->host, m->size) &&
		    rule_denied(d, r, KEY_HOST_IDS, "%s %lld to %lld of the host may not be mapped", what, (long long)m->host,
				(long long)(m->host + m->size - 1)))
			return -1;
	}
	return 0;
}

/* Whoever runs in it, and the owner of its terminals, is somebody inside. */
static int check_user(struct decision *d, const struct rule *r)
{
	enum { TTY_GROUP = 5 };
	const struct plan *p = d->plan;
	const struct plan_user *u = &p->process.user;

	if ((u->uid != FIELD_NONE && !idmap_has(p, false, u->uid)) || (u->gid != FIELD_NONE && !idmap_has(p, true, u->gid)))
		return rule_forbidden(d, r, KEY_COUNT, "user %lld:%lld: not in the container's map of ids", (long long)u->uid,
				      (long long)u->gid);
	for (size_t i = 0; i < u->groups.len; i++)
		if (!idmap_has(p, true, (int64_t)strtoull(u->groups.item[i], NULL, 10)))
			return rule_forbidden(d, r, KEY_COUNT, "group %s: not in the container's map of ids", u->groups.item[i]);
	if (!idmap_has(p, true, TTY_GROUP))
		return rule_forbidden(d, r, KEY_COUNT, "group %d, of terminals: not in the container's map of ids", TTY_GROUP);
	return 0;
}

static bool is_auto(const struct plan *p)
{
	return p->userns_size != FIELD_NONE;
}

/* Of the plan alone: what nobody can allow. */
static int check_sane(struct decision *d, const struct rule *r)
{
	const struct plan *p = d->plan;
	bool joins = p->ns[PLAN_NS_USER].mode != PLAN_NS_NEW;
	struct err why;

	if (is_auto(p) && (p->userns_size < 1 || p->userns_size > UINT32_MAX || (!joins && (p->uid_map.len || p->gid_map.len))))
		return rule_forbidden(d, r, KEY_COUNT, "a map of ids and one from the ledger, or a size of none");
	if (!is_auto(p) && (p->userns_uids.len || p->userns_gids.len))
		return rule_forbidden(d, r, KEY_COUNT, "a part of a map of ids without the rest of it");
	if ((joins || !is_auto(p)) && (!p->uid_map.len || !p->gid_map.len))
		return rule_forbidden(d, r, KEY_COUNT, "a user name space without a map of ids");
	if (idmap_check(&p->uid_map, "uidMap", &why) || idmap_check(&p->gid_map, "gidMap", &why) ||
	    idmap_check_part(&p->userns_uids, "uidmapping", &why) || idmap_check_part(&p->userns_gids, "gidmapping", &why))
		return rule_forbidden(d, r, KEY_COUNT, "%s", why.text);
	return 0;
}

/*
 * Ids of the ledger are nobody's, so they need no key; which others may be mapped the policy says, and it says so for whoever joins
 * them, too: what another container's policy allowed that one is not allowed to this one.
 */
static int check_ids(struct decision *d, const struct rule *r)
{
	const struct plan *p = d->plan;

	if (!rule_bounds(d, KEY_HOST_IDS))
		return 0;
	return check_map(d, r, is_auto(p) ? &p->userns_uids : &p->uid_map, "uids") ||
	       check_map(d, r, is_auto(p) ? &p->userns_gids : &p->gid_map, "gids") ? -1 : 0;
}

int userns_check(struct decision *d, const struct rule *r)
{
	const struct plan *p = d->plan;
	int mode = p->ns[PLAN_NS_USER].mode;

	if (mode == PLAN_NS_HOST && rule_bounds(d, KEY_REQUIRE_USERNS) && rule_value(d, KEY_REQUIRE_USERNS)->num)
		return rule_denied(d, r, KEY_REQUIRE_USERNS, "a user name space is required (--userns auto)");
	if (mode == PLAN_NS_HOST)
		return p->uid_map.len || p->gid_map.len || p->userns_size != FIELD_NONE || p->userns_uids.len || p->userns_gids.len
			? rule_forbidden(d, r, KEY_COUNT, "a map of ids without a user name space") : 0;
	if (mode != PLAN_NS_NEW && rule_bounds(d, rule_ns_key(mode)) && !strv_has(&rule_value(d, rule_ns_key(mode))->list, plan_ns_words[PLAN_NS_USER]) &&
	    rule_denied(d, r, rule_ns_key(mode), "the user name space may not be %s", mode == PLAN_NS_PATH ? "one that exists" : "another container's"))
		return -1;
	return check_fits(d, r) || check_sane(d, r) || check_ids(d, r) || check_user(d, r) ? -1 : 0;
}

static int widen_map(struct decision *d, const struct rule *r, const struct field_list *map)
{
	for (size_t i = 0; i < map->len; i++) {
		const struct plan_idmap *m = PLAN_IDMAP(map, i);

		if (rule_widened(d, r, KEY_HOST_IDS, "%lld-%lld", (long long)m->host, (long long)(m->host + m->size - 1)))
			return -1;
	}
	return 0;
}

int userns_widen(struct decision *d, const struct rule *r)
{
	const struct plan *p = d->plan;
	int mode = p->ns[PLAN_NS_USER].mode;

	if ((mode == PLAN_NS_PATH || mode == PLAN_NS_CONTAINER) && rule_widened(d, r, rule_ns_key(mode), "%s", plan_ns_words[PLAN_NS_USER]))
		return -1;
	return widen_map(d, r, is_auto(p) ? &p->userns_uids : &p->uid_map) ||
	       widen_map(d, r, is_auto(p) ? &p->userns_gids : &p->gid_map) ? -1 : 0;
}
