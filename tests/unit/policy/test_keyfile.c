/* SPDX-License-Identifier: Apache-2.0 */
/* test_keyfile.c - the reader: what it takes, what it refuses, its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/str.h"
#include "policy/keyfile.h"

static int note(void *ctx, const char *section, const char *key, const char *value, unsigned line, struct err *e)
{
	if (!key)
		return str_addf(ctx, e, "%u[%s]", line, section);
	return str_addf(ctx, e, "%u(%s)%s=%s|", line, section, key, value);
}

static int count(void *ctx, const char *section, const char *key, const char *value, unsigned line, struct err *e)
{
	(void)section, (void)value, (void)line, (void)e;
	*(unsigned *)ctx += key != NULL;
	return 0;
}

static void reads_settings(void **state)
{
	static const char text[] = "# c\n\n ; d\n[A]\n  K = v w # not a comment \n\tK=\n[B]\nX=a=b";
	auto_str struct str s = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(keyfile_read(text, sizeof(text) - 1, "t", note, &s, &e), 0);
	assert_string_equal(s.text, "4[A]5(A)K=v w # not a comment|6(A)K=|7[B]8(B)X=a=b|");
}

static void refuses(void **state)
{
	static const struct { const char *text; size_t n; const char *says; } bad[] = {
#define B(t, m) { t, sizeof(t) - 1, m }
		B("K=v\n", "t:1: K= stands before the first [Section]"),
		B("[A]\nwords\n", "t:2: neither [Section] nor Key=Value: words"),
		B("[A]\n=v\n", "t:2: no key in front"),
		B("[A\n", "t:1: not a section: [A"),
		B("[]\n", "t:1: not a section"),
		B("[A] # x\n", "t:1: not a section"),
		B("[A]\nK=a\0b\n", "t:2: control character 0x00 at column 4"),
		B("[A]\r\n", "t:1: control character 0x0d"),
		B("[A]\nK=a\\\n b\n", "t:3: neither"),
		B("[A]\nK=\x1b[2J\n", "t:2: control character 0x1b"),
		B("[A]\nK=\xff\n", "t:2: not UTF-8"),
		B("[A]\nK=\xc0\xaf\n", "t:2: not UTF-8"),
		B("\xef\xbb\xbf[A]\n", "t:1: neither"),
		B("[A]\nK=\xc2\x9b""31m\n", "t:2: a character that misleads a reader at column 3"),
		B("[A]\n# \xe2\x80\xae\n", "t:2: a character that misleads"),
		B("[A]\nK=\xe2\x81\xa6\n", "t:2: a character that misleads"),
		B("[A]\nK=\xd8\x9c\n", "t:2: a character that misleads"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_str struct str s = { 0 };
		struct err e = { 0 };

		if (keyfile_read(bad[i].text, bad[i].n, "t", note, &s, &e) == 0)
			fail_msg("row %zu was taken", i);
		if (!str_starts(e.text, bad[i].says))
			fail_msg("row %zu said \"%s\"", i, e.text);
	}
}

static void keeps_ordinary_unicode(void **state)
{
	static const char text[] = "[A]\nDescription=Z\xc3\xbcrich \xe2\x80\x93 \xe4\xb8\xad \xe2\x81\xa5 \xc2\xa0 \xd8\xa7";
	auto_str struct str s = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(keyfile_read(text, sizeof(text) - 1, "t", note, &s, &e), 0);
}

static void line_limit(void **state)
{
	auto_free char *text = malloc(KEYFILE_LINE_MAX + 1);
	struct err e = { 0 };
	unsigned n = 0;

	(void)state;
	memset(text, '#', KEYFILE_LINE_MAX + 1);
	assert_int_equal(keyfile_read(text, KEYFILE_LINE_MAX, "t", count, &n, &e), 0);
	assert_int_equal(keyfile_read(text, KEYFILE_LINE_MAX + 1, "t", count, &n, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_string_equal(e.text, "t:1: longer than 4096 bytes");
}

static void section_limit(void **state)
{
	char text[KEYFILE_SECTION_MAX + 3];
	struct err e = { 0 };
	unsigned n = 0;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[0] = '[';
	text[KEYFILE_SECTION_MAX + 1] = ']';
	assert_int_equal(keyfile_read(text, KEYFILE_SECTION_MAX + 2, "t", count, &n, &e), 0);
	text[KEYFILE_SECTION_MAX + 1] = 'x';
	text[KEYFILE_SECTION_MAX + 2] = ']';
	assert_int_equal(keyfile_read(text, KEYFILE_SECTION_MAX + 3, "t", count, &n, &e), -1);
}

static void settings_limit(void **state)
{
	auto_str struct str s = { 0 };
	struct err e = { 0 };
	unsigned n = 0;

	(void)state;
	assert_int_equal(str_add(&s, "[A]\n", &e), 0);
	for (int i = 0; i < KEYFILE_SETTINGS_MAX; i++)
		assert_int_equal(str_add(&s, "K=v\n", &e), 0);
	assert_int_equal(keyfile_read(s.text, s.len, "t", count, &n, &e), 0);
	assert_int_equal(n, KEYFILE_SETTINGS_MAX);
	assert_int_equal(str_add(&s, "K=v\n", &e), 0);
	assert_int_equal(keyfile_read(s.text, s.len, "t", count, &n, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

static void size_limit(void **state)
{
	auto_free char *text = malloc(KEYFILE_BYTES_MAX + 1);
	struct err e = { 0 };
	unsigned n = 0;

	(void)state;
	memset(text, '\n', KEYFILE_BYTES_MAX + 1);
	assert_int_equal(keyfile_read(text, KEYFILE_BYTES_MAX, "t", count, &n, &e), 0);
	assert_int_equal(keyfile_read(text, KEYFILE_BYTES_MAX + 1, "t", count, &n, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_settings), cmocka_unit_test(refuses), cmocka_unit_test(keeps_ordinary_unicode),
		cmocka_unit_test(line_limit), cmocka_unit_test(section_limit), cmocka_unit_test(settings_limit),
		cmocka_unit_test(size_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
