/* SPDX-License-Identifier: Apache-2.0 */
/* authorize.c - see authorize.h. */
#include "launcher/cli/authorize.h"

#include <stdio.h>
#include <string.h>

#include "launcher/base/ids.h"
#include "launcher/base/mcs_pair.h"
#include "launcher/cli/category_pair.h"
#include "launcher/cli/host_ids.h"
#include "launcher/cli/join_ns.h"
#include "launcher/store/idranges.h"
#include "selinux/access.h"
#include "selinux/label.h"

/* One that is named is the same for all that a command asks; where [Match] decides it is the request's. */
static int find_policy(struct context *c, const char *name, const struct plan *request, const struct policy **ret_site,
		       const struct policy **ret, struct err *e)
{
	if (!c->policies || !name || !c->named || strcmp(name, c->named) != 0) {
		context_done(c);
		if (str_copy(name, &c->named, e) ||
		    policy_find(&policy_places_default, name, request, &c->policies, &c->site, &c->policy, e))
			return -1;
	}
	*ret_site = c->site;
	*ret = c->policy;
	return 0;
}

/* The person behind the container: the caller's login, else the owner that a policy names. */
static int decide_identity(struct context *c, struct plan *p, const struct policy *policy,
			   const struct policy *site, struct err *e)
{
	enum identity_source source;
	const char *at = NULL;
	uint32_t auid;

	if (c->who.auid != IDENTITY_UNSET) {
		p->audit.auid = c->who.auid;
		return 0;
	}
	if (p->origin != PLAN_OCI)
		p->origin = PLAN_UNIT;
	if (policy_unit_owner(policy, site, &auid, &at, e))
		return -1;
	if (auid == IDENTITY_UNSET)
		return identity_decide(&c->who, NULL, NULL, &auid, &source, e);
	p->audit.auid = auid;
	return 0;
}

static void print_observed(const struct verdict *v)
{
	for (size_t i = 0; i < verdict_count(v); i++) {
		const struct policy_reason *r = verdict_at(v, i);

		if (r->denied)
			fprintf(stderr, "secctr: observe: %s: %s (%s at %s)\n", r->field, r->text, r->rule, r->at);
	}
}

/* Class secctr of the loaded policy: who may ask for what. */
static int selinux_allows(struct context *c, const char *target, const char *perm, struct audit_writer *w,
			  struct err *e)
{
	char caller[LABEL_MAX], self[LABEL_MAX];
	struct selinux_verdict v;

	if (context_selinux(c, e))
		return -1;
	if (!c->selinux.enabled)
		return 0;
	if (label_of_caller(c->procfd, caller, e) || label_of_self(c->procfd, self, e) ||
	    selinux_may(caller, target ? target : self, perm, &v, e))
		return -1;
	if (v.avc[0]) {
		struct audit_record r;
		struct err ignored;

		/* Commands that write nothing else come here without a writer. */
		if (w->fd < 0)
			(void)!audit_writer_open(AUDIT_TAKE_COUNTER, c->procfd, w, &ignored);
		record_begin_avc(&r, v.allowed, perm, caller, target ? target : self, "secctr", v.permissive);
		if (w->fd >= 0 && record_end(&r, &c->origin, v.allowed, &ignored) == 0)
			(void)!audit_write(w, &r, NULL, &ignored);
	}
	if (!v.allowed)
		return err_set(e, ERR_LABEL, 0, "SELinux does not allow %s to %s containers (class secctr, permission %s)",
			       caller, perm, perm);
	return 0;
}

/* Where nobody asked for a level it is the ledger's; an engine's own pair is reserved there. */
static int settle_level(struct context *c, struct plan *p, struct err *e)
{
	char level[LEDGER_LEVEL_MAX];
	unsigned low, high;

	if (!p->selinux.shared_level)
		return category_pair_claim(c, p->id, level, e) || str_copy(level, &p->selinux.level, e) ? -1 : 0;
	return c->oci && mcs_pair(p->selinux.level, &low, &high) ? category_pair_take(c, p->id, p->selinux.level, e) : 0;
}

/* Type and level to complete labels that the loaded policy knows. A bundle may have brought that of the files. */
static int make_labels(struct context *c, struct plan *p, struct err *e)
{
	char text[LABEL_MAX], type[LABEL_TYPE_MAX] = LABEL_TYPE_CONTAINER_FILE, canonical[LABEL_MAX];
	struct plan_selinux *s = &p->selinux;

	if (context_selinux(c, e))
		return -1;
	if (!c->selinux.enabled || (s->require == PLAN_REQUIRE_NO && !s->process_label))
		return 0;
	if (!s->type)
		return err_set(e, ERR_INTERNAL, 0, "selinux.type: not decided");
	if (settle_level(c, p, e) || (s->file_label && label_type(s->file_label, type, e)))
		return -1;
	free_ptr_auto(&s->process_label);
	free_ptr_auto(&s->file_label);
	if (label_process(s->type, s->level, text, e) || label_check(text, canonical, e) ||
	    str_copy(canonical, &s->process_label, e) ||
	    label_file(type, s->level, text, e) || label_check(text, canonical, e) ||
	    str_copy(canonical, &s->file_label, e))
		return -1;
	return 0;
}

