/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - building the body of a record in a fixed buffer. No memory, no system call, no stdio. */
#include "audit/record.h"

#include <string.h>

#include "launcher/base/attrs.h"

/* Names whose quoted or hex value auparse decodes (typetab.h of audit-userspace, type "escaped"). */
static const char *const decoded[] = {
	"vm", "path", "cmd", "cwd", "dir", "file", "name", "key", "cgroup", "old-disk", "new-disk",
	"old-net", "new-net", "root_dir", "sw", NULL
};

/* The kernel's own fields and the trailer: a second one in the body would be taken for the first. */
static const char *const reserved[] = {
	"pid", "uid", "auid", "ses", "subj", "msg", "type", "exe", "hostname", "addr", "terminal",
	"res", "virt", "op", "resrc", "reason", "uuid", NULL
};

static bool listed(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static void fail(struct audit_record *r, enum err_reason why, const char *what, const char *field)
{
	if (r->bad_what)
		return;
	r->bad = why;
	r->bad_what = what;
	r->bad_field = field;
}

static void put_bytes(struct audit_record *r, const char *bytes, size_t n)
{
	if (n > RECORD_BODY_MAX - r->len) {
		fail(r, ERR_LIMIT, "the record is longer than its limit", "");
		return;
	}
	memcpy(r->text + r->len, bytes, n);
	r->len += n;
	r->text[r->len] = '\0';
}

static void put(struct audit_record *r, const char *text)
{
	put_bytes(r, text, strlen(text));
}

static void put_u64(struct audit_record *r, uint64_t v)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	put_bytes(r, digits + i, sizeof(digits) - i);
}

/* Locale-free: the bytes mean the same for every reader. */
static bool only(const char *text, const char *more)
{
	if (!*text)
		return false;
	for (; *text; text++) {
		bool alnum = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
			     (*text >= '0' && *text <= '9');

		if (!alnum && !strchr(more, *text))
			return false;
	}
	return true;
}

/*
 * libaudit's encoding (audit_encode_nv_string(3)), and hex for the single quote too: it would end the
 * msg='...' around the body, and libaudit lets it through.
 */
static void put_value(struct audit_record *r, const char *value, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";
	bool plain = true;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c < 0x21 || c > 0x7e || c == '"' || c == '\'')
			plain = false;
	}
	if (plain) {
		put_bytes(r, "\"", 1);
		put_bytes(r, value, n);
		put_bytes(r, "\"", 1);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		char two[2] = { hex[(unsigned char)value[i] >> 4], hex[(unsigned char)value[i] & 15] };

		put_bytes(r, two, 2);
	}
}

/* " NAME=" cannot occur inside a value: a value with a blank is in hex. */
static bool has_field(const struct audit_record *r, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = r->text; (at = strstr(at, name)); at += n)
		if (at[n] == '=' && (at == r->text || at[-1] == ' '))
			return true;
	return false;
}

static void mark_seen(struct audit_record *r, const char *name)
{
	const struct audit_event_row *row = &audit_event_rows[r->event];

	for (unsigned i = 0; i < AUDIT_FIELDS_MAX && row->fields[i]; i++)
		if (strcmp(row->fields[i], name) == 0)
			r->seen |= (uint16_t)(1U << i);
}

/* False: the field is refused and nothing was written. */
static bool start_field(struct audit_record *r, const char *name)
{
	if (r->bad_what)
		return false;
	if (r->ended)
		fail(r, ERR_INTERNAL, "field after the end", name);
	else if (!only(name, "-_") || listed(reserved, name))
		fail(r, ERR_INTERNAL, "not a field's name", name);
	else if (has_field(r, name))
		fail(r, ERR_INTERNAL, "field given twice", name);
	if (r->bad_what)
		return false;
	mark_seen(r, name);
	if (r->len)
		put(r, " ");
	put(r, name);
	put(r, "=");
	return true;
}

void record_str(struct audit_record *r, const char *name, const char *value)
{
	if (!start_field(r, name))
		return;
	if (!listed(decoded, name))
		fail(r, ERR_INTERNAL, "audit tools do not decode this field", name);
	else if (!value)
		put(r, "?");
	else if (strlen(value) > RECORD_VALUE_MAX)
		fail(r, ERR_LIMIT, "the value is longer than 1024 bytes", name);
	else
		put_value(r, value, strlen(value));
}

