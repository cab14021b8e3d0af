/* SPDX-License-Identifier: Apache-2.0 */
/* join.c - see join.h. */
#include "audit/report/join.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/events.h"

#define ROOT_PID (1u << 31)	/* of a pid's container: its first process, or one that secctr exec made */

struct waiting {
	struct stamp stamp;
	uint32_t node, boot, ses;
	struct str text;		/* its lines */
	size_t n;
	bool cut;
	struct waiting *next;
};

struct join {
	join_fn *fn;
	void *context;
	const char *wanted;
	struct world world;
	bool plain;
	struct waiting *first, **last;
	size_t waiting, waiting_bytes;
	struct line *parsed;		/* GATHER_RECORDS_MAX; NULL until an event waited */
};

int join_new(join_fn *fn, void *context, const char *wanted, struct join **ret, struct err *e)
{
	AUTO(join_free_auto) struct join *j = calloc(1, sizeof(*j));

	if (!j)
		return err_set(e, ERR_SYSTEM, ENOMEM, "reading the audit log");
	j->fn = fn;
	j->context = context;
	j->wanted = wanted;
	j->last = &j->first;
	if (world_init(&j->world, e))
		return -1;
	*ret = take_ptr(&j);
	return 0;
}

static void waiting_free(struct waiting *w)
{
	str_done(&w->text);
	free(w);
}

void join_free(struct join *j)
{
	struct waiting *w;

	if (!j)
		return;
	while ((w = j->first)) {
		j->first = w->next;
		waiting_free(w);
	}
	world_done(&j->world);
	free(j->parsed);
	free(j);
}

enum join_trust join_trust(const struct facts *x)
{
	struct span type = context_type(x->subj);

	if (type.len)
		return span_is(type, "secctr_t") || span_is(type, "secctr_monitor_t") ? JOIN_LABELLED : JOIN_FORGED;
	return x->uid == 0 && x->known && x->auid != FACTS_UNSET ? JOIN_PLAIN : JOIN_FORGED;
}

bool join_launcher(const struct facts *x)
{
	struct span type = context_type(x->subj);

	return span_starts(type, "secctr_") && !span_starts(type, "secctr_container");
}

enum join_ours join_ours(const struct facts *x)
{
	if (!x->user)
		return OURS_NOT;
	switch (x->user->type) {
	case TYPE_USER_CMD:
		return x->body.vm.len && x->body.uuid.len ? OURS_CONTAINER : OURS_NOT;
	case TYPE_USYS_CONFIG: case TYPE_VIRT_CONTROL: case TYPE_VIRT_CREATE: case TYPE_VIRT_DESTROY: case TYPE_VIRT_RESOURCE:
	case TYPE_VIRT_MACHINE_ID: case TYPE_VIRT_INTEGRITY_CHECK:
		break;
	default:
		return span_starts(x->user->name, "VIRT_") && span_is(x->body.virt, "container") ? OURS_CONTAINER : OURS_NOT;
	}
	if (x->user->type != TYPE_USYS_CONFIG && span_is(x->body.virt, "container"))
		return OURS_CONTAINER;
	for (size_t i = 0; i < AUDIT_EVENT_COUNT; i++)
		if (audit_event_rows[i].head == AUDIT_HEAD_HOST && span_is(x->body.op, audit_event_rows[i].word))
			return OURS_HOST;
	return OURS_NOT;
}

const char *join_by_word(enum join_by by)
{
	static const char *const words[] = { "", "record", "session", "label", "ancestry" };

	return words[by];
}

static uint64_t in_ms(const struct stamp *s)
{
	return s->sec > UINT64_MAX / 2000 ? UINT64_MAX / 2 : s->sec * 1000 + s->ms;
}

static text_id from_hex(struct join *j, struct span v)
{
	auto_str struct str bytes = { 0 };
	struct err ignored;

	return span_decode(v, &bytes, &ignored) || !bytes.len ? 0 : world_text(&j->world, bytes.text, bytes.len);
}

