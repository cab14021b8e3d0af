/* SPDX-License-Identifier: Apache-2.0 */
/* run_request.c - the options of run, and small conversions. */
#include "launcher/cli/run_request.h"

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

static int call_memory(void *dest, const char *value, struct err *e)
{
	int64_t size;

	/* podman-run(1): 0 and -1 mean no limit. */
	if (strcmp(value, "-1") == 0 || strcmp(value, "0") == 0) {
		*(int64_t *)dest = -1;
		return 0;
	}
	if (str_to_size(value, "memory", &size, e))
		return -1;
	/* As MemoryMax=: with less the init is killed before it can say why. */
	if (size < 1 << 20)
		return err_set(e, ERR_INPUT, 0, "memory: %.32s is less than 1m", value);
	*(int64_t *)dest = size;
	return 0;
}

static int call_cpus(void *dest, const char *value, struct err *e)
{
	int64_t micro;

	if (str_to_micro(value, "cpus", &micro, e))
		return -1;
	*(int64_t *)dest = micro ? micro : -1;
	return 0;
}

static int call_pids(void *dest, const char *value, struct err *e)
{
	uint64_t n;

	if (strcmp(value, "-1") == 0) {
		*(int64_t *)dest = -1;
		return 0;
	}
	if (str_to_u64(value, 0, INT32_MAX, "pids-limit", &n, e))
		return -1;
	*(int64_t *)dest = n ? (int64_t)n : -1;
	return 0;
}

/* podman-run(1): 0, and -1 where it says so, is not given. */
static int call_number(void *dest, const char *value, int64_t max, const char *what, struct err *e)
{
	uint64_t n;

	if (strcmp(value, "-1") == 0 || strcmp(value, "0") == 0) {
		*(int64_t *)dest = FIELD_NONE;
		return 0;
	}
	if (str_to_u64(value, 1, (uint64_t)max, what, &n, e))
		return -1;
	*(int64_t *)dest = (int64_t)n;
	return 0;
}

static int call_shares(void *dest, const char *value, struct err *e)
{
	return call_number(dest, value, 262144, "cpu-shares", e);
}

static int call_period(void *dest, const char *value, struct err *e)
{
	return call_number(dest, value, 1000000, "cpu-period", e);
}

static int call_quota(void *dest, const char *value, struct err *e)
{
	return call_number(dest, value, INT64_C(1) << 40, "cpu-quota", e);
}

static int call_blkio(void *dest, const char *value, struct err *e)
{
	uint64_t n;

	if (str_to_u64(value, 10, 1000, "blkio-weight", &n, e))
		return -1;
	*(int64_t *)dest = (int64_t)n;
	return 0;
}

static int call_swappiness(void *dest, const char *value, struct err *e)
{
	uint64_t n;

	if (strcmp(value, "-1") == 0) {
		*(int64_t *)dest = FIELD_NONE;
		return 0;
	}
	if (str_to_u64(value, 0, 100, "memory-swappiness", &n, e))
		return -1;
	*(int64_t *)dest = (int64_t)n;
	return 0;
}

static int call_oom_score(void *dest, const char *value, struct err *e)
{
	uint64_t n;

	if (str_to_u64(value + (*value == '-'), 0, 1000, "oom-score-adj", &n, e))
		return -1;
	*(int64_t *)dest = *value == '-' ? -(int64_t)n : (int64_t)n;
	return 0;
}

/* Looked at before anything is opened: what is not there now would be a descriptor of ours later. */
static int call_preserve(void *dest, const char *value, struct err *e)
{
	uint64_t n;

	if (str_to_u64(value, 0, PLAN_PRESERVE_MAX, "preserve-fds", &n, e))
		return -1;
	for (int fd = 3; fd < 3 + (int)n; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return err_set(e, ERR_INPUT, 0, "file descriptor %d is not open", fd);
	*(int64_t *)dest = n ? (int64_t)n : FIELD_NONE;
	return 0;
}

static int call_pull(void *dest, const char *value, struct err *e)
{
	return pull_when_read(value, dest, e);
}

static int call_systemd(void *dest, const char *value, struct err *e)
{
	if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0 && strcmp(value, "always") != 0)
		return err_set(e, ERR_INPUT, 0, "%.32s: true, false or always", value);
	*(const char **)dest = value;
	return 0;
}

