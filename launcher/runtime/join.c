/* SPDX-License-Identifier: Apache-2.0 */
/*
 * join.c - one more process in a running container (exec).
 *
 * Whoever enters another's PID name space is visible inside (CVE-2016-9962), and a container that was given
 * CAP_SYS_PTRACE can then read and change it. So the middle process, which nobody inside can see, does
 * all that takes privilege: limits, keyring, label, name spaces. Then it gives its privileges up and closes
 * every descriptor of the host. Only then does it make, by CLONE_PARENT, the process that is visible: that one has
 * nothing from its first instruction that the container does not have. Where the file of our program is in a container's
 * reach, the middle process becomes secctr-exec before that (handover.h), which takes the steps behind "visible" itself.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "launcher/base/fault.h"
#include "launcher/base/proc.h"
#include "launcher/plan/plan.h"
#include "launcher/runtime/gate.h"
#include "launcher/runtime/inside.h"
#include "launcher/runtime/listener.h"
#include "launcher/runtime/process.h"
#include "launcher/runtime/pty.h"
#include "launcher/runtime/sys.h"
#include "launcher/runtime/userns.h"

struct join {
	struct process process;
	const struct runtime_exec *x;
	int flags;		/* name spaces of the container that are not ours */
	int gate, status, tell;
	int base;		/* 3, or behind what is handed in: where our own descriptors are put */
	int terminal;		/* socket on which the master of the terminal goes out, or -1 */
};

static int step_cgroup(struct join *j, struct err *e)
{
	const struct plan_process *p = j->process.plan;

	return process_processors(p->exec_cpus_initial, "process.execCPUAffinity.initial", e) ||
	       cgroup_enter(j->x->cgroup, 0, false, e) ||
	       process_processors(p->exec_cpus_final, "process.execCPUAffinity.final", e) ? -1 : 0;
}

static int step_session(struct join *j, struct err *e)
{
	const struct runtime_streams *s = &j->x->streams;
	bool terminal = j->process.plan->terminal;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "PR_SET_DUMPABLE");
	if (setsid() < 0 ||
	    (!terminal && process_streams(s)))
		return err_set(e, ERR_SYSTEM, errno, "standard streams");
	return 0;
}

static int step_signals(struct join *j, struct err *e)
{
	return process_signals(j->x->procfd, e);
}

static int step_limits(struct join *j, struct err *e)
{
	return process_limits(&j->process, j->x->procfd, e);
}

static int step_keyring(struct join *j, struct err *e)
{
	return process_keyring(&j->process, j->x->procfd, e);
}

static int step_label(struct join *j, struct err *e)
{
	return process_label(&j->process, j->x->procfd, e);
}

static int step_enter(struct join *j, struct err *e)
{
	if (setns(j->x->pidfd, j->flags))
		return err_set(e, ERR_SYSTEM, errno, "entering the name spaces");
	/* What is made from here on, a terminal, belongs to an id that is one inside. */
	return j->flags & CLONE_NEWUSER ? userns_root(e) : 0;
}

static int step_terminal(struct join *j, struct err *e)
{
	auto_pty struct pty t = PTY_INIT;
	auto_close int pts = -1;

	if (!j->process.plan->terminal)
		return 0;
	if (pty_find(&pts, e) || pty_open(pts, j->process.uid, &t, e) || pty_streams(&t, e))
		return -1;
	return pty_send(j->terminal, t.master, e);
}

static int step_identity(struct join *j, struct err *e)
{
	return process_identity(&j->process, e);
}

/* Where they are from step_descriptors() on, and for secctr-exec. */
enum { AT_TELL = 3, AT_GATE, AT_STATUS, AT_CONTROL, AT_LAST, AT_AGENT, AT_TOLD, AT_END };	/* with a base of 3 */

