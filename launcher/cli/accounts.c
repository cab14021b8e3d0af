/* SPDX-License-Identifier: Apache-2.0 */
/* accounts.c - see accounts.h. */
#include "launcher/cli/accounts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/store/images.h"
#include "launcher/store/userdb.h"

void accounts_done(struct accounts *a)
{
	free(a->user);
	free(a->group);
	*a = (struct accounts){ 0 };
}

static int read_in_root(const char *root, const char *path, struct str *ret, struct err *e)
{
	auto_close int top = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
	struct stat st;

	if (top < 0)
		return err_set(e, ERR_NOTFOUND, errno, "%.256s", root);
	fd = path_in_root_open(top, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, e);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st))
		return err_set(e, ERR_SYSTEM, errno, "%s", path);
	return io_read_regular(fd, &st, USERDB_BYTES_MAX, path, ret, e);
}

static int read_in_layers(struct context *c, const struct plan *p, const char *path, struct str *ret, struct err *e)
{
	auto_strv struct strv ids = { 0 };

	for (size_t i = 0; i < p->root.layers.len; i++) {
		auto_free char *id = NULL;

		if (str_print(&id, e, "%s%s", str_starts(p->root.layers.item[i], "sha256:") ? "" : "sha256:", p->root.layers.item[i]) ||
		    strv_add(&ids, id, e))
			return -1;
	}
	return image_read_file(&c->store, &ids, path, USERDB_BYTES_MAX, ret, e);
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

	/* No such file, or none that can be trusted: numbers serve as well. */
	if (p->root.path ? read_in_root(p->root.path, path, &text, &ignored) : read_in_layers(c, p, path, &text, &ignored))
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
