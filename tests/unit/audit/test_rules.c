/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <limits.h>

#include "audit/rules.h"
#include "tests/unit/audit/host_audit.h"

#define SHIPPED "audit/rules/20-secctr.rules"
#define RULE "-a always,exit -F arch=b64 -S getpid -F pid=1 -F key="

static struct host_audit host;
static char dir[] = "/tmp/secctr-rules-XXXXXX", file[64];

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/t.rules", dir);
	return 0;
}

/* Also after a failed test, so that the host is left as it was. */
static int remove_dir(void **state)
{
	(void)state;
	if (host.daemon) {
		(void)!system("auditctl -D >/dev/null 2>&1");
		host_audit_end(&host);
	}
	(void)unlink(file);
	return rmdir(dir);
}

static void put(const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
}

static void reads_the_shipped_rules(void **state)
{
	struct audit_rules_status s = { 0 };
	char path[PATH_MAX];
	struct err e = { 0 };

	(void)state;
	if (!realpath(SHIPPED, path)) {
		print_message("skipped: not started in the source tree\n");
		skip();
	}
	if (audit_rules_read(path, &s.row, &s.rows, &e)) {
		/* A source tree that others may write is no place for rules. */
		assert_non_null(strstr(e.text, "writ"));
		print_message("skipped: %s\n", e.text);
		skip();
	}
	assert_in_range(s.rows, 20, 64);
	for (size_t i = 0; i < s.rows; i++)
		assert_int_equal(strncmp(s.row[i].key, "secctr-", 7), 0);
	assert_string_equal(s.row[0].key, "secctr-exec");
	audit_rules_done(&s);
}

