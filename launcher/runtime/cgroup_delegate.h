/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_delegate.h - the control group of a container that may write it (ProtectControlGroups=no): systemd(1) keeps its own below.
 *
 * What it may write at the top is what the kernel delegates (CFTYPE_NS_DELEGATABLE): moving processes and handing controllers
 * down, never its own limits. On v2 that holds where the hierarchy is mounted with nsdelegate (cgroup-v2.rst, "Delegation
 * Containment"; systemd mounts it so): elsewhere the start is refused. With SELinux those files and the directory get the
 * container's file label, which what is made below inherits (polcap cgroup_seclabel); all others keep the host's, read-only.
 * On v1 only the hierarchy name=systemd is ever seen inside, and it limits nothing.
 */
#ifndef SECCTR_RUNTIME_CGROUP_DELEGATE_H
#define SECCTR_RUNTIME_CGROUP_DELEGATE_H

#include "launcher/plan/plan.h"
#include "launcher/runtime/cgroup_tree.h"

/* `below` is in every tree. Nothing where the plan's control groups are read-only. */
int cgroup_delegate(const struct plan *p, const struct cgroup_trees *trees, const char *below, struct err *e) MUST_CHECK;

#endif
