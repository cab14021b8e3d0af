/* SPDX-License-Identifier: Apache-2.0 */
/* test_policy.c - which file answers; files that others may write; each shipped profile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/place.h"
#include "tests/unit/policy/policy_text.h"

struct dirs {
	char admin[64], shipped[64], site[64];
	struct policy_places where;
};

static void make_dirs(const struct place *place, struct dirs *d)
{
	assert_int_equal(mkdirat(place->fd, "etc", 0755), 0);
	assert_int_equal(mkdirat(place->fd, "usr", 0755), 0);
	snprintf(d->admin, sizeof(d->admin), "%s/etc", place->path);
	snprintf(d->shipped, sizeof(d->shipped), "%s/usr", place->path);
	snprintf(d->site, sizeof(d->site), "%s/site.policy", place->path);
	d->where = (struct policy_places){ d->admin, d->shipped, d->site, true };
}

/* The description of the policy that answers, or the error's text. */
static const char *found(const struct dirs *d, const char *name, const char *image, const char *container)
{
	AUTO(policy_set_free_auto) struct policy_set *set = NULL;
	auto_plan struct plan *draft = small_draft();
	const struct policy *site, *p;
	static char text[ERR_TEXT_MAX];
	struct err e = { 0 };

	if (image) {
		free(draft->root.image);
		draft->root.image = NULL;
		assert_int_equal(str_copy(image, &draft->root.image, &e), 0);
	}
	if (container) {
		free(draft->name);
		draft->name = NULL;
		assert_int_equal(str_copy(container, &draft->name, &e), 0);
	}
	if (policy_find(&d->where, name, draft, &set, &site, &p, &e))
		snprintf(text, sizeof(text), "%s", e.text);
	else
		snprintf(text, sizeof(text), "%s%s", p->v[KEY_DESCRIPTION].text, site ? "+site" : "");
	return text;
}

static void by_name_etc_goes_first(void **state)
{
	const struct place *place = *state;
	struct dirs d;

	make_dirs(place, &d);
	place_file(place, "usr/web.policy", "[Policy]\nDescription=shipped\n");
	assert_string_equal(found(&d, "web", NULL, NULL), "shipped");
	place_file(place, "etc/web.policy", "[Policy]\nDescription=admin\n");
	assert_string_equal(found(&d, "web", NULL, NULL), "admin");
	place_file(place, "site.policy", "[Resources]\nTasksMax=5\n");
	assert_string_equal(found(&d, "web", NULL, NULL), "admin+site");
	assert_non_null(strstr(found(&d, "wab", NULL, NULL), "no policy wab: neither in "));
	assert_non_null(strstr(found(&d, "../web", NULL, NULL), "policy name"));
	/* A broken file of the administrator is an error, not a reason to take the shipped one. */
	place_file(place, "etc/web.policy", "[Polisy]\n");
	assert_non_null(strstr(found(&d, "web", NULL, NULL), "/etc/web.policy:1: unknown section"));
	place_file(place, "etc/web.policy", "");
	place_file(place, "site.policy", "x\n");
	assert_non_null(strstr(found(&d, "web", NULL, NULL), "site.policy:1: "));
}

