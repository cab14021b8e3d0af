/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox.c - the table of sandbox.h. */
#include "launcher/systemd/sandbox.h"

#include <string.h>

#include "launcher/base/path.h"
#include "launcher/plan/caps.h"
#include "launcher/systemd/unit_word.h"

/* Why a directive does not stand, or NULL. */
typedef const char *why_fn(const struct plan *p);
/* Its value, behind "NAME=". */
typedef int value_fn(const struct sandbox *s, struct str *to, struct err *e);

static bool has_cap(const struct plan *p, const char *cap)
{
	return strv_has(&p->process.cap_bound, cap);
}

/* Whether something of the host below `top` is the container's: a bind, or its root. */
static bool uses(const struct plan *p, const char *top)
{
	if (p->root.path && path_has_prefix(p->root.path, top))
		return true;
	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);

		if ((m->kind == PLAN_MOUNT_BIND || m->kind == PLAN_MOUNT_COPY) && m->source &&
		    (path_has_prefix(m->source, top) || path_has_prefix(top, m->source)))
			return true;
	}
	return false;
}

static const char *why_privileges(const struct plan *p)
{
	return p->process.no_new_privs > 0 ? NULL : "the container's policy lets programs gain privileges (NoNewPrivileges=no)";
}

static const char *why_home(const struct plan *p)
{
	return uses(p, "/home") || uses(p, "/root") || uses(p, "/run/user") ? "the container has files of /home, /root or /run/user" : NULL;
}

static const char *why_tmp(const struct plan *p)
{
	return uses(p, "/tmp") || uses(p, "/var/tmp") ? "the container has files of /tmp or /var/tmp" : NULL;
}

static const char *why_devices(const struct plan *p)
{
	(void)p;
	return "the launcher makes the nodes of the container's own /dev";
}

static const char *why_device_policy(const struct plan *p)
{
	for (size_t i = 0; i < p->devices.len; i++)
		if (PLAN_DEVICE(p, i)->major < 0 || PLAN_DEVICE(p, i)->minor < 0)
			return "the container has a rule for devices of any number";
	return NULL;
}

static const char *why_modules(const struct plan *p)
{
	return has_cap(p, "CAP_SYS_MODULE") ? "the container has CAP_SYS_MODULE" : NULL;
}

static const char *why_kernel_log(const struct plan *p)
{
	return has_cap(p, "CAP_SYSLOG") ? "the container has CAP_SYSLOG" : NULL;
}

static const char *why_clock(const struct plan *p)
{
	return has_cap(p, "CAP_SYS_TIME") || has_cap(p, "CAP_WAKE_ALARM") ? "the container may set clocks" : NULL;
}

static const char *why_groups(const struct plan *p)
{
	(void)p;
	return "the container's control group is made below the unit's, so that the unit's limits bind it";
}

static const char *why_hostname(const struct plan *p)
{
	(void)p;
	return "the launcher names the container in its own name space";
}

static const char *why_proc_subset(const struct plan *p)
{
	(void)p;
	return "the launcher reads /proc/filesystems to know whether SELinux is on";
}

static const char *why_network(const struct plan *p)
{
	(void)p;
	return "the launcher reads its audit records back, which the kernel allows in the host's network name space alone";
}

static const char *why_ipc(const struct plan *p)
{
	return p->ns[PLAN_NS_IPC].mode == PLAN_NS_HOST ? "the container uses the host's" : NULL;
}

static const char *why_users(const struct plan *p)
{
	(void)p;
	return "the kernel takes no audit records from a user name space";
}

static bool has_default_filter(const struct plan *p)
{
	return !p->seccomp.none && p->seccomp.filter.len == 1 && strcmp(p->seccomp.filter.item[0], "@container-default") == 0;
}

static const char *why_namespaces(const struct plan *p)
{
	if (!has_default_filter(p))
		return "the container's own filter may let it make name spaces";
	for (int i = 0; i < PLAN_NS_COUNT; i++)
		if (p->ns[i].mode == PLAN_NS_PATH || p->ns[i].mode == PLAN_NS_CONTAINER ||
		    (p->ns[i].mode == PLAN_NS_NEW && (i == PLAN_NS_USER || i == PLAN_NS_TIME)))
			return "the container has a user or time name space of its own, or one of another's: it takes clone3(2) away";
	return NULL;
}

/* Those of the container: clone(2) makes them, as the directive takes clone3(2) away. */
static int namespaces(const struct sandbox *s, struct str *to, struct err *e)
{
	static const char *const names[PLAN_NS_COUNT] = {
		[PLAN_NS_MNT] = "mnt", [PLAN_NS_PID] = "pid", [PLAN_NS_NET] = "net", [PLAN_NS_IPC] = "ipc", [PLAN_NS_UTS] = "uts",
		[PLAN_NS_CGROUP] = "cgroup",
	};

	for (int i = 0; i < PLAN_NS_COUNT; i++)
		if (names[i] && (i == PLAN_NS_MNT || s->plan->ns[i].mode == PLAN_NS_NEW) && unit_word_add(to, UNIT_WORD_EXEC, names[i], e))
			return -1;
	return 0;
}

