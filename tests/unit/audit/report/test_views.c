/* SPDX-License-Identifier: Apache-2.0 */
/* The views: what each shows of a log, and what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "audit/report/gaps.h"
#include "tests/unit/audit/report/story.h"

#define SSHD " subj=system_u:system_r:sshd_t:s0"
/* alice comes from 10.0.2.2 as session 3, bob as session 4. */
#define LOGINS \
	"type=LOGIN msg=audit(990.100:1): pid=40 uid=0" SSHD " old-auid=4294967295 auid=1000 tty=(none) old-ses=4294967295 ses=3 res=1\x1d" \
		"UID=\"root\" OLD-AUID=\"unset\" AUID=\"alice\"\n" \
	"type=SYSCALL msg=audit(990.100:1): arch=c000003e syscall=1 success=yes exit=4 ppid=1 pid=40 auid=1000 uid=0 tty=(none) ses=3 " \
		"comm=\"sshd\" exe=\"/usr/sbin/sshd\"" SSHD " key=(null)\x1d" "SYSCALL=write AUID=\"alice\"\n" \
	"type=PROCTITLE msg=audit(990.100:1): proctitle=73736864\n" \
	"type=USER_LOGIN msg=audit(990.300:2): pid=40 uid=0 auid=1000 ses=3" SSHD " msg='op=login acct=\"alice\" exe=\"/usr/sbin/sshd\" " \
		"hostname=10.0.2.2 addr=10.0.2.2 terminal=/dev/pts/0 res=success'\x1dUID=\"root\" AUID=\"alice\"\n" \
	"type=USER_LOGIN msg=audit(990.400:3): pid=41 uid=0 auid=1001 ses=4" SSHD " msg='op=login acct=\"bob\" exe=\"/usr/sbin/sshd\" " \
		"hostname=10.0.2.9 addr=10.0.2.9 terminal=/dev/pts/1 res=success'\x1dUID=\"root\" AUID=\"bob\"\n"
#define CREATE OURS("VIRT_CREATE", "1000.050:9", "3", LAUNCHER, "virt=container op=create reason=cli vm=\"web\" uuid=" U1 \
	" path=\"registry.example.com/web:1\" digest=sha256:aa policy=sha256:bb plan=sha256:cc")
#define REFUSED OURS("VIRT_CONTROL", "1010.000:30", "3", LAUNCHER, "virt=container op=start reason=policy-denied vm=\"bad\" uuid=" U2 \
	" name=\"process.capBounding: CAP_NET_ADMIN\" policy=sha256:bb")
#define LOG LOGINS CREATE SELINUX_STORY REFUSED

static struct report_summary sum;
static struct err e;

static void ask(const char *log, enum report_view v, const char *subject)
{
	memset(&e, 0, sizeof(e));
	if (view(log, v, subject, &sum, &e))
		fail_msg("%s", e.text);
}

/* res=failed in place of success. */
static char *failed(const char *log)
{
	static char text[65536];
	char *at;

	strcpy(text, log);
	at = strstr(text, "policy-denied");
	at = strstr(at, "res=success");
	memmove(at + 10, at + 11, strlen(at + 11) + 1);
	memcpy(at, "res=failed", 10);
	return text;
}

static void containers(void **state)
{
	(void)state;
	ask(failed(LOG), REPORT_CONTAINERS, NULL);
	has("NAME  UUID");
	has("web   " U1 "  alice  10.0.2.2  ended    1970-01-01T00:16:40.050Z  1970-01-01T00:16:44.000Z  0     1       1      1         2       "
	    "registry.example.com/web:1");
	has("bad   " U2 "  alice  10.0.2.2  refused");
}

