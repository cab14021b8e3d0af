/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steps.c - what the init of a container does between clone and exec, in order.
 *
 * The order is the security of it; the reason for each place stands beside its row. A step
 * allocates nothing. The first failure goes to the parent as one struct err, and the init ends:
 * its name spaces, and every mount in them, end with it.
 */
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "launcher/base/fault.h"
#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/base/proc.h"
#include "launcher/runtime/gate.h"
#include "launcher/runtime/hooks.h"
#include "launcher/runtime/inside.h"
#include "launcher/runtime/pty.h"
#include "launcher/runtime/userns.h"

static int step_session(struct inside *in, struct err *e)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "PR_SET_DUMPABLE");
	if (setsid() < 0)
		return err_set(e, ERR_SYSTEM, errno, "setsid");
	if (!in->plan->process.terminal && process_streams(in->streams))
		return err_set(e, ERR_SYSTEM, errno, "standard streams");
	return process_signals(in->place->procfd, e);
}

/*
 * In its group before the group name space is made: the root of the new name space is the group we are
 * in at that moment (copy_cgroup_ns(), kernel/cgroup/namespace.c). 0 is the writer itself.
 */
static int step_cgroup(struct inside *in, struct err *e)
{
	if (cgroup_enter(in->place->cgroup, 0, in->place->cgroup->fd >= 0 && !in->unborn, e))
		return -1;
	if (in->plan->ns[PLAN_NS_CGROUP].mode == PLAN_NS_NEW && unshare(CLONE_NEWCGROUP))
		return err_set(e, ERR_SYSTEM, errno, "cgroup name space");
	return 0;
}

/*
 * After our group: a cgroup name space that is joined shows it from there. Who cloned us has entered the PID and the user one, and the
 * network where that is not our user name space's.
 */
static int step_join(struct inside *in, struct err *e)
{
	for (int i = 0; i < PLAN_NS_COUNT; i++)
		if (i != PLAN_NS_PID && i != PLAN_NS_USER && !(i == PLAN_NS_NET && userns_other_net(in->plan)) && in->place->ns[i] >= 0 &&
		    setns(in->place->ns[i], inside_ns_flags[i]))
			return err_set(e, ERR_SYSTEM, errno, "entering the %s name space", plan_ns_words[i]);
	return 0;
}

/*
 * Its clocks are set as long as nobody is in it. unshare(2) makes it for children, so it is entered behind that; not by a
 * clone, where who is cloned is in it at once.
 */
static int step_time(struct inside *in, struct err *e)
{
	const struct strv *offsets = &in->plan->time_offsets;
	auto_leave int own = -1, fd = -1;

	if (in->plan->ns[PLAN_NS_TIME].mode != PLAN_NS_NEW)
		return 0;
	if (unshare(CLONE_NEWTIME))
		return err_set(e, ERR_SYSTEM, errno, "time name space");
	fd = offsets->len ? proc_open(in->place->procfd, "self/timens_offsets", O_WRONLY, e) : -1;
	if (offsets->len && fd < 0)
		return -1;
	for (size_t i = 0; i < offsets->len; i++) {
		char line[80];
		int n = snprintf(line, sizeof(line), "%s", offsets->item[i]);

		line[strcspn(line, "=")] = ' ';
		if (write(fd, line, (size_t)n) != n)
			return err_set(e, ERR_SYSTEM, errno, "linux.timeOffsets: %s", line);
	}
	own = openat(in->place->procfd, "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	return own < 0 || setns(own, CLONE_NEWTIME) ? err_set(e, ERR_SYSTEM, errno, "entering the time name space") : 0;
}

static int step_loopback(struct inside *in, struct err *e)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd;

	if (in->plan->ns[PLAN_NS_NET].mode != PLAN_NS_NEW)
		return 0;
	/* Any socket will do (netdevice(7)): a unit that has no addresses of the Internet can start containers too. */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo))
		return err_set(e, ERR_SYSTEM, errno, "loopback interface");
	return 0;
}

static int step_names(struct inside *in, struct err *e)
{
	const struct plan *p = in->plan;

	if (p->ns[PLAN_NS_UTS].mode != PLAN_NS_NEW)
		return 0;
	if (p->hostname && sethostname(p->hostname, strlen(p->hostname)))
		return err_set(e, ERR_SYSTEM, errno, "host name %s", p->hostname);
	if (p->domainname && setdomainname(p->domainname, strlen(p->domainname)))
		return err_set(e, ERR_SYSTEM, errno, "domain name %s", p->domainname);
	return 0;
}

/* Keys were checked by the policy: letters, digits, '.', '_', '-'; here '.' becomes '/'. */
static int step_sysctls(struct inside *in, struct err *e)
{
	for (size_t i = 0; i < in->plan->sysctls.len; i++) {
		const char *entry = in->plan->sysctls.item[i], *eq = strchr(entry, '=');
		char path[256] = "sys/";
		size_t n = 4;
		auto_close int fd = -1;

		for (const char *c = entry; c < eq && n < sizeof(path) - 1; c++)
			path[n++] = *c == '.' ? '/' : *c;
		path[n] = '\0';
		fd = proc_open(in->place->procfd, path, O_WRONLY, e);
		if (fd < 0)
			return err_context(e, "sysctl");
		if (write(fd, eq + 1, strlen(eq + 1)) < 0)
			return err_set(e, ERR_SYSTEM, errno, "sysctl %s", entry);
	}
	return 0;
}

/* The host's while we wait; then ours, which see the host's files and, mounted below them, the container's. */
static int step_hooks(struct inside *in, struct err *e)
{
	if (!in->place->hooks)
		return 0;
	return gate_hooks(in->gate, in->status, &in->host_pid, e) ||
	       hooks_run(in->plan, PLAN_HOOK_CREATE_CONTAINER, in->place->hooks->creating, in->host_pid, NULL, false, e) ? -1 : 0;
}

