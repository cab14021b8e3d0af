/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_report.c - an audit log of any bytes, split into records, gathered and told as a report.
 *
 * Each part of a record lies within its line, what a sender wrote is never in the kernel's part, trust needs the
 * kernel's words; every line is counted once; text for people is free of control characters, each JSON line is JSON, and of a page
 * all markup is ours. Short cuts and a second thread change nothing.
 */
#include "audit/report/ahead.h"
#include "audit/report/join.h"
#include "audit/report/report.h"
#include "launcher/base/json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/audit/report/html_check.h"

static bool within(struct span part, const char *line, size_t len)
{
	return !part.len || (part.at >= line && part.at + part.len <= line + len);
}

static void fields(struct span part)
{
	struct span rest = part;
	struct pair f;
	size_t left = rest.len + 1;
	struct err e;

	while (field_next(&rest, &f)) {
		auto_str struct str text = { 0 };

		DEMAND(rest.len < left);	/* it ends */
		left = rest.len;
		DEMAND(f.name.len && within(f.name, part.at, part.len) && within(f.value, part.at, part.len));
		DEMAND(!memchr(f.name.at, ' ', f.name.len) && !memchr(f.name.at, '=', f.name.len));
		DEMAND(span_decode(f.value, &text, &e) == 0 && text.len <= f.value.len);
	}
}

static void one_line(const char *line, size_t len)
{
	struct gathered ev;
	struct facts x;
	struct line l;

	if (!line_parse(line, len, &l))
		return;
	DEMAND(within(l.name, line, len) && within(l.head, line, len) && within(l.body, line, len) && within(l.tail, line, len));
	DEMAND(!l.user || l.head.at + l.head.len <= l.body.at);
	DEMAND((line_kind(l.type) == KIND_KERNEL || !span_has(l.head, " msg='")) && l.stamp.ms <= 999);
	fields(l.head);
	fields(l.body);
	fields(l.tail);
	ev = (struct gathered){ .stamp = l.stamp, .rec = &l, .n = 1 };
	facts_read(&ev, &x);
	if (!join_ours(&x))
		return;
	DEMAND(l.user);
	if (join_trust(&x) == JOIN_LABELLED)
		DEMAND((span_has(l.head, "subj=") || span_has(l.head, "scontext=")) && span_has(l.head, ":secctr_"));
	if (join_trust(&x) == JOIN_PLAIN)
		DEMAND(span_has(l.head, "uid=0") && span_has(l.head, "auid="));
}

static void for_people(const char *text, size_t n)
{
	DEMAND(str_is_utf8(text, n));
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		DEMAND((c >= 0x20 || c == '\n') && c != 0x7f && !(c == 0xc2 && (unsigned char)text[i + 1] < 0xa0));
	}
}

static void for_programs(char *text)
{
	struct err e;

	for (char *line; (line = strsep(&text, "\n")); ) {
		auto_json json_t *j = NULL;

		DEMAND(!*line || json_read(line, strlen(line), "report", &j, &e) == 0);
	}
}

static void for_browsers(const char *text)
{
	const char *at;

	DEMAND(!html_wrong(text, &at));
	/* Our own style and script have tabs. */
	at = strstr(text, "<style>");
	for_people(text, (size_t)(at - text));
	at = strstr(at, "</style>");
	for_people(at, (size_t)(strstr(at, "<script>") - at));
}

/* What it says; "" where it refuses. */
static char *run(int fd, const struct report_request *q, struct report_summary *sum)
{
	struct report_input in = { &fd, 1 };
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	struct err e = { 0 };
	int rc;

	DEMAND(out && lseek(fd, 0, SEEK_SET) == 0);
	rc = report_run(q, &in, out, sum, &e);
	DEMAND(fclose(out) == 0);
	if (rc) {
		fuzz_refused(&e);
		DEMAND(n == 0);
	}
	return text;
}

static void report(int fd, size_t lines, const struct report_request *q)
{
	struct report_summary sum = { 0 };
	auto_free char *text = run(fd, q, &sum);

	if (!*text)
		return;
	DEMAND(sum.untrusted <= sum.events && sum.bad_lines <= sum.lines && (!lines || sum.lines == lines));
	if (q->format == REPORT_HTML)
		for_browsers(text);
	else
		for_people(text, strlen(text));
	if (q->format == REPORT_NDJSON)
		for_programs(text);
}

/* With short cuts by two threads, and without by one. */
static void same(int fd, const struct report_request *q)
{
	static struct ahead *ahead;
	struct report_summary one = { 0 }, other = { 0 };
	struct report_request slow = *q, quick = *q;
	struct err e;

	DEMAND(ahead || ahead_new(1, &ahead, &e) == 0);
	slow.slow = true;
	quick.ahead = ahead;

	auto_free char *a = run(fd, &slow, &one), *b = run(fd, &quick, &other);

	DEMAND(strcmp(a, b) == 0 && one.events == other.events && one.lines == other.lines && one.bad_lines == other.bad_lines);
}

/* Bytes that name a packing are read as such: their lines are not these. */
static size_t count_lines(const uint8_t *bytes, size_t n)
{
	size_t lines = n && bytes[n - 1] != '\n';

	for (size_t i = 0; i < n; i++)
		lines += bytes[i] == '\n';
	return n > 1 && (bytes[0] == 0x1f || bytes[0] == 0x28 || bytes[0] == 0xfd) ? 0 : lines;
}

/* A number that is the input's own. */
static uint32_t number_of(const uint8_t *bytes, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ bytes[i]) * 16777619u;
	return h ^ h >> 15;
}

static struct report_request ask(enum report_view view)
{
	return (struct report_request){ .view = view, .session = view == REPORT_SESSION ? 3 : REPORT_NO_SESSION,
		.subject = view == REPORT_CONTAINER ? "web" : view == REPORT_USER ? "1000" : view == REPORT_WHY ? "1000.300:12" : NULL };
}

/* One view in its formats, and another with and without short cuts: which, the input says. All of them would take fifteen times as long. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fuzz_input in = { bytes, n };
	auto_close int fd = fuzz_file(bytes, n);
	size_t lines = count_lines(bytes, n);
	uint32_t h = number_of(bytes, n);
	struct report_request q = ask(h % REPORT_VIEW_COUNT);

	while (in.left) {
		size_t len;
		auto_free char *line = fuzz_until(&in, '\n', &len);

		one_line(line, len);
	}
	q.all = true;
	for (enum report_format f = REPORT_TEXT; f <= REPORT_HTML; f++) {
		q.format = f;
		if (f != REPORT_JSON && (f == REPORT_HTML) == (q.view == REPORT_OVERVIEW))
			report(fd, lines, &q);
	}
	/* auditd's names of a person may differ, and be on a record that is passed over. */
	if (memmem(bytes, n, "AUID=", 5))
		return 0;
	q = ask(h / REPORT_VIEW_COUNT % REPORT_VIEW_COUNT);
	q.all = h >> 16 & 1;
	q.start_ms = h >> 17 & 3 ? 0 : 1002000;
	q.format = q.view == REPORT_OVERVIEW ? REPORT_HTML : h >> 19 & 1 ? REPORT_NDJSON : REPORT_TEXT;
	same(fd, &q);
	return 0;
}