static void the_most_specific_match_answers(void **state)
{
	const struct place *place = *state;
	struct dirs d;

	make_dirs(place, &d);
	assert_non_null(strstr(found(&d, NULL, NULL, NULL), "no policy matches: no policy default"));
	place_file(place, "usr/default.policy", "[Policy]\nDescription=default\n");
	place_file(place, "etc/a.policy", "[Policy]\nDescription=a\n[Match]\nImage=example.org/*\n");
	place_file(place, "etc/b.policy", "[Policy]\nDescription=b\n[Match]\nImage=example.org/web:*\n");
	place_file(place, "etc/c.policy", "[Policy]\nDescription=c\n[Match]\nImage=example.org/web:1\n");
	place_file(place, "etc/d.policy", "[Policy]\nDescription=d\n[Match]\nImage=example.org/web:*\nName=web-*\n");
	place_file(place, "etc/none.policy", "[Policy]\nDescription=never\n");
	/* Of the shipped ones only "default" is looked at unasked: what cannot be read there, or matches, changes nothing. */
	place_file(place, "usr/shipped.policy", "[Policy]\nDescription=shipped\n[Match]\nImage=other.org/x\n");
	place_file(place, "usr/broken.policy", "[Polisy]\n");
	assert_string_equal(found(&d, NULL, "other.org/x", "x"), "default");
	assert_string_equal(found(&d, NULL, "example.org/x", "x"), "a");
	assert_string_equal(found(&d, NULL, "example.org/web:2", "x"), "b");
	assert_string_equal(found(&d, NULL, "example.org/web:2", "web-1"), "d");
	/* An exact word beats any pattern, however long. */
	assert_string_equal(found(&d, NULL, "example.org/web:1", "web-1"), "c");
	place_file(place, "etc/e.policy", "[Match]\nImage=example.org/web:?\n");
	assert_non_null(strstr(found(&d, NULL, "example.org/web:2", "x"), "two policies match equally well: "));
	/* A file of the same name in /etc takes the shipped one's place. */
	place_file(place, "etc/default.policy", "[Policy]\nDescription=mine\n");
	assert_string_equal(found(&d, NULL, "other.org/x", "x"), "mine");
}

static int read_as_root(const char *path, struct err *e)
{
	AUTO(policy_free_auto) struct policy *p = NULL;

	return policy_read_file(path, false, &p, e);
}