#define ROW(l, n, k, f, v, h, ...) { .letter = l, .name = n, .kind = k, .offset = OPT_INTO(struct run_request, f), \
				     .value = v, .help = h, ##__VA_ARGS__ }

/* What a start that comes later cannot have: create has all others. */
const struct opt now_opts[] = {
	ROW('d', "detach", OPT_FLAG, detach, NULL, "run in the background and print the container's id"),
	ROW(0, "detach-keys", OPT_TEXT, detach_keys, "KEYS",
	    "keys that detach from a terminal (default ctrl-p,ctrl-q; \"\" for none)"),
	ROW(0, "sig-proxy", OPT_TRI, sig_proxy, NULL, "pass signals on to the container (the default)"),
	ROW(0, "preserve-fds", OPT_CALL, preserve_fds, "NUMBER", "hand in so many file descriptors, from 3 on", .call = call_preserve),
	OPT_END
};
const struct opt run_opts[] = {
	ROW(0, "rm", OPT_FLAG, remove, NULL, "remove the container when it has ended"),
	ROW('i', "interactive", OPT_FLAG, interactive, NULL, "pass standard input on to the container"),
	ROW('t', "tty", OPT_FLAG, tty, NULL, "give the container a terminal"),
	ROW('a', "attach", OPT_LIST, attach, "stdin|stdout|stderr", "attach these streams only; stdin implies -i"),
	ROW(0, "name", OPT_TEXT, name, "NAME", "name of the container"),
	ROW(0, "replace", OPT_FLAG, replace, NULL, "remove the container that has the name"),
	ROW(0, "restart", OPT_TEXT, restart, "no|on-failure[:N]|always|unless-stopped", "start it again when it has ended"),
	ROW(0, "timeout", OPT_TEXT, timeout, "SECONDS", "kill it after so long"),
	ROW(0, "cidfile", OPT_TEXT, cidfile, "FILE", "write the container's id into a new file"),
	ROW(0, "pidfile", OPT_TEXT, pidfile, "FILE", "write the number of its first process into a file"),
	ROW(0, "rootfs", OPT_FLAG, rootfs, NULL, "the first operand is a directory to be used as root file system"),
	ROW(0, "policy", OPT_TEXT, policy, "NAME", "policy that decides; else the one whose [Match] fits best, else default",
	    .complete = "policy", .group = "Policy"),
	ROW('e', "env", OPT_LIST, env, "KEY[=VALUE]", "set an environment variable; without a value, the caller's"),
	ROW(0, "env-file", OPT_LIST, env_files, "FILE", "set the environment variables of a file, a line each",
	    .complete = "file"),
	ROW(0, "env-host", OPT_FLAG, env_host, NULL, "set all environment variables of the caller"),
	ROW(0, "unsetenv", OPT_LIST, unsetenv, "KEY", "leave out a default or image environment variable"),
	ROW(0, "unsetenv-all", OPT_FLAG, unsetenv_all, NULL, "leave out all of them"),
	ROW(0, "entrypoint", OPT_TEXT, entrypoint, "COMMAND", "instead of the image's entry point; a JSON array, or one word"),
	ROW('u', "user", OPT_TEXT, user, "USER[:GROUP]", "user and group, by name or number"),
	ROW(0, "group-add", OPT_LIST, groups, "GROUP", "one more group, by name or number"),
	ROW(0, "passwd", OPT_TRI, passwd, NULL, "false: add no entry to /etc/passwd and /etc/group (none is ever added)"),
	ROW('w', "workdir", OPT_TEXT, workdir, "DIR", "working directory inside the container"),
	ROW('l', "label", OPT_LIST, labels, "KEY=VALUE", "a label, shown by inspect"),
	ROW(0, "label-file", OPT_LIST, label_files, "FILE", "labels of a file, a line each", .complete = "file"),
	ROW(0, "annotation", OPT_LIST, annotations, "KEY=VALUE", "an annotation, shown by inspect"),
	ROW(0, "init", OPT_FLAG, init, NULL, "an init that passes signals on and reaps is process 1"),
	ROW(0, "init-path", OPT_TEXT, init_path, "PATH", "that init, a program of the host (default: catatonit)", .complete = "file"),
	ROW(0, "systemd", OPT_CALL, systemd, "true|false|always", "what systemd as process 1 needs: if the command is one (default), never, always",
	    .call = call_systemd),
	ROW(0, "umask", OPT_TEXT, umask, "OCTAL", "umask of the command"),
	ROW(0, "ulimit", OPT_LIST, ulimits, "NAME=SOFT[:HARD]", "a resource limit of the command; -1 for none"),
	ROW(0, "oom-score-adj", OPT_CALL, oom_score_adj, "NUMBER", "from -1000 to 1000: which process goes first when memory runs out",
	    .call = call_oom_score),
	ROW(0, "stop-signal", OPT_TEXT, stop_signal, "SIGNAL", "what `secctr stop` sends (default TERM)"),
	ROW(0, "stop-timeout", OPT_TEXT, stop_timeout, "SECONDS", "how long `secctr stop` waits before it kills"),
	ROW('v', "volume", OPT_LIST, volumes, "[SOURCE:]TARGET[:OPTIONS]",
	    "bind a directory or file of the host, or mount a volume (ro, rw, z, Z, exec, noexec, rbind, ...)", .group = "File systems",
	    .complete = "file"),
	ROW(0, "mount", OPT_LIST, mounts, "type=bind|tmpfs|volume,...", "a mount by keys: source, target, readonly, ...",
	    .group = "File systems"),
	ROW(0, "tmpfs", OPT_LIST, tmpfs, "TARGET[:OPTIONS]", "a file system in memory (size=, mode=, notmpcopyup, ...)",
	    .group = "File systems"),
	ROW(0, "volumes-from", OPT_LIST, volumes_from, "CONTAINER[:OPTIONS]", "the volumes of another container (ro, rw, z)",
	    .group = "File systems", .complete = "container"),
	ROW(0, "image-volume", OPT_TEXT, image_volume, "bind|tmpfs|ignore", "what the image calls a volume: one without a name (default), memory, nothing",
	    .group = "File systems"),
	ROW(0, "secret", OPT_LIST, secrets, "NAME[,OPTION...]", "a file of /etc/secctr/secrets, copied to /run/secrets (target=, uid=, gid=, mode=)",
	    .group = "File systems"),
	ROW(0, "shm-size", OPT_TEXT, shm_size, "SIZE", "size of /dev/shm", .group = "File systems"),
	ROW(0, "shm-size-systemd", OPT_TEXT, shm_size_systemd, "SIZE", "of each file system in memory that a systemd gets", .group = "File systems"),
	ROW(0, "tz", OPT_TEXT, tz, "ZONE|local", "time zone, from the host's zone data", .group = "File systems"),
	ROW(0, "read-only", OPT_TRI, read_only, NULL, "root file system read-only (the usual default of policies)",
	    .group = "File systems"),
	ROW(0, "cap-add", OPT_LIST, cap_add, "CAPABILITY", "ask for a capability, or all", .group = "Security"),
	ROW(0, "cap-drop", OPT_LIST, cap_drop, "CAPABILITY", "give up a capability, or all", .group = "Security"),
	ROW(0, "security-opt", OPT_LIST, security, "OPTION",
	    "no-new-privileges, label=type:T, label=level:L, seccomp=SETS, mask=PATHS", .group = "Security"),
	ROW(0, "device", OPT_LIST, devices, "HOST[:TARGET][:rwm]", "a device of the host", .group = "Devices", .complete = "file"),
	ROW(0, "device-cgroup-rule", OPT_LIST, device_rules, "TYPE MAJOR:MINOR rwm", "devices that may be used without a node being made",
	    .group = "Devices"),
	ROW(0, "pid", OPT_TEXT, pid_ns, "MODE", "PID name space: private, host, container:NAME or ns:PATH", .group = "Name spaces"),
	ROW(0, "ipc", OPT_TEXT, ipc_ns, "MODE", "IPC name space: the same, none or shareable", .group = "Name spaces"),
	ROW(0, "uts", OPT_TEXT, uts_ns, "MODE", "UTS name space: the same", .group = "Name spaces"),
	ROW(0, "cgroupns", OPT_TEXT, cgroup_ns, "MODE", "control group name space: the same", .group = "Name spaces"),
	ROW(0, "userns", OPT_TEXT, user_ns, "MODE",
	    "user name space: host, auto[:OPTION,...], private with --uidmap, container:NAME or ns:PATH", .group = "Name spaces"),
	ROW(0, "uidmap", OPT_LIST, uid_maps, "INSIDE:HOST[:SIZE]", "uids of a user name space of its own", .group = "Name spaces"),
	ROW(0, "gidmap", OPT_LIST, gid_maps, "INSIDE:HOST[:SIZE]", "gids of it; each of the two is the other's default",
	    .group = "Name spaces"),
	ROW(0, "subuidname", OPT_TEXT, subuid_name, "NAME", "map the sub-uids that NAME has in /etc/subuid", .group = "Name spaces"),
	ROW(0, "subgidname", OPT_TEXT, subgid_name, "NAME", "map the sub-gids that NAME has in /etc/subgid", .group = "Name spaces"),
	ROW(0, "sysctl", OPT_LIST, sysctls, "KEY=VALUE", "a kernel setting of the container's own name spaces", .group = "Name spaces"),
	ROW(0, "oom-kill-disable", OPT_FLAG, oom_kill_disable, NULL, "wait for memory; on control groups of version 1 only",
	    .group = "Resources"),
	ROW(0, "cgroup-manager", OPT_TEXT, cgroup_manager, "systemd|cgroupfs", "who makes the control group",
	    .group = "Resources", .hidden = true),
	ROW(0, "cgroups", OPT_TEXT, cgroups, "enabled|split", "split: in the control group of the unit that runs secctr (Delegate=yes)",
	    .group = "Resources"),
	ROW(0, "sdnotify", OPT_TEXT, sdnotify, "monitor|ignore", "who tells systemd that it has started: secctr (default), nobody"),
	ROW('h', "hostname", OPT_TEXT, hostname, "NAME", "host name inside the container", .group = "Network"),
	ROW(0, "network", OPT_TEXT, network, "none|host|private", "network of the container; also container:NAME, ns:PATH (default: the policy's)",
	    .group = "Network"),
	ROW(0, "net", OPT_TEXT, network, "MODE", "the same as --network", .group = "Network", .hidden = true),
	ROW(0, "log-driver", OPT_TEXT, log_driver, "k8s-file|journald|none", "where the output is kept", .group = "Log"),
	ROW(0, "log-opt", OPT_LIST, log_opts, "max-size=SIZE|tag=TEXT", "bounds of the log, its name in the journal", .group = "Log"),
	ROW(0, "pull", OPT_CALL, pull, "always|missing|never|newer", "when to fetch the image (default: missing)", .call = call_pull, .group = "Registry"),
	ROW('q', "quiet", OPT_FLAG, how.quiet, NULL, "say nothing while an image is fetched", .group = "Registry"),
	PULL_ROWS(struct run_request, how),
	OPT_END
};
/* What update can change too. */
const struct opt resource_opts[] = {
	ROW('m', "memory", OPT_CALL, memory, "SIZE", "memory limit (b, k, m, g)", .call = call_memory,
	    .group = "Resources"),
	ROW(0, "memory-swap", OPT_CALL, memory_swap, "SIZE", "memory and swap together; -1 for no limit", .call = call_memory,
	    .group = "Resources"),
	ROW(0, "memory-reservation", OPT_CALL, memory_low, "SIZE", "memory to be kept when it gets scarce", .call = call_memory,
	    .group = "Resources"),
	ROW(0, "memory-swappiness", OPT_CALL, swappiness, "NUMBER", "from 0 to 100; on control groups of version 1 only",
	    .call = call_swappiness, .group = "Resources"),
	ROW('c', "cpu-shares", OPT_CALL, cpu_shares, "NUMBER", "share of processor time; 1024 is everybody's", .call = call_shares,
	    .group = "Resources"),
	ROW(0, "cpu-period", OPT_CALL, cpu_period, "MICROSECONDS", "in which --cpu-quota is counted", .call = call_period,
	    .group = "Resources"),
	ROW(0, "cpu-quota", OPT_CALL, cpu_quota, "MICROSECONDS", "processor time in each period", .call = call_quota, .group = "Resources"),
	ROW(0, "cpuset-cpus", OPT_TEXT, cpuset_cpus, "LIST", "processors, e.g. 0-3,5", .group = "Resources"),
	ROW(0, "cpuset-mems", OPT_TEXT, cpuset_mems, "LIST", "memory nodes", .group = "Resources"),
	ROW(0, "blkio-weight", OPT_CALL, blkio_weight, "NUMBER", "share of block devices, from 10 to 1000; 500 is everybody's",
	    .call = call_blkio, .group = "Resources"),
	ROW(0, "blkio-weight-device", OPT_LIST, weight_devices, "DEVICE:NUMBER", "the same for one device", .group = "Resources"),
	ROW(0, "device-read-bps", OPT_LIST, read_bps, "DEVICE:SIZE", "bytes read per second", .group = "Resources"),
	ROW(0, "device-write-bps", OPT_LIST, write_bps, "DEVICE:SIZE", "bytes written per second", .group = "Resources"),
	ROW(0, "device-read-iops", OPT_LIST, read_iops, "DEVICE:NUMBER", "reads per second", .group = "Resources"),
	ROW(0, "device-write-iops", OPT_LIST, write_iops, "DEVICE:NUMBER", "writes per second", .group = "Resources"),
	ROW(0, "cpus", OPT_CALL, cpus, "NUMBER", "processors, e.g. 1.5", .call = call_cpus, .group = "Resources"),
	ROW(0, "pids-limit", OPT_CALL, pids, "NUMBER", "tasks; -1 for no limit", .call = call_pids,
	    .group = "Resources"),
	OPT_END
};
const struct opt *const run_tables[] = { now_opts, run_opts, resource_opts, NULL };
const struct opt *const create_tables[] = { run_opts, resource_opts, NULL };

