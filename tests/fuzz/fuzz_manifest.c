/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_manifest.c - image documents of any bytes; the first byte chooses which. What is taken must obey spec/image.h. */
#include <stdint.h>
#include <stdlib.h>

#include "launcher/base/digest.h"
#include "launcher/spec/image.h"

#define DEMAND(x) do { if (!(x)) abort(); } while (0)

static void check_list(const struct field_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct spec_descriptor *d = FIELD_AT(list, struct spec_descriptor, i);

		DEMAND(digest_is_valid(d->digest) && d->size >= 0 && d->urls.len == 0);
	}
}

static int refused(const struct err *e)
{
	DEMAND(e->text[0]);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	auto_spec_index struct spec_index index = { 0 };
	auto_spec_manifest struct spec_manifest manifest = { 0 };
	auto_spec_config struct spec_config config = { 0 };
	auto_spec_docker struct field_list docker = { 0 };
	const char *text = (const char *)bytes + 1;
	struct err e = { 0 };

	if (n == 0)
		return 0;
	switch (bytes[0] % 4) {
	case 0:
		if (spec_index_parse(text, n - 1, "f", NULL, &index, &e) < 0)
			return refused(&e);
		check_list(&index.manifests);
		return 0;
	case 1:
		if (spec_manifest_parse(text, n - 1, "f", NULL, &manifest, &e) < 0)
			return refused(&e);
		check_list(&manifest.layers);
		return 0;
	case 2:
		if (spec_config_parse(text, n - 1, "f", &config, &e) < 0)
			return refused(&e);
		for (size_t i = 0; i < config.diff_ids.len; i++)
			DEMAND(digest_is_valid(config.diff_ids.item[i]));
		return 0;
	default:
		return spec_docker_parse(text, n - 1, "f", &docker, &e) < 0 ? refused(&e) : 0;
	}
}
