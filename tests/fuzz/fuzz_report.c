/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_report.c - an audit log of any bytes, split into records and told as a report.
 *
 * Each part of a record lies within its line, what a sender wrote is never in the kernel's part, trust needs the
 * kernel's words; text for people is free of control characters, and each JSON line is JSON.
 */
#include "audit/report/join.h"
#include "audit/report/report.h"
#include "audit/report/scan.h"
#include "launcher/base/json.h"
#include "tests/fuzz/fuzz.h"

static bool within(struct scan_text part, const char *line, size_t len)
{
	return !part.len || (part.at >= line && part.at + part.len <= line + len);
}

static bool says(struct scan_text in, const char *text)
{
	return in.len && memmem(in.at, in.len, text, strlen(text));
}

static void fields(const struct scan_line *l)
{
	static const char *const names[] = { "vm", "uuid", "auid", "ses", "subj", "cmd", "op", "res", "exe" };
	const struct scan_text parts[] = { l->head, l->body, l->tail };
	struct scan_text v;
	struct err e;

	for (size_t p = 0; p < ARRAY_LEN(parts); p++)
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			auto_str struct str text = { 0 };

			if (!scan_field(parts[p], names[i], &v))
				continue;
			DEMAND(within(v, parts[p].at, parts[p].len));
			DEMAND(scan_decode(v, &text, &e) == 0 && text.len <= v.len);
		}
}

static void one_line(const char *line, size_t len)
{
	struct scan_line l;

	if (!scan_parse(line, len, &l))
		return;
	DEMAND(within(l.type, line, len) && within(l.head, line, len) && within(l.body, line, len) && within(l.tail, line, len));
	DEMAND(!l.user || l.head.at + l.head.len <= l.body.at);
	DEMAND(!says(l.head, " msg='") && l.stamp.ms <= 999);
	if (join_trust(&l) == JOIN_LABELLED)
		DEMAND(says(l.head, "subj=") && says(l.head, ":secctr_"));
	if (join_trust(&l) == JOIN_PLAIN)
		DEMAND(says(l.head, "uid=0") && says(l.head, "auid="));
	if (join_is_ours(&l))
		DEMAND(l.user);
	fields(&l);
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

static void report(int fd, const char *container, uint32_t session, enum report_format format)
{
	struct report_request q = { .container = container, .session = session, .format = format };
	struct report_summary sum = { 0 };
	auto_free char *text = NULL;
	char path[32];
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	struct err e = { 0 };
	int rc;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	DEMAND(out && strv_add(&q.inputs, path, &e) == 0);
	rc = report_run(&q, out, &sum, &e);
	strv_done(&q.inputs);
	DEMAND(fclose(out) == 0);
	if (rc)
		fuzz_refused(&e);
	DEMAND(sum.untrusted <= sum.events && sum.bad_lines <= sum.lines);
	if (format == REPORT_TEXT)
		for_people(text, n);
	else
		for_programs(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fuzz_input in = { bytes, n };
	auto_close int fd = fuzz_file(bytes, n);

	while (in.left) {
		size_t len;
		auto_free char *line = fuzz_until(&in, '\n', &len);

		one_line(line, len);
	}
	report(fd, "web", REPORT_NO_SESSION, REPORT_TEXT);
	report(fd, "00112233-4455-4677-8899-aabbccddeeff", REPORT_NO_SESSION, REPORT_JSON);
	report(fd, NULL, 3, REPORT_TEXT);
	report(fd, NULL, 3, REPORT_JSON);
	return 0;
}
