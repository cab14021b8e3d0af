/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.c - see inspect.h. json_pack() answers NULL for any part that is NULL, so memory is asked about once. */
#include "launcher/cli/inspect.h"

#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/cli/json_of.h"
#include "launcher/cli/output.h"
#include "launcher/plan/idmap.h"
#include "launcher/store/volumes.h"

#define INT(x) ((json_int_t)(x))

static int64_t or_zero(int64_t value)
{
	return value == FIELD_NONE ? 0 : value;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static json_t *state_object(const struct look *l)
{
	const struct container_state *s = &l->state;
	char started[48], finished[48];

	output_time(s->started, started, sizeof(started));
	output_time(l->ended ? l->exit.finished : 0, finished, sizeof(finished));
	return json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:I, s:I, s:I, s:s, s:s, s:s, s:I, s:s?, s:s?, s:s?}",
			 "OciVersion", "1.0.2-dev", "Status", container_status_words[s->status], "Running",
			 s->status == CONTAINER_RUNNING || s->status == CONTAINER_STOPPING,
			 "Paused", s->status == CONTAINER_PAUSED, "Restarting", s->status == CONTAINER_RESTARTING,
			 "OOMKilled", l->ended && l->exit.oom_killed, "Dead", 0, "Pid", INT(l->ended ? 0 : s->pid),
			 "ConmonPid", INT(l->ended ? 0 : s->monitor_pid), "ExitCode", INT(l->ended ? l->exit.exit_code : 0),
			 "Error", or_empty(l->ended ? l->exit.error : NULL), "StartedAt", started, "FinishedAt", finished,
			 "MonitorPid", INT(s->monitor_pid), "Reason", l->ended ? l->exit.reason : NULL, "CgroupPath", s->cgroup,
			 "Scope", s->scope);
}

static json_t *audit_object(const struct look *l)
{
	const struct container_state *s = &l->state;

	return json_pack("{s:I, s:I, s:I, s:I, s:s?, s:s?}",
			 "LoginUid", INT(s->auid), "Session", INT(s->ses),
			 "CreatorLoginUid", INT(s->creator_auid), "CreatorSession", INT(s->creator_ses),
			 "StartEvent", s->start_event, "StopEvent", l->ended ? l->exit.stop_event : NULL);
}

static const char *propagation(const struct plan_mount *m)
{
	static const char *const words[] = { "rprivate", "private", "rprivate", "slave", "rslave" };

	return words[(unsigned)m->propagation < ARRAY_LEN(words) ? m->propagation : 0];
}

/* Of a volume the directory on the host, and its name. */
static json_t *mount_head(const struct inspect_subject *s, const struct plan_mount *m)
{
	if (m->kind == PLAN_MOUNT_BIND)
		return json_pack("{s:s, s:s}", "Type", "bind", "Source", or_empty(m->source));
	return json_pack("{s:s, s:s, s:o}", "Type", "volume", "Name", m->source, "Source",
			 json_sprintf("%s/" VOLUMES_DIR "/%s/" VOLUME_DATA, s->store ? s->store : STORE_ROOT, m->source));
}

static json_t *mounts_array(const struct inspect_subject *s, const struct plan *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);
		json_t *options, *head;

		if (!plan_mount_is_shown(m))
			continue;
		options = m->kind == PLAN_MOUNT_VOLUME ? json_array() : json_pack("[s]", m->recursive ? "rbind" : "bind");
		for (const char *const *o = (const char *const[]){ m->noexec ? "noexec" : "", m->dev ? "" : "nodev",
								    m->suid ? "" : "nosuid", m->chown ? "U" : "", NULL }; *o; o++)
			if (**o)
				(void)json_array_append_new(options, json_string(*o));
		head = mount_head(s, m);
		if (json_object_update_new(head, json_pack(
			"{s:s, s:s, s:s, s:o, s:b, s:s}",
			"Destination", m->target, "Driver", m->kind == PLAN_MOUNT_VOLUME ? "local" : "", "Mode", m->relabel == PLAN_RELABEL_SHARED ? "z" :
			m->relabel == PLAN_RELABEL_PRIVATE ? "Z" : "", "Options", options, "RW", !m->readonly,
			"Propagation", propagation(m))) || json_array_append_new(list, head)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *binds_array(const struct plan *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);

		if (plan_mount_is_shown(m))
			(void)json_array_append_new(list, json_sprintf("%s:%s:%s,%s,%s", or_empty(m->source), m->target,
				m->readonly ? "ro" : "rw", propagation(m), m->recursive ? "rbind" : "bind"));
	}
	return list;
}

