/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognises_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
