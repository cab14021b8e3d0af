/* SPDX-License-Identifier: Apache-2.0 */
/* who.c - logins, groups and owners. */
#include "policy/who.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "policy/policy.h"

enum { AT_MAX = 4096 + 16, GROUPS_MAX = 65536, LOOKUP_MAX = 1 << 20 };

/* getpwnam_r() and its sisters want a buffer of a size they do not tell. */
#define LOOKUP(call, what)							\
	do {									\
		int r_ = ERANGE;						\
		for (size_t n_ = 4096; r_ == ERANGE && n_ <= LOOKUP_MAX; n_ *= 2) {	\
			char *bigger_ = realloc(buf, n_);			\
			if (!bigger_)						\
				return err_set(e, ERR_SYSTEM, ENOMEM, "account");	\
			buf = bigger_;						\
			r_ = call;						\
		}								\
		if (r_ && r_ != ENOENT && r_ != ESRCH)				\
			return err_set(e, ERR_IDENTITY, r_, "name service: %s", what);	\
	} while (0)

static int uid_of(const char *name, uint32_t *ret, bool *found, struct err *e)
{
	auto_free char *buf = NULL;
	struct passwd pw, *hit = NULL;

	LOOKUP(getpwnam_r(name, &pw, buf, n_, &hit), name);
	*found = hit != NULL;
	if (hit)
		*ret = pw.pw_uid;
	return 0;
}

static int account_of(uint32_t uid, char *name, size_t n, gid_t *gid, bool *found, struct err *e)
{
	auto_free char *buf = NULL;
	struct passwd pw, *hit = NULL;

	LOOKUP(getpwuid_r(uid, &pw, buf, n_, &hit), "account by UID");
	*found = hit && strlen(pw.pw_name) < n;
	if (!*found)
		return 0;
	memcpy(name, pw.pw_name, strlen(pw.pw_name) + 1);
	*gid = pw.pw_gid;
	return 0;
}

static int gid_of(const char *name, gid_t *ret, bool *found, struct err *e)
{
	auto_free char *buf = NULL;
	struct group gr, *hit = NULL;

	LOOKUP(getgrnam_r(name, &gr, buf, n_, &hit), name);
	*found = hit != NULL;
	if (hit)
		*ret = gr.gr_gid;
	return 0;
}

static int in_group(const char *group, uint32_t auid, bool *ret, struct err *e)
{
	auto_free gid_t *groups = NULL;
	char name[256];
	gid_t wanted = 0, own = 0;
	bool known, exists;
	int n = 64;

	*ret = false;
	if (gid_of(group, &wanted, &exists, e) || account_of(auid, name, sizeof(name), &own, &known, e))
		return -1;
	if (!exists || !known)
		return 0;
	for (int room = n; room <= GROUPS_MAX; room = n) {
		gid_t *bigger = reallocarray(groups, (size_t)room, sizeof(*groups));

		if (!bigger)
			return err_set(e, ERR_SYSTEM, ENOMEM, "groups");
		groups = bigger;
		if (getgrouplist(name, own, groups, &n) >= 0)
			break;
		if (n <= room || n > GROUPS_MAX)
			return err_set(e, ERR_IDENTITY, 0, "name service: the groups of %s", name);
	}
	for (int i = 0; i < n; i++)
		*ret |= groups[i] == wanted;
	return 0;
}

static int is_one(const char *login, uint32_t auid, bool *ret, struct err *e)
{
	uint32_t uid = UINT32_MAX;
	bool found;

	if (strcmp(login, "any") == 0) {
		*ret = true;
		return 0;
	}
	if (*login == '@')
		return in_group(login + 1, auid, ret, e);
	if (strspn(login, "0123456789") == strlen(login)) {
		uint64_t n;

		if (str_to_u64(login, 0, UINT32_MAX - 1, "UID", &n, e))
			return -1;
		*ret = n == auid;
		return 0;
	}
	if (uid_of(login, &uid, &found, e))
		return -1;
	*ret = found && uid == auid;
	return 0;
}

int who_is_among(const struct strv *logins, uint32_t auid, bool *ret, struct err *e)
{
	bool is = false;

	for (size_t i = 0; auid != UINT32_MAX && i < logins->len && !is; i++)
		if (is_one(logins->item[i], auid, &is, e))
			return -1;
	*ret = is;
	return 0;
}