static json_t *tmpfs_object(const struct plan *p)
{
	json_t *map = json_object();

	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);
		char options[96];

		/* The standard ones are in Plan. */
		if (m->kind != PLAN_MOUNT_TMPFS || m->standard)
			continue;
		snprintf(options, sizeof(options), "%s%s%s%s", m->readonly ? "ro" : "rw", m->noexec ? ",noexec" : "",
			 m->dev ? "" : ",nodev", m->suid ? "" : ",nosuid");
		if (m->size != FIELD_NONE)
			snprintf(options + strlen(options), sizeof(options) - strlen(options), ",size=%lld", (long long)m->size);
		(void)json_object_set_new(map, m->target, json_string(options));
	}
	return map;
}

static json_t *ulimits_array(const struct plan *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->process.limits.len; i++) {
		const struct plan_limit *l = FIELD_AT(&p->process.limits, struct plan_limit, i);
		json_t *soft = json_from_u64(l->soft), *hard = json_from_u64(l->hard);

		(void)json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "Name", l->name, "Soft",
							    soft ? soft : json_null(), "Hard", hard ? hard : json_null()));
	}
	return list;
}

static json_t *security_array(const struct plan *p)
{
	json_t *list = json_array();

	if (p->process.no_new_privs > 0)
		(void)json_array_append_new(list, json_string("no-new-privileges"));
	if (p->selinux.type)
		(void)json_array_append_new(list, json_sprintf("label=type:%s", p->selinux.type));
	if (p->selinux.level)
		(void)json_array_append_new(list, json_sprintf("label=level:%s", p->selinux.level));
	if (p->seccomp.none)
		(void)json_array_append_new(list, json_string("seccomp=unconfined"));
	for (size_t i = 0; i < p->seccomp.filter.len; i++)
		(void)json_array_append_new(list, json_sprintf("seccomp=%s", p->seccomp.filter.item[i]));
	return list;
}

/* Podman says how a name space came about: "private", "host", or "ns:PATH". */
static json_t *ns_text(const struct plan *p, enum plan_ns_kind kind)
{
	const struct plan_ns *ns = &p->ns[kind];

	if (ns->mode == PLAN_NS_HOST)
		return json_string("host");
	if (ns->mode == PLAN_NS_CONTAINER)
		return json_sprintf("container:%s", or_empty(ns->path));
	return ns->mode == PLAN_NS_PATH ? json_sprintf("ns:%s", or_empty(ns->path)) : json_string("private");
}

static json_t *config_object(const struct look *l, const struct plan *p)
{
	char user[64];
	auto_free char *umask = NULL;
	struct err ignored;

	snprintf(user, sizeof(user), "%lld:%lld", (long long)or_zero(p->process.user.uid), (long long)or_zero(p->process.user.gid));
	if (p->process.umask != FIELD_NONE && str_print(&umask, &ignored, "%04llo", (unsigned long long)p->process.umask))
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:o, s:o, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:s, s:b}",
			 "Hostname", or_empty(p->hostname), "Domainname", or_empty(p->domainname),
			 "User", p->process.user.text && *p->process.user.text ? p->process.user.text : user,
			 "AttachStdin", 0, "AttachStdout", 0, "AttachStderr", 0, "Tty", p->process.terminal,
			 "OpenStdin", p->monitor.interactive, "StdinOnce", 0, "Env", json_of_list(&p->process.env),
			 "Cmd", json_of_list(&p->process.argv), "Image", or_empty(l->state.image), "Volumes", json_null(),
			 "WorkingDir", or_empty(p->process.cwd), "Entrypoint", "", "OnBuild", json_null(),
			 "Labels", json_of_map(&p->labels), "Annotations", json_of_map(&p->annotations),
			 "StopSignal", INT(or_zero(p->monitor.stop_signal)), "StopTimeout", INT(or_zero(p->monitor.stop_timeout)),
			 "Umask", or_empty(umask), "SystemdMode", p->process.systemd);
}

