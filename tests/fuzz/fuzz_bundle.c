/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_bundle.c - config.json of any bytes: what is taken obeys the limits, and is a plan that its own text gives back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/base/path.h"
#include "launcher/plan/bundle.h"

#define DEMAND(x) do { if (!(x)) abort(); } while (0)

static void check_mounts(const struct plan *p)
{
	DEMAND(p->mounts.len >= 1 && p->mounts.len <= PLAN_MOUNTS_MAX);
	for (size_t i = 0; i < p->mounts.len; i++)
		DEMAND(path_is_canonical(PLAN_MOUNT(p, i)->target) && PLAN_MOUNT(p, i)->kind != PLAN_MOUNT_NONE &&
		       (PLAN_MOUNT(p, i)->kind != PLAN_MOUNT_BIND || *PLAN_MOUNT(p, i)->source));
}

static void check_devices(const struct plan *p)
{
	DEMAND(p->devices.len <= PLAN_DEVICES_MAX);
	for (size_t i = 0; i < p->devices.len; i++)
		DEMAND(*PLAN_DEVICE(p, i)->access);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	auto_bundle struct bundle b = { 0 };
	auto_plan struct plan *again = NULL;
	auto_free char *text = NULL, *other = NULL;
	struct err e = { 0 };

	if (bundle_read((const char *)bytes, n, "config.json", &b, &e)) {
		DEMAND(e.text[0] && !b.plan);
		return 0;
	}
	DEMAND(b.plan->origin == PLAN_OCI && b.plan->root.path && b.plan->process.argv.len && b.version);
	DEMAND(b.plan->process.user.uid >= 0 && b.plan->process.user.uid < UINT32_MAX && b.plan->process.user.groups.len <= BUNDLE_GROUPS_MAX);
	DEMAND(b.plan->annotations.len <= BUNDLE_ANNOTATIONS_MAX && b.plan->seccomp.rules.len <= BUNDLE_RULES_MAX);
	DEMAND(!b.plan->resources.cgroup_name || !strchr(b.plan->resources.cgroup_name, '/'));
	DEMAND(!b.plan->resources.cgroup_parent || (path_is_canonical(b.plan->resources.cgroup_parent)));
	check_mounts(b.plan);
	check_devices(b.plan);
	/* Values of 2^63 and more that JSON of ours cannot hold are the one thing that may fail here. */
	if (plan_text(b.plan, &text, &e))
		return 0;
	DEMAND(plan_read(text, strlen(text), "plan", &again, &e) == 0 && plan_text(again, &other, &e) == 0);
	DEMAND(strcmp(text, other) == 0);
	return 0;
}
