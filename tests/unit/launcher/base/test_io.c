/* SPDX-License-Identifier: Apache-2.0 */
/* test_io.c - bounded reads, files replaced whole, and what stands where a file should. */
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

#include "launcher/base/io.h"
#include "tests/unit/place.h"

static void exact_reads_and_writes(void **state)
{
	struct err e = { 0 };
	char buf[8];
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(io_write_all(pipes[1], "abcdef", 6, "pipe", &e), 0);
	assert_int_equal(io_read_all(pipes[0], buf, 4, "pipe", &e), 0);
	assert_memory_equal(buf, "abcd", 4);
	close(pipes[1]);
	assert_int_equal(io_read_all(pipes[0], buf, 4, "pipe", &e), -1);
	assert_string_equal(e.text, "pipe: ends after 2 of 4 bytes");
	close(pipes[0]);
	assert_int_equal(io_write_all(-1, "x", 1, "nothing", &e), -1);
	assert_int_equal(e.reason, ERR_SYSTEM);
}

static void limit_at_n_and_one_past(void **state)
{
	struct place *p = *state;
	auto_str struct str s = { 0 }, t = { 0 };
	struct err e = { 0 };

	place_file(p, "five", "12345");
	assert_int_equal(io_read_file_at(p->fd, "five", 5, &s, &e), 0);
	assert_string_equal(s.text, "12345");
	assert_int_equal(io_read_file_at(p->fd, "five", 4, &t, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	place_file(p, "empty", "");
	assert_int_equal(io_read_file_at(p->fd, "empty", 0, &t, &e), 0);
	assert_string_equal(t.text, "");
}

static void only_regular_files_by_one_component(void **state)
{
	static const struct {
		const char *name;
		enum err_reason reason;
	} rows[] = {
		{ "missing", ERR_NOTFOUND }, { "fifo", ERR_INPUT }, { "link", ERR_INPUT },
		{ "dangling", ERR_INPUT }, { "dir", ERR_INPUT }, { "dir/in", ERR_INPUT }, { "", ERR_INPUT },
		{ ".", ERR_INPUT }, { "..", ERR_INPUT }, { "/etc/hostname", ERR_INPUT },
	};
	struct place *p = *state;

	assert_int_equal(mkfifoat(p->fd, "fifo", 0600), 0);
	assert_int_equal(symlinkat("five", p->fd, "link"), 0);
	assert_int_equal(symlinkat("nowhere", p->fd, "dangling"), 0);
	assert_int_equal(mkdirat(p->fd, "dir", 0700), 0);
	place_file(p, "dir/in", "x");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str struct str s = { 0 };
		struct err e = { 0 };

		alarm(5);
		if (io_read_file_at(p->fd, rows[i].name, 99, &s, &e) != -1 || e.reason != rows[i].reason)
			fail_msg("\"%s\": %s", rows[i].name, e.text);
		alarm(0);
	}
}

static void replaced_files_are_whole(void **state)
{
	struct place *p = *state;
	auto_str struct str s = { 0 };
	struct err e = { 0 };
	struct stat st;

	umask(077);
	assert_int_equal(io_replace_file_at(p->fd, "state", "one", 3, 0644, &e), 0);
	assert_int_equal(io_replace_volatile_at(p->fd, "state", "two\0x", 5, 0640, &e), 0);
	umask(022);
	assert_int_equal(fstatat(p->fd, "state", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(io_read_file_at(p->fd, "state", 99, &s, &e), 0);
	assert_int_equal(s.len, 5);
	assert_memory_equal(s.text, "two\0x", 6);
	/* The link is replaced, not what it points to. */
	place_file(p, "victim", "safe");
	assert_int_equal(symlinkat("victim", p->fd, "trap"), 0);
	assert_int_equal(io_replace_volatile_at(p->fd, "trap", "new", 3, 0600, &e), 0);
	str_done(&s);
	assert_int_equal(io_read_file_at(p->fd, "victim", 99, &s, &e), 0);
	assert_string_equal(s.text, "safe");
}

static void failed_replacements_leave_nothing(void **state)
{
	struct place *p = *state;
	char name[256], other[64];
	struct err e = { 0 };

	assert_int_equal(mkdirat(p->fd, "here", 0700), 0);
	assert_int_equal(mkdirat(p->fd, "here/full", 0700), 0);
	snprintf(other, sizeof(other), "%s/here", p->path);
	auto_close int here = open(other, O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(io_replace_file_at(here, "full", "x", 1, 0600, &e), -1);
	assert_int_equal(io_replace_file_at(here, "a/b", "x", 1, 0600, &e), -1);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(io_replace_file_at(here, name, "x", 1, 0600, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	/* No temporary file is left: the directory can be removed at once. */
	assert_int_equal(unlinkat(here, "full", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(p->fd, "here", AT_REMOVEDIR), 0);
}

static void kernel_files(void **state)
{
	struct place *p = *state;
	auto_str struct str s = { 0 };
	struct err e = { 0 };
	char buf[5];

	place_file(p, "k", "abc\n");
	assert_int_equal(io_read_kernel_at(p->fd, "k", buf, sizeof(buf), &e), 0);
	assert_string_equal(buf, "abc");
	assert_int_equal(io_read_kernel_at(p->fd, "k", buf, 4, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(io_write_kernel_at(p->fd, "k", "xyz", &e), 0);
	assert_int_equal(io_read_file_at(p->fd, "k", 9, &s, &e), 0);
	assert_string_equal(s.text, "xyz\n");
	assert_int_equal(io_write_kernel_at(p->fd, "none", "x", &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
	assert_int_equal(faccessat(p->fd, "none", F_OK, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_reads_and_writes), PLACE_TEST(limit_at_n_and_one_past),
		PLACE_TEST(only_regular_files_by_one_component), PLACE_TEST(replaced_files_are_whole),
		PLACE_TEST(failed_replacements_leave_nothing), PLACE_TEST(kernel_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
