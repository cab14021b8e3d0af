/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_record.c - audit records of hostile values: the body is one printable line in which every value is told from
 * its neighbours, and both our reader and an own decoder get the values back.
 */
#include "audit/record.h"
#include "audit/report/line.h"
#include "tests/fuzz/fuzz.h"

static const char uuid[] = "00112233-4455-4677-8899-aabbccddeeff";
static const char *const names[] = { "path", "name", "dir", "file", "key", "cgroup", "old-disk", "new-disk", "cwd", "sw" };

/* The value of " NAME=" by libaudit's rule: quoted as it is, else hexadecimal. NULL: not there. */
static char *decode(const char *body, const char *name)
{
	char key[32], *text;
	const char *at;
	size_t n;

	snprintf(key, sizeof(key), " %s=", name);
	at = strstr(body, key);
	if (!at)
		return NULL;
	at += strlen(key);
	n = *at == '"' ? strcspn(at + 1, "\"") : strcspn(at, " ");
	text = calloc(1, n + 1);
	DEMAND(text);
	if (*at == '"')
		return memcpy(text, at + 1, n);
	DEMAND(n % 2 == 0);
	for (size_t i = 0; i < n; i += 2) {
		unsigned byte;

		DEMAND(sscanf(at + i, "%2X", &byte) == 1 && byte);
		text[i / 2] = (char)byte;
	}
	return text;
}

static void gives_back(const struct audit_record *r, const char *name, const char *value)
{
	auto_free char *own = decode(r->text, name);
	auto_str struct str theirs = { 0 };
	struct span v;
	struct err e;

	DEMAND(own && strcmp(own, value) == 0);
	DEMAND(line_field((struct span){ r->text, r->len }, name, &v));
	DEMAND(span_decode(v, &theirs, &e) == 0);
	DEMAND(theirs.len == strlen(value) && (!theirs.len || memcmp(theirs.text, value, theirs.len) == 0));
}

static void is_one_line(const struct audit_record *r)
{
	size_t quotes = 0;

	DEMAND(r->len == strlen(r->text) && r->len <= RECORD_BODY_MAX && r->type);
	for (const char *c = r->text; *c; c++) {
		DEMAND(*c >= 0x20 && *c < 0x7f && *c != '\'');
		quotes += *c == '"';
	}
	DEMAND(quotes % 2 == 0);
}

/* Exactly one field of that name: none can be forged by a value. */
static void once(const char *body, const char *field)
{
	const char *at = strstr(body, field);

	DEMAND(at && !strstr(at + 1, field));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fuzz_input in = { bytes, n };
	auto_free char *vm = fuzz_word(&in), *exe = fuzz_word(&in), *tty = fuzz_word(&in), *reason = fuzz_word(&in);
	char *value[ARRAY_LEN(names)] = { NULL };
	const struct audit_origin o = { exe, tty, tty, tty };
	struct audit_record r;
	struct err e = { 0 };
	size_t fields = 0;
	int rc;

	record_begin_refusal(&r, "start", *reason ? reason : "denied", vm, uuid);
	while (in.left && fields < ARRAY_LEN(names)) {
		value[fields] = fuzz_word(&in);
		if (fields == 9)
			DEMAND(record_long(&r, names[fields], value[fields], &e) == 0);
		else
			record_str(&r, names[fields], value[fields]);
		fields++;
	}
	rc = record_end(&r, &o, false, &e);
	DEMAND(r.len <= RECORD_BODY_MAX && r.text[r.len] == '\0');
	if (rc) {
		fuzz_refused(&e);
	} else {
		is_one_line(&r);
		gives_back(&r, "vm", vm);
		if (strlen(exe) <= RECORD_VALUE_MAX)
			gives_back(&r, "exe", exe);
		for (size_t i = 0; i < fields; i++)
			if (i != 9 || strlen(value[i]) <= RECORD_VALUE_MAX)
				gives_back(&r, names[i], value[i]);
		once(r.text, " res=");
		once(r.text, " uuid=");
		once(r.text, " op=");
	}
	for (size_t i = 0; i < fields; i++)
		free(value[i]);
	return 0;
}
