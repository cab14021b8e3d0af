/* SPDX-License-Identifier: Apache-2.0 */
/* test_keys.c - the table of keys: each refusal, each kind of value, defaults that show where they come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/keyfile.h"
#include "tests/unit/policy/policy_text.h"

#define LONG "00000000000000000000000000000000000000000000000000000000000000000000000000000000"

static void refuses(void **state)
{
	static const char *const bad[][2] = {
		{ "[Proces]\n", "/t.policy:1: unknown section [Proces]; did you mean [Process]?" },
		{ "[Nothing]\n", "/t.policy:1: unknown section [Nothing]" },
		{ "[Process]\nNoNewPrivilege=no\n", ":2: unknown key NoNewPrivilege= in [Process]; did you mean NoNewPrivileges=?" },
		{ "[Process]\nnonewprivileges=no\n", "did you mean NoNewPrivileges=?" },
		{ "[Process]\nMemoryMax=1G\n", ":2: MemoryMax= belongs into [Resources], not [Process]" },
		{ "[Process]\nXyzzyxyzzy=1\n", ":2: unknown key Xyzzyxyzzy= in [Process]" },
		{ "[Process]\nNoNewPrivileges=no\n\nNoNewPrivileges=yes\n",
		  "/t.policy:4: NoNewPrivileges: given twice, first at line 2" },
		{ "[Process]\nNoNewPrivileges=true\n", ":2: NoNewPrivileges: say yes or no, not true" },
		{ "[Process]\nNoNewPrivileges=\n", ":2: NoNewPrivileges: no value" },
		{ "[Process]\nCapabilityBoundingSet=CAP_KILL\nCapabilityBoundingSet=\n", "an empty list stands alone" },
		{ "[Process]\nCapabilityBoundingSet=\nCapabilityBoundingSet=CAP_KILL\n", "an empty list stands alone" },
		{ "[Process]\nCapabilityBoundingSet=cap_kill\n", "cap_kill is no capability" },
		{ "[Process]\nCapabilityBoundingSet=~CAP_KILL\n", "name each one that is given" },
		{ "[Process]\nAllowCapabilities=ALL\n", "name each one that is given" },
		{ "[Process]\nAllowCapabilities=CAP_AUDIT_WRITE\n", ":2: AllowCapabilities: CAP_AUDIT_WRITE is never given" },
		{ "[Process]\nCapabilityBoundingSet=CAP_AUDIT_CONTROL\n", "is never given" },
		{ "[Process]\nCapabilityBoundingSet=CAP_AUDIT_READ\n", "is never given" },
		{ "[Process]\nAmbientCapabilities=CAP_MAC_ADMIN\n", "is never given" },
		{ "[Process]\nAmbientCapabilities=CAP_MAC_OVERRIDE\n", "is never given" },
		{ "[Process]\nCapabilityBoundingSet=CAP_SYS_MODULE\n", "is never given" },
		{ "[Process]\nCapabilityBoundingSet=CAP_SYS_RAWIO\n", "is never given" },
		{ "[Process]\nSystemCallFilter=@mount\n", ":2: SystemCallFilter: the first word must be @container-default" },
		{ "[Process]\nSystemCallFilter=\n", "empty would allow nothing" },
		{ "[Process]\nSystemCallFilter=@container-default none\n", "stand alone" },
		{ "[Process]\nSystemCallFilter=@container-default @nosuch\n", "@nosuch is neither a set nor a system call" },
		{ "[Process]\nUser=alice\n", ":2: User: " },
		{ "[Process]\nUser=4294967295\n", ":2: User: " },
		{ "[Process]\nAllowUser=5-4\n", ":2: AllowUser: " },
		{ "[Process]\nUMask=088\n", "not an octal number" },
		{ "[Process]\nUMask=01777\n", "out of range" },
		{ "[Process]\nOOMScoreAdjust=1001\n", "out of range" },
		{ "[Process]\nLimitNOFILE=10:5\n", "the soft limit is above the hard one" },
		{ "[Process]\nLimitNICE=41\n", "out of range" },
		{ "[Process]\nLimitNICE=infinity\n", ":2: LimitNICE: " },
		{ "[Process]\nAllowSysctls=kernel.core_pattern\n", "is no setting of a container's own name spaces" },
		{ "[Process]\nAllowSysctls=*\n", "is no setting of" },
		{ "[Process]\nAllowHostNamespaces=mount\n", "mount is no name space" },
		{ "[Filesystem]\nBindPaths=srv\n", "not an absolute path" },
		{ "[Filesystem]\nBindPaths=/srv/../etc\n", "not an absolute path" },
		{ "[Filesystem]\nBindPaths=/srv/\n", "not an absolute path" },
		{ "[Filesystem]\nBindReadOnlyPaths=/\n", "\"/\" is the whole host" },
		{ "[Filesystem]\nTemporaryFileSystem=/tmp:sise=1M\n", "sise=1M is none of: size=, mode=, noexec" },
		{ "[Filesystem]\nAllowMountOptions=exec\n", "exec is no mount option" },
		{ "[Network]\nMode=bridge\n", "bridge is none of: none, host, private, path" },
		{ "[Resources]\nMemoryMax=1X\n", ":2: MemoryMax: " },
		{ "[Resources]\nMemoryMax=10\n", "out of range" },
		{ "[Resources]\nCPUQuota=1.5\n", "not a percentage such as 150%" },
		{ "[Resources]\nCPUWeight=10001\n", ":2: CPUWeight: " },
		{ "[Resources]\nTasksMax=0\n", ":2: TasksMax: " },
		{ "[Image]\nRequire=digest signature\n", ":2: Require: signature is not supported yet by this version" },
		{ "[Image]\nRequire=name\n", "name is none of: digest, signature" },
		{ "[Who]\nAllowLogin=a;b\n", "is no login, UID or @group" },
		{ "[Who]\nUnitOwner=@web\n", "an owner is one account" },
		{ "[Who]\nUnitOwner=999\n", ":2: UnitOwner: " },
		{ "[SELinux]\nType=a:b\n", "is no SELinux type" },
		{ "[SELinux]\nRequire=permissive\n", "permissive is none of: enforcing, if-enabled, no" },
		{ "[SELinux]\nAllowLevels=c1\n", "is no SELinux level" },
		{ "[Audit]\nOnFailure=start=stop\n", "is no SITUATION=ACTION" },
		{ "[Audit]\nOnFailure=running=stop running=continue\n", ":2: OnFailure: one situation, two actions" },
		{ "[Audit]\nOnFailure=start=continue\n", ":2: OnFailure: contradicts [Audit] Require=yes" },
		{ "[Stop]\nSignal=SIGFOO\n", ":2: Signal: " },
		{ "[Stop]\nTimeout=1ms\n", "not whole seconds" },
		{ "[Process]\nLimitNOFILE=" LONG ":5\n", "not SOFT:HARD" },
		{ "[Process]\nUser=" LONG "\n", "not UID[:GID] in numbers" },
		{ "[Process]\nAllowUser=" LONG "\n", "is no number" },
		{ "[Process]\nXyzzy" LONG LONG "=1\n", "unknown key Xyzzy" },
		{ "[Resources]\nAllowCgroupParents=a'b\n", "not a cgroup path or slice" },
		{ "[Filesystem]\nTemporaryFileSystem=/tmp:mode=\n", "not an octal mode" },
		{ "[Filesystem]\nTemporaryFileSystem=/tmp:mode=0788\n", "not an octal mode" },
		{ "[Filesystem]\nTemporaryFileSystem=/tmp:mode=017777\n", "not an octal mode" },
		{ "[Policy]\nMode=permissive\n", "permissive is none of: enforce, observe" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(policy_free_auto) struct policy *p = NULL;
		struct err e = { 0 };

		p = text_policy(bad[i][0], &e);
		if (p)
			fail_msg("taken: %s", bad[i][0]);
		if (!strstr(e.text, bad[i][1]) || !str_starts(e.text, "/t.policy:"))
			fail_msg("%s said \"%s\"", bad[i][0], e.text);
	}
}

static void reads_each_kind(void **state)
{
	static const struct { const char *text; enum key key; int64_t num, num2; } good[] = {
		{ "[Policy]\nMode=observe\n", KEY_MODE, 1, 0 },
		{ "[Process]\nUser=7:8\n", KEY_USER, 7, 8 },
		{ "[Process]\nUser=7\n", KEY_USER, 7, 7 },
		{ "[Process]\nNoNewPrivileges=no\n", KEY_NO_NEW_PRIVS, 0, 0 },
		{ "[Process]\nUMask=0027\n", KEY_UMASK, 027, 0 },
		{ "[Process]\nOOMScoreAdjust=-1000\n", KEY_OOM_SCORE, -1000, 0 },
		{ "[Process]\nLimitNOFILE=5:10\n", KEY_LIMIT_NOFILE, 5, 10 },
		{ "[Process]\nLimitCORE=infinity\n", KEY_LIMIT_CORE, KEY_INFINITY, KEY_INFINITY },
		{ "[Process]\nLimitNICE=40\n", KEY_LIMIT_NICE, 40, 40 },
		{ "[Resources]\nMemoryMax=512M\n", KEY_MEMORY_MAX, 512 << 20, 0 },
		{ "[Resources]\nMemoryMax=1048576\n", KEY_MEMORY_MAX, 1 << 20, 0 },
		{ "[Resources]\nCPUQuota=150%\n", KEY_CPU_QUOTA, 1500000, 0 },
		{ "[Resources]\nCPUWeight=10000\n", KEY_CPU_WEIGHT, 10000, 0 },
		{ "[Resources]\nTasksMax=infinity\n", KEY_TASKS_MAX, KEY_INFINITY, 0 },
		{ "[Stop]\nSignal=SIGINT\n", KEY_STOP_SIGNAL, 2, 0 },
		{ "[Stop]\nSignal=SIGRTMIN+3\n", KEY_STOP_SIGNAL, 37, 0 },
		{ "[Stop]\nSignal=9\n", KEY_STOP_SIGNAL, 9, 0 },
		{ "[Stop]\nTimeout=5m\n", KEY_STOP_TIMEOUT, 300, 0 },
		{ "[Unit]\nMaxExposure=2.5\n", KEY_MAX_EXPOSURE, 2500000, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(policy_free_auto) struct policy *p = good_policy(good[i].text);

		assert_int_equal(p->v[good[i].key].num, good[i].num);
		assert_int_equal(p->v[good[i].key].num2, good[i].num2);
		assert_int_equal(p->v[good[i].key].line, 2);
	}
}

static void ids_and_limits_by_name(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Process]\nAllowUser=5 10-12\n");
	const struct strv *five = &p->v[KEY_ALLOW_USER].list, *any = &p->v[KEY_ALLOW_GROUPS].list;

	(void)state;
	assert_false(key_ids_have(five, 4) || key_ids_have(five, 6) || key_ids_have(five, 9) || key_ids_have(five, 13));
	assert_true(key_ids_have(five, 5) && key_ids_have(five, 10) && key_ids_have(five, 12) && key_ids_have(any, 7));
	assert_int_equal(key_of_limit("RLIMIT_NOFILE"), KEY_LIMIT_NOFILE);
	assert_int_equal(key_of_limit("RLIMIT_nofile"), -1);
	assert_int_equal(key_of_limit("XXXXXX_NOFILE"), -1);
}

static void a_list_grows_line_by_line(void **state)
{
	AUTO(policy_free_auto) struct policy *p =
		good_policy("[Who]\nAllowLogin=alice 1000\n# c\nAllowLogin=@web\n");
	const struct key_value *v = &p->v[KEY_ALLOW_LOGIN];
	char at[64];

	(void)state;
	/* The built-in "any" is gone: a file's list takes its place. */
	assert_int_equal(v->list.len, 3);
	assert_string_equal(v->list.item[0], "alice");
	assert_string_equal(key_at(p, KEY_ALLOW_LOGIN, 1, at, sizeof(at)), "/t.policy:2");
	assert_string_equal(key_at(p, KEY_ALLOW_LOGIN, 2, at, sizeof(at)), "/t.policy:4");
	assert_string_equal(key_at(p, KEY_MODE, 0, at, sizeof(at)), "built-in");
}

