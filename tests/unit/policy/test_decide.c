/* SPDX-License-Identifier: Apache-2.0 */
/* test_decide.c - each bound refuses what is beyond it, by name; the strict plan; observing; the site. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The plan's tables are its own: to hold the rules to them the test takes the file itself. */
#include "launcher/plan/plan.c"
#include "launcher/plan/idmap.h"
#include "policy/rules.h"
#include "tests/unit/policy/policy_text.h"

#define SET(field, text) do { struct err e_ = { 0 }; free(field); assert_int_equal(str_copy(text, &(field), &e_), 0); } while (0)
#define ADD(list, text) do { struct err e_ = { 0 }; assert_int_equal(strv_add(&(list), text, &e_), 0); } while (0)

static struct plan_mount *mount_in(struct plan *p, int kind, const char *source, const char *target)
{
	struct err e = { 0 };
	struct plan_mount *m = plan_mount_add(p, kind, source, target, &e);

	assert_non_null(m);
	return m;
}

static void limit_in(struct plan *p, const char *name, uint64_t n)
{
	struct plan_limit *l = field_list_add(&p->process.limits, plan_limit_fields, sizeof(*l));

	SET(l->name, name);
	l->soft = l->hard = n;
}

static void ask_nothing(struct plan *p) { (void)p; }
static void ask_uid_5(struct plan *p) { p->process.user.uid = 5; p->process.user.gid = 6; }
static void ask_group_9(struct plan *p) { ADD(p->process.user.groups, "9"); }
static void ask_privs(struct plan *p) { p->process.no_new_privs = 0; }
static void ask_cap(struct plan *p) { ADD(p->process.cap_add, "CAP_SYS_ADMIN"); }
static void ask_all_caps(struct plan *p) { ADD(p->process.cap_add, "ALL"); }
static void ask_audit_cap(struct plan *p) { ADD(p->process.cap_add, "CAP_AUDIT_WRITE"); }
static void ask_bundle_audit_cap(struct plan *p) { p->origin = PLAN_OCI; ADD(p->process.cap_bound, "CAP_AUDIT_CONTROL"); }
static void ask_odd_effective(struct plan *p) { p->origin = PLAN_OCI; ADD(p->process.cap_effective, "CAP_KILL"); }
static void ask_ambient(struct plan *p)
{
	p->origin = PLAN_OCI;
	ADD(p->process.cap_bound, "CAP_KILL");
	ADD(p->process.cap_ambient, "CAP_KILL");
}
static void ask_unconfined(struct plan *p) { p->seccomp.none = true; }
static void ask_wide(struct plan *p) { ADD(p->seccomp.filter, "@container-default"); ADD(p->seccomp.filter, "@mount"); }
static void ask_bundle_rules(struct plan *p) { SET(p->seccomp.default_action, "allow"); }
static void ask_nofile_1025(struct plan *p) { limit_in(p, "RLIMIT_NOFILE", 1025); }
static void ask_core(struct plan *p) { limit_in(p, "RLIMIT_CORE", UINT64_MAX); }
static void ask_no_limit(struct plan *p) { limit_in(p, "RLIMIT_FOO", 1); }
static void ask_oom(struct plan *p) { p->process.oom_score_adj = -1; }
static void ask_sysctl(struct plan *p) { ADD(p->sysctls, "net.core.somaxconn=1"); }
static void ask_host_sysctl(struct plan *p) { ADD(p->sysctls, "kernel.core_pattern=|/x"); }
static void ask_up_sysctl(struct plan *p) { ADD(p->sysctls, "net/../kernel/core_pattern=|/x"); }
static void ask_shared_sysctl(struct plan *p) { p->net = PLAN_NET_HOST; ADD(p->sysctls, "net.core.somaxconn=1"); }
static void ask_apparmor(struct plan *p) { SET(p->process.apparmor, "unconfined"); }
static void ask_rootfs(struct plan *p) { SET(p->root.path, "/database/x"); }
static void ask_rootfs_only(struct plan *p) { ask_rootfs(p); free(p->root.image); p->root.image = NULL; }
static void ask_host_root(struct plan *p) { SET(p->root.path, "/"); }
static void ask_writable(struct plan *p) { p->root.readonly = 0; }
static void ask_data(struct plan *p) { mount_in(p, PLAN_MOUNT_BIND, "/data/x", "/d"); }
static void ask_database(struct plan *p) { mount_in(p, PLAN_MOUNT_BIND, "/database", "/d")->readonly = true; }
static void ask_dots(struct plan *p) { mount_in(p, PLAN_MOUNT_BIND, "/data/../etc", "/d")->readonly = true; }
static void ask_over_proc(struct plan *p) { mount_in(p, PLAN_MOUNT_TMPFS, NULL, "/proc/sys"); }
static void ask_over_sys(struct plan *p) { mount_in(p, PLAN_MOUNT_BIND, "/data", "/sys/fs"); }
static void ask_host_dev(struct plan *p) { mount_in(p, PLAN_MOUNT_BIND, "/data", "/dev"); }
static void ask_proc_elsewhere(struct plan *p) { mount_in(p, PLAN_MOUNT_PROC, NULL, "/p"); }
static void ask_big_tmpfs(struct plan *p) { mount_in(p, PLAN_MOUNT_TMPFS, NULL, "/t")->size = (64 << 20) + 1; }
static void ask_suid(struct plan *p) { mount_in(p, PLAN_MOUNT_TMPFS, NULL, "/t")->suid = true; }
static void ask_shared(struct plan *p) { mount_in(p, PLAN_MOUNT_BIND, "/srv", "/t")->propagation = PLAN_RSHARED; }
static void ask_hook(struct plan *p)
{
	struct err e;

	assert_non_null(plan_hook_add(p, PLAN_HOOK_PRESTART, "/srv/hooksX", &e));
}
static void ask_net_device(struct plan *p)
{
	struct err e;

	assert_int_equal(strv_add(&p->net_devices, "eth1=eth0", &e), 0);
}
static void ask_inner_hook(struct plan *p)
{
	struct err e;

	assert_non_null(plan_hook_add(p, PLAN_HOOK_START_CONTAINER, "/srv/hooks/a", &e));
}
static void ask_unified(struct plan *p)
{
	struct err e;

	assert_int_equal(strv_add(&p->resources.unified, "memory.min=1", &e), 0);
}
static void ask_fifo(struct plan *p) { p->process.scheduler = PLAN_SCHED_FIFO; }
static void ask_nice(struct plan *p) { p->process.nice = -1; }
static void ask_realtime_io(struct plan *p) { p->process.io_class = PLAN_IO_REALTIME; }
static void ask_rt_runtime(struct plan *p) { p->resources.cpu_rt_runtime = 1000; }
static void ask_net_class(struct plan *p) { p->resources.net_class = 0x100001; }
static void ask_net_priority(struct plan *p) { ADD(p->resources.net_priorities, "eth0=5"); }
static void ask_listener(struct plan *p) { SET(p->seccomp.listener, "/run/agents/a"); }
static void ask_filter_log(struct plan *p) { ADD(p->seccomp.flags, "log"); }
static void ask_wait_killable(struct plan *p) { ADD(p->seccomp.flags, "wait-killable"); }
static void ask_exec_cpus(struct plan *p) { SET(p->process.exec_cpus_final, "0-4"); }
static void ask_memory_nodes(struct plan *p) { SET(p->memory_policy.nodes, "1"); }
static void ask_time_path(struct plan *p) { p->ns[PLAN_NS_TIME].mode = PLAN_NS_PATH; SET(p->ns[PLAN_NS_TIME].path, "/p"); }
static void ask_dev(struct plan *p) { mount_in(p, PLAN_MOUNT_TMPFS, NULL, "/t")->dev = true; }
static void ask_writable_sys(struct plan *p)
{
	for (size_t i = 0; i < p->mounts.len; i++)
		if (PLAN_MOUNT(p, i)->kind == PLAN_MOUNT_SYSFS)
			PLAN_MOUNT(p, i)->readonly = false;
}
static void ask_writable_cgroup(struct plan *p)
{
	for (size_t i = 0; i < p->mounts.len; i++)
		if (PLAN_MOUNT(p, i)->kind == PLAN_MOUNT_CGROUP)
			PLAN_MOUNT(p, i)->readonly = false;
}
static void ask_unmasked(struct plan *p) { strv_done(&p->root.masked); }
static void ask_host_net(struct plan *p) { p->net = PLAN_NET_HOST; }
static void ask_odd_net(struct plan *p) { p->net = PLAN_NET_NONE; p->ns[PLAN_NS_NET].mode = PLAN_NS_HOST; }
static void ask_no_path(struct plan *p) { p->ns[PLAN_NS_NET].mode = PLAN_NS_PATH; }
static void ask_host_pid(struct plan *p) { p->ns[PLAN_NS_PID].mode = PLAN_NS_HOST; }
static void ask_path_ipc(struct plan *p) { p->ns[PLAN_NS_IPC].mode = PLAN_NS_PATH; SET(p->ns[PLAN_NS_IPC].path, "/p"); }
static void ask_no_ipc_path(struct plan *p) { p->ns[PLAN_NS_IPC].mode = PLAN_NS_PATH; }
static void ask_host_mnt(struct plan *p) { p->ns[PLAN_NS_MNT].mode = PLAN_NS_HOST; }
static void ask_map(struct plan *p, int64_t inside, int64_t host, int64_t size)
{
	struct err e;

	p->ns[PLAN_NS_USER].mode = PLAN_NS_NEW;
	assert_int_equal(idmap_add(&p->uid_map, inside, host, size, &e) | idmap_add(&p->gid_map, inside, host, size, &e), 0);
}
static void ask_host_ids(struct plan *p) { ask_map(p, 0, 100000, 1000); }
static void ask_rootless_map(struct plan *p) { ask_map(p, 1, 100000, 1000); }
static void ask_map_twice(struct plan *p)
{
	ask_map(p, 0, 100999, 1);
	ask_map(p, 5, 100999, 1);
}
static void ask_auto(struct plan *p)
{
	p->ns[PLAN_NS_USER].mode = PLAN_NS_NEW;
	p->userns_size = 65536;
}
static void ask_auto_host_pid(struct plan *p)
{
	ask_auto(p);
	p->ns[PLAN_NS_PID].mode = PLAN_NS_HOST;
}
static void ask_chown(struct plan *p) { mount_in(p, PLAN_MOUNT_BIND, "/data", "/d")->chown = true; }
static void ask_chown_ro(struct plan *p) { ask_chown(p); PLAN_MOUNT(p, p->mounts.len - 1)->readonly = true; }
static void ask_chown_volume(struct plan *p) { mount_in(p, PLAN_MOUNT_VOLUME, "data", "/d")->chown = true; }
static void ask_chown_tmpfs(struct plan *p) { mount_in(p, PLAN_MOUNT_TMPFS, NULL, "/t")->chown = true; }
static void ask_chown_image(struct plan *p) { mount_in(p, PLAN_MOUNT_IMAGE, "i", "/t")->chown = true; }
static void ask_joined(struct plan *p, const char *id)
{
	p->ns[PLAN_NS_USER].mode = PLAN_NS_CONTAINER;
	SET(p->ns[PLAN_NS_USER].path, id);
}
/* What the ledger gave to another one, of which one id was named. */
static void ask_joined_auto(struct plan *p)
{
	struct err e;

	ask_map(p, 0, 300000, 1000);
	ask_joined(p, "aa");
	p->userns_size = 1000;
	assert_int_equal(idmap_add(&p->uid_map, 2000, 100000, 1, &e) | idmap_add(&p->userns_uids, 2000, 100000, 1, &e), 0);
}
static void ask_joined_map(struct plan *p) { ask_map(p, 0, 100000, 1000); ask_joined(p, "aa"); }
static void ask_joined_no_map(struct plan *p) { ask_joined(p, "aa"); }
static void ask_user_path(struct plan *p)
{
	ask_map(p, 0, 100000, 1000);
	p->ns[PLAN_NS_USER].mode = PLAN_NS_PATH;
	SET(p->ns[PLAN_NS_USER].path, "/p");
}
static void joins(struct plan *p, int kind, const char *id) { p->ns[kind].mode = PLAN_NS_CONTAINER; SET(p->ns[kind].path, id); }
static void ask_joined_same_pid(struct plan *p) { ask_joined_auto(p); joins(p, PLAN_NS_PID, "aa"); }
static void ask_joined_other_pid(struct plan *p) { ask_joined_auto(p); joins(p, PLAN_NS_PID, "ab"); }
static void ask_joined_cgroup(struct plan *p) { ask_joined_auto(p); joins(p, PLAN_NS_CGROUP, "aa"); }
static void ask_joined_same_net(struct plan *p) { ask_joined_auto(p); joins(p, PLAN_NS_NET, "aa"); p->net = PLAN_NET_CONTAINER; }
static void ask_joined_other_net(struct plan *p) { ask_joined_auto(p); joins(p, PLAN_NS_NET, "ab"); p->net = PLAN_NET_CONTAINER; }
static void ask_auto_net(struct plan *p) { ask_auto(p); joins(p, PLAN_NS_NET, "aa"); p->net = PLAN_NET_CONTAINER; }
static void ask_auto_part(struct plan *p)
{
	struct err e;

	ask_auto(p);
	assert_int_equal(idmap_add(&p->userns_gids, 0, 100000, 1000, &e), 0);
}
static void ask_part_alone(struct plan *p) { ask_auto_part(p); p->userns_size = FIELD_NONE; }
static void ask_auto_user(struct plan *p) { ask_auto(p); p->userns_size = 1000; p->process.user.uid = 1000; }
static void ask_auto_last_user(struct plan *p) { ask_auto_user(p); p->process.user.uid = 999; }
static void ask_auto_group(struct plan *p) { ask_auto_part(p); p->userns_size = 1000; ADD(p->process.user.groups, "1000"); }
static void ask_auto_small(struct plan *p) { ask_auto(p); p->userns_size = 5; }
static void ask_userns(struct plan *p) { p->ns[PLAN_NS_USER].mode = PLAN_NS_NEW; }
static void ask_host_name(struct plan *p) { p->ns[PLAN_NS_UTS].mode = PLAN_NS_HOST; SET(p->hostname, "x"); }
static void ask_memory(struct plan *p) { p->resources.memory_max = (512 << 20) + 1; }
static void ask_all_memory(struct plan *p) { p->resources.memory_max = -1; }
static void ask_swap(struct plan *p) { p->resources.memory_max = 1 << 20; p->resources.memory_swap = (1 << 20) + 1; }
static void ask_cpu(struct plan *p) { p->resources.cpu_quota = 1500001; }
static void ask_weight(struct plan *p) { p->resources.cpu_weight = 101; }
static void ask_tasks(struct plan *p) { p->resources.tasks_max = 513; }
static void ask_parent(struct plan *p) { SET(p->resources.cgroup_parent, "/machine.slicex"); }
static void ask_parent_up(struct plan *p) { SET(p->resources.cgroup_parent, "/machine.slice/../x"); }
static void ask_no_label(struct plan *p) { p->selinux.require = PLAN_REQUIRE_NO; }
static void ask_type(struct plan *p) { SET(p->selinux.type, "spc_t"); }
static void ask_level(struct plan *p) { SET(p->selinux.level, "s0:c1,c2"); p->selinux.shared_level = true; }
static void ask_label(struct plan *p) { SET(p->selinux.process_label, "system_u:system_r:spc_t:s0"); }
static void ask_odd_label(struct plan *p) { SET(p->selinux.process_label, "unconfined_u:unconfined_r:secctr_container_t:s0"); }
static void ask_wide_level(struct plan *p) { SET(p->selinux.level, "s0:c0.c1023"); p->selinux.shared_level = true; }
static void ask_engine(struct plan *p)
{
	SET(p->selinux.process_label, "system_u:system_r:secctr_container_t:s0:c1,c2");
	SET(p->selinux.file_label, "system_u:object_r:secctr_container_file_t:s0:c1,c2");
}
static void ask_files(struct plan *p) { ask_engine(p); SET(p->selinux.file_label, "system_u:object_r:etc_t:s0:c1,c2"); }
static void ask_files_level(struct plan *p) { ask_engine(p); SET(p->selinux.file_label, "system_u:object_r:secctr_container_file_t:s0:c1,c3"); }
static void ask_files_role(struct plan *p) { ask_engine(p); SET(p->selinux.file_label, "system_u:system_r:secctr_container_file_t:s0:c1,c2"); }
static void ask_files_alone(struct plan *p) { SET(p->selinux.file_label, "system_u:object_r:secctr_container_file_t:s0:c1022,c1023"); }
static void ask_log(struct plan *p) { p->monitor.log_max_size = (16 << 20) + 1; }
static void ask_logs(struct plan *p) { p->monitor.log_max_files = 4; }

