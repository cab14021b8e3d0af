/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access.h - may this caller ask this of secctr? Class "secctr" of the loaded policy.
 *
 * The policy writer says who may do what to which containers:
 *	(allow sysadm_t secctr_container_net_t (secctr (run exec stop)))
 * Source is the caller's domain (label_of_caller()), target the process context of
 * the container, or our own context for questions about no single container.
 * A policy without the class refuses: the error says how to install the module.
 */
#ifndef SECCTR_SELINUX_ACCESS_H
#define SECCTR_SELINUX_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"

enum { SELINUX_AVC_TEXT = 2560 };	/* two contexts of LABEL_MAX and the words around them */

struct selinux_verdict {
	bool allowed;		/* by a rule, or let through by a permissive host or domain */
	bool denied_by_rule;	/* no rule allows it */
	bool permissive;
	/*
	 * Body of the USER_AVC record, "" when the policy wants none (allowed, or
	 * dontaudit). "avc:  denied  { run } for  scontext=... tcontext=...
	 * tclass=secctr permissive=0": the form of libselinux' avc_audit(), which
	 * ausearch -m avc and audit2allow read. The caller has it written.
	 */
	char avc[SELINUX_AVC_TEXT];
};

/*
 * `perm` is run, exec, stop, remove, inspect or admin. -1 is a failure to get an
 * answer, a refusal is 0 with allowed = false. Needs security { compute_av }.
 */
int selinux_may(const char *source, const char *target, const char *perm,
		struct selinux_verdict *ret, struct err *e) MUST_CHECK NONNULL(1, 2, 3, 4, 5);

/* The kernel's answer to an "access" question (sel_write_access() in selinuxfs.c). */
struct selinux_av {
	uint32_t allowed, auditallow, auditdeny;
	bool permissive;	/* of the source domain */
};
int selinux_av_parse(const char *answer, struct selinux_av *ret, struct err *e) MUST_CHECK;

#endif
