/* SPDX-License-Identifier: Apache-2.0 */
/* registries.c - reading registries.conf; where a name leads is in registries_resolve.c. */
#include "launcher/image/registries.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/toml.h"

static void entry_done(struct registry_entry *x)
{
	free(x->prefix);
	free(x->location);
	free(x->where);
	for (size_t i = 0; i < x->n; i++)
		free(x->mirror[i].location);
	free(x->mirror);
}

void registries_done(struct registries *r)
{
	strv_done(&r->search);
	strv_done(&r->aliases);
	for (size_t i = 0; i < r->n; i++)
		entry_done(&r->entry[i]);
	free(r->entry);
	*r = (struct registries){ 0 };
}

static int wrong(const struct toml_item *item, const char *what, struct err *e)
{
	return err_set(e, ERR_INPUT, 0, "%s:%u: %.64s%s%.64s: %s", item->file, item->line, item->table, *item->table && item->key ? "." : "",
		       item->key ? item->key : "", what);
}

static int open_entry(struct registries *r, const struct toml_item *item, struct err *e)
{
	struct registry_entry *more;

	if (r->n == REGISTRIES_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s:%u: more than %d registries", item->file, item->line, REGISTRIES_MAX);
	more = reallocarray(r->entry, r->n + 1, sizeof(*more));
	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "registries");
	r->entry = more;
	more[r->n] = (struct registry_entry){ 0 };
	return str_print(&more[r->n++].where, e, "%s:%u", item->file, item->line);
}

static int open_mirror(struct registries *r, const struct toml_item *item, struct err *e)
{
	struct registry_entry *x = r->n && !r->first_of_file ? &r->entry[r->n - 1] : NULL;
	struct registry_mirror *more;

	if (!x)
		return wrong(item, "no [[registry]] in front of it", e);
	if (x->n == REGISTRY_MIRRORS_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s:%u: more than %d mirrors", item->file, item->line, REGISTRY_MIRRORS_MAX);
	more = reallocarray(x->mirror, x->n + 1, sizeof(*more));
	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "registries");
	x->mirror = more;
	more[x->n++] = (struct registry_mirror){ 0 };
	return 0;
}

static int open_table(struct registries *r, const struct toml_item *item, struct err *e)
{
	if (item->array && strcmp(item->table, "registry") == 0) {
		if (open_entry(r, item, e) < 0)
			return -1;
		r->first_of_file = false;
		return 0;
	}
	if (item->array && strcmp(item->table, "registry.mirror") == 0)
		return open_mirror(r, item, e);
	if (!item->array && strcmp(item->table, "aliases") == 0)
		return 0;
	if (str_starts(item->table, "registries"))
		return wrong(item, "the old form of the file (version 1) is not read", e);
	return wrong(item, "no such table", e);
}

static int set_text(char **to, const struct toml_item *item, struct err *e)
{
	if (*to)
		return wrong(item, "twice", e);
	if (toml_need(item, TOML_STRING, e) < 0)
		return -1;
	if (!*item->text)
		return wrong(item, "empty", e);
	return str_copy(item->text, to, e);
}

static int set_bool(bool *to, const struct toml_item *item, struct err *e)
{
	if (toml_need(item, TOML_BOOL, e) < 0)
		return -1;
	*to = item->yes;
	return 0;
}

/* A place: HOST[:PORT][/PATH], by the grammar of references. */
static int set_location(char **to, const struct toml_item *item, struct err *e)
{
	auto_reference struct reference ref = { 0 };
	auto_free char *whole = NULL;

	if (set_text(to, item, e) < 0 || str_print(&whole, e, "%s/x", *to) < 0)
		return -1;
	if (reference_parse(whole, &ref, e) < 0 || ref.tag || ref.digest || !ref.registry)
		return wrong(item, "not HOST[:PORT][/PATH] (a host has a dot or a port, or is localhost)", e);
	return 0;
}

