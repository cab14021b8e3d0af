/* SPDX-License-Identifier: Apache-2.0 */
/* test_access.c - questions to class secctr: the kernel's answer is read strictly, no answer is no "yes". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "selinux/access.h"
#include "selinux/label.h"

#define CALLER "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023"
#define CONTAINER "system_u:system_r:secctr_container_t:s0:c1,c2"

static struct selinux_status status;
static struct err e;

static void assert_says(int r, enum err_reason reason, const char *says)
{
	assert_int_equal(r, -1);
	if (!strstr(e.text, says) || e.reason != reason)
		fail_msg("wanted %s \"%s\": %s: %s", err_word(reason), says, err_word(e.reason), e.text);
}

static void test_answer(void **state)
{
	struct selinux_av av;

	(void)state;
	assert_int_equal(selinux_av_parse("3 ffffffff 0 ffffffff 12 0", &av, &e), 0);
	assert_int_equal(av.allowed, 3);
	assert_int_equal(av.auditallow, 0);
	assert_int_equal(av.auditdeny, 0xffffffff);
	assert_false(av.permissive);
	assert_int_equal(selinux_av_parse("0 ffffffff 8 fffffffe 1 1", &av, &e), 0);
	assert_int_equal(av.allowed, 0);
	assert_int_equal(av.auditallow, 8);
	assert_true(av.permissive);
}

static void test_bad_answers(void **state)
{
	static const char *const rows[] = {
		"", "3", "3 ffffffff 0 ffffffff 12", "3 ffffffff 0 ffffffff 12 0 1", "x ffffffff 0 ffffffff 12 0",
		"3 ffffffff 0 ffffffff 12 z", "3 ffffffff 0 ffffffff1 12 0",
	};
	struct selinux_av av;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_says(selinux_av_parse(rows[i], &av, &e), ERR_LABEL, "unexpected answer");
}

static void test_bad_contexts(void **state)
{
	struct selinux_verdict v = { .allowed = true };
	char big[LABEL_MAX + 1];

	(void)state;
	memset(big, 'a', LABEL_MAX);
	big[LABEL_MAX] = '\0';
	assert_says(selinux_may("", CONTAINER, "run", &v, &e), ERR_INPUT, "source context");
	assert_says(selinux_may("a b", CONTAINER, "run", &v, &e), ERR_INPUT, "source context");
	assert_says(selinux_may(CALLER, "a\n", "run", &v, &e), ERR_INPUT, "target context");
	assert_says(selinux_may(CALLER, big, "run", &v, &e), ERR_INPUT, "target context");
}

static void test_absent(void **state)
{
	struct selinux_verdict v;

	(void)state;
	if (status.enabled)
		skip();
	assert_says(selinux_may(CALLER, CONTAINER, "run", &v, &e), ERR_LABEL, "SELinux is not enabled");
}

static bool has_class(int fs)
{
	char number[16];

	return selinuxfs_read(fs, "class/secctr/index", number, sizeof(number), &e) == 0;
}

static void test_present(void **state)
{
	struct selinux_verdict v;
	int fs;

	(void)state;
	if (!status.enabled)
		skip();
	fs = selinuxfs_open(&e);
	assert_true(fs >= 0);
	if (!has_class(fs)) {
		assert_says(selinux_may(CALLER, CALLER, "run", &v, &e), ERR_LABEL, "secctr selinux install");
		return;
	}
	assert_says(selinux_may(CALLER, CONTAINER, "fly", &v, &e), ERR_INTERNAL, "no permission");
	assert_int_equal(selinux_may(CALLER, CONTAINER, "run", &v, &e), 0);
	assert_true(v.allowed);
	assert_false(v.denied_by_rule);
	assert_string_equal(v.avc, "");
	/* A container asks for nothing. */
	assert_int_equal(selinux_may(CONTAINER, CONTAINER, "run", &v, &e), 0);
	assert_true(v.denied_by_rule);
	assert_int_equal(v.allowed, v.permissive);
	assert_non_null(strstr(v.avc, "avc:  denied  { run } for  scontext=" CONTAINER " tcontext=" CONTAINER
			       " tclass=secctr permissive="));
}

static int group_setup(void **state)
{
	(void)state;
	return selinux_status_read(&status, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer), cmocka_unit_test(test_bad_answers),
		cmocka_unit_test(test_bad_contexts), cmocka_unit_test(test_absent),
		cmocka_unit_test(test_present),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
