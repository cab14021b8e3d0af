/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_policy.c - a policy file of any bytes: read, shown, read again from what was shown.
 *
 * Every refusal must name the file and, but for its size, a line; what is accepted must print and read back to
 * the same values. Build: clang -fsanitize=fuzzer,address,undefined.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/keys.h"
#include "policy/policy.h"

#define DEMAND(x) do { if (!(x)) abort(); } while (0)

static struct policy *read_bytes(const char *bytes, size_t n, struct err *e)
{
	AUTO(policy_free_auto) struct policy *p = calloc(1, sizeof(*p));

	DEMAND(p && str_copy("f", &p->name, e) == 0 && str_copy("/f.policy", &p->path, e) == 0 &&
	       keys_init(p, e) == 0);
	return keys_read(p, bytes, n, e) ? NULL : take_ptr(&p);
}

static void same(const struct policy *a, const struct policy *b)
{
	for (int k = 0; k < KEY_COUNT; k++) {
		DEMAND(a->v[k].num == b->v[k].num && a->v[k].num2 == b->v[k].num2);
		DEMAND(a->v[k].list.len == b->v[k].list.len);
		for (size_t i = 0; i < a->v[k].list.len; i++)
			DEMAND(strcmp(a->v[k].list.item[i], b->v[k].list.item[i]) == 0);
	}
}

/* The file that says the same on one line a key; what is built in and empty cannot be said. */
static void read_back(const struct policy *p)
{
	AUTO(policy_free_auto) struct policy *again = NULL;
	auto_str struct str s = { 0 };
	struct err e;

	for (int k = 0; k < KEY_COUNT; k++) {
		auto_str struct str value = { 0 };

		if (!key_is_set(p, (enum key)k))
			continue;
		DEMAND(str_add(&value, "", &e) == 0 && key_print(p, (enum key)k, &value, &e) == 0);
		if (value.len > 4000)
			return;		/* longer than a line may be */
		DEMAND(str_addf(&s, &e, "[%s]\n%s=%s\n", key_defs[k].section, key_defs[k].key, value.text) == 0);
	}
	again = read_bytes(s.text ? s.text : "", s.len, &e);
	DEMAND(again);
	same(p, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct err e = { 0 };
	AUTO(policy_free_auto) struct policy *p = read_bytes((const char *)bytes, n, &e);
	auto_json json_t *j = NULL;

	if (!p) {
		DEMAND(str_starts(e.text, "/f.policy:"));
		return 0;
	}
	DEMAND(policy_show_json(p, &j, &e) == 0);
	read_back(p);
	return 0;
}