static int set_prefix(char **to, const struct toml_item *item, struct err *e)
{
	auto_reference struct reference ref = { 0 };
	auto_free char *whole = NULL;
	const char *text;

	if (set_text(to, item, e) < 0)
		return -1;
	text = str_starts(*to, "*.") ? *to + 2 : *to;
	if ((text != *to && strpbrk(text, "/:*")) || str_print(&whole, e, "%s/x", text) < 0 || reference_parse(whole, &ref, e) < 0 || ref.digest)
		return wrong(item, "neither HOST[:PORT][/PATH] nor *.DOMAIN", e);
	return 0;
}

static int set_entry(struct registries *r, const struct toml_item *item, struct err *e)
{
	struct registry_entry *x = &r->entry[r->n - 1];

	if (strcmp(item->key, "prefix") == 0)
		return set_prefix(&x->prefix, item, e);
	if (strcmp(item->key, "location") == 0)
		return set_location(&x->location, item, e);
	if (strcmp(item->key, "insecure") == 0)
		return set_bool(&x->insecure, item, e);
	if (strcmp(item->key, "blocked") == 0)
		return set_bool(&x->blocked, item, e);
	if (strcmp(item->key, "mirror-by-digest-only") == 0)
		return set_bool(&x->digest_only, item, e);
	return wrong(item, "no such key", e);
}

static int set_mirror(struct registries *r, const struct toml_item *item, struct err *e)
{
	struct registry_entry *x = &r->entry[r->n - 1];
	struct registry_mirror *m = &x->mirror[x->n - 1];
	static const char *const uses[] = { "all", "digest-only", "tag-only" };

	if (strcmp(item->key, "location") == 0)
		return set_location(&m->location, item, e);
	if (strcmp(item->key, "insecure") == 0)
		return set_bool(&m->insecure, item, e);
	if (strcmp(item->key, "pull-from-mirror") != 0)
		return wrong(item, "no such key", e);
	if (toml_need(item, TOML_STRING, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(uses); i++)
		if (strcmp(item->text, uses[i]) == 0) {
			m->use = (enum registry_use)i;
			return 0;
		}
	return wrong(item, "all, digest-only or tag-only", e);
}

static int set_alias(struct registries *r, const struct toml_item *item, struct err *e)
{
	auto_reference struct reference name = { 0 }, to = { 0 };
	auto_free char *both = NULL;

	if (toml_need(item, TOML_STRING, e) < 0)
		return -1;
	if (reference_parse(item->key, &name, e) < 0 || name.registry || name.tag || name.digest)
		return wrong(item, "not a short name", e);
	/* An empty one takes back what an earlier file says. */
	if (*item->text && (reference_parse(item->text, &to, e) < 0 || !to.registry || to.tag || to.digest))
		return wrong(item, "not REGISTRY/NAME without a tag", e);
	return str_print(&both, e, "%s=%s", item->key, item->text) < 0 ? -1 : strv_set_env(&r->aliases, both, e);
}

static int set_search(struct registries *r, const struct toml_item *item, struct err *e)
{
	if (toml_need(item, TOML_LIST, e) < 0)
		return -1;
	strv_done(&r->search);
	for (size_t i = 0; i < item->list->len; i++) {
		auto_reference struct reference ref = { 0 };
		auto_free char *whole = NULL;

		if (str_print(&whole, e, "%s/x", item->list->item[i]) < 0)
			return -1;
		if (reference_parse(whole, &ref, e) < 0 || !ref.registry || strcmp(ref.name, "x") != 0)
			return wrong(item, "not HOST[:PORT] each", e);
	}
	return strv_copy(&r->search, item->list, e);
}

static int set_top(struct registries *r, const struct toml_item *item, struct err *e)
{
	if (strcmp(item->key, "unqualified-search-registries") == 0)
		return set_search(r, item, e);
	if (strcmp(item->key, "short-name-mode") == 0)
		return toml_need(item, TOML_STRING, e);
	if (strcmp(item->key, "credential-helpers") == 0) {
		if (toml_need(item, TOML_LIST, e) < 0)
			return -1;
		for (size_t i = 0; i < item->list->len; i++)
			if (strcmp(item->list->item[i], "containers-auth.json") != 0)
				return wrong(item, "programs that give credentials are not run: `containers-auth.json` alone", e);
		return 0;
	}
	return wrong(item, "no such key", e);
}

static int take_item(void *arg, const struct toml_item *item, struct err *e)
{
	struct registries *r = arg;

	if (item->kind == TOML_TABLE)
		return open_table(r, item, e);
	if (strcmp(item->table, "registry") == 0)
		return set_entry(r, item, e);
	if (strcmp(item->table, "registry.mirror") == 0)
		return set_mirror(r, item, e);
	return strcmp(item->table, "aliases") == 0 ? set_alias(r, item, e) : set_top(r, item, e);
}

/* Each has a prefix and a location now; one of a later file takes the place of an earlier with the same prefix, a second in one file is refused. */
static int complete(struct registries *r, size_t from, struct err *e)
{
	for (size_t i = from; i < r->n; i++) {
		struct registry_entry *x = &r->entry[i];

		if (!x->prefix && !x->location)
			return err_set(e, ERR_INPUT, 0, "%s: [[registry]] with neither prefix nor location", x->where);
		if ((!x->prefix && str_copy(x->location, &x->prefix, e) < 0) ||
		    (!x->location && !str_starts(x->prefix, "*.") && str_copy(x->prefix, &x->location, e) < 0))
			return -1;
		for (size_t k = 0; k < x->n; k++)
			if (!x->mirror[k].location)
				return err_set(e, ERR_INPUT, 0, "%s: [[registry.mirror]] without a location", x->where);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(r->entry[k].prefix, x->prefix) != 0)
				continue;
			if (k >= from)
				return err_set(e, ERR_INPUT, 0, "%s: prefix %.128s is in %s already", x->where, x->prefix, r->entry[k].where);
			entry_done(&r->entry[k]);
			r->entry[k] = *x;
			r->entry[i--] = r->entry[--r->n];
			break;
		}
	}
	return 0;
}

