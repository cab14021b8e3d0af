/* SPDX-License-Identifier: Apache-2.0 */
/* ps.c - see ps.h. Rows are made in ps_rows.c. */
#include "launcher/cli/ps.h"

#include <string.h>

#include "launcher/cli/ps_filter.h"
#include "launcher/cli/sizes.h"

const char *const ps_sort_words[] = { "command", "created", "id", "image", "names", "runningfor", "size", "status", NULL };

void ps_item_done(struct ps_item *i)
{
	look_done(&i->look);
	plan_free(i->plan);
	i->plan = NULL;
}

void ps_list_done(struct ps_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		ps_item_done(&l->item[i]);
	free(l->item);
	*l = (struct ps_list){ 0 };
}

int ps_dir(const struct ps_item *i)
{
	struct err ignored;

	return container_dir(i->store, i->look.state.id, &ignored);
}

const struct plan *ps_plan(struct ps_item *i)
{
	auto_str struct str text = { 0 };
	auto_close int dir = -1;
	struct err ignored;

	if (i->plan_asked)
		return i->plan;
	i->plan_asked = true;
	dir = ps_dir(i);
	if (dir >= 0 && container_plan_read(dir, &text, &ignored) == 0)
		(void)!plan_read(text.text, text.len, "plan.json", &i->plan, &ignored);
	return i->plan;
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_number(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_created(const struct ps_item *a, const struct ps_item *b)
{
	return compare_number(a->look.state.created, b->look.state.created);
}

static int by_command(const struct ps_item *a, const struct ps_item *b)
{
	return compare_text(a->look.state.command, b->look.state.command);
}

static int by_id(const struct ps_item *a, const struct ps_item *b)
{
	return compare_text(a->look.state.id, b->look.state.id);
}

static int by_image(const struct ps_item *a, const struct ps_item *b)
{
	return compare_text(a->look.state.image, b->look.state.image);
}

static int by_name(const struct ps_item *a, const struct ps_item *b)
{
	return compare_text(a->look.state.name, b->look.state.name);
}

static int by_size(const struct ps_item *a, const struct ps_item *b)
{
	return compare_number(a->size, b->size);
}

static int by_status(const struct ps_item *a, const struct ps_item *b)
{
	return compare_text(container_status_words[a->look.state.status], container_status_words[b->look.state.status]);
}

typedef int order_fn(const struct ps_item *a, const struct ps_item *b);

/* Equal ones in the order of their making, and that of their ids: a list is the same each time. */
static int in_order(const void *a, const void *b, void *order)
{
	int r = (*(order_fn *const *)order)(a, b);

	r = r ? r : by_created(a, b);
	return r ? r : by_id(a, b);
}

static int sort_list(const char *word, struct ps_list *l, struct err *e)
{
	static order_fn *const orders[] = {
		by_command, by_created, by_id, by_image, by_name, by_created, by_size, by_status,
	};
	size_t i = 0;

	while (ps_sort_words[i] && strcmp(ps_sort_words[i], word) != 0)
		i++;
	if (!ps_sort_words[i])
		return err_set(e, ERR_USAGE, 0,
			       "--sort %.32s: command, created, id, image, names, runningfor, size or status", word);
	if (l->len)
		qsort_r(l->item, l->len, sizeof(*l->item), in_order, (void *)&orders[i]);
	return 0;
}

/* 1: it is one of those that are asked for. */
static int look_one(struct context *c, const char *id, const struct ps_filters *f, bool all, struct ps_item *i, struct err *e)
{
	struct err why;

	if (look_for_list(c, id, &i->look, &why)) {
		/* Removed between the listing and now. */
		if (why.reason == ERR_NOTFOUND)
			return 0;
		*e = why;
		return -1;
	}
	return (all || look_is_live(&i->look)) && ps_filters_match(f, i);
}

static int look_at_all(struct context *c, const struct strv *ids, const struct ps_filters *f, bool all, struct ps_list *to,
		       struct err *e)
{
	to->item = calloc(ids->len + 1, sizeof(*to->item));
	if (!to->item)
		return err_set(e, ERR_SYSTEM, ENOMEM, "list");
	for (size_t i = 0; i < ids->len; i++) {
		struct ps_item *item = &to->item[to->len];
		int wanted;

		*item = (struct ps_item){ .store = &c->store, .size = -1, .root_size = -1 };
		look_init(&item->look);
		wanted = look_one(c, ids->item[i], f, all, item, e);
		if (wanted > 0) {
			to->len++;
			continue;
		}
		ps_item_done(item);
		if (wanted < 0)
			return -1;
	}
	return 0;
}

static void drop_older(struct ps_list *l, int64_t last)
{
	while (last >= 0 && l->len > (uint64_t)last) {
		ps_item_done(&l->item[0]);
		l->len--;
		memmove(l->item, l->item + 1, l->len * sizeof(*l->item));
	}
}

static int find_size(struct context *c, struct ps_item *i, struct err *e)
{
	int r;

	i->look.dir = ps_dir(i);
	r = sizes_of_container(c, &i->look, ps_plan(i), &i->size, &i->root_size, e);
	close_fd_auto(&i->look.dir);
	return r;
}

int ps_list_read(struct context *c, const struct ps_select *how, struct ps_list *ret, struct err *e)
{
	AUTO(ps_filters_free_auto) struct ps_filters *f = NULL;
	auto_ps_list struct ps_list l = { 0 };
	auto_strv struct strv ids = { 0 };
	bool all;

	if (sort_list(how->sort ? how->sort : "created", &l, e) || ps_filters_read(c, how->filters, &f, e))
		return -1;
	all = how->all || how->last >= 0 || ps_filters_by_status(f);
	if (context_store(c, e) || container_list(&c->store, &ids, e) || look_at_all(c, &ids, f, all, &l, e) ||
	    sort_list("created", &l, e))
		return -1;
	drop_older(&l, how->last);
	for (size_t i = 0; i < l.len && how->size; i++)
		if (find_size(c, &l.item[i], e))
			return -1;
	if (how->sort && sort_list(how->sort, &l, e))
		return -1;
	*ret = l;
	l = (struct ps_list){ 0 };
	return 0;
}