int who_owner(const struct policy *p, uint32_t *ret, struct err *e)
{
	const char *owner = p->v[KEY_UNIT_OWNER].text;
	char at[AT_MAX], name[256];
	uint32_t uid = UINT32_MAX;
	bool found = true;
	gid_t gid;

	if (!*owner) {
		*ret = UINT32_MAX;
		return 0;
	}
	if (strspn(owner, "0123456789") == strlen(owner)) {
		uid = (uint32_t)strtoul(owner, NULL, 10);
		if (account_of(uid, name, sizeof(name), &gid, &found, e))
			return -1;
	} else if (uid_of(owner, &uid, &found, e)) {
		return -1;
	}
	key_at(p, KEY_UNIT_OWNER, 0, at, sizeof(at));
	if (!found)
		return err_set(e, ERR_POLICY, 0, "%s: UnitOwner: there is no account %s", at, owner);
	/* The usual audit rules have auid>=1000: below it nothing would be recorded. */
	if (uid < 1000)
		return err_set(e, ERR_POLICY, 0, "%s: UnitOwner: %s has UID %u; an owner has 1000 or more", at,
			       owner, uid);
	*ret = uid;
	return 0;
}

int policy_unit_owner(const struct policy *p, const struct policy *site, uint32_t *ret_uid,
		      const char **ret_at, struct err *e)
{
	const struct policy *from = key_is_set(p, KEY_UNIT_OWNER) || !site ? p : site;
	uint32_t uid;

	if (who_owner(from, &uid, e))
		return -1;
	*ret_uid = uid;
	*ret_at = uid == UINT32_MAX ? "built-in" : from->owner_at;
	return 0;
}

const char *who_text(uint32_t auid, char *buf, size_t n)
{
	char name[256];
	struct err e;
	bool found = false;
	gid_t gid;

	if (auid == UINT32_MAX)
		return "unset";
	if (account_of(auid, name, sizeof(name), &gid, &found, &e) == 0 && found)
		snprintf(buf, n, "%s (%u)", name, auid);
	else
		snprintf(buf, n, "%u", auid);
	return buf;
}

/* What one file says of an operation; a key that the file does not set falls back to AllowLogin=. */
static int allows(const struct policy *p, bool site, const struct policy_who *who, uint32_t auid,
		  struct err *e)
{
	static const struct {
		const char *op;
		enum key key;
	} ops[] = {
		{ "exec", KEY_ALLOW_EXEC }, { "stop", KEY_ALLOW_STOP }, { "kill", KEY_ALLOW_STOP },
		{ "rm", KEY_ALLOW_STOP }, { "volume-remove", KEY_ALLOW_STOP }, { "pause", KEY_ALLOW_STOP }, { "unpause", KEY_ALLOW_STOP },
		{ "restart", KEY_ALLOW_STOP }, { "wait", KEY_ALLOW_INSPECT }, { "inspect", KEY_ALLOW_INSPECT }, { "logs", KEY_ALLOW_INSPECT },
		{ "ps", KEY_ALLOW_INSPECT }, { "diff", KEY_ALLOW_INSPECT }, { "cp", KEY_ALLOW_EXEC }, { "export", KEY_ALLOW_EXEC },
		{ "mount", KEY_ALLOW_EXEC }, { "unmount", KEY_ALLOW_EXEC },
	};
	enum key k = KEY_ALLOW_LOGIN;
	char at[AT_MAX], text[300];
	bool yes;

	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (strcmp(ops[i].op, who->op) == 0 && key_is_set(p, ops[i].key))
			k = ops[i].key;
	if (site && !key_is_set(p, k))
		return 0;
	if (who_is_among(&p->v[k].list, auid, &yes, e))
		return -1;
	if (yes)
		return 0;
	return err_set(e, ERR_POLICY, 0, "%s: login UID %s is not among %s= (%s)", who->op,
		       who_text(auid, text, sizeof(text)), key_defs[k].key, key_at(p, k, 0, at, sizeof(at)));
}

int policy_allows_op(const struct policy *p, const struct policy *site, const struct policy_who *who,
		     struct err *e)
{
	bool ends = strcmp(who->op, "stop") == 0 || strcmp(who->op, "kill") == 0 || strcmp(who->op, "rm") == 0;
	uint32_t auid = who->auid;
	const char *at;

	/* systemd alone ends what it started: the owner answers for that, never for an exec. */
	if (auid == UINT32_MAX && ends) {
		if (policy_unit_owner(p, site, &auid, &at, e))
			return -1;
		if (auid != UINT32_MAX)
			return 0;
	}
	if (auid == UINT32_MAX)
		return err_set(e, ERR_IDENTITY, 0, "%s: the login UID is unset: nobody would answer for it", who->op);
	if (allows(p, false, who, auid, e))
		return -1;
	return site ? allows(site, true, who, auid, e) : 0;
}
