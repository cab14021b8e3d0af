/* SPDX-License-Identifier: Apache-2.0 */
/* container.c - making a container's init and taking it to its gate. */
#include "launcher/runtime/container.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "launcher/base/proc.h"
#include "launcher/plan/plan.h"
#include "launcher/runtime/gate.h"
#include "launcher/runtime/inside.h"
#include "launcher/runtime/listener.h"
#include "launcher/runtime/netdev.h"
#include "launcher/runtime/pty.h"
#include "launcher/runtime/sys.h"
#include "launcher/runtime/userns.h"

const int inside_ns_flags[PLAN_NS_COUNT] = {
	[PLAN_NS_MNT] = CLONE_NEWNS, [PLAN_NS_PID] = CLONE_NEWPID, [PLAN_NS_NET] = CLONE_NEWNET,
	[PLAN_NS_IPC] = CLONE_NEWIPC, [PLAN_NS_UTS] = CLONE_NEWUTS, [PLAN_NS_CGROUP] = CLONE_NEWCGROUP,
	[PLAN_NS_USER] = CLONE_NEWUSER, [PLAN_NS_TIME] = CLONE_NEWTIME,
};

static int flags_of(const struct plan *p, const int ns[PLAN_NS_COUNT], __u64 *ret, struct err *e)
{
	*ret = 0;
	for (int i = 0; i < PLAN_NS_COUNT; i++) {
		if ((p->ns[i].mode == PLAN_NS_PATH || p->ns[i].mode == PLAN_NS_CONTAINER) != (ns[i] >= 0))
			return err_set(e, ERR_INTERNAL, 0, "%s name space: not the one of the plan", plan_ns_words[i]);
		/* Not CLONE_NEWCGROUP: its root would be our group, not the container's; nor CLONE_NEWTIME, whose clocks stand by then. See steps.c. */
		if (p->ns[i].mode == PLAN_NS_NEW && i != PLAN_NS_CGROUP && i != PLAN_NS_TIME)
			*ret |= (__u64)inside_ns_flags[i];
	}
	if (!(*ret & CLONE_NEWNS))
		return err_set(e, ERR_INPUT, 0, "a container without its own mount name space: refused");
	return 0;
}

int inside_prepare(const struct plan *p, const struct runtime_place *place,
		   const struct runtime_streams *streams, struct inside *ret, struct err *e)
{
	*ret = (struct inside){ .plan = p, .place = place, .streams = streams, INSIDE_INIT };
	if (process_prepare(p, place->filters, &ret->process, e) || userns_prepare(ret, e) || rootfs_prepare(ret, e))
		return -1;
	ret->process.oom_is_set = userns_any(p);
	return mounts_prepare(ret, e);
}

static void close_all(struct inside *in)
{
	for (size_t i = 0; in->binds && i < in->plan->mounts.len; i++)
		close_fd_auto(&in->binds[i]);
	close_fd_auto(&in->userns);
	close_fd_auto(&in->root_copy);
	close_fd_auto(&in->terminal);
	close_fd_auto(&in->copies);
	close_fd_auto(&in->process.control);
	close_fd_auto(&in->process.agent);
	close_fd_auto(&in->process.told);
}

void inside_done(struct inside *in)
{
	if (!in->made)
		close_all(in);
	for (size_t i = 0; in->images && i < in->plan->mounts.len; i++)
		free(in->images[i]);
	free(in->images);
	free(in->binds);
	free(in->overlay);
	free(in->at);
	process_done(&in->process);
}

/*
 * clone(2) where there is no clone3(2): RestrictNamespaces= of a unit answers it so, because seccomp cannot look at its flags. The init goes
 * into its control group by itself then (step_cgroup()).
 */
static long clone_plain(const struct clone_args *args)
{
	unsigned long flags = (unsigned long)(args->flags & ~(uint64_t)CLONE_INTO_CGROUP) | (unsigned long)args->exit_signal;

	return syscall(SYS_clone, flags, NULL, (void *)(uintptr_t)args->pidfd, NULL, NULL);
}

/*
 * clone3() in the PID name space that is joined: who enters one stays outside himself and has his children in it.
 * Afterwards we are as before, so that the monitor's children are the host's.
 */