static const char *why_suid(const struct plan *p)
{
	(void)p;
	return "it takes openat2(2) away, by which the launcher opens paths";
}

static const char *why_realtime(const struct plan *p)
{
	return p->process.scheduler > PLAN_SCHED_IDLE || has_cap(p, "CAP_SYS_NICE") ? "the container may have a real-time scheduler" : NULL;
}

static const char *why_personality(const struct plan *p)
{
	return p->process.linux32 ? "the container asked for another" : NULL;
}

static const char *why_writexec(const struct plan *p)
{
	(void)p;
	return "a program in the container may compile code while it runs";
}

static const char *why_filter(const struct plan *p)
{
	return has_default_filter(p) ? NULL : "the container's own filter is another than @container-default";
}

/* The default type of containers may make no socket of the Internet, with or without a unit (selinux/module). */
static bool is_without_inet(const struct plan *p)
{
	return p->net == PLAN_NET_NONE && p->selinux.process_label && p->selinux.require == PLAN_REQUIRE_ENFORCING && p->selinux.type &&
	       strcmp(p->selinux.type, "secctr_container_t") == 0;
}

static const char *why_families(const struct plan *p)
{
	return p->net == PLAN_NET_NONE ? NULL : "the container has a network";
}

static int families(const struct sandbox *s, struct str *to, struct err *e)
{
	return str_add(to, is_without_inet(s->plan) ? "AF_UNIX AF_NETLINK" : "AF_UNIX AF_NETLINK AF_INET AF_INET6", e);
}

static const char *why_loopback(const struct plan *p)
{
	return p->net != PLAN_NET_NONE ? "the container has a network" : is_without_inet(p) ? "the container can make no socket for it" : NULL;
}

static int one_path(struct str *to, const char *path, struct err *e)
{
	return unit_word_add(to, UNIT_WORD_PATH, path, e);
}

/* The store, and what of the host the container may write. */
static int writable(const struct sandbox *s, struct str *to, struct err *e)
{
	const struct plan *p = s->plan;

	if (one_path(to, s->lib, e) || one_path(to, s->run, e) || (p->root.path && p->root.readonly <= 0 && one_path(to, p->root.path, e)))
		return -1;
	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);

		if (m->kind == PLAN_MOUNT_BIND && !m->readonly && one_path(to, m->source, e))
			return -1;
	}
	return 0;
}

/* A line for each: the first is behind "DeviceAllow=" already. */
static int devices(const struct sandbox *s, struct str *to, struct err *e)
{
	for (size_t i = 0; i < s->plan->devices.len; i++) {
		const struct plan_device *d = PLAN_DEVICE(s->plan, i);

		if ((i && str_add(to, "\nDeviceAllow=", e)) ||
		    str_addf(to, e, "/dev/%s/%lld:%lld %s", *d->type == 'b' ? "block" : "char", (long long)d->major, (long long)d->minor,
			     d->access))
			return -1;
	}
	return 0;
}

static const char *why_no_devices(const struct plan *p)
{
	return p->devices.len ? why_device_policy(p) : "";
}

/* What the launcher, the monitor and the mounter of an overlay need, and when; found by taking one after the other away. */
static bool always(const struct plan *p)
{
	(void)p;
	return true;
}

static bool other_user(const struct plan *p)
{
	return p->process.user.uid != 0 || p->process.user.gid != 0 || p->process.user.groups.len || p->ns[PLAN_NS_USER].mode != PLAN_NS_HOST;
}

static bool writes_layers(const struct plan *p)
{
	return p->root.readonly <= 0;
}

static bool makes_owners(const struct plan *p)
{
	if (writes_layers(p) || other_user(p))
		return true;
	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);

		if (m->chown || m->copy_up || m->kind == PLAN_MOUNT_VOLUME || m->kind == PLAN_MOUNT_COPY || m->uid > 0 || m->gid > 0)
			return true;
	}
	return false;
}

static bool raises_limits(const struct plan *p)
{
	return p->process.limits.len || (p->process.oom_score_adj != FIELD_NONE && p->process.oom_score_adj < 0);
}

static bool maps_users(const struct plan *p)
{
	return p->ns[PLAN_NS_USER].mode != PLAN_NS_HOST;
}

