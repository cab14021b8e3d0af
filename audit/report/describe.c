/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c - records into words. Whatever came from outside passes str_add_safe(). */
#include "audit/report/describe.h"

#include <libaudit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/base/cleanup.h"

enum { ARGS_MAX = 64, TEXT_MAX = 4096 };	/* arguments, and bytes of one description */

static int add_text(struct str *to, struct scan_text t, struct err *e)
{
	return str_add_safe(to, t.at, t.len < TEXT_MAX ? t.len : TEXT_MAX, e);
}

/* FRONT and the decoded value of a field; nothing if the field is not there. */
static int add_field(struct str *to, const char *front, struct scan_text in, const char *name, struct err *e)
{
	auto_str struct str bytes = { 0 };
	struct scan_text v;

	if (!scan_field(in, name, &v) || scan_is(v, "(null)"))
		return 0;
	if (scan_decode(v, &bytes, e) || str_add(to, front, e))
		return -1;
	return bytes.len ? add_text(to, (struct scan_text){ bytes.text, bytes.len }, e) : 0;
}

/*
 * The same for a plain field (numbers, words, contexts), that is not decoded: a0=10 is no hex text.
 */
static int add_plain(struct str *to, const char *front, struct scan_text in, const char *name, struct err *e)
{
	struct scan_text v;

	if (!scan_field(in, name, &v))
		return 0;
	return str_add(to, front, e) ? -1 : add_text(to, v, e);
}

/* auditd's name of a number, in quotes (AUID="alice", SYSCALL=execve without). */
static int add_name(struct str *to, const struct scan_line *line, const char *name, const char *plain,
		    struct err *e)
{
	struct scan_text v;

	if (!scan_field(line->tail, name, &v))
		return add_plain(to, "", line->head, plain, e);
	if (v.len >= 2 && v.at[0] == '"')
		v = (struct scan_text){ v.at + 1, v.len - 2 };
	return add_text(to, v, e);
}

static bool named_in(const char *const *list, const char *at, size_t n)
{
	for (; *list; list++)
		if (strlen(*list) == n && memcmp(*list, at, n) == 0)
			return true;
	return false;
}

/* The fields of a body in their order, but for those that every record has or that stand elsewhere. */
static int add_body(struct str *to, struct scan_text body, struct err *e)
{
	static const char *const skip[] = { "virt", "op", "resrc", "vm", "uuid", "exe", "hostname", "addr",
					    "terminal", "res", NULL };
	static const char *const text[] = { "path", "key", "cmd", "cwd", "dir", "file", "name", "cgroup", "old-disk", "new-disk",
					    "old-net", "new-net", NULL };
	const char *at = body.at, *end = body.at + body.len;

	while (at < end) {
		const char *eq = memchr(at, '=', (size_t)(end - at)), *stop;
		struct scan_text rest = { at, (size_t)(end - at) }, v;
		char name[32];

		if (!eq || eq == at || (size_t)(eq - at) >= sizeof(name))
			break;
		memcpy(name, at, (size_t)(eq - at));
		name[eq - at] = '\0';
		if (!scan_field(rest, name, &v))
			break;
		stop = v.at + v.len;
		if (!named_in(skip, name, strlen(name))) {
			if (str_add(to, " ", e) || str_add_safe(to, name, strlen(name), e) || str_add(to, "=", e) ||
			    (named_in(text, name, strlen(name)) ? add_field(to, "", rest, name, e) : add_text(to, v, e)))
				return -1;
		}
		at = stop < end ? stop + 1 : end;
	}
	return 0;
}

static void set_result(struct event *ev, struct scan_text in, const char *name)
{
	struct scan_text v;

	if (!scan_field(in, name, &v))
		return;
	if (scan_is(v, "success") || scan_is(v, "yes") || scan_is(v, "1"))
		ev->result = ev->result[0] ? ev->result : "success";
	else if (scan_is(v, "failed") || scan_is(v, "no") || scan_is(v, "0"))
		ev->result = strcmp(ev->result, "denied") == 0 ? "denied" : "failed";
}

