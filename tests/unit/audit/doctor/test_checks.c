/* SPDX-License-Identifier: Apache-2.0 */
/* Each check of secctr doctor, both ways: a host where all is good, and one thing after the other that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit/doctor/doctor.h"

static const char conf[] =
	"# a comment = x\nlocal_events = yes\nwrite_logs = yes\nlog_format = enriched\nname_format = HOSTNAME\nmax_log_file = 8\nnum_logs = 5\n"
	"max_log_file_action = keep_logs\nspace_left_action = EMAIL\nadmin_space_left_action = single\ndisk_full_action = HALT\ndisk_error_action = exec /bin/x\n";

static struct doctor_facts healthy(void)
{
	struct doctor_facts f = {
		.rules = { .enabled = 2, .failure = 1, .backlog_limit = 8192, .auditd = 700, .loginuid_immutable = true, .installed = true,
			   .in_order = true, .rows = 10, .total = 10 },
		.auditd_state = 'S', .selinux_known = true, .selinux = true, .enforcing = true, .module = true,
		.seccomp_known = true, .seccomp_logged = "kill_process kill_thread trap errno user_notif trace log",
		.processes_known = true, .clock_known = true, .clock_synchronised = true,
	};

	doctor_read_conf(conf, &f.conf);
	doctor_read_accounts("root:x:0:0::/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\nsync:x:4:65534::/bin:/bin/sync\nalice:x:1000:1000::/:/bin/sh\n", &f);
	return f;
}

static void without(struct doctor_facts *f, const char *was, const char *now)
{
	char text[sizeof(conf) + 256];
	const char *at = strstr(conf, was);

	assert_non_null(at);
	(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - conf), conf, now, at + strlen(was));
	memset(&f->conf, 0, sizeof(f->conf));
	doctor_read_conf(text, &f->conf);
}

#define X(name, body) static void name(struct doctor_facts *f) { body; }
X(off, f->rules.enabled = 0)
X(no_daemon, f->rules.auditd = 0)
X(gone, f->auditd_state = 0)
X(zombie, f->auditd_state = 'Z')
X(stopped, f->auditd_state = 'T')
X(short_queue, f->rules.backlog_limit = 8191)
X(full_queue, f->rules.backlog = 4096)
X(lost_one, f->rules.lost = 1)
X(rate, f->rules.rate_limit = 1)
X(silent, f->rules.failure = 0)
X(mutable, f->rules.loginuid_immutable = false)
X(unlocked, f->rules.enabled = 1)
X(no_log, without(f, "write_logs = yes", "write_logs = NO"))
X(no_local, without(f, "local_events = yes", "local_events = no"))
X(raw, without(f, "log_format = enriched", "log_format = RAW"))
X(rotates, without(f, "max_log_file_action = keep_logs", "max_log_file_action = ROTATE"))
X(rotates_by_default, without(f, "max_log_file_action = keep_logs\n", ""))
X(ignores, without(f, "space_left_action = EMAIL", "space_left_action = ignore"))
X(suspends, without(f, "disk_full_action = HALT", "disk_full_action = suspend"))
X(suspends_admin, without(f, "admin_space_left_action = single", "admin_space_left_action = SUSPEND"))
X(no_error_action, without(f, "disk_error_action = exec /bin/x\n", ""))
X(nameless, without(f, "name_format = HOSTNAME", "name_format = NONE"))
X(no_rules, f->rules.installed = false)
X(missing_rule, f->rules.missing = 1)
X(disorder, f->rules.in_order = false)
X(foreign, f->rules.foreign_before = 1)
X(never_task, f->rules.never_task = true)
X(excluded, f->rules.suppressing = 1)
X(no_errno, strcpy(f->seccomp_logged, "kill_process kill_thread trap user_notif trace log"))
X(no_seccomp, f->seccomp_known = false)
X(permissive, f->enforcing = false)
X(no_selinux, f->selinux = f->enforcing = f->module = false)
X(unknown_selinux, f->selinux_known = false)
X(no_module, f->module = false)
X(account, doctor_read_accounts("www:x:999:999::/:/bin/bash\n", f))
X(no_shell_field, doctor_read_accounts("www:x:33:33::/:\n", f))
X(no_accounts, f->accounts_known = false)
X(writer, f->writers.n = 1)
X(unset, f->unset.n = 1)
X(unsynchronised, f->clock_synchronised = false)
X(no_clock, f->clock_known = false)
#undef X

static const struct {
	void (*make)(struct doctor_facts *f);
	const char *id;
	enum doctor_state state;
} rows[] = {
	{ off, "audit-on", DOCTOR_BAD }, { off, "rules-locked", DOCTOR_BAD }, { no_daemon, "auditd-reads", DOCTOR_BAD }, { gone, "auditd-reads", DOCTOR_BAD },
	{ zombie, "auditd-reads", DOCTOR_BAD }, { stopped, "auditd-reads", DOCTOR_BAD }, { short_queue, "backlog-limit", DOCTOR_BAD },
	{ full_queue, "backlog-now", DOCTOR_BAD }, { lost_one, "lost", DOCTOR_BAD }, { rate, "rate-limit", DOCTOR_BAD },
	{ silent, "failure-mode", DOCTOR_BAD }, { mutable, "loginuid-immutable", DOCTOR_BAD }, { unlocked, "rules-locked", DOCTOR_BAD },
	{ no_log, "log-written", DOCTOR_BAD }, { no_local, "log-written", DOCTOR_BAD }, { raw, "log-format", DOCTOR_BAD },
	{ rotates, "log-retention", DOCTOR_BAD }, { rotates_by_default, "log-retention", DOCTOR_BAD }, { ignores, "space-left", DOCTOR_BAD },
	{ suspends, "disk-full", DOCTOR_BAD }, { suspends_admin, "disk-full", DOCTOR_BAD }, { no_error_action, "disk-full", DOCTOR_BAD },
	{ nameless, "node-name", DOCTOR_BAD }, { no_rules, "rules-present", DOCTOR_BAD }, { missing_rule, "rules-present", DOCTOR_BAD },
	{ no_rules, "rules-order", DOCTOR_NOT_HERE }, { disorder, "rules-order", DOCTOR_BAD }, { foreign, "rules-order", DOCTOR_BAD },
	{ never_task, "rules-never", DOCTOR_BAD }, { excluded, "rules-never", DOCTOR_BAD }, { no_errno, "seccomp-log", DOCTOR_BAD },
	{ no_seccomp, "seccomp-log", DOCTOR_UNSEEN }, { permissive, "selinux-mode", DOCTOR_BAD }, { no_selinux, "selinux-mode", DOCTOR_BAD },
	{ no_selinux, "selinux-module", DOCTOR_NOT_HERE }, { unknown_selinux, "selinux-mode", DOCTOR_UNSEEN }, { no_module, "selinux-module", DOCTOR_BAD },
	{ account, "service-accounts", DOCTOR_BAD }, { no_shell_field, "service-accounts", DOCTOR_BAD }, { no_accounts, "service-accounts", DOCTOR_UNSEEN },
	{ writer, "foreign-writers", DOCTOR_BAD }, { unset, "foreign-unset", DOCTOR_BAD }, { unsynchronised, "clock-sync", DOCTOR_BAD },
	{ no_clock, "clock-sync", DOCTOR_UNSEEN },
};

static enum doctor_state state_of(const struct doctor_facts *f, const char *id, struct doctor_result *ret)
{
	for (size_t i = 0; i < doctor_checks_n; i++)
		if (strcmp(doctor_checks[i].id, id) == 0) {
			memset(ret, 0, sizeof(*ret));
			return doctor_checks[i].look(f, ret);
		}
	fail_msg("no check %s", id);
	return DOCTOR_GOOD;
}

static void all_is_good(void **state)
{
	struct doctor_facts f = healthy();
	static struct doctor_result r;

	(void)state;
	for (size_t i = 0; i < doctor_checks_n; i++) {
		if (state_of(&f, doctor_checks[i].id, &r) != DOCTOR_GOOD)
			fail_msg("%s: %s", doctor_checks[i].id, r.what);
		assert_true(*r.what);
		assert_false(*r.mend);
		assert_true(*doctor_checks[i].why && *doctor_checks[i].controls);
	}
}

static void each_thing_is_found(void **state)
{
	static struct doctor_result r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct doctor_facts f = healthy();

		rows[i].make(&f);
		if (state_of(&f, rows[i].id, &r) != rows[i].state)
			fail_msg("row %zu, %s: %s", i, rows[i].id, r.what);
		assert_true(*r.what);
		/* No command empties a full queue; an unseen thing has none. */
		if (rows[i].state == DOCTOR_BAD && strcmp(rows[i].id, "backlog-now") != 0)
			assert_true(*r.mend);
	}
	/* Each check has a row in which it finds something. */
	for (size_t i = 0; i < doctor_checks_n; i++) {
		bool seen = false;

		for (size_t k = 0; k < ARRAY_LEN(rows); k++)
			seen |= strcmp(rows[k].id, doctor_checks[i].id) == 0 && rows[k].state == DOCTOR_BAD;
		if (!seen)
			fail_msg("%s has no row", doctor_checks[i].id);
	}
}

