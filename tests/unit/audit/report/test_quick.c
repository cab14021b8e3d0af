/* SPDX-License-Identifier: Apache-2.0 */
/* Short cuts change nothing: each view of made logs, with them and without (report_request.slow). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/audit/report/story.h"

static char *make_log(const char *options, size_t *ret_n)
{
	char here[4096] = "", command[8192], *text = malloc(4 << 20);
	FILE *p;

	assert_true(text && readlink("/proc/self/exe", here, sizeof(here) - 1) > 0);
	*strrchr(here, '/') = '\0';
	snprintf(command, sizeof(command), "%s/../../report-gen -b 2500000 %s", here, options);
	p = popen(command, "r");
	assert_non_null(p);
	*ret_n = fread(text, 1, 4 << 20, p);
	pclose(p);
	assert_true(*ret_n > 2000000);
	return text;
}

/* The host knows everybody: what is left out may be the only place where a log has a name. */
static bool account(void *context, uint32_t uid, char ret[static NAMES_TEXT_MAX])
{
	(void)context;
	snprintf(ret, NAMES_TEXT_MAX, "user%u", uid - 1000);
	return true;
}

static void same_with_and_without(void **state)
{
	static const char *const options[] = { "", "-n 3 -s 2", "-h -s 3", "-r -s 4" };
	struct report_summary sum;
	struct err e = { 0 };
	uint64_t shown = 0;

	(void)state;
	for (size_t o = 0; o < ARRAY_LEN(options); o++) {
		size_t n;
		auto_free char *log = make_log(options[o], &n);

		for (int v = 0; v < REPORT_VIEW_COUNT * 2; v++) {
			struct report_request q = { .view = v / 2, .session = REPORT_NO_SESSION, .slow = true, .format = REPORT_NDJSON,
						    .names = account };
			auto_free char *slow = NULL;
			int r;

			q.subject = q.view == REPORT_CONTAINER ? "box3" : q.view == REPORT_USER ? "1007" : NULL;
			q.session = q.view == REPORT_SESSION ? 20 : REPORT_NO_SESSION;
			q.container = v % 2 && q.view != REPORT_CONTAINER ? "box5" : NULL;
			if (q.view == REPORT_WHY)
				continue;
			q.format = q.view == REPORT_OVERVIEW ? REPORT_HTML : q.format;
			/* A subject that there is nothing about is none either way. */
			r = run_bytes(log, n, &q, &sum, &e);
			slow = out_text;
			out_text = NULL;
			q.slow = false;
			assert_int_equal(run_bytes(log, n, &q, &sum, &e), r);
			if (strcmp(slow, out_text) != 0)
				fail_msg("view %d of %s differs", v / 2, options[o]);
			shown += sum.events;
		}
	}
	assert_true(shown > 1000);
}

#define SYS(id, rest) "type=SYSCALL msg=audit(" id "): arch=c000003e syscall=59 " rest "\n"
/* A second container, with session 50. */
#define ANOTHER OURS("VIRT_CONTROL", "1000.900:19", "30", LAUNCHER, "virt=container op=start reason=cli vm=\"db\" uuid=" U2 \
		     " vm-pid=81 init-pid=81 own-ses=50 from-ses=30")
#define SAID(type, head, body) "type=" type " msg=audit(1003.100:50): pid=6 uid=0 " head " msg='" body " res=success'\n"
#define WHO "ppid=5 pid=6 auid=1000 uid=0 tty=pts0"

/*
 * What no kernel writes, and what a glance must not take for more than it is: every view says the same with and without short cuts. 31 is the
 * session of the story's container, 3 a person's.
 */
