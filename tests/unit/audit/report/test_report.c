/* SPDX-License-Identifier: Apache-2.0 */
/* Crafted logs: one honest story, and what others wrote into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "audit/report/input.h"
#include "tests/unit/audit/report/story.h"

static void tells_the_story(void **state)
{
	struct report_summary sum;
	struct err e = { 0 };

	(void)state;
	if (run(SELINUX_STORY OTHERS, "web", REPORT_NO_SESSION, REPORT_TEXT, &sum, &e))
		fail_msg("%s", e.text);
	assert_int_equal(sum.events, 9);
	assert_int_equal(sum.untrusted, 0);
	has("1970-01-01T00:16:40.100Z  1000.100:10             alice          31  success  session 31 begins; was session 3");
	has("alice          31  success  start web reason=cli vm-pid=51");
	has("exec sh -c id >\\x1b[2m (execve by sh /bin/busybox pid 51 exit 0 key secctr-exec)");
	has("bob            40  success  call execve by id");
	has("-               -  denied   SELinux: { read } file shadow by cat on system_u:object_r:shadow_t:s0");
	has("denied   seccomp: mount by sh");
	has("stop web reason=exited vm-pid=51 exit=0 sig=0");
	has_not("other");
	has_not("neighbour");
	has_not("note: no SELinux");
	has("note: 1 times the clock went back");
	/* The same by uuid, and by session. */
	assert_int_equal(run(SELINUX_STORY OTHERS, U1, REPORT_NO_SESSION, REPORT_TEXT, &sum, &e), 0);
	assert_int_equal(sum.events, 9);
	assert_int_equal(run(SELINUX_STORY OTHERS, NULL, 40, REPORT_TEXT, &sum, &e), 0);
	assert_int_equal(sum.events, 2);
	assert_int_equal(run(SELINUX_STORY OTHERS, NULL, 3, REPORT_TEXT, &sum, &e), 0);
	has("session 31 begins; was session 3");
	has("other");
}

static void writes_json_lines(void **state)
{
	struct err e = { 0 };
	json_error_t je;
	char *line, *save;
	unsigned n = 0;

	(void)state;
	assert_int_equal(run(SELINUX_STORY, "web", REPORT_NO_SESSION, REPORT_NDJSON, NULL, &e), 0);
	for (line = strtok_r(out_text, "\n", &save); line; line = strtok_r(NULL, "\n", &save), n++) {
		json_t *j = json_loads(line, JSON_REJECT_DUPLICATES, &je);

		assert_non_null(j);
		assert_true(json_is_true(json_object_get(json_object_get(j, "secctr"), "trusted")));
		if (n == 4)
			assert_string_equal(json_string_value(json_object_get(json_object_get(json_object_get(j, "user"), "audit"), "name")),
					    "alice");
		json_decref(j);
	}
	assert_int_equal(n, 9);
}

/* Each row: a record someone else sent; the story must stay the same but for what is marked. */
static void is_not_fooled(void **state)
{
#define FORGED(head, body) "type=VIRT_CONTROL msg=audit(1003.100:80): pid=66 " head " msg='" body "'\n"
#define START3 "virt=container op=start reason=cli vm=\"web\" uuid=" U1 " vm-pid=1 own-ses=3 exe=\"/usr/bin/secctr\" res=success"
#define STOP "virt=container op=stop reason=exited vm=\"web\" uuid=" U1 " vm-pid=51 exit=0 sig=0 res=success"
	static const struct { const char *name, *line; unsigned untrusted; } rows[] = {
		{ "a start from the container joins session 3",
		  FORGED("uid=0 auid=1000 ses=31 subj=" CTX, START3), 1 },
		{ "a start from an unconfined root", FORGED("uid=0 auid=1000 ses=3 subj=u:r:unconfined_t:s0", START3), 1 },
		{ "the sender's own subj= in the body", FORGED("uid=0 auid=1000 ses=3 subj=u:r:unconfined_t:s0",
		  START3 " subj=u:r:secctr_t:s0"), 1 },
		{ "a type that only begins so", FORGED("uid=0 auid=1000 ses=3 subj=u:r:secctr_tx:s0", START3), 1 },
		{ "secctr_t as a user", FORGED("uid=0 auid=1000 ses=3 subj=secctr_t:secctr_t:x_t:secctr_t", START3), 1 },
		{ "a stop that would end the joining", FORGED("uid=0 auid=1000 ses=3 subj=u:r:unconfined_t:s0", STOP), 1 },
		{ "not root, no SELinux", FORGED("uid=1000 auid=1000 ses=3", START3), 1 },
		{ "no uid=, no SELinux", FORGED("auid=1000 ses=3", START3), 1 },
		{ "unset login UID, no SELinux", FORGED("uid=0 auid=4294967295 ses=4294967295", START3), 1 },
		{ "a kernel record inside a body", "type=USER msg=audit(1003.100:80): pid=66 uid=0 auid=1000 ses=3 "
		  "subj=u:r:x_t:s0 msg='type=SYSCALL ses=31 subj=" CTX " res=success'\n", 0 },
		{ "quotes and a forged tail", "type=USER msg=audit(1003.100:80): pid=66 uid=0 auid=1000 ses=3 "
		  "subj=u:r:x_t:s0 msg='x' ses=31 \x1d""AUID=\"root\" ses=31'\n", 0 },
		{ "no record at all", "type=SYSCALL msg=audit(x): ses=31\n\n\x01\xff\nses=31\n", 0 },
		{ "a level in a user record of another type", "type=USER_AVC msg=audit(1003.100:80): pid=66 uid=0 auid=1000 "
		  "ses=3 subj=u:r:x_t:s0 msg='avc:  denied { x } for  scontext=" CTX "'\n", 0 },
	};
	struct report_summary sum;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char log[16384];
		/* In the middle: in front of the AVC that is joined by the level. */
		const char *story = SELINUX_STORY, *avc = strstr(story, "type=AVC");

		snprintf(log, sizeof(log), "%.*s%s%s%s", (int)(avc - story), story, rows[i].line, avc, OTHERS);
		if (run(log, "web", REPORT_NO_SESSION, REPORT_TEXT, &sum, &e))
			fail_msg("%s: %s", rows[i].name, e.text);
		if (sum.events != 9 + rows[i].untrusted || sum.untrusted != rows[i].untrusted)
			fail_msg("%s: %zu events, %zu untrusted\n%s", rows[i].name, sum.events, sum.untrusted, out_text);
		has_not("other");
		has("SELinux: { read } file shadow");
		if (rows[i].untrusted)
			has("UNTRUSTED (not sent by secctr): ");
	}
}