void run_request_prepare(void *request)
{
	struct run_request *r = request;

	r->how = (struct pull_request)PULL_REQUEST_INIT;
	r->read_only = r->passwd = r->sig_proxy = -1;
	r->memory = r->cpus = r->pids = FIELD_NONE;
	r->oom_score_adj = r->preserve_fds = r->memory_swap = r->memory_low = r->swappiness = FIELD_NONE;
	r->cpu_shares = r->cpu_period = r->cpu_quota = r->blkio_weight = FIELD_NONE;
}

void run_request_done(void *request)
{
	struct run_request *r = request;

	/* Whatever the tables fill: a list more there needs no line here. */
	for (size_t i = 0; run_tables[i]; i++)
		for (const struct opt *o = run_tables[i]; o->kind != OPT_KIND_END; o++)
			if (o->kind == OPT_LIST)
				opt_list_done((struct opt_list *)(void *)((char *)r + o->offset));
}

int signal_number(const char *text, int *ret, struct err *e)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	uint64_t n;

	if (isdigit((unsigned char)*text)) {
		if (str_to_u64(text, 1, 64, "signal", &n, e))
			return -1;
		*ret = (int)n;
		return 0;
	}
	for (int i = 1; i <= 31; i++)
		if (sigabbrev_np(i) && strcasecmp(sigabbrev_np(i), name) == 0) {
			*ret = i;
			return 0;
		}
	if (strncasecmp(name, "RTMIN+", 6) == 0 && str_to_u64(name + 6, 0, (uint64_t)(SIGRTMAX - SIGRTMIN), "signal", &n, e) == 0) {
		*ret = SIGRTMIN + (int)n;
		return 0;
	}
	return err_set(e, ERR_INPUT, 0, "no such signal: %.32s", text);
}