static void odd_records(void **state)
{
	static const char *const odd[] = {
		/* Two sessions in one record, in quotes, behind auditd's names, and none. */
		SYS("1003.100:50", "success=no exit=-13 " WHO " ses=31 x=1 ses=3 comm=\"a\""),
		SYS("1003.100:50", "success=no exit=-13 " WHO " ses=3 x=1 ses=31 comm=\"a\""),
		SYS("1003.100:50", "success=no exit=-13 " WHO " ses=31 comm=\"a ses=3 b\" ses=3 key=(null)"),
		SYS("1003.100:50", "success=no exit=-13 " WHO " ses=3 comm=\"a ses=31 b\" ses=31 key=(null)"),
		SYS("1003.100:50", "success=no exit=-13 " WHO " comm=6162\x1d" "SES=x ses=31 AUID=\"alice\""),
		SYS("1003.100:50", "success=no exit=-13 " WHO " comm=6162 subj=" CTX "\x1d" "SES=x ses=50 AUID=1"),
		SYS("1003.100:50", "success=no exit=-13 " WHO " \x1d ses=31 comm=\"x\"\x1d" "AUID=\"alice\""),
		SYS("1003.100:50", "success=no exit=-13 " WHO " ses=31\x1d" "ses=3 comm=\"x\"\x1d" "AUID=\"alice\""),
		SYS("1003.100:50", "success=no exit=-13 " WHO " ses=4294967296 comm=\"a\" subj=" CTX),
		SYS("1003.100:50", "success=no exit=-13 uid=0 ses=31 comm=\"a\" subj=" CTX),
		SYS("1003.100:50", "success=no exit=-13 uid=0 ses=3 comm=\"a\" subj=" CTX),
		/* How it ended, twice and late. */
		SYS("1003.100:50", "success=yes success=no exit=-13 " WHO " ses=31 comm=\"a\""),
		SYS("1003.100:50", "a=1 b=2 c=3 d=4 success=yes exit=-13 " WHO " ses=31 comm=\"a\" success=no"),
		SYS("1003.100:50", WHO " ses=31 comm=\"a\" success=no exit=-13"),
		/* The label in front, in text, in another record than the call's. */
		SYS("1003.100:50", "success=no exit=-1 subj=" CTX " " WHO " ses=3 comm=\"a\" subj=a:b:c:s0"),
		SYS("1003.100:50", "success=no exit=-1 " WHO " ses=3 comm=\":secctr_container\" subj=a:b:c:s0"),
		"type=AVC msg=audit(1003.100:50): avc:  denied  { read } for pid=9 scontext=" CTX " tclass=file\n"
			SYS("1003.100:50", "success=no exit=-13 " WHO " ses=3 comm=\"a\""),
		SYS("1003.100:50", "success=yes exit=0 " WHO " ses=3 comm=\"a\"")
			"type=AVC msg=audit(1003.100:50): avc:  denied  { read } for pid=9 scontext=" CTX " tclass=file\n",
		"type=AVC msg=audit(1003.100:50): avc:  denied  { read } for auid=1000 ses=31 pid=9\n" SYS("1003.100:50", "success=yes exit=0 ses=3"),
		"type=AVC msg=audit(1003.100:50): avc:  denied  { read } for auid=1000 ses=31 pid=9 scontext=a:b:c:s0\n",
		/* More than one record of those that have a session. */
		SYS("1003.100:50", "success=yes exit=0 " WHO " ses=3 comm=\"a\"") SYS("1003.100:50", "success=no exit=-13 " WHO " ses=31 comm=\"a\""),
		SYS("1003.100:50", "success=yes exit=0 " WHO " comm=\"a\"") "type=SECCOMP msg=audit(1003.100:50): auid=1000 ses=31 pid=6 comm=\"a\"\n",
		"type=SECCOMP msg=audit(1003.100:50): auid=1000 ses=31 pid=6 comm=\"a\"\n" SYS("1003.100:50", "success=yes exit=0 " WHO " ses=3 comm=\"a\""),
		"type=SECCOMP msg=audit(1003.100:50): auid=1000 ses=3 pid=6 comm=\"a\"\n"
			SYS("1003.100:50", "success=yes exit=0 " WHO " ses=3 comm=\"a\" subj=" CTX),
		"type=ANOM_ABEND msg=audit(1003.100:50): auid=1000 uid=0 ses=31 pid=6 comm=\"a\" res=0\n",
		SYS("1003.100:50", "success=yes exit=0 " WHO " ses=31 comm=\"a\"") "type=ANOM_ABEND msg=audit(1003.100:50): auid=1000 uid=0 ses=31 res=0\n",
		/* What senders say: by session, by label, by both, by neither; of a container by its name; with another record. */
		SAID("USER_END", "auid=1000 ses=31 subj=a:b:c:s0", "op=x"), SAID("USER_CMD", "auid=1000 ses=31", "cmd=6964"),
		SAID("USER_CMD", "auid=1000 ses=3 subj=" CTX, "cmd=6964"), SAID("USER_CMD", "auid=1000 ses=3", "cmd=6964"),
		SAID("CRED_ACQ", "ses=31", "op=x"), SAID("CRED_ACQ", "auid=4294967295 ses=31", "op=x"), SAID("CRED_ACQ", "auid=1000 ses=x", "op=x"),
		SAID("USER_AUTH", "auid=1000 ses=3 ses=31", "op=x"), SAID("USER_AUTH", "auid=1000 ses=31 ses=3 ses=99999999999", "op=x"),
		SAID("USER_AUTH", "auid=1000 x=\"ses=31\" ses=3", "op=x"), SAID("SERVICE_STOP", "auid=4294967295 ses=4294967295 subj=" CTX, "unit=x"),
		SAID("USER_CMD", "auid=1000 ses=3" LAUNCHER, "vm=\"web\" uuid=" U1 " cmd=6964"), SAID("USER_CMD", "auid=1000 ses=3", "vm=\"web\" uuid=" U1 " cmd=6964"),
		SAID("USER_LOGOUT", "auid=1000 ses=3", "op=x") SYS("1003.100:50", "success=no exit=-13 " WHO " ses=31 comm=\"a\""),
		SAID("USER_ERR", "auid=1000 ses=3", "op=x") SAID("VIRT_CONTROL", "auid=1000 ses=3" LAUNCHER, "virt=container op=stop vm=\"web\" uuid=" U1),
		SAID("USER_END", "auid=1000 ses=3", "op=x") SAID("USER_END", "auid=1000 ses=31", "op=y"),
		SAID("USER_END", "auid=1000 ses=3", "op=x")
			"type=AVC msg=audit(1003.100:50): avc:  denied  { read } for pid=9 scontext=" CTX " tclass=file\n"
			"type=PROCTITLE msg=audit(1003.100:50): proctitle=41\n",
	};
	struct report_summary sum;
	struct err e = { 0 };
	uint64_t shown = 0;

	(void)state;
	for (size_t o = 0; o < ARRAY_LEN(odd); o++)
		for (int v = 0; v < REPORT_VIEW_COUNT * 4; v++) {
			struct report_request q = { .view = v / 4, .session = REPORT_NO_SESSION, .slow = true, .format = REPORT_NDJSON, .names = account };
			auto_free char *log = NULL, *slow = NULL;
			int n = asprintf(&log, "%s%s%s%s%s", SELINUX_STORY, ANOTHER, v & 2 ? "" : OTHERS, odd[o],
				/* A sender's record stands alone. */
				strncmp(odd[o], "type=SYSCALL", 12) != 0 && strstr(odd[o], "msg='") ? "" :
				"type=PROCTITLE msg=audit(1003.100:50): proctitle=41\n"), r;

			assert_true(n > 0);
			q.subject = q.view == REPORT_CONTAINER ? v & 2 ? "other" : "web" : q.view == REPORT_USER ? "1000" :
				    q.view == REPORT_WHY ? "1003.100:50" : NULL;
			q.session = q.view == REPORT_SESSION ? v & 2 ? 3 : 31 : REPORT_NO_SESSION;
			q.all = v & 1;
			q.format = q.view == REPORT_OVERVIEW ? REPORT_HTML : q.format;
			r = run_bytes(log, (size_t)n, &q, &sum, &e);
			slow = out_text;
			out_text = NULL;
			q.slow = false;
			assert_int_equal(run_bytes(log, (size_t)n, &q, &sum, &e), r);
			if (strcmp(slow, out_text) != 0)
				fail_msg("view %d, record %zu differs:\n%s\n%s", v / 4, o, slow, out_text);
			shown += sum.events;
			/* In another time nothing of a call is shown, whatever it is. */
			free(slow);
			q.slow = true;
			q.start_ms = 1003101;
			r = run_bytes(log, (size_t)n, &q, &sum, &e);
			slow = out_text;
			out_text = NULL;
			q.slow = false;
			assert_int_equal(run_bytes(log, (size_t)n, &q, &sum, &e), r);
			if (strcmp(slow, out_text) != 0)
				fail_msg("view %d, record %zu differs in another time:\n%s\n%s", v / 4, o, slow, out_text);
		}
	assert_true(shown > 1000);
}

