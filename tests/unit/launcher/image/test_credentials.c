/* SPDX-License-Identifier: Apache-2.0 */
/* test_credentials.c - auth.json: whose credentials go where; base64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/base64.h"
#include "launcher/base/cleanup.h"
#include "launcher/image/credentials.h"

static const char file[] = "{\"auths\":{"
	"\"a.example\":{\"auth\":\"aG9zdDpvbmU=\"},"			/* host:one */
	"\"a.example/team\":{\"auth\":\"dGVhbTp0d286dGhyZWU=\"},"	/* team:two:three */
	"\"a.example/team/x\":{\"username\":\"x\",\"password\":\"p\"},"
	"\"https://b.example/v1/\":{\"auth\":\"Yjp4\"},"		/* b:x */
	"\"https://index.docker.io/v1/\":{\"auth\":\"aHViOng=\"},"	/* hub:x */
	"\"c.example\":{\"auth\":\"Yzp4\",\"identitytoken\":\"t\"},"
	"\"d.example\":{\"auth\":\"bm9jb2xvbg==\"},\"e.example\":{\"auth\":\"!\"},\"f.example\":{},\"g.example\":{\"auth\":\"YQBiOmM=\"}},"
	"\"credHelpers\":{\"h.example\":\"x\"},\"credsStore\":\"y\"}";

static void finds(void **state)
{
	static const char *const rows[][4] = {
		{ "a.example", "other", "host", "one" }, { "a.example", "teams/x", "host", "one" }, { "a.example", "team/y", "team", "two:three" },
		{ "a.example", "team/x", "x", "p" }, { "a.example", "team/x/deep", "x", "p" }, { "b.example", "v1/x", "b", "x" },
		{ "docker.io", "library/busybox", "hub", "x" }, { "z.example", "x", NULL, NULL }, { "a.example:5000", "x", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_free char *user = NULL, *password = NULL;
		struct err e = { 0 };

		if (credentials_read(file, strlen(file), "f", rows[i][0], rows[i][1], &user, &password, &e) < 0)
			fail_msg("%s: %s", rows[i][0], e.text);
		if (!rows[i][2]) {
			assert_null(user);
			continue;
		}
		if (!user)
			fail_msg("%s/%s: nobody", rows[i][0], rows[i][1]);
		assert_string_equal(user, rows[i][2]);
		assert_string_equal(password, rows[i][3]);
	}
}

static void refuses(void **state)
{
	static const char *const rows[][2] = {
		{ "c.example", "identity token" }, { "d.example", "not USER:PASSWORD" }, { "e.example", "not base64" }, { "f.example", "credsStore" },
		{ "g.example", "not USER:PASSWORD" }, { "h.example", "credHelpers" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_free char *user = NULL, *password = NULL;
		struct err e = { 0 };

		if (credentials_read(file, strlen(file), "f", rows[i][0], "x", &user, &password, &e) == 0)
			fail_msg("%s was taken", rows[i][0]);
		if (!strstr(e.text, rows[i][1]))
			fail_msg("%s: %s", rows[i][0], e.text);
	}
}

static void base64(void **state)
{
	static const char *const good[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foobar", "Zm9vYmFy" } };
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg===", "=", "====", "Zg==\n", " Zg==", "Z=g=", "Zm9v Zm9v", "Zm9v-_8=" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		auto_free char *text = NULL, *back = NULL;
		struct err e = { 0 };
		size_t n;

		assert_int_equal(base64_encode(good[i][0], strlen(good[i][0]), &text, &e), 0);
		assert_string_equal(text, good[i][1]);
		assert_int_equal(base64_decode(good[i][1], &back, &n, &e), 0);
		assert_int_equal(n, strlen(good[i][0]));
		assert_string_equal(back, good[i][0]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char *back = NULL;
		struct err e = { 0 };
		size_t n;

		if (base64_decode(bad[i], &back, &n, &e) == 0)
			fail_msg("%s was decoded", bad[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(finds), cmocka_unit_test(refuses), cmocka_unit_test(base64) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
