/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.h - programs that a bundle names to be run around a container's life (config.md, "POSIX-platform Hooks").
 *
 * A hook reads the container's state as JSON from its standard input (a file in memory); what it writes is read for the message
 * of its failure and thrown away. It is a session of its own, with the environment that the bundle gives it and no other, no
 * descriptor but these three, umask 022, all signals at their defaults. One that takes longer than its time is killed with
 * its session; HOOK_SECONDS where it names none. Who runs it dies: it is killed.
 *
 *	prestart, createRuntime, poststart, poststop	on the host, as who calls; in "/"
 *	createContainer		in the container's name spaces and control group, before its root is its root; as the init is
 *				then: root, of the container's user name space if it has one
 *	startContainer		in the container, as its process: user, capabilities, no_new_privs, filters, directory
 */
#ifndef SECCTR_RUNTIME_HOOKS_H
#define SECCTR_RUNTIME_HOOKS_H

#include <sys/types.h>

#include "launcher/base/err.h"
#include "launcher/plan/plan.h"
#include "launcher/runtime/process.h"

enum { HOOK_SECONDS = 60 };

/* What the init's hooks are told, and what is done on the host while it waits; all borrowed. */
struct runtime_hooks {
	const char *creating, *created;		/* the state without "pid" and its last brace */
	int (*outside)(void *arg, pid_t pid, struct err *e);	/* prestart, createRuntime */
	void *arg;
};

bool hooks_any(const struct plan *p, int when);
/* Milliseconds that those of this time may take altogether. */
int hooks_wait_ms(const struct plan *p, int when);
/*
 * All of enum plan_hook_when `when` in the plan's order; ends with the first that fails, or, with `all`, tells of that one and
 * runs the others too. `pid`: of the container's init as the host has it, 0: it has none any more. `as`: NULL on the host.
 * Allocates nothing.
 */
int hooks_run(const struct plan *p, int when, const char *state, pid_t pid, const struct process *as, bool all, struct err *e) MUST_CHECK;

#endif
