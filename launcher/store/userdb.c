/* SPDX-License-Identifier: Apache-2.0 */
/* userdb.c - reading passwd and group text of an image. */
#include "launcher/store/userdb.h"

#include <string.h>

#include "launcher/base/path.h"

enum { FIELDS_MAX = 7, PASSWD_FIELDS = 7, GROUP_FIELDS = 4 };

struct line {
	unsigned number;
	char text[USERDB_LINE_MAX + 1];	/* fields, each ended by NUL */
	char *field[FIELDS_MAX];
	size_t fields;			/* as many as there are; more than FIELDS_MAX are only counted */
};

void userdb_done(struct userdb_ids *u)
{
	free(u->groups);
	free(u->home);
	free(u->name);
	*u = (struct userdb_ids){ 0 };
}

/* The next line into *l, or false at the end. A line that is too long has no fields: it matches nothing. */
static bool next_line(const struct str *s, size_t *at, struct line *l)
{
	const char *from = s->text + *at, *end;
	size_t n;

	if (*at >= s->len)
		return false;
	end = memchr(from, '\n', s->len - *at);
	n = end ? (size_t)(end - from) : s->len - *at;
	*at += n + 1;
	l->number++;
	l->fields = 0;
	if (n > USERDB_LINE_MAX)
		return true;
	memcpy(l->text, from, n);
	l->text[n] = 0;
	for (char *p = l->text; p;) {
		if (l->fields < FIELDS_MAX)
			l->field[l->fields] = p;
		l->fields++;
		p = strchr(p, ':');
		if (p)
			*p++ = 0;
	}
	return true;
}

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == 0;
}

static bool to_id(const char *text, uint32_t *ret)
{
	struct err ignored;
	uint64_t n;

	if (!is_number(text) || str_to_u64(text, 0, USERDB_ID_MAX, "id", &n, &ignored) < 0)
		return false;
	*ret = (uint32_t)n;
	return true;
}