/* In a raw log the last 0x1D may be the sender's; the name behind it is not believed. */
static void believes_no_forged_names(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run("type=USER_CMD msg=audit(9.000:1): pid=5 uid=0 auid=4242 ses=31 msg='cmd=6964 x\x1d""AUID=\"mallory\"'\n"
			     "type=USER_CMD msg=audit(9.000:2): pid=5 uid=0 auid=4242 ses=31 msg='cmd=6964 x\x1d""AUID=\"mallory\"'"
			     "\x1d""UID=\"root\" AUID=\"walter\"\n", NULL, 31, REPORT_TEXT, NULL, &e), 0);
	has_not("mallory");
	has("walter");
	has("4242");
}

static void works_without_selinux(void **state)
{
	struct report_summary sum;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run("type=LOGIN msg=audit(5.100:1): pid=50 uid=0 old-auid=1000 auid=1000 old-ses=3 ses=31 res=1\n"
			     OURS("VIRT_CONTROL", "5.300:2", "31", "", "virt=container op=start reason=cli vm=\"web\" uuid="
				  U1 " vm-pid=51 own-ses=31")
			     "type=SYSCALL msg=audit(6.000:3): arch=c000003e syscall=59 success=no exit=-13 pid=51 auid=1000 "
			     "ses=31 comm=\"sh\" exe=\"/bin/sh\" subj=unconfined key=(null)\n",
			     "web", REPORT_NO_SESSION, REPORT_TEXT, &sum, &e), 0);
	assert_int_equal(sum.events, 3);
	assert_int_equal(sum.untrusted, 0);
	has("call execve by sh /bin/sh pid 51 exit -13\n");
	has("note: no SELinux label vouches");
}

/* A container's program asks for alice's login UID: the record has hers in auid=, but it was bob who asked. */
static void names_who_asked_for_an_identity(void **state)
{
	struct report_summary sum;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run(SELINUX_STORY
		"type=LOGIN msg=audit(1000.150:12): pid=51 uid=0 subj=" CTX " old-auid=1002 auid=1001 tty=(none) old-ses=31 "
		"ses=4294967295 res=0\x1dUID=\"root\" OLD-AUID=\"bob\" AUID=\"alice\"\n"
		"type=SYSCALL msg=audit(1000.150:12): syscall=1 success=no exit=-1 pid=51 auid=1002 ses=31 comm=\"probe\" "
		"subj=" CTX "\x1d" "AUID=\"bob\"\n",
		"web", REPORT_NO_SESSION, REPORT_TEXT, &sum, &e), 0);
	has("bob            31  failed   change of login UID 1002 to 1001 refused");
	has_not("alice          31  failed");
}

