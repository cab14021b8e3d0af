/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - policy files: find, read, decide, seal, explain.
 *
 * The way of a request (docs/design):
 *
 *	policy_find()	which file answers: by name, else the most specific [Match] of /etc, else "default"
 *	policy_decide()	fills what the request left open, refuses what is beyond the bounds
 *	policy_seal()	makes the sealed plan; refuses a verdict that does not allow
 *
 * Files are read from directories in which no one but root may write (path_open_trusted_dir), opened
 * once, and parsed from the bytes that were hashed. /etc/secctr/policy.d goes before
 * /usr/share/secctr/policy.d for the same name. /etc/secctr/site.policy, if it is there, bounds every
 * other policy: a request passes both.
 */
#ifndef SECCTR_POLICY_POLICY_H
#define SECCTR_POLICY_POLICY_H

#include <stdio.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/digest.h"
#include "launcher/base/err.h"
#include "launcher/base/json.h"
#include "launcher/base/str.h"
#include "launcher/plan/plan.h"
#include "policy/sealed.h"

/* AllowVolumes=: what patterns are compared with where a volume is asked for without a name. No volume can have it as its name. */
#define POLICY_VOLUME_ANONYMOUS "@anonymous"

enum { POLICY_FILES_MAX = 1024, POLICY_REASONS_MAX = 128 };

/* Where policies live. Tests name other directories; programs use policy_places_default. */
struct policy_places {
	const char *admin;		/* "/etc/secctr/policy.d" */
	const char *shipped;		/* "/usr/share/secctr/policy.d" */
	const char *site;		/* "/etc/secctr/site.policy" */
	bool any_owner;			/* unit tests: skip the ownership checks. No program option sets it */
};
extern const struct policy_places policy_places_default;

struct policy;				/* one parsed file; each value knows its file:line */
void policy_free(struct policy *p);
DEFINE_AUTO(policy_free, struct policy *)

const char *policy_name(const struct policy *p);
const char *policy_path(const struct policy *p);
const struct digest *policy_digest(const struct policy *p);

/* One file by path, e.g. for `policy check FILE`. Errors: "PATH:LINE: KEY: why". */
int policy_read_file(const char *path, bool any_owner, struct policy **ret, struct err *e) MUST_CHECK;

/* Who asks: the audit login, not the UID after sudo. */
struct policy_who {
	uint32_t auid;			/* UINT32_MAX: unset */
	uint32_t uid;
	const char *op;			/* "run" "exec" "stop" "inspect" ...: the table in who.c */
};

/* What the host is like, for rules that depend on it. */
struct policy_facts {
	bool selinux_enabled, selinux_enforcing;
	bool audit_ready;
};

struct policy_set;			/* files that were read */
int policy_set_read(const struct policy_places *where, struct policy_set **ret, struct err *e) MUST_CHECK;
void policy_set_free(struct policy_set *s);
DEFINE_AUTO(policy_set_free, struct policy_set *)
size_t policy_set_count(const struct policy_set *s);
const struct policy *policy_set_at(const struct policy_set *s, size_t i);

/*
 * The policy `name` and the site policy (the hot path: two files are read, not all). With name NULL the
 * [Match] sections count, so all files are read; two equally specific matches are ERR_POLICY. *ret_site is NULL where
 * there is no site policy. Both are borrowed from *ret_set.
 */
int policy_find(const struct policy_places *where, const char *name, const struct plan *request,
		struct policy_set **ret_set, const struct policy **ret_site, const struct policy **ret,
		struct err *e) MUST_CHECK;

/* One rule's answer about one field. Texts are owned by the verdict. */
struct policy_reason {
	char *field;			/* of the plan, as in its JSON: "process.capAdd" */
	char *rule;			/* directive: "CapabilityBoundingSet=" */
	char *at;			/* "FILE:LINE", or "built-in" */
	char *text;			/* "CAP_SYS_ADMIN is not in the bounding set" */
	bool denied;			/* else: a default that was filled in, for explain */
	bool observed;			/* denied by a file with Mode=observe: says so and decides nothing */
};

struct verdict;
bool verdict_allows(const struct verdict *v);		/* true in observe mode although reasons deny */
bool verdict_observed(const struct verdict *v);		/* allowed only because Mode=observe */
size_t verdict_count(const struct verdict *v);
const struct policy_reason *verdict_at(const struct verdict *v, size_t i);
void verdict_free(struct verdict *v);
DEFINE_AUTO(verdict_free, struct verdict *)

/*
 * Decide. *ret_plan is a filled copy of the draft (also when denied, for explain). 0 is returned
 * for a denial too: ask verdict_allows(); -1 means that no decision could be made.
 */
int policy_decide(const struct policy *p, const struct policy *site, const struct plan *draft,
		  const struct policy_who *who, const struct policy_facts *facts,
		  struct verdict **ret, struct plan **ret_plan, struct err *e) MUST_CHECK;

/* May `who` do `who->op` to a container of this policy (AllowExec= ...)? ERR_POLICY with file:line if not. */
int policy_allows_op(const struct policy *p, const struct policy *site, const struct policy_who *who,
		     struct err *e) MUST_CHECK;
/* May a process of the container have the user and group of `changed`, the container's plan otherwise? As for run. */
int policy_allows_user(const struct policy *p, const struct policy *site, const struct plan *changed,
		       struct err *e) MUST_CHECK;

/*
 * May `who` make or remove (`who->op`: "volume-create", "volume-remove") the volume `name`, outside of any container? If the policy of
 * one of the containers that could have it lets them: it has the name among AllowVolumes= and the login among AllowLogin= (to
 * remove: AllowStop=, where that is set). A volume that no policy names any more is left to the site policy and the one named "default".
 */
int policy_allows_volume(const struct policy_places *where, const struct policy_who *who, const char *name,
			 struct err *e) MUST_CHECK;

/* ERR_POLICY with the first denial ("FIELD: TEXT (RULE at FILE:LINE)") unless the verdict allows. Takes *plan. */
int policy_seal(const struct verdict *v, struct plan **plan, struct sealed_plan **ret, struct err *e) MUST_CHECK;

/*
 * For exec: a sealed plan again from the text in the container's directory, only if its digest is `expected`
 * (from the container's state, written when it was sealed). ERR_DIGEST otherwise.
 */
int policy_unseal(const char *text, size_t len, const char *expected, struct sealed_plan **ret, struct err *e)
	MUST_CHECK;

/* The account of UnitOwner=, for a start without a login UID: UINT32_MAX if none. *ret_at: borrowed "FILE:LINE". */
int policy_unit_owner(const struct policy *p, const struct policy *site, uint32_t *ret_uid,
		      const char **ret_at, struct err *e) MUST_CHECK;

/* [Unit] MaxExposure= of both, the lower one, in millionths (10000000: no bound). *ret_at: malloc'ed "FILE:LINE", or NULL where none is set. */
int policy_max_exposure(const struct policy *p, const struct policy *site, int64_t *ret, char **ret_at, struct err *e) MUST_CHECK;

/* Audit Require=: what must hold before there is a decision that could be recorded. */
bool policy_audit_required(const struct policy *p, const struct policy *site);

/* Every value in force with its file:line, as text or JSON (new reference). */
int policy_show(const struct policy *p, FILE *out, struct err *e) MUST_CHECK;
int policy_show_json(const struct policy *p, json_t **ret, struct err *e) MUST_CHECK;

#endif