/* No label anywhere: a session that only a record names, and one that only its beginning makes likely. */
static void sessions_without_labels(void **state)
{
	static const char log[] = OURS("VIRT_CONTROL", "1000.300:12", "3", "", "virt=container op=start reason=cli vm=\"web\" uuid=" U1
				       " vm-pid=51 init-pid=51 own-ses=60 from-ses=3")
		SYS("1001.000:13", "success=no exit=-13 ppid=51 pid=60 auid=1000 uid=0 ses=60 comm=\"sh\"")
		"type=LOGIN msg=audit(1002.000:14): pid=70 uid=0 old-auid=1000 auid=1000 tty=pts0 old-ses=3 ses=61 res=1\n"
		"type=PROCTITLE msg=audit(1002.000:14): proctitle=41\n"
		SYS("1002.100:15", "success=yes exit=0 ppid=70 pid=71 auid=1000 uid=0 ses=61 comm=\"id\"")
		"type=PROCTITLE msg=audit(1002.100:15): proctitle=41\n"
		OURS("VIRT_CONTROL", "1002.300:16", "3", "", "virt=container op=exec reason=cli vm=\"web\" uuid=" U1 " own-ses=61 from-ses=3");
	struct report_request q = { .view = REPORT_TIMELINE, .session = REPORT_NO_SESSION, .names = account };
	struct report_summary sum;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run_bytes(log, sizeof(log) - 1, &q, &sum, &e), 0);
	has("1001.000:13");
	has("1002.100:15");
}

