/* SPDX-License-Identifier: Apache-2.0 */
/* test_digest.c - FIPS 180-2 examples, and spellings that would become paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/digest.h"

#define ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void known_answers(void **state)
{
	struct digest d;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(digest_bytes("abc", 3, &d, &e), 0);
	assert_string_equal(d.text, ABC);
	assert_string_equal(digest_hex(&d), ABC + 7);
	assert_int_equal(digest_bytes("", 0, &d, &e), 0);
	assert_string_equal(d.text, EMPTY);
	assert_true(digest_is_valid(d.text));
}

static void streams_are_the_same(void **state)
{
	struct digest_stream *s = NULL;
	struct digest whole, parts;
	char bytes[1000];
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	assert_int_equal(digest_bytes(bytes, sizeof(bytes), &whole, &e), 0);
	assert_int_equal(digest_stream_new(&s, &e), 0);
	for (size_t at = 0; at < sizeof(bytes); at += 125)
		assert_int_equal(digest_stream_add(s, bytes + at, 125, &e), 0);
	assert_int_equal(digest_stream_add(s, bytes, 0, &e), 0);
	assert_int_equal(digest_stream_finish(s, &parts, &e), 0);
	assert_string_equal(parts.text, whole.text);
	digest_stream_free(s);
	digest_stream_free(NULL);
}

static void only_one_spelling(void **state)
{
	static const char *const bad[] = {
		"", "sha256:", ABC "0", ABC "\n", " " ABC, "SHA256:" "x", "sha512:" "x",
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
		"sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
		"sha256:../../../../../../../../../../../../../../../../../../../../../a",
		"sha256-ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	};

	(void)state;
	assert_true(digest_is_valid(ABC));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (digest_is_valid(bad[i]))
			fail_msg("%s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers), cmocka_unit_test(streams_are_the_same),
		cmocka_unit_test(only_one_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