static text_id decoded(struct join *j, struct span v)
{
	if (!v.len || span_is(v, "?"))
		return 0;
	/* Most are: no copy. */
	return span_plain(&v) ? world_text(&j->world, v.at, v.len) : from_hex(j, v);
}

/* What login programs say about a session; of one that is a container's, or of a container's process, nothing is taken. */
static int learn_user(struct join *j, const struct gathered *ev, const struct facts *x, struct err *e)
{
	struct session *s;

	if (x->ses == FACTS_UNSET || !x->known || x->uid != 0 || span_starts(context_type(x->subj), "secctr_container"))
		return 0;
	s = world_session(&j->world, ev->node, ev->boot, x->ses);
	if (x->failed || (s && s->container))
		return 0;
	if (!s) {
		if (world_add_session(&j->world, ev->node, ev->boot, x->ses, &s, e))
			return -1;
		s->from_ms = in_ms(&ev->stamp);
		s->auid = x->auid;
	}
	s->addr = s->addr ? s->addr : decoded(j, x->body.addr);
	if (!s->terminal && !span_is(x->body.terminal, "ssh") && !span_is(x->body.terminal, "/dev/ssh"))
		s->terminal = decoded(j, x->body.terminal);
	s->exe = s->exe ? s->exe : decoded(j, x->body.exe);
	return 0;
}

static int learn_login(struct join *j, const struct gathered *ev, const struct facts *x, struct err *e)
{
	struct session *s;
	bool ours = span_is(context_type(x->subj), "secctr_t") || span_is(x->comm, "\"secctr\"");

	if (x->failed || x->ses == FACTS_UNSET)
		return 0;
	if (world_add_session(&j->world, ev->node, ev->boot, x->ses, &s, e))
		return -1;
	s->from_ms = s->from_ms ? s->from_ms : in_ms(&ev->stamp);
	s->auid = x->auid;
	s->old_ses = x->old_ses;
	s->old_auid = x->old_auid;
	s->how = x->old_auid == FACTS_UNSET ? SESSION_LOGIN : SESSION_RENEWED;
	s->fresh = !s->container && (ours || (x->old_auid == x->auid && x->old_ses != FACTS_UNSET));
	if (s->fresh)
		world_set_owned(&j->world, x->ses);
	return 0;
}

static bool is_wanted(const struct join *j, const struct container *c)
{
	return j->wanted && (strcmp(j->wanted, c->uuid) == 0 || strcmp(j->wanted, world_string(&j->world, c->name)) == 0);
}

static uint32_t index_of(const struct join *j, const struct container *c)
{
	return (uint32_t)(c - j->world.container) + 1;
}

/* own-ses= of a start or an exec. Equal to from-ses= it is a person's (loginuid-immutable), and only ancestry tells. */
static int learn_session(struct join *j, const struct gathered *ev, const struct facts *x, struct container *c, struct err *e)
{
	uint32_t own, from = FACTS_UNSET, init = 0;
	struct session *s;

	(void)span_to_u32(x->body.from_ses, &from);
	if (!span_to_u32(x->body.own_ses, &own) || own == FACTS_UNSET)
		return 0;
	if (own == from) {
		c->shared = true;
		if (span_to_u32(x->body.init_pid, &init) && (span_is(x->body.op, "start") || span_is(x->body.op, "exec")))
			world_set_pid(&j->world, ev->node, init, own, index_of(j, c) | ROOT_PID);
		return 0;
	}
	if (world_add_session(&j->world, ev->node, ev->boot, own, &s, e))
		return -1;
	s->from_ms = s->from_ms ? s->from_ms : in_ms(&ev->stamp);
	s->auid = s->auid == FACTS_UNSET ? x->auid : s->auid;
	s->old_ses = s->old_ses == FACTS_UNSET ? from : s->old_ses;
	s->container = index_of(j, c);
	s->fresh = false;
	world_set_owned(&j->world, own);
	return 0;
}

