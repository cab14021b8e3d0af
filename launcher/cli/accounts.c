/* SPDX-License-Identifier: Apache-2.0 */
/* accounts.c - see accounts.h. */
#include "launcher/cli/accounts.h"

#include <string.h>

#include "launcher/cli/user_lookup.h"
#include "launcher/store/userdb.h"

void accounts_done(struct accounts *a)
{
	free(a->user);
	free(a->group);
	*a = (struct accounts){ 0 };
}

/* "name:x:ID:...": lines of another form are passed over. */
static int parse(char *text, struct account_name **ret, size_t *ret_n, struct err *e)
{
	struct account_name *list = calloc(ACCOUNTS_NAMES_MAX, sizeof(*list));
	char *rest = NULL;
	size_t n = 0;

	if (!list)
		return err_set(e, ERR_SYSTEM, ENOMEM, "accounts");
	for (char *line = strtok_r(text, "\n", &rest); line && n < ACCOUNTS_NAMES_MAX; line = strtok_r(NULL, "\n", &rest)) {
		char *colon = strchr(line, ':'), *second = colon ? strchr(colon + 1, ':') : NULL;
		char *end = second ? second + 1 + strcspn(second + 1, ":") : NULL;
		struct err ignored;
		uint64_t id;

		if (!end || colon == line || (size_t)(colon - line) >= sizeof(list->name))
			continue;
		*colon = *end = '\0';
		if (str_to_u64(second + 1, 0, USERDB_ID_MAX, "id", &id, &ignored))
			continue;
		list[n].id = (uint32_t)id;
		memcpy(list[n++].name, line, (size_t)(colon - line) + 1);
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

static int read_one(struct context *c, const struct plan *p, const char *path, struct account_name **ret, size_t *ret_n,
		    struct err *e)
{
	auto_str struct str text = { 0 };
	struct err ignored;
	bool there;

	/* No such file, or none that can be trusted: numbers serve as well. */
	if (user_read_db(&c->store, &p->root, path, &text, &there, &ignored))
		return 0;
	return text.text ? parse(text.text, ret, ret_n, e) : 0;
}

int accounts_read(struct context *c, const struct plan *p, struct accounts *ret, struct err *e)
{
	auto_accounts struct accounts a = { 0 };

	if (context_store(c, e) || read_one(c, p, "etc/passwd", &a.user, &a.users, e) ||
	    read_one(c, p, "etc/group", &a.group, &a.groups, e))
		return -1;
	*ret = a;
	a = (struct accounts){ 0 };
	return 0;
}

static const char *find(const struct account_name *list, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].id == id)
			return list[i].name;
	return NULL;
}

const char *accounts_user(const struct accounts *a, uint32_t uid)
{
	return find(a->user, a->users, uid);
}

const char *accounts_group(const struct accounts *a, uint32_t gid)
{
	return find(a->group, a->groups, gid);
}
