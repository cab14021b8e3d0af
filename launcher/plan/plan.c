/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c - the tables that describe a plan, and what is made from them. */
#include "launcher/plan/plan.h"

#include <string.h>

#include "launcher/base/ids.h"
#include "launcher/base/json.h"
#include "launcher/base/path.h"
#include "launcher/plan/syscalls.h"

const char *const plan_origin_words[] = { "", "cli", "unit", "oci", NULL };
const char *const plan_ns_words[] = { "mount", "pid", "network", "ipc", "uts", "cgroup", "user", "time", NULL };
const char *const plan_ns_mode_words[] = { "", "new", "host", "path", "container", NULL };
const char *const plan_net_words[] = { "", "none", "host", "private", "path", "container", NULL };
const char *const plan_mount_words[] = { "", "bind", "tmpfs", "proc", "sysfs", "devpts", "mqueue",
					 "cgroup", "dev", "copy", "image", "volume", NULL };
const char *const plan_require_words[] = { "", "enforcing", "if-enabled", "no", NULL };
const char *const plan_restart_words[] = { "", "on-failure", "always", "unless-stopped", NULL };
static const char *const relabel_words[] = { "", "shared", "private", NULL };
const char *const plan_propagation_words[] = { "", "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable", NULL };
const char *const plan_scheduler_words[] = { "", "other", "batch", "idle", "fifo", "rr", "deadline", NULL };
static const char *const io_class_words[] = { "", "best-effort", "idle", "realtime", NULL };
static const char *const memory_words[] = {
	"", "default", "preferred", "bind", "interleave", "local", "preferred-many", "weighted-interleave", NULL
};
static const char *const atime_words[] = { "", "relatime", "noatime", "strictatime", NULL };
static const char *const manager_words[] = { "", "systemd", "cgroupfs", "none", "split", NULL };
static const char *const notify_words[] = { "", "monitor", "ignore", NULL };
const char *const plan_log_words[] = { "", "file", "none", "journald", NULL };
const char *const plan_io_words[] = { "", "weight", "rbps", "wbps", "riops", "wiops", NULL };

const struct field plan_idmap_fields[] = {
	FIELD_INT(struct plan_idmap, "inside", inside, FIELD_NEED),
	FIELD_INT(struct plan_idmap, "host", host, FIELD_NEED),
	FIELD_INT(struct plan_idmap, "size", size, FIELD_NEED),
	FIELD_END
};

const struct field plan_mount_fields[] = {
	FIELD_ENUM(struct plan_mount, "type", kind, FIELD_NEED, plan_mount_words),
	FIELD_STR(struct plan_mount, "source", source, 0),
	FIELD_STR(struct plan_mount, "target", target, FIELD_NEED),
	FIELD_BOOL(struct plan_mount, "readonly", readonly, 0),
	FIELD_BOOL(struct plan_mount, "noexec", noexec, 0),
	FIELD_BOOL(struct plan_mount, "dev", dev, 0),
	FIELD_BOOL(struct plan_mount, "suid", suid, 0),
	FIELD_BOOL(struct plan_mount, "nosymfollow", nosymfollow, 0),
	FIELD_BOOL(struct plan_mount, "nodiratime", nodiratime, 0),
	FIELD_BOOL(struct plan_mount, "recursive", recursive, 0),
	FIELD_STRV(struct plan_mount, "recursiveOptions", recursive_options, 0),
	FIELD_BOOL(struct plan_mount, "copyUp", copy_up, 0),
	FIELD_LIST(struct plan_mount, "uidMap", uid_map, 0, plan_idmap_fields, struct plan_idmap),
	FIELD_LIST(struct plan_mount, "gidMap", gid_map, 0, plan_idmap_fields, struct plan_idmap),
	FIELD_BOOL(struct plan_mount, "standard", standard, 0),
	FIELD_BOOL(struct plan_mount, "nocopy", nocopy, 0),
	FIELD_BOOL(struct plan_mount, "anonymous", anonymous, 0),
	FIELD_BOOL(struct plan_mount, "idmap", idmap, 0),
	FIELD_BOOL(struct plan_mount, "chown", chown, 0),
	FIELD_ENUM(struct plan_mount, "relabel", relabel, 0, relabel_words),
	FIELD_ENUM(struct plan_mount, "propagation", propagation, 0, plan_propagation_words),
	FIELD_ENUM(struct plan_mount, "atime", atime, 0, atime_words),
	FIELD_INT(struct plan_mount, "size", size, 0),
	FIELD_INT(struct plan_mount, "mode", mode, 0),
	FIELD_INT(struct plan_mount, "uid", uid, 0),
	FIELD_INT(struct plan_mount, "gid", gid, 0),
	FIELD_STR(struct plan_mount, "digest", digest, 0),
	FIELD_STRV(struct plan_mount, "layers", layers, 0),
	FIELD_END
};

