/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_read.h - what the functions that take a property work with. Private to bundle*.c. */
#ifndef SECCTR_PLAN_BUNDLE_READ_H
#define SECCTR_PLAN_BUNDLE_READ_H

#include "launcher/plan/bundle.h"

struct reading {
	struct bundle *b;
	struct plan *p;
	const json_t *document;
	const char *what;		/* the document's name */
	const char *path;		/* of the property that is taken */
	char shown[BUNDLE_PATH_MAX];	/* the same while the document is walked */
};

/* "config.json: linux.seccomp.flags: ..."; the detail may name an element. Gives -1. */
int bundle_refuse(const struct reading *r, struct err *e, enum err_reason reason, const char *fmt, ...) PRINTF(4, 5);

/* The value at a dotted path below `from`, or NULL: not there, or null. */
const json_t *bundle_at(const json_t *from, const char *path);
const char *bundle_text(const json_t *from, const char *path);			/* or NULL */
int64_t bundle_number(const json_t *from, const char *path, int64_t otherwise);
bool bundle_yes(const json_t *from, const char *path);

int bundle_texts(const struct reading *r, const json_t *list, struct strv *to, size_t max, struct err *e) MUST_CHECK;
int bundle_map(const struct reading *r, const json_t *map, struct strv *to, size_t max, struct err *e) MUST_CHECK;
/* Number within [min, max] into *to. */
int bundle_within(const struct reading *r, const json_t *value, int64_t min, int64_t max, int64_t *to, struct err *e) MUST_CHECK;

typedef int bundle_take(struct reading *r, const json_t *value, struct err *e);
/* bundle_process.c */
bundle_take take_terminal, take_console_size, take_cwd, take_env, take_args, take_rlimits, take_apparmor, take_capabilities,
	take_nnp, take_oom_score, take_label, take_uid, take_gid, take_umask, take_groups;
/* bundle_scheduling.c */
bundle_take take_scheduler, take_io_priority, take_exec_affinity, take_memory_policy, take_time_offsets;
/* bundle_files.c: a /dev where the document has none */
int bundle_add_dev(struct plan *p, struct err *e) MUST_CHECK;
bundle_take take_root_path, take_root_readonly, take_mounts, take_masked, take_readonly_paths, take_mount_label,
	take_propagation;
/* bundle_linux.c */
bundle_take take_version, take_hostname, take_domainname, take_annotations, take_namespaces, take_uid_map, take_gid_map,
	take_sysctls, take_net_devices, take_cgroup, take_devices, take_device_rules, take_memory, take_swap, take_reservation, take_swappiness,
	take_no_oom_kill, take_shares, take_quota, take_cpus, take_mems, take_pids, take_io_weight, take_personality, take_hierarchy;
/* bundle_hooks.c: by the path */
bundle_take take_hooks;
/* bundle_resources.c */
bundle_take take_burst, take_idle, take_weight_devices, take_throttle, take_hugepages, take_unified, take_check_before, take_rt_runtime,
	take_rt_period, take_net_class, take_net_priorities, take_rdma;
/* bundle_seccomp.c */
bundle_take take_seccomp;

#endif
