/* SPDX-License-Identifier: Apache-2.0 */
/* compliance.c - events by the controls that ask for them. Identifiers only: their texts belong to their publishers. */
#include <string.h>

#include "audit/report/compliance.h"
#include "audit/report/view.h"

static bool is_op(const struct facts *x, const struct verdict *v, const char *op)
{
	return v->ours != OURS_NOT && v->trust != JOIN_FORGED && span_is(x->body.op, op);
}

#define SEEN(name) static bool name(const struct gathered *ev, const struct facts *x, const struct verdict *v)
#define UNUSED_ARGS (void)ev, (void)x, (void)v

SEEN(any_record) { UNUSED_ARGS; return v->ours != OURS_NOT && v->trust != JOIN_FORGED; }
SEEN(life) { UNUSED_ARGS; return is_op(x, v, "start") || is_op(x, v, "stop") || is_op(x, v, "exec") || is_op(x, v, "kill"); }
SEEN(made) { UNUSED_ARGS; return any_record(ev, x, v) && (x->user->type == TYPE_VIRT_CREATE || x->user->type == TYPE_VIRT_DESTROY); }
SEEN(program) { UNUSED_ARGS; return v->container && x->execve && !join_launcher(x); }
SEEN(privileged) { UNUSED_ARGS; return is_op(x, v, "exec") || (any_record(ev, x, v) && x->user->type == TYPE_USER_CMD); }
SEEN(denied) { UNUSED_ARGS; return x->denial != DENIAL_NONE && (v->container || v->ours != OURS_NOT); }
SEEN(kept_login) { UNUSED_ARGS; return x->login && x->failed; }
SEEN(label) { UNUSED_ARGS; return any_record(ev, x, v) && x->user->type == TYPE_VIRT_MACHINE_ID; }
SEEN(image_checked) { UNUSED_ARGS; return any_record(ev, x, v) && x->user->type == TYPE_VIRT_INTEGRITY_CHECK; }
SEEN(person) { UNUSED_ARGS; return v->container && x->known && x->auid != FACTS_UNSET; }
SEEN(login) { UNUSED_ARGS; return x->user && v->ours == OURS_NOT && (x->user->type == TYPE_USER_LOGIN || x->user->type == TYPE_USER_START); }
SEEN(logout) { UNUSED_ARGS; return x->user && v->ours == OURS_NOT && (x->user->type == TYPE_USER_END || x->user->type == TYPE_USER_LOGOUT); }
SEEN(credentials) { UNUSED_ARGS; return x->user && (x->user->type == TYPE_USER_CHAUTHTOK || x->user->type == TYPE_ADD_USER ||
						   x->user->type == TYPE_DEL_USER); }
SEEN(by_auditd) { UNUSED_ARGS; return ev->n && line_kind(ev->rec[0].type) == KIND_DAEMON; }
SEEN(config) { UNUSED_ARGS; return ev->n && (ev->rec[0].type == TYPE_CONFIG_CHANGE || ev->rec[0].type == TYPE_FEATURE_CHANGE); }
SEEN(bundle) { UNUSED_ARGS; return is_op(x, v, "evidence-bundle") && x->success; }
SEEN(bundle_person) { return bundle(ev, x, v) && x->known && x->auid != FACTS_UNSET; }
SEEN(policy) { UNUSED_ARGS; return is_op(x, v, "policy-load"); }

static const struct control {
	const char *standard, *id, *what;
	bool (*seen)(const struct gathered *ev, const struct facts *x, const struct verdict *v);
} controls[] = {
	{ "NIST 800-53", "AU-2", "records of containers", any_record },
	{ "NIST 800-53", "AU-3", "type, time, place, source, outcome and person of events in containers", person },
	{ "NIST 800-53", "AU-3(1)", "full text of commands", privileged },
	{ "NIST 800-53", "AU-5", "auditd's own events", by_auditd },
	{ "NIST 800-53", "AU-9(3)", "signed bundles of the log", bundle },
	{ "NIST 800-53", "AU-10", "events in containers with a login behind them", person },
	{ "NIST 800-53", "AU-10", "bundles of the log with a login behind them", bundle_person },
	{ "NIST 800-53", "AU-12", "programs started in containers", program },
	{ "PCI DSS 4.0", "10.2.1.1", "access by a person", person },
	{ "PCI DSS 4.0", "10.2.1.2", "administrative actions", life },
	{ "PCI DSS 4.0", "10.2.1.4", "access that was refused", denied },
	{ "PCI DSS 4.0", "10.2.1.5", "changes of credentials", credentials },
	{ "PCI DSS 4.0", "10.2.1.6", "start, stop and changes of auditing", by_auditd },
	{ "PCI DSS 4.0", "10.2.1.6", "changes of audit rules", config },
	{ "PCI DSS 4.0", "10.2.1.7", "creation and deletion of system objects", made },
	{ "PCI DSS 4.0", "10.3.4", "signed bundles of the log", bundle },
	{ "Container SRG", "SRG-APP-000510-CTR-001310", "execution, shutdown, restart of containers", life },
	{ "Container SRG", "SRG-APP-000510-CTR-001310", "programs started in containers", program },
	{ "Container SRG", "SRG-APP-000343-CTR-000780", "privileged functions", privileged },
	{ "Container SRG", "SRG-APP-000505-CTR-001285", "sessions begin", login },
	{ "Container SRG", "SRG-APP-000505-CTR-001285", "sessions end", logout },
	{ "RHEL 9 STIG", "V-258228", "changes of a login UID that the kernel refused", kept_login },
	{ "secctr", "label", "labels bound to containers", label },
	{ "secctr", "image", "images verified", image_checked },
	{ "secctr", "policy", "policies loaded", policy },
};
_Static_assert(ARRAY_LEN(controls) <= ARRAY_LEN(((struct tally *)0)->seen), "one counter each");

void compliance_count(struct tally *t, const struct gathered *ev, const struct facts *x, const struct verdict *v)
{
	for (size_t i = 0; i < ARRAY_LEN(controls); i++)
		t->seen[i] += controls[i].seen(ev, x, v);
}

bool compliance_control(size_t i, const char **ret_standard, const char **ret_id, const char **ret_what)
{
	if (i >= ARRAY_LEN(controls))
		return false;
	*ret_standard = controls[i].standard;
	*ret_id = controls[i].id;
	*ret_what = controls[i].what;
	return true;
}

int view_compliance(struct report *p, struct err *e)
{
	static const struct column columns[] = {
		{ "STANDARD", "rule.ruleset", COLUMN_TEXT, true, 1 }, { "CONTROL", "rule.id", COLUMN_TEXT, false, 0 },
		{ "WHAT IS LOOKED FOR", "rule.description", COLUMN_TEXT, true, 0 }, { "EVENTS", "secctr.events", COLUMN_NUMBER, false, 0 },
		{ "SEEN", "secctr.seen", COLUMN_TEXT, false, 0 },
	};
	AUTO(table_done) struct table t = { .columns = columns, .n = ARRAY_LEN(columns) };

	for (size_t i = 0; i < ARRAY_LEN(controls); i++)
		if (table_cell(&t, controls[i].standard, e) || table_cell(&t, controls[i].id, e) ||
		    table_cell(&t, controls[i].what, e) || table_number(&t, p->tally.seen[i], e) ||
		    table_cell(&t, p->tally.seen[i] ? "seen" : "not seen", e))
			return -1;
	return table_write(&p->rows, &t, e);
}
