/* SPDX-License-Identifier: Apache-2.0 */
/* partials.c - see partials.h. */
#include "launcher/store/partials.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/digest.h"
#include "launcher/base/path.h"

static const char *hex_of(const char *digest)
{
	return digest + strlen("sha256:");
}

int partials_open(const struct store *s, struct err *e)
{
	return path_make_private_dir(s->lib, "partial", 0700, e);
}

int partial_take(int partials, const char *digest, int *ret, struct err *e)
{
	const char *hex = hex_of(digest);

	*ret = -1;
	for (;;) {
		auto_close int fd = openat(partials, hex, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
		struct stat st;

		if (fd < 0)
			return err_set(e, ERR_SYSTEM, errno, "partial/%s", hex);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0)
			return errno == EWOULDBLOCK ? 0 : err_set(e, ERR_SYSTEM, errno, "partial/%s", hex);
		if (fstat(fd, &st) < 0)
			return err_set(e, ERR_SYSTEM, errno, "partial/%s", hex);
		/* Removed between our open and our lock: then it is made anew. */
		if (st.st_nlink == 0)
			continue;
		*ret = take_fd(&fd);
		return 0;
	}
}

int partial_give(int partials, const char *digest, int dir, const char *name, struct err *e)
{
	return linkat(partials, hex_of(digest), dir, name, 0) < 0 ? err_set(e, ERR_SYSTEM, errno, "partial/%s", hex_of(digest)) : 0;
}

static void remove_one(int partials, const char *hex)
{
	auto_close int fd = openat(partials, hex, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		(void)unlinkat(partials, hex, 0);
}

void partial_remove(int partials, const char *digest)
{
	remove_one(partials, hex_of(digest));
}

static bool is_entry(const char *name)
{
	return name[0] != '.';
}

int partials_remove(const struct store *s, struct err *e)
{
	auto_close int dir = partials_open(s, e);
	auto_strv struct strv names = { 0 };

	if (dir < 0 || store_names(dir, "partial", is_entry, &names, e))
		return -1;
	for (size_t i = 0; i < names.len; i++)
		remove_one(dir, names.item[i]);
	return 0;
}
