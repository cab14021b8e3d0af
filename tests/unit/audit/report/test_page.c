/* SPDX-License-Identifier: Apache-2.0 */
/* --format html: what stands on the page, that only we write markup, and what is left out when there is too much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "launcher/base/digest.h"
#include "tests/unit/audit/report/html_check.h"
#include "tests/unit/audit/report/story.h"

static struct report_summary sum;
static struct err e;

static int make(const char *log, struct report_request q)
{
	q.view = REPORT_OVERVIEW;
	q.format = REPORT_HTML;
	q.session = REPORT_NO_SESSION;
	memset(&e, 0, sizeof(e));
	return run_bytes(log, strlen(log), &q, &sum, &e);
}

static void page_with(const char *log, struct report_request q)
{
	const char *at, *why;

	if (make(log, q))
		fail_msg("%s", e.text);
	why = html_wrong(out_text, &at);
	if (why)
		fail_msg("%s: %.200s", why, at);
}

static void page(const char *log)
{
	page_with(log, (struct report_request){ 0 });
}

static unsigned count_of(const char *what)
{
	unsigned n = 0;

	for (const char *at = out_text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

/* "sha256-" and base64, as a Content-Security-Policy has it. */
static void digest_of(const char *text, const char *have)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char want[64] = "sha256-", *to = want + 7;
	unsigned char byte[33] = { 0 };
	struct digest d;

	assert_int_equal(digest_bytes(text, strlen(text), &d, &e), 0);
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(sscanf(digest_hex(&d) + 2 * i, "%2hhx", &byte[i]), 1);
	for (size_t i = 0; i < 33; i += 3) {
		unsigned v = (unsigned)byte[i] << 16 | (unsigned)byte[i + 1] << 8 | byte[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			*to++ = digits[v >> shift & 63];
	}
	strcpy(to - 1, "=");
	if (strcmp(want, have) != 0)
		fail_msg("page_assets.c: the digest is %s", want);
}

/* A browser would refuse the script and the style, and say so in its console only. */
static void digests(void **state)
{
	(void)state;
	digest_of(page_css, page_css_digest);
	digest_of(page_js, page_js_digest);
	assert_null(strstr(page_js, "</"));
	assert_null(strstr(page_css, "</"));
	page(SELINUX_STORY);
	has("default-src 'none'; style-src 'sha256-");
	assert_int_equal(count_of("http"), 1);		/* http-equiv */
	assert_int_equal(count_of("src="), 0);
}

static void story(void **state)
{
	(void)state;
	page(SELINUX_STORY OTHERS);
	has("<section class=\"box\" id=\"c-" U1 "\" data-name=\"web\"><h3>web <small>" U1 "</small> <span class=\"tag \">ended</span>");
	has("<dt>Vouched for</dt><dd>by SELinux label</dd>");
	has("<li>session 31: alice, whose login is not in the log");
	has("<section class=\"person\" id=\"p-1000\" data-name=\"alice\">");
	has("exec sh -c id &gt;\\x1b[2m");
	has("SELinux: { read } file shadow");
	has("SRG-APP-000510-CTR-001310");
	has("<circle class=\"m-exec\"");
	has("<path class=\"m-bad\"");
	/* bob typed in alice's container: under his name. */
	has("data-w=\"1001\" data-c=\"c-" U1 "\"");
	/* A label of no container that the log tells of. */
	has("the label of no container that the log tells of</span>");
}

