/* SPDX-License-Identifier: Apache-2.0 */
/* rows_json.c - the schema: names of the Elastic Common Schema, Auditbeat's below auditd, our own below secctr. */
#include "audit/report/rows_json.h"

#include <string.h>

/* A raw value, decoded; nothing where there is none. */
static int put_value(struct object *o, const char *path, struct span v, struct err *e)
{
	auto_str struct str bytes = { 0 };

	if (!v.len || span_is(v, "(null)") || span_is(v, "?"))
		return 0;
	if (v.at[0] == '"')
		return object_text(o, path, (struct span){ v.at + 1, v.len > 1 && v.at[v.len - 1] == '"' ? v.len - 2 : v.len - 1 }, e);
	return span_decode(v, &bytes, e) ? -1 : object_text(o, path, span_of_str(&bytes), e);
}

static int put_word(struct object *o, const char *path, struct span v, struct err *e)
{
	return v.len && !span_is(v, "?") && !span_is(v, "(null)") && !span_is(v, "(none)") ? object_text(o, path, v, e) : 0;
}

static int put_string(struct object *o, const char *path, const char *text, struct err *e)
{
	return *text ? object_text(o, path, span_of(text), e) : 0;
}

/* event.category and event.type of the schema. */
static void classify(const struct facts *x, const struct verdict *v, const char **category, const char **type)
{
	*category = "process";
	*type = x->denial != DENIAL_NONE ? "denied" : "info";
	if (x->login || (x->user && !v->ours && (x->user->type == TYPE_USER_LOGIN || x->user->type == TYPE_USER_START ||
						 x->user->type == TYPE_USER_AUTH)))
		*category = "authentication";
	if (x->user && (x->user->type == TYPE_USYS_CONFIG || v->ours == OURS_HOST))
		*category = "configuration";
	if (!x->execve && !x->login && x->paths)
		*category = "file";
	if (x->denial != DENIAL_NONE)
		return;
	if (x->execve || (v->ours == OURS_CONTAINER && (span_is(x->body.op, "start") || span_is(x->body.op, "exec"))))
		*type = "start";
	if (v->ours == OURS_CONTAINER && (span_is(x->body.op, "stop") || span_is(x->body.op, "exec-end")))
		*type = "end";
}

static int put_list(struct object *o, const char *word, struct err *e)
{
	return EMIT(o->to, "[\"", e) || emit_raw(o->to, word, strlen(word), e) || EMIT(o->to, "\"]", e) ? -1 : 0;
}

/* The schema has numbers of users and sessions as text. */
static int put_id(struct object *o, const char *path, uint32_t n, struct err *e)
{
	return object_key(o, path, e) || EMIT(o->to, "\"", e) || emit_u64(o->to, n, e) || EMIT(o->to, "\"", e) ? -1 : 0;
}

/* What was done, in one word. */
static int action(const struct rows *r, struct object *o, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct err *e)
{
	const struct describe *d = &r->describe;

	if (v->ours != OURS_NOT && x->user->type == TYPE_USER_CMD)
		return object_word(o, "event.action", "command", e);
	if (v->ours != OURS_NOT && x->body.op.len)
		return object_text(o, "event.action", x->body.op, e);
	if (v->ours != OURS_NOT && x->body.resrc.len)
		return object_word(o, "event.action", "resource", e);
	if (x->call && !x->login && !x->avc)
		return object_text(o, "event.action", (struct span){ d->call.text, d->call_name }, e);
	return object_text(o, "event.action", describe_kind(ev, x), e);
}

static int put_event(const struct rows *r, struct object *o, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct err *e)
{
	const char *category, *type, *result = describe_result(x, v);

	classify(x, v, &category, &type);
	if (object_word(o, "event.module", "auditd", e) || object_word(o, "event.dataset", "secctr.report", e) ||
	    object_key(o, "event.id", e) || EMIT(o->to, "\"", e) || emit_id(o->to, &ev->stamp, e) || EMIT(o->to, "\"", e) ||
	    object_number(o, "event.sequence", ev->stamp.serial, e) || object_word(o, "event.kind", "event", e) ||
	    object_key(o, "event.category", e) || put_list(o, category, e) ||
	    object_key(o, "event.type", e) || put_list(o, type, e) || action(r, o, ev, x, v, e))
		return -1;
	return object_word(o, "event.outcome", !*result ? "unknown" : *result == 's' ? "success" : "failure", e) ||
	       (v->ours && put_word(o, "event.reason", x->body.reason, e)) ? -1 : 0;
}

static int put_person(struct rows *r, struct object *o, const struct facts *x, struct err *e)
{
	text_id name;

	if (!x->known)
		return 0;
	if (x->uid != FACTS_UNSET && put_id(o, "user.id", x->uid, e))
		return -1;
	if (x->auid == FACTS_UNSET)
		return object_word(o, "user.audit.id", "unset", e);
	name = names_find(r->names, r->world, x->auid);
	if (put_id(o, "user.audit.id", x->auid, e))
		return -1;
	return name ? object_text(o, "user.audit.name", span_of(world_string(r->world, name)), e) : 0;
}

