/* SPDX-License-Identifier: Apache-2.0 */
/* --detach-keys: the grammar, and what of the typed bytes is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/cli/detach_keys.h"

static void keys_that_are(void **state)
{
	static const struct {
		const char *text, *keys;
	} rows[] = {
		{ NULL, "\x10\x11" }, { "", "" }, { "ctrl-p,ctrl-q", "\x10\x11" }, { "a", "a" }, { "a,b,c", "abc" },
		{ "ctrl-a", "\x01" }, { "ctrl-z", "\x1a" }, { "ctrl-[", "\x1b" }, { "ctrl-\\", "\x1c" }, { "ctrl-]", "\x1d" },
		{ "ctrl-^", "\x1e" }, { "ctrl-_", "\x1f" }, { "DEL", "\x7f" }, { "~,.", "~." }, { " ", " " }, { "-", "-" },
		{ "1,2,3,4,5,6,7,8,9,0,a,b,c,d,e,f", "1234567890abcdef" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct detach_keys d;
		struct err e = { 0 };

		if (detach_keys_parse(rows[i].text, &d, &e))
			fail_msg("%s: %s", rows[i].text, e.text);
		if (d.len != strlen(rows[i].keys) || memcmp(d.key, rows[i].keys, d.len) != 0 || d.held)
			fail_msg("%s: %zu keys, first %d", rows[i].text, d.len, d.key[0]);
	}
}

/* A NUL is a key that no C string can hold. */
static void the_key_of_nul(void **state)
{
	struct detach_keys d;
	struct err e;

	(void)state;
	assert_int_equal(detach_keys_parse("ctrl-@,x", &d, &e), 0);
	assert_int_equal(d.len, 2);
	assert_int_equal(d.key[0], 0);
}

static void keys_that_are_not(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ ",", "\"\"" }, { "a,", "after the last comma" }, { ",a", "\"\"" }, { "a,,b", "\"\"" }, { "ab", "\"ab\"" },
		{ "ctrl-", "\"ctrl-\"" }, { "ctrl-A", "\"ctrl-A\"" }, { "ctrl-1", "\"ctrl-1\"" }, { "ctrl-pp", "\"ctrl-pp\"" },
		{ "Ctrl-p", "\"Ctrl-p\"" }, { "del", "\"del\"" }, { "\x10", "one character" }, { "\x7f", "one character" },
		{ "\xc3\xa9", "one character" }, { "\x80", "one character" },
		{ "1,2,3,4,5,6,7,8,9,0,a,b,c,d,e,f,g", "more than 16 keys" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct detach_keys d = { .len = 99 };
		struct err e = { 0 };

		if (detach_keys_parse(rows[i].text, &d, &e) != -1)
			fail_msg("%s is taken", rows[i].text);
		if (strncmp(e.text, "--detach-keys", 13) != 0 || !strstr(e.text, rows[i].says))
			fail_msg("%s: %s", rows[i].text, e.text);
		assert_int_equal(e.reason, ERR_USAGE);
		assert_int_equal(d.len, 99);
	}
}

/* Typed in one piece, and byte by byte: the same is left, and the same detaches. */
static void what_is_left(void **state)
{
	static const struct {
		const char *keys, *typed, *left;
		bool detached;
		size_t held;
	} rows[] = {
		{ "a,b", "xyz", "xyz", false, 0 },
		{ "a,b", "xab", "x", true, 0 },
		{ "a,b", "ab", "", true, 0 },
		{ "a,b", "xabyz", "x", true, 0 },
		{ "a,b", "a", "", false, 1 },
		{ "a,b", "aab", "a", true, 0 },
		{ "a,b", "axb", "axb", false, 0 },
		{ "a,a,b", "aaab", "a", true, 0 },
		{ "a,a,b", "aaac", "aaac", false, 0 },
		{ "a,b,a,c", "ababac", "ab", true, 0 },
		{ "a,b,a,c", "abab", "ab", false, 2 },
		{ "a,b,a,c", "abax", "abax", false, 0 },
		{ "a,b,c,a,b,d", "abcabcabd", "abc", true, 0 },
		{ "a", "xa", "x", true, 0 },
		{ "", "ab\x10\x11", "ab\x10\x11", false, 0 },
		{ NULL, "\x10x\x11", "\x10x\x11", false, 0 },
		{ NULL, "\x10\x10\x11", "\x10", true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int at_once = 0; at_once < 2; at_once++) {
			char left[64] = "";
			size_t n = 0, step = at_once ? strlen(rows[i].typed) : 1;
			struct detach_keys d;
			struct err e;
			bool detached = false;

			assert_int_equal(detach_keys_parse(rows[i].keys, &d, &e), 0);
			for (const char *t = rows[i].typed; *t && !detached; t += step) {
				size_t more;

				detached = detach_keys_take(&d, t, step, left + n, &more);
				n += more;
			}
			if (detached != rows[i].detached || n != strlen(rows[i].left) || memcmp(left, rows[i].left, n) != 0 ||
			    d.held != rows[i].held)
				fail_msg("row %zu, %s: left \"%.*s\", held %zu%s", i, at_once ? "at once" : "by bytes", (int)n,
					 left, d.held, detached ? ", detached" : "");
		}
	}
}

/* The most that one call can leave: all keys but one were held, and a full buffer follows. */
static void no_more_than_said(void **state)
{
	char typed[1000], to[sizeof(typed) + DETACH_KEYS_MAX];
	struct detach_keys d;
	struct err e;
	size_t n;

	(void)state;
	assert_int_equal(detach_keys_parse("1,2,3,4,5,6,7,8,9,0,a,b,c,d,e,f", &d, &e), 0);
	assert_false(detach_keys_take(&d, "1234567890abcde", 15, to, &n));
	assert_int_equal(n, 0);
	memset(typed, 'x', sizeof(typed));
	assert_false(detach_keys_take(&d, typed, sizeof(typed), to, &n));
	assert_int_equal(n, sizeof(typed) + DETACH_KEYS_MAX - 1);
	assert_memory_equal(to, "1234567890abcdexxx", 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_are), cmocka_unit_test(the_key_of_nul), cmocka_unit_test(keys_that_are_not),
		cmocka_unit_test(what_is_left), cmocka_unit_test(no_more_than_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
