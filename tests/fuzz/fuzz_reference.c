/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_reference.c - an image reference of any text: its printed form is read again and prints the same. */
#include "launcher/base/digest.h"
#include "launcher/store/reference.h"
#include "tests/fuzz/fuzz.h"

static void parts(const struct reference *r)
{
	DEMAND(r->name[0] && r->name[0] != '/' && !strstr(r->name, "//") && !strstr(r->name, "..") && !strpbrk(r->name, ":@ "));
	DEMAND(strlen(r->name) <= REFERENCE_NAME_MAX);
	DEMAND(!r->tag || (r->tag[0] && r->tag[0] != '.' && strlen(r->tag) <= REFERENCE_TAG_MAX && !strchr(r->tag, '/')));
	DEMAND(!r->digest || digest_is_valid(r->digest));
	DEMAND(!r->registry || (r->registry[0] && !strpbrk(r->registry, "/@ []")));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fuzz_input in = { bytes, n };
	auto_free char *text = fuzz_word(&in), *whole = NULL, *again = NULL, *third = NULL;
	auto_reference struct reference r = { 0 }, r2 = { 0 };
	struct err e = { 0 };

	if (reference_parse(text, &r, &e) < 0) {
		fuzz_refused(&e);
		return 0;
	}
	parts(&r);
	if (reference_print(&r, "docker.io", &whole, &e) < 0) {
		fuzz_refused(&e);
		return 0;
	}
	for (const char *c = whole; *c; c++)
		DEMAND(*c > 0x20 && *c < 0x7f && *c != '\'' && *c != '"');
	DEMAND(reference_parse(whole, &r2, &e) == 0);
	DEMAND(r2.registry && reference_print(&r2, "docker.io", &again, &e) == 0 && strcmp(whole, again) == 0);
	DEMAND(image_reference_normalise(text, &third, &e) == 0 && strcmp(whole, third) == 0);
	return 0;
}
