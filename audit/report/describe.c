/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c - records into words. Whatever came from outside passes emit_safe(). */
#include "audit/report/describe.h"

#include <libaudit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/report/emit.h"
#include "launcher/base/cleanup.h"

enum { ARGS_MAX = 64, TEXT_MAX = 4096 };	/* arguments, and bytes of one value */

static int add_text(struct str *to, struct span t, struct err *e)
{
	t.len = t.len < TEXT_MAX ? t.len : TEXT_MAX;
	return emit_safe(to, t, e);
}

static int add_decoded(struct str *to, struct span v, struct err *e)
{
	auto_str struct str bytes = { 0 };

	return span_decode(v, &bytes, e) ? -1 : add_text(to, span_of_str(&bytes), e);
}

/* FRONT and the decoded value; nothing where there is none. */
static inline int add_value(struct str *to, const char *front, struct span v, struct err *e)
{
	if (!v.len || span_is(v, "(null)"))
		return 0;
	if (emit_raw(to, front, __builtin_strlen(front), e))
		return -1;
	if (v.at[0] == '"')	/* most are: no copy */
		return add_text(to, (struct span){ v.at + 1, v.len > 1 && v.at[v.len - 1] == '"' ? v.len - 2 : v.len - 1 }, e);
	return add_decoded(to, v, e);
}

static int add_field(struct str *to, const char *front, struct span in, const char *name, struct err *e)
{
	struct span v;

	return line_field(in, name, &v) ? add_value(to, front, v, e) : 0;
}

/* The same for a plain field (numbers, words, contexts), that is not decoded: a0=10 is no hex text. */
static inline int add_word(struct str *to, const char *front, struct span v, struct err *e)
{
	if (!v.len)
		return 0;
	return emit_raw(to, front, __builtin_strlen(front), e) ? -1 : add_text(to, v, e);
}

static int add_plain(struct str *to, const char *front, struct span in, const char *name, struct err *e)
{
	struct span v;

	return line_field(in, name, &v) ? add_word(to, front, v, e) : 0;
}

static bool named_in(const char *const *list, const char *at, size_t n)
{
	for (; *list; list++)
		if (**list == *at && strlen(*list) == n && memcmp(*list, at, n) == 0)
			return true;
	return false;
}

/* NAME=VALUE in their order, but for those to skip; those of `text` are decoded. */
static int add_pairs(struct str *to, struct span in, const char *const *skip, const char *const *text, struct err *e)
{
	struct pair f;

	while (field_next(&in, &f)) {
		if (named_in(skip, f.name.at, f.name.len))
			continue;
		if (str_add(to, " ", e) || add_text(to, f.name, e) || str_add(to, "=", e) ||
		    (named_in(text, f.name.at, f.name.len) ? add_value(to, "", f.value, e) : add_text(to, f.value, e)))
			return -1;
	}
	return 0;
}

/* The fields of a body, but for those that every record has or that stand elsewhere. */
static int add_body(struct str *to, struct span body, struct err *e)
{
	static const char *const skip[] = { "virt", "op", "resrc", "vm", "uuid", "exe", "hostname", "addr",
					    "terminal", "res", NULL };
	static const char *const text[] = { "path", "key", "cmd", "cwd", "dir", "file", "name", "cgroup", "old-disk", "new-disk",
					    "old-net", "new-net", "new-vm", NULL };

	return add_pairs(to, body, skip, text, e);
}

static int say_ours(struct describe *d, const struct facts *x, const struct verdict *v, struct err *e)
{
	const struct body *b = &x->body;
	struct str *to = &d->what;

	if (v->trust == JOIN_FORGED && str_add(to, "UNTRUSTED (not sent by secctr): ", e))
		return -1;
	if (x->user->type == TYPE_USER_CMD)
		return add_value(to, "command ", b->cmd, e) ? -1 : add_value(to, " in ", b->cwd, e);
	if (x->user->type == TYPE_VIRT_MACHINE_ID && str_add(to, "label", e))
		return -1;
	if (add_word(to, "", b->op, e) || add_word(to, "resource ", b->resrc, e) || add_value(to, " ", b->vm, e))
		return -1;
	return add_body(to, x->user->body, e);
}

static int say_user(struct describe *d, const struct facts *x, const struct verdict *v, struct err *e)
{
	const struct line *l = x->user;
	const struct body *b = &x->body;
	struct str *to = &d->what;

	if (v->ours != OURS_NOT)
		return say_ours(d, x, v, e);
	if (l->type == TYPE_USER_AVC)
		return add_text(to, l->body, e);
	if (l->type == TYPE_USER_CMD)
		return add_value(to, "command ", b->cmd, e);
	if (add_text(to, l->name, e) || add_value(to, " ", b->acct, e) || add_word(to, " ", b->op, e) ||
	    add_value(to, " unit ", b->unit, e) || add_word(to, " terminal ", b->terminal, e))
		return -1;
	return span_is(b->addr, "?") ? 0 : add_word(to, " from ", b->addr, e);
}