const char *const plan_hook_words[] = { "", "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop", NULL };

static const struct field hook_fields[] = {
	FIELD_ENUM(struct plan_hook, "when", when, FIELD_NEED, plan_hook_words),
	FIELD_STR(struct plan_hook, "path", path, FIELD_NEED),
	FIELD_STRV(struct plan_hook, "args", args, 0),
	FIELD_STRV(struct plan_hook, "env", env, 0),
	FIELD_INT(struct plan_hook, "timeout", timeout, 0),
	FIELD_END
};

const struct field plan_limit_fields[] = {
	FIELD_STR(struct plan_limit, "type", name, FIELD_NEED),
	FIELD_U64(struct plan_limit, "soft", soft, FIELD_NEED),
	FIELD_U64(struct plan_limit, "hard", hard, FIELD_NEED),
	FIELD_END
};

static const struct field device_fields[] = {
	FIELD_STR(struct plan_device, "path", path, 0),
	FIELD_STR(struct plan_device, "target", target, 0),
	FIELD_STR(struct plan_device, "type", type, FIELD_NEED),
	FIELD_INT(struct plan_device, "major", major, FIELD_NEED),
	FIELD_INT(struct plan_device, "minor", minor, FIELD_NEED),
	FIELD_STR(struct plan_device, "access", access, FIELD_NEED),
	FIELD_INT(struct plan_device, "mode", mode, 0),
	FIELD_INT(struct plan_device, "uid", uid, 0),
	FIELD_INT(struct plan_device, "gid", gid, 0),
	FIELD_END
};

static const struct field io_fields[] = {
	FIELD_ENUM(struct plan_io, "what", what, FIELD_NEED, plan_io_words),
	FIELD_STR(struct plan_io, "path", path, FIELD_NEED),
	FIELD_INT(struct plan_io, "value", value, FIELD_NEED),
	FIELD_END
};

static const struct field user_fields[] = {
	FIELD_STR(struct plan_user, "text", text, 0),
	FIELD_INT(struct plan_user, "uid", uid, 0),
	FIELD_INT(struct plan_user, "gid", gid, 0),
	FIELD_STRV(struct plan_user, "groups", groups, 0),
	FIELD_STR(struct plan_user, "home", home, 0),
	FIELD_END
};

static const struct field process_fields[] = {
	FIELD_STRV(struct plan_process, "argv", argv, 0),
	FIELD_STRV(struct plan_process, "env", env, 0),
	FIELD_STR(struct plan_process, "cwd", cwd, 0),
	FIELD_OBJ(struct plan_process, "user", user, 0, user_fields),
	FIELD_BOOL(struct plan_process, "terminal", terminal, 0),
	FIELD_TRI(struct plan_process, "noNewPrivileges", no_new_privs, 0),
	FIELD_STRV(struct plan_process, "capAdd", cap_add, 0),
	FIELD_STRV(struct plan_process, "capDrop", cap_drop, 0),
	FIELD_STRV(struct plan_process, "capBounding", cap_bound, 0),
	FIELD_STRV(struct plan_process, "capEffective", cap_effective, 0),
	FIELD_STRV(struct plan_process, "capAmbient", cap_ambient, 0),
	FIELD_LIST(struct plan_process, "rlimits", limits, 0, plan_limit_fields, struct plan_limit),
	FIELD_INT(struct plan_process, "oomScoreAdj", oom_score_adj, 0),
	FIELD_INT(struct plan_process, "umask", umask, 0),
	FIELD_ENUM(struct plan_process, "scheduler", scheduler, 0, plan_scheduler_words),
	FIELD_INT(struct plan_process, "nice", nice, 0),
	FIELD_INT(struct plan_process, "schedPriority", sched_priority, 0),
	FIELD_INT(struct plan_process, "schedFlags", sched_flags, 0),
	FIELD_INT(struct plan_process, "schedRuntime", sched_runtime, 0),
	FIELD_INT(struct plan_process, "schedDeadline", sched_deadline, 0),
	FIELD_INT(struct plan_process, "schedPeriod", sched_period, 0),
	FIELD_ENUM(struct plan_process, "ioClass", io_class, 0, io_class_words),
	FIELD_INT(struct plan_process, "ioPriority", io_priority, 0),
	FIELD_STR(struct plan_process, "execCpusInitial", exec_cpus_initial, 0),
	FIELD_STR(struct plan_process, "execCpusFinal", exec_cpus_final, 0),
	FIELD_BOOL(struct plan_process, "linux32", linux32, 0),
	FIELD_STR(struct plan_process, "apparmor", apparmor, 0),
	FIELD_INT(struct plan_process, "preserveFds", preserve_fds, 0),
	FIELD_BOOL(struct plan_process, "hostEnvironment", host_env, 0),
	FIELD_BOOL(struct plan_process, "systemd", systemd, 0),
	FIELD_END
};

