/* SPDX-License-Identifier: Apache-2.0 */
/* entry.c - rules for names, types and numbers of layer entries. No system calls. */
#include "launcher/image/entry.h"

#include <string.h>
#include <sys/stat.h>

#include "launcher/base/str.h"

#define WHITEOUT ".wh."
enum { ENTRY_NAME_MAX = 255 };

static int check_component(const char *path, const char *p, size_t n, struct err *e)
{
	if (n == 0)
		return err_set(e, ERR_INPUT, 0, "%.200s: empty component in the path", path);
	if (n > ENTRY_NAME_MAX)
		return err_set(e, ERR_LIMIT, 0, "%.200s: component of %zu bytes, at most %d", path, n, ENTRY_NAME_MAX);
	if ((n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
		return err_set(e, ERR_INPUT, 0, "%.200s: \"%.*s\" in the path", path, (int)n, p);
	if (n >= strlen(WHITEOUT) && memcmp(p, WHITEOUT, strlen(WHITEOUT)) == 0)
		return err_set(e, ERR_INPUT, 0, "%.200s: whiteout name that is none", path);
	return 0;
}

static int check_path(const char *path, const struct image_limits *limits, struct err *e)
{
	uint64_t depth = 0;

	if (*path == '/')
		return err_set(e, ERR_INPUT, 0, "%.200s: absolute path", path);
	if (strlen(path) > limits->path_bytes)
		return err_set(e, ERR_LIMIT, 0, "%.200s...: path longer than %ju bytes", path,
			       (uintmax_t)limits->path_bytes);
	for (const char *p = path;;) {
		size_t n = strcspn(p, "/");

		if (check_component(path, p, n, e) < 0)
			return -1;
		if (++depth > limits->depth)
			return err_set(e, ERR_LIMIT, 0, "%.200s...: deeper than %ju directories", path,
				       (uintmax_t)limits->depth);
		if (!p[n])
			return 0;
		p += n + 1;
	}
}

static int check_numbers(const struct entry *entry, const struct image_limits *limits, struct err *e)
{
	const struct frame_entry *f = &entry->fixed;

	if (f->uid == UINT32_MAX || f->gid == UINT32_MAX)
		return err_set(e, ERR_INPUT, 0, "%.200s: owner beyond 4294967294", entry->path);
	if (f->mode & ~(uint32_t)07777)
		return err_set(e, ERR_INPUT, 0, "%.200s: mode beyond 7777", entry->path);
	if (f->mtime < 0 || f->mtime > (int64_t)1 << 34 || f->mtime_ns >= 1000000000)
		return err_set(e, ERR_INPUT, 0, "%.200s: time out of range", entry->path);
	if (f->size > limits->layer_bytes)
		return err_set(e, ERR_LIMIT, 0, "%.200s: larger than %ju bytes", entry->path,
			       (uintmax_t)limits->layer_bytes);
	if (f->size && f->type != ENTRY_FILE)
		return err_set(e, ERR_INPUT, 0, "%.200s: has content but is no file", entry->path);
	return 0;
}

int entry_check(const struct entry *entry, const struct image_limits *limits, struct err *e)
{
	uint32_t type = entry->fixed.type;
	bool has_link = type == ENTRY_SYMLINK || type == ENTRY_HARDLINK;

	if (type < ENTRY_FILE || type >= ENTRY_TYPES)
		return err_set(e, ERR_INPUT, 0, "%.200s: unknown type of entry", entry->path);
	/* The top of the layer has a mode and may be opaque; it cannot be anything but a directory. */
	if (!*entry->path && type != ENTRY_DIR && type != ENTRY_OPAQUE)
		return err_set(e, ERR_INPUT, 0, "an entry without a name");
	if (*entry->path && check_path(entry->path, limits, e) < 0)
		return -1;
	if (has_link != (*entry->link != 0))
		return err_set(e, ERR_INPUT, 0, "%.200s: %s", entry->path,
			       has_link ? "link without a target" : "link target on what is no link");
	if (strlen(entry->link) > limits->link_bytes)
		return err_set(e, ERR_LIMIT, 0, "%.200s: link target longer than %ju bytes", entry->path,
			       (uintmax_t)limits->link_bytes);
	if (type == ENTRY_HARDLINK && check_path(entry->link, limits, e) < 0)
		return err_context(e, "%.100s: hard link", entry->path);
	return check_numbers(entry, limits, e);
}

/* "./a/b/" and "a/b" are one: tar(1) writes directories with a slash and, when told ".", all names with "./". */
static char *trim(char *name)
{
	size_t n;

	while (name[0] == '.' && name[1] == '/')
		for (name += 1; *name == '/';)
			name++;
	n = strlen(name);
	while (n > 1 && name[n - 1] == '/')
		name[--n] = 0;
	return strcmp(name, ".") == 0 ? name + 1 : name;
}

int entry_name(char *name, enum entry_type *type, const char **ret_path, struct err *e)
{
	char *path = trim(name), *last = strrchr(path, '/'), *hidden;

	last = last ? last + 1 : path;
	*ret_path = path;
	if (!str_starts(last, WHITEOUT))
		return 0;
	if (*type != ENTRY_FILE)
		return err_set(e, ERR_INPUT, 0, "%.200s: a whiteout must be an empty file", path);
	hidden = last + strlen(WHITEOUT);
	if (strcmp(hidden, ".wh..opq") == 0) {
		*type = ENTRY_OPAQUE;
		*(last > path ? last - 1 : last) = 0;
		return 0;
	}
	if (!*hidden || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0 || str_starts(hidden, WHITEOUT))
		return err_set(e, ERR_INPUT, 0, "%.200s: a whiteout of nothing that could be there", path);
	*type = ENTRY_WHITEOUT;
	memmove(last, hidden, strlen(hidden) + 1);
	return 0;
}

bool entry_keeps_xattr(const char *name)
{
	return str_starts(name, "user.") && name[strlen("user.")] && !str_starts(name, "user.overlay.") &&
	       strlen(name) <= ENTRY_NAME_MAX;
}
