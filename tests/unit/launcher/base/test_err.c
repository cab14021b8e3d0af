/* SPDX-License-Identifier: Apache-2.0 */
/* test_err.c - reasons, context and what is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>

#include "launcher/base/err.h"

static void reason_words_and_statuses(void **state)
{
	(void)state;
	assert_string_equal(err_word(ERR_POLICY), "policy-denied");
	assert_string_equal(err_word((enum err_reason)999), "internal");
	assert_int_equal(err_exit_status(ERR_USAGE), 125);
	assert_int_equal(err_exit_status(ERR_NOEXEC), 126);
	assert_int_equal(err_exit_status(ERR_NOCMD), 127);
	assert_int_equal(err_exit_status((enum err_reason)-1), 125);
}

static void text_has_cause_and_context(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(err_set(&e, ERR_SYSTEM, ENOENT, "open %s", "x"), -1);
	assert_string_equal(e.text, "open x: No such file or directory");
	assert_int_equal(e.sys, ENOENT);
	assert_int_equal(err_context(&e, "policy"), -1);
	assert_string_equal(e.text, "policy: open x: No such file or directory");
	assert_int_equal(e.reason, ERR_SYSTEM);
}

static void control_characters_cannot_reach_a_terminal(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_set(&e, ERR_INPUT, 0, "a\nb\033[2Jc\x7f");
	assert_string_equal(e.text, "a?b?[2Jc?");
	/* U+009B is CSI too, U+202E turns the line around, a lone byte may be either. */
	err_set(&e, ERR_INPUT, 0, "a\xc2\x9b" "31m\xe2\x80\xae" "b\x9b\xff" "c \xc3\xb6");
	assert_string_equal(e.text, "a??31m???b??c \xc3\xb6");
}

static void long_texts_are_cut_and_keep_the_cause(void **state)
{
	struct err e = { 0 };
	char big[2000];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_set(&e, ERR_INPUT, EIO, "%s", big);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_context(&e, "front");
	assert_int_equal(strncmp(e.text, "front: xxx", 10), 0);
	err_set(&e, ERR_INPUT, 0, "cause");
	err_context(&e, "%s", big);
	assert_string_equal(e.text, "cause");
	/* Sent through a pipe in one write. */
	assert_true(sizeof(struct err) <= PIPE_BUF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reason_words_and_statuses),
		cmocka_unit_test(text_has_cause_and_context),
		cmocka_unit_test(control_characters_cannot_reach_a_terminal),
		cmocka_unit_test(long_texts_are_cut_and_keep_the_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
