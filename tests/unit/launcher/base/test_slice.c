/* SPDX-License-Identifier: Apache-2.0 */
/* test_slice.c - names of slices, and their paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/slice.h"

static void paths(void **state)
{
	static const struct {
		const char *slice, *path;
	} rows[] = {
		{ "machine.slice", "/machine.slice" }, { "-.slice", "/" }, { "a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice" },
		{ "machine-libpod_pod_0a.slice", "/machine.slice/machine-libpod_pod_0a.slice" }, { "a.b-c:d.slice", "/a.b.slice/a.b-c:d.slice" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_free char *path = NULL;
		struct err e;

		if (slice_path(rows[i].slice, &path, &e))
			fail_msg("%s: %s", rows[i].slice, e.text);
		assert_string_equal(path, rows[i].path);
		assert_string_equal(slice_of_path(path), rows[i].slice);
	}
}

static void refuses(void **state)
{
	static const char *const bad[] = {
		"", "machine", ".slice", "-a.slice", "a-.slice", "a--b.slice", "--.slice", "../x.slice", "a/b.slice", "a b.slice", "x\n.slice",
		"machine.slice ", "..slice", "a\\x2fb.slice", "/machine.slice", "a.scope", "slice",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_free char *path = NULL;
		struct err e;

		if (slice_path(bad[i], &path, &e) == 0 || e.reason != ERR_INPUT)
			fail_msg("\"%s\" became %s", bad[i], path);
	}
}

static void limits(void **state)
{
	char name[SLICE_NAME_MAX + 2] = "", levels[64] = "a";
	auto_free char *path = NULL, *deep = NULL;
	struct err e;

	(void)state;
	memset(name, 'a', SLICE_NAME_MAX + 1);
	memcpy(name + SLICE_NAME_MAX + 1 - strlen(".slice"), ".slice", strlen(".slice"));
	assert_int_equal(slice_path(name, &path, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(slice_path(name + 1, &path, &e), 0);

	for (int i = 1; i < SLICE_LEVELS_MAX; i++)
		strcat(levels, "-a");
	strcat(levels, ".slice");
	assert_int_equal(slice_path(levels, &deep, &e), 0);
	memmove(levels + 2, levels, strlen(levels) + 1);
	memcpy(levels, "a-", 2);
	assert_int_equal(slice_path(levels, &deep, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(paths), cmocka_unit_test(refuses), cmocka_unit_test(limits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