/* auditd.conf that cannot be read is a finding of each check that needs it. */
static void an_unreadable_file_is_no_pass(void **state)
{
	static const char *const ids[] = { "log-written", "log-format", "log-retention", "space-left", "disk-full", "node-name" };
	struct doctor_facts f = healthy();
	static struct doctor_result r;

	(void)state;
	f.conf.known = false;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		assert_int_equal(state_of(&f, ids[i], &r), DOCTOR_UNSEEN);
}

static void accounts(void **state)
{
	struct doctor_facts f = { .accounts = 0 };
	auto_str struct str many = { 0 };
	struct err e;

	(void)state;
	doctor_read_accounts("a:x:1:1::/:/bin/sh\nb:x:999:1::/:/bin/sh\nc:x:1000:1::/:/bin/sh\nd:x:0:0::/:/bin/sh\ne:x:x:0::/:/bin/sh\nshort\n", &f);
	assert_int_equal(f.accounts, 2);
	for (unsigned i = 0; i < DOCTOR_ACCOUNTS_MAX - 1; i++)
		assert_int_equal(str_addf(&many, &e, "u%u:x:%u:1::/:/bin/sh\n", i, 100 + i), 0);
	doctor_read_accounts(many.text, &f);
	assert_int_equal(f.accounts, DOCTOR_ACCOUNTS_MAX);
	assert_int_equal(f.more_accounts, 1);
}

