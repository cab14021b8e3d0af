/* SPDX-License-Identifier: Apache-2.0 */
/* facts.c - one walk over the fields of each record that has something to say. */
#include "audit/report/facts.h"

#include <string.h>

static bool named(struct span name, const char *word, size_t n)
{
	return name.len == n && memcmp(name.at, word, n) == 0;
}
#define NAMED(word) named(f.name, word, sizeof(word) - 1)

static void read_call(const struct line *l, struct facts *x)
{
	struct span rest = l->head, front;
	bool stamped = l->type == TYPE_SYSCALL || l->type == TYPE_SECCOMP || l->type == TYPE_ANOM_ABEND, ended = false;
	struct pair f;

	/* The kernel writes auid= in front of ses=, always. */
	if (stamped)
		x->known |= line_session(l->head, &x->ses, &front);

	/* By length first: an event has thirty fields, and most are not asked for. */
	while (field_next(&rest, &f))
		switch (f.name.len) {
		case 3:
			if (NAMED("ses") && (stamped || span_to_u32(f.value, &x->ses)))
				continue;
			if (NAMED("pid") && span_to_u32(f.value, &x->pid))
				continue;
			if (NAMED("uid") && span_to_u32(f.value, &x->uid))
				continue;
			if (NAMED("exe"))
				x->exe = f.value;
			else if (NAMED("key"))
				x->key = f.value;
			else if (NAMED("tty"))
				x->tty = f.value;
			else if (NAMED("res") && !x->res.at)
				x->res = f.value;
			continue;
		case 4:
			if (NAMED("auid"))
				x->known |= span_to_u32(f.value, &x->auid);
			else if (NAMED("ppid"))
				(void)span_to_u32(f.value, &x->ppid);
			else if (NAMED("comm"))
				x->comm = f.value;
			else if (NAMED("subj"))
				x->subj = f.value;
			else if (NAMED("exit"))
				x->exit = f.value;
			else if (NAMED("arch"))
				x->arch = f.value;
			continue;
		case 7:
			if (NAMED("success") && !ended) {
				ended = true;	/* the first counts, as in glance.c */
				x->success = span_is(f.value, "yes");
				x->failed = span_is(f.value, "no");
			} else if (NAMED("syscall")) {
				x->syscall = f.value;
			}
			continue;
		case 8:
			if (NAMED("scontext") && !x->subj.len)
				x->subj = f.value;
			continue;
		default:
			continue;
		}
}

static void read_login(const struct line *l, struct facts *x)
{
	struct span rest = l->head;
	bool auid = false, has_ses = false;
	uint32_t ses = 0;
	struct span res = { "", 0 };
	unsigned seen = 0;
	struct pair f;

	/* The first of each name counts. */
#define FIRST(word, bit) (NAMED(word) && !(seen & 1u << bit) && (seen |= 1u << bit))
	x->login = l;
	x->old_auid = x->old_ses = FACTS_UNSET;
	while (field_next(&rest, &f)) {
		if (FIRST("old-auid", 0))
			(void)span_to_u32(f.value, &x->old_auid);
		else if (FIRST("old-ses", 1))
			(void)span_to_u32(f.value, &x->old_ses);
		else if (FIRST("pid", 2))
			(void)span_to_u32(f.value, &x->pid);
		else if (FIRST("uid", 3))
			(void)span_to_u32(f.value, &x->uid);
		else if (FIRST("subj", 4))
			x->subj = f.value;
		else if (FIRST("auid", 5))
			auid = span_to_u32(f.value, &x->auid);
		else if (FIRST("ses", 6))
			has_ses = span_to_u32(f.value, &ses);
		else if (FIRST("res", 7))
			res = f.value;
	}
#undef FIRST
	x->known = auid && has_ses;
	x->ses = x->known ? ses : x->ses;
	x->success = span_is(res, "1");
	x->failed = !x->success;
	/* In a refused change auid= is what was asked for: the person is still the old one. */
	if (x->failed) {
		x->auid = x->old_auid;
		x->ses = x->old_ses;
	}
	(void)line_field(l->tail, x->failed ? "OLD-AUID" : "AUID", &x->who);
}

/* Fields of a body: by length, first and last letter; filled before main(), read only after. */
static const struct body_row {
	const char *name;
	uint16_t len, at;
} body_rows[] = {
#define ROW(word, member) { word, sizeof(word) - 1, offsetof(struct body, member) }
	ROW("", op), ROW("op", op), ROW("resrc", resrc), ROW("reason", reason), ROW("virt", virt), ROW("vm", vm), ROW("uuid", uuid),
	ROW("res", res), ROW("addr", addr), ROW("hostname", hostname), ROW("terminal", terminal), ROW("acct", acct),
	ROW("exe", exe), ROW("path", path), ROW("digest", digest), ROW("policy", policy), ROW("plan", plan), ROW("cmd", cmd),
	ROW("cwd", cwd), ROW("vm-ctx", vm_ctx), ROW("own-ses", own_ses), ROW("from-ses", from_ses),
	ROW("init-pid", init_pid), ROW("vm-pid", vm_pid), ROW("exit", exit), ROW("sig", sig), ROW("new-vm", new_vm),
	ROW("name", name), ROW("auid", auid), ROW("id", id), ROW("unit", unit), ROW("hash", hash),
#undef ROW
};
enum { BODY_SLOTS = 256 };
static uint8_t body_slots[BODY_SLOTS];

