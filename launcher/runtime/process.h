/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - identity, limits and privileges of a container process.
 *
 * process_prepare() turns the plan's words into numbers in the parent, where memory and tables are at hand;
 * what process_*() do in the child allocates nothing. Shared by a container's init and by exec.
 */
#ifndef SECCTR_RUNTIME_PROCESS_H
#define SECCTR_RUNTIME_PROCESS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "launcher/base/err.h"
#include "launcher/plan/plan.h"
#include "launcher/runtime/seccomp.h"

enum { PROCESS_GROUPS_MAX = 256, PROCESS_NODES_MAX = 1024 /* MAX_NUMNODES at most */ };

struct process {
	const struct plan_process *plan;	/* borrowed */
	uid_t uid;
	gid_t gid, groups[PROCESS_GROUPS_MAX];
	size_t n_groups;
	uint64_t bound, effective, ambient;	/* bit n: capability n */
	uint64_t for_filters;		/* CAP_SYS_ADMIN if loading the filters takes it: kept until execve(2), which takes it away */
	struct { int resource; struct rlimit limit; } limits[16];
	size_t n_limits;
	int memory_mode;		/* MPOL_* with its flags, or -1; the nodes that it is about */
	unsigned long memory_nodes[PROCESS_NODES_MAX / (8 * sizeof(long))];
	const char *label;			/* for attr/exec, or NULL */
	const struct seccomp_filters *filters;
	bool no_new_privs;
	bool at_top;			/* "/" is the working directory already */
	bool oom_is_set;		/* by the parent: a user name space has no say about it */
	unsigned first_closed;			/* 3, or the one behind those that the caller hands in */
	const char *path;			/* PATH= of the environment */
	unsigned filter_flags;			/* listener.h */
	int agent, told;			/* of a listener, or -1 */
	int last, control;			/* secctr-exec and what it is told (handover.h), or -1 */
	char **words;				/* its arguments; [2] is the program that is found */
	char number[12];
	char program[PATH_MAX];			/* found by process_find(), in the child */
};

int process_prepare(const struct plan *p, const struct seccomp_filters *filters, struct process *ret,
		    struct err *e) MUST_CHECK;
/* secctr-exec (borrowed) takes the last step, and reports to `status`. NULL: there is none to make by it (handover.h). */
struct process_visible { int tell, gate, agent, told; bool outlives; };
int process_hand_over(struct process *c, int last, int status, const struct process_visible *join, struct err *e)
	MUST_CHECK NONNULL(1, 5);
/* After that the arguments point into *c: this has them point into a copy, whose `words` are the same. */
void process_own_words(struct process *c) NONNULL(1);
void process_done(struct process *c);

/*
 * No signal blocked and none ignored, whatever the caller's are (nohup, a shell's background job): both outlive
 * execve(2), and a program that is to be stopped by SIGINT or SIGTERM would never hear of it.
 */
int process_signals(int procfd, struct err *e) MUST_CHECK;
/* They become 0, 1 and 2, where they are not; -1 with errno. */
struct runtime_streams;
int process_streams(const struct runtime_streams *s) MUST_CHECK;

/* Processors by a list of cpuset.h; NULL: as they are. */
int process_processors(const char *list, const char *field, struct err *e) MUST_CHECK;

/* In the order in which the child calls them; each needs what the next takes away. */
int process_limits(const struct process *c, int procfd, struct err *e) MUST_CHECK;
int process_keyring(const struct process *c, int procfd, struct err *e) MUST_CHECK;
int process_label(const struct process *c, int procfd, struct err *e) MUST_CHECK;
int process_identity(const struct process *c, struct err *e) MUST_CHECK;	/* groups, ids, capabilities, NNP */
/* Close everything but the standard streams, what is handed in, these two pipes and what the last step takes, which lie above. */
int process_descriptors(const struct process *c, int gate, int status, struct err *e) MUST_CHECK;
/* In the process itself: neither fork nor setresuid() of its parent leaves it. Then a killed monitor takes it along. */
int process_bind_to_parent(struct err *e) MUST_CHECK;
int process_directory(const struct process *c, struct err *e) MUST_CHECK;
int process_find(struct process *c, struct err *e) MUST_CHECK;
/* In a further process of the container's that will execve(2) too: no more capabilities afterwards than the container's, and its filters. */
int process_filter(const struct process *c, struct err *e) MUST_CHECK;
/* Filters, then execve, here or by secctr-exec; returns only on failure. */
int process_exec(const struct process *c, int status, struct err *e) MUST_CHECK;

#endif
