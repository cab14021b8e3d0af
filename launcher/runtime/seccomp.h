/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp.h - the system call filter of a container: compiled, cached, loaded.
 *
 * plan.seccomp becomes two classic BPF programs (seccomp(2)). `quiet` holds everything and
 * the default action; `log` holds the rules marked `log`, allows all else, and is loaded last with
 * SECCOMP_FILTER_FLAG_LOG: of equal actions the newest filter's wins, so each of its denials gives an
 * audit record (type SECCOMP, 1326) while an ordinary denial gives none. Both are for the native
 * architecture only; a call of another one (int 0x80, x32) kills the process.
 *
 * "errno" without a number is EPERM; a default action left open is errno ENOSYS, which programs take for
 * an older kernel and fall back. A system call that libseccomp does not know is skipped in an
 * "allow" rule (it stays denied) and refused in a rule that would narrow an allowing default.
 *
 * Cache: CACHE/HEX (HEX = SHA-256 over the plan's words, syscalls_version(), libseccomp's version, the
 * architecture). A file that is not root's, not 0600, not of the right size or whose digests do
 * not match its content is compiled anew and replaced. Compiling takes milliseconds, a hit four system
 * calls. At most SECCOMP_CACHE_MAX files; one more empties the cache.
 */
#ifndef SECCTR_RUNTIME_SECCOMP_H
#define SECCTR_RUNTIME_SECCOMP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#include "launcher/base/digest.h"
#include "launcher/base/err.h"
#include "launcher/plan/plan.h"

enum {
	SECCOMP_INSNS_MAX = 4096,	/* BPF_MAXINSNS */
	SECCOMP_RULES_MAX = 1024,	/* rules of one plan; names in one rule likewise */
	SECCOMP_CACHE_MAX = 256,	/* files */
};

struct seccomp_program {
	struct sock_filter *insn;	/* NULL, 0: nothing to load */
	unsigned short len;
	struct digest digest;		/* of the instructions; text[0] == '\0' for an empty one */
};

struct seccomp_filters {
	struct seccomp_program quiet, log;
	bool cached;			/* came from the cache */
};

/* run: /run/secctr, which root alone can enter and which has the cache; or -1. p->none gives two empty programs. */
int seccomp_prepare(const struct plan_seccomp *p, int run, struct seccomp_filters *ret,
		    struct err *e) MUST_CHECK;

/*
 * `flags` (listener.h) are of the quiet one; *ret_listener: close-on-exec, where they ask for it, else -1.
 * Load both into the calling thread, which needs no_new_privs or CAP_SYS_ADMIN. Uses no memory: for the
 * child, last before execve(2). The quiet filter must allow seccomp(2) if there is a `log` one.
 */
int seccomp_apply(const struct seccomp_filters *f, unsigned flags, int *ret_listener, struct err *e) MUST_CHECK;

/*
 * Does the kernel write records for what the filters deny? kernel.seccomp.actions_logged must have
 * kill_process, errno and log; else ERR_AUDIT names the missing one.
 */
int seccomp_check_logging(int procfd, struct err *e) MUST_CHECK;

void seccomp_filters_done(struct seccomp_filters *f);

#endif