static int say_avc(struct describe *d, const struct line *l, struct err *e)
{
	struct span h = l->head;
	const char *open = h.len ? memchr(h.at, '{', h.len) : NULL, *close = h.len ? memchr(h.at, '}', h.len) : NULL;
	struct str *to = &d->what;

	if (str_add(to, to->len ? "; SELinux: " : "SELinux: ", e))
		return -1;
	if (open && close && close > open && add_text(to, (struct span){ open, (size_t)(close - open + 1) }, e))
		return -1;
	return add_plain(to, " ", h, "tclass", e) || add_field(to, " ", h, "path", e) ||
	       add_field(to, " ", h, "name", e) || add_field(to, " by ", h, "comm", e) ||
	       add_plain(to, " on ", h, "tcontext", e) ? -1 : 0;
}

static int say_login(struct describe *d, const struct facts *x, struct err *e)
{
	struct span h = x->login->head;

	if (x->failed)
		return add_plain(&d->what, "change of login UID ", h, "old-auid", e) ||
		       add_plain(&d->what, " to ", h, "auid", e) || str_add(&d->what, " refused", e) ? -1 : 0;
	if (add_plain(&d->what, "session ", h, "ses", e))
		return -1;
	if (x->old_auid == FACTS_UNSET)
		return str_add(&d->what, " begins; the login UID was unset", e);
	return add_plain(&d->what, " begins; was session ", h, "old-ses", e) ||
	       add_plain(&d->what, " of login UID ", h, "old-auid", e) ? -1 : 0;
}

/* A log has few calls, and libaudit looks each up by halving a table and making text. */
static const char *syscall_name(struct span arch, struct span nr)
{
	static _Thread_local struct { uint32_t arch; int nr; const char *name; } seen[512];
	char arch_text[16], nr_text[16];
	uint32_t a;
	int n;

	if (!nr.len || !arch.len || nr.len >= sizeof(nr_text) || arch.len >= sizeof(arch_text))
		return NULL;
	memcpy(nr_text, nr.at, nr.len);
	nr_text[nr.len] = '\0';
	memcpy(arch_text, arch.at, arch.len);
	arch_text[arch.len] = '\0';
	n = (int)strtol(nr_text, NULL, 10);
	a = (uint32_t)strtoul(arch_text, NULL, 16);
	if (n < 0 || n >= (int)ARRAY_LEN(seen))
		return audit_syscall_to_name(n, audit_elf_to_machine(a));
	if (seen[n].arch != a) {
		seen[n].name = audit_syscall_to_name(n, audit_elf_to_machine(a));
		seen[n].arch = a;
	}
	return seen[n].name;
}

/* auditd 3.0.9 writes SYSCALL=unknown-syscall(-1) behind SECCOMP records: their own number is right. */
static int add_syscall(struct str *to, const struct line *l, struct span arch, struct span nr, struct err *e)
{
	const char *name;
	struct span v;

	if (l->type == TYPE_SYSCALL && line_field(l->tail, "SYSCALL", &v))
		return add_text(to, v, e);
	name = syscall_name(arch, nr);
	return name ? emit_raw(to, name, strlen(name), e) : nr.len ? add_text(to, nr, e) : str_add(to, "?", e);
}

int describe_syscall(const struct line *l, struct str *to, struct err *e)
{
	struct span arch = { "", 0 }, nr = { "", 0 };

	(void)line_field(l->head, "arch", &arch);
	(void)line_field(l->head, "syscall", &nr);
	return add_syscall(to, l, arch, nr, e);
}

/* seccomp(2): what the filter answered. */
static const char *seccomp_action(struct span head)
{
	static const struct {
		const char *code, *word;
	} actions[] = {
		{ "0x80000000", "kill-process" }, { "0x0", "kill-thread" }, { "0x50000", "errno" }, { "0x30000", "trap" },
		{ "0x7ffc0000", "log" },
	};
	struct span code;

	if (line_field(head, "code", &code))
		for (size_t i = 0; i < ARRAY_LEN(actions); i++)
			if (span_is(code, actions[i].code))
				return actions[i].word;
	return "?";
}

static int say_seccomp(struct describe *d, const struct line *l, struct err *e)
{
	return str_add(&d->what, "seccomp: ", e) || describe_syscall(l, &d->what, e) ||
	       add_field(&d->what, " by ", l->head, "comm", e) || add_field(&d->what, " ", l->head, "exe", e) ||
	       str_addf(&d->what, e, " action %s", seccomp_action(l->head)) ? -1 : 0;
}

static int say_call(struct describe *d, const struct facts *x, struct err *e)
{
	struct str *to = &d->call;

	if (add_syscall(to, x->call, x->arch, x->syscall, e))
		return -1;
	d->call_name = to->len;
	if (add_value(to, " by ", x->comm, e) || add_value(to, " ", x->exe, e))
		return -1;
	if (EMIT(to, " pid ", e) || emit_u64(to, x->pid, e))
		return -1;
	return add_word(to, " exit ", x->exit, e) || add_value(to, " key ", x->key, e) ? -1 : 0;
}