static const struct field root_fields[] = {
	FIELD_STR(struct plan_root, "path", path, 0),
	FIELD_STR(struct plan_root, "image", image, 0),
	FIELD_STR(struct plan_root, "imageDigest", image_digest, 0),
	FIELD_STRV(struct plan_root, "layers", layers, 0),
	FIELD_TRI(struct plan_root, "readonly", readonly, 0),
	FIELD_ENUM(struct plan_root, "propagation", propagation, 0, plan_propagation_words),
	FIELD_STRV(struct plan_root, "maskedPaths", masked, 0),
	FIELD_STRV(struct plan_root, "readonlyPaths", readonly_paths, 0),
	FIELD_END
};

static const struct field ns_fields[] = {
	FIELD_ENUM(struct plan_ns, "mode", mode, 0, plan_ns_mode_words),
	FIELD_STR(struct plan_ns, "path", path, 0),
	FIELD_END
};

static const struct field hugepages_fields[] = {
	FIELD_STR(struct plan_hugepages, "size", size, FIELD_NEED),
	FIELD_INT(struct plan_hugepages, "limit", limit, FIELD_NEED),
	FIELD_END
};

static const struct field resource_fields[] = {
	FIELD_INT(struct plan_resources, "memoryMax", memory_max, 0),
	FIELD_INT(struct plan_resources, "memorySwap", memory_swap, 0),
	FIELD_INT(struct plan_resources, "cpuQuota", cpu_quota, 0),
	FIELD_INT(struct plan_resources, "tasksMax", tasks_max, 0),
	FIELD_INT(struct plan_resources, "cpuWeight", cpu_weight, 0),
	FIELD_INT(struct plan_resources, "cpuPeriod", cpu_period, 0),
	FIELD_INT(struct plan_resources, "cpuBurst", cpu_burst, 0),
	FIELD_INT(struct plan_resources, "cpuIdle", cpu_idle, 0),
	FIELD_INT(struct plan_resources, "cpuRtRuntime", cpu_rt_runtime, 0),
	FIELD_INT(struct plan_resources, "cpuRtPeriod", cpu_rt_period, 0),
	FIELD_STR(struct plan_resources, "cpus", cpus, 0),
	FIELD_STR(struct plan_resources, "mems", mems, 0),
	FIELD_INT(struct plan_resources, "memoryLow", memory_low, 0),
	FIELD_INT(struct plan_resources, "ioWeight", io_weight, 0),
	FIELD_LIST(struct plan_resources, "io", io, 0, io_fields, struct plan_io),
	FIELD_LIST(struct plan_resources, "hugepages", hugepages, 0, hugepages_fields, struct plan_hugepages),
	FIELD_MAP(struct plan_resources, "unified", unified, 0),
	FIELD_INT(struct plan_resources, "swappiness", swappiness, 0),
	FIELD_BOOL(struct plan_resources, "oomKillDisable", oom_kill_disable, 0),
	FIELD_INT(struct plan_resources, "netClass", net_class, 0),
	FIELD_MAP(struct plan_resources, "netPriorities", net_priorities, 0),
	FIELD_MAP(struct plan_resources, "rdma", rdma, 0),
	FIELD_STR(struct plan_resources, "cgroupParent", cgroup_parent, 0),
	FIELD_STR(struct plan_resources, "cgroupName", cgroup_name, 0),
	FIELD_END
};

const struct field plan_seccomp_arg_fields[] = {
	FIELD_INT(struct plan_seccomp_arg, "index", index, FIELD_NEED),
	FIELD_STR(struct plan_seccomp_arg, "op", op, FIELD_NEED),
	FIELD_U64(struct plan_seccomp_arg, "value", value, 0),
	FIELD_U64(struct plan_seccomp_arg, "value2", value2, 0),
	FIELD_END
};

const struct field plan_seccomp_rule_fields[] = {
	FIELD_STRV(struct plan_seccomp_rule, "names", names, FIELD_NEED),
	FIELD_STR(struct plan_seccomp_rule, "action", action, FIELD_NEED),
	FIELD_INT(struct plan_seccomp_rule, "errno", errno_ret, 0),
	FIELD_BOOL(struct plan_seccomp_rule, "log", log, 0),
	FIELD_LIST(struct plan_seccomp_rule, "args", args, 0, plan_seccomp_arg_fields, struct plan_seccomp_arg),
	FIELD_END
};

