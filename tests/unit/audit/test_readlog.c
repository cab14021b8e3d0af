/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "audit/readlog.h"

#define UUID "8a1f3c52-0d7e-4b9a-9c1d-2e3f4a5b6c7d"
#define BODY "virt=container op=destroy reason=cli vm=\"w\" uuid=" UUID " exe=? hostname=? addr=? terminal=? res=success"
#define FRONT "audit(1795439650.628:3): pid=42 uid=0 auid=1000 ses=7"

static void recognises_its_own(void **state)
{
	static const struct { const char *text; bool ours; } rows[] = {
		{ FRONT " msg='" BODY "'", true },
		{ FRONT " subj=u:r:t:s0 msg='" BODY "'", true },
		{ FRONT " msg='" BODY "'\n", true },
		{ "audit(1795439650.628:3): pid=43 uid=0 auid=1000 ses=7 msg='" BODY "'", false },
		{ "audit(1795439650.628:3): pid=421 uid=0 auid=1000 ses=7 msg='" BODY "'", false },
		{ "audit(1795439650.628:3): pid=4 uid=0 auid=1000 ses=7 msg='" BODY "'", false },
		{ FRONT " msg='x pid=42 msg='" BODY "'", false },
		{ FRONT " msg='" BODY " '", false },
		{ FRONT " msg='virt=container op=destroy reason=cli vm=\"v\" uuid=" UUID
		  " exe=? hostname=? addr=? terminal=? res=success'", false },	/* another's, as long as ours */
		{ FRONT " msg='" BODY "\"", false },
		{ FRONT " msg='" BODY, false },
		{ FRONT " msg='" BODY "''", false },
		{ FRONT " msg=\"" BODY "\"", false },
		{ "audit(x): pid=42 uid=0 auid=1000 ses=7 msg='" BODY "'", false },
		{ "audit(1.1:99999999999999999999999): pid=42 uid=0 auid=1000 ses=7 msg='" BODY "'", false },
		{ FRONT, false },
		{ "audit(", false },
		{ "", false },
	};
	struct audit_event_id id;
	struct audit_record r;
	struct err e;

	(void)state;
	record_begin(&r, EV_DESTROY, "cli", "w", UUID);
	assert_int_equal(record_end(&r, NULL, true, &e), 0);
	assert_string_equal(r.text, BODY);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		id = (struct audit_event_id){ 0 };
		if (readlog_matches(rows[i].text, strlen(rows[i].text), &r, 42, &id) != rows[i].ours)
			fail_msg("row %zu: %s", i, rows[i].text);
		assert_int_equal(id.serial, rows[i].ours ? 3 : 0);
	}
	assert_true(readlog_matches(rows[0].text, strlen(rows[0].text), &r, 42, &id));
	assert_int_equal(id.sec, 1795439650);
	assert_int_equal(id.ms, 628);
	assert_int_equal(id.auid, 1000);
	assert_int_equal(id.ses, 7);
}