static void learn_life(struct join *j, const struct gathered *ev, const struct facts *x, struct container *c)
{
	const struct body *b = &x->body;
	uint32_t n;

	if (x->failed) {
		c->refusals++;
		return;
	}
	if (span_is(b->op, "start") || span_is(b->op, "create") || span_is(b->op, "decide")) {
		if (span_is(b->op, "start")) {
			c->started = c->ran = true;
			c->starts++;
			if (c->ended || c->boot != ev->boot)
				c->from_ms = in_ms(&ev->stamp);
		}
		c->ended = false;	/* started again */
		c->boot = ev->boot;
		c->auid = x->auid;
		c->from_ses = x->ses;
		(void)span_to_u32(b->from_ses, &c->from_ses);
	} else if (span_is(b->op, "exec")) {
		c->execs++;
	} else if (x->user->type == TYPE_VIRT_DESTROY || span_is(b->op, "stop")) {
		c->to_ms = in_ms(&ev->stamp);
		c->ended = true;
		c->started = false;
		if (span_is(b->op, "stop")) {
			c->exit = span_to_u32(b->exit, &n) && n < 256 ? (int32_t)n : -1;
			c->sig = span_to_u32(b->sig, &n) && n < 128 ? (int32_t)n : 0;
			c->reason = decoded(j, b->reason);
		}
	}
}

/* As secctr writes it. It goes into reports as it stands. */
static bool is_uuid(struct span v)
{
	if (v.len != sizeof(((struct container *)0)->uuid) - 1)
		return false;
	for (size_t i = 0; i < v.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23, hex = (v.at[i] >= '0' && v.at[i] <= '9') || (v.at[i] >= 'a' && v.at[i] <= 'f');

		if (dash ? v.at[i] != '-' : !hex)
			return false;
	}
	return true;
}

/* A believed record of secctr's about a container. */
static int learn_ours(struct join *j, const struct gathered *ev, const struct facts *x, enum join_trust trust, struct err *e)
{
	const struct body *b = &x->body;
	struct container *c;
	struct span level;

	if (!is_uuid(b->uuid))
		return 0;
	if (world_add_container(&j->world, b->uuid, ev->node, &c, e))
		return -1;
	if (!c)
		return 0;
	if (!c->first_ms) {
		c->first_ms = c->from_ms = in_ms(&ev->stamp);
		c->boot = ev->boot;
		c->auid = x->auid;
		c->from_ses = x->ses;
	}
	c->plain |= trust == JOIN_PLAIN;
	c->name = decoded(j, span_is(b->op, "rename") && b->new_vm.len && !x->failed ? b->new_vm : b->vm);
	c->wanted |= is_wanted(j, c);
	if (span_is(b->op, "create") || span_is(b->op, "decide")) {
		c->image = decoded(j, b->path);
		c->digest = decoded(j, b->digest);
	}
	if (span_starts(b->policy, "sha256:"))
		c->policy = decoded(j, b->policy);
	if (x->user->type != TYPE_USER_CMD)
		learn_life(j, ev, x, c);
	/* A level without categories is everybody's. */
	level = context_level(b->vm_ctx);
	if (level.len && memchr(level.at, ':', level.len) && level.len < 128) {
		world_set_level(&j->world, c, level);
		c->boot = ev->boot;
	}
	return learn_session(j, ev, x, c, e);
}

static bool in_life(const struct container *c, const struct gathered *ev)
{
	/* A second of slack: the stop record is written after the last process is gone. */
	return ev->boot == c->boot && ev->stamp.sec >= c->first_ms / 1000 &&
	       (!c->ended || ev->stamp.sec <= c->to_ms / 1000 + 1);
}

static struct container *by_ancestry(struct join *j, const struct gathered *ev, const struct facts *x)
{
	struct world *w = &j->world;
	uint32_t parent, me;
	struct container *c;

	if (!w->pids || !x->pid || !x->known)
		return NULL;
	parent = world_pid(w, ev->node, x->ppid, x->ses) & ~ROOT_PID;
	me = world_pid(w, ev->node, x->pid, x->ses);
	if (x->call && !parent && me && !(me & ROOT_PID)) {
		/* An orphan's new parent is the container's first process: this number belongs to another by now. */
		world_set_pid(w, ev->node, x->pid, x->ses, 0);
		me = 0;
	}
	me = parent ? parent : me & ~ROOT_PID;
	if (!me)
		return NULL;
	c = &w->container[me - 1];
	if (!in_life(c, ev))
		return NULL;
	if (parent && !world_pid(w, ev->node, x->pid, x->ses))
		world_set_pid(w, ev->node, x->pid, x->ses, parent);
	return c;
}