static const struct field seccomp_fields[] = {
	FIELD_STRV(struct plan_seccomp, "filter", filter, 0),
	FIELD_BOOL(struct plan_seccomp, "none", none, 0),
	FIELD_STR(struct plan_seccomp, "defaultAction", default_action, 0),
	FIELD_INT(struct plan_seccomp, "defaultErrno", default_errno, 0),
	FIELD_STRV(struct plan_seccomp, "architectures", architectures, 0),
	FIELD_STRV(struct plan_seccomp, "flags", flags, 0),
	FIELD_STR(struct plan_seccomp, "listener", listener, 0),
	FIELD_STR(struct plan_seccomp, "metadata", metadata, 0),
	FIELD_LIST(struct plan_seccomp, "rules", rules, 0, plan_seccomp_rule_fields,
		   struct plan_seccomp_rule),
	FIELD_END
};

static const struct field memory_policy_fields[] = {
	FIELD_ENUM(struct plan_memory_policy, "mode", mode, 0, memory_words),
	FIELD_STR(struct plan_memory_policy, "nodes", nodes, 0),
	FIELD_INT(struct plan_memory_policy, "flags", flags, 0),
	FIELD_END
};

static const struct field selinux_fields[] = {
	FIELD_ENUM(struct plan_selinux, "require", require, 0, plan_require_words),
	FIELD_STR(struct plan_selinux, "type", type, 0),
	FIELD_STR(struct plan_selinux, "level", level, 0),
	FIELD_BOOL(struct plan_selinux, "sharedLevel", shared_level, 0),
	FIELD_STR(struct plan_selinux, "processLabel", process_label, 0),
	FIELD_STR(struct plan_selinux, "fileLabel", file_label, 0),
	FIELD_END
};

static const struct field audit_fields[] = {
	FIELD_BOOL(struct plan_audit, "require", require, 0),
	FIELD_BOOL(struct plan_audit, "recordExec", record_exec, 0),
	FIELD_INT(struct plan_audit, "auid", auid, 0),
	FIELD_BOOL(struct plan_audit, "newSession", new_session, 0),
	FIELD_STR(struct plan_audit, "onLost", on_lost, 0),
	FIELD_END
};

static const struct field monitor_fields[] = {
	FIELD_BOOL(struct plan_monitor, "detach", detach, 0),
	FIELD_BOOL(struct plan_monitor, "remove", remove, 0),
	FIELD_BOOL(struct plan_monitor, "interactive", interactive, 0),
	FIELD_ENUM(struct plan_monitor, "logDriver", log_driver, 0, plan_log_words),
	FIELD_INT(struct plan_monitor, "logMaxSize", log_max_size, 0),
	FIELD_INT(struct plan_monitor, "logMaxFiles", log_max_files, 0),
	FIELD_STR(struct plan_monitor, "logTag", log_tag, 0),
	FIELD_INT(struct plan_monitor, "stopSignal", stop_signal, 0),
	FIELD_INT(struct plan_monitor, "stopTimeout", stop_timeout, 0),
	FIELD_ENUM(struct plan_monitor, "restart", restart, 0, plan_restart_words),
	FIELD_INT(struct plan_monitor, "restartMax", restart_max, 0),
	FIELD_INT(struct plan_monitor, "runTimeout", run_timeout, 0),
	FIELD_STR(struct plan_monitor, "pidFile", pid_file, 0),
	FIELD_ENUM(struct plan_monitor, "sdNotify", notify, 0, notify_words),
	FIELD_STRV(struct plan_monitor, "createCommand", create_command, 0),
	FIELD_END
};

static const struct field policy_fields[] = {
	FIELD_STR(struct plan_policy, "name", name, 0),
	FIELD_STR(struct plan_policy, "path", path, 0),
	FIELD_STR(struct plan_policy, "digest", digest, 0),
	FIELD_BOOL(struct plan_policy, "observe", observe, 0),
	FIELD_STRV(struct plan_policy, "widened", widened, 0),
	FIELD_END
};

#define NS_ROW(word, kind) FIELD_OBJ(struct plan, "ns." word, ns[kind], 0, ns_fields)

