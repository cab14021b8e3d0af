/* SPDX-License-Identifier: Apache-2.0 */
/* checks.c - the table of checks. The commands are those of Debian 12; tests/vm/t/17-evidence.sh runs them there. */
#include "audit/doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BACKLOG_MIN = 8192, LOG_MB_MIN = 500 };
#define CONF "/etc/audit/auditd.conf"
#define RULES "/etc/audit/rules.d"

static void say(char to[static DOCTOR_TEXT], const char *fmt, ...) PRINTF(2, 3);
static void say(char to[static DOCTOR_TEXT], const char *fmt, ...)
{
	size_t at = strlen(to);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(to + at, DOCTOR_TEXT - at, fmt, ap);
	va_end(ap);
}
#define WHAT(...) say(r->what, __VA_ARGS__)
#define MEND(...) say(r->mend, __VA_ARGS__)
#define LOOK(name) static enum doctor_state name(const struct doctor_facts *f, struct doctor_result *r)

LOOK(audit_on)
{
	WHAT("auditing is %s", f->rules.enabled == 0 ? "off" : f->rules.enabled == 1 ? "on" : "on, and its rules are locked");
	if (f->rules.enabled)
		return DOCTOR_GOOD;
	MEND("auditctl -e 1");
	return DOCTOR_BAD;
}

LOOK(auditd_reads)
{
	if (!f->rules.auditd || !f->auditd_state || strchr("ZXx", f->auditd_state)) {
		WHAT("no audit daemon takes the kernel's records");
		MEND("service auditd restart");
		return DOCTOR_BAD;
	}
	if (strchr("Tt", f->auditd_state)) {
		WHAT("the audit daemon (process %d) is stopped", (int)f->rules.auditd);
		MEND("kill -CONT %d", (int)f->rules.auditd);
		return DOCTOR_BAD;
	}
	WHAT("the audit daemon runs (process %d)", (int)f->rules.auditd);
	return DOCTOR_GOOD;
}

LOOK(backlog_limit)
{
	WHAT("%u records may wait for the daemon", f->rules.backlog_limit);
	if (!f->rules.backlog_limit || f->rules.backlog_limit >= BACKLOG_MIN)
		return DOCTOR_GOOD;
	MEND("auditctl -b %d\necho '-b %d' >" RULES "/10-backlog.rules", BACKLOG_MIN, BACKLOG_MIN);
	return DOCTOR_BAD;
}

LOOK(backlog_now)
{
	WHAT("%u of %u records wait now", f->rules.backlog, f->rules.backlog_limit);
	/* Half of it is more than a moment's. */
	return f->rules.backlog_limit && f->rules.backlog >= f->rules.backlog_limit / 2 ? DOCTOR_BAD : DOCTOR_GOOD;
}

LOOK(lost)
{
	WHAT("the kernel lost %u records since it booted, or since the counter was reset", f->rules.lost);
	if (!f->rules.lost)
		return DOCTOR_GOOD;
	MEND("secctr report gaps\nauditctl --reset-lost");
	return DOCTOR_BAD;
}

LOOK(rate_limit)
{
	if (!f->rules.rate_limit) {
		WHAT("no rate limit drops records");
		return DOCTOR_GOOD;
	}
	WHAT("the kernel drops what is more than %u records a second", f->rules.rate_limit);
	MEND("auditctl -r 0");
	return DOCTOR_BAD;
}

LOOK(failure_mode)
{
	static const char *const modes[] = { "silent", "a line in the kernel's log", "a panic" };

	WHAT("a record that cannot be kept is answered by %s", f->rules.failure < ARRAY_LEN(modes) ? modes[f->rules.failure] : "?");
	if (f->rules.failure)
		return DOCTOR_GOOD;
	r->what[0] = '\0';
	WHAT("the kernel is silent about records that it cannot keep");
	MEND("auditctl -f 1\necho '-f 1' >" RULES "/10-failure.rules");
	return DOCTOR_BAD;
}

LOOK(loginuid_immutable)
{
	WHAT("a login UID that is set %s", f->rules.loginuid_immutable ? "cannot be changed" : "can be changed by a process with CAP_AUDIT_CONTROL");
	if (f->rules.loginuid_immutable)
		return DOCTOR_GOOD;
	MEND("auditctl --loginuid-immutable\necho '--loginuid-immutable' >" RULES "/11-loginuid.rules");
	return DOCTOR_BAD;
}

