/* SPDX-License-Identifier: Apache-2.0 */
/* volumes.c - see volumes.h. */
#include "launcher/cli/volumes.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "launcher/base/ids.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/control.h"
#include "launcher/cli/when.h"

int volumes_path(const struct context *c, const char *name, char **ret, struct err *e)
{
	return str_print(ret, e, "%s/" VOLUMES_DIR "/%s/" VOLUME_DATA, c->root ? c->root : STORE_ROOT, name);
}

int volumes_make(struct image_op *op, const char *name, const struct strv *labels, bool anonymous, struct err *e)
{
	auto_volume struct volume v;
	struct timespec now;
	struct err why = { 0 };

	volume_init(&v);
	if (name_check("volume name", name, e))
		return -1;
	if (volume_read(&op->c->store, name, &v, &why) == 0)
		return err_set(e, ERR_EXISTS, 0, "volume with name %s already exists", name);
	clock_gettime(CLOCK_REALTIME, &now);
	v.created = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	v.anonymous = anonymous;
	if (str_copy(name, &v.name, e) || (labels && strv_copy(&v.labels, labels, e)))
		return -1;
	image_op_record(op, EV_VOLUME_CREATE, name, NULL);
	return volume_create(&op->c->store, &v, e);
}

static int remove_user(struct context *c, const char *id, struct err *e)
{
	auto_look struct look l;
	struct err why = { 0 };

	look_init(&l);
	if (look_at_id(c, id, &l, &why) == 0 && control_stop(c, &l, "stop", -1, &why) == 0 &&
	    control_remove(c, &l, &(const struct removal){ .reason = "cli", .force = true }, &why) == 0)
		return 0;
	if (why.reason == ERR_NOTFOUND)
		return 0;
	*e = why;
	return -1;
}

/* Without the lock: to end a container takes its time. */
static int remove_users(struct context *c, const char *name, struct err *e)
{
	auto_strv struct strv users = { 0 };

	if (volume_users(&c->store, name, &users, e))
		return -1;
	for (size_t i = 0; i < users.len; i++)
		if (remove_user(c, users.item[i], e))
			return -1;
	return 0;
}

int volumes_remove(struct image_op *op, const char *name, bool force, bool *in_use, struct err *e)
{
	const struct store *s = &op->c->store;
	auto_close int data = volume_data(s, name, e), lock = -1;
	auto_strv struct strv users = { 0 };

	if (data < 0 || authorize_volume(op->c, op->word, name, &op->w, e) || (force && remove_users(op->c, name, e)))
		return -1;
	lock = volumes_lock(s, true, e);
	if (lock < 0 || volume_users(s, name, &users, e))
		return -1;
	*in_use = users.len > 0;
	if (users.len)
		return err_set(e, ERR_STATE, 0, "volume %s is being used by the following container(s): %.12s%s", name,
			       users.item[0], users.len > 1 ? ", ..." : "");
	image_op_record(op, EV_VOLUME_REMOVE, name, NULL);
	return volume_remove(s, name, e);
}

static int drop(struct image_op *op, const char *name, struct err *e)
{
	const struct store *s = &op->c->store;
	auto_close int lock = volumes_lock(s, true, e);
	auto_strv struct strv users = { 0 };
	auto_volume struct volume v;

	volume_init(&v);
	if (lock < 0 || volume_read(s, name, &v, e) || volume_users(s, name, &users, e))
		return -1;
	if (!v.anonymous || users.len)
		return 0;
	image_op_record(op, EV_VOLUME_REMOVE, name, NULL);
	return volume_remove(s, name, e);
}

void volumes_drop(struct context *c, const struct strv *names)
{
	auto_image_op struct image_op op = IMAGE_OP_INIT(c, "volume-remove");

	for (size_t i = 0; i < names->len; i++) {
		struct err why = { 0 };

		if (drop(&op, names->item[i], &why) && why.reason != ERR_NOTFOUND)
			fprintf(stderr, "secctr: warning: %s\n", why.text);
	}
}

/* ---- --filter ---- */

struct candidate {
	struct context *c;
	const struct volume *v;
};