/* Sender, type and which of several: what is not exactly the one that was sent is not it. */
static void takes_from_the_kernel_alone(void **state)
{
	static const struct { uint32_t from; int type; const char *text; size_t cut; uint32_t left; } rows[] = {
		{ 0, 0, FRONT " msg='" BODY "'", 0, 1 },
		{ 1, 0, FRONT " msg='" BODY "'", 0, 3 },	/* another process */
		{ 0, 1, FRONT " msg='" BODY "'", 0, 3 },	/* another type */
		{ 0, 0, FRONT " msg='" BODY "'", 1, 3 },	/* without its end */
		{ 0, 0, "", 0, 3 },
	};
	struct audit_record r[2];
	struct err e;

	(void)state;
	record_begin(&r[0], EV_DESTROY, "cli", "x", UUID);
	record_begin(&r[1], EV_DESTROY, "cli", "w", UUID);
	assert_int_equal(record_end(&r[0], NULL, true, &e) | record_end(&r[1], NULL, true, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct { struct nlmsghdr h; char text[1024]; } in = { .h.nlmsg_type = (uint16_t)(r[1].type + rows[i].type) };
		const struct sockaddr_nl from = { .nl_family = AF_NETLINK, .nl_pid = rows[i].from };
		size_t n = strlen(rows[i].text) - rows[i].cut;
		struct audit_event_id ids[2] = { { 0 } };
		uint32_t missing = 3;

		memcpy(in.text, rows[i].text, n);
		(void)readlog_take_one(&from, &in.h, sizeof(in.h) + n, 42, r, 2, &missing, ids);
		if (missing != rows[i].left || ids[1].serial != (rows[i].left == 1 ? 3 : 0) || ids[0].serial)
			fail_msg("row %zu: missing %x", i, missing);
	}
}

/* Seen twice counts once: a second copy does not stand for another record. */
static void takes_each_once(void **state)
{
	struct { struct nlmsghdr h; char text[1024]; } in = { 0 };
	const struct sockaddr_nl from = { .nl_family = AF_NETLINK };
	struct audit_event_id ids[2] = { { 0 } };
	struct audit_record r[2];
	uint32_t missing = 3;
	struct err e;

	(void)state;
	for (int i = 0; i < 2; i++) {
		record_begin(&r[i], EV_DESTROY, "cli", "w", UUID);
		assert_int_equal(record_end(&r[i], NULL, true, &e), 0);
	}
	in.h.nlmsg_type = (uint16_t)r[0].type;
	strcpy(in.text, FRONT " msg='" BODY "'");
	assert_true(readlog_take_one(&from, &in.h, sizeof(in.h) + strlen(in.text), 42, r, 2, &missing, ids));
	assert_int_equal(missing, 2);
	assert_true(readlog_take_one(&from, &in.h, sizeof(in.h) + strlen(in.text), 42, r, 2, &missing, ids));
	assert_int_equal(missing, 0);
	assert_false(readlog_take_one(&from, &in.h, sizeof(in.h) + strlen(in.text), 42, r, 2, &missing, ids));
}

/* What the filter lets into a socket: on a pair of sockets, since the kernel's records come from nowhere else. */
static bool let_in(int pair[2], int type, const char *text)
{
	struct { struct nlmsghdr h; char text[256]; } m = { .h.nlmsg_type = (uint16_t)type };
	size_t n = strlen(text);

	memcpy(m.text, text, n);
	assert_int_equal(send(pair[0], &m, sizeof(m.h) + n, 0), sizeof(m.h) + n);
	return recv(pair[1], &m, sizeof(m), MSG_DONTWAIT) > 0;
}

static void filters_by_process(void **state)
{
	static const struct { uint32_t pid; const char *text; bool in; } rows[] = {
		{ 42, FRONT " msg='" BODY "'", true },
		{ 42, "audit(1.000:1): pid=42 uid", true },
		{ 42, "audit(17954396501.628:9999999999): pid=42 uid", true },
		{ 42, "audit(1795439650.628:4294967295): pid=42 uid", true },
		{ 4, FRONT " msg", false }, { 2, FRONT " msg", false }, { 421, FRONT " msg", false },
		{ 1, "audit(1.000:1): pid=1 uid", true }, { 123, "audit(1.000:1): pid=123 uid", true },
		{ 1234, "audit(1.000:1): pid=1234 uid", true }, { 4194304, "audit(1795439650.628:130449): pid=4194304 uid", true },
		{ 12345, "audit(1795439650.628:130449): pid=12345 uid", true },
		{ 12345, "audit(1795439650.628:130449): pid=12346 uid", false },
		{ 123456, "audit(1795439650.628:130449): pid=123457 uid", false },
		{ 123456, "audit(1795439650.628:130449): pid=123456", false },	/* cut */
		{ 42, "audit(1.000:", false }, { 42, "", false },
		{ 42, "audit(1795439650.628:3): pid=43 uid=0 msg='): pid=42 uid", false },
	};
	struct err e;
	int pair[2];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
		assert_int_equal(readlog_filter(pair[1], rows[i].pid, &e), 0);
		for (size_t k = 0; k < AUDIT_EVENT_COUNT; k++)
			if (let_in(pair, audit_event_rows[k].type, rows[i].text) != rows[i].in)
				fail_msg("row %zu, type %d: %s", i, audit_event_rows[k].type, rows[i].text);
		assert_false(let_in(pair, 1300, rows[i].text));
		(void)close(pair[0]);
		(void)close(pair[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognises_its_own),
		cmocka_unit_test(takes_from_the_kernel_alone),
		cmocka_unit_test(takes_each_once),
		cmocka_unit_test(filters_by_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