void record_word(struct audit_record *r, const char *name, const char *value)
{
	if (!start_field(r, name))
		return;
	if (!value || strcmp(value, "?") == 0)
		put(r, "?");
	else if (strlen(value) > RECORD_VALUE_MAX)
		fail(r, ERR_LIMIT, "the value is longer than 1024 bytes", name);
	else if (!only(value, "_.,:/@+-"))
		fail(r, ERR_INTERNAL, "not a plain word in field", name);
	else
		put(r, value);
}

void record_u64(struct audit_record *r, const char *name, uint64_t value)
{
	if (start_field(r, name))
		put_u64(r, value);
}

void record_hex64(struct audit_record *r, const char *name, uint64_t value)
{
	char digits[16];

	if (!start_field(r, name))
		return;
	for (int i = 15; i >= 0; i--, value >>= 4)
		digits[i] = "0123456789abcdef"[value & 15];
	put_bytes(r, digits, sizeof(digits));
}

void record_ctx(struct audit_record *r, const char *name, const char *context)
{
	if (!start_field(r, name))
		return;
	if (!context || !*context)
		put(r, "?");
	else if (strlen(context) > RECORD_VALUE_MAX)
		fail(r, ERR_LIMIT, "the value is longer than 1024 bytes", name);
	else if (!only(context, "_.,:-"))
		fail(r, ERR_INTERNAL, "not a SELinux context in field", name);
	else
		put(r, context);
}

static void init(struct audit_record *r, enum audit_event event)
{
	r->type = 0;
	r->ended = false;
	r->event = (uint8_t)event;
	r->seen = 0;
	r->len = 0;
	r->bad = ERR_INTERNAL;
	r->bad_what = r->bad_field = NULL;
	r->text[0] = '\0';
}

static void put_vm(struct audit_record *r, const char *vm, const char *uuid)
{
	put(r, " vm=");
	if (!vm)
		put(r, "?");
	else if (strlen(vm) > RECORD_VALUE_MAX)
		fail(r, ERR_LIMIT, "the value is longer than 1024 bytes", "vm");
	else
		put_value(r, vm, strlen(vm));
	put(r, " uuid=");
	if (!uuid)
		put(r, "?");
	else if (strlen(uuid) != 36 || !only(uuid, "-"))
		fail(r, ERR_INTERNAL, "not a UUID", "uuid");
	else
		put(r, uuid);
}

static void begin(struct audit_record *r, enum audit_event event, const char *word,
		  const char *reason, const char *vm, const char *uuid)
{
	enum audit_head head = audit_event_rows[event].head;

	init(r, event);
	if (head != AUDIT_HEAD_HOST)
		put(r, "virt=container");
	if (head != AUDIT_HEAD_BARE) {
		if (!word || !only(word, "-") || !reason || !only(reason, "-"))
			fail(r, ERR_INTERNAL, "not a plain word in field", "op or reason");
		put(r, head == AUDIT_HEAD_HOST ? "op=" : head == AUDIT_HEAD_OP ? " op=" : " resrc=");
		put(r, word ? word : "?");
		put(r, " reason=");
		put(r, reason ? reason : "?");
	}
	if (head == AUDIT_HEAD_HOST && (vm || uuid))
		fail(r, ERR_INTERNAL, "this record is about no container", "vm");
	if (head != AUDIT_HEAD_HOST)
		put_vm(r, vm, uuid);
}

void record_begin(struct audit_record *r, enum audit_event event, const char *reason,
		  const char *vm, const char *uuid)
{
	enum audit_head head = (unsigned)event < AUDIT_EVENT_COUNT ? audit_event_rows[event].head : AUDIT_HEAD_AVC;

	if (event == EV_REFUSE || head == AUDIT_HEAD_CMD || head == AUDIT_HEAD_AVC) {
		init(r, EV_REFUSE);
		fail(r, ERR_INTERNAL, "no event for record_begin()", "");
		return;
	}
	begin(r, event, audit_event_rows[event].word, reason, vm, uuid);
	if (head != AUDIT_HEAD_HOST && (!vm || !uuid))
		fail(r, ERR_INTERNAL, "a record of a container needs its name and uuid", "vm");
}