/* VIRT_CREATE, or op=decide of one that exists: what was decided, by whom, under which policy; before anything is made. */
static int record_decision(struct context *c, const struct sealed_plan *s, bool again, struct audit_writer *w,
			   struct err *e)
{
	const struct plan *p = sealed_plan(s);
	auto_str struct str widened = { 0 };
	char uuid[UUID_TEXT + 1];
	struct audit_record r;

	if (w->fd < 0)
		return 0;
	for (size_t i = 0; i < p->policy.widened.len; i++)
		if ((i && str_add(&widened, " ", e)) || str_add(&widened, p->policy.widened.item[i], e))
			return -1;
	id_uuid(p->id, uuid);
	record_begin(&r, again ? EV_DECIDE : EV_CREATE, plan_origin_words[p->origin], p->name, uuid);
	record_str(&r, "path", p->root.image ? p->root.image : p->root.path);
	record_word(&r, "digest", p->root.image_digest);
	record_word(&r, "policy", p->policy.digest);
	record_word(&r, "plan", sealed_digest(s)->text);
	record_word(&r, "logind", identity_logind_word(c->who.logind));
	record_word(&r, "mode", p->policy.observe ? "observe" : "enforce");
	record_word(&r, "selinux", p->selinux.process_label ? (c->selinux.enforcing ? "enforcing" : "permissive") : "disabled");
	if (widened.len && record_long(&r, "key", widened.text, e))
		return -1;
	if (record_end(&r, &c->origin, true, e) || audit_write(w, &r, NULL, e))
		return err_context(e, "the record of the decision");
	return 0;
}

static int seal(struct context *c, const struct verdict *v, struct plan **p, bool again, struct audit_writer *w,
		struct sealed_plan **ret, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *s = NULL;

	if (verdict_observed(v))
		print_observed(v);
	/* Refused before a category pair is spent; policy_seal() would refuse again. */
	if (verdict_allows(v) && (selinux_allows(c, NULL, "run", w, e) || join_ns_authorize(c, *p, w, e) ||
				    make_labels(c, *p, e) || host_ids_give(c, *p, e)))
		return -1;
	if (policy_seal(v, p, &s, e) || record_decision(c, s, again, w, e))
		return -1;
	*ret = take_ptr(&s);
	return 0;
}

int authorize_run(struct context *c, struct plan **draft, const struct authorize_how *how, struct audit_writer *w,
		  struct sealed_plan **ret, struct err *e)
{
	AUTO(verdict_free_auto) struct verdict *verdict = NULL;
	auto_plan struct plan *asked = take_ptr(draft), *decided = NULL;
	const struct policy *site, *policy;
	struct policy_who who = { .op = "run" };
	struct policy_facts facts = { 0 };
	struct err why;
	char id[ID_HEX + 1];

	memcpy(id, asked->id, sizeof(id));
	if (context_who(c, e) || context_selinux(c, e) || join_ns_maps(c, asked, e) ||
	    find_policy(c, how->policy, asked, &site, &policy, e))
		return -1;
	if (audit_writer_open(AUDIT_NEED_READBACK, c->procfd, w, &why)) {
		if (policy_audit_required(policy, site)) {
			*e = why;
			return -1;
		}
		fprintf(stderr, "secctr: warning: no audit record of this start: %s\n", why.text);
	}
	if (decide_identity(c, asked, policy, site, e))
		return -1;
	who.auid = (uint32_t)asked->audit.auid;
	who.uid = c->who.uid;
	facts.audit_ready = w->fd >= 0;
	facts.selinux_enabled = c->selinux.enabled;
	facts.selinux_enforcing = c->selinux.enforcing;
	if (policy_decide(policy, site, asked, &who, &facts, &verdict, &decided, e))
		return -1;
	if (seal(c, verdict, &decided, how->again, w, ret, e)) {
		struct err ignored;

		if (!how->again)
			(void)!idranges_release(c->store.lib, id, &ignored);
		if (c->selinux.enabled && !how->again)
			(void)!category_pair_release(c, id, &ignored);
		return -1;
	}
	return 0;
}

/* An engine without a login acts for the owner that the policy names for it (UnitOwner=). */
static int engine_person(struct context *c, const struct policy *policy, const struct policy *site, uint32_t *ret, struct err *e)
{
	const char *at;

	*ret = c->who.auid;
	return c->who.auid == IDENTITY_UNSET && c->oci ? policy_unit_owner(policy, site, ret, &at, e) : 0;
}