static unsigned body_slot(const char *at, size_t len)
{
	return ((unsigned)len * 67 + (unsigned char)at[0] * 5u + (unsigned char)at[len - 1] * 23u) % BODY_SLOTS;
}

__attribute__((constructor)) static void fill_body_slots(void)
{
	for (unsigned i = 1; i < ARRAY_LEN(body_rows); i++) {
		unsigned s = body_slot(body_rows[i].name, body_rows[i].len);

		while (body_slots[s])
			s = (s + 1) % BODY_SLOTS;
		body_slots[s] = (uint8_t)i;
	}
}

static void read_body(const struct line *l, struct body *b)
{
	struct span rest = l->body, *to;
	struct pair f;

	while (field_next(&rest, &f))
		for (unsigned s = body_slot(f.name.at, f.name.len); body_slots[s]; s = (s + 1) % BODY_SLOTS) {
			const struct body_row *row = &body_rows[body_slots[s]];

			if (row->len != f.name.len || memcmp(row->name, f.name.at, f.name.len) != 0)
				continue;
			to = (struct span *)((char *)b + row->at);
			/* The first counts, as for ausearch; only its own verdict comes last. */
			if (!to->len)
				*to = f.value;
			break;
		}
}

static void read_other(const struct line *l, struct facts *x)
{
	struct facts one = { .auid = FACTS_UNSET, .ses = FACTS_UNSET, .uid = FACTS_UNSET };

	read_call(l, &one);
	if (one.known && !x->known) {
		x->known = true;
		x->auid = one.auid;
		x->ses = one.ses;
		x->uid = one.uid;
		(void)line_field(l->tail, "AUID", &x->who);
	}
	x->pid = x->pid ? x->pid : one.pid;
	x->subj = x->subj.len ? x->subj : one.subj;
	x->comm = x->comm.len ? x->comm : one.comm;
	x->exe = x->exe.len ? x->exe : one.exe;
	if (one.res.len) {
		x->success |= span_is(one.res, "1") || span_is(one.res, "success");
		x->failed |= span_is(one.res, "0") || span_is(one.res, "failed");
	}
}

static void read_user(const struct line *l, struct facts *x)
{
	if (x->user)
		return;
	read_other(l, x);
	x->user = l;
	read_body(l, &x->body);
	x->success = span_is(x->body.res, "success") || span_is(x->body.res, "1") || span_is(x->body.res, "yes");
	x->failed = span_is(x->body.res, "failed") || span_is(x->body.res, "0") || span_is(x->body.res, "no");
}

static void read_one(struct line *l, struct facts *x)
{
	switch (l->type) {
	case TYPE_SYSCALL:
		if (x->call)
			return;
		line_finish(l);
		x->call = l;
		if (x->login) {		/* it stands first, and knows the new login UID */
			struct facts keep = *x;

			read_call(l, x);
			x->auid = keep.auid;
			x->ses = keep.ses;
			x->success = keep.success;
			x->failed = keep.failed;
			return;
		}
		read_call(l, x);
		(void)line_field(l->tail, "AUID", &x->who);
		return;
	case TYPE_EXECVE:
		x->execve = x->execve ? x->execve : l;
		return;
	case TYPE_PATH:
		x->paths = true;
		return;
	case TYPE_AVC:
		line_finish(l);
		x->avc = x->avc ? x->avc : l;
		read_other(l, x);
		if (span_has(l->head, "denied"))
			x->denial = DENIAL_SELINUX;
		return;
	case TYPE_SECCOMP:
		line_finish(l);
		x->seccomp = x->seccomp ? x->seccomp : l;
		read_other(l, x);
		x->denial = DENIAL_SECCOMP;
		return;
	case TYPE_LOGIN:
		line_finish(l);
		if (!x->login)
			read_login(l, x);
		return;
	case TYPE_CWD: case TYPE_PROCTITLE: case TYPE_EOE: case TYPE_SOCKADDR: case TYPE_MMAP: case TYPE_FD_PAIR:
	case TYPE_BPRM_FCAPS: case TYPE_CAPSET: case TYPE_SOCKETCALL: case TYPE_IPC: case TYPE_OBJ_PID:
		return;
	default:
		line_finish(l);
		if (l->user)
			read_user(l, x);
		else
			read_other(l, x);
	}
}

const struct line *facts_path(const struct gathered *ev)
{
	struct span v;

	gathered_finish(ev);
	for (size_t i = 0; i < ev->n; i++)
		if (ev->rec[i].type == TYPE_PATH && !(line_field(ev->rec[i].head, "nametype", &v) && span_is(v, "PARENT")))
			return &ev->rec[i];
	return NULL;
}

void facts_read(const struct gathered *ev, struct facts *x)
{
	*x = (struct facts){ .auid = FACTS_UNSET, .ses = FACTS_UNSET, .uid = FACTS_UNSET };
	for (size_t i = 0; i < ev->n; i++)
		read_one(&ev->rec[i], x);
	if (x->user && x->user->type == TYPE_USER_AVC && span_has(x->user->body, "denied"))
		x->denial = DENIAL_SELINUX;
	if (x->denial == DENIAL_NONE && x->call && x->failed)
		x->denial = span_is(x->exit, "-13") ? DENIAL_EACCES : span_is(x->exit, "-1") ? DENIAL_EPERM : DENIAL_NONE;
}