/* What anybody may write, in every place that it comes to. */
static void hostile(void **state)
{
#define X1 "</script><script>alert(1)</script>"
#define HEX_X1 "3C2F7363726970743E3C7363726970743E616C6572742831293C2F7363726970743E"
	static const char *const never[] = { "<script>alert", "<img", "<b>", "<!--", "]]>", "\x1b", "\xe2\x80\xae", "\xe2\x80\xa8x", "\" onload=\"", "javascript:",
					     NULL };
	static const char log[] =
		"type=USER_LOGIN msg=audit(990.300:2): pid=40 uid=0 auid=1002 ses=3 subj=u:r:sshd_t:s0 msg='op=login acct=\"alice\" exe=\"/<b>x\" "
			"hostname=h addr=<img/src=x> terminal=\"><b>t res=success'\x1dUID=\"root\" AUID=\"<b>alice</b>\"\n"
		OURS("VIRT_CREATE", "1000.050:9", "3", LAUNCHER, "virt=container op=create reason=cli vm=" HEX_X1 " uuid=" U1
		     " path=22206F6E6C6F61643D22 digest=sha256:<!-- policy=sha256:]]>")
		OURS("VIRT_CONTROL", "1000.300:12", "31", LAUNCHER, "virt=container op=start reason=<b> vm=" HEX_X1 " uuid=" U1
		     " vm-pid=51 init-pid=51 own-ses=31 from-ses=3 policy=sha256:0")
		OURS("VIRT_CONTROL", "1000.400:13", "32", LAUNCHER, "virt=container op=start reason=cli vm=\"x\" uuid=\"><script>alert(1)</script>0123456"
		     " vm-pid=52 own-ses=32 from-ses=3")
		"type=SYSCALL msg=audit(1001.000:14): arch=c000003e syscall=59 success=yes exit=0 ppid=50 pid=51 auid=1000 uid=0 tty=(none) ses=31 "
			"comm=\"<b>\" exe=\"/bin/<!--\" subj=" CTX " key=\"secctr-exec\"\n"
		"type=EXECVE msg=audit(1001.000:14): argc=4 a0=" HEX_X1 " a1=1B5D303B3C6A7661 a2=E280AE3C212D2D a3=E280A878\n"
		"type=USER_CMD msg=audit(1002.000:15): pid=51 uid=0 auid=1000 ses=31 subj=" CTX " msg='cmd=" HEX_X1 " res=success'\n"
		"node=<b>n type=VIRT_CONTROL msg=audit(1003.1:80): pid=6 uid=0 auid=1000 ses=3 subj=u:r:x_t:s0 msg='virt=container op=stop vm=\"<b>\" uuid=" U1
			" res=success'\n";

	(void)state;
	page_with(log, (struct report_request){ .host = "<b>host" });
	for (size_t i = 0; never[i]; i++)
		has_not(never[i]);
	has("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
	has("data-name=\"&lt;/script&gt;");
	has("&lt;b&gt;alice&lt;/b&gt;");
	has("&lt;b&gt;host");
	has("&lt;b&gt;n: ");
	has("\\x1b]0;&lt;jva");
	assert_int_equal(count_of("<section class=\"box\""), 1);
	page_with(log, (struct report_request){ .container = X1, .user = "1000", .start_ms = 1 });
	has("the container <strong>&lt;/script&gt;");
}

static void narrowed(void **state)
{
	(void)state;
	page_with(SELINUX_STORY OTHERS, (struct report_request){ .user = "bob" });
	assert_int_equal(count_of("<tr class=\"e"), 2);
	has_not("data-w=\"1000\" data-c");
	page_with(SELINUX_STORY OTHERS, (struct report_request){ .container = "web" });
	has_not("neighbour");
	page_with(SELINUX_STORY OTHERS, (struct report_request){ .start_ms = 1003400, .end_ms = 1003500 });
	assert_int_equal(count_of("<tr class=\"e"), 1);
	assert_int_equal(make(SELINUX_STORY, (struct report_request){ .container = "other" }), -1);
	assert_int_equal(e.reason, ERR_NOTFOUND);
	assert_int_equal(out_len, 0);
	/* Nothing at all is a page too. */
	page("");
	has("Nothing of containers is in this log");
}

static void refusals(void **state)
{
	struct report_request q = { .view = REPORT_TIMELINE, .format = REPORT_HTML, .session = REPORT_NO_SESSION };

	(void)state;
	assert_int_equal(run_bytes("", 0, &q, &sum, &e), -1);
	assert_int_equal(e.reason, ERR_USAGE);
	q = (struct report_request){ .view = REPORT_OVERVIEW, .session = REPORT_NO_SESSION };
	assert_int_equal(run_bytes("", 0, &q, &sum, &e), -1);
	assert_int_equal(e.reason, ERR_USAGE);
}

/* A log that is written here. */
static char log_text[24 << 20];
static size_t log_n;

static void PRINTF(1, 2) line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_n += (size_t)vsnprintf(log_text + log_n, sizeof(log_text) - log_n, fmt, ap);
	va_end(ap);
	assert_true(log_n < sizeof(log_text) - 1);
}