/* The container's own files: with no more than its process has, filters too. */
static int step_start_hooks(struct inside *in, struct err *e)
{
	if (!in->place->hooks)
		return 0;
	return hooks_run(in->plan, PLAN_HOOK_START_CONTAINER, in->place->hooks->created, in->host_pid, &in->process, false, e);
}

/* Until here the streams are the supervisor's own: nothing of the container's has run that could use them. */
static int step_terminal(struct inside *in, struct err *e)
{
	auto_pty struct pty t = PTY_INIT;

	if (!in->plan->process.terminal)
		return 0;
	if (in->pts < 0)
		return err_set(e, ERR_INPUT, 0, "process.terminal: no devpts of the container's own on " PLAN_PTS);
	if (pty_open(in->pts, in->process.uid, &t, e) || pty_streams(&t, e) || pty_control(e) ||
	    (in->dev >= 0 && pty_console(in->dev, &t, e)))
		return -1;
	return pty_send(in->terminal, t.master, e);
}

static int step_user(struct inside *in, struct err *e)
{
	if (!userns_any(in->plan))
		return 0;
	return mounts_before_user(in, e) || userns_become(in, e) ? -1 : 0;
}

static int step_limits(struct inside *in, struct err *e)
{
	return process_limits(&in->process, in->place->procfd, e);
}

static int step_keyring(struct inside *in, struct err *e)
{
	return process_keyring(&in->process, in->place->procfd, e);
}

static int step_label(struct inside *in, struct err *e)
{
	return process_label(&in->process, in->place->procfd, e);
}

static int step_identity(struct inside *in, struct err *e)
{
	/* In this order: setresuid() clears the latter. */
	if (process_identity(&in->process, e))
		return -1;
	/* An engine's init outlives who made it; the monitor's guard ends it with the monitor. */
	return in->place->sibling ? 0 : process_bind_to_parent(e);
}

static int step_descriptors(struct inside *in, struct err *e)
{
	return gate_pid_ns(in->place->procfd, &in->pid_ns, e) || process_descriptors(&in->process, in->gate, in->status, e) ? -1 : 0;
}

static int step_directory(struct inside *in, struct err *e)
{
	if (process_directory(&in->process, e) == 0)
		return 0;
	/* As Podman: 126 for run, 127 for exec. */
	e->reason = ERR_NOEXEC;
	return -1;
}

static int step_find(struct inside *in, struct err *e)
{
	return process_find(&in->process, e);
}

static int step_gate(struct inside *in, struct err *e)
{
	return gate_pass(in->pid_ns, in->gate, in->status, e);
}

static int step_exec(struct inside *in, struct err *e)
{
	return process_exec(&in->process, in->status, e);
}

static const struct {
	const char *name;
	int (*run)(struct inside *in, struct err *e);
} steps[] = {
	/* First: from here on nobody in the old session can trace, signal by terminal or read us. */
	{ "session",	step_session },
	/* While the host's cgroup tree can be reached; limits hold for all that follows. */
	{ "cgroup",	step_cgroup },
	/* Before anything is made that belongs to a name space: sysctls, mqueue, sysfs. */
	{ "join",	step_join },
	{ "time",	step_time },
	/* While CAP_NET_ADMIN is there. */
	{ "loopback",	step_loopback },
	{ "names",	step_names },
	/* The mount tree, wholly by descriptors, before the old root goes. */
	{ "root",	rootfs_mount },
	/* As the host's user up to here: the store's directories are nobody else's. What is made from here on is the container's. */
	{ "user",	step_user },
	{ "mounts",	mounts_attach },
	/* Through the host's procfs, which shows the sysctls of the writer's name spaces. */
	{ "sysctls",	step_sysctls },
	/* Over the mounts: a volume on /proc cannot undo a mask. */
	{ "readonly",	rootfs_readonly_paths },
	{ "mask",	rootfs_mask },
	/* All that they are promised to find is there: name spaces, mounts; and the host's root is still the root. */
	{ "hooks",	step_hooks },
	/* While what we mounted is at hand by descriptor: no path of the image leads to the terminal (CVE-2025-52565). */
	{ "terminal",	step_terminal },
	{ "enter",	rootfs_enter },
	{ "limits",	step_limits },
	/* After this execve() alone changes the domain; before the capabilities go, they are needed for it. */
	{ "keyring",	step_keyring },
	{ "label",	step_label },
	{ "identity",	step_identity },
	/* Before any path of the image or the request is used: /proc/self/fd/N would lead to the host (CVE-2024-21626). */
	{ "descriptors", step_descriptors },
	/* As the container's user: what that user may not reach it does not get. */
	{ "directory",	step_directory },
	{ "find",	step_find },
	/* The records are written while we wait: nothing of the container has run yet. */
	{ "gate",	step_gate },
	/* Behind the records of the start: the first of the container's files to run. */
	{ "start-hooks", step_start_hooks },
	/* The filters, then execve: a filter that forbids what a step needs comes after it. */
	{ "exec",	step_exec },
};

const char *runtime_step_name(size_t i)
{
	return i < ARRAY_LEN(steps) ? steps[i].name : NULL;
}

void steps_run(struct inside *in)
{
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (fault_at("before", "init", steps[i].name, &e) || steps[i].run(in, &e) ||
		    fault_at("after", "init", steps[i].name, &e)) {
			(void)err_context(&e, "container (%s)", steps[i].name);
			(void)!write(in->status, &e, sizeof(e));
			_exit(err_exit_status(e.reason));
		}
	_exit(125);
}