static int match_name(const struct candidate *k, const char *value, struct err *e)
{
	(void)e;
	return strstr(k->v->name, value) != NULL;
}

static int match_label(const struct candidate *k, const char *value, struct err *e)
{
	const char *equals = strchr(value, '=');
	size_t n = strcspn(value, "=");

	(void)e;
	for (size_t i = 0; i < k->v->labels.len; i++) {
		const char *label = k->v->labels.item[i];

		if (equals ? strcmp(label, value) == 0 : strncmp(label, value, n) == 0 && label[n] == '=')
			return 1;
	}
	return 0;
}

static int match_no_label(const struct candidate *k, const char *value, struct err *e)
{
	return !match_label(k, value, e);
}

static int match_dangling(const struct candidate *k, const char *value, struct err *e)
{
	auto_strv struct strv users = { 0 };

	if (volume_users(&k->c->store, k->v->name, &users, e))
		return -1;
	return (users.len == 0) == (strcmp(value, "true") == 0);
}

static int match_local(const struct candidate *k, const char *value, struct err *e)
{
	(void)k;
	(void)e;
	return strcmp(value, "local") == 0;
}

static int match_until(const struct candidate *k, const char *value, struct err *e)
{
	int64_t until;

	return when_read(value, "until", &until, e) ? -1 : k->v->created < until;
}

static const struct volume_filter {
	const char *key;
	int (*match)(const struct candidate *k, const char *value, struct err *e);	/* -1: failed */
	bool all;			/* of several, each */
} filters[] = {
	{ "name", match_name, false }, { "label", match_label, true }, { "label!", match_no_label, true },
	{ "dangling", match_dangling, false }, { "driver", match_local, false }, { "scope", match_local, false },
	{ "until", match_until, false },
};

/* NULL: no such key. "label!=x" has the = behind the mark. */
static const char *value_of(const char *text, const struct volume_filter *f)
{
	size_t n = strlen(f->key);

	return strncmp(text, f->key, n) == 0 && text[n] == '=' ? text + n + 1 : NULL;
}

int volume_filter_check(const struct opt_list *filter, struct err *e)
{
	int64_t unused;

	for (size_t i = 0; i < filter->len; i++) {
		const char *text = filter->item[i], *value = NULL;
		size_t k = 0;

		for (; k < ARRAY_LEN(filters) && !value; k++)
			value = value_of(text, &filters[k]);
		if (!value)
			return err_set(e, ERR_USAGE, 0, "--filter %.64s: KEY=VALUE with one of " VOLUME_FILTER_KEYS, text);
		if (str_starts(text, "dangling=") && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return err_set(e, ERR_USAGE, 0, "--filter %.64s: true or false", text);
		if (str_starts(text, "until=") && when_read(value, "until", &unused, e))
			return err_context(e, "--filter %.64s", text);
	}
	return 0;
}

/* 1: passes. */
static int passes(const struct candidate *k, const struct opt_list *filter, struct err *e)
{
	for (size_t f = 0; f < ARRAY_LEN(filters); f++) {
		size_t given = 0, met = 0;

		for (size_t i = 0; i < filter->len; i++) {
			const char *value = value_of(filter->item[i], &filters[f]);
			int is = value ? filters[f].match(k, value, e) : 0;

			if (is < 0)
				return -1;
			given += value != NULL;
			met += is;
		}
		if (given && (filters[f].all ? met < given : !met))
			return 0;
	}
	return 1;
}

int volumes_select(struct context *c, const struct opt_list *filter, struct strv *ret, struct err *e)
{
	auto_strv struct strv names = { 0 };

	if (volume_list(&c->store, &names, e))
		return -1;
	for (size_t i = 0; i < names.len; i++) {
		auto_volume struct volume v;
		const struct candidate k = { c, &v };
		struct err why = { 0 };
		int is;

		volume_init(&v);
		if (volume_read(&c->store, names.item[i], &v, &why)) {
			if (why.reason == ERR_NOTFOUND)
				continue;	/* removed meanwhile */
			*e = why;
			return -1;
		}
		is = passes(&k, filter, e);
		if (is < 0 || (is && strv_add(ret, names.item[i], e)))
			return -1;
	}
	return 0;
}