static void processes(void **state)
{
	static const char both[] = "Name:\tapp\nCapPrm:\t0000000060000000\n", none[] = "Name:\tapp\nNSpid:\t12\nCapPrm:\t00000000a80405fb\n",
			  raw_write[] = "Name:\tapp\nCapPrm:\t0000000020000000\n";
	static const char first[] = "         0          0 4294967295\n", other[] = "         0     100000      65536\n";
	static const char nested[] = "Name:\tapp\nNSpid:\t12\t1\nCapPrm:\t0000000000000000\n";
	static const char podman[] = "9:name=systemd:/libpod_parent/libpod-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";
	static const char docker[] = "0::/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope\n";
	struct doctor_facts f = { .accounts = 0 };

	(void)state;
	/* Docker's own set has AUDIT_WRITE (bit 29). */
	doctor_read_process(&(struct doctor_process){ 10, none, "4294967295\n", docker, first }, &f);
	assert_int_equal(f.writers.n, 1);
	assert_int_equal(f.unset.n, 1);
	assert_string_equal(f.unset.item[0].runtime, "docker");
	assert_string_equal(f.unset.item[0].id, "0123456789ab");
	doctor_read_process(&(struct doctor_process){ 11, none, "4294967295\n", docker, first }, &f);
	assert_int_equal(f.unset.n, 1);
	assert_int_equal(f.unset.item[0].processes, 2);
	memset(&f, 0, sizeof(f));
	doctor_read_process(&(struct doctor_process){ 10, raw_write, "1000\n", "0::/machine.slice/libpod-abc.scope/container\n", first }, &f);
	assert_int_equal(f.writers.n, 1);
	assert_string_equal(f.writers.item[0].runtime, "podman");
	assert_int_equal(f.unset.n, 0);
	/* Another user name space has no way to the audit system; a monitor is not in its container; a service is no container. */
	memset(&f, 0, sizeof(f));
	doctor_read_process(&(struct doctor_process){ 10, both, "1000\n", "0::/machine.slice/libpod-abc.scope/container\n", other }, &f);
	doctor_read_process(&(struct doctor_process){ 10, both, "4294967295\n", "0::/machine.slice/libpod-conmon-abc.scope\n", first }, &f);
	doctor_read_process(&(struct doctor_process){ 10, both, "4294967295\n", "0::/system.slice/cron.service\n", first }, &f);
	doctor_read_process(&(struct doctor_process){ 10, none, "4294967295\n", "0::/system.slice/cron.service\n", first }, &f);
	doctor_read_process(&(struct doctor_process){ 10, "Name:\tapp\nCapPrm:\t0000000000000000\n", "1000\n", docker, first }, &f);
	assert_int_equal(f.writers.n, 0);
	assert_int_equal(f.unset.n, 0);
	/* Podman's ids have 64 digits on each kernel; what crun was told by hand, and what has no name at all. */
	memset(&f, 0, sizeof(f));
	doctor_read_process(&(struct doctor_process){ 10, both, "1000\n", podman, first }, &f);
	assert_string_equal(f.writers.item[0].id, "0123456789ab");
	doctor_read_process(&(struct doctor_process){ 11, nested, "4294967295\n", "9:pids:/\n8:name=systemd:/by-hand\n0::/\n", first }, &f);
	assert_string_equal(f.unset.item[0].runtime, "unknown");
	assert_string_equal(f.unset.item[0].id, "by-hand");
	doctor_read_process(&(struct doctor_process){ 12, nested, "4294967295\n", "0::/\n", first }, &f);
	assert_string_equal(f.unset.item[1].id, "");
	doctor_read_process(&(struct doctor_process){ 12, nested, "4294967295\n", "", first }, &f);
	assert_int_equal(f.unset.item[1].processes, 2);
	assert_int_equal(f.writers.n, 1);
	memset(&f, 0, sizeof(f));
	doctor_read_process(&(struct doctor_process){ 13, "Name:\tapp\nState:\tZ (zombie)\nCapPrm:\t0000000060000000\n", "4294967295\n", podman, first }, &f);
	assert_int_equal(f.writers.n + f.unset.n, 0);
	for (unsigned i = 0; i <= DOCTOR_CONTAINERS_MAX; i++) {
		char group[64];

		(void)snprintf(group, sizeof(group), "0::/crio-%u.scope\n", i);
		doctor_read_process(&(struct doctor_process){ 10, both, "1000\n", group, first }, &f);
	}
	assert_int_equal(f.writers.n, DOCTOR_CONTAINERS_MAX);
	assert_int_equal(f.writers.more, 1);
}

static void retention(void **state)
{
	struct doctor_facts f = healthy();
	static struct doctor_result r;

	(void)state;
	without(&f, "max_log_file = 8\nnum_logs = 5\nmax_log_file_action = keep_logs", "max_log_file = 50\nnum_logs = 10\nmax_log_file_action = rotate");
	assert_int_equal(state_of(&f, "log-retention", &r), DOCTOR_GOOD);
	without(&f, "max_log_file = 8\nnum_logs = 5\nmax_log_file_action = keep_logs", "max_log_file = 499\nnum_logs = 1\nmax_log_file_action = rotate");
	assert_int_equal(state_of(&f, "log-retention", &r), DOCTOR_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_good), cmocka_unit_test(each_thing_is_found), cmocka_unit_test(an_unreadable_file_is_no_pass),
		cmocka_unit_test(accounts), cmocka_unit_test(processes), cmocka_unit_test(retention),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