static void judge(struct join *j, const struct gathered *ev, const struct facts *x, struct verdict *v)
{
	struct world *w = &j->world;

	v->container = NULL;
	v->by = BY_NOTHING;
	v->session = v->session ? v->session : x->known && x->ses != FACTS_UNSET ? world_session(w, ev->node, ev->boot, x->ses) : NULL;
	v->session_of = v->session && v->session->container ? &w->container[v->session->container - 1] : NULL;
	if (v->ours == OURS_CONTAINER && v->trust != JOIN_FORGED) {
		v->container = world_container(w, x->body.uuid, ev->node);
		v->by = v->container ? BY_RECORD : BY_NOTHING;
		return;
	}
	if (v->ours != OURS_NOT && v->trust != JOIN_FORGED)
		return;
	if (v->session_of) {
		v->container = v->session_of;
		v->by = BY_SESSION;
		return;
	}
	if (x->subj.len && span_starts(context_type(x->subj), "secctr_container")) {
		v->container = world_by_level(w, context_level(x->subj), ev->node);
		if (v->container && in_life(v->container, ev)) {
			v->by = BY_LABEL;
			return;
		}
		v->container = NULL;
	}
	v->container = by_ancestry(j, ev, x);
	v->by = v->container ? BY_ANCESTRY : BY_NOTHING;
}

static void count(const struct facts *x, const struct verdict *v)
{
	struct container *c = v->container;

	if (!c || v->by == BY_RECORD)
		return;
	c->commands += x->execve && !x->failed && !join_launcher(x);
	c->denials += x->denial != DENIAL_NONE;
}

static int go_on(struct join *j, const struct gathered *ev, struct facts *x, struct verdict *v, struct err *e)
{
	judge(j, ev, x, v);
	if (v->ours != OURS_NOT && v->trust != JOIN_FORGED && x->failed)
		x->denial = DENIAL_REFUSED;
	count(x, v);
	return j->fn(j->context, ev, x, v, e);
}

static int wait_for_owner(struct join *j, const struct gathered *ev, uint32_t ses, struct err *e)
{
	struct waiting *w = calloc(1, sizeof(*w));

	if (!w)
		return err_set(e, ERR_SYSTEM, ENOMEM, "reading the audit log");
	w->stamp = ev->stamp;
	w->node = ev->node;
	w->boot = ev->boot;
	w->ses = ses;
	w->cut = ev->cut;
	*j->last = w;
	j->last = &w->next;
	j->waiting++;
	for (size_t i = 0; i < ev->n; i++, w->n++) {
		const struct line *l = &ev->rec[i];
		const char *at = l->node.len ? l->node.at - 5 : l->name.at - 5;

		if (str_add_bytes(&w->text, at, (size_t)(l->end - at), e) || str_add_bytes(&w->text, "\n", 1, e))
			return -1;
	}
	j->waiting_bytes += w->text.len;
	return 0;
}

static int wake(struct join *j, struct waiting *w, struct err *e)
{
	struct gathered ev = { .stamp = w->stamp, .node = w->node, .boot = w->boot, .cut = w->cut };
	const char *at = w->text.text, *end = at + w->text.len, *nl;
	struct facts x;
	struct verdict v = { 0 };

	if (!j->parsed && !(j->parsed = malloc(GATHER_RECORDS_MAX * sizeof(*j->parsed))))
		return err_set(e, ERR_SYSTEM, ENOMEM, "reading the audit log");
	ev.rec = j->parsed;
	for (; at < end; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(end - at));
		if (line_parse(at, (size_t)(nl - at), &j->parsed[ev.n]))
			ev.n++;
	}
	facts_read(&ev, &x);
	v.ours = join_ours(&x);
	v.trust = v.ours ? join_trust(&x) : JOIN_FORGED;
	return go_on(j, &ev, &x, &v, e);
}