static int say_execve(struct describe *d, const struct line *l, struct err *e)
{
	struct span rest = l->head;
	struct pair f;
	unsigned n = 0;

	if (EMIT(&d->command, "exec", e))
		return -1;
	while (field_next(&rest, &f)) {
		/* a0 a1 ...; not argc, a0_len or a0[0], the pieces of a long one. */
		bool digits = f.name.len > 1 && f.name.at[0] == 'a';

		for (size_t i = 1; i < f.name.len; i++)
			digits &= f.name.at[i] >= '0' && f.name.at[i] <= '9';
		if (!digits)
			continue;
		if (n++ == ARGS_MAX)
			return str_add(&d->command, " ...", e);
		if (add_value(&d->command, " ", f.value, e))
			return -1;
	}
	return 0;
}

/* What was changed, from what to what; who did it stands elsewhere. */
static int say_change(struct str *to, const struct line *l, struct err *e)
{
	static const char *const skip[] = { "auid", "ses", "subj", "res", "pid", "ppid", "uid", "gid", "euid", "suid", "fsuid", "egid", "sgid",
					    "fsgid", "tty", "comm", "exe", NULL };
	static const char *const text[] = { "key", "path", "dir", "watch", NULL };

	return add_text(to, l->name, e) || add_pairs(to, l->head, skip, text, e) ? -1 : 0;
}

static int say_other(struct describe *d, const struct line *l, struct err *e)
{
	struct str *to = &d->what;

	switch (l->type) {
	case TYPE_CWD: case TYPE_PROCTITLE: case TYPE_EOE: case TYPE_SOCKADDR: case TYPE_BPRM_FCAPS: case TYPE_CAPSET:
	case TYPE_MMAP: case TYPE_FD_PAIR: case TYPE_OBJ_PID: case TYPE_IPC: case TYPE_NETFILTER_PKT: case TYPE_SOCKETCALL:
	case TYPE_PATH: case TYPE_SYSCALL: case TYPE_EXECVE: case TYPE_LOGIN:
		return 0;
	case TYPE_AVC:
		return say_avc(d, l, e);
	case TYPE_SECCOMP:
		return say_seccomp(d, l, e);
	case TYPE_ANOM_ABEND:
		return add_field(to, "ended abnormally: ", l->head, "comm", e) ||
		       add_plain(to, " signal ", l->head, "sig", e) ? -1 : 0;
	default:
		if (str_add(to, to->len ? "; " : "", e))
			return -1;
		return say_change(to, l, e);
	}
}

static int join_words(const struct describe *d, struct str *ret, struct err *e)
{
	bool more = d->what.len || d->command.len;

	if (d->what.len && emit_raw(ret, d->what.text, d->what.len, e))
		return -1;
	if (d->command.len && (str_add(ret, d->what.len ? "; " : "", e) || emit_raw(ret, d->command.text, d->command.len, e)))
		return -1;
	if (!d->call.len)
		return 0;
	if (emit_raw(ret, more ? " (" : "call ", more ? 2 : 5, e) || emit_raw(ret, d->call.text, d->call.len, e))
		return -1;
	/* A command names its program. */
	if (d->path.len && !d->command.len && emit_raw(ret, d->path.text, d->path.len, e))
		return -1;
	return more ? str_add(ret, ")", e) : 0;
}

int describe_event(struct describe *d, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct str *ret,
		   struct err *e)
{
	const struct line *path;
	size_t before = ret->len;

	gathered_finish(ev);
	d->what.len = d->command.len = d->call.len = d->path.len = d->call_name = 0;
	d->path_line = NULL;
	if (x->login && say_login(d, x, e))
		return -1;
	if (x->user && say_user(d, x, v, e))
		return -1;
	for (size_t i = 0; i < ev->n; i++)
		if (!ev->rec[i].user && say_other(d, &ev->rec[i], e))
			return -1;
	if ((x->execve && say_execve(d, x->execve, e)) || (x->call && say_call(d, x, e)))
		return -1;
	d->path_line = path = x->paths && x->call && !d->command.len ? facts_path(ev) : NULL;
	if (path && add_field(&d->path, " path ", path->head, "name", e))
		return -1;
	if (join_words(d, ret, e))
		return -1;
	return ret->len == before ? add_text(ret, describe_kind(ev, x), e) : 0;
}

void describe_done(struct describe *d)
{
	str_done(&d->what);
	str_done(&d->command);
	str_done(&d->call);
	str_done(&d->path);
}

const char *describe_result(const struct facts *x, const struct verdict *v)
{
	(void)v;
	if (x->denial == DENIAL_SELINUX || x->denial == DENIAL_SECCOMP)
		return "denied";
	if (x->avc)
		return "success";
	return x->failed ? "failed" : x->success ? "success" : "";
}

struct span describe_kind(const struct gathered *ev, const struct facts *x)
{
	return x->avc ? x->avc->name : ev->n ? ev->rec[0].name : span_of("?");
}
