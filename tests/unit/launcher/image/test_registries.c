/* SPDX-License-Identifier: Apache-2.0 */
/* test_registries.c - registries.conf: where names lead, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/toml.h"
#include "launcher/image/registries.h"

/* "HOST REPOSITORY [insecure]; ..." or the error. */
static void lead(const struct registries *r, const char *name, struct str *ret)
{
	auto_registry_places struct registry_places p = { 0 };
	struct err e = { 0 };

	ret->len = 0;
	if (registries_resolve(r, name, &p, &e) < 0) {
		assert_int_equal(str_addf(ret, &e, "! %s", e.text), 0);
		return;
	}
	assert_int_equal(str_add(ret, "", &e), 0);
	for (size_t i = 0; i < p.n; i++)
		assert_int_equal(str_addf(ret, &e, "%s%s %s%s", i ? "; " : "", p.place[i].host, p.place[i].repository, p.place[i].insecure ? " insecure" : ""), 0);
}

static void leads(void **state)
{
	static const char conf[] =
		"unqualified-search-registries = [\"search.example\"]\nshort-name-mode=\"enforcing\"\n"
		"[aliases]\n\"short\" = \"far.example/team/short\"\n'two/parts'='far.example/p'\n"
		"[[registry]]\nlocation = \"a.example\"\n"
		"[[registry]]\nprefix = \"a.example/team\"\nlocation = \"b.example:5000/copy\"\ninsecure = true\n"
		"[[registry.mirror]]\nlocation = \"m1.example/x\"\n[[registry.mirror]]\nlocation = \"m2.example\"\ninsecure = true\npull-from-mirror=\"digest-only\"\n"
		"[[registry.mirror]]\nlocation = \"m3.example\"\npull-from-mirror=\"tag-only\"\n"
		"[[registry]]\nprefix = \"*.wild.example\"\nblocked = true\n"
		"[[registry]]\nprefix = \"good.wild.example\"\n"
		"[[registry]]\nprefix = 'c.example:5000/one'\nblocked = true\n"
		"[[registry]]\nlocation = 'd.example'\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation='m.example'\n";
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	static const char *const rows[][2] = {
		{ "busybox", "search.example busybox" },
		{ "short:2", "far.example team/short" },
		{ "two/parts", "far.example p" },
		{ "docker.io/busybox", "docker.io library/busybox" },
		{ "a.example/x", "a.example x" },
		{ "a.example/teams/x", "a.example teams/x" },
		{ "a.example/team/x", "m1.example x/x; m3.example x; b.example:5000 copy/x insecure" },
		{ "a.example/team/x@sha256:" HEX, "m1.example x/x; m2.example x insecure; b.example:5000 copy/x insecure" },
		{ "a.example:5000/team/x", "a.example:5000 team/x" },
		{ "bad.wild.example/x", "! registry *.wild.example is blocked in t.conf:21" },
		{ "bad.wild.example:99/x", "! registry *.wild.example is blocked in t.conf:21" },
		{ "deep.bad.wild.example/x", "! registry *.wild.example is blocked in t.conf:21" },
		{ "wild.example/x", "wild.example x" },
		{ "xwild.example/x", "xwild.example x" },
		{ "good.wild.example/x", "good.wild.example x" },
		{ "c.example:5000/one/x", "! registry c.example:5000/one is blocked in t.conf:26" },
		{ "c.example:5000/one", "! registry c.example:5000/one is blocked in t.conf:26" },
		{ "c.example:5000/onemore", "c.example:5000 onemore" },
		{ "d.example/x", "d.example x" },
		{ "d.example/x@sha256:" HEX, "m.example x; d.example x" },
	};
	auto_registries struct registries r = { 0 };
	auto_str struct str got = { 0 };
	struct err e = { 0 };

	(void)state;
	if (registries_read(conf, strlen(conf), "t.conf", &r, &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		lead(&r, rows[i][0], &got);
		if (strcmp(got.text, rows[i][1]) != 0)
			fail_msg("%s leads to \"%s\", not \"%s\"", rows[i][0], got.text, rows[i][1]);
	}
}

/* A drop-in takes the place of what came before, by prefix and by name. */
static void later_files(void **state)
{
	static const char first[] = "unqualified-search-registries=['a.example','b.example']\n[aliases]\n'x'='a.example/x'\n'y'='a.example/y'\n[[registry]]\nlocation='a.example'\nblocked=true\n";
	static const char second[] = "unqualified-search-registries=['c.example']\n[[registry]]\nlocation='a.example'\n[aliases]\n'x'='b.example/x'\n'y'=''\n";
	auto_registries struct registries r = { 0 };
	auto_str struct str got = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(registries_read(first, strlen(first), "1", &r, &e), 0);
	lead(&r, "a.example/z", &got);
	assert_string_equal(got.text, "! registry a.example is blocked in 1:5");
	lead(&r, "z", &got);
	assert_non_null(strstr(got.text, "could be in 2 registries (a.example, b.example)"));
	assert_int_equal(registries_read(second, strlen(second), "2", &r, &e), 0);
	lead(&r, "a.example/z", &got);
	assert_string_equal(got.text, "a.example z");
	lead(&r, "x", &got);
	assert_string_equal(got.text, "b.example x");
	lead(&r, "y", &got);
	assert_string_equal(got.text, "c.example y");
}

static void refuses(void **state)
{
	static const char *const rows[][2] = {
		{ "[[registry]]\nlocation='a.b'\nblokced=true\n", "t:3: registry.blokced: no such key" },
		{ "[[registry]]\nlocation='a.b'\nblocked='yes'\n", "t:3: blocked: not true or false" },
		{ "[[registry]]\nlocation='a.b'\nlocation='a.b'\n", "t:3: registry.location: twice" },
		{ "[[registry]]\nlocation=''\n", "t:2: registry.location: empty" },
		{ "[[registry]]\nlocation='https://a.b'\n", "t:2: registry.location: not HOST" },
		{ "[[registry]]\nlocation='word'\n", "t:2: registry.location: not HOST" },
		{ "[[registry]]\nlocation='a.b/x:tag'\n", "t:2: registry.location: not HOST" },
		{ "[[registry]]\nlocation='*.a.b'\n", "t:2: registry.location: not HOST" },
		{ "[[registry]]\nprefix='*.a.b/x'\n", "t:2: registry.prefix: neither" },
		{ "[[registry]]\nprefix='a.*.b'\n", "t:2: registry.prefix: neither" },
		{ "[[registry]]\nblocked=true\n", "t:1: [[registry]] with neither" },
		{ "[[registry]]\nlocation='a.b'\n[[registry]]\nlocation='a.b'\n", "t:3: prefix a.b is in t:1 already" },
		{ "[[registry.mirror]]\nlocation='a.b'\n", "t:1: registry.mirror: no [[registry]] in front" },
		{ "[[registry]]\nlocation='a.b'\n[[registry.mirror]]\ninsecure=true\n", "[[registry.mirror]] without a location" },
		{ "[[registry]]\nlocation='a.b'\n[[registry.mirror]]\npull-from-mirror='never'\n", "t:4: registry.mirror.pull-from-mirror: all, digest-only" },
		{ "[registry]\n", "t:1: registry: no such table" },
		{ "[registries.search]\nregistries=['a.b']\n", "t:1: registries.search: the old form" },
		{ "unqualified-search-registries='a.b'\n", "t:1: unqualified-search-registries: not an array" },
		{ "unqualified-search-registries=['a.b/c']\n", "not HOST" },
		{ "[aliases]\n'a.b/c'='a.b/c'\n", "t:2: aliases.a.b/c: not a short name" },
		{ "[aliases]\n'x'='y'\n", "t:2: aliases.x: not REGISTRY/NAME" },
		{ "[aliases]\n'x'='a.b/y:1'\n", "t:2: aliases.x: not REGISTRY/NAME" },
		{ "credential-helpers=['secretservice']\n", "not run" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_registries struct registries r = { 0 };
		struct err e = { 0 };

		if (registries_read(rows[i][0], strlen(rows[i][0]), "t", &r, &e) == 0)
			fail_msg("read: %s", rows[i][0]);
		if (!strstr(e.text, rows[i][1]))
			fail_msg("\"%s\" is not \"%s\"", e.text, rows[i][1]);
	}
}

/* `head`, then n tables `table` with locations a0.b, a1.b, ... */
static int many(size_t n, const char *head, const char *table, struct err *e)
{
	auto_registries struct registries r = { 0 };
	auto_str struct str text = { 0 };

	assert_int_equal(str_add(&text, head, e), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(str_addf(&text, e, "[[%s]]\nlocation='a%zu.b'\n", table, i), 0);
	return registries_read(text.text, text.len, "t", &r, e);
}

static void limits(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(many(REGISTRIES_MAX, "", "registry", &e), 0);
	assert_int_equal(many(REGISTRIES_MAX + 1, "", "registry", &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(many(REGISTRY_MIRRORS_MAX, "[[registry]]\nlocation='a.b'\n", "registry.mirror", &e), 0);
	assert_int_equal(many(REGISTRY_MIRRORS_MAX + 1, "[[registry]]\nlocation='a.b'\n", "registry.mirror", &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(leads), cmocka_unit_test(later_files), cmocka_unit_test(refuses), cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