static void device_in(struct plan *p, const char *path, const char *type, int64_t major_, int64_t minor_, const char *access)
{
	struct err e = { 0 };
	struct plan_device *d = plan_device_add(p, &e);

	assert_non_null(d);
	if (path) {
		SET(d->path, path);
		SET(d->target, path);
	}
	SET(d->type, type);
	SET(d->access, access);
	d->major = major_;
	d->minor = minor_;
}
static void io_in(struct plan *p, int what, const char *path, int64_t value)
{
	struct err e = { 0 };

	assert_non_null(plan_io_add(&p->resources, what, path, value, &e));
}
static struct plan_mount *copy_in(struct plan *p, const char *source, const char *target)
{
	struct plan_mount *m = mount_in(p, PLAN_MOUNT_COPY, source, target);

	m->readonly = true;
	return m;
}
static struct plan_mount *image_in(struct plan *p, const char *reference)
{
	struct plan_mount *m = mount_in(p, PLAN_MOUNT_IMAGE, reference, "/i");

	m->readonly = true;
	SET(m->digest, "sha256:" TEST_ID);
	return m;
}

static void ask_fuse(struct plan *p) { device_in(p, "/dev/fuse", "c", 10, 229, "rwm"); }
static void ask_fuse_rw(struct plan *p) { device_in(p, "/dev/fuse", "c", 10, 229, "rw"); }
static void ask_char_rule(struct plan *p) { device_in(p, NULL, "c", 10, -1, "rw"); }
static void ask_any_rule(struct plan *p) { device_in(p, NULL, "c", -1, -1, "r"); }
static void ask_block_rule(struct plan *p) { device_in(p, NULL, "b", 10, 1, "r"); }
static void ask_cpus(struct plan *p) { SET(p->resources.cpus, "0-4"); }
static void ask_few_cpus(struct plan *p) { SET(p->resources.cpus, "1,3"); }
static void ask_mems(struct plan *p) { SET(p->resources.mems, "1"); }
static void ask_rbps(struct plan *p) { io_in(p, PLAN_IO_RBPS, "/dev/vda", (1 << 20) + 1); }
static void ask_less_rbps(struct plan *p) { io_in(p, PLAN_IO_RBPS, "/dev/vda", 1 << 20); }
static void ask_io_weight(struct plan *p) { p->resources.io_weight = 101; }
static void ask_io_weight_100(struct plan *p) { p->resources.io_weight = 100; }
static void ask_device_weight(struct plan *p) { io_in(p, PLAN_IO_WEIGHT, "/dev/vda", 101); }
static void ask_low(struct plan *p) { p->resources.memory_low = 1; }
static void ask_swappiness(struct plan *p) { p->resources.swappiness = 0; }
static void ask_oom_kill(struct plan *p) { p->resources.oom_kill_disable = true; }
static void ask_host_env(struct plan *p) { p->process.host_env = true; }
static void ask_2_fds(struct plan *p) { p->process.preserve_fds = 2; }
static void ask_zone(struct plan *p) { copy_in(p, "/usr/share/zoneinfo/Europe/Berlin", "/etc/localtime"); }
static void ask_zone_elsewhere(struct plan *p) { copy_in(p, "/usr/share/zoneinfo/Europe/Berlin", "/x"); }
static void ask_copy_shadow(struct plan *p) { copy_in(p, "/etc/shadow", "/etc/localtime"); }
static void ask_secret(struct plan *p) { copy_in(p, "/etc/secctr/secrets/db-key", "/run/secrets/k"); }
static void ask_secret_below(struct plan *p) { copy_in(p, "/etc/secctr/secrets/db/key", "/run/secrets/k"); }
static void ask_secret_beside(struct plan *p) { copy_in(p, "/etc/secctr/secrets2", "/run/secrets/k"); }
static void ask_volume(struct plan *p)
{
	struct err e;

	assert_non_null(plan_mount_add(p, PLAN_MOUNT_VOLUME, "data", "/mnt", &e));
}
static void ask_dev_volume(struct plan *p)
{
	struct err e;
	struct plan_mount *m = plan_mount_add(p, PLAN_MOUNT_VOLUME, "data", "/mnt", &e);

	assert_non_null(m);
	m->dev = true;
}
static void ask_proc_volume(struct plan *p)
{
	struct err e;

	assert_non_null(plan_mount_add(p, PLAN_MOUNT_VOLUME, "data", "/proc/sys", &e));
}
static void ask_init(struct plan *p) { copy_in(p, "/usr/bin/catatonit", "/run/podman-init"); }
static void ask_odd_init(struct plan *p) { copy_in(p, "/usr/bin/env", "/run/podman-init"); }
static void ask_image(struct plan *p) { image_in(p, "example.org/data:1"); }
static void ask_rw_image(struct plan *p) { image_in(p, "example.org/data:1")->readonly = false; }
static void ask_image_by_tag(struct plan *p)
{
	free(p->root.image);
	p->root.image = NULL;
	SET(p->root.image, "example.org/web@sha256:" TEST_ID);
	ask_image(p);
}
static void ask_journal(struct plan *p) { p->monitor.log_driver = PLAN_LOG_JOURNAL; }
static void ask_other_pid(struct plan *p) { p->ns[PLAN_NS_PID].mode = PLAN_NS_CONTAINER; SET(p->ns[PLAN_NS_PID].path, TEST_ID); }
static void ask_other_net(struct plan *p)
{
	p->net = PLAN_NET_CONTAINER;
	p->ns[PLAN_NS_NET].mode = PLAN_NS_CONTAINER;
	SET(p->ns[PLAN_NS_NET].path, TEST_ID);
}
static void ask_other_net_sysctl(struct plan *p) { ask_other_net(p); ADD(p->sysctls, "net.core.somaxconn=1"); }
static void ask_other_name(struct plan *p)
{
	p->ns[PLAN_NS_UTS].mode = PLAN_NS_CONTAINER;
	SET(p->ns[PLAN_NS_UTS].path, TEST_ID);
	SET(p->hostname, "x");
}

