/* SPDX-License-Identifier: Apache-2.0 */
/* test_reference.c - the grammar of image references. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/store/reference.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void normalises(void **state)
{
	static const char *const rows[][2] = {
		{ "busybox", "docker.io/library/busybox:latest" },
		{ "busybox:1.36", "docker.io/library/busybox:1.36" },
		{ "me/tool", "docker.io/me/tool:latest" },
		{ "docker.io/busybox", "docker.io/library/busybox:latest" },
		{ "index.docker.io/me/x:2", "docker.io/me/x:2" },
		{ "localhost/x", "localhost/x:latest" },
		{ "localhost:5000/x:y", "localhost:5000/x:y" },
		{ "r.example/a/b-c_d__e.f/g--h:T_1.x-y", "r.example/a/b-c_d__e.f/g--h:T_1.x-y" },
		{ "q.io/x@sha256:" HEX, "q.io/x@sha256:" HEX },
		{ "q.io/x:1@sha256:" HEX, "q.io/x@sha256:" HEX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_free char *got = NULL;
		struct err e = { 0 };

		if (image_reference_normalise(rows[i][0], &got, &e) < 0)
			fail_msg("%s: %s", rows[i][0], e.text);
		assert_string_equal(got, rows[i][1]);
	}
}

static void refuses(void **state)
{
	static const char *const rows[] = {
		"", ":", "/", "a/", "/a", "A", "a:", "a:.x", "a:-x", "a b", "a\nb", "a@", "a@sha256:" HEX "0", "a@sha512:" HEX,
		"a@sha256:0123", "a//b", "a/../b", "../a", "./a", "a/.", ".a", "-a", "a-", "a..b", "a___b", "a._b",
		"x.io:/a", "x.io:123456/a", "x.io:8a/a", "-x.io/a", "x..io/a", "x-.io/a", "[::1]:5000/a", "a:b:c", "a:b/c:d:e",
		"a'b", "a\"b", "a$b", "\xc3\xa4",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *got = NULL;
		struct err e = { 0 };

		if (image_reference_normalise(rows[i], &got, &e) == 0)
			fail_msg("\"%s\" became %s", rows[i], got);
		assert_int_equal(e.reason, ERR_INPUT);
	}
}

static void limits(void **state)
{
	static const struct {
		const char *front;
		int max;
	} rows[] = {
		{ "q.io/", REFERENCE_NAME_MAX }, { "a:", REFERENCE_TAG_MAX },
		{ "", REFERENCE_NAME_MAX - 8 },		/* library/ comes in front */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (int extra = 0; extra < 2; extra++) {
			auto_free char *got = NULL;
			char text[REFERENCE_MAX];
			struct err e = { 0 };
			size_t at = strlen(strcpy(text, rows[i].front));

			memset(text + at, 'b', (size_t)(rows[i].max + extra));
			text[at + (size_t)(rows[i].max + extra)] = 0;
			assert_int_equal(image_reference_normalise(text, &got, &e), extra ? -1 : 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normalises), cmocka_unit_test(refuses), cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