static void start_box(unsigned n, unsigned sec, unsigned auid)
{
	line("type=VIRT_CONTROL msg=audit(%u.000:%u): pid=50 uid=0 auid=%u ses=%u" LAUNCHER " msg='virt=container op=start reason=cli vm=\"box%u\" "
	     "uuid=%08x-0d7e-4b9a-9c1d-2e3f4a5b6c7d vm-pid=51 init-pid=51 own-ses=%u from-ses=3" TRAILER "\n", sec, 10 + n, auid, 100 + n, n, n, 100 + n);
}

static void call_in(unsigned n, unsigned sec, unsigned serial, const char *exit)
{
	line("type=SYSCALL msg=audit(%u.500:%u): arch=c000003e syscall=257 success=%s exit=%s ppid=50 pid=60 auid=1000 uid=0 tty=(none) ses=%u "
	     "comm=\"c%u\" exe=\"/bin/x\" key=(null)\n", sec, serial, *exit == '-' ? "no" : "yes", exit, 100 + n, serial);
}

static void containers_limit(void **state)
{
	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		log_n = 0;
		for (unsigned i = 0; i < PAGE_CONTAINERS + over; i++)
			start_box(i, 1000 + i, 1000);
		page(log_text);
		if (!over) {
			assert_int_equal(count_of("<section class=\"box\""), PAGE_CONTAINERS);
			has_not("containers are on this page");
			has("50 of 500 containers on this page are drawn");
		} else {
			/* The half that was seen last stays, and what comes. */
			assert_int_equal(count_of("<section class=\"box\""), PAGE_CONTAINERS / 2 + 1);
			has("251 of 501 containers are on this page");
			has(">box500</a>");
			has_not(">box0</a></th><td class=\"p\">");
		}
	}
}

/* The first container had a denial, and is old; thousands of quiet ones do not push it out. */
static void those_that_matter_stay(void **state)
{
	(void)state;
	log_n = 0;
	start_box(0, 1000, 1000);
	call_in(0, 1000, 5, "-13");
	for (unsigned i = 1; i < PAGE_CONTAINERS * 6; i++)
		start_box(i, 1001 + i, 1000);
	page(log_text);
	has("data-name=\"box0\"");
	has("c5 /bin/x");
	has_not("data-name=\"box1\"");
	has(" of 3,000 containers are on this page");
	/* Everybody is counted. */
	has("<dd>3,000</dd>");
	has("<dt>Containers started</dt><dd>3,000</dd>");
}

static void rows_limit(void **state)
{
	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		log_n = 0;
		start_box(0, 1000, 1000);
		for (unsigned i = 0; i < PAGE_ROWS - 1 + over; i++)
			call_in(0, 1001, 11 + i, "0");
		page(log_text);
		assert_int_equal(count_of("<tr class=\"e"), over ? PAGE_ROWS / 2 : PAGE_ROWS);
		if (over)
			has("5,001 of 10,001 events are not on this page, as a page has a size; <code>secctr report container 00000000-0d7e");
		else
			has_not("are not on this page");
	}
}

