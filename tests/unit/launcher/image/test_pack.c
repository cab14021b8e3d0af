/* SPDX-License-Identifier: Apache-2.0 */
/* test_pack.c - archives that libarchive reads back: names, links, attributes and their limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "launcher/base/str.h"
#include "launcher/image/pack.h"
#include "launcher/image/tar_header.h"
#include "tests/unit/place.h"

static const struct pack_how how = { .prefix = "", .limits = WALK_LIMITS_DEFAULT };

static int memory(void)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* "NAME>LINK=N user.x:VALUE;" of every entry. */
static void listing(int fd, struct str *ret)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	struct err e;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	archive_read_support_format_tar(a);
	assert_int_equal(archive_read_open_fd(a, fd, 512), ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		const char *link = archive_entry_hardlink(entry), *key;
		const void *value;
		size_t n;

		link = link ? link : archive_entry_symlink(entry);
		assert_int_equal(str_addf(ret, &e, "%s>%s=%lld", archive_entry_pathname(entry), link ? link : "",
					  (long long)archive_entry_size(entry)), 0);
		archive_entry_xattr_reset(entry);
		while (archive_entry_xattr_next(entry, &key, &value, &n) == ARCHIVE_OK)
			assert_int_equal(str_addf(ret, &e, " %s:%.*s", key, (int)n, (const char *)value), 0);
		assert_int_equal(str_add(ret, ";", &e), 0);
	}
	assert_int_equal(archive_errno(a), 0);
	archive_read_free(a);
}

static void names_links_and_attributes(void **state)
{
	const struct place *p = *state;
	auto_close int out = memory();
	auto_str struct str seen = { 0 };
	auto_close int dir = -1;
	struct err e = { 0 };

	assert_int_equal(mkdirat(p->fd, "d", 0755), 0);
	place_file(p, "d/a", "one");
	assert_int_equal(linkat(p->fd, "d/a", p->fd, "d/b", 0), 0);
	assert_int_equal(symlinkat("../../x\n9 path=evil", p->fd, "l"), 0);
	dir = openat(p->fd, "d", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fsetxattr(dir, "trusted.x", "no", 2, 0), 0);
	assert_int_equal(pack_tree(p->fd, &how, out, &e), 0);
	listing(out, &seen);
	assert_string_equal(seen.text, "d/>=0;d/a>=3;d/b>d/a=0;l>../../x\n9 path=evil=0;");
}

/* 100 bytes fit into the header, 101 need a record in front; neither is cut. */
static void long_names(void **state)
{
	const struct place *p = *state;

	for (size_t n = 99; n <= 102; n++) {
		auto_close int out = memory();
		auto_str struct str seen = { 0 };
		char name[128] = "", want[140];
		struct err e = { 0 };

		memset(name, 'n', n);
		place_file(p, name, "x");
		assert_int_equal(pack_tree(p->fd, &how, out, &e), 0);
		snprintf(want, sizeof(want), "%s>=1;", name);
		listing(out, &seen);
		assert_string_equal(seen.text, want);
		assert_int_equal(unlinkat(p->fd, name, 0), 0);
	}
}

static void pax_records_count_themselves(void **state)
{
	auto_str struct str pax = { 0 };
	char value[100];
	struct err e;

	(void)state;
	memset(value, 'v', sizeof(value));
	/* 6 + 91 = 97: with its two digits 99; one more byte needs three digits. */
	assert_int_equal(tar_pax_add(&pax, "key", value, 91, &e), 0);
	assert_int_equal(pax.len, 99);
	assert_true(str_starts(pax.text, "99 key="));
	str_done(&pax);
	assert_int_equal(tar_pax_add(&pax, "key", value, 92, &e), 0);
	assert_int_equal(pax.len, strtoul(pax.text, NULL, 10));
}

static void bytes_at_n_and_one_past(void **state)
{
	const struct place *p = *state;
	struct pack_how limited = how;
	auto_close int out = memory();
	struct err e = { 0 };

	place_file(p, "f", "12345");
	limited.limits.bytes = 5;
	assert_int_equal(pack_tree(p->fd, &limited, out, &e), 0);
	limited.limits.bytes = 4;
	assert_int_equal(pack_tree(p->fd, &limited, out, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(names_links_and_attributes), PLACE_TEST(long_names), cmocka_unit_test(pax_records_count_themselves),
		PLACE_TEST(bytes_at_n_and_one_past),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