static int say_ours(struct event *ev, const struct scan_line *line, struct err *e)
{
	struct str *to = &ev->what;

	ev->untrusted = join_trust(line) == JOIN_FORGED;
	if (ev->untrusted && str_add(to, "UNTRUSTED (not sent by secctr): ", e))
		return -1;
	set_result(ev, line->body, "res");
	if (scan_is(line->type, "USER_CMD"))
		return add_field(to, "command ", line->body, "cmd", e) ? -1 : add_field(to, " in ", line->body, "cwd", e);
	if (scan_is(line->type, "VIRT_MACHINE_ID") && str_add(to, "label", e))
		return -1;
	if (add_plain(to, "", line->body, "op", e) || add_plain(to, "resource ", line->body, "resrc", e) ||
	    add_field(to, " ", line->body, "vm", e))
		return -1;
	return add_body(to, line->body, e);
}

static int say_user(struct event *ev, const struct scan_line *line, struct err *e)
{
	if (join_is_ours(line))
		return say_ours(ev, line, e);
	set_result(ev, line->body, "res");
	if (scan_is(line->type, "USER_AVC")) {
		ev->result = memmem(line->body.at, line->body.len, "denied", 6) ? "denied" : "success";
		return add_text(&ev->what, line->body, e);
	}
	if (scan_is(line->type, "USER_CMD"))
		return add_field(&ev->what, "command ", line->body, "cmd", e);
	if (add_text(&ev->what, line->type, e))
		return -1;
	if (add_field(&ev->what, " ", line->body, "acct", e) || add_plain(&ev->what, " ", line->body, "op", e))
		return -1;
	return add_plain(&ev->what, " terminal ", line->body, "terminal", e);
}

static int say_avc(struct event *ev, const struct scan_line *line, struct err *e)
{
	struct scan_text h = line->head;
	const char *open = memchr(h.at, '{', h.len), *close = memchr(h.at, '}', h.len);
	struct str *to = &ev->what;

	ev->result = memmem(h.at, h.len, "denied", 6) ? "denied" : "success";
	if (str_add(to, to->len ? "; SELinux: " : "SELinux: ", e))
		return -1;
	if (open && close && close > open && add_text(to, (struct scan_text){ open, (size_t)(close - open + 1) }, e))
		return -1;
	return add_plain(to, " ", h, "tclass", e) || add_field(to, " ", h, "path", e) ||
	       add_field(to, " ", h, "name", e) || add_field(to, " by ", h, "comm", e) ||
	       add_plain(to, " on ", h, "tcontext", e) ? -1 : 0;
}

/* In a refused change auid= is what was asked for: the person is still the old one. */
static int say_refused_login(struct event *ev, const struct scan_line *line, struct err *e)
{
	struct scan_text v;

	if (!scan_number(line->head, "old-auid", &ev->auid) || !scan_number(line->head, "old-ses", &ev->ses))
		ev->auid = ev->ses = UINT32_MAX;
	str_done(&ev->who);
	if (scan_field(line->tail, "OLD-AUID", &v) && v.len > 2 && v.at[0] == '"' &&
	    str_add_safe(&ev->who, v.at + 1, v.len - 2, e))
		return -1;
	return add_plain(&ev->what, "change of login UID ", line->head, "old-auid", e) ||
	       add_plain(&ev->what, " to ", line->head, "auid", e) || str_add(&ev->what, " refused", e) ? -1 : 0;
}

static int say_login(struct event *ev, const struct scan_line *line, struct err *e)
{
	set_result(ev, line->head, "res");
	if (strcmp(ev->result, "failed") == 0)
		return say_refused_login(ev, line, e);
	return add_plain(&ev->what, "session ", line->head, "ses", e) ||
	       add_plain(&ev->what, " begins; was session ", line->head, "old-ses", e) ||
	       add_plain(&ev->what, " of login UID ", line->head, "old-auid", e) ? -1 : 0;
}