/* Those of one session, or (ses unset) the oldest. */
static int wake_some(struct join *j, uint32_t node, uint32_t boot, uint32_t ses, struct err *e)
{
	int r = 0;

	for (struct waiting **at = &j->first, *w; (w = *at) && r == 0;) {
		if (ses != FACTS_UNSET && (w->ses != ses || w->node != node || w->boot != boot)) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		if (j->last == &w->next)
			j->last = at;
		j->waiting--;
		j->waiting_bytes -= w->text.len;
		r = wake(j, w, e);
		waiting_free(w);
		if (ses == FACTS_UNSET)
			break;
	}
	return r;
}

static int wake_old(struct join *j, const struct gathered *ev, struct err *e)
{
	while (j->first) {
		struct waiting *w = j->first;
		struct session *s;
		uint64_t now = in_ms(&ev->stamp), then = in_ms(&w->stamp);
		bool old = w->node == ev->node && (w->boot != ev->boot || now > then + JOIN_WAIT_MS || now + JOIN_WAIT_MS < then);

		if (!old && j->waiting <= JOIN_WAITING_MAX && j->waiting_bytes <= JOIN_WAITING_BYTES)
			return 0;
		s = world_session(&j->world, w->node, w->boot, w->ses);
		if (s)
			s->fresh = false;
		if (wake_some(j, w->node, w->boot, w->ses, e))
			return -1;
	}
	return 0;
}

static int learn(struct join *j, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct err *e)
{
	uint32_t own;

	if (v->ours != OURS_NOT && v->trust != JOIN_FORGED) {
		j->plain |= v->trust == JOIN_PLAIN;
		if (v->ours == OURS_CONTAINER && learn_ours(j, ev, x, v->trust, e))
			return -1;
		if (j->first && span_to_u32(x->body.own_ses, &own) && own != FACTS_UNSET)
			return wake_some(j, ev->node, ev->boot, own, e);
		return 0;
	}
	if (x->login)
		return learn_login(j, ev, x, e);
	if (x->user && v->ours == OURS_NOT)
		switch (x->user->type) {
		case TYPE_USER_LOGIN: case TYPE_USER_START:
			return learn_user(j, ev, x, e);
		default:
			break;
		}
	return 0;
}

/* x is changed where the event is a refusal. */
static int join_facts(struct join *j, const struct gathered *ev, struct facts *x, struct err *e)
{
	const struct session *s;
	struct verdict v = { 0 };

	v.ours = join_ours(x);
	v.trust = v.ours ? join_trust(x) : JOIN_FORGED;
	if (j->first && wake_old(j, ev, e))
		return -1;
	if (learn(j, ev, x, &v, e))
		return -1;
	v.session = s = x->known && x->ses != FACTS_UNSET && v.ours == OURS_NOT ?
			world_session(&j->world, ev->node, ev->boot, x->ses) : NULL;
	if (s && s->fresh && ev->n)
		return wait_for_owner(j, ev, x->ses, e);
	return go_on(j, ev, x, &v, e);
}

int join_event(struct join *j, const struct gathered *ev, struct err *e)
{
	struct facts own;

	if (ev->facts)
		return join_facts(j, ev, ev->facts, e);
	facts_read(ev, &own);
	return join_facts(j, ev, &own, e);
}

int join_left_out(struct join *j, const struct gathered *ev, struct err *e)
{
	return j->first ? wake_old(j, ev, e) : 0;
}

int join_flush(struct join *j, struct err *e)
{
	while (j->first)
		if (wake_some(j, 0, 0, FACTS_UNSET, e))
			return -1;
	return 0;
}

bool join_oldest(const struct join *j, struct stamp *ret)
{
	if (!j->first)
		return false;
	*ret = j->first->stamp;
	return true;
}

struct world *join_world(struct join *j)
{
	return &j->world;
}

bool join_plain(const struct join *j)
{
	return j->plain;
}
