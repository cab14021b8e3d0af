/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit/record.h"

#define UUID "8a1f3c52-0d7e-4b9a-9c1d-2e3f4a5b6c7d"

static void encodes_values(void **state)
{
	static const struct { const char *value, *written; } rows[] = {
		{ "web1", "\"web1\"" },
		{ "", "\"\"" },
		{ "a b", "612062" },
		{ "it's", "69742773" },
		{ "say\"x", "736179" "2278" },
		{ "a\nb", "610A62" },
		{ "caf\xc3\xa9", "636166C3A9" },
		{ "\x7f", "7F" },
		{ "~!", "\"~!\"" },
		{ "x\x1d""AUID=0", "781D415549443D30" },
		{ NULL, "?" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct audit_record r;
		char want[128];

		record_begin(&r, EV_NET, "start", "web1", UUID);
		record_str(&r, "new-net", rows[i].value);
		snprintf(want, sizeof(want), "virt=container resrc=net reason=start vm=\"web1\" uuid=" UUID
			 " new-net=%s", rows[i].written);
		assert_string_equal(r.text, want);
		assert_null(r.bad_what);
	}
}

static void writes_the_whole_body_in_order(void **state)
{
	struct audit_origin o = { .exe = "/usr/bin/secctr", .hostname = "10.0.0.7", .addr = "10.0.0.7",
				  .terminal = "pts/0" };
	struct audit_record r;
	struct err e;

	(void)state;
	record_begin(&r, EV_START, "cli", "web", UUID);
	record_u64(&r, "vm-pid", 12);
	record_u64(&r, "init-pid", UINT64_MAX);
	record_u64(&r, "pid-ns", 0);
	record_u64(&r, "own-ses", 31);
	record_u64(&r, "from-ses", 3);
	record_word(&r, "policy", "sha256:00ff");
	record_hex64(&r, "caps", 0x400);
	assert_int_equal(record_end(&r, &o, true, &e), 0);
	assert_int_equal(r.type, 2500);
	assert_int_equal(r.len, strlen(r.text));
	assert_string_equal(r.text, "virt=container op=start reason=cli vm=\"web\" uuid=" UUID " vm-pid=12 "
			    "init-pid=18446744073709551615 pid-ns=0 own-ses=31 from-ses=3 policy=sha256:00ff "
			    "caps=0000000000000400 exe=\"/usr/bin/secctr\" hostname=10.0.0.7 addr=10.0.0.7 "
			    "terminal=pts/0 res=success");
}

static void writes_other_layouts(void **state)
{
	static const char *const argv[] = { "sh", "-c", "id", NULL };
	struct audit_origin o = { .exe = "/usr/bin/sec ctr", .hostname = "evil host", .terminal = "pts'1" };
	struct audit_record r;
	struct err e;

	(void)state;
	record_begin_command(&r, "/", argv, "web", UUID);
	assert_int_equal(record_end(&r, &o, true, &e), 0);
	assert_int_equal(r.type, 1123);
	assert_string_equal(r.text, "cwd=\"/\" cmd=7368202D63206964 vm=\"web\" uuid=" UUID
			    " exe=2F7573722F62696E2F73656320637472 terminal=? res=success");
	record_begin_avc(&r, false, "run", "u:r:t:s0", "u:r:t2:s0", "secctr", false);
	assert_int_equal(record_end(&r, &o, false, &e), 0);
	assert_string_equal(r.text, "avc:  denied  { run } for  scontext=u:r:t:s0 tcontext=u:r:t2:s0 tclass=secctr "
			    "permissive=0 exe=2F7573722F62696E2F73656320637472 hostname=? addr=? terminal=?");
	record_begin_refusal(&r, "start", "policy-denied", NULL, NULL);
	record_str(&r, "name", "capability CAP_SYS_ADMIN");
	assert_int_equal(record_end(&r, NULL, false, &e), 0);
	assert_string_equal(r.text, "virt=container op=start reason=policy-denied vm=? uuid=? "
			    "name=6361706162696C697479204341505F5359535F41444D494E exe=? hostname=? addr=? "
			    "terminal=? res=failed");
	record_begin(&r, EV_POLICY, "cli", NULL, NULL);
	record_str(&r, "path", "/etc/secctr/x");
	record_word(&r, "hash", "sha256:1");
	assert_int_equal(record_end(&r, NULL, true, &e), 0);
	assert_string_equal(r.text, "op=policy-load reason=cli path=\"/etc/secctr/x\" hash=sha256:1 exe=? hostname=? "
			    "addr=? terminal=? res=success");
}

/* A refusal each: what is done between begin and end, and what the error says. */
static void f_missing(struct audit_record *r) { record_begin(r, EV_KILL, "cli", "w", UUID); }
static void f_twice(struct audit_record *r)
{
	f_missing(r);
	record_u64(r, "sig", 9);
	record_u64(r, "sig", 9);
}
static void f_reserved(struct audit_record *r) { f_missing(r); record_word(r, "auid", "0"); }
static void f_name(struct audit_record *r) { f_missing(r); record_word(r, "a b", "0"); }
static void f_word(struct audit_record *r) { f_missing(r); record_word(r, "sig", "9 res"); }
static void f_quote_word(struct audit_record *r) { f_missing(r); record_word(r, "sig", "9'"); }
static void f_empty_word(struct audit_record *r) { f_missing(r); record_word(r, "sig", ""); }
static void f_undecoded(struct audit_record *r) { f_missing(r); record_str(r, "sig", "9"); }
static void f_reason(struct audit_record *r) { record_begin(r, EV_DESTROY, "it's", "w", UUID); }
static void f_uuid(struct audit_record *r) { record_begin(r, EV_DESTROY, "cli", "w", "8a1f"); }
static void f_no_vm(struct audit_record *r) { record_begin(r, EV_DESTROY, "cli", NULL, UUID); }
static void f_vm_on_host(struct audit_record *r) { record_begin(r, EV_POLICY, "cli", "w", UUID); }
static void f_refuse(struct audit_record *r) { record_begin(r, EV_REFUSE, "cli", "w", UUID); }
static void f_event(struct audit_record *r) { record_begin(r, AUDIT_EVENT_COUNT, "cli", "w", UUID); }
static void f_context(struct audit_record *r)
{
	record_begin(r, EV_LABEL, NULL, "w", UUID);
	record_ctx(r, "vm-ctx", "u:r:t:s0 uid=0");
}
static void f_avc(struct audit_record *r) { record_begin_avc(r, false, "run }", "a:b:c", "a:b:c", "secctr", true); }

static void refuses_what_it_should(void **state)
{
	static const struct { void (*build)(struct audit_record *); const char *says; } rows[] = {
		{ f_missing, "required field missing sig" },
		{ f_twice, "field given twice sig" },
		{ f_reserved, "not a field's name auid" },
		{ f_name, "not a field's name a b" },
		{ f_word, "not a plain word in field sig" },
		{ f_quote_word, "not a plain word in field sig" },
		{ f_empty_word, "not a plain word in field sig" },
		{ f_undecoded, "do not decode this field sig" },
		{ f_reason, "not a plain word in field op or reason" },
		{ f_uuid, "not a UUID" },
		{ f_no_vm, "needs its name and uuid" },
		{ f_vm_on_host, "about no container" },
		{ f_refuse, "no event for record_begin()" },
		{ f_event, "no event for record_begin()" },
		{ f_context, "not a SELinux context in field vm-ctx" },
		{ f_avc, "not a SELinux access check" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct audit_record r;
		struct err e = { 0 };

		rows[i].build(&r);
		assert_int_equal(record_end(&r, NULL, false, &e), -1);
		assert_int_equal(e.reason, ERR_INTERNAL);
		if (!strstr(e.text, rows[i].says))
			fail_msg("row %zu says: %s", i, e.text);
		assert_false(r.ended);
	}
}

static void a_refusal_cannot_succeed(void **state)
{
	struct audit_record r;
	struct err e = { 0 };

	(void)state;
	record_begin_refusal(&r, "exec", "policy-denied", "w", UUID);
	record_str(&r, "name", "x");
	assert_int_equal(record_end(&r, NULL, true, &e), -1);
	assert_non_null(strstr(e.text, "cannot have succeeded"));
}

static int with_value(char c, size_t n, struct err *e)
{
	static char value[2 * RECORD_VALUE_MAX];
	struct audit_record r;

	memset(value, c, n);
	value[n] = '\0';
	record_begin_refusal(&r, "start", "bad-input", "w", UUID);
	record_str(&r, "name", value);
	return record_end(&r, NULL, false, e);
}

static void value_limit(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(with_value('x', RECORD_VALUE_MAX, &e), 0);
	assert_int_equal(with_value('\'', RECORD_VALUE_MAX, &e), 0);
	assert_int_equal(with_value('x', RECORD_VALUE_MAX + 1, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

/* Bodies of exactly the limit, and of one byte more. */
static void body_limit(void **state)
{
	char big[RECORD_VALUE_MAX + 1];
	struct err e = { 0 };
	struct audit_record r;
	size_t rest = 0;

	(void)state;
	for (int pass = 0; pass < 3; pass++) {
		memset(big, 'x', sizeof(big));
		big[RECORD_VALUE_MAX] = '\0';
		record_begin_refusal(&r, "start", "over-limit", "w", UUID);
		record_str(&r, "path", big);
		record_str(&r, "file", big);
		record_str(&r, "cwd", big);
		big[rest] = '\0';
		record_str(&r, "name", big);
		if (pass < 2) {
			assert_int_equal(record_end(&r, NULL, false, &e), 0);
			if (pass)
				assert_int_equal(r.len, RECORD_BODY_MAX);
			rest = RECORD_BODY_MAX - r.len + rest + (pass ? 1 : 0);
			assert_in_range(rest, 1, RECORD_VALUE_MAX);
		} else {
			assert_int_equal(record_end(&r, NULL, false, &e), -1);
			assert_int_equal(e.reason, ERR_LIMIT);
		}
	}
}

static void long_values_are_hashed(void **state)
{
	static char value[RECORD_VALUE_MAX + 2];
	const char *argv[] = { value, NULL };
	struct audit_record r;
	struct err e = { 0 };

	(void)state;
	memset(value, 'x', RECORD_VALUE_MAX);
	record_begin_refusal(&r, "start", "bad-input", "w", UUID);
	assert_int_equal(record_long(&r, "name", value, &e), 0);
	assert_null(strstr(r.text, "name-hash="));
	assert_int_equal(record_begin_long_command(&r, "/", argv, "w", UUID, &e), 0);
	assert_null(strstr(r.text, "cmd-hash="));
	value[RECORD_VALUE_MAX] = 'x';
	record_begin_refusal(&r, "start", "bad-input", "w", UUID);
	assert_int_equal(record_long(&r, "name", value, &e), 0);
	assert_non_null(strstr(r.text, " name=? name-len=1025 name-hash=sha256:"));
	assert_int_equal(record_end(&r, NULL, false, &e), 0);
	assert_int_equal(record_begin_long_command(&r, "/", argv, "w", UUID, &e), 0);
	assert_non_null(strstr(r.text, "cwd=\"/\" cmd=? vm=\"w\" uuid=" UUID " cmd-len=1026 cmd-hash=sha256:"));
	assert_int_equal(record_end(&r, NULL, true, &e), 0);
	record_begin_command(&r, "/", argv, "w", UUID);
	assert_int_equal(record_end(&r, NULL, true, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

/* Sites keep years of logs: a word or type once used stays. */
static void rows_are_sound(void **state)
{
	(void)state;
	for (unsigned i = 0; i < AUDIT_EVENT_COUNT; i++) {
		const struct audit_event_row *row = &audit_event_rows[i];

		assert_in_range(row->type, 1100, 2999);
		assert_null(row->fields[AUDIT_FIELDS_MAX - 1]);
		assert_true(row->word || i == EV_REFUSE);
	}
	assert_string_equal(audit_event_rows[EV_START].word, "start");
	assert_string_equal(audit_event_rows[EV_STOP].word, "stop");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_values),
		cmocka_unit_test(writes_the_whole_body_in_order),
		cmocka_unit_test(writes_other_layouts),
		cmocka_unit_test(refuses_what_it_should),
		cmocka_unit_test(a_refusal_cannot_succeed),
		cmocka_unit_test(value_limit),
		cmocka_unit_test(body_limit),
		cmocka_unit_test(long_values_are_hashed),
		cmocka_unit_test(rows_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
