/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authorize.h - from a draft to a sealed plan: identity, audit readiness, policy, SELinux.
 *
 * The one place where a start is decided; the command line and (later) the OCI runtime come through here.
 * The decision is in the audit log before this returns.
 */
#ifndef SECCTR_CLI_AUTHORIZE_H
#define SECCTR_CLI_AUTHORIZE_H

#include "audit/writer.h"
#include "launcher/cli/command.h"
#include "launcher/plan/plan.h"
#include "policy/policy.h"

struct authorize_how {
	const char *policy;		/* asked for by name, or NULL */
	bool again;			/* a container that exists: its category pair stays, whatever is decided */
};

/*
 * Decide about `draft` (taken). `w` is opened here and stays open for the
 * refusal that the caller may have to write; it is closed (fd -1) where the policy does not require audit and
 * it could not be opened. Warnings of Mode=observe go to stderr. On failure a claimed category pair is given back.
 */
int authorize_run(struct context *c, struct plan **draft, const struct authorize_how *how, struct audit_writer *w,
		  struct sealed_plan **ret, struct err *e) MUST_CHECK;

/* May the caller do `op` ("exec", "stop", "pause", ...: the table in authorize.c) to a container? Policy, then SELinux. */
int authorize_op(struct context *c, const struct plan *p, const char *op, struct audit_writer *w,
		 struct err *e) MUST_CHECK;
/* To make ("volume-create") or remove ("volume-remove") a volume outside of any container; policy_allows_volume(). */
int authorize_volume(struct context *c, const char *op, const char *name, struct audit_writer *w, struct err *e) MUST_CHECK;

/*
 * For an engine's exec: the container's plan with another process (taken) decided about again, so that it gets no more than a
 * start would. *ret_auid: whose it is.
 */
int authorize_process(struct context *c, struct plan **asked, struct audit_writer *w, uint32_t *ret_auid,
		      struct sealed_plan **ret, struct err *e) MUST_CHECK;

/* Does the container's policy allow a further process the user and group that `changed` has? */
int authorize_user(const struct plan *changed, struct err *e) MUST_CHECK;

/*
 * One record that `op` on a container was refused or failed, with the reason of `why`. vm and uuid may be NULL.
 * Opens a writer if `w` has none. No answer: there is nothing left to do if that fails too.
 */
void authorize_refused(struct context *c, struct audit_writer *w, const char *op, const char *vm,
		       const char *uuid, const struct err *why);

#endif