/* auditd 3.0.9 writes SYSCALL=unknown-syscall(-1) behind SECCOMP records: their own number is right. */
static int add_syscall(struct str *to, struct scan_text head, struct err *e)
{
	struct scan_text arch, nr;
	char arch_text[16], nr_text[16];
	const char *name = NULL;

	if (!scan_field(head, "syscall", &nr) || !scan_field(head, "arch", &arch) || nr.len >= sizeof(nr_text) ||
	    arch.len >= sizeof(arch_text))
		return str_add(to, "?", e);
	(void)snprintf(nr_text, sizeof(nr_text), "%.*s", (int)nr.len, nr.at);
	(void)snprintf(arch_text, sizeof(arch_text), "%.*s", (int)arch.len, arch.at);
	name = audit_syscall_to_name((int)strtol(nr_text, NULL, 10),
				     audit_elf_to_machine((unsigned)strtoul(arch_text, NULL, 16)));
	return name ? str_add(to, name, e) : add_text(to, nr, e);
}

/* seccomp(2): what the filter answered. */
static const char *seccomp_action(struct scan_text head)
{
	static const struct {
		const char *code, *word;
	} actions[] = {
		{ "0x80000000", "kill-process" }, { "0x0", "kill-thread" }, { "0x50000", "errno" }, { "0x30000", "trap" },
		{ "0x7ffc0000", "log" },
	};
	struct scan_text code;

	if (scan_field(head, "code", &code))
		for (size_t i = 0; i < ARRAY_LEN(actions); i++)
			if (strlen(actions[i].code) == code.len && memcmp(actions[i].code, code.at, code.len) == 0)
				return actions[i].word;
	return "?";
}

static int say_seccomp(struct event *ev, const struct scan_line *line, struct err *e)
{
	ev->result = "denied";
	return str_add(&ev->what, "seccomp: ", e) || add_syscall(&ev->what, line->head, e) ||
	       add_field(&ev->what, " by ", line->head, "comm", e) ||
	       add_field(&ev->what, " ", line->head, "exe", e) ||
	       str_addf(&ev->what, e, " action %s", seccomp_action(line->head)) ? -1 : 0;
}

static int say_syscall(struct event *ev, const struct scan_line *line, struct err *e)
{
	if (ev->call.len)
		return 0;
	set_result(ev, line->head, "success");
	return add_name(&ev->call, line, "SYSCALL", "syscall", e) || add_field(&ev->call, " by ", line->head, "comm", e) ||
	       add_field(&ev->call, " ", line->head, "exe", e) || add_plain(&ev->call, " pid ", line->head, "pid", e) ||
	       add_plain(&ev->call, " exit ", line->head, "exit", e) ||
	       add_field(&ev->call, " key ", line->head, "key", e) ? -1 : 0;
}

/* The first name that is no directory of another name: what a call was about. */
static int say_path(struct event *ev, const struct scan_line *line, struct err *e)
{
	struct scan_text v;

	if (ev->path.len || (scan_field(line->head, "nametype", &v) && scan_is(v, "PARENT")))
		return 0;
	return add_field(&ev->path, " path ", line->head, "name", e);
}

static int say_execve(struct event *ev, const struct scan_line *line, struct err *e)
{
	if (str_add(&ev->command, "exec", e))
		return -1;
	for (unsigned i = 0; i < ARGS_MAX; i++) {
		char name[8];
		struct scan_text v;

		(void)snprintf(name, sizeof(name), "a%u", i);
		if (!scan_field(line->head, name, &v))
			return 0;
		if (add_field(&ev->command, " ", line->head, name, e))
			return -1;
	}
	return str_add(&ev->command, " ...", e);
}