/* microseconds a second to Podman's three ways of saying it */
static json_t *resources_object(const struct plan *p)
{
	const struct plan_resources *r = &p->resources;
	int64_t quota = r->cpu_quota > 0 ? r->cpu_quota : 0;

	return json_pack("{s:I, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "CpuShares", INT(or_zero(r->cpu_weight)),
			 "Memory", INT(r->memory_max > 0 ? r->memory_max : 0), "NanoCpus", INT(quota * 1000),
			 "CgroupParent", or_empty(r->cgroup_parent), "CpuPeriod", INT(quota ? 100000 : 0), "CpuQuota", INT(quota / 10),
			 "MemorySwap", INT(r->memory_swap > 0 ? r->memory_swap : 0), "MemoryReservation", INT(0),
			 "PidsLimit", INT(r->tasks_max > 0 ? r->tasks_max : 0), "OomScoreAdj", INT(or_zero(p->process.oom_score_adj)),
			 "ShmSize", INT(0), "Ulimits", ulimits_array(p));
}

/* Podman's spelling: "INSIDE:HOST:SIZE". */
static json_t *map_array(const struct field_list *map)
{
	json_t *list = json_array();

	for (size_t i = 0; i < map->len; i++) {
		const struct plan_idmap *m = PLAN_IDMAP(map, i);

		(void)json_array_append_new(list, json_sprintf("%lld:%lld:%lld", (long long)m->inside, (long long)m->host,
							       (long long)m->size));
	}
	return list;
}

static json_t *host_config_object(const struct look *l, const struct plan *p)
{
	static const char *const managers[] = { "", "systemd", "cgroupfs", "none", "systemd" };
	json_t *resources = resources_object(p), *j;
	bool log = p->monitor.log_driver != PLAN_LOG_NONE;

	j = json_pack("{s:o, s:s, s:o, s:s, s:{s:s, s:n, s:s, s:s, s:I}, s:s, s:{}, s:{s:s, s:I}, s:b, s:s, s:n, s:o, s:o, s:[], s:[],"
		      " s:[], s:[], s:o, s:o, s:s, s:s, s:n, s:o, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:s}",
		      "Binds", binds_array(p), "CgroupManager",
		      managers[(unsigned)p->cgroup_manager < ARRAY_LEN(managers) ? p->cgroup_manager : 0],
		      "CgroupMode", ns_text(p, PLAN_NS_CGROUP), "ContainerIDFile", "",
		      "LogConfig", "Type", log ? "k8s-file" : "none", "Config", "Path", log ? "ctr.log" : "", "Tag", "",
		      "Size", INT(or_zero(p->monitor.log_max_size)),
		      "NetworkMode", plan_net_words[p->net], "PortBindings",
		      "RestartPolicy", "Name", l->state.restart ? plan_restart_words[l->state.restart] : "no",
		      "MaximumRetryCount", INT(l->state.restart_max),
		      "AutoRemove", l->state.remove, "VolumeDriver", "", "VolumesFrom",
		      "CapAdd", json_of_list(&p->process.cap_add), "CapDrop", json_of_list(&p->process.cap_drop),
		      "Dns", "DnsOptions", "DnsSearch", "ExtraHosts", "GroupAdd", json_of_list(&p->process.user.groups),
		      "IpcMode", ns_text(p, PLAN_NS_IPC), "Cgroup", "", "Cgroups", p->cgroup_manager == PLAN_CGROUP_SPLIT ? "split" : "default", "Links",
		      "PidMode", ns_text(p, PLAN_NS_PID), "Privileged", 0, "PublishAllPorts", 0, "ReadonlyRootfs", p->root.readonly > 0,
		      "SecurityOpt", security_array(p), "Tmpfs", tmpfs_object(p), "UTSMode", ns_text(p, PLAN_NS_UTS),
		      "UsernsMode", p->ns[PLAN_NS_USER].mode == PLAN_NS_HOST ? json_string("") : ns_text(p, PLAN_NS_USER),
		      "Runtime", "secctr");
	if (j && p->uid_map.len &&
	    json_object_set_new(j, "IDMappings", json_pack("{s:o, s:o}", "UidMap", map_array(&p->uid_map), "GidMap",
							   map_array(&p->gid_map)))) {
		json_decref(j);
		j = NULL;
	}
	if (!j || !resources || json_object_update(j, resources)) {
		json_decref(j);
		j = NULL;
	}
	json_decref(resources);
	return j;
}