/* A container that makes noise, and denials, on purpose: the record of its start and the other's story stay. */
static void noise(void **state)
{
	unsigned serial = 20000;

	(void)state;
	log_n = 0;
	start_box(0, 1000, 1000);
	start_box(1, 1000, 1001);
	call_in(1, 1000, 19, "0");
	for (unsigned i = 0; i < PAGE_ROWS * 2; i++)
		call_in(0, 1001 + i / 1000, serial++, i % 2 ? "-13" : "0");
	line("type=VIRT_CONTROL msg=audit(1100.000:%u): pid=50 uid=0 auid=1000 ses=100" LAUNCHER " msg='virt=container op=stop reason=exited vm=\"box0\" "
	     "uuid=00000000-0d7e-4b9a-9c1d-2e3f4a5b6c7d vm-pid=51 exit=0 sig=0" TRAILER "\n", serial);
	page(log_text);
	has("start box0");
	has("stop box0");
	has("start box1");
	has("c19 /bin/x");
	has(" of 20,002 events are not on this page");
}

static void words_limit(void **state)
{
	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		const char *front = "type=USER_CMD msg=audit(1001.0:20): pid=51 uid=0 auid=1000 ses=100 subj=u:r:x_t:s0 msg='cmd=\"";
		size_t words = sizeof("command ") - 1;

		log_n = 0;
		start_box(0, 1000, 1000);
		line("%s", front);
		for (unsigned i = 0; i < PAGE_WORDS - words + over; i++)
			line("y");
		line("\" res=success'\n");
		page(log_text);
		assert_int_equal(count_of("yyy...</td>"), over * 2);
	}
}

static void people_limit(void **state)
{
	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		log_n = 0;
		for (unsigned i = 0; i < PAGE_PEOPLE + over; i++)
			start_box(i, 1000 + i, 1000 + i);
		page(log_text);
		assert_int_equal(count_of("<section class=\"person\""), PAGE_PEOPLE);
		assert_int_equal(count_of("events are of people beyond the first 200"), over);
	}
}

static void gaps_on_the_page(void **state)
{
	(void)state;
	page("type=USER msg=audit(1.0:1): pid=1 msg='x'\ntype=USER msg=audit(2.0:5): pid=1 msg='x'\n"
	     "type=CONFIG_CHANGE msg=audit(5.0:6): op=remove_rule auid=1000 ses=3 list=4 res=1\n");
	has("<span class=\"tag alarm\">gap</span> 3 event numbers are not in the log: 2 to 4");
	has("CONFIG_CHANGE op=remove_rule");
}

/* Times that no calendar has, and those that overflow when they are added. */
static void odd_times(void **state)
{
	static const char *const stamps[] = { "0.000", "1.000", "253402300799.999", "253402300800.000", "9223372036854775807.000", "18446744073709551615.999" };

	(void)state;
	log_n = 0;
	for (unsigned i = 0; i < ARRAY_LEN(stamps); i++)
		line("type=VIRT_CONTROL msg=audit(%s:%u): pid=50 uid=0 auid=1000 ses=5" LAUNCHER " msg='virt=container op=%s reason=cli vm=\"box\" "
		     "uuid=00000000-0d7e-4b9a-9c1d-2e3f4a5b6c7d vm-pid=51 own-ses=%u from-ses=3" TRAILER "\n", stamps[i], 1 + i, i % 2 ? "stop" : "start", 90 + i);
	page(log_text);
	has("9999-12-31 23:59:59.999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests), cmocka_unit_test(story), cmocka_unit_test(hostile), cmocka_unit_test(narrowed), cmocka_unit_test(refusals),
		cmocka_unit_test(containers_limit), cmocka_unit_test(those_that_matter_stay), cmocka_unit_test(rows_limit), cmocka_unit_test(noise),
		cmocka_unit_test(words_limit), cmocka_unit_test(people_limit), cmocka_unit_test(gaps_on_the_page), cmocka_unit_test(odd_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