static int say_abend(struct event *ev, const struct scan_line *line, struct err *e)
{
	ev->result = "failed";
	return add_field(&ev->what, "ended abnormally: ", line->head, "comm", e) ||
	       add_plain(&ev->what, " signal ", line->head, "sig", e) ? -1 : 0;
}

static int say_other(struct event *ev, const struct scan_line *line, struct err *e)
{
	static const char *const part_of[] = { "CWD", "PROCTITLE", "EOE", "SOCKADDR", "BPRM_FCAPS", "CAPSET",
					       "MMAP", "FD_PAIR", "OBJ_PID", "IPC", "NETFILTER_PKT", NULL };

	if (named_in(part_of, line->type.at, line->type.len))
		return 0;
	set_result(ev, line->head, "res");
	if (str_add(&ev->what, ev->what.len ? "; " : "", e) || add_text(&ev->what, line->type, e))
		return -1;
	return add_plain(&ev->what, " op ", line->head, "op", e);
}

/* Kernel records by type; the rest is say_other(). */
static const struct {
	const char *type;
	int (*say)(struct event *ev, const struct scan_line *line, struct err *e);
} kernel_rows[] = {
	{ "SYSCALL", say_syscall },	{ "EXECVE", say_execve },	{ "AVC", say_avc },
	{ "LOGIN", say_login },		{ "SECCOMP", say_seccomp },	{ "ANOM_ABEND", say_abend },
	{ "PATH", say_path },
};

/* What a log says there; anything but the letters of a type's name is not shown. */
static void set_kind(struct event *ev, struct scan_text type)
{
	size_t n = type.len < sizeof(ev->kind) ? type.len : sizeof(ev->kind) - 1;

	for (size_t i = 0; i < n; i++)
		ev->kind[i] = type.at[i] > ' ' && type.at[i] <= '_' && type.at[i] != '"' ? type.at[i] : '?';
	ev->kind[n] = '\0';
}

int event_add(struct event *ev, const struct scan_line *line, struct err *e)
{
	int (*say)(struct event *, const struct scan_line *, struct err *) = line->user ? say_user : say_other;
	struct scan_text v;

	if (!ev->result)
		ev->result = "";
	if (!ev->known && scan_number(line->head, "auid", &ev->auid)) {
		ev->known = true;
		if (!scan_number(line->head, "ses", &ev->ses))
			ev->ses = UINT32_MAX;
		if (scan_field(line->tail, "AUID", &v) && v.len > 2 && v.at[0] == '"' &&
		    str_add_safe(&ev->who, v.at + 1, v.len - 2, e))
			return -1;
	}
	if (!ev->kind[0] || scan_is(line->type, "AVC"))
		set_kind(ev, line->type);
	for (size_t i = 0; !line->user && i < ARRAY_LEN(kernel_rows); i++)
		if (scan_is(line->type, kernel_rows[i].type))
			say = kernel_rows[i].say;
	return say(ev, line, e);
}

int event_text(const struct event *ev, struct str *ret, struct err *e)
{
	if (ev->what.len && str_add(ret, ev->what.text, e))
		return -1;
	if (ev->command.len && (str_add(ret, ev->what.len ? "; " : "", e) || str_add(ret, ev->command.text, e)))
		return -1;
	if (!ev->call.len)
		return 0;
	if (str_add(ret, ev->what.len || ev->command.len ? " (" : "call ", e) || str_add(ret, ev->call.text, e))
		return -1;
	/* A command names its program. */
	if (ev->path.len && !ev->command.len && str_add(ret, ev->path.text, e))
		return -1;
	return (ev->what.len || ev->command.len) && str_add(ret, ")", e) ? -1 : 0;
}

void event_done(struct event *ev)
{
	str_done(&ev->who);
	str_done(&ev->what);
	str_done(&ev->command);
	str_done(&ev->call);
	str_done(&ev->path);
}