/* Leaves only these: `tell`, the two pipes of the gate, what secctr-exec takes, and what a listener does. */
static int step_descriptors(struct join *j, struct err *e)
{
	bool last = j->process.last >= 0;
	int *from[AT_END - AT_TELL] = { &j->tell, &j->gate, &j->status }, high[AT_END - AT_TELL], n = AT_CONTROL - AT_TELL;

	if (last) {
		from[n++] = &j->process.control;
		from[n++] = &j->process.last;
	}
	if (j->process.agent >= 0) {
		from[n++] = &j->process.agent;
		from[n++] = &j->process.told;
	}

	for (int i = 0; i < n; i++) {
		high[i] = fcntl(*from[i], F_DUPFD_CLOEXEC, j->base + AT_END);
		if (high[i] < 0)
			return err_set(e, ERR_SYSTEM, errno, "descriptors");
	}
	for (int i = 0; i < n; i++) {
		*from[i] = j->base + i;
		/* secctr-exec closes what it is given with the exec that follows; AT_LAST is it, and nothing to be given. */
		if (dup3(high[i], *from[i], last && from[i] != &j->process.last ? 0 : O_CLOEXEC) < 0)
			return err_set(e, ERR_SYSTEM, errno, "descriptors");
	}
	if (last)
		snprintf(j->process.number, sizeof(j->process.number), "%d", AT_CONTROL);
	if (close_range((unsigned)(j->base + n), ~0U, 0))
		return err_set(e, ERR_SYSTEM, errno, "close_range");
	return 0;
}

/*
 * The middle process goes on here, and ends, having told the launcher the pid as its own name space has it: clone3() here
 * gives that of the caller's. The new process returns.
 */
static int step_visible(struct join *j, struct err *e)
{
	struct clone_args args = { .flags = CLONE_PARENT };	/* exit_signal is the parent's with it */
	long pid;

	if (j->process.last >= 0)
		return process_exec(&j->process, j->status, e);
	pid = sys_clone3(&args, sizeof(args));
	if (pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "clone3");
	if (pid > 0)
		_exit(write(j->tell, &pid, sizeof(pid)) == sizeof(pid) ? 0 : 1);
	(void)close(j->tell);
	return j->x->outlives ? 0 : process_bind_to_parent(e);
}

/* A session of its own, not the middle process's: its end would hang the terminal up. */
static int step_control(struct join *j, struct err *e)
{
	if (!j->process.plan->terminal)
		return 0;
	if (setsid() < 0)
		return err_set(e, ERR_SYSTEM, errno, "setsid");
	return pty_control(e);
}

static int step_directory(struct join *j, struct err *e)
{
	return process_directory(&j->process, e);
}

static int step_find(struct join *j, struct err *e)
{
	return process_find(&j->process, e);
}

static int step_gate(struct join *j, struct err *e)
{
	return gate_pass(0, j->gate, j->status, e);
}

static int step_exec(struct join *j, struct err *e)
{
	return process_exec(&j->process, j->status, e);
}

static const struct {
	const char *name;
	int (*run)(struct join *j, struct err *e);
} steps[] = {
	/* Before the name spaces: cgroup.procs is a path of the host. */
	{ "cgroup",	step_cgroup },
	{ "session",	step_session },
	/* Kept across fork: /proc of the host is reached from here only. */
	{ "signals",	step_signals },
	{ "limits",	step_limits },
	{ "keyring",	step_keyring },
	{ "label",	step_label },
	/* One call for all: in between no one is half inside. The PID name space is that of children only. */
	{ "enter",	step_enter },
	/* While the privilege is there, and nobody inside can see us yet. */
	{ "terminal",	step_terminal },
	{ "identity",	step_identity },
	{ "descriptors", step_descriptors },
	/* As the person that the command is, but not in its PID name space: /proc/self is nobody here. */
	{ "directory",	step_directory },
	{ "find",	step_find },
	/* From here on the process can be seen inside, and holds nothing of the host. */
	{ "visible",	step_visible },
	{ "control",	step_control },
	{ "gate",	step_gate },
	{ "exec",	step_exec },
};

const char *runtime_join_step_name(size_t i)
{
	return i < ARRAY_LEN(steps) ? steps[i].name : NULL;
}

static void NORETURN join_run(struct join *j)
{
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (fault_at("before", "exec", steps[i].name, &e) || steps[i].run(j, &e) ||
		    fault_at("after", "exec", steps[i].name, &e)) {
			(void)err_context(&e, "container (%s)", steps[i].name);
			(void)!write(j->status, &e, sizeof(e));
			_exit(err_exit_status(e.reason));
		}
	_exit(125);
}

/*
 * Where secctr-exec takes over it comes of vfork(): the launcher waits until that is executed, and then has in its memory whatever
 * was changed here. So what changes is a copy; nothing here returns. A name space of users is not entered here (program_last()),
 * and one of time by a fork: only those two ask for memory of one's own (current_is_single_threaded()). Not dumpable is the launcher too, then.
 * Memory of the host's is shared only by who cannot be seen inside: not with the host's PIDs.
 */
static bool shares_memory(const struct join *j)
{
	return j->x->last >= 0 && j->flags & CLONE_NEWPID && !(j->flags & CLONE_NEWTIME);
}

