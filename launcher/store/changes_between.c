/* SPDX-License-Identifier: Apache-2.0 */
/* changes_between.c - two whole trees: each is listed, sorted, and the lists are gone through together. */
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/store/changes_layer.h"

struct item {
	char *path;
	struct stat st;
	bool changed;			/* something in it */
};

struct list {
	struct walk walk;
	const struct changes_tree *tree;
	size_t layer;			/* the one that is walked */
	struct item *item;
	size_t len, room;
};

static void list_done(struct list *l)
{
	for (size_t i = 0; i < l->len; i++)
		free(l->item[i].path);
	free(l->item);
}

static int add(struct list *l, const struct walk_entry *w, struct err *e)
{
	if (l->len == l->walk.limits.entries)
		return err_set(e, ERR_LIMIT, 0, "more than %ju entries", (uintmax_t)l->walk.limits.entries);
	if (l->len == l->room) {
		size_t room = l->room ? 2 * l->room : 256;
		struct item *more = reallocarray(l->item, room, sizeof(*more));

		if (!more)
			return err_set(e, ERR_SYSTEM, ENOMEM, "list of files");
		l->item = more;
		l->room = room;
	}
	l->item[l->len] = (struct item){ .st = w->st };
	if (str_copy(w->path, &l->item[l->len].path, e))
		return -1;
	l->len++;
	return 0;
}

/* Seen through the layers above: what they have or hide is not this one's. */
static int enter(void *arg, const struct walk_entry *w, struct err *e)
{
	struct list *l = arg;
	enum changes_found above = CHANGES_MISSED;

	if (!*w->path)
		return 0;
	for (size_t i = 0; i < l->layer && above == CHANGES_MISSED; i++)
		above = changes_look(l->tree->fd[i], w->path);
	if (above == CHANGES_HIDDEN || changes_is_whiteout(&w->st))
		return 1;
	return above == CHANGES_FOUND ? 0 : add(l, w, e);
}

/* By components, so that a directory is followed by what is in it. */
static int compare_paths(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (*a == '/' ? 1 : *a ? (unsigned char)*a + 1 : 0) - (*b == '/' ? 1 : *b ? (unsigned char)*b + 1 : 0);
}

static int by_path(const void *a, const void *b)
{
	return compare_paths(((const struct item *)a)->path, ((const struct item *)b)->path);
}

static int read_tree(struct list *l, const struct changes_tree *tree, const struct walk_limits *limits, struct err *e)
{
	*l = (struct list){ .tree = tree };
	for (l->layer = 0; l->layer < tree->n; l->layer++) {
		l->walk = (struct walk){ .limits = *limits, .enter = enter, .arg = l };
		if (walk_tree(&l->walk, tree->fd[l->layer], e))
			return -1;
	}
	if (l->len)
		qsort(l->item, l->len, sizeof(*l->item), by_path);
	return 0;
}

static bool is_changed(const struct stat *a, const struct stat *b)
{
	if (a->st_mode != b->st_mode || a->st_uid != b->st_uid || a->st_gid != b->st_gid || a->st_rdev != b->st_rdev)
		return true;
	return !S_ISDIR(a->st_mode) && (a->st_size != b->st_size || a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
					a->st_mtim.tv_nsec != b->st_mtim.tv_nsec);
}

/* All directories that `path` is in, of a sorted list. */
static void mark_parents(struct list *l, const char *path)
{
	char *copy = strdup(path), *slash;

	while (copy && (slash = strrchr(copy, '/'))) {
		const struct item key = { .path = copy };
		struct item *found;

		*slash = '\0';
		found = bsearch(&key, l->item, l->len, sizeof(key), by_path);
		if (found)
			found->changed = true;
	}
	free(copy);
}

static bool is_in(const char *path, const char *dir)
{
	size_t n = dir ? strlen(dir) : 0;

	return dir && strncmp(path, dir, n) == 0 && path[n] == '/';
}

static int tell(struct strv *ret, char kind, const char *path, const struct walk_limits *limits, struct err *e)
{
	auto_str struct str s = { 0 };

	if (ret->len == limits->entries)
		return err_set(e, ERR_LIMIT, 0, "more than %ju changes", (uintmax_t)limits->entries);
	return str_addf(&s, e, "%c/%s", kind, path) || strv_add(ret, s.text, e) ? -1 : 0;
}

/* Twice: a directory comes before what changes in it. */
static int compare(struct list *now, const struct list *before, bool silent, const struct walk_limits *limits, struct strv *ret,
		   struct err *e)
{
	const char *gone = NULL;

	for (size_t i = 0, k = 0; i < now->len || k < before->len; ) {
		int order = i == now->len ? 1 : k == before->len ? -1 : compare_paths(now->item[i].path, before->item[k].path);
		const char *path = order > 0 ? before->item[k].path : now->item[i].path;
		char kind = order < 0 ? 'A' : order > 0 ? 'D' : 'C';
		bool told = order != 0 || is_changed(&now->item[i].st, &before->item[k].st);

		if (order > 0 && is_in(path, gone))
			told = false;
		else if (order > 0)
			gone = path;
		if (silent && told)
			mark_parents(now, path);
		else if (!silent && (told || (order == 0 && now->item[i].changed)) && tell(ret, kind, path, limits, e))
			return -1;
		i += order <= 0;
		k += order >= 0;
	}
	return 0;
}

int changes_between(const struct changes_tree *now, const struct changes_tree *before, const struct walk_limits *limits, struct strv *ret,
		    struct err *e)
{
	AUTO(list_done) struct list a = { 0 }, b = { 0 };

	if (read_tree(&a, now, limits, e) || read_tree(&b, before, limits, e) || compare(&a, &b, true, limits, ret, e))
		return -1;
	return compare(&a, &b, false, limits, ret, e);
}
