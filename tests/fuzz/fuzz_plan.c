/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_plan.c - a saved plan of any bytes: text, copy and digest agree; what plan_check() passes is in bounds. */
#include "launcher/base/ids.h"
#include "launcher/base/path.h"
#include "launcher/plan/plan.h"
#include "tests/fuzz/fuzz.h"

static void checked(const struct plan *p)
{
	DEMAND(id_is_valid(p->id) && p->process.argv.len && p->process.argv.len <= PLAN_ARGV_MAX);
	DEMAND(!p->process.cwd || path_is_canonical(p->process.cwd));
	for (size_t i = 0; i < p->process.env.len; i++)
		DEMAND(strchr(p->process.env.item[i], '=') > p->process.env.item[i]);
	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);

		DEMAND(path_is_canonical(m->target) && m->target[1] && !strstr(m->target, "/../"));
		DEMAND(m->kind != PLAN_MOUNT_BIND || path_is_canonical(m->source));
	}
	DEMAND(!p->root.path != !p->root.layers.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	auto_plan struct plan *p = NULL, *again = NULL, *copy = NULL;
	auto_free char *text = NULL, *text2 = NULL, *text3 = NULL;
	struct err e = { 0 };

	if (plan_read((const char *)bytes, n, "p", &p, &e)) {
		fuzz_refused(&e);
		return 0;
	}
	DEMAND(plan_text(p, &text, &e) == 0);
	DEMAND(plan_read(text, strlen(text), "p", &again, &e) == 0);
	DEMAND(plan_text(again, &text2, &e) == 0 && strcmp(text, text2) == 0);
	DEMAND(plan_copy(p, &copy, &e) == 0 && plan_text(copy, &text3, &e) == 0 && strcmp(text, text3) == 0);
	if (plan_check(p, &e) == 0) {
		checked(p);
		DEMAND(plan_check(again, &e) == 0);
	} else {
		fuzz_refused(&e);
	}
	DEMAND(plan_add_standard(p, &e) == 0 || e.reason == ERR_LIMIT);
	return 0;
}
