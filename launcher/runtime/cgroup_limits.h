/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_limits.h - the limits of a plan as writes to files of a control group.
 *
 * One row per limit: field, controller, file and spelling for v2 and for v1.
 */
#ifndef SECCTR_RUNTIME_CGROUP_LIMITS_H
#define SECCTR_RUNTIME_CGROUP_LIMITS_H

#include "launcher/plan/plan.h"
#include "launcher/runtime/cgroup_tree.h"

/* Values that mean nothing (0, a swap total below the memory, a quota below the kernel's least): ERR_INPUT. */
int cgroup_limits_check(const struct plan_resources *r, struct err *e) MUST_CHECK;

/* The field name of the first limit asked for, or NULL. */
const char *cgroup_limits_any(const struct plan_resources *r);

/* The controllers (bits 1 << enum cgroup_controller) that these limits need. */
unsigned cgroup_limits_controllers(const struct plan_resources *r);

/*
 * Apply all of them in the group `below`, which is in every tree. On v2 a controller that is not
 * handed down is enabled from the tree's top to the group's parent. On v1 a group of the cpuset hierarchy gets the
 * processors and nodes of the one above it first: without, nothing can be put into it (cpuset(7)).
 */
int cgroup_limits_apply(const struct plan_resources *r, const struct cgroup_trees *trees, const char *below,
			struct err *e) MUST_CHECK;

/*
 * The same for a group that is in use. A limit that `before` or `first` has and `now` has not gets the kernel's default.
 * Where one limit keeps another from being set (v1: memory above memory and swap), order does not matter.
 */
struct cgroup_change;
int cgroup_limits_update(const struct cgroup_change *change, const struct cgroup_trees *trees, const char *below,
			 struct err *e) MUST_CHECK;

#endif