static const struct field plan_fields[] = {
	FIELD_STR(struct plan, "id", id, 0),
	FIELD_STR(struct plan, "name", name, 0),
	FIELD_ENUM(struct plan, "origin", origin, 0, plan_origin_words),
	FIELD_STR(struct plan, "hostname", hostname, 0),
	FIELD_STR(struct plan, "domainname", domainname, 0),
	FIELD_OBJ(struct plan, "process", process, 0, process_fields),
	FIELD_OBJ(struct plan, "root", root, 0, root_fields),
	FIELD_LIST(struct plan, "mounts", mounts, 0, plan_mount_fields, struct plan_mount),
	FIELD_LIST(struct plan, "devices", devices, 0, device_fields, struct plan_device),
	FIELD_LIST(struct plan, "hooks", hooks, 0, hook_fields, struct plan_hook),
	NS_ROW("mount", PLAN_NS_MNT), NS_ROW("pid", PLAN_NS_PID), NS_ROW("network", PLAN_NS_NET),
	NS_ROW("ipc", PLAN_NS_IPC), NS_ROW("uts", PLAN_NS_UTS), NS_ROW("cgroup", PLAN_NS_CGROUP),
	NS_ROW("user", PLAN_NS_USER), NS_ROW("time", PLAN_NS_TIME),
	FIELD_LIST(struct plan, "uidMap", uid_map, 0, plan_idmap_fields, struct plan_idmap),
	FIELD_LIST(struct plan, "gidMap", gid_map, 0, plan_idmap_fields, struct plan_idmap),
	FIELD_INT(struct plan, "usernsSize", userns_size, 0),
	FIELD_LIST(struct plan, "usernsUids", userns_uids, 0, plan_idmap_fields, struct plan_idmap),
	FIELD_LIST(struct plan, "usernsGids", userns_gids, 0, plan_idmap_fields, struct plan_idmap),
	FIELD_ENUM(struct plan, "network", net, 0, plan_net_words),
	FIELD_OBJ(struct plan, "resources", resources, 0, resource_fields),
	FIELD_ENUM(struct plan, "cgroupManager", cgroup_manager, 0, manager_words),
	FIELD_OBJ(struct plan, "seccomp", seccomp, 0, seccomp_fields),
	FIELD_MAP(struct plan, "sysctls", sysctls, 0),
	FIELD_MAP(struct plan, "netDevices", net_devices, 0),
	FIELD_MAP(struct plan, "timeOffsets", time_offsets, 0),
	FIELD_OBJ(struct plan, "memoryPolicy", memory_policy, 0, memory_policy_fields),
	FIELD_OBJ(struct plan, "selinux", selinux, 0, selinux_fields),
	FIELD_OBJ(struct plan, "audit", audit, 0, audit_fields),
	FIELD_OBJ(struct plan, "monitor", monitor, 0, monitor_fields),
	FIELD_OBJ(struct plan, "policy", policy, 0, policy_fields),
	FIELD_MAP(struct plan, "labels", labels, 0),
	FIELD_MAP(struct plan, "annotations", annotations, 0),
	FIELD_STRV(struct plan, "ignored", ignored, 0),
	FIELD_END
};

int plan_new(struct plan **ret, struct err *e)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(e, ERR_SYSTEM, ENOMEM, "plan");
	fields_init(plan_fields, p);
	*ret = p;
	return 0;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	fields_done(plan_fields, p);
	free(p);
}

int plan_copy(const struct plan *p, struct plan **ret, struct err *e)
{
	auto_plan struct plan *copy = NULL;

	if (plan_new(&copy, e) || fields_copy(plan_fields, copy, p, e))
		return -1;
	*ret = take_ptr(&copy);
	return 0;
}

int plan_json(const struct plan *p, json_t **ret, struct err *e)
{
	return fields_to_json(plan_fields, p, ret, e);
}

int plan_text(const struct plan *p, char **ret, struct err *e)
{
	auto_json json_t *j = NULL;

	if (plan_json(p, &j, e))
		return -1;
	return json_canonical(j, ret, e);
}

int plan_digest(const char *text, struct digest *ret, struct err *e)
{
	return digest_bytes(text, strlen(text), ret, e);
}

int plan_read(const char *text, size_t len, const char *what, struct plan **ret, struct err *e)
{
	auto_plan struct plan *p = NULL;
	auto_json json_t *j = NULL;

	if (json_read(text, len, what, &j, e) || plan_new(&p, e) ||
	    fields_from_json(plan_fields, j, what, true, NULL, p, e))
		return -1;
	*ret = take_ptr(&p);
	return 0;
}

struct plan_mount *plan_mount_add(struct plan *p, int kind, const char *source, const char *target,
				  struct err *e)
{
	struct plan_mount *m;

	if (p->mounts.len >= PLAN_MOUNTS_MAX) {
		err_set(e, ERR_LIMIT, 0, "more than %d mounts", PLAN_MOUNTS_MAX);
		return NULL;
	}
	m = field_list_add(&p->mounts, plan_mount_fields, sizeof(*m));
	if (!m) {
		err_set(e, ERR_SYSTEM, ENOMEM, "mounts");
		return NULL;
	}
	m->kind = kind;
	if (str_copy(source, &m->source, e) || str_copy(target, &m->target, e))
		return NULL;
	return m;
}