void record_begin_refusal(struct audit_record *r, const char *op, const char *reason,
			  const char *vm, const char *uuid)
{
	begin(r, EV_REFUSE, op, reason, vm, uuid);
}

void record_begin_cmdline(struct audit_record *r, const char *cwd, const char *cmdline,
			  const char *vm, const char *uuid)
{
	init(r, EV_COMMAND);
	record_str(r, "cwd", cwd);
	record_str(r, "cmd", cmdline);
	put_vm(r, vm, uuid);
}

void record_begin_command(struct audit_record *r, const char *cwd, const char *const *argv,
			  const char *vm, const char *uuid)
{
	char joined[RECORD_VALUE_MAX + 1];
	size_t len = 0;
	bool over = false;

	for (size_t i = 0; argv[i] && !over; i++) {
		size_t n = strlen(argv[i]);

		over = n + (i > 0) > RECORD_VALUE_MAX - len;
		if (over)
			break;
		if (i)
			joined[len++] = ' ';
		memcpy(joined + len, argv[i], n);
		len += n;
	}
	joined[len] = '\0';
	record_begin_cmdline(r, cwd, joined, vm, uuid);
	if (over)
		fail(r, ERR_LIMIT, "the value is longer than 1024 bytes", "cmd");
}

void record_begin_avc(struct audit_record *r, bool granted, const char *perm, const char *scon,
		      const char *tcon, const char *tclass, bool permissive)
{
	init(r, EV_AVC);
	if (!only(perm, "_") || !only(tclass, "_") || !only(scon, "_.,:-") || !only(tcon, "_.,:-"))
		fail(r, ERR_INTERNAL, "not a SELinux access check", "scontext, tcontext or tclass");
	put(r, granted ? "avc:  granted  { " : "avc:  denied  { ");
	put(r, perm);
	put(r, " } for  scontext=");
	put(r, scon);
	put(r, " tcontext=");
	put(r, tcon);
	put(r, " tclass=");
	put(r, tclass);
	put(r, permissive ? " permissive=1" : " permissive=0");
}

static void put_origin(struct audit_record *r, const char *name, const char *value)
{
	put(r, name);
	put(r, value && strlen(value) <= 255 && only(value, "_.:/%-") ? value : "?");
}

int record_end(struct audit_record *r, const struct audit_origin *o, bool success, struct err *e)
{
	const struct audit_event_row *row = &audit_event_rows[r->event];

	for (unsigned i = 0; i < AUDIT_FIELDS_MAX && row->fields[i]; i++)
		if (!(r->seen & (1U << i)))
			fail(r, ERR_INTERNAL, "required field missing", row->fields[i]);
	if (r->ended)
		fail(r, ERR_INTERNAL, "ended twice", "");
	if (r->event == EV_REFUSE && success)
		fail(r, ERR_INTERNAL, "a refusal cannot have succeeded", "res");
	put(r, " exe=");
	if (o && o->exe && strlen(o->exe) <= RECORD_VALUE_MAX)
		put_value(r, o->exe, strlen(o->exe));
	else
		put(r, "?");
	/* EV_COMMAND has neither of the two, as audit_log_user_command(3). */
	if (row->head != AUDIT_HEAD_CMD) {
		put_origin(r, " hostname=", o ? o->hostname : NULL);
		put_origin(r, " addr=", o ? o->addr : NULL);
	}
	put_origin(r, " terminal=", o ? o->terminal : NULL);
	if (row->head != AUDIT_HEAD_AVC)
		put(r, success ? " res=success" : " res=failed");
	if (r->bad_what)
		return err_set(e, r->bad, 0, "audit record %s %s: %s %s", row->head == AUDIT_HEAD_OP ||
			       row->head == AUDIT_HEAD_HOST ? "op" : "of type",
			       row->word && *row->word ? row->word : "(other)", r->bad_what, r->bad_field);
	r->ended = true;
	r->type = row->type;
	return 0;
}
