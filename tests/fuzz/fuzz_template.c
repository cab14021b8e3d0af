/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_template.c - a template of any bytes over one document: what it prints is within bounds and, but for the
 * template's own text, harmless on a terminal.
 */
#include "launcher/base/json.h"
#include "launcher/base/template.h"
#include "tests/fuzz/fuzz.h"

static const char document[] =
	"{\"Id\": \"a\", \"Names\": [\"web\", \"\\u001b[31m\"], \"On\": true, \"Zero\": 0, \"Pid\": 42, \"Nothing\": null, \"Big\": 18446744073709551615,"
	" \"State\": {\"Status\": \"\\u202erun\", \"Pid\": 42}, \"Labels\": {\"b\": \"2\", \"a\": \"\\u009b1\"}, \"List\": []}";

static const char *heading(const void *arg, const char *name)
{
	(void)arg;
	return *name == 'I' ? "ID" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const char *const maps[] = { "Labels", NULL };
	struct fuzz_input in = { bytes, n };
	auto_free char *text = fuzz_word(&in);
	AUTO(template_free_auto) struct template *t = NULL;
	auto_json json_t *j = NULL;
	auto_str struct str out = { 0 }, head = { 0 };
	struct template_doc doc = { .maps = maps };
	struct err e = { 0 };

	if (template_parse(text, &t, &e)) {
		fuzz_refused(&e);
		DEMAND(strstr(e.text, "template"));
		return 0;
	}
	DEMAND(strlen(text) <= TEMPLATE_BYTES_MAX);
	DEMAND(json_read(document, strlen(document), "d", &j, &e) == 0);
	doc.json = j;
	if (template_render(t, &doc, &out, &e))
		fuzz_refused(&e);
	DEMAND(out.len <= TEMPLATE_OUTPUT_MAX);
	/* What the template itself does not have came from the document, and was made safe. */
	if (!strchr(text, '\x1b') && out.text)
		DEMAND(!memchr(out.text, '\x1b', out.len));
	if (!strstr(text, "\xe2\x80\xae") && out.text)
		DEMAND(!memmem(out.text, out.len, "\xe2\x80\xae", 3));
	if (template_headings(t, heading, NULL, &head, &e))
		fuzz_refused(&e);
	(void)template_uses(t, "Names");
	return 0;
}