static const struct {
	const char *name, *policy;
	void (*ask)(struct plan *p);
	const char *says;
} refusals[] = {
	{ "device", "", ask_fuse, "devices: /dev/fuse (c 10:229) is not allowed with access rwm (DeviceAllow= at built-in)" },
	{ "device, access", "[Resources]\nDeviceAllow=/dev/fuse rw\n", ask_fuse, "devices: /dev/fuse (c 10:229) is not allowed with access rwm (DeviceAllow= at /t.policy:2)" },
	{ "device, other major", "[Resources]\nDeviceAllow=char-1 block-10 /dev/fus\n", ask_fuse, "devices: /dev/fuse" },
	{ "rule", "[Resources]\nDeviceAllow=char-10 r /dev/fuse\n", ask_char_rule, "devices: a rule (c 10:*) is not allowed with access rw" },
	{ "rule for all", "[Resources]\nDeviceAllow=char-1 char-10 block-*\n", ask_any_rule, "devices: a rule (c *:*) is not allowed" },
	{ "rule, other kind", "[Resources]\nDeviceAllow=char-*\n", ask_block_rule, "devices: a rule (b 10:1) is not allowed" },
	{ "processors", "[Resources]\nAllowedCPUs=0-3\n", ask_cpus, "resources.cpus: 0-4 is not within the policy's (AllowedCPUs= at /t.policy:2)" },
	{ "memory nodes", "[Resources]\nAllowedMemoryNodes=0 2\n", ask_mems, "resources.mems: 1 is not within" },
	{ "read rate", "[Resources]\nIOReadBandwidthMax=/dev/vda 1M\n", ask_rbps, "resources.io: rbps of /dev/vda: 1048577 is more than 1048576 (IOReadBandwidthMax= at /t.policy:2)" },
	{ "io weight", "", ask_io_weight, "resources.ioWeight: 101 is more than 100 (IOWeight= at built-in)" },
	{ "io weight of a device", "", ask_device_weight, "resources.io: weight of /dev/vda: 101 is more than 100 (IOWeight= at built-in)" },
	{ "memory kept", "", ask_low, "resources.memoryLow: 1 is more than 0 (MemoryLow= at built-in)" },
	{ "swappiness", "[Resources]\nAllowMemoryOptions=oom-kill-disable\n", ask_swappiness, "resources.swappiness: swappiness is not allowed (AllowMemoryOptions=" },
	{ "no oom kill", "", ask_oom_kill, "resources.oomKillDisable: oom-kill-disable is not allowed (AllowMemoryOptions= at built-in)" },
	{ "host environment", "", ask_host_env, "process.hostEnvironment: the caller's whole environment is not allowed (AllowHostEnvironment= at built-in)" },
	{ "descriptors", "[Process]\nPreserveFDs=1\n", ask_2_fds, "process.preserveFds: 2 descriptors of the caller are more than 1 (PreserveFDs= at /t.policy:2)" },
	{ "a copy of any file", "[Filesystem]\nAllowSecrets=*\n", ask_copy_shadow, "mounts: /etc/shadow is not in /etc/secctr/secrets" },
	{ "zone data elsewhere", "[Filesystem]\nAllowSecrets=*\n", ask_zone_elsewhere, "mounts: /usr/share/zoneinfo/Europe/Berlin is not in" },
	{ "secret", "[Filesystem]\nAllowSecrets=web-*\n", ask_secret, "mounts: the secret db-key is not allowed (AllowSecrets= at /t.policy:2)" },
	{ "volume", "", ask_volume, "mounts: the volume data is not allowed (AllowVolumes= at built-in)" },
	{ "volume of another name", "[Filesystem]\nBindPaths=/srv\nAllowVolumes=dat data-* xdata\n", ask_volume, "mounts: the volume data is not allowed (AllowVolumes= at /t.policy:3)" },
	{ "volume with devices", "[Filesystem]\nAllowVolumes=*\n", ask_dev_volume, "device nodes are not allowed there (AllowMountOptions= at built-in)" },
	{ "volume on /proc", "[Filesystem]\nAllowVolumes=*\n", ask_proc_volume, "nothing may be mounted on /proc/sys" },
	{ "secret below", "[Filesystem]\nAllowSecrets=*\n", ask_secret_below, "is not in /etc/secctr/secrets" },
	{ "secret beside", "[Filesystem]\nAllowSecrets=*\n", ask_secret_beside, "is not in /etc/secctr/secrets" },
	{ "init", "", ask_odd_init, "mounts: /usr/bin/env is not an allowed init (AllowInit= at built-in)" },
	{ "image mount", "[Image]\nAllowImageMounts=example.org/web:*\n", ask_image, "mounts: the image example.org/data:1 may not be mounted (AllowImageMounts= at /t.policy:2)" },
	{ "writable image", "[Image]\nAllowImageMounts=*\n", ask_rw_image, "mounts: the image example.org/data:1 would be writable" },
	{ "image mount without a digest", "[Image]\nAllowImageMounts=*\nRequire=digest\n", ask_image_by_tag, "mounts: example.org/data:1 does not name its image by digest" },
	{ "journal", "", ask_journal, "monitor.logDriver: journald is not an allowed driver (AllowDrivers= at built-in)" },
	{ "another's pids", "[Process]\nAllowHostNamespaces=pid\nAllowNamespacePaths=pid\n", ask_other_pid, "ns: the pid name space must be its own (AllowContainerNamespaces= at built-in)" },
	{ "another's network", "[Network]\nAllowModes=host path\n", ask_other_net, "network: container is not an allowed mode (AllowModes= at /t.policy:2)" },
	{ "sysctl of another's network", "[Network]\nAllowModes=container\n[Process]\nAllowSysctls=net.*\n", ask_other_net_sysctl, "sysctls: net.core.somaxconn would change another container's name space" },
	{ "another's name", "[Process]\nAllowContainerNamespaces=uts\n", ask_other_name, "hostname: would rename another container" },
	{ "user", "[Process]\nUser=5:5\n", ask_uid_5, "process.user: 5:6 is not 5:5 (User= at /t.policy:2)" },
	{ "allowed user", "[Process]\nAllowUser=1-4 6\n", ask_uid_5, "process.user: UID 5 is not among the allowed ones (AllowUser= at /t.policy:2)" },
	{ "groups", "[Process]\nAllowGroups=0-8\n", ask_group_9, "process.user.groups: GID 9 is not among the allowed ones (AllowGroups= at" },
	{ "own group", "[Process]\nAllowGroups=7\n", ask_uid_5, "process.user.groups: GID 6 is not" },
	{ "new privileges", "", ask_privs, "process.noNewPrivileges: new privileges are not allowed (NoNewPrivileges= at built-in)" },
	{ "capability", "[Process]\nCapabilityBoundingSet=CAP_KILL\n", ask_cap, "process.capBounding: CAP_SYS_ADMIN is not in the bounding set (CapabilityBoundingSet= at /t.policy:2)" },
	{ "capability, by name", "[Process]\nAllowCapabilities=CAP_KILL\n", ask_cap, "(AllowCapabilities= at /t.policy:2)" },
	{ "all capabilities", "[Process]\nAllowCapabilities=CAP_CHOWN\n", ask_all_caps, "process.capBounding: CAP_DAC_OVERRIDE is not in" },
	{ "audit capability", "[Policy]\nMode=observe\n", ask_audit_cap, "process.capBounding: CAP_AUDIT_WRITE is never given to a container (built-in rule at built-in)" },
	{ "a bundle's audit capability", "", ask_bundle_audit_cap, "CAP_AUDIT_CONTROL is never given" },
	{ "effective beyond bounding", "", ask_odd_effective, "process.capEffective: a capability is not in the process's own bounding set" },
	{ "ambient", "[Process]\nCapabilityBoundingSet=CAP_KILL\n", ask_ambient, "process.capAmbient: CAP_KILL is not among the ambient" },
	{ "no filter", "", ask_unconfined, "seccomp: running without a system call filter is not allowed (SystemCallFilter= at built-in)" },
	{ "wider filter", "[Process]\nSystemCallFilter=@container-default @keyring\n", ask_wide, "seccomp: the filter allows system calls that the policy does not" },
	{ "wider than default", "[Process]\nSystemCallFilter=bundle\n", ask_wide, "seccomp: the filter is wider than @container-default" },
	{ "bundle's filter", "", ask_bundle_rules, "seccomp: a bundle's own filter is not allowed" },
	{ "limit", "[Process]\nLimitNOFILE=1024\n", ask_nofile_1025, "process.rlimits: RLIMIT_NOFILE of 1025 is above the policy's hard limit (LimitNOFILE= at /t.policy:2)" },
	{ "core", "", ask_core, "process.rlimits: RLIMIT_CORE of 18446744073709551615 is above" },
	{ "no such limit", "", ask_no_limit, "process.rlimits: RLIMIT_FOO is no limit" },
	{ "oom score", "", ask_oom, "process.oomScoreAdj: -1 is below the policy's 0" },
	{ "sysctl", "[Process]\nAllowSysctls=net.ipv4.*\n", ask_sysctl, "sysctls: net.core.somaxconn is not allowed (AllowSysctls= at /t.policy:2)" },
	{ "host sysctl", "", ask_host_sysctl, "sysctls: kernel.core_pattern is no setting of a container's" },
	{ "sysctl path", "[Process]\nAllowSysctls=net.*\n", ask_up_sysctl, "sysctls: net/../kernel/core_pattern is no setting" },
	{ "sysctl of the host's network", "[Network]\nMode=host\n[Process]\nAllowSysctls=net.*\n", ask_shared_sysctl, "sysctls: net.core.somaxconn would change the host's" },
	{ "apparmor", "", ask_apparmor, "process.apparmor: AppArmor is not used" },
	{ "rootfs", "[Image]\nAllowRootfs=/data\n", ask_rootfs, "root.path: /database/x is not below an allowed directory (AllowRootfs= at /t.policy:2)" },
	{ "host root", "[Image]\nAllowRootfs=/data\n", ask_host_root, "root.path: / is not below" },
	{ "rootfs, strict", "", ask_rootfs, "(AllowRootfs= at built-in)" },
	{ "directory where a digest is required", "[Image]\nRequire=digest\nAllowRootfs=/database\n", ask_rootfs_only, "root.imageDigest: a root directory has no digest" },
	{ "ipc without a path", "[Process]\nAllowNamespacePaths=ipc\n", ask_no_ipc_path, "ns: the ipc name space has no path" },
	{ "tag", "[Image]\nRequire=digest\n", ask_nothing, "root.imageDigest: example.org/web:1 does not name its image by digest" },
	{ "writable root", "", ask_writable, "root.readonly: a writable root file system is not allowed (ReadOnlyRoot= at built-in)" },
	{ "bind", "", ask_data, "mounts: /data/x is not below a path allowed for writing (BindPaths= at built-in)" },
	{ "bind for writing", "[Filesystem]\nBindReadOnlyPaths=/data\n", ask_data, "mounts: /data/x is not below a path allowed for writing" },
	{ "whole components", "[Filesystem]\nBindReadOnlyPaths=/data\n", ask_database, "mounts: /database is not below an allowed path (BindReadOnlyPaths= at /t.policy:2)" },
	{ "dots", "[Filesystem]\nBindReadOnlyPaths=/data\n", ask_dots, "mounts: /data/../etc is not a plain absolute path" },
	{ "over /proc", "", ask_over_proc, "mounts: nothing may be mounted on /proc/sys" },
	{ "over /sys", "[Filesystem]\nBindPaths=/data\n", ask_over_sys, "mounts: nothing may be mounted on /sys/fs" },
	{ "over /dev", "[Filesystem]\nBindPaths=/data\n", ask_host_dev, "mounts: nothing may be mounted on /dev" },
	{ "proc elsewhere", "", ask_proc_elsewhere, "mounts: proc belongs on /proc, not on /p" },
	{ "tmpfs size", "", ask_big_tmpfs, "mounts: /t: 67108865 bytes are more than 67108864 (TemporaryFileSystemMax= at built-in)" },
	{ "suid", "", ask_suid, "mounts: /t: set-user-ID files are not allowed there (AllowMountOptions=" },
	{ "shared", "[Filesystem]\nBindPaths=/srv\nAllowMountOptions=dev suid idmap\n", ask_shared, "mounts: /t: what the container mounts there may not show on the host (shared)" },
	{ "hook", "[Process]\nAllowHooks=/srv/hooks @container\n", ask_hook, "hooks: prestart: /srv/hooksX may not be run (AllowHooks= at /t.policy:2)" },
	{ "network device", "[Network]\nNetDevices=eth0 eth\n", ask_net_device, "netDevices: eth1: the host's device may not be taken (NetDevices= at /t.policy:2)" },
	{ "hook inside", "[Process]\nAllowHooks=/srv/hooks\n", ask_inner_hook, "hooks: startContainer: /srv/hooks/a may not be run (AllowHooks= at" },
	{ "unified", "[Resources]\nAllowUnified=memory.m memory.high\n", ask_unified, "resources.unified: memory.min is not allowed (AllowUnified= at /t.policy:2)" },
	{ "real time", "[Process]\nAllowScheduling=rr nice\n", ask_fifo, "process.scheduler: fifo is not allowed (AllowScheduling= at /t.policy:2)" },
	{ "nice", "[Process]\nAllowScheduling=rr\n", ask_nice, "process.nice: nice is not allowed (AllowScheduling= at" },
	{ "real-time io", "", ask_realtime_io, "process.ioClass: realtime-io is not allowed (AllowScheduling= at built-in" },
	{ "real-time budget", "[Process]\nAllowScheduling=nice deadline\n", ask_rt_runtime, "resources.cpuRtRuntime: real-time tasks (fifo, rr) are not" },
	{ "network class", "[Resources]\nAllowNetworkClasses=1048576 1048578-1048580\n", ask_net_class, "resources.netClass: the host's class 1048577 is not" },
	{ "interface priority", "[Resources]\nNetworkPriorityMax=4\n", ask_net_priority, "resources.netPriorities: eth0=5 is more than 4" },
	{ "listener", "[Process]\nAllowSystemCallListeners=/run/agent\n", ask_listener, "seccomp.listener: /run/agents/a may not be told" },
	{ "filter flag", "[Process]\nAllowSystemCallFlags=spec-allow\n", ask_filter_log, "seccomp.flags: the filter's flag log is not allowed" },
	{ "processors of an exec", "[Resources]\nAllowedCPUs=0-3\n", ask_exec_cpus, "process.execCpusFinal: 0-4 is not within" },
	{ "memory nodes", "[Resources]\nAllowedMemoryNodes=0\n", ask_memory_nodes, "memoryPolicy.nodes: 1 is not within" },
	{ "clocks of others", "[Process]\nAllowNamespacePaths=uts\n", ask_time_path, "ns: the time name space must be its own (AllowNamespacePaths=" },
	{ "dev", "", ask_dev, "mounts: /t: device nodes are not allowed there" },
	{ "writable /sys", "", ask_writable_sys, "mounts: /sys may not be writable (ProtectKernelTunables=" },
	{ "writable cgroup", "", ask_writable_cgroup, "mounts: /sys/fs/cgroup may not be writable (ProtectControlGroups=" },
	{ "unmasked", "", ask_unmasked, "must be hidden or read-only (ProtectKernelTunables=" },
	{ "host network", "", ask_host_net, "network: host is not an allowed mode (Mode= at built-in)" },
	{ "host network, listed", "[Network]\nAllowModes=private\n", ask_host_net, "(AllowModes= at /t.policy:2)" },
	{ "network contradicts", "", ask_odd_net, "network: network none does not fit the network name space: host" },
	{ "network path", "[Network]\nAllowModes=path\n", ask_no_path, "network: network path does not fit the network name space: path without a path" },
	{ "host pid", "[Process]\nAllowHostNamespaces=ipc\n", ask_host_pid, "ns: the pid name space must be its own (AllowHostNamespaces= at /t.policy:2)" },
	{ "ipc by path", "", ask_path_ipc, "ns: the ipc name space must be its own (AllowNamespacePaths=" },
	{ "host mounts", "", ask_host_mnt, "ns: the mount name space is always its own" },
	{ "user name space", "", ask_userns, "ns.user: a user name space without a map of ids" },
	{ "ids of the host", "", ask_host_ids, "ns.user: uids 100000 to 100999 of the host may not be mapped (AllowHostIDs= at built-in)" },
	{ "an id too many", "[Process]\nAllowHostIDs=100000-100998\n", ask_host_ids, "ns.user: uids 100000 to 100999 of the host may not be mapped (AllowHostIDs= at /t.policy:2)" },
	{ "ids of two words", "[Process]\nAllowHostIDs=100000-100500 100501-100999\n", ask_host_ids, "uids 100000 to 100999" },
	{ "root in no range", "[Process]\nAllowHostIDs=any\n", ask_rootless_map, "ns.user: uidMap: id 0 of the container is in no range" },
	{ "ids twice", "[Process]\nAllowHostIDs=any\n", ask_map_twice, "ns.user: uidMap: 5:100999:1 has ids of another range" },
	{ "auto with host pids", "[Process]\nAllowHostNamespaces=pid\n", ask_auto_host_pid, "ns.user: with a user name space the pid name space must be its own too" },
	{ "owners", "[Filesystem]\nBindPaths=/data\nAllowMountOptions=dev suid idmap\n", ask_chown, "mounts: /d: the owners of the files there may not be changed (U) (AllowMountOptions= at /t.policy:3)" },
	{ "owners, read-only", "[Filesystem]\nBindReadOnlyPaths=/data\nAllowMountOptions=chown\n", ask_chown_ro, "mounts: /data is not below a path allowed for writing, and its owners are to be changed (U) (BindPaths=" },
	{ "owners of a volume", "[Filesystem]\nAllowVolumes=*\n", ask_chown_volume, "mounts: /d: the owners of the files there may not" },
	{ "owners of an image", "[Filesystem]\nAllowMountOptions=chown\n", ask_chown_image, "mounts: /t: has no owners that could be changed" },
	{ "join", "", ask_joined_auto, "ns.user: the user name space may not be another container's (AllowContainerNamespaces= at built-in)" },
	{ "join, others", "[Process]\nAllowContainerNamespaces=pid ipc uts cgroup\n", ask_joined_auto, "ns.user: the user name space may not be another" },
	{ "join, its named ids", "[Process]\nAllowContainerNamespaces=user\n", ask_joined_auto, "ns.user: uids 100000 to 100000 of the host may not be" },
	{ "join, all named", "[Process]\nAllowContainerNamespaces=user\n", ask_joined_map, "ns.user: uids 100000 to 100999 of the host may not be" },
	{ "join, no map", "[Process]\nAllowContainerNamespaces=user\nAllowHostIDs=any\n", ask_joined_no_map, "ns.user: a user name space without a map" },
	{ "by path", "[Process]\nAllowContainerNamespaces=user\nAllowHostIDs=any\n", ask_user_path, "ns.user: the user name space may not be one that exists (AllowNamespacePaths=" },
	{ "by path, ids", "[Process]\nAllowNamespacePaths=user\n", ask_user_path, "ns.user: uids 100000 to 100999 of the host may not be" },
	{ "join, another's pid", "[Process]\nAllowContainerNamespaces=user pid\nAllowHostIDs=any\n", ask_joined_other_pid, "ns.user: with a user name space the pid name space must be its own too, or be joined with it" },
	{ "join, pid not allowed", "[Process]\nAllowContainerNamespaces=user\nAllowHostIDs=any\n", ask_joined_same_pid, "ns: the pid name space must be its own (AllowContainerNamespaces=" },
	{ "join, cgroup", "[Process]\nAllowContainerNamespaces=user cgroup\nAllowHostIDs=any\n", ask_joined_cgroup, "ns.user: with a user name space the cgroup name space must be its own too" },
	{ "join, another's network", "[Process]\nAllowContainerNamespaces=user\nAllowHostIDs=any\n[Network]\nAllowModes=container\n", ask_joined_other_net, "ns.user: the network name space is not joined together with the user name space" },
	{ "auto, named ids", "", ask_auto_part, "ns.user: gids 100000 to 100999 of the host may not be mapped (AllowHostIDs= at built-in)" },
	{ "named ids alone", "[Process]\nAllowHostIDs=any\n", ask_part_alone, "ns.user: a part of a map of ids without the rest of it" },
	{ "auto, user", "[Process]\nAllowUser=any\n", ask_auto_user, "ns.user: user 1000:0: not in the container's map of ids" },
	{ "auto, group", "[Process]\nAllowUser=any\nAllowHostIDs=any\n", ask_auto_group, "ns.user: group 1000: not in the container's map of ids" },
	{ "auto, terminals", "", ask_auto_small, "ns.user: group 5, of terminals: not in the container's map of ids" },
	{ "a user name space is required", "[Process]\nRequireUserNamespace=yes\n", ask_nothing, "ns.user: a user name space is required" },
	{ "host name", "[Process]\nAllowHostNamespaces=uts\n", ask_host_name, "hostname: would rename the host" },
	{ "memory", "[Resources]\nMemoryMax=512M\n", ask_memory, "resources.memoryMax: 536870913 is more than 512M (MemoryMax= at /t.policy:2)" },
	{ "all memory", "[Resources]\nMemoryMax=512M\n", ask_all_memory, "resources.memoryMax: unlimited is more than 512M" },
	{ "swap", "[Resources]\nMemorySwapMax=0\n", ask_swap, "resources.memorySwap: more swap than 0" },
	{ "cpu", "[Resources]\nCPUQuota=150%\n", ask_cpu, "resources.cpuQuota: 1500001 is more than 150%" },
	{ "cpu weight", "", ask_weight, "resources.cpuWeight: 101 is more than 100" },
	{ "tasks", "", ask_tasks, "resources.tasksMax: 513 is more than 512 (TasksMax= at built-in)" },
	{ "cgroup parent", "[Resources]\nAllowCgroupParents=/machine.slice\n", ask_parent, "resources.cgroupParent: /machine.slicex is not" },
	{ "cgroup parent, up", "[Resources]\nAllowCgroupParents=/machine.slice\n", ask_parent_up, "resources.cgroupParent: /machine.slice/../x is not" },
	{ "no label", "[SELinux]\nRequire=if-enabled\n", ask_no_label, "selinux.require: no is weaker than if-enabled (Require= at /t.policy:2)" },
	{ "type", "[SELinux]\nAllowTypes=a_t b_t\n", ask_type, "selinux.type: spc_t is not an allowed type (AllowTypes= at /t.policy:2)" },
	{ "type in a label", "", ask_label, "selinux.type: spc_t is not an allowed type (Type= at built-in)" },
	{ "role in a label", "", ask_odd_label, "selinux.processLabel: unconfined_u:unconfined_r:secctr_container_t:s0 is not of system_u:system_r" },
	{ "level", "[SELinux]\nAllowLevels=s0:c3\n", ask_level, "selinux.level: the level s0:c1,c2 was asked for" },
	{ "level that is no pair", "[SELinux]\nAllowLevels=pair\n", ask_wide_level, "selinux.level: the level s0:c0.c1023 was asked for" },
	{ "type of files", "[SELinux]\nAllowLevels=pair\nAllowFileTypes=a_t\n", ask_files, "selinux.fileLabel: etc_t is not an allowed type of files (AllowFileTypes= at /t.policy:3)" },
	{ "files of others", "[SELinux]\nAllowLevels=any\n", ask_files_level, "selinux.fileLabel: system_u:object_r:secctr_container_file_t:s0:c1,c3 has not the level of the process, s0:c1,c2" },
	{ "role of files", "[SELinux]\nAllowLevels=any\n", ask_files_role, "selinux.fileLabel: system_u:system_r:secctr_container_file_t:s0:c1,c2 is not of system_u:object_r" },
	{ "files alone", "[SELinux]\nAllowLevels=any\n", ask_files_alone, "selinux.fileLabel: system_u:object_r:secctr_container_file_t:s0:c1022,c1023: a label of files, and none of the process" },
	{ "log size", "", ask_log, "monitor.logMaxSize: 16777217 is more than 16M" },
	{ "log files", "", ask_logs, "monitor.logMaxFiles: 4 is more than 3" },
};

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		AUTO(policy_free_auto) struct policy *p = good_policy(refusals[i].policy);
		auto_plan struct plan *draft = small_draft();
		auto_decided struct decided d = { 0 };

		refusals[i].ask(draft);
		d = decide_on(p, NULL, draft);
		if (verdict_allows(d.v))
			fail_msg("%s: allowed", refusals[i].name);
		if (!strstr(first_denial(d.v), refusals[i].says))
			fail_msg("%s: said \"%s\"", refusals[i].name, first_denial(d.v));
	}
}