/* Below a directory of its own, because /tmp is for everyone: the walk must refuse that too. */
static void files_that_others_may_write_are_refused(void **state)
{
	const struct place *place = *state;
	char path[128], dir[] = "/var/lib/secctr-test.XXXXXX";
	struct err e = { 0 };
	auto_close int fd = -1;
	struct place own;

	if (geteuid() != 0)
		skip();
	place_file(place, "a.policy", "");
	snprintf(path, sizeof(path), "%s/a.policy", place->path);
	assert_int_equal(read_as_root(path, &e), -1);
	assert_non_null(strstr(e.text, "/tmp"));

	assert_non_null(mkdtemp(dir));
	fd = own.fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	place_file(&own, "a.policy", "");
	snprintf(path, sizeof(path), "%s/a.policy", dir);
	assert_int_equal(read_as_root(path, &e), 0);
	assert_int_equal(fchmodat(fd, "a.policy", 0664, 0), 0);
	assert_int_equal(read_as_root(path, &e), -1);
	assert_non_null(strstr(e.text, "a.policy: others than root may write it"));
	assert_int_equal(fchmodat(fd, "a.policy", 0644, 0), 0);
	assert_int_equal(fchownat(fd, "a.policy", 1, 0, 0), 0);
	assert_int_equal(read_as_root(path, &e), -1);
	assert_int_equal(unlinkat(fd, "a.policy", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", fd, "a.policy"), 0);
	assert_int_equal(read_as_root(path, &e), -1);
	assert_int_equal(unlinkat(fd, "a.policy", 0), 0);
	assert_int_equal(mkfifoat(fd, "a.policy", 0644), 0);
	assert_int_equal(read_as_root(path, &e), -1);
	assert_non_null(strstr(e.text, "not a regular file"));
	assert_int_equal(unlinkat(fd, "a.policy", 0), 0);
	place_file(&own, "a.policy", "");
	assert_int_equal(fchmod(fd, 0777), 0);
	assert_int_equal(read_as_root(path, &e), -1);
	assert_int_equal(unlinkat(fd, "a.policy", 0), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void the_digest_is_of_the_bytes_read(void **state)
{
	const struct place *place = *state;
	static const char text[] = "[Policy]\nMode=observe\n";
	AUTO(policy_free_auto) struct policy *p = NULL;
	struct err e = { 0 };
	struct digest d;
	char path[128];

	place_file(place, "x.policy", text);
	snprintf(path, sizeof(path), "%s/x.policy", place->path);
	assert_int_equal(policy_read_file(path, true, &p, &e), 0);
	assert_int_equal(digest_bytes(text, sizeof(text) - 1, &d, &e), 0);
	assert_string_equal(policy_digest(p)->text, d.text);
	assert_string_equal(policy_name(p), "x");
	assert_string_equal(policy_path(p), path);
	place_file(place, "x.txt", "");
	snprintf(path, sizeof(path), "%s/x.txt", place->path);
	assert_int_equal(policy_read_file(path, true, &p, &e), -1);
	assert_non_null(strstr(e.text, "ends in .policy"));
}

static void as_many_files_as_allowed(void **state)
{
	const struct place *place = *state;
	AUTO(policy_set_free_auto) struct policy_set *set = NULL, *more = NULL;
	struct err e = { 0 };
	char name[32];
	struct dirs d;

	make_dirs(place, &d);
	for (int i = 0; i < POLICY_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "usr/p%d.policy", i);
		place_file(place, name, "");
	}
	place_file(place, "usr/readme.txt", "no policy");
	assert_int_equal(policy_set_read(&d.where, &set, &e), 0);
	assert_int_equal(policy_set_count(set), POLICY_FILES_MAX);
	assert_string_equal(policy_name(policy_set_at(set, 0)), "p0");
	place_file(place, "etc/last.policy", "");
	assert_int_equal(policy_set_read(&d.where, &more, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

/* What each profile gives to a request that asks for nothing: the words of policy.widened. */
static void shipped_profiles(void **state)
{
	static const char *const profiles[][2] = {
		{ "default", "Require=if-enabled" },
		{ "web", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE|Mode=private" },
		{ "database", "CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_SETGID CAP_SETUID|Mode=private" },
		{ "systemd", "CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID "
			     "CAP_SETUID CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_SYS_CHROOT CAP_SETFCAP|"
			     "SystemCallFilter=@container-default @systemd-init|ReadOnlyRoot=no|ProtectControlGroups=no|"
			     "Mode=private" },
		{ "batch", "" },
		{ "oci-engine", "NoNewPrivileges=no|CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID "
				"CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_SYS_CHROOT CAP_SETFCAP|"
				"ReadOnlyRoot=no|ProtectControlGroups=no" },
	};
	struct policy_places where = { "policy/profiles", "/nonexistent", NULL, true };
	AUTO(policy_set_free_auto) struct policy_set *set = NULL;
	struct err e = { 0 };

	(void)state;
	if (policy_set_read(&where, &set, &e))
		fail_msg("%s", e.text);
	assert_int_equal(policy_set_count(set), ARRAY_LEN(profiles));
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++) {
		AUTO(policy_free_auto) struct policy *p = NULL;
		auto_plan struct plan *draft = small_draft();
		auto_decided struct decided d = { 0 };
		auto_str struct str path = { 0 }, wide = { 0 };

		assert_int_equal(str_addf(&path, &e, "policy/profiles/%s.policy", profiles[i][0]), 0);
		if (policy_read_file(path.text, true, &p, &e))
			fail_msg("%s", e.text);
		d = decide_on(p, NULL, draft);
		if (!verdict_allows(d.v) || verdict_observed(d.v))
			fail_msg("%s: %s", profiles[i][0], first_denial(d.v));
		assert_int_equal(str_add(&wide, "", &e), 0);
		for (size_t k = 0; k < d.plan->policy.widened.len; k++)
			assert_int_equal(str_addf(&wide, &e, "%s%s", k ? "|" : "", d.plan->policy.widened.item[k]), 0);
		if (strcmp(wide.text, profiles[i][1]) != 0)
			fail_msg("%s: %s", profiles[i][0], wide.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(by_name_etc_goes_first), PLACE_TEST(the_most_specific_match_answers),
		PLACE_TEST(files_that_others_may_write_are_refused), PLACE_TEST(the_digest_is_of_the_bytes_read),
		PLACE_TEST(as_many_files_as_allowed), cmocka_unit_test(shipped_profiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