struct plan_mount *plan_mount_on(const struct plan *p, const char *target)
{
	for (size_t i = 0; i < p->mounts.len; i++)
		if (strcmp(PLAN_MOUNT(p, i)->target, target) == 0)
			return PLAN_MOUNT(p, i);
	return NULL;
}

bool plan_writes_groups(const struct plan *p)
{
	for (size_t i = 0; i < p->mounts.len; i++)
		if (PLAN_MOUNT(p, i)->kind == PLAN_MOUNT_CGROUP && !PLAN_MOUNT(p, i)->readonly)
			return true;
	return false;
}

void plan_mount_raise(struct field_list *mounts)
{
	size_t last = mounts->len - 1, to = 0;
	struct plan_mount m = *FIELD_AT(mounts, struct plan_mount, last);

	while (to < last && !path_has_prefix(FIELD_AT(mounts, struct plan_mount, to)->target, m.target))
		to++;
	memmove(FIELD_AT(mounts, struct plan_mount, to + 1), FIELD_AT(mounts, struct plan_mount, to), (last - to) * sizeof(m));
	*FIELD_AT(mounts, struct plan_mount, to) = m;
}

struct plan_device *plan_device_add(struct plan *p, struct err *e)
{
	struct plan_device *d = p->devices.len < PLAN_DEVICES_MAX
		? field_list_add(&p->devices, device_fields, sizeof(*d)) : NULL;

	if (!d)
		err_set(e, ERR_LIMIT, 0, "more than %d devices", PLAN_DEVICES_MAX);
	return d;
}

struct plan_hook *plan_hook_add(struct plan *p, int when, const char *path, struct err *e)
{
	struct plan_hook *h = p->hooks.len < PLAN_HOOKS_MAX ? field_list_add(&p->hooks, hook_fields, sizeof(*h)) : NULL;

	if (!h) {
		err_set(e, ERR_LIMIT, 0, "more than %d hooks", PLAN_HOOKS_MAX);
		return NULL;
	}
	h->when = when;
	return str_copy(path, &h->path, e) ? NULL : h;
}

struct plan_io *plan_io_add(struct plan_resources *r, int what, const char *path, int64_t value, struct err *e)
{
	struct plan_io *io = r->io.len < PLAN_DEVICES_MAX ? field_list_add(&r->io, io_fields, sizeof(*io)) : NULL;

	if (!io) {
		err_set(e, ERR_LIMIT, 0, "more than %d limits of block devices", PLAN_DEVICES_MAX);
		return NULL;
	}
	io->what = what;
	io->value = value;
	return str_copy(path, &io->path, e) ? NULL : io;
}

struct plan_hugepages *plan_hugepages_of(struct plan_resources *r, const char *size, struct err *e)
{
	struct plan_hugepages *h;

	for (size_t i = 0; i < r->hugepages.len; i++)
		if (strcmp(PLAN_HUGEPAGES(r, i)->size, size) == 0)
			return PLAN_HUGEPAGES(r, i);
	h = r->hugepages.len < PLAN_DEVICES_MAX ? field_list_add(&r->hugepages, hugepages_fields, sizeof(*h)) : NULL;
	if (!h) {
		err_set(e, ERR_LIMIT, 0, "more than %d sizes of huge pages", PLAN_DEVICES_MAX);
		return NULL;
	}
	return str_copy(size, &h->size, e) ? NULL : h;
}

static const struct {
	int kind;
	const char *target;
	bool readonly, noexec;
	int64_t size, mode;
} standard_mounts[] = {
	/* /dev before what lies below it. /proc stays writable for sysctls of own name spaces;
	 * what must not be written is in readonly_paths. */
	{ PLAN_MOUNT_PROC,   "/proc",		false, true,  FIELD_NONE, FIELD_NONE },
	{ PLAN_MOUNT_DEV,    "/dev",		false, true,  64 << 10, 0755 },
	{ PLAN_MOUNT_DEVPTS, "/dev/pts",	false, true,  FIELD_NONE, FIELD_NONE },
	{ PLAN_MOUNT_TMPFS,  "/dev/shm",	false, true,  64 << 20, 01777 },
	{ PLAN_MOUNT_MQUEUE, "/dev/mqueue",	false, true,  FIELD_NONE, FIELD_NONE },
	{ PLAN_MOUNT_SYSFS,  "/sys",		true,  true,  FIELD_NONE, FIELD_NONE },
	{ PLAN_MOUNT_CGROUP, "/sys/fs/cgroup",	true,  true,  FIELD_NONE, FIELD_NONE },
};

