/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_tree.h - the mounted control group hierarchies that we use.
 *
 * On pure v2 this is two system calls; else /proc/self/mountinfo (proc_pid_mountinfo(5)) is read. A
 * mount that is read-only, hidden below another (its device differs from mountinfo's) or of a path
 * with blanks is not used.
 */
#ifndef SECCTR_RUNTIME_CGROUP_TREE_H
#define SECCTR_RUNTIME_CGROUP_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "launcher/base/err.h"

#define CGROUP_MOUNT "/sys/fs/cgroup"

enum cgroup_controller {
	CGROUP_CPU, CGROUP_CPUACCT, CGROUP_MEMORY, CGROUP_PIDS, CGROUP_DEVICES, CGROUP_FREEZER, CGROUP_NAMED,
	/* v1: groups are made there only for a limit that needs them */
	CGROUP_CPUSET, CGROUP_BLKIO, CGROUP_HUGETLB, CGROUP_NET_CLS, CGROUP_NET_PRIO, CGROUP_RDMA,
	CGROUP_CONTROLLERS,
};
extern const char *const cgroup_controller_words[];	/* NULL-terminated */

enum { CGROUP_TREES_MAX = 16, CGROUP_TREE_PATH = 256 };

struct cgroup_tree {
	bool v2;
	unsigned controllers;		/* v1: bits 1 << enum cgroup_controller; v2: see its cgroup.controllers */
	dev_t dev;
	int fd;				/* O_PATH of the mount's top */
	char path[CGROUP_TREE_PATH];
};

struct cgroup_trees {
	struct cgroup_tree item[CGROUP_TREES_MAX];	/* the v2 one first, if there is one */
	size_t len;
};

int cgroup_trees_find(struct cgroup_trees *ret, struct err *e) MUST_CHECK;
/* Close the trees that have nothing but controllers of `mask` (bits as above). */
void cgroup_trees_drop(struct cgroup_trees *t, unsigned mask);
void cgroup_trees_done(struct cgroup_trees *t);

/* Whether /sys/fs/cgroup itself is cgroup2. */
bool cgroup_is_v2(void);
/* Whether cgroup2 is mounted with nsdelegate, which is the whole hierarchy's. */
int cgroup_contains(bool *ret, struct err *e) MUST_CHECK;

#endif
