/* SPDX-License-Identifier: Apache-2.0 */
/*
 * join.c - one more process in a running container (exec).
 *
 * Whoever enters another's PID name space is visible inside (CVE-2016-9962), and a container that was given
 * CAP_SYS_PTRACE can then read and change it. So the middle process, which nobody inside can see, does
 * all that takes privilege: limits, keyring, label, name spaces. Then it gives its privileges up and closes
 * every descriptor of the host. Only then does it make, by CLONE_PARENT, the process that is visible: that one has
 * nothing from its first instruction that the container does not have.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "launcher/base/proc.h"
#include "launcher/plan/plan.h"
#include "launcher/runtime/gate.h"
#include "launcher/runtime/inside.h"
#include "launcher/runtime/process.h"
#include "launcher/runtime/sys.h"

struct join {
	struct process process;
	const struct runtime_exec *x;
	int flags;		/* name spaces of the container that are not ours */
	int gate, status;
};

static void NORETURN fail(struct join *j, struct err *e)
{
	(void)err_context(e, "container");
	(void)!write(j->status, e, sizeof(*e));
	_exit(err_exit_status(e->reason));
}

static int enter(struct join *j, struct err *e)
{
	const struct runtime_streams *s = &j->x->streams;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "PR_SET_DUMPABLE");
	if (setsid() < 0 || dup2(s->in, 0) < 0 || dup2(s->out, 1) < 0 || dup2(s->err, 2) < 0)
		return err_set(e, ERR_SYSTEM, errno, "standard streams");
	/* Kept across fork: /proc of the host is reached from here only. */
	if (process_limits(&j->process, j->x->procfd, e) || process_keyring(&j->process, j->x->procfd, e) ||
	    process_label(&j->process, j->x->procfd, e))
		return -1;
	/* One call for all: in between no one is half inside. The PID name space is that of children only. */
	if (setns(j->x->pidfd, j->flags))
		return err_set(e, ERR_SYSTEM, errno, "entering the name spaces");
	return process_identity(&j->process, e);
}

static void NORETURN inner(struct join *j)
{
	struct err e = { 0 };

	if (process_bind_to_parent(&e) || process_directory(&j->process, &e) || process_find(&j->process, &e) ||
	    gate_pass(0, j->gate, j->status, &e))
		fail(j, &e);
	(void)!process_exec(&j->process, &e);
	fail(j, &e);
}

/* Leaves only `tell`, at 3, and the two pipes of the gate. */
static int close_rest(struct join *j, int *tell, struct err *e)
{
	int gate = fcntl(j->gate, F_DUPFD_CLOEXEC, 10), status = fcntl(j->status, F_DUPFD_CLOEXEC, 10);
	int pid = fcntl(*tell, F_DUPFD_CLOEXEC, 10);

	if (gate < 0 || status < 0 || pid < 0 || dup3(pid, 3, O_CLOEXEC) < 0 || dup3(gate, 4, O_CLOEXEC) < 0 ||
	    dup3(status, 5, O_CLOEXEC) < 0 || close_range(6, ~0U, 0))
		return err_set(e, ERR_SYSTEM, errno, "descriptors");
	*tell = 3;
	j->gate = 4;
	j->status = 5;
	return 0;
}

/* Tells the launcher the pid as its own name space has it: clone3() here gives that of the caller's. */
static void NORETURN middle(struct join *j, int tell)
{
	struct clone_args args = { .flags = CLONE_PARENT };	/* exit_signal is the parent's with it */
	struct err e = { 0 };
	long pid;

	if (enter(j, &e) || close_rest(j, &tell, &e))
		fail(j, &e);
	pid = sys_clone3(&args, sizeof(args));
	if (pid < 0) {
		err_set(&e, ERR_SYSTEM, errno, "clone3");
		fail(j, &e);
	}
	if (pid == 0) {
		(void)close(tell);
		inner(j);
	}
	_exit(write(tell, &pid, sizeof(pid)) == sizeof(pid) ? 0 : 1);
}

static int flags_of(const struct plan *p)
{
	int set = 0;

	for (int i = 0; i < PLAN_NS_COUNT; i++)
		if (p->ns[i].mode != PLAN_NS_HOST)
			set |= inside_ns_flags[i];
	return set;
}

int runtime_join(const struct sealed_plan *s, const struct runtime_exec *x, struct runtime_made *ret,
		 struct err *e)
{
	struct join j = { .x = x, .gate = -1, .status = -1 };
	AUTO(gate_done) struct gate gate = GATE_INIT;
	struct runtime_made made = RUNTIME_MADE_INIT;
	int told[2] = { -1, -1 };
	long pid = 0;
	pid_t mid;

	j.flags = flags_of(sealed_plan(s));
	if (process_prepare(x->process, x->filters, &j.process, e))
		return -1;
	j.process.first_closed = 3;	/* what the start was handed is not this command's */
	if (gate_make(&gate, e))
		return -1;
	if (pipe2(told, O_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	mid = fork();
	if (mid < 0) {
		close_fd_auto(&told[0]);
		close_fd_auto(&told[1]);
		return err_set(e, ERR_SYSTEM, errno, "fork");
	}
	if (mid == 0) {
		gate_take_inner(&gate, &j.gate, &j.status);
		/* Before the name spaces: cgroup.procs is a path of the host. */
		if (cgroup_enter(x->cgroup, 0, false, e))
			fail(&j, e);
		middle(&j, told[1]);
	}
	close_fd_auto(&told[1]);
	gate_take_outer(&gate, &made.gate, &made.status);
	if (read(told[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = 0;
	close_fd_auto(&told[0]);
	while (waitpid(mid, NULL, 0) < 0 && errno == EINTR)
		;
	made.pid = (pid_t)pid;
	if (gate_wait_ready(x->procfd, &made, e) || (made.pidfd = proc_pidfd(made.pid, e)) < 0) {
		runtime_abandon(&made);
		return -1;
	}
	*ret = made;
	return 0;
}