LOOK(rules_locked)
{
	WHAT("root %s change the rules and switch auditing off", f->rules.enabled == 2 ? "cannot" : "can");
	if (f->rules.enabled == 2)
		return DOCTOR_GOOD;
	MEND("echo '-e 2' >" RULES "/99-finalize.rules && augenrules --load");
	return DOCTOR_BAD;
}

/* NULL: the file's settings are known. */
static bool unseen(const struct doctor_facts *f, struct doctor_result *r)
{
	if (f->conf.known)
		return false;
	WHAT("%s could not be read: %s", CONF, f->conf.why);
	return true;
}

static void set_conf(struct doctor_result *r, const char *name, const char *value)
{
	MEND("%ssed -i -E '/^[[:space:]]*%s[[:space:]]*=/d' " CONF " && echo '%s = %s' >>" CONF, *r->mend ? "\n" : "", name, name, value);
}

/* auditd reads its file again at this signal, whatever its unit refuses. */
static enum doctor_state reload(struct doctor_result *r)
{
	MEND("\nkill -HUP \"$(cat /run/auditd.pid)\"");
	return DOCTOR_BAD;
}

LOOK(log_written)
{
	if (unseen(f, r))
		return DOCTOR_UNSEEN;
	if (strcmp(f->conf.write_logs, "NO") != 0 && strcmp(f->conf.local_events, "NO") != 0) {
		WHAT("the daemon writes this host's events to its log");
		return DOCTOR_GOOD;
	}
	WHAT("the daemon is told not to %s", strcmp(f->conf.write_logs, "NO") == 0 ? "write a log (write_logs = no)" :
	     "take this host's events (local_events = no)");
	set_conf(r, strcmp(f->conf.write_logs, "NO") == 0 ? "write_logs" : "local_events", "yes");
	return reload(r);
}

LOOK(log_format)
{
	if (unseen(f, r))
		return DOCTOR_UNSEEN;
	if (strcmp(f->conf.log_format, "ENRICHED") == 0) {
		WHAT("records have the names of users in them");
		return DOCTOR_GOOD;
	}
	WHAT("records have numbers only (log_format is not ENRICHED): who reads them elsewhere, or after an account was removed, sees no name");
	set_conf(r, "log_format", "ENRICHED");
	return reload(r);
}

LOOK(log_retention)
{
	uint64_t size = f->conf.max_log_file ? f->conf.max_log_file : 8, n = f->conf.num_logs;

	if (unseen(f, r))
		return DOCTOR_UNSEEN;
	/* auditd's own words; without one it rotates. */
	if (*f->conf.max_log_file_action && strcmp(f->conf.max_log_file_action, "ROTATE") != 0) {
		WHAT("a full log is answered by %s: none is overwritten", f->conf.max_log_file_action);
		return DOCTOR_GOOD;
	}
	n = n < 2 ? 1 : n;
	WHAT("the last %llu MB of the log are kept, what is older is overwritten", (unsigned long long)(size * n));
	if (size * n >= LOG_MB_MIN)
		return DOCTOR_GOOD;
	set_conf(r, "max_log_file_action", "keep_logs");
	(void)reload(r);
	MEND("\n# or take the log away before it goes: systemctl enable --now secctr-evidence.timer");
	return DOCTOR_BAD;
}

/* What lets the daemon go on while it writes nothing. */
static bool drops(const char *action)
{
	return strcmp(action, "IGNORE") == 0 || strcmp(action, "SUSPEND") == 0;
}

LOOK(space_left)
{
	if (unseen(f, r))
		return DOCTOR_UNSEEN;
	if (*f->conf.space_left_action && strcmp(f->conf.space_left_action, "IGNORE") != 0) {
		WHAT("a disk that gets full is told by %s", f->conf.space_left_action);
		return DOCTOR_GOOD;
	}
	WHAT("nobody is told that the log's disk gets full");
	set_conf(r, "space_left_action", "syslog");
	return reload(r);
}

LOOK(disk_full)
{
	static const char *const names[] = { "admin_space_left_action", "disk_full_action", "disk_error_action" };
	const char *const is[] = { f->conf.admin_space_left_action, f->conf.disk_full_action, f->conf.disk_error_action };

	if (unseen(f, r))
		return DOCTOR_UNSEEN;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!*is[i] || drops(is[i])) {
			WHAT("%s%s = %s", *r->what ? ", " : "the daemon runs on and drops every record: ", names[i], *is[i] ? is[i] : "(not set)");
			set_conf(r, names[i], i == 0 ? "single" : "halt");
		}
	if (*r->mend)
		return reload(r);
	WHAT("a full disk ends the daemon's work aloud");
	return DOCTOR_GOOD;
}

