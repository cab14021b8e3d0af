/* SPDX-License-Identifier: Apache-2.0 */
/* test_ids.c - ids, UUIDs and what no name may hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/ids.h"
#include "launcher/base/str.h"

static void ids_and_their_uuids(void **state)
{
	char id[ID_HEX + 1], other[ID_HEX + 1], uuid[UUID_TEXT + 1];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(id_new(id, &e), 0);
	assert_int_equal(id_new(other, &e), 0);
	assert_string_not_equal(id, other);
	assert_true(id_is_valid(id));
	id_uuid(id, uuid);
	assert_int_equal(strlen(uuid), UUID_TEXT);
	assert_int_equal(uuid[14], '4');
	assert_non_null(strchr("89ab", uuid[19]));
	/* Of our own ids nothing is changed. */
	assert_memory_equal(uuid, id, 8);
	assert_memory_equal(uuid + 9, id + 8, 4);
	assert_memory_equal(uuid + 14, id + 12, 4);
	assert_memory_equal(uuid + 19, id + 16, 4);
	assert_memory_equal(uuid + 24, id + 20, 12);
	id_uuid("ffffffffffffffffffffffffffffffff00000000000000000000000000000000", uuid);
	assert_string_equal(uuid, "ffffffff-ffff-4fff-bfff-ffffffffffff");
	id_uuid("0000000000000000000000000000000000000000000000000000000000000000", uuid);
	assert_string_equal(uuid, "00000000-0000-4000-8000-000000000000");
}

#define HEX63 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static void only_64_lower_case_digits(void **state)
{
	(void)state;
	assert_true(id_is_valid(HEX63 "f"));
	assert_false(id_is_valid(HEX63));
	assert_false(id_is_valid(HEX63 "ff"));
	assert_false(id_is_valid(HEX63 "F"));
	assert_false(id_is_valid(HEX63 "g"));
	assert_false(id_is_valid(HEX63 "\n"));
	assert_false(id_is_valid(""));
}

static void names(void **state)
{
	static const struct {
		const char *name, *says;	/* NULL: good */
	} rows[] = {
		{ "a", NULL }, { "web-1.example_x", NULL }, { "0", NULL }, { HEX63 "f", NULL },
		{ HEX63 "ff", "longer than 64" }, { "", "is empty" }, { ".", "character 1 ('.')" },
		{ "..", "character 1" }, { "-x", "character 1 ('-')" }, { "_x", "character 1" },
		{ "a b", "character 2 (byte 0x20)" }, { "a/b", "character 2 ('/')" }, { "x' auid=0", "character 2 (''')" },
		{ "a\"", "character 2" }, { "a\n", "character 2 (byte 0x0a)" }, { "a\x7f", "byte 0x7f" },
		{ "a\xc3\xa9", "character 2 (byte 0xc3)" }, { "a%n", "character 2 ('%')" }, { "a@b", "character 2" },
		{ "a\\x2f", "character 2" }, { "a=b", "character 2" }, { "a:b", "character 2" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { 0 };
		int rc = name_check("container name", rows[i].name, &e);

		if (rc != (rows[i].says ? -1 : 0) || (rc && !str_starts(e.text, "container name: ")) ||
		    (rc && !strstr(e.text, rows[i].says)))
			fail_msg("\"%s\": %s", rows[i].name, e.text);
	}
}

static void made_names_are_names(void **state)
{
	char name[NAME_MAX_LEN + 1];
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(name_make(name, &e), 0);
		assert_int_equal(name_check("name", name, &e), 0);
		assert_non_null(strchr(name, '_'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_and_their_uuids), cmocka_unit_test(only_64_lower_case_digits),
		cmocka_unit_test(names), cmocka_unit_test(made_names_are_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