static void ask_512m(struct plan *p) { p->resources.memory_max = 512 << 20; }
static void ask_512_tasks(struct plan *p) { p->resources.tasks_max = 512; }
static void ask_nofile_1024(struct plan *p) { limit_in(p, "RLIMIT_NOFILE", 1024); }
static void ask_150_percent(struct plan *p) { p->resources.cpu_quota = 1500000; }
static void ask_64m_tmpfs(struct plan *p) { mount_in(p, PLAN_MOUNT_TMPFS, NULL, "/t")->size = 64 << 20; }
static void ask_data_ro(struct plan *p) { mount_in(p, PLAN_MOUNT_BIND, "/data", "/d")->readonly = true; }
static void ask_data_below(struct plan *p) { mount_in(p, PLAN_MOUNT_BIND, "/data/a/b", "/d")->readonly = true; }
static void ask_kill(struct plan *p) { ADD(p->process.cap_add, "CAP_KILL"); }
static void ask_by_digest(struct plan *p)
{
	free(p->root.image);
	p->root.image = NULL;
	SET(p->root.image, "example.org/web@sha256:" TEST_ID);
}
static void ask_stricter(struct plan *p)
{
	p->process.no_new_privs = 1;
	p->root.readonly = 1;
	p->net = PLAN_NET_NONE;
	p->selinux.require = PLAN_REQUIRE_ENFORCING;
	ADD(p->seccomp.filter, "@container-default");
	ADD(p->seccomp.filter, "~socket");
}
static void ask_less_score(struct plan *p) { p->process.oom_score_adj = 500; }
static void ask_machine(struct plan *p) { SET(p->resources.cgroup_parent, "/machine.slice/x"); }
static void ask_slice(struct plan *p) { SET(p->resources.cgroup_parent, "machine.slice"); }

