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
	const struct CMUnitTest tests[] = { cmocka_unit_test(same_with_and_without), cmocka_unit_test(says_nothing_to_a_terminal) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
