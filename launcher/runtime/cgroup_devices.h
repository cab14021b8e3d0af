/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_devices.h - which devices the processes of a control group may make, read and write.
 *
 * Allowed are the nodes that every container has in /dev (null, zero, full, random, urandom, tty, ptmx) and the
 * pseudo terminals, and what plan.devices adds. All else is refused by the kernel, whoever the process is and
 * wherever a node comes from.
 *
 * On v2 the list is a program (BPF_PROG_TYPE_CGROUP_DEVICE) attached to the group; on v1 it is written to
 * devices.deny and devices.allow. Where the list cannot be put in force the start fails. A host without any control
 * group has no list: a plan that asks for a device is refused there.
 */
#ifndef SECCTR_RUNTIME_CGROUP_DEVICES_H
#define SECCTR_RUNTIME_CGROUP_DEVICES_H

#include "launcher/plan/plan.h"
#include "launcher/runtime/cgroup_tree.h"

/* `fd`: the group's directory in the v2 tree, or -1. `below` is in every tree. */
int cgroup_devices_apply(const struct plan *p, const struct cgroup_trees *trees, const char *below, int fd,
			 struct err *e) MUST_CHECK;

/* At most 9 instructions a rule: 64 of the plan and the standard ones are far below the kernel's 4096. */
struct bpf_insn;
enum { CGROUP_DEVICES_INSNS = 9 * (PLAN_DEVICES_MAX + 16) };
/* The program's instructions into `to`, which has room for CGROUP_DEVICES_INSNS; how many. */
size_t cgroup_devices_program(const struct plan *p, struct bpf_insn *to);

#endif
