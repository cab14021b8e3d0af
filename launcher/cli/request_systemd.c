/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_systemd.c - --systemd: what systemd(1) as the first process of a container asks for (its Container Interface,
 * systemd.io/CONTAINER_INTERFACE), as podman-run(1) gives it. A request like any other: the policy has the last word.
 */
#include <stdio.h>
#include <string.h>

#include "launcher/cli/request_parts.h"

enum { HALT = 37 };			/* SIGRTMIN+3 of programs (signal(7)), "halt" (systemd(1)) */

static bool is_init(const char *command)
{
	static const char *const inits[] = { "/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init" };
	const char *name = strrchr(command, '/') ? strrchr(command, '/') + 1 : command;

	for (size_t i = 0; i < ARRAY_LEN(inits); i++)
		if (strcmp(command, inits[i]) == 0)
			return true;
	return strcmp(name, "systemd") == 0;
}

int request_systemd(struct building *b, struct err *e)
{
	struct plan *p = b->p;
	const char *how = b->r->systemd ? b->r->systemd : "true";
	auto_free char *uuid = NULL;

	p->process.systemd = strcmp(how, "always") == 0 ||
			     (strcmp(how, "true") == 0 && !b->r->init && p->process.argv.len && is_init(p->process.argv.item[0]));
	if (!p->process.systemd)
		return 0;
	if (b->r->init)
		return err_set(e, ERR_USAGE, 0, "--systemd always and --init exclude each other: systemd is the first process");
	p->monitor.stop_signal = HALT;	/* the image's and the request's own word go over it */
	/* What /etc/machine-id becomes where it is empty. */
	return strv_env(&p->process.env, "container_uuid") ? 0 :
	       str_print(&uuid, e, "container_uuid=%.32s", p->id) || strv_add(&p->process.env, uuid, e) ? -1 : 0;
}

/* Where nothing else is asked for. Its size is the policy's where the request says none. */
static int add_memory(struct building *b, const char *target, struct err *e)
{
	struct plan_mount *m;

	if (plan_mount_on(b->p, target))
		return 0;
	m = plan_mount_add(b->p, PLAN_MOUNT_TMPFS, NULL, target, e);
	if (!m)
		return -1;
	m->copy_up = true;
	if (b->r->shm_size_systemd && str_to_size(b->r->shm_size_systemd, "--shm-size-systemd", &m->size, e))
		return -1;
	plan_mount_raise(&b->p->mounts);
	return 0;
}

int request_systemd_mounts(struct building *b, struct err *e)
{
	static const char *const in_memory[] = { "/run", "/run/lock", "/tmp", "/var/log/journal" };

	for (size_t i = 0; b->p->process.systemd && i < ARRAY_LEN(in_memory); i++)
		if (add_memory(b, in_memory[i], e))
			return -1;
	return 0;
}

int request_systemd_cgroups(struct building *b, struct err *e)
{
	struct plan *p = b->p;
	struct plan_mount *m = plan_mount_on(p, "/sys/fs/cgroup");

	if (!p->process.systemd || !m || m->kind != PLAN_MOUNT_CGROUP)
		return 0;
	if (p->ns[PLAN_NS_CGROUP].mode != PLAN_NS_OPEN && p->ns[PLAN_NS_CGROUP].mode != PLAN_NS_NEW)
		return err_set(e, ERR_INPUT, 0, "--systemd with --cgroupns %.16s: systemd writes what it sees, and may see its own control groups "
			       "alone", plan_ns_mode_words[p->ns[PLAN_NS_CGROUP].mode]);
	m->readonly = false;
	return 0;
}
