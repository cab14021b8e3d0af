/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_json.c - a JSON document of any bytes: what is read prints canonically, and reads back the same. */
#include "launcher/base/json.h"
#include "tests/fuzz/fuzz.h"

static json_t *read_text(const char *text)
{
	json_t *j = NULL;
	struct err e;

	DEMAND(json_read(text, strlen(text), "f", &j, &e) == 0);
	return j;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	auto_json json_t *j = NULL, *again = NULL, *pretty = NULL;
	auto_free char *text = NULL, *text2 = NULL, *people = NULL;
	struct err e = { 0 };

	if (json_read((const char *)bytes, n, "f", &j, &e)) {
		fuzz_refused(&e);
		DEMAND(str_starts(e.text, "f:"));
		return 0;
	}
	DEMAND(json_is_object(j) || json_is_array(j));
	DEMAND(json_canonical(j, &text, &e) == 0 && json_pretty(j, &people, &e) == 0);
	DEMAND(str_is_utf8(text, strlen(text)) && !strchr(text, '\n'));
	again = read_text(text);
	pretty = read_text(people);
	DEMAND(json_equal(j, again) && json_equal(j, pretty));
	DEMAND(json_canonical(again, &text2, &e) == 0 && strcmp(text, text2) == 0);
	return 0;
}