LOOK(node_name)
{
	if (unseen(f, r))
		return DOCTOR_UNSEEN;
	if (*f->conf.name_format && strcmp(f->conf.name_format, "NONE") != 0) {
		WHAT("records name the host (%s)", f->conf.name_format);
		return DOCTOR_GOOD;
	}
	WHAT("records do not say from which host they are");
	set_conf(r, "name_format", "HOSTNAME");
	/* Told by a signal, auditd 3.0.9 writes node=(null): it looks the name up when it starts. Its unit refuses a restart. */
	MEND("\nkill \"$(cat /run/auditd.pid)\" && sleep 1 && systemctl start auditd");
	return DOCTOR_BAD;
}

LOOK(rules_present)
{
	if (!f->rules.installed) {
		WHAT("secctr's rules are not installed (" AUDIT_RULES_FILE ")");
		MEND("# `make install`, or the package, puts the file there; then:\naugenrules --load");
		return DOCTOR_BAD;
	}
	WHAT("%zu of secctr's %zu rules are loaded", f->rules.rows - f->rules.missing, f->rules.rows);
	if (!f->rules.missing)
		return DOCTOR_GOOD;
	MEND("augenrules --load");
	return DOCTOR_BAD;
}

LOOK(rules_order)
{
	if (!f->rules.installed || f->rules.missing) {
		WHAT("without all of secctr's rules their order says nothing");
		return DOCTOR_NOT_HERE;
	}
	if (f->rules.in_order && !f->rules.foreign_before) {
		WHAT("secctr's rules come first, in their order");
		return DOCTOR_GOOD;
	}
	if (f->rules.foreign_before) {
		WHAT("%zu rules of others stand in front of secctr's, and take the events that they match", f->rules.foreign_before);
		MEND("grep -l -E '^-[aAw]' " RULES "/*.rules   # give files that sort before 20-secctr.rules a name that sorts behind it\naugenrules --load");
	} else {
		WHAT("secctr's rules are loaded in another order than in their file");
		MEND("augenrules --load");
	}
	return DOCTOR_BAD;
}

LOOK(rules_never)
{
	if (!f->rules.never_task && !f->rules.suppressing) {
		WHAT("no rule keeps records from the log");
		return DOCTOR_GOOD;
	}
	if (f->rules.never_task)
		WHAT("a rule \"-a never,task\": no later process has a login UID, a session or a system call in the log");
	if (f->rules.suppressing)
		WHAT("%s%zu rules (exclude, or never,user) keep records of secctr, logins or programs from the log",
		     f->rules.never_task ? "; " : "", f->rules.suppressing);
	MEND("grep -n -E 'never,(task|user)|(exclude|task|user),never|exclude' " RULES "/*.rules   # remove these lines\naugenrules --load");
	return DOCTOR_BAD;
}

LOOK(seccomp_log)
{
	static const char *const need[] = { "kill_process", "kill_thread", "errno", "log" };
	char padded[sizeof(f->seccomp_logged) + 2], word[32];

	if (!f->seccomp_known) {
		WHAT("kernel.seccomp.actions_logged could not be read");
		return DOCTOR_UNSEEN;
	}
	(void)snprintf(padded, sizeof(padded), " %s ", f->seccomp_logged);
	for (size_t i = 0; i < ARRAY_LEN(need); i++) {
		(void)snprintf(word, sizeof(word), " %s ", need[i]);
		if (!strstr(padded, word))
			WHAT("%s%s", *r->what ? ", " : "system calls that seccomp stops leave no record: actions_logged lacks ", need[i]);
	}
	if (!*r->what) {
		WHAT("system calls that seccomp stops are recorded");
		return DOCTOR_GOOD;
	}
	MEND("sysctl -w kernel.seccomp.actions_logged='kill_process kill_thread trap errno user_notif trace log'");
	return DOCTOR_BAD;
}

