/* SPDX-License-Identifier: Apache-2.0 */
/* rig.h - a store of its own for a test, loading into it, and what must be true of it afterwards. */
#ifndef SECCTR_TESTS_IMAGE_RIG_H
#define SECCTR_TESTS_IMAGE_RIG_H

#include <dirent.h>
#include <limits.h>

#include "launcher/image/load.h"
#include "launcher/store/images.h"
#include "tests/unit/launcher/image/archives.h"
#include "tests/unit/place.h"

/* O/tests/launcher/image/test_X -> O/bin/secctr-fetch */
static inline const char *fetch_path(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);

	assert_true(n > 0);
	path[n] = 0;
	for (int i = 0; i < 4; i++)
		*strrchr(path, '/') = 0;
	strcat(path, "/bin/secctr-fetch");
	return path;
}

static inline void open_store(const struct place *p, struct store *s)
{
	char lib[64], run[64];

	snprintf(lib, sizeof(lib), "%s/lib", p->path);
	snprintf(run, sizeof(run), "%s/run", p->path);
	OK(store_open(lib, run, s, e));
	OK(store_open_images(s, e));
}

static inline int load_with(const struct place *p, const struct store *s, const char *name,
			    struct image_load_options *o, struct strv *ret, struct err *e)
{
	auto_close int fd = openat(p->fd, name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	if (!o->fetch)
		o->fetch = fetch_path();
	return image_load(s, fd, o, ret, e);
}

static inline size_t count_in(int dir)
{
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	size_t n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

/* Nothing came, nothing is left over, and nothing outside the store changed. */
static inline void assert_untouched(const struct place *p, const struct store *s)
{
	struct stat st;

	assert_int_equal(count_in(s->layers), 0);
	assert_int_equal(count_in(s->images), 0);
	assert_int_equal(count_in(s->tmp), 0);
	assert_int_equal(fstatat(p->fd, "canary", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_size, 6);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(fstatat(p->fd, "escaped", &st, AT_SYMLINK_NOFOLLOW), -1);
}

static inline void put_canary(const struct place *p)
{
	place_file(p, "canary", "canary");
	assert_int_equal(fchmodat(p->fd, "canary", 0640, 0), 0);
}

#endif
