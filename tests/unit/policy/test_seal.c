/* SPDX-License-Identifier: Apache-2.0 */
/* test_seal.c - what is sealed is what was decided, and what is read back is what was sealed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/policy/policy_text.h"

static void a_denied_plan_is_not_sealed(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("");
	auto_plan struct plan *draft = small_draft();
	AUTO(sealed_free_auto) struct sealed_plan *s = NULL;
	auto_decided struct decided d = { 0 };
	struct err e = { 0 };

	(void)state;
	draft->process.no_new_privs = 0;
	d = decide_on(p, NULL, draft);
	assert_int_equal(policy_seal(d.v, &d.plan, &s, &e), -1);
	assert_int_equal(e.reason, ERR_POLICY);
	assert_string_equal(e.text, "process.noNewPrivileges: new privileges are not allowed (NoNewPrivileges= at built-in)");
	assert_non_null(d.plan);
}

static void a_changed_plan_is_not_sealed(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = decide_on(p, NULL, draft);
	AUTO(sealed_free_auto) struct sealed_plan *s = NULL;
	struct err e = { 0 };

	(void)state;
	d.plan->process.no_new_privs = 0;
	assert_int_equal(policy_seal(d.v, &d.plan, &s, &e), -1);
	assert_string_equal(e.text, "the plan was changed after it was decided about");
	d.plan->process.no_new_privs = 1;
	assert_int_equal(policy_seal(d.v, &d.plan, &s, &e), 0);
	assert_null(d.plan);
}

static int seal_with(const char *level, const char *label, bool shared, struct err *e)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("[SELinux]\nAllowLevels=any\n");
	auto_plan struct plan *draft = small_draft();
	AUTO(sealed_free_auto) struct sealed_plan *s = NULL;
	auto_decided struct decided d = { 0 };

	draft->selinux.shared_level = shared;
	d = decide_on(p, NULL, draft);
	assert_int_equal(str_copy(level, &d.plan->selinux.level, e) | str_copy(label, &d.plan->selinux.process_label, e), 0);
	d.plan->cgroup_manager = PLAN_CGROUPFS;
	return policy_seal(d.v, &d.plan, &s, e);
}

static void labels_come_after_the_decision_but_must_fit_it(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(seal_with("s0:c1,c2", "system_u:system_r:secctr_container_t:s0:c1,c2", false, &e), 0);
	assert_int_equal(seal_with("s0:c2,c1", "system_u:system_r:secctr_container_t:s0:c1,c2", true, &e), 0);
	assert_int_equal(seal_with("s0:c1,c2", "system_u:system_r:spc_t:s0:c1,c2", false, &e), -1);
	assert_int_equal(e.reason, ERR_LABEL);
	assert_int_equal(seal_with("s0:c1,c2", "system_u:system_r:spc_t:s0:c1,c2", true, &e), -1);
	assert_int_equal(seal_with("s0:c1,c2", "system_u:system_r:secctr_container_t:s0:c1,c3", false, &e), -1);
	assert_int_equal(seal_with("s0:c1,c2", "system_u:system_r:secctr_container_t", false, &e), -1);
	assert_int_equal(seal_with("s0:c1,c2", "nonsense", false, &e), -1);
}

static void unsealing_wants_the_same_bytes(void **state)
{
	AUTO(policy_free_auto) struct policy *p = good_policy("");
	auto_plan struct plan *draft = small_draft();
	auto_decided struct decided d = decide_on(p, NULL, draft);
	AUTO(sealed_free_auto) struct sealed_plan *s = NULL, *back = NULL, *none = NULL;
	auto_free char *changed = NULL, *text = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(policy_seal(d.v, &d.plan, &s, &e), 0);
	assert_int_equal(policy_unseal(sealed_text(s), strlen(sealed_text(s)), sealed_digest(s)->text, &back, &e), 0);
	assert_string_equal(sealed_text(back), sealed_text(s));
	assert_string_equal(sealed_digest(back)->text, sealed_digest(s)->text);
	assert_int_equal(plan_text(sealed_plan(back), &text, &e), 0);
	assert_string_equal(text, sealed_text(s));

	assert_int_equal(str_copy(sealed_text(s), &changed, &e), 0);
	strstr(changed, "\"noNewPrivileges\":true")[strlen("\"noNewPrivileges\":") + 3] = 'E';
	assert_int_equal(policy_unseal(changed, strlen(changed), sealed_digest(s)->text, &none, &e), -1);
	assert_int_equal(e.reason, ERR_DIGEST);
	assert_int_equal(policy_unseal(sealed_text(s), strlen(sealed_text(s)) - 1, sealed_digest(s)->text, &none, &e), -1);
	assert_int_equal(e.reason, ERR_DIGEST);
	assert_int_equal(policy_unseal(sealed_text(s), strlen(sealed_text(s)), "", &none, &e), -1);
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_denied_plan_is_not_sealed), cmocka_unit_test(a_changed_plan_is_not_sealed),
		cmocka_unit_test(labels_come_after_the_decision_but_must_fit_it),
		cmocka_unit_test(unsealing_wants_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
