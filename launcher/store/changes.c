/* SPDX-License-Identifier: Apache-2.0 */
/* changes.c - see changes.h. */
#include "launcher/store/changes_layer.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/xattr.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/path.h"

DEFINE_AUTO(closedir, DIR *)

struct changes {
	struct walk walk;
	const int *layers;
	size_t n;
	struct strv *ret;
};

bool changes_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

static bool is_opaque(int dir)
{
	char c[2];

	return fgetxattr(dir, "trusted.overlay.opaque", c, sizeof(c)) == 1 && c[0] == 'y';
}

enum changes_found changes_look(int layer, const char *path)
{
	auto_close int dir = openat(layer, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool opaque = false;

	for (const char *at = path; dir >= 0; ) {
		size_t length = strcspn(at, "/");
		char name[NAME_MAX + 1];
		struct stat st;
		int next;

		if (length > NAME_MAX)
			return CHANGES_MISSED;
		memcpy(name, at, length);
		name[length] = '\0';
		opaque |= is_opaque(dir);
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
			return opaque ? CHANGES_HIDDEN : CHANGES_MISSED;
		if (changes_is_whiteout(&st))
			return CHANGES_HIDDEN;
		if (!at[length])
			return CHANGES_FOUND;
		if (!S_ISDIR(st.st_mode))
			return CHANGES_HIDDEN;
		next = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close_fd_auto(&dir);
		dir = next;
		at += length + 1;
	}
	return CHANGES_MISSED;
}

static bool is_below(const struct changes *c, const char *path)
{
	enum changes_found found = CHANGES_MISSED;

	for (size_t i = 0; i < c->n && found == CHANGES_MISSED; i++)
		found = changes_look(c->layers[i], path);
	return found == CHANGES_FOUND;
}

static int add(struct changes *c, char kind, const char *dir, const char *name, struct err *e)
{
	auto_str struct str s = { 0 };

	if (str_addf(&s, e, "%c/%s%s%s", kind, dir, *dir && *name ? "/" : "", name))
		return -1;
	if (strv_add(c->ret, s.text, e))
		return -1;
	return c->ret->len > c->walk.limits.entries ?
	       err_set(e, ERR_LIMIT, 0, "more than %ju changes", (uintmax_t)c->walk.limits.entries) : 0;
}

static bool has_name(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What this layer has in the directory, and the upper one has not. Once, however many layers have it. */
static int add_hidden_of(struct changes *c, size_t layer, const char *path, int upper, struct err *e)
{
	auto_close int fd = path_below_open(c->layers[layer], path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, true, e);
	AUTO(closedir_auto) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;

	if (!dir)
		return 0;
	fd = -1;
	while ((d = readdir(dir))) {
		auto_str struct str whole = { 0 };
		bool known = false;

		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 || has_name(upper, d->d_name))
			continue;
		if (str_addf(&whole, e, "%s/%s", path, d->d_name))
			return -1;
		for (size_t above = 0; above < layer && !known; above++)
			known = changes_look(c->layers[above], whole.text) != CHANGES_MISSED;
		if (!known && changes_look(c->layers[layer], whole.text) == CHANGES_FOUND && add(c, 'D', path, d->d_name, e))
			return -1;
	}
	return 0;
}

static int enter(void *arg, const struct walk_entry *w, struct err *e)
{
	struct changes *c = arg;
	auto_close int dir = -1;
	bool below;

	if (!*w->path)
		return 0;
	below = is_below(c, w->path);
	if (changes_is_whiteout(&w->st))
		return below ? add(c, 'D', w->path, "", e) : 0;
	if (add(c, below ? 'C' : 'A', w->path, "", e))
		return -1;
	if (!below || !S_ISDIR(w->st.st_mode))
		return 0;
	dir = walk_open(w, e);
	if (dir < 0)
		return -1;
	for (size_t i = 0; i < c->n && is_opaque(dir); i++)
		if (add_hidden_of(c, i, w->path, dir, e))
			return -1;
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a + 1, *(char *const *)b + 1);
}

int changes_find(int upper, const int *layers, size_t n, const struct walk_limits *limits, struct strv *ret, struct err *e)
{
	struct changes c = { .walk = { .limits = *limits, .enter = enter, .arg = &c }, .layers = layers, .n = n, .ret = ret };

	if (walk_tree(&c.walk, upper, e))
		return -1;
	if (ret->len)
		qsort(ret->item, ret->len, sizeof(*ret->item), by_path);
	return 0;
}