static int put_arguments(struct object *o, const struct line *l, struct err *e)
{
	struct span rest = l->head;
	struct pair f;
	unsigned n = 0;

	if (object_key(o, "process.args", e) || EMIT(o->to, "[", e))
		return -1;
	while (field_next(&rest, &f)) {
		auto_str struct str bytes = { 0 };

		if (f.name.at[0] != 'a' || f.name.len < 2 || f.name.at[1] < '0' || f.name.at[1] > '9' ||
		    memchr(f.name.at, '[', f.name.len) || memchr(f.name.at, '_', f.name.len))
			continue;
		if ((n++ && EMIT(o->to, ",", e)) || span_decode(f.value, &bytes, e) || emit_json(o->to, span_of_str(&bytes), e))
			return -1;
	}
	return EMIT(o->to, "]", e);
}

static int put_process(struct object *o, const struct facts *x, const struct verdict *v, struct err *e)
{
	uint32_t n;

	if (x->pid && object_number(o, "process.pid", x->pid, e))
		return -1;
	if (x->ppid && object_number(o, "process.parent.pid", x->ppid, e))
		return -1;
	if (put_value(o, "process.name", x->comm, e) ||
	    put_value(o, "process.executable", x->exe.len ? x->exe : v->ours ? (struct span){ "", 0 } : x->body.exe, e))
		return -1;
	if (x->execve && put_arguments(o, x->execve, e))
		return -1;
	if (x->user && x->user->type == TYPE_USER_CMD && put_value(o, "process.command_line", x->body.cmd, e))
		return -1;
	if (v->ours && span_to_u32(x->body.exit, &n))
		return object_number(o, "process.exit_code", n, e);
	return 0;
}

static int put_container(struct rows *r, struct object *o, const struct verdict *v, struct err *e)
{
	const struct container *c = v->container;

	if (!c)
		return 0;
	return object_text(o, "container.id", span_of(c->uuid), e) ||
	       put_string(o, "container.name", world_string(r->world, c->name), e) ||
	       put_string(o, "container.runtime", "secctr", e) ||
	       put_string(o, "container.image.name", world_string(r->world, c->image), e) ? -1 : 0;
}

static int put_auditd(struct object *o, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct err *e)
{
	if (object_text(o, "auditd.message_type", describe_kind(ev, x), e))
		return -1;
	if (x->known && x->ses != FACTS_UNSET && put_id(o, "auditd.session", x->ses, e))
		return -1;
	if (put_word(o, "auditd.result", span_of(describe_result(x, v)), e))
		return -1;
	return put_word(o, "auditd.data.exit", x->exit, e) || put_value(o, "auditd.data.key", x->key, e) ||
	       put_word(o, "auditd.data.subj", x->subj, e) || put_word(o, "auditd.data.tty", x->tty, e) ? -1 : 0;
}

static int put_ours(struct rows *r, struct object *o, const struct gathered *ev, const struct facts *x, const struct verdict *v,
		    const char *note, struct err *e)
{
	static const char *const denials[] = { "", "selinux", "seccomp", "refused", "EACCES", "EPERM" };
	const struct session *s = v->session;

	if (object_number(o, "secctr.boot", ev->boot, e) ||
	    object_bool(o, "secctr.trusted", v->ours == OURS_NOT || v->trust != JOIN_FORGED, e))
		return -1;
	if (v->ours != OURS_NOT && v->trust == JOIN_LABELLED && put_string(o, "secctr.vouched", "label", e))
		return -1;
	if (put_string(o, "secctr.by", join_by_word(v->by), e) || put_string(o, "secctr.denial", denials[x->denial], e) ||
	    (note && put_string(o, "secctr.finding", note, e)) || (ev->cut && object_bool(o, "secctr.cut", true, e)))
		return -1;
	if (s && s->old_ses != FACTS_UNSET && object_number(o, "secctr.from_session", s->old_ses, e))
		return -1;
	return s && put_string(o, "secctr.terminal", world_string(r->world, s->terminal), e) ? -1 : 0;
}

int rows_json(struct rows *r, const struct gathered *ev, const struct facts *x, const struct verdict *v, const char *note, struct err *e)
{
	const char *node = r->gather ? gather_node_name(r->gather, ev->node) : "";
	const char *addr = rows_address(r, v);
	const struct line *path;
	struct span name;
	struct object o;

	if (object_begin(&o, &r->text, e) || object_key(&o, "@timestamp", e) || EMIT(o.to, "\"", e) ||
	    emit_time(o.to, &ev->stamp, e) || EMIT(o.to, "\"", e) || put_event(r, &o, ev, x, v, e) ||
	    object_text(&o, "message", span_of_str(&r->what), e) || put_string(&o, "host.name", node, e) || put_person(r, &o, x, e))
		return -1;
	if (put_process(&o, x, v, e) || put_container(r, &o, v, e))
		return -1;
	path = !x->paths || x->execve ? NULL : x->call ? r->describe.path_line : facts_path(ev);
	if (path && line_field(path->head, "name", &name) && put_value(&o, "file.path", name, e))
		return -1;
	if (put_string(&o, "source.ip", addr, e) || put_auditd(&o, ev, x, v, e) || put_ours(r, &o, ev, x, v, note, e))
		return -1;
	return object_end(&o, e);
}