LOOK(selinux_mode)
{
	if (!f->selinux_known) {
		WHAT("the state of SELinux could not be read");
		return DOCTOR_UNSEEN;
	}
	WHAT("SELinux is %s", !f->selinux ? "not enabled" : f->enforcing ? "enforcing" : "permissive: it records and stops nothing");
	if (f->selinux && f->enforcing)
		return DOCTOR_GOOD;
	if (f->selinux)
		MEND("setenforce 1\nsed -i 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config");
	else
		MEND("apt install selinux-basics selinux-policy-default && selinux-activate   # then reboot");
	return DOCTOR_BAD;
}

LOOK(selinux_module)
{
	if (!f->selinux) {
		WHAT("without SELinux there is no module");
		return DOCTOR_NOT_HERE;
	}
	WHAT("secctr's SELinux module is %sloaded", f->module ? "" : "not ");
	if (f->module)
		return DOCTOR_GOOD;
	MEND("secctr selinux install");
	return DOCTOR_BAD;
}

LOOK(service_accounts)
{
	if (!f->accounts_known) {
		WHAT("/etc/passwd could not be read");
		return DOCTOR_UNSEEN;
	}
	for (size_t i = 0; i < f->accounts; i++) {
		WHAT("%s%s (%u, %s)", i ? ", " : "accounts below 1000 have a shell: ", f->account[i].name, f->account[i].uid,
		     *f->account[i].shell ? f->account[i].shell : "/bin/sh");
		MEND("%susermod -s /usr/sbin/nologin %s", i ? "\n" : "", f->account[i].name);
	}
	if (f->more_accounts)
		WHAT(", and %u more", f->more_accounts);
	if (f->accounts)
		return DOCTOR_BAD;
	WHAT("no account below 1000 but root has a shell");
	return DOCTOR_GOOD;
}

static enum doctor_state containers(const struct doctor_facts *f, const struct doctor_containers *list, const char *bad, const char *good,
				    struct doctor_result *r)
{
	if (!f->processes_known) {
		WHAT("/proc could not be read whole");
		return DOCTOR_UNSEEN;
	}
	for (size_t i = 0; i < list->n; i++)
		WHAT("%s%s %s (%u process%s, %s is %d)", i ? ", " : bad, list->item[i].runtime, list->item[i].id, list->item[i].processes,
		     list->item[i].processes == 1 ? "" : "es", list->item[i].command, list->item[i].pid);
	if (list->more)
		WHAT(", and %u more containers", list->more);
	if (list->n)
		return DOCTOR_BAD;
	WHAT("%s", good);
	return DOCTOR_GOOD;
}

LOOK(foreign_writers)
{
	enum doctor_state s = containers(f, &f->writers, "containers that may write audit records: ",
					 "no container of another runtime may write audit records", r);

	if (s == DOCTOR_BAD)
		MEND("# start them without the capability: --cap-drop AUDIT_WRITE --cap-drop AUDIT_CONTROL, or with secctr run\n"
		     "# what they wrote: secctr report spoof");
	return s;
}

LOOK(foreign_unset)
{
	enum doctor_state s = containers(f, &f->unset, "containers whose processes may take any login UID: ",
					 "no container of another runtime has an unset login UID", r);

	if (s == DOCTOR_BAD)
		MEND("# start them with secctr run or from a login, or let secctr-runtime start them for their engine\n"
		     "# what happened: secctr report unattributed");
	return s;
}

LOOK(clock_sync)
{
	if (!f->clock_known) {
		WHAT("the kernel does not tell the state of its clock");
		return DOCTOR_UNSEEN;
	}
	WHAT("the clock is %ssynchronised", f->clock_synchronised ? "" : "not ");
	if (f->clock_synchronised)
		return DOCTOR_GOOD;
	MEND("apt install chrony   # or: apt install systemd-timesyncd");
	return DOCTOR_BAD;
}