/* What a failed call was about stands in its PATH records, not in its directories'. */
static void names_the_path_of_a_call(void **state)
{
	struct report_summary sum;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run(SELINUX_STORY
		"type=SYSCALL msg=audit(1000.150:12): syscall=2 success=no exit=-13 pid=51 auid=1000 ses=31 comm=\"cat\" "
		"subj=" CTX "\n"
		"type=PATH msg=audit(1000.150:12): item=0 name=\"/other/\" inode=1 nametype=PARENT\n"
		"type=PATH msg=audit(1000.150:12): item=1 name=\"/other/orders\" nametype=UNKNOWN\n",
		"web", REPORT_NO_SESSION, REPORT_TEXT, &sum, &e), 0);
	has("exit -13 path /other/orders\n");
}

/* The same session number after a boot, and the same level after the container's end, are others. */
static void keeps_boots_and_lives_apart(void **state)
{
	struct report_summary sum;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run(SELINUX_STORY
		"type=SYSCALL msg=audit(1010.000:19): syscall=59 pid=80 auid=1005 ses=77 comm=\"late\" subj=" CTX "\n"
		"type=SYSCALL msg=audit(2000.000:4): syscall=59 pid=80 auid=1005 ses=31 comm=\"reborn\" subj=u:r:x_t:s0\n",
		"web", REPORT_NO_SESSION, REPORT_TEXT, &sum, &e), 0);
	assert_int_equal(sum.events, 9);
	has_not("late");
	has_not("reborn");
}

/* loginuid-immutable: no session of its own, so only label and name join. */
static void keeps_a_persons_session_out(void **state)
{
	struct report_summary sum;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run(OURS("VIRT_CONTROL", "1000.300:12", "3", LAUNCHER, "virt=container op=start reason=cli "
				  "vm=\"web\" uuid=" U1 " vm-pid=51 own-ses=3 from-ses=3") OTHERS,
			     "web", REPORT_NO_SESSION, REPORT_TEXT, &sum, &e), 0);
	assert_int_equal(sum.events, 1);
	has_not("other");
}

static void refuses_what_it_should(void **state)
{
	struct strv names = { 0 };
	struct report_input in;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run(SELINUX_STORY, "nobody", REPORT_NO_SESSION, REPORT_TEXT, NULL, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
	assert_int_equal(run(SELINUX_STORY, "we", REPORT_NO_SESSION, REPORT_TEXT, NULL, &e), -1);
	assert_int_equal(run("", "web", REPORT_NO_SESSION, REPORT_TEXT, NULL, &e), -1);
	assert_int_equal(run(SELINUX_STORY, NULL, 4040, REPORT_TEXT, NULL, &e), -1);
	assert_int_equal(report_run(&(struct report_request){ .view = REPORT_CONTAINER, .session = REPORT_NO_SESSION },
				    &(struct report_input){ NULL, 0 }, stdout, NULL, &e), -1);
	assert_int_equal(e.reason, ERR_USAGE);
	assert_int_equal(view(SELINUX_STORY, REPORT_WHY, "1000.300", NULL, &e), -1);
	assert_non_null(strstr(e.text, "no event id"));
	assert_int_equal(view(SELINUX_STORY, REPORT_WHY, "1000.300:99", NULL, &e), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
	assert_string_equal(out_text, "");
	assert_int_equal(strv_add(&names, "/dev/null", &e), 0);
	assert_int_equal(input_open(&names, &in, &e), -1);
	assert_non_null(strstr(e.text, "not a regular file"));
	strv_done(&names);
}

static void line_limit(void **state)
{
	static char log[2 * 300000];
	struct report_summary sum;
	struct err e = { 0 };
	size_t n;

	(void)state;
	/* Lines of the limit, of one more, and one that fills more than a read. */
	for (int pass = 0; pass < 3; pass++) {
		size_t pad = pass == 2 ? 290000 : (size_t)LINE_MAX_BYTES + (pass == 1);

		n = (size_t)sprintf(log, "%stype=SYSCALL msg=audit(1003.9:70): pid=5 auid=1000 ses=31 comm=\"long\" x=",
				    SELINUX_STORY);
		pad -= strlen(strrchr(log, '\n') + 1);
		memset(log + n, 'x', pad);
		strcpy(log + n + pad, "\n" OTHERS "type=SYSCALL msg=audit(1003.9:71): auid=1000 ses=31 comm=\"last\"");
		assert_int_equal(run(log, "web", REPORT_NO_SESSION, REPORT_TEXT, &sum, &e), 0);
		assert_int_equal(sum.bad_lines, pass > 0);
		assert_int_equal(sum.events, pass > 0 ? 10 : 11);
		has("last");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_story),
		cmocka_unit_test(writes_json_lines),
		cmocka_unit_test(is_not_fooled),
		cmocka_unit_test(believes_no_forged_names),
		cmocka_unit_test(works_without_selinux),
		cmocka_unit_test(names_who_asked_for_an_identity),
		cmocka_unit_test(names_the_path_of_a_call),
		cmocka_unit_test(keeps_boots_and_lives_apart),
		cmocka_unit_test(keeps_a_persons_session_out),
		cmocka_unit_test(refuses_what_it_should),
		cmocka_unit_test(line_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
