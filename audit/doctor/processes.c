/* SPDX-License-Identifier: Apache-2.0 */
/*
 * processes.c - processes of containers that other runtimes made: which may write audit records, which have no login UID.
 *
 * Whose a process is says its control group, as Docker, containerd, CRI-O, Podman, LXC and systemd-nspawn name them. A process in a PID name
 * space below this one is in a container too, if nobody knows whose: of crun or runc by hand, of a runtime that is not in the list. (What
 * secctr started is among them, and is a finding like another's if it had no login UID or could write records.)
 * A record needs CAP_AUDIT_WRITE in the first user name space and nothing else: no PID or network name space keeps a container from it.
 */
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/doctor/facts.h"
#include "launcher/base/cleanup.h"
#include "launcher/base/proc.h"

enum { AUDIT_WRITE_BIT = 29, AUDIT_CONTROL_BIT = 30, TEXT = 4096 };

/* A line of "status" as text behind its name; NULL. */
static const char *status_field(const char *status, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = status; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		if (strncmp(at, name, len) == 0 && at[len] == ':')
			return at + len + 1 + strspn(at + len + 1, "\t ");
	return NULL;
}

/* 64 digits of an id are 12 for people, as the runtimes show them; a name stays. */
static size_t id_length(const char *id, size_t len)
{
	return len == 64 && strspn(id, "0123456789abcdef") >= len ? 12 : len;
}

/* The container in a control group's path. False: none that a known runtime made. */
static bool find_container(const char *cgroup, struct doctor_container *ret)
{
	static const struct {
		const char *mark, *runtime;
	} marks[] = {
		{ "/docker-", "docker" }, { "/docker/", "docker" }, { "/libpod-payload-", "podman" }, { "/libpod-", "podman" },
		{ "/cri-containerd-", "containerd" }, { "/cri-containerd:", "containerd" }, { "/crio-", "cri-o" },
		{ "/kubepods", "kubernetes" }, { "/lxc.payload.", "lxc" }, { "/lxc/", "lxc" }, { "/nspawn/", "systemd-nspawn" },
		{ "/machine.slice/machine-", "systemd-nspawn" }, { "/machine.slice/systemd-nspawn@", "systemd-nspawn" },
	};

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		const char *at = strstr(cgroup, marks[i].mark);
		size_t len;

		if (!at)
			continue;
		at += strlen(marks[i].mark);
		len = strcspn(at, "./\n");
		/* The runtime's own monitors are named after the container, and are not in it. */
		if (strncmp(at, "conmon-", 7) == 0)
			return false;
		(void)snprintf(ret->runtime, sizeof(ret->runtime), "%s", marks[i].runtime);
		(void)snprintf(ret->id, sizeof(ret->id), "%.*s", (int)id_length(at, len), at);
		str_make_safe(ret->id);
		return true;
	}
	return false;
}

/* In a PID name space below ours: NSpid has a number for each. */
static bool is_nested(const char *status)
{
	const char *at = status_field(status, "NSpid");

	return at && strcspn(at, "\t\n") != strcspn(at, "\n");
}

/* By the last part of its control group, as there is no better name; on version 1 of the longest path, since not all are used. */
static void name_by_group(const char *cgroup, struct doctor_container *ret)
{
	const char *best = "", *last = "";
	size_t best_len = 0;

	for (const char *line = cgroup; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *path = strchr(line, '/');
		size_t len = path ? strcspn(path, "\n") : 0;

		if (len > best_len) {
			best = path;
			best_len = len;
		}
	}
	last = best;
	for (size_t i = 0; i < best_len; i++)
		if (best[i] == '/')
			last = best + i + 1;
	best_len -= (size_t)(last - best);
	(void)snprintf(ret->runtime, sizeof(ret->runtime), "unknown");
	(void)snprintf(ret->id, sizeof(ret->id), "%.*s", (int)id_length(last, best_len), last);
	str_make_safe(ret->id);
}