static int check_text(const struct str *s, const char *what, struct err *e)
{
	if (!s || !s->len)
		return 0;
	if (s->len > USERDB_BYTES_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: more than %zu bytes", what, USERDB_BYTES_MAX);
	if (memchr(s->text, 0, s->len))
		return err_set(e, ERR_INPUT, 0, "%s: holds a NUL byte", what);
	return 0;
}

/* useradd(8)'s characters, which neither a number nor a sign nor a blank fits. */
static int check_name(const char *name, const char *what, struct err *e)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t n = strlen(name);

	if (n == 0 || n > USERDB_NAME_MAX || !strchr(first, *name) ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-$") != n)
		return err_set(e, ERR_INPUT, 0, "%s \"%s\": neither a number of 0 to %u nor a name", what, name,
			       USERDB_ID_MAX);
	return 0;
}

static int number_or_name(const char *text, const char *what, bool *ret_number, uint32_t *ret_id, struct err *e)
{
	*ret_number = is_number(text);
	if (!*ret_number)
		return check_name(text, what, e);
	if (!to_id(text, ret_id))
		return err_set(e, ERR_INPUT, 0, "%s %s: beyond %u", what, text, USERDB_ID_MAX);
	return 0;
}

static int take_user(struct line *l, struct userdb_ids *u, struct err *e)
{
	if (l->fields != PASSWD_FIELDS || !to_id(l->field[2], &u->uid) || !to_id(l->field[3], &u->gid))
		return err_set(e, ERR_INPUT, 0, "passwd:%u: the entry of %s is not in the form of passwd(5)", l->number,
			       l->field[0]);
	if (str_copy(path_is_canonical(l->field[5]) ? l->field[5] : "/", &u->home, e) < 0)
		return -1;
	return str_copy(l->field[0], &u->name, e);
}

static int find_user(const char *user, const struct str *passwd, struct userdb_ids *u, struct err *e)
{
	struct line l = { .number = 0 };
	uint32_t wanted = 0, uid;
	bool number;
	size_t at = 0;

	if (number_or_name(user, "user", &number, &wanted, e) < 0)
		return -1;
	while (passwd && next_line(passwd, &at, &l)) {
		if (number && l.fields == PASSWD_FIELDS && to_id(l.field[2], &uid) && uid == wanted &&
		    to_id(l.field[3], &uid))
			return take_user(&l, u, e);
		if (!number && l.fields && strcmp(l.field[0], user) == 0)
			return take_user(&l, u, e);
	}
	if (!number)
		return err_set(e, ERR_NOTFOUND, 0, "no user %s in the image's /etc/passwd", user);
	u->uid = wanted;
	u->gid = 0;
	return str_copy("/", &u->home, e);
}

static int find_group(const char *name, const struct str *group, uint32_t *ret, struct err *e)
{
	struct line l = { .number = 0 };
	bool number;
	size_t at = 0;

	if (number_or_name(name, "group", &number, ret, e) < 0)
		return -1;
	if (number)
		return 0;
	while (group && next_line(group, &at, &l)) {
		if (!l.fields || strcmp(l.field[0], name) != 0)
			continue;
		if (l.fields != GROUP_FIELDS || !to_id(l.field[2], ret))
			return err_set(e, ERR_INPUT, 0, "group:%u: the entry of %s is not in the form of group(5)",
				       l.number, name);
		return 0;
	}
	return err_set(e, ERR_NOTFOUND, 0, "no group %s in the image's /etc/group", name);
}

static bool lists(char *members, const char *name)
{
	char *rest = members;

	for (char *m; (m = strsep(&rest, ","));)
		if (strcmp(m, name) == 0)
			return true;
	return false;
}

static int add_group(struct userdb_ids *u, uint32_t gid, struct err *e)
{
	size_t at = 0;

	while (at < u->n_groups && u->groups[at] < gid)
		at++;
	if (gid == u->gid || (at < u->n_groups && u->groups[at] == gid))
		return 0;
	if (u->n_groups == USERDB_GROUPS_MAX)
		return err_set(e, ERR_LIMIT, 0, "group: %s is in more than %d groups", u->name, USERDB_GROUPS_MAX);
	if (!u->groups)
		u->groups = calloc(USERDB_GROUPS_MAX, sizeof(*u->groups));
	if (!u->groups)
		return err_set(e, ERR_SYSTEM, ENOMEM, "groups");
	memmove(u->groups + at + 1, u->groups + at, (u->n_groups - at) * sizeof(*u->groups));
	u->groups[at] = gid;
	u->n_groups++;
	return 0;
}

static int add_memberships(struct userdb_ids *u, const struct str *group, struct err *e)
{
	struct line l = { .number = 0 };
	uint32_t gid;
	size_t at = 0;

	while (group && next_line(group, &at, &l))
		if (l.fields == GROUP_FIELDS && to_id(l.field[2], &gid) && lists(l.field[3], u->name) &&
		    add_group(u, gid, e) < 0)
			return -1;
	return 0;
}

int userdb_group(const char *name, const struct str *group, uint32_t *ret, struct err *e)
{
	if (check_text(group, "group", e) < 0)
		return -1;
	return find_group(name, group, ret, e);
}

int userdb_resolve(const char *who, const struct str *passwd, const struct str *group,
		   struct userdb_ids *ret, struct err *e)
{
	auto_userdb struct userdb_ids u = { 0 };
	auto_free char *user = NULL;
	char *colon;

	if (check_text(passwd, "passwd", e) < 0 || check_text(group, "group", e) < 0 ||
	    str_copy(*who ? who : "0", &user, e) < 0)
		return -1;
	colon = strchr(user, ':');
	if (colon)
		*colon = 0;
	if (find_user(user, passwd, &u, e) < 0)
		return -1;
	if (colon ? find_group(colon + 1, group, &u.gid, e) < 0
		  : u.name && add_memberships(&u, group, e) < 0)
		return -1;
	*ret = u;
	u = (struct userdb_ids){ 0 };
	return 0;
}