static const struct {
	const char *cap;
	bool (*when)(const struct plan *p);
} needed[] = {
	{ "CAP_SYS_ADMIN", always },		/* name spaces, mounts */
	{ "CAP_SETPCAP", always },		/* to empty the container's bounding set */
	/* Not CAP_AUDIT_CONTROL: the login UID of what systemd starts is unset, and may be set once by anybody. */
	{ "CAP_AUDIT_WRITE", always }, { "CAP_AUDIT_READ", always },
	{ "CAP_NET_ADMIN", always },		/* the loopback link, the program of the device control group */
	{ "CAP_MKNOD", always },		/* the container's /dev */
	{ "CAP_DAC_OVERRIDE", always },		/* the mounter of an overlay opens what others own */
	{ "CAP_SETGID", always },		/* setgroups(2) */
	{ "CAP_SETUID", other_user }, { "CAP_KILL", other_user },
	{ "CAP_CHOWN", makes_owners }, { "CAP_FOWNER", makes_owners }, { "CAP_FSETID", makes_owners },
	{ "CAP_SETFCAP", writes_layers },
	{ "CAP_SYS_RESOURCE", raises_limits },
	{ "CAP_SYS_PTRACE", maps_users }, { "CAP_SYS_CHROOT", maps_users },
};

static int capabilities(const struct sandbox *s, struct str *to, struct err *e)
{
	const struct plan *p = s->plan;
	auto_strv struct strv names = { 0 };
	uint64_t bits;

	if (caps_parse(&p->process.cap_bound, &bits, e))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (needed[i].when(p))
			bits |= UINT64_C(1) << caps_bit(needed[i].cap);
	if (caps_format(bits, &names, e))
		return -1;
	for (size_t i = 0; i < names.len; i++)
		if (unit_word_add(to, UNIT_WORD_EXEC, names.item[i], e))
			return -1;
	return 0;
}

/*
 * Everything of @container-default (plan/syscalls.c) that is known to systemd 252, so that the container's own filter stays the one that
 * decides; and what the launcher needs: mounts, name spaces, the names of a container, its device program.
 */
#define CALLS "@system-service @mount seccomp bpf sethostname setdomainname landlock_create_ruleset landlock_add_rule " \
	"landlock_restrict_self mincore pkey_alloc pkey_free pkey_mprotect"

static const struct row {
	const char *name;
	const char *value;		/* NULL: make() */
	value_fn *make;
	why_fn *why;			/* NULL: it always stands. "": nothing is to be said of it */
} rows[] = {
	{ "NoNewPrivileges",		"yes", NULL, why_privileges },
	{ "CapabilityBoundingSet",	NULL, capabilities, NULL },
	{ "ProtectSystem",		"strict", NULL, NULL },
	{ "ReadWritePaths",		NULL, writable, NULL },
	{ "ProtectHome",		"yes", NULL, why_home },
	{ "PrivateTmp",			"yes", NULL, why_tmp },
	{ "PrivateMounts",		"yes", NULL, NULL },
	{ "PrivateDevices",		NULL, NULL, why_devices },
	{ "DevicePolicy",		"closed", NULL, why_device_policy },
	{ "DeviceAllow",		NULL, devices, why_no_devices },
	{ "ProtectProc",		"invisible", NULL, NULL },
	{ "ProcSubset",			NULL, NULL, why_proc_subset },
	{ "ProtectKernelTunables",	"yes", NULL, NULL },
	{ "ProtectKernelModules",	"yes", NULL, why_modules },
	{ "ProtectKernelLogs",		"yes", NULL, why_kernel_log },
	{ "ProtectClock",		"yes", NULL, why_clock },
	{ "ProtectControlGroups",	NULL, NULL, why_groups },
	{ "ProtectHostname",		NULL, NULL, why_hostname },
	{ "PrivateNetwork",		NULL, NULL, why_network },
	{ "PrivateIPC",			"yes", NULL, why_ipc },
	{ "PrivateUsers",		NULL, NULL, why_users },
	{ "RestrictNamespaces",		NULL, namespaces, why_namespaces },
	{ "RestrictAddressFamilies",	NULL, families, why_families },
	{ "IPAddressDeny",		"any", NULL, why_families },
	{ "IPAddressAllow",		"localhost", NULL, why_loopback },
	{ "SystemCallArchitectures",	"native", NULL, NULL },
	{ "SystemCallFilter",		CALLS, NULL, why_filter },
	{ "SystemCallErrorNumber",	"EPERM", NULL, why_filter },
	{ "RestrictRealtime",		"yes", NULL, why_realtime },
	{ "RestrictSUIDSGID",		NULL, NULL, why_suid },
	{ "MemoryDenyWriteExecute",	NULL, NULL, why_writexec },
	{ "LockPersonality",		"yes", NULL, why_personality },
	{ "KeyringMode",		"private", NULL, NULL },
	{ "UMask",			"0077", NULL, NULL },
};

const char *sandbox_directive(size_t i)
{
	return i < ARRAY_LEN(rows) ? rows[i].name : NULL;
}

int sandbox_text(const struct sandbox *s, struct str *ret, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		const char *why = r->why ? r->why(s->plan) : NULL;

		if (why && *why && str_addf(ret, e, "# %s= is left out: %s\n", r->name, why))
			return -1;
		if (!why && (str_addf(ret, e, "%s=", r->name) || (r->value ? str_add(ret, r->value, e) : r->make(s, ret, e)) ||
			     str_add(ret, "\n", e)))
			return -1;
	}
	return 0;
}
