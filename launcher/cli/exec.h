/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec.h - one more process in a running container: what its parts share.
 *
 *	cmd_exec.c	the command: who may, the records, the process, its end
 *	exec_process.c	the request over the process of the container's plan
 *	exec_relay.c	its streams, without -t and -d; with one of them exec_watch.h
 */
#ifndef SECCTR_CLI_EXEC_H
#define SECCTR_CLI_EXEC_H

#include "audit/writer.h"
#include "launcher/base/ids.h"
#include "launcher/cli/look.h"
#include "launcher/runtime/container.h"

struct exec_request {
	bool interactive, tty, detach, privileged, latest;
	const char *user, *workdir, *detach_keys, *preserve_fds;
	struct opt_list env, env_files;
};

struct exec {
	struct context *c;
	const struct exec_request *r;
	struct look look;
	struct sealed_plan *sealed;
	struct plan *p;			/* a copy with what the request changes in its process */
	struct audit_writer writer;
	struct seccomp_filters filters;
	struct cgroup cgroup;
	struct runtime_made made;
	int in[2], out[2], err[2];
	int last;			/* secctr-exec on a read-only mount, or -1 (runtime/container.h) */
	uint32_t ses;
	char uuid[UUID_TEXT + 1];
	char id[ID_HEX + 1];		/* of a command that is watched; "" of one that is not */
	bool started;			/* what fails from here on is no refusal */
};

/* x->p: the plan with this command, user, environment and directory. It never has more than the container's plan. */
int exec_process(struct exec *x, const struct opt_list *operands, struct err *e) MUST_CHECK;

int exec_streams_make(struct exec *x, struct err *e) MUST_CHECK;
/* Ours and the process's to each other until it has ended; its exit status. */
int exec_relay(struct exec *x, struct err *e) MUST_CHECK;

#endif
