/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.c - see mounts.h. */
#include "launcher/store/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/ids.h"

#define MOUNTS "mounts"

enum { PLACE_FLAGS = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

int mounts_dir(const struct store *s, struct err *e)
{
	int fd = openat(s->run, MOUNTS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "store: " MOUNTS) : fd;
}

int mounts_find(const struct store *s, const char *id, int *ret, bool *ret_was, struct err *e)
{
	char place[sizeof(MOUNTS "/") + ID_HEX];
	auto_close int fd = -1;
	struct statx st;

	*ret = -1;
	*ret_was = false;
	if (!id_is_valid(id))
		return err_set(e, ERR_INPUT, 0, "%.80s: is no container id", id);
	memcpy(place, MOUNTS "/", sizeof(MOUNTS));
	memcpy(place + sizeof(MOUNTS), id, ID_HEX + 1);
	fd = openat(s->run, place, PLACE_FLAGS);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &st))
		return err_set(e, ERR_SYSTEM, errno, "store: %s", place);
	*ret_was = true;
	if (st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		*ret = take_fd(&fd);
	return 0;
}

int mounts_make(const struct store *s, const char *id, struct err *e)
{
	auto_close int dir = -1;
	int fd;

	if (!id_is_valid(id))
		return err_set(e, ERR_INPUT, 0, "%.80s: is no container id", id);
	if (mkdirat(s->run, MOUNTS, 0700) && errno != EEXIST)
		return err_set(e, ERR_SYSTEM, errno, "store: mkdir " MOUNTS);
	dir = mounts_dir(s, e);
	if (dir < 0)
		return -1;
	if (mkdirat(dir, id, 0700) && errno != EEXIST)
		return err_set(e, ERR_SYSTEM, errno, "store: mkdir " MOUNTS "/%s", id);
	fd = openat(dir, id, PLACE_FLAGS);
	return fd < 0 ? err_set(e, ERR_SYSTEM, errno, "store: " MOUNTS "/%s", id) : fd;
}

int mounts_remove(const struct store *s, const char *id, struct err *e)
{
	auto_close int dir = mounts_dir(s, e);

	if (dir < 0)
		return e->reason == ERR_NOTFOUND ? 0 : -1;
	/* An empty directory, or it fails: nothing below a mount is ever taken away. */
	if (unlinkat(dir, id, AT_REMOVEDIR) && errno != ENOENT)
		return err_set(e, ERR_SYSTEM, errno, "store: " MOUNTS "/%s", id);
	return 0;
}

int mounts_list(const struct store *s, struct strv *ret, struct err *e)
{
	auto_close int dir = mounts_dir(s, e);
	auto_strv struct strv places = { 0 };

	if (dir < 0)
		return e->reason == ERR_NOTFOUND ? 0 : -1;
	if (store_names(dir, MOUNTS, id_is_valid, &places, e))
		return -1;
	for (size_t i = 0; i < places.len; i++) {
		auto_close int fd = -1;
		bool was;

		if (mounts_find(s, places.item[i], &fd, &was, e) || (fd >= 0 && strv_add(ret, places.item[i], e)))
			return -1;
	}
	return 0;
}