/* A uuid is shown as it stands, so what is none names no container, whoever sent it. */
static void odd_uuids(void **state)
{
	static const char *const uuids[] = { "8a1f3c52-0d7e-4b9a-9c1d-2e3f4a5b6c7", "8a1f3c52-0d7e-4b9a-9c1d-2e3f4a5b6c7d0", "8A1f3c52-0d7e-4b9a-9c1d-2e3f4a5b6c7d",
					     "8a1f3c52-0d7e-4b9a-9c1d-2e3f4a5b6c7g", "8a1f3c5-20d7e-4b9a-9c1d-2e3f4a5b6c7d", "8a1f3c52-0d7e-4b9a-9c1d-2e3f\x1b[2Jc7d",
					     "8a1f3c52-0d7e-4b9a-9c1d-2e3f\xd3\xce\x99" "a6c7d" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(uuids); i++) {
		char log[2048];

		snprintf(log, sizeof(log), OURS("VIRT_CONTROL", "1000.300:12", "31", LAUNCHER, "virt=container op=start reason=cli vm=\"web\" uuid=%s"
						" vm-pid=51 own-ses=31"), uuids[i]);
		ask(log, REPORT_CONTAINERS, NULL);
		if (sum.events)
			fail_msg("%s: %s", uuids[i], out_text);
	}
}

/* On a terminal: nothing of what happened is cut, and no line is wider. */
static void fits_a_terminal(void **state)
{
	static const unsigned widths[] = { 200, 137, 136, 135, 100, 80, 20, 5, 1 };
	auto_free char *whole = NULL, *flat = NULL;

	(void)state;
	for (size_t i = 0; i <= ARRAY_LEN(widths); i++) {
		struct report_request q = { .view = REPORT_CONTAINER, .subject = "web", .session = REPORT_NO_SESSION, .width = i ? widths[i - 1] : 0 };
		size_t n = 0;

		assert_int_equal(run_bytes(LOG, strlen(LOG), &q, &sum, &e), 0);
		if (q.width >= 90)
			for (char *at = out_text; *at; at += strcspn(at, "\n") + 1)
				if (strcspn(at, "\n") > q.width && *at != '#')
					fail_msg("%u: %.*s", q.width, (int)strcspn(at, "\n"), at);
		free(flat);
		flat = malloc(out_len + 1);
		for (char *at = out_text; *at; at++)
			if (*at != ' ' && *at != '\n')
				flat[n++] = *at;
		flat[n] = '\0';
		if (!i)
			whole = strdup(flat);
		assert_string_equal(whole, flat);
	}
}

/* Tables lose columns, and say which; 15 columns at 8 each do not fit into 80. */
static void tables_fit_a_terminal(void **state)
{
	struct report_request q = { .view = REPORT_CONTAINERS, .session = REPORT_NO_SESSION };

	(void)state;
	for (q.width = 80; q.width <= 240; q.width++) {
		assert_int_equal(run_bytes(LOG, strlen(LOG), &q, &sum, &e), 0);
		for (char *at = out_text; *at; at += strcspn(at, "\n") + 1)
			if (strcspn(at, "\n") > q.width && strncmp(at, "note: ", 6) != 0)
				fail_msg("%u: %.*s", q.width, (int)strcspn(at, "\n"), at);
		has("web ");
		has("alice");
		has("STATE");
		if (q.width == 80)
			has("note: the terminal is too narrow for UUID, FROM, ENDED, STARTS, EXECS, NODE, LABEL; --format csv has all");
		if (q.width == 240)
			has_not("note: the terminal");
	}
}

static void sessions_behind_a_container(void **state)
{
	(void)state;
	ask(LOG, REPORT_CONTAINER, "web");
	has("# session 31: alice, from login session 3 from 10.0.2.2 on /dev/pts/0 by /usr/sbin/sshd at 1970-01-01T00:16:30.100Z");
	has("[by label]");
	/* What a container's own program writes about its session is not taken. */
	ask("type=USER_LOGIN msg=audit(1000.310:12): pid=51 uid=0 auid=1000 ses=3 subj=" CTX " msg='addr=6.6.6.6 exe=\"/x\" terminal=evil res=success'\n" LOG,
	    REPORT_CONTAINER, "web");
	has("from 10.0.2.2 on");
	has_not("from 6.6.6.6");
}