/* The other side of each limit above. */
static void allows(void **state)
{
	static const struct { const char *name, *policy; void (*ask)(struct plan *p); } good[] = {
		{ "nothing", "", ask_nothing },
		{ "auto, another's network", "[Network]\nAllowModes=container\n", ask_auto_net },
		{ "stricter", "[Network]\nMode=private\n[Process]\nNoNewPrivileges=no\n", ask_stricter },
		{ "memory", "[Resources]\nMemoryMax=512M\n", ask_512m },
		{ "tasks", "", ask_512_tasks },
		{ "limit", "[Process]\nLimitNOFILE=1024\n", ask_nofile_1024 },
		{ "cpu", "[Resources]\nCPUQuota=150%\n", ask_150_percent },
		{ "tmpfs", "", ask_64m_tmpfs },
		{ "path itself", "[Filesystem]\nBindReadOnlyPaths=/data\n", ask_data_ro },
		{ "below", "[Filesystem]\nBindReadOnlyPaths=/data\n", ask_data_below },
		{ "read below what may be written", "[Filesystem]\nBindPaths=/data\n", ask_data_below },
		{ "capability", "[Process]\nAllowCapabilities=CAP_KILL\n", ask_kill },
		{ "digest", "[Image]\nRequire=digest\n", ask_by_digest },
		{ "user", "[Process]\nAllowUser=4-5\n", ask_uid_5 },
		{ "owners", "[Filesystem]\nBindPaths=/data\nAllowMountOptions=chown\n", ask_chown_ro },
		{ "owners of a volume", "[Filesystem]\nAllowVolumes=*\nAllowMountOptions=chown\n", ask_chown_volume },
		{ "owner of a tmpfs", "", ask_chown_tmpfs },
		{ "join", "[Process]\nRequireUserNamespace=yes\nAllowContainerNamespaces=user pid\nAllowHostIDs=100000\n", ask_joined_same_pid },
		{ "join, network", "[Process]\nAllowContainerNamespaces=user\nAllowHostIDs=100000\n[Network]\nAllowModes=container\n", ask_joined_same_net },
		{ "join by path", "[Process]\nAllowNamespacePaths=user\nAllowHostIDs=100000-100999\n", ask_user_path },
		{ "auto, named ids", "[Process]\nAllowHostIDs=100000-100999\n", ask_auto_part },
		{ "auto, last user", "[Process]\nAllowUser=any\n", ask_auto_last_user },
		{ "score", "", ask_less_score },
		{ "parent", "[Resources]\nAllowCgroupParents=/machine.slice\n", ask_machine },
		{ "slice", "[Resources]\nAllowCgroupParents=machine.slice\n", ask_slice },
		{ "level", "[SELinux]\nAllowLevels=any\n", ask_level },
		{ "pair", "[SELinux]\nAllowLevels=pair\n", ask_level },
		{ "labels of an engine", "[SELinux]\nAllowLevels=pair\n", ask_engine },
		{ "labels of an engine, files", "[SELinux]\nAllowLevels=pair\nAllowFileTypes=etc_t\n", ask_files },
		{ "unconfined", "[Process]\nSystemCallFilter=none\n", ask_unconfined },
		{ "device", "[Resources]\nDeviceAllow=/dev/null r /dev/fuse\n", ask_fuse },
		{ "device, its access", "[Resources]\nDeviceAllow=/dev/fuse rw\n", ask_fuse_rw },
		{ "device by its major", "[Resources]\nDeviceAllow=char-10\n", ask_fuse },
		{ "rule", "[Resources]\nDeviceAllow=char-10 rwm\n", ask_char_rule },
		{ "rule for all", "[Resources]\nDeviceAllow=char-* r\n", ask_any_rule },
		{ "processors", "[Resources]\nAllowedCPUs=0-1,3\n", ask_few_cpus },
		{ "any processors", "", ask_cpus },
		{ "wait-killable", "", ask_wait_killable },
		{ "a class at the end of a range", "[Resources]\nAllowNetworkClasses=1-1048577\n", ask_net_class },
		{ "a priority at the bound", "[Resources]\nNetworkPriorityMax=5\n", ask_net_priority },
		{ "read rate", "[Resources]\nIOReadBandwidthMax=/dev/vda 1M\n", ask_less_rbps },
		{ "read rate of another device", "[Resources]\nIOReadBandwidthMax=/dev/vdb 1K\n", ask_rbps },
		{ "io weight", "", ask_io_weight_100 },
		{ "io weight of a device", "[Resources]\nIODeviceWeight=/dev/vda 101\n", ask_device_weight },
		{ "memory kept", "[Resources]\nMemoryLow=1\n", ask_low },
		{ "swappiness", "[Resources]\nAllowMemoryOptions=swappiness\n", ask_swappiness },
		{ "host environment", "[Process]\nAllowHostEnvironment=yes\n", ask_host_env },
		{ "network device", "[Network]\nNetDevices=eth0 eth1\n", ask_net_device },
		{ "descriptors", "[Process]\nPreserveFDs=2\n", ask_2_fds },
		{ "zone data", "", ask_zone },
		{ "init", "", ask_init },
		{ "secret", "[Filesystem]\nAllowSecrets=web-* db-*\n", ask_secret },
		{ "volume", "[Filesystem]\nAllowVolumes=x da*\n", ask_volume },
		{ "image mount", "[Image]\nAllowImageMounts=example.org/*\n", ask_image },
		{ "journal", "[Log]\nAllowDrivers=journald\n", ask_journal },
		{ "another's pids", "[Process]\nAllowContainerNamespaces=pid\n", ask_other_pid },
		{ "another's network", "[Network]\nAllowModes=container\n", ask_other_net },
		{ "wide", "[Process]\nSystemCallFilter=@container-default @mount @keyring\n", ask_wide },
		{ "bundle", "[Process]\nSystemCallFilter=bundle\n", ask_bundle_rules },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(policy_free_auto) struct policy *p = good_policy(good[i].policy);
		auto_plan struct plan *draft = small_draft();
		auto_decided struct decided d = { 0 };

		good[i].ask(draft);
		d = decide_on(p, NULL, draft);
		if (!verdict_allows(d.v) || verdict_observed(d.v))
			fail_msg("%s: %s", good[i].name, first_denial(d.v));
	}
}

static void capabilities_add_up(void **state)
{
	static const struct { const char *policy, *add, *drop; int64_t uid; const char *bound, *effective, *ambient; } rows[] = {
		{ "CapabilityBoundingSet=CAP_CHOWN CAP_KILL", NULL, NULL, 0, "CAP_CHOWN CAP_KILL", "CAP_CHOWN CAP_KILL", "" },
		{ "CapabilityBoundingSet=CAP_CHOWN CAP_KILL", NULL, "CAP_KILL", 0, "CAP_CHOWN", "CAP_CHOWN", "" },
		{ "CapabilityBoundingSet=CAP_CHOWN CAP_KILL", "CAP_KILL", "ALL", 0, "CAP_KILL", "CAP_KILL", "" },
		{ "AllowCapabilities=CAP_KILL", "CAP_KILL", NULL, 0, "CAP_KILL", "CAP_KILL", "" },
		{ "AllowCapabilities=CAP_KILL", NULL, NULL, 0, "", "", "" },
		{ "CapabilityBoundingSet=CAP_CHOWN CAP_KILL", NULL, NULL, 7, "CAP_CHOWN CAP_KILL", "", "" },
		{ "CapabilityBoundingSet=CAP_CHOWN CAP_KILL\nAmbientCapabilities=CAP_KILL", NULL, NULL, 7,
		  "CAP_CHOWN CAP_KILL", "CAP_KILL", "CAP_KILL" },
		{ "CapabilityBoundingSet=CAP_CHOWN\nAmbientCapabilities=CAP_CHOWN", NULL, "ALL", 7, "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str struct str text = { 0 }, got = { 0 }, want = { 0 };
		AUTO(policy_free_auto) struct policy *p = NULL;
		auto_plan struct plan *draft = small_draft();
		auto_decided struct decided d = { 0 };
		const struct strv *sets;
		struct err e = { 0 };

		assert_int_equal(str_addf(&text, &e, "[Process]\n%s\n", rows[i].policy), 0);
		p = good_policy(text.text);
		draft->process.user.uid = rows[i].uid;
		if (rows[i].add)
			ADD(draft->process.cap_add, rows[i].add);
		if (rows[i].drop)
			ADD(draft->process.cap_drop, rows[i].drop);
		d = decide_on(p, NULL, draft);
		sets = (const struct strv[]){ d.plan->process.cap_bound, d.plan->process.cap_effective,
					      d.plan->process.cap_ambient };
		for (int s = 0; s < 3; s++) {
			for (size_t k = 0; k < sets[s].len; k++)
				assert_int_equal(str_addf(&got, &e, "%s%s", k ? " " : "", sets[s].item[k]), 0);
			assert_int_equal(str_add(&got, "/", &e), 0);
		}
		assert_int_equal(str_addf(&want, &e, "%s/%s/%s/", rows[i].bound, rows[i].effective, rows[i].ambient), 0);
		assert_true(verdict_allows(d.v));
		assert_string_equal(got.text, want.text);
	}
}

static void observing_runs_and_says_what_it_would_refuse(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Policy]\nMode=observe\n");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = { 0 };

	(void)state;
	ask_privs(draft);
	ask_cap(draft);
	d = decide_on(p, NULL, draft);
	assert_true(verdict_allows(d.v));
	assert_true(verdict_observed(d.v));
	assert_string_equal(first_denial(d.v), "process.noNewPrivileges: new privileges are not allowed "
					       "(NoNewPrivileges= at built-in)");
	assert_true(d.plan->policy.observe);
	assert_true(strv_has(&d.plan->policy.widened, "CapabilityBoundingSet=CAP_SYS_ADMIN"));
	assert_int_equal(d.plan->process.no_new_privs, 0);
}