static void list_limit(void **state)
{
	auto_str struct str s = { 0 };
	struct err e = { 0 };
	struct policy *p;

	(void)state;
	assert_int_equal(str_add(&s, "[Who]\n", &e), 0);
	for (int i = 0; i < KEY_LIST_MAX; i++)
		assert_int_equal(str_addf(&s, &e, "AllowLogin=u%d\n", i), 0);
	p = good_policy(s.text);
	assert_int_equal(p->v[KEY_ALLOW_LOGIN].list.len, KEY_LIST_MAX);
	policy_free(p);
	assert_int_equal(str_add(&s, "AllowLogin=last\n", &e), 0);
	p = text_policy(s.text, &e);
	assert_null(p);
	assert_int_equal(e.reason, ERR_LIMIT);
}

static void show_says_every_key_and_its_line(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Who]\nAllowLogin=alice bob\nAllowLogin=@web\n"
							      "[Resources]\nMemoryMax=512M\n");
	auto_free char *text = NULL;
	auto_json json_t *j = NULL;
	struct err e = { 0 };
	size_t n;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	assert_int_equal(policy_show(p, out, &e), 0);
	fclose(out);
	assert_non_null(strstr(text, "[Who]\nAllowLogin=alice bob\t# /t.policy:2\nAllowLogin=@web\t# /t.policy:3\n"));
	assert_non_null(strstr(text, "MemoryMax=512M\t# /t.policy:5\n"));
	assert_non_null(strstr(text, "CapabilityBoundingSet=\t# built-in\n"));
	assert_int_equal(policy_show_json(p, &j, &e), 0);
	assert_int_equal(json_array_size(json_object_get(j, "settings")), KEY_COUNT);
	for (int k = 0; k < KEY_COUNT; k++)
		assert_non_null(strstr(text, key_defs[k].key));
}

