/* SPDX-License-Identifier: Apache-2.0 */
/* test_challenge.c - WWW-Authenticate as registries write it, and as nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/cleanup.h"
#include "launcher/image/challenge.h"

static void reads(void **state)
{
	static const struct {
		const char *text, *realm, *service, *scope;
		int scheme;
	} rows[] = {
		{ "Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:x:pull\"", "https://a/t", "s", "repository:x:pull", CHALLENGE_BEARER },
		{ "bearer  realm = \"https://a/t\" , service=s", "https://a/t", "s", "", CHALLENGE_BEARER },
		{ "Bearer realm=\"a\\\"b\", error=\"insufficient, scope\"", "a\"b", "", "", CHALLENGE_BEARER },
		{ "Basic realm=\"x\"", "x", "", "", CHALLENGE_BASIC },
		{ "Basic", "", "", "", CHALLENGE_BASIC },
		{ "Basic realm=\"x\", Bearer realm=\"https://a\"", "https://a", "", "", CHALLENGE_BEARER },
		{ "Bearer realm=\"https://a\", Basic realm=\"x\"", "https://a", "", "", CHALLENGE_BEARER },
		{ "Negotiate, Basic realm=\"x\"", "x", "", "", CHALLENGE_BASIC },
		{ "Negotiate", "", "", "", CHALLENGE_NONE },
		{ "", "", "", "", CHALLENGE_NONE },
		{ " , ,", "", "", "", CHALLENGE_NONE },
		{ "Bearer realm=https://a:5/t", "https://a:5/t", "", "", CHALLENGE_BEARER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct challenge c = { 0 };
		struct err e = { 0 };

		if (challenge_read(rows[i].text, &c, &e) < 0)
			fail_msg("%s: %s", rows[i].text, e.text);
		assert_int_equal(c.scheme, rows[i].scheme);
		assert_string_equal(c.realm, rows[i].realm);
		assert_string_equal(c.service, rows[i].service);
		assert_string_equal(c.scope, rows[i].scope);
	}
}

static void refuses(void **state)
{
	static const char *const rows[] = {
		"Bearer", "Bearer service=\"x\"", "Bearer realm=\"\"", "Bearer realm=\"a", "Bearer realm=\"a\\", "Bearer realm=\"a\",realm=\"b\"",
		"Bearer realm=\"a\nb\"", "Bearer realm=\"\x7f\"", "Bearer realm=\"\xc3\xa4\"", "Bearer realm=\"a\"x", "=", "\"", "Basic realm=\"x\" ;",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct challenge c = { 0 };
		struct err e = { 0 };

		if (challenge_read(rows[i], &c, &e) == 0)
			fail_msg("%s was read", rows[i]);
		assert_int_equal(e.reason, ERR_INPUT);
	}
}

static void check_length(const char *name, size_t n, int rc)
{
	struct challenge c = { 0 };
	struct err e = { 0 };
	char *text = calloc(1, n + 64);

	strcpy(text, "Bearer realm=\"r\"");
	if (strcmp(name, "realm") == 0)
		strcpy(text, "Bearer realm=\"");
	else
		sprintf(text + strlen(text), ",%s=\"", name);
	memset(text + strlen(text), 'x', n);
	strcat(text, "\"");
	assert_int_equal(challenge_read(text, &c, &e), rc);
	if (rc)
		assert_int_equal(e.reason, ERR_LIMIT);
	free(text);
}

static void limits(void **state)
{
	(void)state;
	check_length("realm", CHALLENGE_REALM_MAX, 0);
	check_length("realm", CHALLENGE_REALM_MAX + 1, -1);
	check_length("service", CHALLENGE_TEXT_MAX, 0);
	check_length("service", CHALLENGE_TEXT_MAX + 1, -1);
	check_length("scope", CHALLENGE_TEXT_MAX, 0);
	check_length("scope", CHALLENGE_TEXT_MAX + 1, -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(reads), cmocka_unit_test(refuses), cmocka_unit_test(limits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
