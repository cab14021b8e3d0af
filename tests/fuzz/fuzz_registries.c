/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_registries.c - a name, a NUL, then registries.conf; or a header WWW-Authenticate: any bytes are read or refused in words. */
#include "launcher/image/challenge.h"
#include "launcher/image/registries.h"
#include "tests/fuzz/fuzz.h"

static void challenge(const char *text)
{
	struct challenge c = { 0 };
	struct err e = { 0 };

	if (challenge_read(text, &c, &e) < 0)
		fuzz_refused(&e);
	else
		DEMAND(c.scheme != CHALLENGE_BEARER || c.realm[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fuzz_input in = { bytes, n };
	auto_free char *name = fuzz_word(&in), *text = fuzz_take(&in, in.left);
	auto_registries struct registries r = { 0 };
	auto_registry_places struct registry_places p = { 0 };
	size_t len = n > strlen(name) ? n - strlen(name) - 1 : 0;
	struct err e = { 0 };

	challenge(name);
	if (registries_read(text, len, "f", &r, &e) < 0 || registries_resolve(&r, name, &p, &e) < 0) {
		fuzz_refused(&e);
		return 0;
	}
	DEMAND(p.n >= 1 && p.name[0] && p.ref.registry);
	for (size_t i = 0; i < p.n; i++)
		DEMAND(p.place[i].host[0] && !strpbrk(p.place[i].host, "/@ ") && p.place[i].repository[0] && !strstr(p.place[i].repository, ".."));
	return 0;
}