static struct decided decide_as(const struct policy *p, const struct policy *site, uint32_t auid, bool audit, bool selinux)
{
	struct policy_who who = { .auid = auid, .op = "run" };
	struct policy_facts facts = { .audit_ready = audit, .selinux_enabled = selinux, .selinux_enforcing = selinux };
	auto_plan struct plan *draft = small_draft();
	struct decided d = { 0 };
	struct err e = { 0 };

	if (policy_decide(p, site, draft, &who, &facts, &d.v, &d.plan, &e))
		fail_msg("%s", e.text);
	return d;
}

static void observing_never_lifts_identity_or_audit(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Policy]\nMode=observe\n[Who]\nAllowLogin=1000\n");
	auto_decided struct decided nobody = decide_as(p, NULL, UINT32_MAX, true, true);
	auto_decided struct decided other = decide_as(p, NULL, 1001, true, true);
	auto_decided struct decided silent = decide_as(p, NULL, 1000, false, true);
	auto_decided struct decided plain = decide_as(p, NULL, 1000, true, false);

	(void)state;
	assert_false(verdict_allows(nobody.v));
	assert_string_equal(first_denial(nobody.v),
			    "audit.auid: the login UID is unset and no owner is named (UnitOwner= at built-in)");
	assert_false(verdict_allows(other.v));
	assert_non_null(strstr(first_denial(other.v), "audit.auid: login UID 1001 is not allowed (AllowLogin= at /t.policy:4)"));
	assert_false(verdict_allows(silent.v));
	assert_non_null(strstr(first_denial(silent.v), "audit.require: no audit record can be written"));
	assert_true(verdict_allows(plain.v));
	assert_true(verdict_observed(plain.v));
	assert_int_equal(plain.plan->selinux.require, PLAN_REQUIRE_IF_ENABLED);
}

static void selinux_words(void **state)
{
	AUTO(policy_free_auto) struct policy *strict = good_policy(""), *lax = good_policy("[SELinux]\nRequire=if-enabled\n");
	auto_decided struct decided refused = decide_as(strict, NULL, 1000, true, false);
	auto_decided struct decided runs = decide_as(lax, NULL, 1000, true, false);

	(void)state;
	assert_false(verdict_allows(refused.v));
	assert_string_equal(first_denial(refused.v), "selinux.require: SELinux is disabled on this host (Require= at built-in)");
	assert_true(verdict_allows(runs.v));
	assert_true(strv_has(&runs.plan->policy.widened, "Require=if-enabled"));
}

static void the_site_bounds_what_a_policy_allows(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Policy]\nMode=observe\n[Process]\n"
							      "CapabilityBoundingSet=CAP_KILL CAP_NET_RAW\n[Network]\nMode=host\n");
	AUTO(policy_free_auto) struct policy *site = good_policy("[Process]\nCapabilityBoundingSet=CAP_KILL\n"
								 "[Resources]\nMemoryMax=1G\n");
	AUTO(policy_free_auto) struct policy *silent = good_policy("");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = decide_on(p, site, draft), free_one = decide_on(p, silent, draft);

	(void)state;
	/* Mode=observe of the policy lifts its own bounds, not the site's. */
	assert_false(verdict_allows(d.v));
	assert_string_equal(first_denial(d.v), "process.capBounding: CAP_NET_RAW is not in the bounding set "
					       "(CapabilityBoundingSet= at /t.policy:2)");
	assert_int_equal(d.plan->resources.memory_max, 1 << 30);
	/* What the site does not say it does not bound: its built-in values are no ceilings. */
	assert_true(verdict_allows(free_one.v));
	assert_false(verdict_observed(free_one.v));
}

static void a_mount_of_ours_does_not_hide_one_asked_for(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Filesystem]\nTemporaryFileSystem=/run:size=1M\n"
							      "TemporaryFileSystem=/run/lock:size=1M\nBindReadOnlyPaths=/data\n");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = { 0 };
	size_t run = 0, lock = 0, asked = 0;

	(void)state;
	mount_in(draft, PLAN_MOUNT_BIND, "/data", "/run/data")->readonly = true;
	d = decide_on(p, NULL, draft);
	for (size_t i = 0; i < d.plan->mounts.len; i++) {
		const char *target = PLAN_MOUNT(d.plan, i)->target;

		run = strcmp(target, "/run") == 0 ? i : run;
		lock = strcmp(target, "/run/lock") == 0 ? i : lock;
		asked = strcmp(target, "/run/data") == 0 ? i : asked;
	}
	assert_true(run && lock && asked);
	assert_true(run < lock && run < asked);
	assert_int_equal(PLAN_MOUNT(d.plan, run)->size, 1 << 20);
}

static void ops_have_their_own_lists(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Who]\nAllowLogin=1000\nAllowExec=1001\n");
	AUTO(policy_free_auto) struct policy *site = good_policy("[Who]\nAllowExec=1002\n");
	static const struct { const char *op; uint32_t auid; bool site, allowed; } rows[] = {
		{ "run", 1000, false, true }, { "run", 1001, false, false }, { "exec", 1001, false, true },
		{ "exec", 1000, false, false }, { "exec", 1001, true, false }, { "stop", 1000, true, true },
		{ "stop", 1001, false, false }, { "inspect", 1000, false, true }, { "exec", UINT32_MAX, false, false },
		{ "stop", UINT32_MAX, false, false }, { "run", 1000, true, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct policy_who who = { .auid = rows[i].auid, .op = rows[i].op };
		struct err e = { 0 };
		bool allowed = policy_allows_op(p, rows[i].site ? site : NULL, &who, &e) == 0;

		if (allowed != rows[i].allowed)
			fail_msg("%s by %u: %s", rows[i].op, rows[i].auid, allowed ? "allowed" : e.text);
		if (!allowed)
			assert_non_null(strstr(e.text, rows[i].auid == UINT32_MAX ? "login UID is unset" : "/t.policy:"));
	}
}

/* exec --user is bounded by the keys that bound run --user. */
static void a_further_process_has_a_user_that_the_policy_allows(void **state)
{
	static const struct { const char *text, *site; int64_t uid, gid; const char *denied; } rows[] = {
		{ "", NULL, 7, 7, NULL },
		{ "User=5:6\n", NULL, 5, 6, NULL },
		{ "User=5:6\n", NULL, 7, 6, "User=" }, { "User=5:6\n", NULL, 5, 7, "User=" },
		{ "User=5:6\nAllowUser=5 7\n", NULL, 7, 0, NULL }, { "User=5:6\nAllowUser=5 7\n", NULL, 8, 6, "AllowUser=" },
		{ "AllowGroups=6\n", NULL, 7, 6, NULL }, { "AllowGroups=6\n", NULL, 7, 0, "AllowGroups=" },
		{ "", "AllowUser=5\n", 5, 5, NULL }, { "", "AllowUser=5\n", 7, 5, "AllowUser=" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_free char *text = NULL, *site_text = NULL;
		AUTO(policy_free_auto) struct policy *p = NULL, *site = NULL;
		auto_plan struct plan *plan = small_draft();
		struct err e = { 0 };
		int r;

		assert_int_equal(str_print(&text, &e, "[Process]\n%s", rows[i].text), 0);
		assert_int_equal(str_print(&site_text, &e, "[Process]\n%s", rows[i].site ? rows[i].site : ""), 0);
		p = good_policy(text);
		site = rows[i].site ? good_policy(site_text) : NULL;
		plan->process.user.uid = rows[i].uid;
		plan->process.user.gid = rows[i].gid;
		r = policy_allows_user(p, site, plan, &e);
		if ((r == 0) != !rows[i].denied)
			fail_msg("row %zu: %s", i, r ? e.text : "allowed");
		if (r)
			assert_non_null(strstr(e.text, rows[i].denied));
	}
}

static void an_owner_is_an_account_of_a_person(void **state)
{
	AUTO(policy_free_auto) struct policy *number = good_policy("[Who]\nUnitOwner=65534\n"),
		*no_number = good_policy("[Who]\nUnitOwner=4294967294\n");
	AUTO(policy_free_auto) struct policy *none = good_policy(""), *low = good_policy("[Who]\nUnitOwner=daemon\n"),
		*missing = good_policy("[Who]\nUnitOwner=no-such-account\n");
	struct err e = { 0 };
	const char *at;
	uint32_t uid;

	(void)state;
	assert_int_equal(policy_unit_owner(none, NULL, &uid, &at, &e), 0);
	assert_int_equal(uid, UINT32_MAX);
	assert_int_equal(policy_unit_owner(none, number, &uid, &at, &e), 0);
	assert_int_equal(uid, 65534);
	assert_int_equal(policy_unit_owner(no_number, NULL, &uid, &at, &e), -1);
	assert_int_equal(policy_unit_owner(low, NULL, &uid, &at, &e), -1);
	assert_non_null(strstr(e.text, "/t.policy:2: UnitOwner: daemon has UID 1; an owner has 1000 or more"));
	assert_int_equal(policy_unit_owner(missing, NULL, &uid, &at, &e), -1);
	assert_non_null(strstr(e.text, "/t.policy:2: UnitOwner: there is no account no-such-account"));
}

static void groups_come_from_the_name_service(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Who]\nAllowLogin=@root\n");
	AUTO(policy_free_auto) struct policy *other = good_policy("[Who]\nAllowLogin=@no-such-group daemon\n");
	auto_decided struct decided in = decide_as(p, NULL, 0, true, true);
	auto_decided struct decided out = decide_as(other, NULL, 0, true, true);
	auto_decided struct decided by_name = decide_as(other, NULL, 1, true, true);

	(void)state;
	assert_true(verdict_allows(in.v));
	assert_int_equal(in.plan->audit.auid, 0);
	assert_false(verdict_allows(out.v));
	assert_true(verdict_allows(by_name.v));
}

/* Everything that a policy can widen, asked for and allowed: what the site leaves unsaid bounds none of it. */
#define WIDE_POLICY \
	"[Image]\nAllowRootfs=/data\n[Process]\nNoNewPrivileges=no\nCapabilityBoundingSet=CAP_KILL\n" \
	"AmbientCapabilities=CAP_KILL\nSystemCallFilter=none\nAllowSysctls=net.*\nAllowHostNamespaces=pid uts\n" \
	"AllowNamespacePaths=ipc cgroup\nOOMScoreAdjust=-5\nLimitNOFILE=2000\nLimitCORE=infinity\n" \
	"[Filesystem]\nReadOnlyRoot=no\nBindPaths=/data\nTemporaryFileSystemMax=128M\nAllowMountOptions=dev suid\n" \
	"ProtectControlGroups=no\nProtectKernelTunables=no\n[Network]\nAllowModes=private\n" \
	"[Resources]\nCPUWeight=1000\nTasksMax=infinity\nAllowCgroupParents=/machine.slice\n" \
	"[SELinux]\nRequire=no\nAllowTypes=spc_t\nAllowLevels=any\n[Log]\nMaxSize=1G\nMaxFiles=50\n"

static struct plan *wide_draft(void)
{
	struct plan *p = small_draft();
	struct plan_mount *m;

	p->net = PLAN_NET_PRIVATE;
	ask_uid_5(p);
	ask_group_9(p);
	ask_privs(p);
	ask_unconfined(p);
	ask_nofile_1025(p);
	ask_core(p);
	ask_oom(p);
	ask_sysctl(p);
	ask_writable(p);
	ask_data(p);
	m = mount_in(p, PLAN_MOUNT_TMPFS, NULL, "/t");
	m->size = 128 << 20;
	m->suid = m->dev = true;
	ask_writable_sys(p);
	ask_writable_cgroup(p);
	ask_unmasked(p);
	ask_host_pid(p);
	ask_path_ipc(p);
	ask_weight(p);
	ask_tasks(p);
	ask_swap(p);
	ask_machine(p);
	ask_no_label(p);
	ask_type(p);
	ask_level(p);
	ask_log(p);
	ask_logs(p);
	return p;
}

