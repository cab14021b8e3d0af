/* SPDX-License-Identifier: Apache-2.0 */
/* image_remove.c - taking an image away: its names, itself, and the layers that nothing else needs. */
#include <stdio.h>
#include <string.h>

#include "launcher/base/path.h"
#include "launcher/cli/control.h"
#include "launcher/cli/image_op.h"

enum { REMOVE_TRIES = 3 };	/* with force: containers that are started meanwhile */

void image_removal_done(struct image_removal *r)
{
	struct err left = { 0 };

	if (r->tmp >= 0 && path_remove_tree(r->op.c->store.tmp, r->tmp_name, &left))
		fprintf(stderr, "secctr: warning: layers are removed later: %s\n", left.text);
	close_fd_auto(&r->tmp);
	strv_done(&r->untagged);
	strv_done(&r->deleted);
	image_op_done(&r->op);
}

static int begin(struct image_removal *r, struct err *e)
{
	if (r->tmp < 0)
		r->tmp = store_tmp_make(&r->op.c->store, r->tmp_name, e);
	return r->tmp < 0 ? -1 : 0;
}

static int in_use(struct image_removal *r, const struct image *i, const char *id, struct err *e)
{
	r->in_use = true;
	return err_set(e, ERR_STATE, 0, "image %s is used by container %.12s: remove that first, or use --force", i->asked, id);
}

/* Before the lock on the images, as the containers' comes after it. */
static int remove_users(struct image_removal *r, const struct strv *ids, struct err *e)
{
	for (size_t i = 0; i < ids->len; i++) {
		auto_look struct look l;
		struct err why = { 0 };

		look_init(&l);
		if (look_at_id(r->op.c, ids->item[i], &l, &why) == 0 && control_stop(r->op.c, &l, "stop", -1, &why) == 0 &&
		    (!l.state.id || control_remove(r->op.c, &l, &(const struct removal){ .reason = "cli", .force = true }, &why) == 0))
			continue;
		if (why.reason != ERR_NOTFOUND) {
			*e = why;
			return -1;
		}
	}
	return 0;
}

/* Under the lock. A record stands before what it is about: then a kill between leaves one too many, not one too few. */
static int remove_name(struct image_removal *r, const struct image *i, const char *ref, struct err *e)
{
	image_op_record(&r->op, EV_IMAGE_UNTAG, ref, i->digest);
	return image_untag(&r->op.c->store, ref, e) || strv_add(&r->untagged, ref, e) ? -1 : 0;
}

static int remove_whole(struct image_removal *r, const struct image *i, struct err *e)
{
	image_op_record(&r->op, EV_IMAGE_REMOVE, i->asked, i->digest);
	if (image_delete(&r->op.c->store, i->digest, e) || images_sweep(&r->op.c->store, r->tmp, NULL, e))
		return -1;
	for (size_t k = 0; k < i->refs.len; k++)
		if (strv_add(&r->untagged, i->refs.item[k], e))
			return -1;
	return strv_add(&r->deleted, i->digest, e);
}

static int check_names(const struct image_removal *r, const struct image *i, bool whole, struct err *e)
{
	auto_str struct str names = { 0 };

	if (i->refs.len < 2 || whole || r->force)
		return 0;
	for (size_t k = 0; k < i->refs.len; k++)
		if (str_addf(&names, e, "%s%s", k ? ", " : "", i->refs.item[k]))
			return -1;
	return err_set(e, ERR_STATE, 0, "image %.19s has more than one name (%.300s): remove it by a name, or use --force",
		       i->digest, names.text);
}

/* 1: containers use it, which force lets us remove. */
static int try_once(struct image_removal *r, const char *text, bool whole, struct strv *users, struct err *e)
{
	const struct store *s = &r->op.c->store;
	auto_close int lock = images_lock(s, e);
	auto_image struct image i;
	bool named;

	image_init(&i);
	if (lock < 0 || image_resolve(s, text, &i, e))
		return -1;
	if (r->unnamed && i.refs.len)
		return 0;
	named = strv_has(&i.refs, i.asked);
	if (named && i.refs.len > 1 && !whole)
		return remove_name(r, &i, i.asked, e);
	if (check_names(r, &i, whole, e) || image_users(s, i.digest, users, e))
		return -1;
	if (users->len)
		return r->force ? 1 : in_use(r, &i, users->item[0], e);
	return remove_whole(r, &i, e);
}

static int remove_one(struct image_removal *r, const char *text, bool whole, struct err *e)
{
	r->in_use = false;
	if (begin(r, e))
		return -1;
	for (int tries = 0; tries < REMOVE_TRIES; tries++) {
		auto_strv struct strv users = { 0 };
		int rc = try_once(r, text, whole, &users, e);

		if (rc <= 0)
			return rc;
		if (remove_users(r, &users, e))
			return -1;
	}
	r->in_use = true;
	return err_set(e, ERR_STATE, 0, "image %s: new containers of it are started all the time", text);
}

int image_remove(struct image_removal *r, const char *text, bool whole, struct err *e)
{
	return remove_one(r, text, whole, e) ? image_op_refused(&r->op, e) : 0;
}

int image_removal_sweep(struct image_removal *r, size_t *layers, struct err *e)
{
	auto_close int lock = -1;

	if (begin(r, e))
		return -1;
	lock = images_lock(&r->op.c->store, e);
	return lock < 0 ? -1 : images_sweep(&r->op.c->store, r->tmp, layers, e);
}