/* Where only its parents tell whose a process is, they may have been made before the time that is asked for. */
static void parents_of_another_time(void **state)
{
	static const char log[] = OURS("VIRT_CONTROL", "1000.300:12", "3", LAUNCHER, "virt=container op=start reason=cli vm=\"web\" uuid=" U1
				       " vm-pid=51 init-pid=51 own-ses=3 from-ses=3")
		SYS("1001.000:13", "success=yes exit=0 ppid=51 pid=60 auid=1000 uid=0 ses=3 comm=\"sh\"")
		"type=EXECVE msg=audit(1001.000:13): argc=1 a0=\"sh\"\n"
		SYS("1003.000:14", "success=no exit=-13 ppid=60 pid=61 auid=1000 uid=0 ses=3 comm=\"id\"");
	struct report_request q = { .view = REPORT_DENIED, .session = REPORT_NO_SESSION, .start_ms = 1002000, .names = account };
	struct report_summary sum;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run_bytes(log, sizeof(log) - 1, &q, &sum, &e), 0);
	assert_int_equal(sum.events, 1);
	has("[by ancestry]");
}

/* No byte below 0x20 but the newline, no ESC, no DEL, valid UTF-8: of a hostile log in every view and format. */
static void says_nothing_to_a_terminal(void **state)
{
	size_t n;
	auto_free char *log = make_log("-h -s 5", &n);
	struct report_summary sum;
	struct err e = { 0 };

	(void)state;
	for (int v = 0; v < REPORT_VIEW_COUNT * 4; v++) {
		struct report_request q = { .view = v / 4, .session = REPORT_NO_SESSION, .all = true, .format = v % 4 };

		q.subject = q.view == REPORT_CONTAINER ? "box3" : q.view == REPORT_USER ? "1000" : NULL;
		q.session = q.view == REPORT_SESSION ? 3 : REPORT_NO_SESSION;
		if (q.view == REPORT_WHY)
			continue;
		if (q.view == REPORT_OVERVIEW) {	/* it has one format: test_page */
			assert_int_equal(run_bytes(log, n, &q, &sum, &e), -1);
			continue;
		}
		assert_int_equal(run_bytes(log, n, &q, &sum, &e), 0);
		assert_int_equal(strlen(out_text), out_len);
		assert_true(str_is_utf8(out_text, out_len));
		for (size_t i = 0; i < out_len; i++)
			if (((unsigned char)out_text[i] < 0x20 && out_text[i] != '\n') || out_text[i] == 0x7f)
				fail_msg("view %d, format %d: byte %02x in %.60s", v / 4, v % 4, out_text[i], out_text + (i > 30 ? i - 30 : 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(same_with_and_without), cmocka_unit_test(odd_records), cmocka_unit_test(parents_of_another_time),
		cmocka_unit_test(sessions_without_labels),
		cmocka_unit_test(says_nothing_to_a_terminal) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