/* containers/common pkg/config default masked and read-only paths, as of 2024. */
static const char *const masked[] = {
	"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
	"/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
	"/proc/interrupts", "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/fs/selinux",
	"/sys/dev/block", NULL
};
static const char *const readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL
};

static bool has_target(const struct field_list *mounts, const char *target)
{
	for (size_t i = 0; i < mounts->len; i++)
		if (strcmp(FIELD_AT(mounts, struct plan_mount, i)->target, target) == 0)
			return true;
	return false;
}

static int add_standard_mounts(struct plan *p, const struct field_list *asked, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(standard_mounts); i++) {
		struct plan_mount *m;

		if (has_target(asked, standard_mounts[i].target))
			continue;
		m = plan_mount_add(p, standard_mounts[i].kind, NULL, standard_mounts[i].target, e);
		if (!m)
			return -1;
		m->standard = true;
		m->readonly = standard_mounts[i].readonly;
		m->noexec = standard_mounts[i].noexec;
		m->dev = standard_mounts[i].kind == PLAN_MOUNT_DEV ||
			 standard_mounts[i].kind == PLAN_MOUNT_DEVPTS;
		m->size = standard_mounts[i].size;
		m->mode = standard_mounts[i].mode;
	}
	return 0;
}

static int add_words(struct strv *to, const char *const *words, struct err *e)
{
	for (; *words; words++)
		if (!strv_has(to, *words) && strv_add(to, *words, e))
			return -1;
	return 0;
}

int plan_add_standard(struct plan *p, struct err *e)
{
	struct field_list asked = p->mounts;
	int r;

	/* In front of what was asked for: a volume on /sys/x must not vanish below /sys. */
	p->mounts = (struct field_list){ 0 };
	r = add_standard_mounts(p, &asked, e);
	for (size_t i = 0; i < asked.len && r == 0; i++) {
		struct plan_mount *from = FIELD_AT(&asked, struct plan_mount, i);
		struct plan_mount *to = plan_mount_add(p, from->kind, NULL, NULL, e);

		if (!to) {
			r = -1;
			break;
		}
		*to = *from;
		*from = (struct plan_mount){ 0 };
	}
	for (size_t i = 0; i < asked.len; i++)
		fields_done(plan_mount_fields, FIELD_AT(&asked, struct plan_mount, i));
	free(asked.item);
	if (r || add_words(&p->root.masked, masked, e) ||
	    add_words(&p->root.readonly_paths, readonly_paths, e))
		return -1;
	return 0;
}

static int check_words(const struct strv *v, size_t max, size_t max_bytes, const char *what, struct err *e)
{
	size_t bytes = 0;

	if (v->len > max)
		return err_set(e, ERR_LIMIT, 0, "%s: %zu entries, more than %zu", what, v->len, max);
	for (size_t i = 0; i < v->len; i++) {
		size_t n = strlen(v->item[i]);

		/* execve(2) would refuse it, after the record of the start. */
		if (n > PLAN_WORD_MAX)
			return err_set(e, ERR_LIMIT, 0, "%s: entry %zu is too long: %zu bytes, the kernel takes %d", what, i, n,
				       PLAN_WORD_MAX);
		bytes += n + 1;
	}
	if (bytes > max_bytes)
		return err_set(e, ERR_LIMIT, 0, "%s: %zu bytes, more than %zu", what, bytes, max_bytes);
	return 0;
}

static int check_env(const struct strv *env, struct err *e)
{
	for (size_t i = 0; i < env->len; i++) {
		const char *eq = strchr(env->item[i], '=');

		if (!eq || eq == env->item[i])
			return err_set(e, ERR_INPUT, 0, "environment: not NAME=VALUE: %.64s", env->item[i]);
	}
	return 0;
}

static int check_mounts(const struct plan *p, struct err *e)
{
	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);

		if (!m->target || !path_is_canonical(m->target) || strcmp(m->target, "/") == 0)
			return err_set(e, ERR_INPUT, 0,
				       "mount target must be absolute, below / and without \".\", \"..\" or \"//\": %.256s",
				       m->target ? m->target : "(none)");
		if ((m->kind == PLAN_MOUNT_BIND || m->kind == PLAN_MOUNT_COPY) &&
		    (!m->source || !path_is_canonical(m->source)))
			return err_set(e, ERR_INPUT, 0,
				       "mount source must be absolute and without \".\", \"..\" or \"//\": %.256s",
				       m->source ? m->source : "(none)");
		if (m->kind == PLAN_MOUNT_VOLUME && name_check("volume name", m->source ? m->source : "", e))
			return -1;
		for (size_t k = 0; k < i; k++)
			if (strcmp(PLAN_MOUNT(p, k)->target, m->target) == 0)
				return err_set(e, ERR_INPUT, 0, "two mounts on %.256s", m->target);
	}
	return 0;
}

