/* SPDX-License-Identifier: Apache-2.0 */
/* record_long.c - values too long for a record: their digest and length stand for them. */
#include <stdio.h>
#include <string.h>

#include "audit/record.h"
#include "launcher/base/cleanup.h"
#include "launcher/base/digest.h"
#include "launcher/base/str.h"

static void put_digest(struct audit_record *r, const char *name, size_t len, const struct digest *d)
{
	char field[64];

	record_word(r, name, NULL);
	(void)snprintf(field, sizeof(field), "%s-len", name);
	record_u64(r, field, len);
	(void)snprintf(field, sizeof(field), "%s-hash", name);
	record_word(r, field, d->text);
}

static int add_long(struct audit_record *r, const char *name, const char *value,
		    void (*add)(struct audit_record *r, const char *name, const char *value), struct err *e)
{
	struct digest d;

	if (!value || strlen(value) <= RECORD_VALUE_MAX) {
		add(r, name, value);
		return 0;
	}
	if (digest_bytes(value, strlen(value), &d, e))
		return -1;
	put_digest(r, name, strlen(value), &d);
	return 0;
}

int record_long(struct audit_record *r, const char *name, const char *value, struct err *e)
{
	return add_long(r, name, value, record_str, e);
}

int record_long_word(struct audit_record *r, const char *name, const char *value, struct err *e)
{
	return add_long(r, name, value, record_word, e);
}

int record_begin_long_command(struct audit_record *r, const char *cwd, const char *const *argv,
			      const char *vm, const char *uuid, struct err *e)
{
	auto_str struct str all = { 0 };
	struct digest d;

	for (size_t i = 0; argv[i]; i++)
		if (str_add_bytes(&all, argv[i], strlen(argv[i]) + 1, e))
			return -1;
	if (all.len <= RECORD_VALUE_MAX + 1) {
		record_begin_command(r, cwd, argv, vm, uuid);
		return 0;
	}
	if (digest_bytes(all.text, all.len, &d, e))
		return -1;
	record_begin_cmdline(r, cwd, NULL, vm, uuid);
	record_u64(r, "cmd-len", all.len);
	record_word(r, "cmd-hash", d.text);
	return 0;
}