const struct doctor_check doctor_checks[] = {
	{ "audit-on", DOCTOR_HIGH, "while auditing is off the kernel takes records and drops them, and secctr starts nothing",
	  "NIST 800-53 AU-12; PCI DSS 4.0 10.2.1.6", audit_on },
	{ "auditd-reads", DOCTOR_HIGH, "without a daemon no record reaches a disk", "NIST 800-53 AU-5; PCI DSS 4.0 10.2.1.6", auditd_reads },
	{ "backlog-limit", DOCTOR_MEDIUM, "a short queue fills in a burst of events, and then processes wait or records are lost",
	  "NIST 800-53 AU-5", backlog_limit },
	{ "backlog-now", DOCTOR_MEDIUM, "a queue that does not empty shows a daemon that cannot keep up with its disk", "NIST 800-53 AU-5", backlog_now },
	{ "lost", DOCTOR_MEDIUM, "the log has holes that nobody can fill", "NIST 800-53 AU-5; PCI DSS 4.0 10.7.2", lost },
	{ "rate-limit", DOCTOR_MEDIUM, "who makes many events can hide one among them", "NIST 800-53 AU-5", rate_limit },
	{ "failure-mode", DOCTOR_MEDIUM, "nobody learns that records are lost", "NIST 800-53 AU-5; PCI DSS 4.0 10.7.2", failure_mode },
	{ "loginuid-immutable", DOCTOR_MEDIUM, "root can take another person's audit identity",
	  "RHEL 9 STIG V-258228; NIST 800-53 AU-10", loginuid_immutable },
	{ "rules-locked", DOCTOR_LOW, "root can change what is recorded, which leaves a record, and then do what is not",
	  "NIST 800-53 AU-9; PCI DSS 4.0 10.3.2", rules_locked },
	{ "log-written", DOCTOR_HIGH, "records that are not written are gone", "NIST 800-53 AU-12", log_written },
	{ "log-format", DOCTOR_LOW, "numbers mean another person on another host, or later", "NIST 800-53 AU-3", log_format },
	{ "log-retention", DOCTOR_MEDIUM, "a busy host overwrites its evidence within hours", "NIST 800-53 AU-4; PCI DSS 4.0 10.5.1", log_retention },
	{ "space-left", DOCTOR_MEDIUM, "a full disk comes without a word", "NIST 800-53 AU-5; PCI DSS 4.0 10.7.2", space_left },
	{ "disk-full", DOCTOR_MEDIUM, "who fills the disk works unseen", "NIST 800-53 AU-5; PCI DSS 4.0 10.7.2", disk_full },
	{ "node-name", DOCTOR_LOW, "in a collection of many hosts' logs an event belongs to none", "NIST 800-53 AU-3; PCI DSS 4.0 10.2.2", node_name },
	{ "rules-present", DOCTOR_HIGH, "without them it is not recorded what containers execute and who touches secctr",
	  "Container SRG SRG-APP-000510-CTR-001310; NIST 800-53 AU-12", rules_present },
	{ "rules-order", DOCTOR_MEDIUM, "the first rule that matches an event takes it, and its key",
	  "Container SRG SRG-APP-000510-CTR-001310", rules_order },
	{ "rules-never", DOCTOR_HIGH, "what such a rule matches never was", "NIST 800-53 AU-12; PCI DSS 4.0 10.2.1.6", rules_never },
	{ "seccomp-log", DOCTOR_MEDIUM, "attempts at forbidden system calls leave no trace", "PCI DSS 4.0 10.2.1.4", seccomp_log },
	{ "selinux-mode", DOCTOR_MEDIUM, "only its label tells secctr's records from those that another root process makes up",
	  "NIST 800-53 AU-9", selinux_mode },
	{ "selinux-module", DOCTOR_HIGH, "containers run in no domain of their own, and no label vouches for records", "NIST 800-53 AU-9", selinux_module },
	{ "service-accounts", DOCTOR_LOW, "usual audit rules skip login UIDs below 1000 (-F auid>=1000): what is done by them is not recorded",
	  "PCI DSS 4.0 10.2.1.2", service_accounts },
	{ "foreign-writers", DOCTOR_HIGH, "their programs can write records that say what they like; a report shows them as untrusted, other tools do not",
	  "NIST 800-53 AU-9; NIST 800-53 AU-10", foreign_writers },
	{ "foreign-unset", DOCTOR_HIGH, "any program in them can take any person's audit identity, and usual rules do not record it",
	  "NIST 800-53 AU-10; PCI DSS 4.0 10.2.2", foreign_unset },
	{ "clock-sync", DOCTOR_MEDIUM, "events of several hosts cannot be put into one order", "NIST 800-53 AU-8; PCI DSS 4.0 10.6.1", clock_sync },
};
const size_t doctor_checks_n = ARRAY_LEN(doctor_checks);

const char *doctor_state_word(enum doctor_state s)
{
	static const char *const words[] = { "good", "bad", "unseen", "not-here" };

	return words[s];
}

const char *doctor_severity_word(enum doctor_severity s)
{
	static const char *const words[] = { "high", "medium", "low" };

	return words[s];
}
