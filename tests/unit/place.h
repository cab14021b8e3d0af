/* SPDX-License-Identifier: Apache-2.0 */
/* place.h - an own directory below /tmp for each test that wants one: PLACE_TEST(function), *state is it. */
#ifndef SECCTR_TESTS_PLACE_H
#define SECCTR_TESTS_PLACE_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/path.h"

struct place {
	char path[32];
	int fd;
};

static inline int place_make(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->path, "/tmp/secctr-test.XXXXXX");
	if (!mkdtemp(p->path))
		return -1;
	p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = p;
	return p->fd < 0 ? -1 : 0;
}

static inline int place_drop(void **state)
{
	auto_close int tmp = open("/tmp", O_PATH | O_CLOEXEC);
	struct place *p = *state;
	struct err e = { 0 };
	int rc = path_remove_tree(tmp, p->path + 5, &e);

	if (rc)
		print_error("%s\n", e.text);
	close(p->fd);
	free(p);
	return rc;
}

static inline void place_file(const struct place *p, const char *name, const char *text)
{
	auto_close int fd = openat(p->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

#define PLACE_TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_drop)

#endif
