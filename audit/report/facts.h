/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.h - what the records of one event say, by whom: the kernel (facts), the sender of a user record (body).
 *
 * Spans are borrowed from the event and raw: quotes and hex are as in the log (span_decode()).
 */
#ifndef SECCTR_AUDIT_REPORT_FACTS_H
#define SECCTR_AUDIT_REPORT_FACTS_H

#include "audit/report/gather.h"

#define FACTS_UNSET UINT32_MAX	/* the kernel's -1: no login UID, no session */

enum denial {
	DENIAL_NONE,
	DENIAL_SELINUX,		/* AVC or USER_AVC: denied */
	DENIAL_SECCOMP,
	DENIAL_REFUSED,		/* secctr said no (set by join.c, which knows whose record it is) */
	DENIAL_EACCES,		/* a system call ended with -13 */
	DENIAL_EPERM,		/* ... with -1 */
};

struct facts {
	bool known;			/* some record has a login UID */
	uint32_t auid, ses, uid, pid, ppid;	/* as stamped; of a refused LOGIN the old ones */
	struct span subj, comm, exe, key, tty, syscall, arch, exit;
	struct span res;		/* where the kernel says so there */
	struct span who;		/* auditd's name of auid, in its quotes; or empty */
	bool success, failed;		/* of the call, or of the LOGIN */
	enum denial denial;
	const struct line *call, *execve, *avc, *seccomp, *login, *user;	/* the first of each, or NULL */
	bool paths;			/* it has PATH records */
	uint32_t old_auid, old_ses;	/* of the LOGIN */
	struct body {			/* of the user record: its sender's words */
		struct span op, resrc, reason, virt, vm, uuid, res, addr, hostname, terminal, acct, exe, path, digest, policy, plan,
			cmd, cwd, vm_ctx, own_ses, from_ses, init_pid, vm_pid, exit, sig, new_vm, name, auid, id, unit, hash;
	} body;
};

/* What a call was about: the first name that is no directory of another name. NULL: none. */
const struct line *facts_path(const struct gathered *ev);

void facts_read(const struct gathered *ev, struct facts *ret);

#endif