static void a_silent_site_bounds_nothing(void **state)
{
	static const char *const wide[] = {
		"NoNewPrivileges=no", "CapabilityBoundingSet=CAP_KILL", "AmbientCapabilities=CAP_KILL",
		"SystemCallFilter=none", "ReadOnlyRoot=no", "ProtectKernelTunables=no", "ProtectControlGroups=no",
		"BindPaths=/data/x", "AllowMountOptions=dev", "AllowMountOptions=suid", "Mode=private",
		"AllowHostNamespaces=pid", "AllowNamespacePaths=ipc", "Require=no", "CPUWeight=101",
	};
	AUTO(policy_free_auto) struct policy *p = good_policy(WIDE_POLICY), *site = good_policy("");
	auto_plan struct plan *draft = wide_draft();
	auto_decided struct decided d = decide_on(p, site, draft);

	(void)state;
	if (!verdict_allows(d.v) || verdict_observed(d.v))
		fail_msg("%s", first_denial(d.v));
	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		if (!strv_has(&d.plan->policy.widened, wide[i]))
			fail_msg("not noted: %s", wide[i]);
	assert_int_equal(d.plan->policy.widened.len, ARRAY_LEN(wide));
}

/* Ceilings that hold change nothing: the site's other values are bounds, never defaults. */
static void a_site_fills_in_no_more_than_limits(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Filesystem]\nTemporaryFileSystem=/run:size=1M\n");
	AUTO(policy_free_auto) struct policy *site = good_policy(
		"[Policy]\nMode=observe\n[Who]\nAllowLogin=any\n[Process]\nAllowUser=0\nUser=7:8\nNoNewPrivileges=no\nUMask=0077\n"
		"CapabilityBoundingSet=CAP_KILL\nAmbientCapabilities=CAP_KILL\nSystemCallFilter=@container-default @mount\n"
		"LimitAS=1T\nOOMScoreAdjust=-7\n[Filesystem]\nReadOnlyRoot=no\nTemporaryFileSystem=/srv\nProtectControlGroups=no\n"
		"[Network]\nMode=private\n[SELinux]\nType=x_t\nAllowTypes=secctr_container_t\nRequire=no\n"
		"[Audit]\nRequire=no\nRecordExec=no\nSession=caller\nOnFailure=running=continue\n[Log]\nDriver=none\n");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided with = decide_on(p, site, draft), without = decide_on(p, NULL, draft);
	auto_free char *a = NULL, *b = NULL;
	struct err e = { 0 };

	(void)state;
	assert_string_equal(first_denial(with.v), "");
	assert_int_equal(plan_text(with.plan, &a, &e) | plan_text(without.plan, &b, &e), 0);
	assert_string_equal(a, b);
}

static void a_site_makes_records_stricter(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Audit]\nRequire=no\nRecordExec=no\nOnFailure=start=continue\n");
	AUTO(policy_free_auto) struct policy *site = good_policy("[Audit]\nRecordExec=yes\nRequire=yes\nOnFailure=start=refuse\n");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = decide_on(p, site, draft), alone = decide_on(p, NULL, draft);

	(void)state;
	assert_string_equal(alone.plan->audit.on_lost, "start=continue exec=refuse control=continue running=stop");
	assert_false(alone.plan->audit.require || alone.plan->audit.record_exec);
	assert_true(strv_has(&alone.plan->policy.widened, "Require=no"));
	assert_true(d.plan->audit.require && d.plan->audit.record_exec);
	assert_string_equal(first_denial(d.v), "audit.onLost: the policy is weaker than start=refuse (OnFailure= at /t.policy:4)");
	assert_true(policy_audit_required(p, site));
	assert_false(policy_audit_required(p, NULL));
}

static void what_was_asked_for_stays(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy(WIDE_POLICY "[Process]\nUMask=0077\n"
							      "[Filesystem]\nTemporaryFileSystem=/t:size=1M,mode=0700\n");
	auto_plan struct plan *draft = wide_draft();
	auto_decided struct decided d = { 0 };
	const struct plan_mount *m = NULL;
	size_t nofile = 0;

	(void)state;
	draft->process.umask = 027;
	SET(draft->hostname, "h");
	draft->monitor.stop_signal = 3;
	for (size_t i = 0; i < draft->mounts.len; i++)
		if (PLAN_MOUNT(draft, i)->kind == PLAN_MOUNT_BIND)
			PLAN_MOUNT(draft, i)->propagation = PLAN_RSLAVE;
	d = decide_on(p, NULL, draft);
	assert_string_equal(first_denial(d.v), "");
	assert_int_equal(d.plan->mounts.len, draft->mounts.len);
	for (size_t i = 0; i < d.plan->mounts.len; i++) {
		m = PLAN_MOUNT(d.plan, i);
		if (m->kind == PLAN_MOUNT_BIND)
			assert_int_equal(m->propagation, PLAN_RSLAVE);
		if (strcmp(m->target, "/t") == 0)
			assert_int_equal(m->size, 128 << 20);
	}
	for (size_t i = 0; i < d.plan->process.limits.len; i++)
		nofile += strcmp(FIELD_AT(&d.plan->process.limits, struct plan_limit, i)->name, "RLIMIT_NOFILE") == 0;
	assert_int_equal(nofile, 1);
	assert_int_equal(d.plan->process.umask, 027);
	assert_string_equal(d.plan->hostname, "h");
	assert_int_equal(d.plan->monitor.stop_signal, 3);
	assert_true(d.plan->seccomp.none && !d.plan->seccomp.filter.len);
	assert_string_equal(d.plan->selinux.type, "spc_t");
	assert_int_equal(d.plan->resources.memory_swap, (1 << 20) + 1);
}

static void what_is_left_open_is_filled(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy(
		"[Process]\nSystemCallFilter=none\n[Network]\nMode=private\n[Filesystem]\nBindPaths=/data\n"
		"TemporaryFileSystem=/big:size=128M\nTemporaryFileSystem=/odd:mode=0700,noexec\nTemporaryFileSystemMax=32M\n"
		"[Resources]\nMemoryMax=1M\nMemorySwapMax=2M\n");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = { 0 };
	const struct plan_mount *big, *odd, *bind;

	(void)state;
	draft->process.user.uid = 5;
	mount_in(draft, PLAN_MOUNT_BIND, "/data", "/d");
	for (size_t i = 0; i < draft->mounts.len; i++)
		if (strcmp(PLAN_MOUNT(draft, i)->target, "/dev/shm") == 0)
			PLAN_MOUNT(draft, i)->size = FIELD_NONE;
	d = decide_on(p, NULL, draft);
	assert_string_equal(first_denial(d.v), "");
	assert_true(d.plan->seccomp.none);
	assert_int_equal(d.plan->process.user.gid, 0);
	assert_string_equal(d.plan->selinux.type, "secctr_container_net_t");
	assert_int_equal(d.plan->resources.memory_swap, 3 << 20);
	bind = PLAN_MOUNT(d.plan, d.plan->mounts.len - 3);
	big = PLAN_MOUNT(d.plan, d.plan->mounts.len - 2);
	odd = PLAN_MOUNT(d.plan, d.plan->mounts.len - 1);
	assert_int_equal(bind->propagation, PLAN_RPRIVATE);
	/* A target's own size may be above what a request gets elsewhere. */
	assert_int_equal(big->size, 128 << 20);
	assert_int_equal(big->mode, 01777);
	assert_int_equal(odd->size, 32 << 20);
	assert_int_equal(odd->mode, 0700);
	assert_true(odd->noexec && !big->noexec);
}

static void an_owner_answers_where_nobody_does(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Who]\nAllowLogin=1000\nUnitOwner=nobody\n");
	auto_decided struct decided boot = decide_as(p, NULL, UINT32_MAX, true, true);
	auto_decided struct decided typed = decide_as(p, NULL, 65534, true, true), unit = { 0 };
	struct policy_who who = { .auid = 65534, .op = "run" }, nobody = { .auid = UINT32_MAX, .op = "stop" };
	auto_plan struct plan *draft = small_draft();
	const char *at;
	uint32_t uid;
	struct err e = { 0 };

	(void)state;
	assert_string_equal(first_denial(boot.v), "");
	assert_int_equal(boot.plan->audit.auid, 65534);
	assert_false(verdict_allows(typed.v));
	/* The same account as the owner of a unit's start */
	draft->origin = PLAN_UNIT;
	assert_int_equal(policy_decide(p, NULL, draft, &who, &test_facts, &unit.v, &unit.plan, &e), 0);
	assert_string_equal(first_denial(unit.v), "");
	assert_int_equal(policy_unit_owner(p, NULL, &uid, &at, &e), 0);
	assert_string_equal(at, "/t.policy:3");
	assert_int_equal(policy_allows_op(p, NULL, &nobody, &e), 0);
	nobody.op = "exec";
	assert_int_equal(policy_allows_op(p, NULL, &nobody, &e), -1);
	assert_int_equal(e.reason, ERR_IDENTITY);
}

/* Plan fields that no rule touches, each with the reason why nothing has to be decided about it. */
static const char *const free_fields[] = {
	"id", "name", "origin", "domainname", "cgroupManager", "labels", "annotations", "ignored", /* names, marks, ours */
	"resources.cgroupName",				/* below cgroupParent; plan_group_name() bounds it */
	"resources.cpuPeriod", "resources.cpuBurst",	/* how cpuQuota is counted */
	"resources.cpuIdle", "resources.hugepages",	/* less, not more */
	"monitor.logTag",				/* a name in the journal; who writes stands beside it */
	"process.argv", "process.env", "process.cwd", "process.terminal", /* inside the container only */
	"process.capAdd", "process.capDrop",		/* decided as capBounding */
	"process.linux32",				/* no more than others */
	"process.systemd",				/* with the mount of the control groups */
	"process.schedPriority", "process.schedFlags", "process.schedRuntime", "process.schedDeadline", "process.schedPeriod", /* of scheduler */
	"process.ioPriority",				/* with ioClass */
	"memoryPolicy.mode", "memoryPolicy.flags",	/* of its own memory; the nodes are decided about */
	"timeOffsets",					/* of clocks of its own */
	"seccomp.metadata",				/* said to the listener */
	"resources.rdma",				/* less, not more */
	"root.image", "root.layers",			/* what the digest and [Match] stand for */
	"uidMap", "gidMap", "usernsSize", "usernsUids", "usernsGids",	/* with ns.user */
	"root.readonlyPaths",				/* with root.maskedPaths */
	"root.propagation",				/* what the host mounts there, and groups of its own: nothing goes out */
	"selinux.sharedLevel", "selinux.fileLabel",	/* with the level; from the ledger */
	"monitor.detach", "monitor.remove", "monitor.interactive",
	"monitor.restart", "monitor.restartMax",		/* each restart is decided again */
	"monitor.runTimeout", "monitor.pidFile",	/* less, not more; pidfile.h bounds the place */
	"monitor.sdNotify", "monitor.createCommand",	/* what the starter says to its own service manager; a note for `generate systemd` */
	"policy",					/* filled with the decision itself */
};

static bool covered(const char *field)
{
	static const struct rule *const tables[] = { process_rules, file_rules, host_rules, resource_rules };

	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct rule *r = tables[t]; r->field; r++)
			if (strcmp(r->field, field) == 0 ||
			    (str_starts(field, r->field) && field[strlen(r->field)] == '.'))
				return true;
	for (size_t i = 0; i < ARRAY_LEN(free_fields); i++)
		if (strcmp(free_fields[i], field) == 0)
			return true;
	return false;
}