static void NORETURN join_middle(const struct join *j, const struct gate *gate, int tell)
{
	struct join own = *j;
	struct gate both = *gate;

	gate_take_inner(&both, &own.gate, &own.status);
	own.tell = tell;
	if (own.process.words)
		process_own_words(&own.process);
	join_run(&own);
}

static int flags_of(const struct plan *p)
{
	int set = 0;

	for (int i = 0; i < PLAN_NS_COUNT; i++)
		if (p->ns[i].mode != PLAN_NS_HOST && p->ns[i].mode != PLAN_NS_OPEN)
			set |= inside_ns_flags[i];
	return set;
}

static void join_done(struct join *j)
{
	close_fd_auto(&j->process.control);
	close_fd_auto(&j->process.agent);
	close_fd_auto(&j->process.told);
	process_done(&j->process);
}

int runtime_join(const struct sealed_plan *s, const struct runtime_exec *x, struct runtime_made *ret,
		 struct err *e)
{
	const struct process_visible visible = { .tell = AT_TELL, .gate = AT_GATE, .agent = AT_AGENT, .told = AT_TOLD, .outlives = x->outlives };
	AUTO(join_done) struct join j = { .x = x, .process = { .last = -1, .control = -1, .agent = -1, .told = -1 },
		.gate = -1, .status = -1, .tell = -1, .terminal = -1 };
	AUTO(gate_done) struct gate gate = GATE_INIT;
	struct runtime_made made = RUNTIME_MADE_INIT;
	auto_close int terminal = -1;
	int told[2] = { -1, -1 };
	long pid = 0;
	pid_t mid;

	j.flags = flags_of(sealed_plan(s));
	if (process_prepare(x->process, x->filters, &j.process, e))
		return -1;
	/* What is visible inside is a fork of who sets it, and a fork has neither of them (sched(7)). */
	if (x->process->process.scheduler == PLAN_SCHED_DEADLINE ||
	    (x->process->process.sched_flags != FIELD_NONE && x->process->process.sched_flags & SCHED_FLAG_RESET_ON_FORK))
		return err_set(e, ERR_INPUT, 0, "process.scheduler: SCHED_DEADLINE and SCHED_FLAG_RESET_ON_FORK cannot be applied to an exec");
	/* What an exec is handed is its own to say; a plan of `secctr exec` says nothing. */
	j.base = (int)j.process.first_closed;
	if (x->last >= 0 && j.base != AT_TELL)
		return err_set(e, ERR_INTERNAL, 0, "descriptors are handed in by secctr-exec");
	if (listener_connect(&x->process->seccomp, &j.process.agent, &j.process.told, e) || gate_make(&gate, e) ||
	    (x->last >= 0 && process_hand_over(&j.process, x->last, AT_STATUS, &visible, e)))
		return -1;
	if (pipe2(told, O_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	if (x->process->process.terminal && pty_socket(&terminal, &j.terminal, e)) {
		close_fd_auto(&told[0]);
		close_fd_auto(&told[1]);
		return -1;
	}
	if (shares_memory(&j))
		proc_lend_memory();
	/* What it makes has its parent. */
	mid = x->sibling ? (pid_t)sys_clone3(&(struct clone_args){ .flags = CLONE_PARENT }, sizeof(struct clone_args)) :
	      shares_memory(&j) ? vfork() : fork();
	if (mid < 0) {
		close_fd_auto(&told[0]);
		close_fd_auto(&told[1]);
		close_fd_auto(&j.terminal);
		return err_set(e, ERR_SYSTEM, errno, "fork");
	}
	if (mid == 0)
		join_middle(&j, &gate, told[1]);
	close_fd_auto(&told[1]);
	close_fd_auto(&j.terminal);
	gate_take_outer(&gate, &made.gate, &made.status);
	if (read(told[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = 0;
	close_fd_auto(&told[0]);
	while (waitpid(mid, NULL, 0) < 0 && errno == EINTR)
		;
	made.pid = (pid_t)pid;
	if (gate_wait_ready(x->procfd, x->process, NULL, &made, e) || (made.pidfd = proc_pidfd(made.pid, e)) < 0 ||
	    listener_tell(&x->process->seccomp, x->state, made.pid, j.process.told, e) ||
	    (terminal >= 0 && pty_receive(terminal, &made.terminal, e))) {
		runtime_abandon(&made);
		return -1;
	}
	*ret = made;
	return 0;
}
