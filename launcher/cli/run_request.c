/* SPDX-License-Identifier: Apache-2.0 */
/* run_request.c - the options of run, and small conversions. */
#include "launcher/cli/run_request.h"

#include <ctype.h>
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

#define ROW(l, n, k, f, v, h, ...) { .letter = l, .name = n, .kind = k, .offset = OPT_INTO(struct run_request, f), \
				     .value = v, .help = h, ##__VA_ARGS__ }

const struct opt run_opts[] = {
	/* First: create has all but this one. */
	ROW('d', "detach", OPT_FLAG, detach, NULL, "run in the background and print the container's id"),
	ROW(0, "rm", OPT_FLAG, remove, NULL, "remove the container when it has ended"),
	ROW('i', "interactive", OPT_FLAG, interactive, NULL, "pass standard input on to the container"),
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
	ROW(0, "entrypoint", OPT_TEXT, entrypoint, "COMMAND", "instead of the image's entry point; a JSON array, or one word"),
	ROW('u', "user", OPT_TEXT, user, "USER[:GROUP]", "user and group, by name or number"),
	ROW('w', "workdir", OPT_TEXT, workdir, "DIR", "working directory inside the container"),
	ROW('l', "label", OPT_LIST, labels, "KEY=VALUE", "a label, shown by inspect"),
	ROW(0, "stop-signal", OPT_TEXT, stop_signal, "SIGNAL", "what `secctr stop` sends (default TERM)"),
	ROW(0, "stop-timeout", OPT_TEXT, stop_timeout, "SECONDS", "how long `secctr stop` waits before it kills"),
	ROW('v', "volume", OPT_LIST, volumes, "SOURCE:TARGET[:OPTIONS]",
	    "bind a directory or file of the host (ro, rw, z, Z, exec, noexec, rbind, ...)", .group = "File systems",
	    .complete = "file"),
	ROW(0, "mount", OPT_LIST, mounts, "type=bind|tmpfs,...", "a mount by keys: source, target, readonly, ...",
	    .group = "File systems"),
	ROW(0, "tmpfs", OPT_LIST, tmpfs, "TARGET[:OPTIONS]", "an empty file system in memory (size=, mode=, ...)",
	    .group = "File systems"),
	ROW(0, "read-only", OPT_TRI, read_only, NULL, "root file system read-only (the usual default of policies)",
	    .group = "File systems"),
	ROW(0, "cap-add", OPT_LIST, cap_add, "CAPABILITY", "ask for a capability, or all", .group = "Security"),
	ROW(0, "cap-drop", OPT_LIST, cap_drop, "CAPABILITY", "give up a capability, or all", .group = "Security"),
	ROW(0, "security-opt", OPT_LIST, security, "OPTION",
	    "no-new-privileges, label=type:T, label=level:L, seccomp=SETS, mask=PATHS", .group = "Security"),
	ROW(0, "cgroup-manager", OPT_TEXT, cgroup_manager, "systemd|cgroupfs", "who makes the control group",
	    .group = "Resources", .hidden = true),
	ROW('h', "hostname", OPT_TEXT, hostname, "NAME", "host name inside the container", .group = "Network"),
	ROW(0, "network", OPT_TEXT, network, "none|host|private", "network of the container (default: the policy's)",
	    .group = "Network"),
	ROW(0, "net", OPT_TEXT, network, "MODE", "the same as --network", .group = "Network", .hidden = true),
	ROW(0, "log-driver", OPT_TEXT, log_driver, "k8s-file|none", "where the output is kept", .group = "Log"),
	ROW(0, "log-opt", OPT_LIST, log_opts, "max-size=SIZE", "bounds of the log", .group = "Log"),
	OPT_END
};
/* What update can change too: request_resources() has a line for each. */
const struct opt resource_opts[] = {
	ROW('m', "memory", OPT_CALL, memory, "SIZE", "memory limit (b, k, m, g)", .call = call_memory,
	    .group = "Resources"),
	ROW(0, "cpus", OPT_CALL, cpus, "NUMBER", "processors, e.g. 1.5", .call = call_cpus, .group = "Resources"),
	ROW(0, "pids-limit", OPT_CALL, pids, "NUMBER", "tasks; -1 for no limit", .call = call_pids,
	    .group = "Resources"),
	OPT_END
};
const struct opt *const run_tables[] = { run_opts, resource_opts, NULL };
const struct opt *const create_tables[] = { run_opts + 1, resource_opts, NULL };

void run_request_prepare(void *request)
{
	struct run_request *r = request;

	r->read_only = -1;
	r->memory = r->cpus = r->pids = FIELD_NONE;
}

void run_request_done(void *request)
{
	struct run_request *r = request;

	opt_list_done(&r->env);
	opt_list_done(&r->volumes);
	opt_list_done(&r->mounts);
	opt_list_done(&r->tmpfs);
	opt_list_done(&r->cap_add);
	opt_list_done(&r->cap_drop);
	opt_list_done(&r->security);
	opt_list_done(&r->labels);
	opt_list_done(&r->log_opts);
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