static void walk(const struct field *table, const char *front, bool (*ok)(const char *), struct strv *names)
{
	for (const struct field *f = table; f->kind != FIELD_KIND_END; f++) {
		auto_free char *name = NULL;
		struct err e = { 0 };

		assert_int_equal(str_print(&name, &e, "%s%s%s", front, *front ? "." : "", f->key), 0);
		ADD(*names, name);
		if (ok && ok(name))
			continue;
		if (f->kind == FIELD_KIND_OBJ)
			walk(f->sub, name, ok, names);
		else if (ok)
			fail_msg("no rule decides about %s, and free_fields does not say why", name);
	}
}

static void every_field_of_the_plan_is_decided_about(void **state)
{
	auto_strv struct strv names = { 0 };

	(void)state;
	walk(plan_fields, "", covered, &names);
}

static void every_rule_names_a_field_of_the_plan(void **state)
{
	static const struct rule *const tables[] = { process_rules, file_rules, host_rules, resource_rules };
	auto_strv struct strv names = { 0 };

	(void)state;
	walk(plan_fields, "", NULL, &names);
	ADD(names, "ns");
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const struct rule *r = tables[t]; r->field; r++)
			if (!strv_has(&names, r->field))
				fail_msg("%s is no field of the plan", r->field);
	for (size_t i = 0; i < ARRAY_LEN(free_fields); i++)
		if (!strv_has(&names, free_fields[i]))
			fail_msg("%s is no field of the plan", free_fields[i]);
}

/* Whatever is more than the strict default stands in the record. */
static void what_is_wide_is_said(void **state)
{
	static const struct { const char *policy; void (*ask)(struct plan *p); const char *word; } rows[] = {
		{ "[Resources]\nDeviceAllow=/dev/fuse\n", ask_fuse_rw, "DeviceAllow=/dev/fuse 10:229 rw" },
		{ "[Resources]\nDeviceAllow=char-10\n", ask_char_rule, "DeviceAllow=c10:* rw" },
		{ "[Resources]\nCPUWeight=200\n", ask_weight, "CPUWeight=101" },
		{ "[Resources]\nIOWeight=200\n", ask_io_weight, "IOWeight=101" },
		{ "[Resources]\nIODeviceWeight=/dev/vda 101\n", ask_device_weight, "IODeviceWeight=/dev/vda 101" },
		{ "[Resources]\nMemoryLow=1\n", ask_low, "MemoryLow=1" },
		{ "[Resources]\nAllowMemoryOptions=swappiness\n", ask_swappiness, "AllowMemoryOptions=swappiness" },
		{ "[Resources]\nAllowMemoryOptions=oom-kill-disable\n", ask_oom_kill, "AllowMemoryOptions=oom-kill-disable" },
		{ "[Process]\nAllowScheduling=fifo\n", ask_fifo, "AllowScheduling=fifo" },
		{ "[Process]\nAllowScheduling=nice\n", ask_nice, "AllowScheduling=nice" },
		{ "[Process]\nAllowScheduling=realtime-io\n", ask_realtime_io, "AllowScheduling=realtime-io" },
		{ "[Process]\nAllowScheduling=rr\n", ask_rt_runtime, "AllowScheduling=cpuRtRuntime=1000" },
		{ "[Resources]\nAllowNetworkClasses=1048577\n", ask_net_class, "AllowNetworkClasses=1048577" },
		{ "[Resources]\nNetworkPriorityMax=5\n", ask_net_priority, "NetworkPriorityMax=eth0=5" },
		{ "[Process]\nAllowSystemCallListeners=/run/agents\n", ask_listener, "AllowSystemCallListeners=/run/agents/a" },
		{ "[Process]\nAllowSystemCallFlags=log\n", ask_filter_log, "AllowSystemCallFlags=log" },
		{ "[Process]\nAllowNamespacePaths=time\n", ask_time_path, "AllowNamespacePaths=time" },
		{ "[Process]\nAllowHostEnvironment=yes\n", ask_host_env, "AllowHostEnvironment=yes" },
		{ "[Network]\nNetDevices=eth1\n", ask_net_device, "NetDevices=eth1=eth0" },
		{ "[Process]\nPreserveFDs=2\n", ask_2_fds, "PreserveFDs=2" },
		{ "[Filesystem]\nAllowSecrets=*\n", ask_secret, "AllowSecrets=db-key" },
		{ "[Filesystem]\nAllowVolumes=*\n", ask_volume, "AllowVolumes=data" },
		{ "[Image]\nAllowImageMounts=*\n", ask_image, "AllowImageMounts=example.org/data:1" },
		{ "[Log]\nDriver=journald\n", ask_nothing, "Driver=journald" },
		{ "[Process]\nAllowContainerNamespaces=pid\n", ask_other_pid, "AllowContainerNamespaces=pid" },
		{ "[Network]\nAllowModes=container\n", ask_other_net, "Mode=container" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(policy_free_auto) struct policy *p = good_policy(rows[i].policy);
		auto_plan struct plan *draft = small_draft();
		auto_decided struct decided d = { 0 };

		rows[i].ask(draft);
		d = decide_on(p, NULL, draft);
		if (!verdict_allows(d.v))
			fail_msg("%s: %s", rows[i].word, first_denial(d.v));
		if (!strv_has(&d.plan->policy.widened, rows[i].word))
			fail_msg("%s is not said", rows[i].word);
	}
}

static void limits_of_the_policy_are_filled_in(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Resources]\nAllowedCPUs=0-1 3\nIOReadBandwidthMax=/dev/vda 1M /dev/vdb 2M\n"
							      "IOWeight=50\nMemoryLow=1M\n");
	AUTO(policy_free_auto) struct policy *site = good_policy("[Resources]\nIOWriteIOPSMax=/dev/vda 100\nAllowedMemoryNodes=0\n");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = { 0 };
	const struct plan_resources *r;

	(void)state;
	io_in(draft, PLAN_IO_RBPS, "/dev/vdb", 7);
	d = decide_on(p, site, draft);
	r = &d.plan->resources;
	assert_string_equal(r->cpus, "0-1,3");
	assert_string_equal(r->mems, "0");
	assert_int_equal(r->io_weight, 50);
	assert_int_equal(r->memory_low, 1 << 20);
	assert_int_equal(r->io.len, 3);
	assert_int_equal(PLAN_IO(r, 0)->value, 7);
	assert_string_equal(PLAN_IO(r, 1)->path, "/dev/vda");
	assert_int_equal(PLAN_IO(r, 1)->value, 1 << 20);
	assert_int_equal(PLAN_IO(r, 2)->what, PLAN_IO_WIOPS);
}

static void no_more_is_kept_than_a_container_may_have(void **state)
{
	static const struct {
		int64_t max, low;
	} rows[] = { { 1 << 20, 1 << 20 }, { (1 << 20) - 1, (1 << 20) - 1 }, { (1 << 20) + 1, 1 << 20 }, { -1, 1 << 20 }, { FIELD_NONE, 1 << 20 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(policy_free_auto) struct policy *p = good_policy("[Resources]\nMemoryMax=infinity\nMemoryLow=1M\n");
		auto_plan struct plan *draft = small_draft();
		auto_decided struct decided d = { 0 };

		draft->resources.memory_max = rows[i].max;
		d = decide_on(p, NULL, draft);
		assert_true(verdict_allows(d.v));
		assert_int_equal(d.plan->resources.memory_low, rows[i].low);
	}
}

/* The strict plan, byte for byte: a change here is a change of what every container gets. */
static void the_strict_plan(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = decide_on(p, NULL, draft);
	auto_str struct str golden = { 0 };
	auto_free char *text = NULL;
	struct err e = { 0 };
	char buf[4096];
	size_t n;
	FILE *f = fopen("tests/unit/policy/strict-plan.json", "r");

	(void)state;
	assert_int_equal(plan_text(d.plan, &text, &e), 0);
	while (f && (n = fread(buf, 1, sizeof(buf), f)))
		assert_int_equal(str_add_bytes(&golden, buf, n, &e), 0);
	if (f)
		fclose(f);
	if (golden.len && golden.text[golden.len - 1] == '\n')
		golden.text[golden.len - 1] = '\0';
	if (!golden.text || strcmp(text, golden.text) != 0)
		fail_msg("is now:\n%s", text);
	assert_int_equal(d.plan->policy.widened.len, 0);
}

static void explain_names_defaults_too(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[Resources]\nMemoryMax=512M\n");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = decide_on(p, NULL, draft);
	bool memory = false, nnp = false;

	(void)state;
	for (size_t i = 0; i < verdict_count(d.v); i++) {
		const struct policy_reason *r = verdict_at(d.v, i);

		assert_false(r->denied);
		if (strcmp(r->field, "resources.memoryMax") == 0)
			memory = strcmp(r->rule, "MemoryMax=") == 0 && strcmp(r->at, "/t.policy:2") == 0 &&
				 strcmp(r->text, "512M") == 0;
		if (strcmp(r->field, "process.noNewPrivileges") == 0)
			nnp = strcmp(r->at, "built-in") == 0 && strcmp(r->text, "yes") == 0;
	}
	assert_true(memory && nnp);
}

static void what_is_no_capability_decides_nothing(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = { 0 };
	struct err e = { 0 };

	(void)state;
	ADD(draft->process.cap_drop, "CAP_NOSUCH");
	assert_int_equal(policy_decide(p, NULL, draft, &test_who, &test_facts, &d.v, &d.plan, &e), -1);
	assert_string_equal(e.text, "CAP_NOSUCH is no capability");
	assert_null(d.v);
	assert_null(d.plan);
}

static void what_no_key_frees_is_said_once(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = { 0 };
	size_t denied = 0;

	(void)state;
	ask_apparmor(draft);
	d = decide_on(p, p, draft);
	for (size_t i = 0; i < verdict_count(d.v); i++)
		denied += verdict_at(d.v, i)->denied;
	assert_int_equal(denied, 1);
}

/* More denials than there is room for: still denied, and no reason is lost to a default. */
static void reasons_are_bounded(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = { 0 };

	(void)state;
	for (int i = 0; i < POLICY_REASONS_MAX + 1; i++) {
		char target[32];

		snprintf(target, sizeof(target), "/m%d", i);
		mount_in(draft, PLAN_MOUNT_BIND, "/data", target);
	}
	d = decide_on(p, NULL, draft);
	assert_int_equal(verdict_count(d.v), POLICY_REASONS_MAX);
	assert_false(verdict_allows(d.v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses), cmocka_unit_test(allows), cmocka_unit_test(capabilities_add_up),
		cmocka_unit_test(observing_runs_and_says_what_it_would_refuse),
		cmocka_unit_test(observing_never_lifts_identity_or_audit), cmocka_unit_test(selinux_words),
		cmocka_unit_test(the_site_bounds_what_a_policy_allows),
		cmocka_unit_test(a_mount_of_ours_does_not_hide_one_asked_for),
		cmocka_unit_test(ops_have_their_own_lists),
		cmocka_unit_test(a_further_process_has_a_user_that_the_policy_allows), cmocka_unit_test(an_owner_is_an_account_of_a_person),
		cmocka_unit_test(a_silent_site_bounds_nothing), cmocka_unit_test(a_site_fills_in_no_more_than_limits),
		cmocka_unit_test(a_site_makes_records_stricter), cmocka_unit_test(what_was_asked_for_stays),
		cmocka_unit_test(what_is_left_open_is_filled), cmocka_unit_test(an_owner_answers_where_nobody_does),
		cmocka_unit_test(groups_come_from_the_name_service),
		cmocka_unit_test(every_field_of_the_plan_is_decided_about),
		cmocka_unit_test(every_rule_names_a_field_of_the_plan), cmocka_unit_test(the_strict_plan),
		cmocka_unit_test(what_is_wide_is_said), cmocka_unit_test(limits_of_the_policy_are_filled_in),
		cmocka_unit_test(no_more_is_kept_than_a_container_may_have),
		cmocka_unit_test(explain_names_defaults_too), cmocka_unit_test(reasons_are_bounded),
		cmocka_unit_test(what_is_no_capability_decides_nothing), cmocka_unit_test(what_no_key_frees_is_said_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
