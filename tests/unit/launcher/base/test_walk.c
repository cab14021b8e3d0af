/* SPDX-License-Identifier: Apache-2.0 */
/* test_walk.c - order, limits, and what must not be opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/inodes.h"
#include "launcher/base/str.h"
#include "launcher/base/walk.h"
#include "tests/unit/place.h"

static int note_enter(void *arg, const struct walk_entry *w, struct err *e)
{
	return str_addf(arg, e, "%s ", w->path);
}

static int note_leave(void *arg, const struct walk_entry *w, struct err *e)
{
	return str_addf(arg, e, "<%s ", w->path);
}

static int count_file(void *arg, const struct walk_entry *w, struct err *e)
{
	return S_ISREG(w->st.st_mode) ? walk_count(arg, (uint64_t)w->st.st_size, w->path, e) : 0;
}

static void sorted_and_through_no_link(void **state)
{
	const struct place *p = *state;
	auto_str struct str seen = { 0 };
	struct walk w = { .limits = WALK_LIMITS_DEFAULT, .enter = note_enter, .leave = note_leave, .arg = &seen };
	struct err e = { 0 };

	assert_int_equal(mkdirat(p->fd, "b", 0755), 0);
	assert_int_equal(mkdirat(p->fd, "b/d", 0755), 0);
	place_file(p, "c", "x");
	place_file(p, "b/e", "x");
	assert_int_equal(symlinkat("/etc", p->fd, "a"), 0);
	assert_int_equal(mkfifoat(p->fd, "f", 0600), 0);
	assert_int_equal(walk_tree(&w, p->fd, &e), 0);
	assert_string_equal(seen.text, " a b b/d <b/d b/e <b c f < ");
}

/* 3 entries, 2 deep, the longest path "d/dd" 4 bytes, 5 bytes in files. */
static int walk_limited(const struct place *p, struct walk_limits limits, struct err *e)
{
	struct walk w = { .limits = limits, .enter = count_file };

	w.arg = &w;
	return walk_tree(&w, p->fd, e);
}

static void limits_at_n_and_one_past(void **state)
{
	const struct walk_limits fits = { .entries = 3, .depth = 2, .path_bytes = 4, .bytes = 5 };
	const struct place *p = *state;
	struct walk_limits less;
	struct err e = { 0 };

	assert_int_equal(mkdirat(p->fd, "d", 0755), 0);
	place_file(p, "d/dd", "abc");
	place_file(p, "f", "de");
	assert_int_equal(walk_limited(p, fits, &e), 0);
	less = fits;
	less.entries--;
	assert_int_equal(walk_limited(p, less, &e), -1);
	assert_string_equal(e.text, "more than 2 entries");
	less = fits;
	less.depth--;
	assert_int_equal(walk_limited(p, less, &e), -1);
	assert_non_null(strstr(e.text, "deeper than 1 directories"));
	less = fits;
	less.path_bytes--;
	assert_int_equal(walk_limited(p, less, &e), -1);
	assert_non_null(strstr(e.text, "more than 3 bytes"));
	less = fits;
	less.bytes--;
	assert_int_equal(walk_limited(p, less, &e), -1);
	assert_string_equal(e.text, "f: more than 4 bytes in all");
	assert_int_equal(e.reason, ERR_LIMIT);
}

static int replace_with_fifo(void *arg, const struct walk_entry *w, struct err *e)
{
	int *result = arg;

	if (!*w->path)
		return 0;
	assert_int_equal(unlinkat(w->parent, w->name, 0), 0);
	assert_int_equal(mkfifoat(w->parent, w->name, 0600), 0);
	*result = walk_open(w, e);
	return 0;
}

static void a_file_that_becomes_a_fifo(void **state)
{
	const struct place *p = *state;
	int result = 0;
	struct walk w = { .limits = WALK_LIMITS_DEFAULT, .enter = replace_with_fifo, .arg = &result };
	struct err e = { 0 };

	place_file(p, "f", "x");
	assert_int_equal(walk_tree(&w, p->fd, &e), 0);
	assert_int_equal(result, -1);
	assert_int_equal(e.reason, ERR_STATE);
}

static void one_inode_two_names(void **state)
{
	const struct place *p = *state;
	struct inodes t = { 0 };
	const char *first = "";
	struct err e = { 0 };
	struct stat a, b;

	place_file(p, "a", "x");
	place_file(p, "b", "x");
	assert_int_equal(fstatat(p->fd, "a", &a, 0) | fstatat(p->fd, "b", &b, 0), 0);
	assert_int_equal(inodes_first(&t, &a, "a", &first, &e), 0);
	assert_null(first);
	assert_int_equal(inodes_first(&t, &b, "b", &first, &e), 0);
	assert_null(first);
	assert_int_equal(inodes_first(&t, &a, "c", &first, &e), 0);
	assert_string_equal(first, "a");
	inodes_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(sorted_and_through_no_link), PLACE_TEST(limits_at_n_and_one_past),
		PLACE_TEST(a_file_that_becomes_a_fifo), PLACE_TEST(one_inode_two_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
