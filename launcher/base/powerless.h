/* SPDX-License-Identifier: Apache-2.0 */
/*
 * powerless.h - a program that reads foreign data gives up what it does not need, before it looks at a byte of it.
 *
 * Afterwards it can read and write its open descriptors, use memory (`bytes`) and end; it opens no
 * file, makes no process and no socket, maps nothing executable. A call beyond that ends it with SIGSYS;
 * openat() fails with EACCES instead, as libraries look for optional files.
 *
 * `threads` may make threads: files are closed by then, the limits on memory and processes and the filter come behind it. The filter is put
 * on all of them at once (SECCOMP_FILTER_FLAG_TSYNC), so nothing that makes a thread is let through. Landlock and no_new_privs are
 * inherited. Each must have made its first system calls when `threads` returns: set_robust_list(2) and rseq(2) are not let through either.
 */
#ifndef SECCTR_BASE_POWERLESS_H
#define SECCTR_BASE_POWERLESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "launcher/base/err.h"

struct powerless {
	uint64_t bytes;			/* of address space */
	unsigned cpu_seconds;		/* 0: no bound */
	bool writes_files;		/* a descriptor it has may be a file it makes longer */
	unsigned descriptors;		/* new ones have numbers below it; 0: it gets none */
	const int *call;		/* system calls beside those that everybody may make */
	size_t n_calls;
	const int *skip;		/* and those that return 0 and do nothing: a library makes them and need not */
	size_t n_skips;
	int (*threads)(void *context, struct err *e);	/* NULL: there are none */
	void *context;
};

/* Refuses (ERR_STATE) to go on as uid or gid 0, with supplementary groups, or with a capability. */
int powerless_enter(const struct powerless *p, struct err *e) MUST_CHECK;

/*
 * For what a program must do before it can give up the rest, and that looks at foreign bytes too (name services do): no file can be
 * written, made or executed any more, no privilege gained by executing one. Without Landlock in the kernel the last alone.
 */
int powerless_look(struct err *e) MUST_CHECK;

/*
 * For who starts such a program, in the child, before it executes it; false: errno says why.
 * powerless_place(): fd[0..n-1] become first, first + 1, ...; standard descriptors below `nulls` become /dev/null, all others
 * are closed. The last of them is the program and closes with the exec. `first` is above 2.
 * powerless_become(): another account, where `change` (who is not root has none to leave); no capability; ends with its parent.
 */
bool powerless_place(int *fd, int n, int first, int nulls) MUST_CHECK;
bool powerless_become(bool change, uid_t uid, gid_t gid) MUST_CHECK;

/*
 * Its account, before the fork: of the file alone, as name services would load libraries into a root program and ask daemons. Without such
 * an account, or such a file, nobody's numbers. ERR_STATE: it has root's; ERR_SYSTEM: a line before it has more than 16 kB.
 */
#define POWERLESS_PASSWD "/etc/passwd"
enum { POWERLESS_NOBODY = 65534 };	/* uid and gid */
int powerless_account(const char *passwd, const char *name, uid_t *ret_uid, gid_t *ret_gid, struct err *e) MUST_CHECK;

#endif