int authorize_op(struct context *c, const struct plan *p, const char *op, struct audit_writer *w, struct err *e)
{
	const struct policy *site, *policy;
	/* Permissions of class secctr; an operation that is not here has one of its own name. */
	static const struct {
		const char *op, *perm;
	} perms[] = {
		{ "rm", "remove" }, { "kill", "stop" }, { "pause", "stop" }, { "unpause", "stop" }, { "restart", "stop" },
		{ "logs", "inspect" }, { "wait", "inspect" }, { "rename", "run" }, { "update", "run" },
		{ "cp", "exec" }, { "export", "exec" }, { "mount", "exec" }, { "unmount", "exec" }, { "diff", "inspect" }, { "start", "run" },
	};
	struct policy_who who = { .op = op };
	const char *perm = op;

	if (context_who(c, e) || find_policy(c, p->policy.name, p, &site, &policy, e))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(perms); i++)
		if (strcmp(perms[i].op, op) == 0)
			perm = perms[i].perm;
	if (engine_person(c, policy, site, &who.auid, e))
		return -1;
	who.uid = c->who.uid;
	if (policy_allows_op(policy, site, &who, e))
		return -1;
	return selinux_allows(c, p->selinux.process_label, perm, w, e);
}

int authorize_process(struct context *c, struct plan **asked, struct audit_writer *w, uint32_t *ret_auid, struct sealed_plan **ret,
		      struct err *e)
{
	AUTO(verdict_free_auto) struct verdict *verdict = NULL;
	auto_plan struct plan *draft = take_ptr(asked), *decided = NULL;
	const struct policy *site, *policy;
	struct policy_who who = { .op = "exec", .auid = (uint32_t)draft->audit.auid };
	struct policy_facts facts = { .audit_ready = w->fd >= 0 };
	/* It has the container's own labels, and what the ledger gave is no request. */
	auto_free char *label = take_ptr(&draft->selinux.process_label), *file_label = take_ptr(&draft->selinux.file_label);
	auto_free char *level = draft->selinux.shared_level ? NULL : take_ptr(&draft->selinux.level);

	if (context_who(c, e) || context_selinux(c, e) ||
	    find_policy(c, draft->policy.name, draft, &site, &policy, e) ||
	    engine_person(c, policy, site, ret_auid, e))
		return -1;
	if (*ret_auid == IDENTITY_UNSET)
		return err_set(e, ERR_IDENTITY, 0, "exec: the login UID is unset, and the policy names no owner (UnitOwner=)");
	/* Who may exec is another question (authorize_op()); what may run is the same as for a start by the container's own person. */
	who.uid = c->who.uid;
	facts.selinux_enabled = c->selinux.enabled;
	facts.selinux_enforcing = c->selinux.enforcing;
	if (policy_decide(policy, site, draft, &who, &facts, &verdict, &decided, e))
		return -1;
	if (verdict_observed(verdict))
		print_observed(verdict);
	decided->selinux.process_label = take_ptr(&label);
	decided->selinux.file_label = take_ptr(&file_label);
	if (level)
		decided->selinux.level = take_ptr(&level);
	return policy_seal(verdict, &decided, ret, e);
}

int authorize_volume(struct context *c, const char *op, const char *name, struct audit_writer *w, struct err *e)
{
	struct policy_who who = { .op = op };

	if (context_who(c, e))
		return -1;
	who.auid = c->who.auid;
	who.uid = c->who.uid;
	if (policy_allows_volume(&policy_places_default, &who, name, e))
		return -1;
	return selinux_allows(c, NULL, strcmp(op, "volume-create") == 0 ? "run" : "remove", w, e);
}

int authorize_user(const struct plan *changed, struct err *e)
{
	AUTO(policy_set_free_auto) struct policy_set *set = NULL;
	const struct policy *site, *policy;

	if (policy_find(&policy_places_default, changed->policy.name, changed, &set, &site, &policy, e))
		return -1;
	return policy_allows_user(policy, site, changed, e);
}

void authorize_refused(struct context *c, struct audit_writer *w, const char *op, const char *vm,
		       const char *uuid, const struct err *why)
{
	struct audit_record r;
	struct err ignored;

	if (context_who(c, &ignored))
		return;
	if (w->fd < 0 && audit_writer_open(AUDIT_TAKE_COUNTER, c->procfd, w, &ignored))
		return;
	record_begin_refusal(&r, op, err_word(why->reason), vm, uuid);
	record_str(&r, "name", why->text);
	if (record_end(&r, &c->origin, false, &ignored) == 0)
		(void)!audit_write(w, &r, NULL, &ignored);
}
