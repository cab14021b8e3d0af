/* SPDX-License-Identifier: Apache-2.0 */
/* test_fields.c - a struct by its table: absent values, copies, release. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/launcher/base/sample.h"

static void starts_absent(void **state)
{
	struct sample s;

	(void)state;
	memset(&s, 0x55, sizeof(s));
	fields_init(sample_fields, &s);
	assert_null(s.text);
	assert_false(s.flag);
	assert_int_equal(s.tri, -1);
	assert_true(s.number == FIELD_NONE);
	assert_true(s.count == 0);
	assert_int_equal(s.word, 0);
	assert_int_equal(s.words.len + s.map.len + s.parts.len, 0);
	assert_null(s.inner.name);
	assert_true(s.inner.size == FIELD_NONE);
}

static void copies_share_nothing(void **state)
{
	struct sample a, b;
	struct err e = { 0 };

	(void)state;
	sample_fill(&a);
	fields_init(sample_fields, &b);
	assert_int_equal(fields_copy(sample_fields, &b, &a, &e), 0);
	fields_done(sample_fields, &a);
	assert_string_equal(b.text, "text");
	assert_int_equal(b.tri, 0);
	assert_true(b.number == -5);
	assert_true(b.count == UINT64_MAX);
	assert_string_equal(b.words.item[1], "");
	assert_string_equal(strv_env(&b.map, "k"), "v=w");
	assert_string_equal(FIELD_AT(&b.parts, struct part, 1)->name, "second");
	assert_true(FIELD_AT(&b.parts, struct part, 0)->size == 1);
	assert_string_equal(b.inner.name, "inner");
	fields_done(sample_fields, &b);
	assert_null(b.text);
	assert_int_equal(b.parts.len, 0);
}

static void added_elements_are_absent(void **state)
{
	struct field_list list = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct part *part = field_list_add(&list, part_fields, sizeof(struct part));

		assert_non_null(part);
		assert_true(part->size == FIELD_NONE);
		part->size = i;
	}
	assert_int_equal(list.len, 100);
	assert_true(FIELD_AT(&list, struct part, 99)->size == 99);
	free(list.item);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_absent), cmocka_unit_test(copies_share_nothing),
		cmocka_unit_test(added_elements_are_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