static json_t *network_object(void)
{
	return json_pack("{s:s, s:I, s:s, s:I, s:s, s:s, s:b, s:s, s:I, s:{}, s:s, s:{}}", "EndpointID", "", "GlobalIPv6PrefixLen", INT(0),
			 "IPAddress", "", "IPPrefixLen", INT(0), "Gateway", "", "Bridge", "", "HairpinMode", 0,
			 "LinkLocalIPv6Address", "", "LinkLocalIPv6PrefixLen", INT(0), "Ports", "SandboxKey", "", "Networks");
}

static json_t *arguments(const struct plan *p)
{
	json_t *all = json_of_list(&p->process.argv);

	(void)json_array_remove(all, 0);
	return all;
}

/* What Podman has, in its order. */
static json_t *podmans(const struct inspect_subject *s, const struct plan *p)
{
	const struct look *l = s->look;
	const char *digest = p->root.image_digest;
	char created[48];

	output_time(l->state.created, created, sizeof(created));
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:o, s:o, s:[], s:o, s:o,"
			 " s:s, s:b, s:o, s:o}",
			 "Id", l->state.id, "Created", created, "Path", p->process.argv.len ? p->process.argv.item[0] : "",
			 "Args", arguments(p), "State", state_object(l),
			 "Image", digest && str_starts(digest, "sha256:") ? digest + strlen("sha256:") : "",
			 "ImageName", or_empty(p->root.image), "ImageDigest", or_empty(digest), "Rootfs", or_empty(p->root.path), "Pod", "",
			 "Name", or_empty(l->state.name), "Driver", "overlay", "OCIRuntime", "secctr",
			 "MountLabel", or_empty(p->selinux.file_label), "ProcessLabel", or_empty(l->state.process_label),
			 "RestartCount", INT(l->state.restarts), "AppArmorProfile", "", "EffectiveCaps", json_of_list(&p->process.cap_effective),
			 "BoundingCaps", json_of_list(&p->process.cap_bound), "ExecIDs", "Mounts", mounts_array(s, p),
			 "NetworkSettings", network_object(), "Namespace", "", "IsInfra", 0, "Config", config_object(l, p),
			 "HostConfig", host_config_object(l, p));
}

static json_t *ours(const struct inspect_subject *s, json_t *plan)
{
	const struct container_state *c = &s->look->state;
	char uuid[UUID_TEXT + 1];

	id_uuid(c->id, uuid);
	return json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:o, s:O?, s:s?}", "Uuid", uuid, "Policy", c->policy, "PolicyDigest",
			 c->policy_digest, "PlanDigest", c->plan_digest, "Level", c->level, "Audit", audit_object(s->look),
			 "Plan", plan, "PlanError", plan ? NULL : s->broken);
}

int inspect_container(const struct inspect_subject *s, json_t **ret, struct err *e)
{
	auto_json json_t *j = NULL, *more = NULL, *plan = NULL;
	auto_plan struct plan *none = NULL;

	if (s->plan ? plan_json(s->plan, &plan, e) : plan_new(&none, e))
		return -1;
	j = podmans(s, s->plan ? s->plan : none);
	more = ours(s, plan);
	if (!j || !more || json_object_update(j, more) ||
	    (s->size >= 0 && (json_object_set_new(j, "SizeRw", json_integer(s->size)) ||
			      json_object_set_new(j, "SizeRootFs", json_integer(s->root_size)))))
		return err_set(e, ERR_INTERNAL, 0, "inspect %.64s: cannot be written as JSON", s->look->state.id);
	*ret = take_ptr(&j);
	return 0;
}