static void refuses_what_it_should(void **state)
{
	static char many[(AUDIT_RULES_MAX + 1) * (sizeof(RULE) + 4) + 1], text[AUDIT_RULE_TEXT_MAX + 64];
	struct audit_rules_status s = { 0 };
	struct err e = { 0 };
	char *at = many;

	(void)state;
	put("# c\n\n-a always,exit -S getpid\n");
	assert_int_equal(audit_rules_read(file, &s.row, &s.rows, &e), -1);
	assert_non_null(strstr(e.text, "t.rules:3: a rule of secctr needs a key"));
	assert_int_equal(audit_rules_read("t.rules", &s.row, &s.rows, &e), -1);
	assert_int_equal(e.reason, ERR_USAGE);
	assert_int_equal(audit_rules_read("/tmp/secctr-no-such-dir/x", &s.row, &s.rows, &e), -1);

	for (int i = 0; i < AUDIT_RULES_MAX; i++)
		at += sprintf(at, RULE "k\n");
	put(many);
	assert_int_equal(audit_rules_read(file, &s.row, &s.rows, &e), 0);
	assert_int_equal(s.rows, AUDIT_RULES_MAX);
	audit_rules_done(&s);
	sprintf(at, RULE "k\n");
	put(many);
	assert_int_equal(audit_rules_read(file, &s.row, &s.rows, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);

	for (int more = 0; more < 2; more++) {
		int n = sprintf(text, "-w /");

		memset(text + n, 'x', AUDIT_RULE_TEXT_MAX);
		strcpy(text + AUDIT_RULE_TEXT_MAX - 5 + more, " -k k\n");
		put(text);
		assert_int_equal(audit_rules_read(file, &s.row, &s.rows, &e), more ? -1 : 0);
		if (!more)
			audit_rules_done(&s);
	}
}

static void expect(const char *rules_now, size_t missing, size_t foreign, bool in_order, bool never, const char *says)
{
	struct audit_rules_status s;
	struct err e = { 0 };
	const char *why = "";
	char command[128];

	put(rules_now);
	snprintf(command, sizeof(command), "auditctl -D >/dev/null 2>&1; auditctl -R %s >/dev/null 2>&1", file);
	assert_int_equal(system(command), 0);
	put(RULE "one\n" RULE "two\n" RULE "one\n");
	if (audit_rules_status(file, &s, &e))
		fail_msg("%s", e.text);
	assert_false(audit_rules_ok(&s, &why));
	if (s.missing != missing || s.foreign_before != foreign || s.in_order != in_order || s.never_task != never ||
	    !strstr(why, says))
		fail_msg("missing %zu foreign %zu order %d never %d: %s, with\n%s", s.missing, s.foreign_before, s.in_order,
			 s.never_task, why, rules_now);
	audit_rules_done(&s);
}

/* The kernel takes two rules as one when they differ in the key only: so each has its own syscall. */
#define AT(call, key) "-a always,exit -F arch=b64 -S " call " -F pid=1 -F key=" key "\n"

static void compares_with_the_kernel(void **state)
{
	struct audit_rules_status s;
	struct err e = { 0 };
	const char *why = host_audit_start(&host);

	(void)state;
	if (why) {
		print_message("skipped: %s\n", why);
		skip();
	}
	put("");
	if (audit_rules_status(file, &s, &e) || s.total) {
		print_message("skipped: rules are loaded on this host\n");
		audit_rules_done(&s);
		host_audit_end(&host);
		host.daemon = 0;
		skip();
	}
	assert_int_equal(s.auditd, host.daemon);
	assert_int_equal(s.enabled, 1);
	audit_rules_done(&s);
	expect("", 3, 0, true, false, "not loaded");
	expect(AT("getpid", "one") AT("getuid", "two") AT("getgid", "one"), 0, 0, true, false, "");
	expect(AT("getpid", "one") AT("getuid", "two"), 2, 0, true, false, "not loaded");
	expect(AT("getpid", "two") AT("getuid", "one") AT("getgid", "one"), 0, 0, false, false, "shipped order");
	expect(AT("getppid", "site") AT("getpid", "one") AT("getuid", "two") AT("getgid", "one"), 0, 1, true, false,
	       "in front");
	expect(AT("getpid", "one") AT("getuid", "two") AT("getppid", "site") AT("getgid", "one"), 0, 0, true, false, "");
	expect("-a never,task\n" AT("getpid", "one") AT("getuid", "two") AT("getgid", "one"), 0, 0, true, true, "never,task");
}

/* How many of these rules may keep records from the log; and our text of them is auditctl's. */
static void suppressing(const char *rules_now, size_t want)
{
	auto_str struct str ours = { 0 };
	struct audit_rules_status s;
	char command[128], theirs[8192];
	struct err e = { 0 };
	size_t n;
	FILE *p;

	put(rules_now);
	snprintf(command, sizeof(command), "auditctl -D >/dev/null 2>&1; auditctl -R %s >/dev/null 2>&1", file);
	assert_int_equal(system(command), 0);
	put(RULE "one\n");
	if (audit_rules_status(file, &s, &e) || audit_rules_text(&ours, &e))
		fail_msg("%s", e.text);
	assert_int_equal(s.suppressing, want);
	audit_rules_done(&s);
	p = popen("auditctl -l", "r");
	assert_non_null(p);
	n = fread(theirs, 1, sizeof(theirs) - 1, p);
	theirs[n] = '\0';
	(void)pclose(p);
	assert_string_equal(ours.text, theirs);
}

static void tells_what_rules_are(void **state)
{
	(void)state;
	if (!host.daemon) {
		print_message("skipped: no audit daemon of our own\n");
		skip();
	}
	suppressing("-a always,exclude -F msgtype=CWD\n", 0);
	suppressing("-a always,exclude -F msgtype=USYS_CONFIG\n", 1);
	suppressing("-a always,exclude -F msgtype=EXECVE\n-a always,exclude -F uid=99\n", 2);
	suppressing("-a never,user -F uid=99\n-a never,user -F msgtype=CRED_ACQ\n", 1);
	suppressing("-a always,exit -F arch=b64 -S execve,execveat -F auid>=1000 -F auid!=unset -F key=exec\n"
		    "-a always,exit -F arch=b32 -S mount,umount -F success=0 -F key=mnt\n"
		    "-a always,exit -F arch=b64 -S clone -F a0&0x7E020000 -F key=ns\n-w /etc/passwd -p wa -k identity\n"
		    "-a always,exit -F dir=/etc -F perm=wa -F key=pol\n-a never,exit -F dir=/var/tmp -F perm=wa -F exe=/usr/bin/true -F key=n\n"
		    "-a always,exit -F path=/usr/bin/sudo -F perm=x -F auid>=1000 -F auid!=4294967295 -k priv\n"
		    "-a always,exit -F arch=b64 -S open -F exit=-EACCES -F key=acc\n-a always,exit -F arch=b64 -S adjtimex -F sessionid=5 -F key=k\n", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_shipped_rules),
		cmocka_unit_test(refuses_what_it_should),
		cmocka_unit_test(compares_with_the_kernel),
		cmocka_unit_test(tells_what_rules_are),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