static long clone_init(struct inside *in, struct clone_args *args, int *pidfd, struct err *e)
{
	const struct runtime_place *place = in->place;
	auto_close int own = -1;
	long pid;

	if (userns_joined(in->plan) || userns_other_net(in->plan))
		return userns_clone(place, args, pidfd, e);
	if (place->ns[PLAN_NS_PID] >= 0) {
		own = openat(place->procfd, "thread-self/ns/pid", O_RDONLY | O_CLOEXEC);
		if (own < 0 || setns(place->ns[PLAN_NS_PID], CLONE_NEWPID))
			return err_set(e, ERR_SYSTEM, errno, "entering the pid name space");
	}
	pid = sys_clone3(args, sizeof(*args));
	if (pid < 0 && errno == ENOSYS) {
		in->unborn = true;
		pid = clone_plain(args);
	}
	if (pid < 0)
		err_set(e, ERR_SYSTEM, errno, "clone");
	if (pid > 0 && own >= 0 && setns(own, CLONE_NEWPID)) {
		err_set(e, ERR_SYSTEM, errno, "leaving the pid name space");
		(void)kill((pid_t)pid, SIGKILL);
		while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR)
			;
		return -1;
	}
	return pid;
}

int runtime_create(const struct sealed_plan *s, const struct runtime_place *place,
		   const struct runtime_streams *streams, struct runtime_made *ret, struct err *e)
{
	AUTO(inside_done) struct inside in = { .plan = sealed_plan(s), INSIDE_INIT };
	AUTO(gate_done) struct gate gate = GATE_INIT;
	struct runtime_made made = RUNTIME_MADE_INIT;
	struct clone_args args = { .exit_signal = SIGCHLD };
	auto_close int terminal = -1;
	int pidfd = -1;
	long pid;

	(void)umask(0);
	if (flags_of(in.plan, place->ns, &args.flags, e) || inside_prepare(in.plan, place, streams, &in, e) ||
	    listener_connect(&in.plan->seccomp, &in.process.agent, &in.process.told, e) || gate_make(&gate, e) ||
	    (place->last >= 0 && process_hand_over(&in.process, place->last, gate.status[1], NULL, e)) ||
	    (in.plan->process.terminal && pty_socket(&terminal, &in.terminal, e)))
		return -1;
	args.flags |= CLONE_PIDFD;
	if (place->sibling) {
		args.flags |= CLONE_PARENT;
		args.exit_signal = 0;	/* it is the parent's with it */
	}
	args.pidfd = (uintptr_t)&pidfd;
	if (place->cgroup->fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)place->cgroup->fd;
	}
	pid = clone_init(&in, &args, &pidfd, e);
	if (pid < 0)
		return -1;
	if (pid == 0) {
		gate_take_inner(&gate, &in.gate, &in.status);
		steps_run(&in);
	}
	made.pid = (pid_t)pid;
	made.pidfd = pidfd;
	gate_take_outer(&gate, &made.gate, &made.status);
	if (userns_give(in.plan, place->procfd, made.pid, made.gate, e) || netdev_give(in.plan, place->procfd, made.pidfd, e) ||
	    gate_wait_ready(place->procfd, in.plan, place->hooks, &made, e) ||
	    listener_tell(&in.plan->seccomp, place->state, made.pid, in.process.told, e) || (terminal >= 0 && pty_receive(terminal, &made.terminal, e))) {
		runtime_abandon(&made);
		return -1;
	}
	*ret = made;
	in.made = true;
	/* Who listens sees the end of it when the process has gone on, not when we have. */
	close_fd_auto(&in.process.agent);
	close_fd_auto(&in.process.told);
	return 0;
}

void runtime_abandon(struct runtime_made *m)
{
	if (m->pid > 0) {
		/* By pidfd: a sibling may have been reaped. Before there is one it is our own unreaped child. */
		if (m->pidfd < 0 || syscall(SYS_pidfd_send_signal, m->pidfd, SIGKILL, NULL, 0))
			(void)(m->pidfd < 0 && kill(m->pid, SIGKILL));
		while (waitpid(m->pid, NULL, 0) < 0 && errno == EINTR)
			;
		m->pid = 0;
	}
	runtime_made_done(m);
}

void runtime_made_done(struct runtime_made *m)
{
	close_fd_auto(&m->pidfd);
	close_fd_auto(&m->gate);
	close_fd_auto(&m->status);
	close_fd_auto(&m->terminal);
}