/* docs/man/secctr.policy.5.scd has each key under its section, and its built-in value; and no other. */
static void the_manual_has_every_key(void **state)
{
	auto_str struct str page = { 0 };
	struct err e = { 0 };
	char buf[4096];
	size_t n;
	unsigned headings = 0;
	FILE *f = fopen("docs/man/secctr.policy.5.scd", "r");

	(void)state;
	assert_non_null(f);
	while ((n = fread(buf, 1, sizeof(buf), f)))
		assert_int_equal(str_add_bytes(&page, buf, n, &e), 0);
	fclose(f);
	for (int k = 0; k < KEY_COUNT; k++) {
		auto_str struct str head = { 0 }, section = { 0 };
		const char *from, *to;

		assert_int_equal(str_addf(&head, &e, "\n*%s=*", key_defs[k].key), 0);
		assert_int_equal(str_addf(&section, &e, "\n## [%s]", key_defs[k].section), 0);
		from = strstr(page.text, section.text);
		to = from ? strstr(from + 1, "\n## [") : NULL;
		from = from ? strstr(from, head.text) : NULL;
		if (!from || (to && from > to))
			fail_msg("[%s] %s= is not in the manual page", key_defs[k].section, key_defs[k].key);
	}
	for (const char *at = page.text; (at = strstr(at, "=*")); at++) {
		const char *line = at;

		while (line > page.text && line[-1] != '\n')
			line--;
		headings += *line == '*';
	}
	assert_int_equal(headings, KEY_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses), cmocka_unit_test(reads_each_kind), cmocka_unit_test(ids_and_limits_by_name),
		cmocka_unit_test(a_list_grows_line_by_line), cmocka_unit_test(list_limit),
		cmocka_unit_test(show_says_every_key_and_its_line), cmocka_unit_test(the_manual_has_every_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