static void persons(void **state)
{
	(void)state;
	ask(LOG OTHERS, REPORT_USER, "bob");
	assert_int_equal(sum.events, 2);
	has("from 10.0.2.9");
	has("call execve by id");
	ask(LOG OTHERS, REPORT_USER, "1001");
	assert_int_equal(sum.events, 2);
	ask(LOG OTHERS, REPORT_USER, "alice");
	has("session 3 begins; the login UID was unset (write by sshd");
	has_not("other");
	assert_int_equal(view(LOG, REPORT_USER, "ali", &sum, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
}

static void images_and_policies(void **state)
{
	static const char more[] = OURS("USYS_CONFIG", "1020.000:40", "3", LAUNCHER,
					"op=policy-load reason=cli path=\"/etc/secctr/policy.d/web.policy\" hash=sha256:bb")
		OURS("VIRT_CREATE", "1021.000:41", "3", LAUNCHER, "op=image-load reason=cli path=\"registry.example.com/db:2\" digest=sha256:dd");
	char log[65536];

	(void)state;
	snprintf(log, sizeof(log), "%s%s", failed(LOG), more);
	ask(log, REPORT_IMAGE, NULL);
	has("registry.example.com/web:1  sha256:aa  1       0        0");
	has("registry.example.com/db:2   sha256:dd  0       0        1");
	ask(log, REPORT_POLICY, NULL);
	has("sha256:bb  /etc/secctr/policy.d/web.policy  0       1        1");
	has("sha256:0   -                                1       0        0");
}

/* Who took evidence: in the story, and for the controls that ask for it. */
static void bundles(void **state)
{
	static const char record[] = OURS("USYS_CONFIG", "1030.000:60", "3", LAUNCHER, "op=evidence-bundle reason=cli path=\"/srv/b.tar\" hash=sha256:ee "
					  "sequence=7 previous=sha256:ef lines=12");
	char other[1024];

	(void)state;
	ask(record, REPORT_TIMELINE, NULL);
	assert_int_equal(sum.events, 1);
	has("alice");
	has("evidence-bundle reason=cli path=/srv/b.tar hash=sha256:ee sequence=7 previous=sha256:ef lines=12");
	ask(record, REPORT_USER, "alice");
	assert_int_equal(sum.events, 1);
	ask(record, REPORT_GAPS, NULL);
	has("evidence-bundle reason=cli");
	ask(record, REPORT_COMPLIANCE, NULL);
	has("AU-9(3)                    signed bundles of the log                                              1       seen");
	has("AU-10                      bundles of the log with a login behind them                            1       seen");
	has("10.3.4                     signed bundles of the log                                              1       seen");
	/* One that failed is no evidence; one from elsewhere is not believed. */
	strcpy(other, record);
	memcpy(strstr(other, "res=success"), "res=failed '", 12);
	ask(other, REPORT_COMPLIANCE, NULL);
	has("AU-9(3)                    signed bundles of the log                                              0       not seen");
	strcpy(other, record);
	memcpy(strstr(other, ":secctr_t:"), ":sshdxx_t:", 10);
	ask(other, REPORT_TIMELINE, NULL);
	has("UNTRUSTED (not sent by secctr): evidence-bundle");
	ask(other, REPORT_SPOOF, NULL);
	assert_int_equal(sum.events, 1);
}

static void denials(void **state)
{
	(void)state;
	ask(failed(LOG OTHERS), REPORT_DENIED, NULL);
	assert_int_equal(sum.events, 4);
	has("SELinux: { read } file shadow");
	has("seccomp: mount");
	has("failed   bad           start bad reason=policy-denied");
	has("neighbour");	/* a container's label, if of none that the log tells of */
	/* Not of a container: only with --all. */
	ask("type=SYSCALL msg=audit(5.0:1): arch=c000003e syscall=2 success=no exit=-13 pid=7 auid=1000 ses=3 comm=\"cat\" subj=u:r:x_t:s0\n",
	    REPORT_DENIED, NULL);
	assert_int_equal(sum.events, 0);
}

static void commands(void **state)
{
	(void)state;
	ask(LOG OTHERS OURS("USER_CMD", "1002.050:14", "40", LAUNCHER, "cwd=\"/\" cmd=6964202D75 vm=\"web\" uuid=" U1), REPORT_EXEC, NULL);
	assert_int_equal(sum.events, 2);
	has("web           exec sh -c id");
	has("web           command id -u in /");
	/* secctr's own programs are in the container's session too, and not inside. */
	ask(LOG "type=SYSCALL msg=audit(1002.200:40): arch=c000003e syscall=59 success=yes exit=0 pid=58 auid=1000 uid=0 ses=31 comm=\"secctr-monitor\" "
	    "exe=\"/usr/libexec/secctr/secctr-monitor\" subj=u:r:secctr_monitor_t:s0 key=\"secctr-program\"\n"
	    "type=EXECVE msg=audit(1002.200:40): argc=1 a0=\"secctr-monitor\"\n", REPORT_EXEC, NULL);
	assert_int_equal(sum.events, 1);
	has_not("secctr-monitor");
}

static void unattributed(void **state)
{
	(void)state;
	ask(LOG OTHERS "type=SYSCALL msg=audit(1003.700:50): arch=c000003e syscall=59 success=yes exit=0 pid=53 auid=4294967295 ses=4294967295 "
	    "comm=\"ghost\" subj=" CTX "\n", REPORT_UNATTRIBUTED, NULL);
	assert_int_equal(sum.events, 2);
	has("no login UID: call execve by ghost");
	has("the label of no container that the log tells of: SELinux: { read }");
}

static void spoof(void **state)
{
	static const struct { const char *line, *finding; } rows[] = {
		{ "type=VIRT_CONTROL msg=audit(1003.100:80): pid=6 uid=0 auid=1000 ses=3 subj=u:r:x_t:s0 msg='virt=container op=stop vm=\"web\" uuid=" U1
		  " res=success'\n", "not sent by secctr: UNTRUSTED" },
		{ "type=LOGIN msg=audit(1003.100:80): pid=6 uid=0 subj=u:r:x_t:s0 old-auid=1001 auid=1000 tty=pts0 old-ses=4 ses=90 res=1\n",
		  "login UID changed after login" },
		{ "type=LOGIN msg=audit(1003.100:80): pid=6 uid=0 subj=u:r:x_t:s0 old-auid=1001 auid=1000 tty=pts0 old-ses=4 ses=4294967295 res=0\n",
		  "login UID was not given away" },
		{ "type=LOGIN msg=audit(1003.100:80): pid=6 uid=0 subj=u:r:x_t:s0 old-auid=4294967295 auid=1000 tty=pts0 old-ses=4294967295 ses=91 "
		  "res=1\ntype=SYSCALL msg=audit(1003.100:80): syscall=1 success=yes exit=4 pid=6 auid=1000 ses=91 comm=\"x\" exe=\"/tmp/x\" subj=u:r:x_t:s0\n",
		  "login UID set by a program that lets nobody in" },
		{ "type=USER_CMD msg=audit(1003.100:80): pid=51 uid=0 auid=1000 ses=31 subj=" CTX " msg='cmd=6964 res=success'\n",
		  "audit record sent from inside a container" },
		{ "type=USER_CMD msg=audit(1003.100:80): pid=5 uid=0 auid=1001 ses=4 subj=u:r:x_t:s0 msg='auid=1000 cmd=6964 res=success'\n",
		  "its words name another login UID than the kernel" },
	};

	(void)state;
	ask(LOG OTHERS, REPORT_SPOOF, NULL);
	assert_int_equal(sum.events, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char log[65536];
		const char *story = LOG, *avc = strstr(story, "type=AVC");

		snprintf(log, sizeof(log), "%.*s%s%s", (int)(avc - story), story, rows[i].line, avc);
		ask(log, REPORT_SPOOF, NULL);
		if (sum.events != 1 || !strstr(out_text, rows[i].finding))
			fail_msg("%s: %s", rows[i].finding, out_text);
	}
}

static void gaps(void **state)
{
	(void)state;
	ask("type=USER msg=audit(1.0:1): pid=1 msg='x'\ntype=USER msg=audit(1.0:2): pid=1 msg='x'\ntype=USER msg=audit(2.0:5): pid=1 msg='x'\n"
	    "type=USER msg=audit(2.0:4): pid=1 msg='x'\ntype=USER msg=audit(3.0:7): pid=1 msg='x'\ntype=USER msg=audit(4.0:100000): pid=1 msg='x'\n"
	    "type=DAEMON_END msg=audit(4.5:900): op=terminate auid=0 pid=1 res=success\n"
	    "type=CONFIG_CHANGE msg=audit(5.0:100001): op=remove_rule auid=1000 ses=3 list=4 res=1\n"
	    "type=USER msg=audit(90.0:3): pid=1 msg='x'\n", REPORT_GAPS, NULL);
	has("1 event number is not in the log: 3 to 3");
	has("1 event number is not in the log: 6 to 6");
	has("99992 event numbers are not in the log: 8 to 99999");
	has("DAEMON_END");
	has("CONFIG_CHANGE op=remove_rule");
	assert_int_equal(sum.events, 5);
}

/* From what to what; and the first event, whose records are waited for, comes behind the second. */
static void changes(void **state)
{
	(void)state;
	ask("type=CONFIG_CHANGE msg=audit(5.0:101): op=set audit_enabled=0 old=1 auid=1000 ses=3 subj=a:b:c:s0 res=1\n"
	    "type=USER msg=audit(6.0:105): pid=1 msg='x'\n"
	    "type=CONFIG_CHANGE msg=audit(7.0:106): auid=1000 ses=3 op=remove_rule key=\"who\" list=4 res=1\n"
	    "type=TIME_INJOFFSET msg=audit(8.0:107): sec=-3600 nsec=0\n"
	    "type=MAC_STATUS msg=audit(9.0:108): enforcing=0 old_enforcing=1 auid=1000 ses=3 enabled=1 old-enabled=1 lsm=selinux res=1\n", REPORT_GAPS, NULL);
	has("CONFIG_CHANGE op=set audit_enabled=0 old=1\n");
	has("CONFIG_CHANGE op=remove_rule key=who list=4\n");
	has("TIME_INJOFFSET sec=-3600 nsec=0\n");
	has("MAC_STATUS enforcing=0 old_enforcing=1 enabled=1 old-enabled=1 lsm=selinux\n");
	has("3 event numbers are not in the log: 102 to 104");
	assert_int_equal(sum.events, 5);
}

/* A number is missed when the window of later ones is over, and not before. */
static void gap_window(void **state)
{
	auto_free char *log = malloc(1 << 20);

	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		size_t n = (size_t)sprintf(log, "type=USER msg=audit(1.0:1): pid=1 msg='x'\n");

		/* 2 comes last; 3 ... are in front of it. */
		for (unsigned i = 3; i < 2 + GAPS_WINDOW + over; i++)
			n += (size_t)sprintf(log + n, "type=USER msg=audit(1.0:%u): pid=1 msg='x'\n", i);
		sprintf(log + n, "type=USER msg=audit(1.0:2): pid=1 msg='x'\n");
		ask(log, REPORT_GAPS, NULL);
		assert_int_equal(sum.events, over);
	}
}

static void compliance(void **state)
{
	struct report_request q = { .view = REPORT_COMPLIANCE, .session = REPORT_NO_SESSION, .format = REPORT_CSV };
	const char *log = failed(LOG);

	(void)state;
	assert_int_equal(run_bytes(log, strlen(log), &q, &sum, &e), 0);
	has("Container SRG,SRG-APP-000510-CTR-001310,programs started in containers,1,seen\n");
	has("PCI DSS 4.0,10.2.1.5,changes of credentials,0,not seen\n");
	has("PCI DSS 4.0,10.2.1.4,access that was refused,3,seen\n");
	has("NIST 800-53,AU-5,auditd's own events,0,not seen\n");
}

static void why(void **state)
{
	(void)state;
	ask(LOG, REPORT_WHY, "1001.000:13");
	assert_int_equal(sum.events, 1);
	has("web           exec sh -c id");
	has("# container web " U1 ", known by session\n");
	has("# policy sha256:0\n");
	has("# image registry.example.com/web:1 sha256:aa\n");
	has("from 10.0.2.2 on /dev/pts/0");
}

/* loginuid-immutable and no label: the processes of the container are those that come from its first one. */
static void by_ancestry(void **state)
{
#define CALL(stamp, ppid, pid, ses, comm) "type=SYSCALL msg=audit(" stamp "): arch=c000003e syscall=59 success=yes exit=0 ppid=" ppid \
	" pid=" pid " auid=1000 uid=0 ses=" ses " comm=\"" comm "\" exe=\"/bin/x\" key=(null)\n"
	static const char log[] = OURS("VIRT_CONTROL", "1000.300:12", "3", LAUNCHER, "virt=container op=start reason=cli vm=\"web\" uuid=" U1
				       " vm-pid=50 init-pid=51 own-ses=3 from-ses=3")
		CALL("1001.0:13", "50", "51", "3", "init") CALL("1001.0:14", "51", "52", "3", "child") CALL("1001.0:15", "52", "53", "3", "grandchild")
		CALL("1001.0:16", "1", "60", "3", "other") CALL("1001.0:17", "52", "61", "9", "elsewhere")
		/* 53 is another's number by now, and so are its children. */
		CALL("1002.0:18", "1", "53", "3", "reused") CALL("1002.0:19", "53", "62", "3", "strange")
		OURS("VIRT_CONTROL", "1004.000:20", "3", LAUNCHER, "virt=container op=stop reason=exited vm=\"web\" uuid=" U1 " vm-pid=50 exit=0 sig=0")
		CALL("1009.0:21", "51", "63", "3", "late");

	(void)state;
	ask(log, REPORT_CONTAINER, "web");
	has("by init /bin/x pid 51 exit 0 [by ancestry]");
	has("by child /bin/x");
	has("by grandchild /bin/x");
	has_not("other");
	has_not("elsewhere");
	has_not("reused");
	has_not("strange");
	has_not("late");
	has("# shared session 3");
	assert_int_equal(sum.events, 5);
}

static void periods(void **state)
{
	static const struct { uint64_t from, to; unsigned events; } rows[] = {
		{ 0, 0, 10 }, { 1003000, 1003500, 2 }, { 1003001, 1003500, 1 }, { 1003000, 1003499, 1 }, { 1004001, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct report_request q = { .view = REPORT_TIMELINE, .container = "web", .session = REPORT_NO_SESSION, .start_ms = rows[i].from,
					    .end_ms = rows[i].to };

		assert_int_equal(run_bytes(LOG OTHERS, strlen(LOG OTHERS), &q, &sum, &e), 0);
		if (sum.events != rows[i].events)
			fail_msg("row %zu: %u\n%s", i, (unsigned)sum.events, out_text);
	}
}

/* The session begins, whole, before the record that says whose it is; another's events come between. */
static void beginning_of_a_session(void **state)
{
	static const char begins[] = "type=LOGIN msg=audit(1000.060:10): pid=50 uid=0" LAUNCHER " old-auid=1000 auid=1000 tty=pts0 old-ses=3 ses=31 res=1\n"
		"type=SYSCALL msg=audit(1000.060:10): arch=c000003e syscall=1 success=yes exit=4 ppid=1 pid=50 auid=1000 uid=0 ses=31 comm=\"secctr\" "
		"exe=\"/usr/bin/secctr\"" LAUNCHER " key=(null)\ntype=PROCTITLE msg=audit(1000.060:10): proctitle=61\n"
		"type=EVENT_LISTENER msg=audit(1000.070:11): pid=50 uid=0 auid=1000 tty=pts0 ses=31" LAUNCHER " comm=\"secctr\" op=connect res=1\n"
		"type=PROCTITLE msg=audit(1000.070:11): proctitle=61\n"
		"type=USER_CMD msg=audit(1000.080:11): pid=9 uid=0 auid=1001 ses=4 subj=u:r:x_t:s0 msg='cmd=6964 res=success'\n";
	char log[65536];

	(void)state;
	snprintf(log, sizeof(log), "%s%s%s", LOGINS, begins, strchr(SELINUX_STORY, '\n') + 1);
	ask(log, REPORT_CONTAINER, "web");
	has("session 31 begins; was session 3 of login UID 1000 (write by secctr");
	has("EVENT_LISTENER op=connect");
	assert_int_equal(sum.events, 10);
	/* Nobody's after a minute: shown as it is. */
	snprintf(log, sizeof(log), "%s%stype=USER msg=audit(1061.000:12): pid=1 auid=1001 ses=4 msg='x'\n%s", LOGINS, begins,
		 strchr(SELINUX_STORY, '\n') + 1);
	ask(log, REPORT_CONTAINER, "web");
	assert_int_equal(sum.events, 8);
}

/* What is refused to a container before its start is recorded is the container's, where no label says so: the session does. */
static void denied_at_the_beginning(void **state)
{
	static const char log[] = "type=LOGIN msg=audit(1000.060:10): pid=50 uid=0 old-auid=1000 auid=1000 tty=pts0 old-ses=3 ses=31 res=1\n"
		"type=PROCTITLE msg=audit(1000.060:10): proctitle=61\n"
		"type=SYSCALL msg=audit(1000.070:11): arch=c000003e syscall=2 success=no exit=-13 ppid=1 pid=51 auid=1000 uid=0 ses=31 comm=\"cat\"\n"
		"type=PROCTITLE msg=audit(1000.070:11): proctitle=61\n"
		"type=SECCOMP msg=audit(1000.080:12): auid=1000 uid=0 gid=0 ses=31 pid=51 comm=\"sh\" exe=\"/bin/sh\" sig=0 arch=c000003e syscall=165\n"
		"type=PROCTITLE msg=audit(1000.080:12): proctitle=61\n"
		OURS("VIRT_CONTROL", "1000.300:13", "3", "", "virt=container op=start reason=cli vm=\"web\" uuid=" U1 " vm-pid=50 own-ses=31 from-ses=3");

	(void)state;
	ask(log, REPORT_DENIED, NULL);
	assert_int_equal(sum.events, 2);
	has("failed   web           call open by cat pid 51 exit -13\n");
	has("denied   web           seccomp: mount");
	ask(log, REPORT_CONTAINER, "web");
	assert_int_equal(sum.events, 4);
	ask(log, REPORT_CONTAINERS, NULL);
	has("  running  1970-01-01T00:16:40.300Z  -      -     1       0      0         2  ");
}

/* Rows come in the order of time, also those that were known late. */
static void in_order(void **state)
{
	const char *before = "";

	(void)state;
	ask(LOG OTHERS, REPORT_TIMELINE, NULL);
	for (char *save, *line = strtok_r(out_text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (line[0] != '1')
			continue;
		assert_true(strncmp(before, line, 24) <= 0);
		before = line;
	}
}

static void formats(void **state)
{
	struct report_request q = { .view = REPORT_CONTAINERS, .session = REPORT_NO_SESSION, .format = REPORT_JSON };
	json_error_t je;
	json_t *j;

	(void)state;
	assert_int_equal(run_bytes(LOG, strlen(LOG), &q, &sum, &e), 0);
	j = json_loads(out_text, JSON_REJECT_DUPLICATES, &je);
	assert_int_equal(json_array_size(j), 2);
	assert_string_equal(json_string_value(json_object_get(json_object_get(json_array_get(j, 0), "container"), "name")), "web");
	json_decref(j);
	q.view = REPORT_TIMELINE;
	assert_int_equal(run_bytes(LOG, strlen(LOG), &q, &sum, &e), 0);
	j = json_loads(out_text, JSON_REJECT_DUPLICATES, &je);
	assert_int_equal(json_array_size(j), sum.events);
	json_decref(j);
	q.view = REPORT_DENIED;		/* none */
	assert_int_equal(run_bytes("", 0, &q, &sum, &e), 0);
	assert_string_equal(out_text, "[]\n");
	/* A cell that a spreadsheet would run, commas, quotes. */
	q.view = REPORT_TIMELINE;
	q.format = REPORT_CSV;
	q.all = true;
	assert_int_equal(run_bytes("type=SYSCALL msg=audit(5.0:1): syscall=1 auid=1000 ses=3 comm=3D6364652C22 \n", 74, &q, &sum, &e), 0);
	has("time,event,node,who,auid,");
	has("\"call 1 by =cde,\"\" pid 0\"");
	assert_int_equal(run_bytes("type=@SUM msg=audit(5.0:1): auid=1000 ses=3\n", 44, &q, &sum, &e), 0);
	has(",'@SUM,");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers), cmocka_unit_test(odd_uuids), cmocka_unit_test(fits_a_terminal), cmocka_unit_test(tables_fit_a_terminal),
		cmocka_unit_test(sessions_behind_a_container),
		cmocka_unit_test(persons),
		cmocka_unit_test(images_and_policies),
		cmocka_unit_test(denials),
		cmocka_unit_test(commands),
		cmocka_unit_test(unattributed),
		cmocka_unit_test(spoof),
		cmocka_unit_test(gaps),
		cmocka_unit_test(gap_window),
		cmocka_unit_test(compliance), cmocka_unit_test(bundles), cmocka_unit_test(changes),
		cmocka_unit_test(why),
		cmocka_unit_test(by_ancestry),
		cmocka_unit_test(periods),
		cmocka_unit_test(beginning_of_a_session), cmocka_unit_test(denied_at_the_beginning),
		cmocka_unit_test(in_order),
		cmocka_unit_test(formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
