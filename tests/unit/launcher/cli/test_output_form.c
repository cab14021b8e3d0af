/* SPDX-License-Identifier: Apache-2.0 */
/* test_output_form.c - --format: which words are which form, and what a form will show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/cli/output.h"

static void forms(void **state)
{
	static const struct {
		const char *text;
		enum output_kind kind;
		bool mounts;
	} rows[] = {
		{ NULL, OUTPUT_TABLE, false }, { "", OUTPUT_TABLE, false }, { "table", OUTPUT_TABLE, false }, { "json", OUTPUT_JSON, true },
		{ "{{json .}}", OUTPUT_JSON, true }, { "{{ json . }}", OUTPUT_JSON, true }, { "{{json .ID}}", OUTPUT_TEMPLATE, false },
		{ "{{.ID}}", OUTPUT_TEMPLATE, false }, { "{{.Mounts}}", OUTPUT_TEMPLATE, true }, { "table {{.ID}}", OUTPUT_TEMPLATE_TABLE, false },
		{ "table  {{.Mounts}}", OUTPUT_TEMPLATE_TABLE, true }, { "tabled {{.ID}}", OUTPUT_TEMPLATE, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_output_form struct output_form f = { 0 };
		struct err e = { 0 };

		if (output_form_read(rows[i].text, &f, &e))
			fail_msg("%s: %s", rows[i].text, e.text);
		if (f.kind != rows[i].kind || output_form_uses(&f, "Mounts") != rows[i].mounts)
			fail_msg("%s: kind %d", rows[i].text, f.kind);
	}
	for (const char *const *w = (const char *const[]){ "yaml", "jsonx", "table x", "{{", "{{.A", NULL }; *w; w++) {
		auto_output_form struct output_form f = { 0 };
		struct err e = { 0 };

		assert_int_equal(output_form_read(*w, &f, &e), -1);
		assert_int_equal(e.reason, ERR_USAGE);
		assert_non_null(strstr(e.text, "--format"));
	}
}

static void durations(void **state)
{
	static const struct {
		int64_t nsec;
		const char *is;
	} rows[] = {
		{ 0, "0s" }, { 10000000, "10ms" }, { 1500000, "1.5ms" }, { 1000000000, "1s" }, { 1230000000, "1.23s" }, { 10000000000, "10s" },
		{ 60000000000, "1m0s" }, { 3723500000000, "1h2m3.5s" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[48];

		output_duration(rows[i].nsec, text, sizeof(text));
		assert_string_equal(text, rows[i].is);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(forms), cmocka_unit_test(durations) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