int registries_read(const char *text, size_t len, const char *file, struct registries *r, struct err *e)
{
	const size_t from = r->n;

	r->first_of_file = true;
	return toml_read(text, len, file, take_item, r, e) < 0 ? -1 : complete(r, from, e);
}

/* Who may write it says where images come from. */
static int read_file(int dir, const char *name, const char *path, struct registries *r, struct err *e)
{
	auto_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	auto_str struct str text = { 0 };
	struct stat st;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path);
	if (fstat(fd, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "%.256s", path);
	if (st.st_uid != 0 || (st.st_mode & 022))
		return err_set(e, ERR_INPUT, 0, "%.256s: must be root's, and nobody else may write it", path);
	if (io_read_regular(fd, &st, TOML_FILE_MAX, path, &text, e) < 0)
		return -1;
	return registries_read(text.text ? text.text : "", text.len, path, r, e);
}

static int is_conf(const struct dirent *d)
{
	return d->d_name[0] != '.' && str_ends(d->d_name, ".conf");
}

static int read_drop_ins(struct registries *r, struct err *e)
{
	auto_close int dir = open(REGISTRIES_CONF_D, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **list = NULL;
	int n, rc = 0;

	if (dir < 0)
		return errno == ENOENT ? 0 : err_set(e, ERR_SYSTEM, errno, "%s", REGISTRIES_CONF_D);
	n = scandirat(dir, ".", &list, is_conf, alphasort);
	if (n < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", REGISTRIES_CONF_D);
	for (int i = 0; i < n; i++) {
		auto_free char *path = NULL;

		if (rc == 0)
			rc = str_print(&path, e, "%s/%s", REGISTRIES_CONF_D, list[i]->d_name) || read_file(dir, list[i]->d_name, path, r, e) ? -1 : 0;
		free(list[i]);
	}
	free(list);
	return rc;
}

int registries_load(const char *conf, struct registries *ret, struct err *e)
{
	auto_registries struct registries r = { 0 };
	struct err why = { 0 };

	if (read_file(AT_FDCWD, conf ? conf : REGISTRIES_CONF, conf ? conf : REGISTRIES_CONF, &r, &why) < 0 && (conf || why.reason != ERR_NOTFOUND)) {
		*e = why;
		return -1;
	}
	if (!conf && read_drop_ins(&r, e) < 0)
		return -1;
	*ret = r;
	r = (struct registries){ 0 };
	return 0;
}