static void add(struct doctor_containers *list, const struct doctor_container *c)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->item[i].runtime, c->runtime) == 0 && strcmp(list->item[i].id, c->id) == 0) {
			list->item[i].processes++;
			return;
		}
	if (list->n == DOCTOR_CONTAINERS_MAX)
		list->more++;
	else
		list->item[list->n++] = *c;
}

/*
 * Audit takes records from the first user name space alone, where every number is itself. (A name space of its own with such a map is taken for
 * it: the worse of the two. The link ns/user would tell, and needs the power to trace the process.)
 */
static bool in_first_user_ns(const char *uid_map)
{
	unsigned long long inside, outside, n;

	return sscanf(uid_map, "%llu %llu %llu", &inside, &outside, &n) != 3 || (inside == 0 && outside == 0 && n == UINT32_MAX);
}

void doctor_read_process(const struct doctor_process *p, struct doctor_facts *ret)
{
	const char *state = status_field(p->status, "State"), *name = status_field(p->status, "Name"), *permitted = status_field(p->status, "CapPrm");
	unsigned long long caps = permitted ? strtoull(permitted, NULL, 16) : 0;
	struct doctor_container c = { .pid = p->pid, .processes = 1 };

	if (state && *state == 'Z')
		return;		/* ended, and only not yet waited for */
	if (!find_container(p->cgroup, &c)) {
		if (!is_nested(p->status))
			return;
		name_by_group(p->cgroup, &c);
	}
	if (name) {
		size_t len = strcspn(name, "\n");

		(void)snprintf(c.command, sizeof(c.command), "%.*s", (int)len, name);
		str_make_safe(c.command);
	}
	if (in_first_user_ns(p->uid_map) && (caps >> AUDIT_WRITE_BIT & 1 || caps >> AUDIT_CONTROL_BIT & 1))
		add(&ret->writers, &c);
	if (strtoul(p->loginuid, NULL, 10) == UINT32_MAX)
		add(&ret->unset, &c);
}

static void look_at(int procfd, const char *pid, struct doctor_facts *f)
{
	char path[64], status[TEXT], loginuid[32], cgroup[TEXT], uid_map[TEXT];
	struct doctor_process p = { .pid = atoi(pid), .status = status, .loginuid = loginuid, .cgroup = cgroup, .uid_map = uid_map };
	struct doctor_container unused;
	struct err gone;

	(void)snprintf(path, sizeof(path), "%s/cgroup", pid);
	if (proc_read(procfd, path, cgroup, sizeof(cgroup), &gone))
		return;
	(void)snprintf(path, sizeof(path), "%s/status", pid);
	if (proc_read(procfd, path, status, sizeof(status), &gone) || (!find_container(cgroup, &unused) && !is_nested(status)))
		return;
	(void)snprintf(path, sizeof(path), "%s/loginuid", pid);
	if (proc_read(procfd, path, loginuid, sizeof(loginuid), &gone))
		return;
	(void)snprintf(path, sizeof(path), "%s/uid_map", pid);
	if (proc_read(procfd, path, uid_map, sizeof(uid_map), &gone))
		return;
	doctor_read_process(&p, f);
}

static void close_dir(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

int doctor_read_processes(int procfd, struct doctor_facts *ret, struct err *e)
{
	int fd = openat(procfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO(close_dir) DIR *d = fd < 0 ? NULL : fdopendir(fd);
	unsigned seen = 0;
	struct dirent *entry;

	if (!d) {
		close_fd_auto(&fd);
		return err_set(e, ERR_SYSTEM, errno, "/proc");
	}
	while ((entry = readdir(d)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') {
			if (++seen > DOCTOR_PROCESSES_MAX)
				return err_set(e, ERR_LIMIT, 0, "more than %d processes", DOCTOR_PROCESSES_MAX);
			look_at(procfd, entry->d_name, ret);
		}
	return 0;
}