static int check_terminal(const struct plan *p, struct err *e)
{
	bool there = false;

	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);

		if (path_has_prefix(PLAN_PTS, m->target))
			there = m->kind == PLAN_MOUNT_DEVPTS && strcmp(m->target, PLAN_PTS) == 0;
	}
	if (!there)
		return err_set(e, ERR_INPUT, 0, "process.terminal: a terminal needs a devpts of the container's own on "
			       PLAN_PTS ", which a mount replaces or hides");
	return 0;
}

static int check_devices(const struct plan *p, struct err *e)
{
	for (size_t i = 0; i < p->devices.len; i++) {
		const struct plan_device *d = PLAN_DEVICE(p, i);

		if ((strcmp(d->type, "c") != 0 && strcmp(d->type, "b") != 0) || !*d->access ||
		    strspn(d->access, "rwm") != strlen(d->access) || d->major < -1 || d->major > UINT32_MAX ||
		    d->minor < -1 || d->minor > UINT32_MAX)
			return err_set(e, ERR_INPUT, 0, "devices: not TYPE MAJOR:MINOR ACCESS: %.4s %lld:%lld %.8s", d->type,
				       (long long)d->major, (long long)d->minor, d->access);
		if (!d->path)
			continue;
		if (!path_is_canonical(d->path) || !d->target || !path_is_canonical(d->target) ||
		    !str_starts(d->target, "/dev/") || d->major < 0 || d->minor < 0)
			return err_set(e, ERR_INPUT, 0, "device %.200s: its place must be below /dev and without \".\", \"..\" or "
				       "\"//\": %.200s", d->path, d->target ? d->target : "(none)");
		for (size_t k = 0; k < i; k++)
			if (PLAN_DEVICE(p, k)->path && strcmp(PLAN_DEVICE(p, k)->target, d->target) == 0)
				return err_set(e, ERR_INPUT, 0, "two devices on %.256s", d->target);
	}
	return 0;
}

int plan_group_name(const char *name, struct err *e)
{
	size_t n = strlen(name);

	if (n > PLAN_GROUP_NAME_MAX)
		return err_set(e, ERR_LIMIT, 0, "control group: its name has %zu characters, more than %d", n, PLAN_GROUP_NAME_MAX);
	for (const char *c = name; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == '/' || *c == '\\')
			return err_set(e, ERR_INPUT, 0, "control group %.128s: a character that is not allowed in its name", name);
	/* A name that a file of the kernel's has is taken already when the group is made. */
	if (!n || *name == '.')
		return err_set(e, ERR_INPUT, 0, "control group %.128s: is empty or begins with a dot", name);
	return 0;
}

int plan_check(const struct plan *p, struct err *e)
{
	if (!p->id || !id_is_valid(p->id))
		return err_set(e, ERR_INPUT, 0, "container id: not 64 hexadecimal digits");
	if (name_check("container name", p->name ? p->name : "", e))
		return -1;
	if (!p->process.argv.len || !*p->process.argv.item[0])
		return err_set(e, ERR_INPUT, 0, "no command: neither the request nor the image has one");
	if (check_words(&p->process.argv, PLAN_ARGV_MAX, PLAN_ARGV_BYTES_MAX, "command", e) ||
	    check_words(&p->monitor.create_command, PLAN_ARGV_MAX, PLAN_ARGV_BYTES_MAX, "createCommand", e) ||
	    check_words(&p->process.env, PLAN_ENV_MAX, PLAN_ARGV_BYTES_MAX, "environment", e) ||
	    check_words(&p->labels, PLAN_LABELS_MAX, PLAN_LABELS_BYTES_MAX, "labels, the image's among them", e) ||
	    check_words(&p->annotations, PLAN_LABELS_MAX, PLAN_LABELS_BYTES_MAX, "annotations", e) ||
	    check_env(&p->process.env, e) || check_mounts(p, e) || check_devices(p, e))
		return -1;
	if (p->process.cwd && !path_is_canonical(p->process.cwd))
		return err_set(e, ERR_INPUT, 0,
			       "working directory must be absolute and without \".\", \"..\" or \"//\": %.256s",
			       p->process.cwd);
	if (p->resources.cgroup_name && plan_group_name(p->resources.cgroup_name, e))
		return -1;
	if (p->process.terminal && check_terminal(p, e))
		return -1;
	if (!!p->root.path == !!p->root.layers.len)
		return err_set(e, ERR_INPUT, 0, "a container has a root directory or an image, one of the two");
	return 0;
}
