/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a bundle: names and headers, the chain in pieces, limits of manifests, keys and certificates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/audit/evidence/made.h"

static struct err e;

static void names(void **state)
{
	static const char *const good[] = { "a", "a/b.c", "secctr-evidence-000001/audit.log", "A-Z_0.9" };
	static const char *const bad[] = { "", "/a", "a/", "a//b", "../a", "a/../b", ".a", "a/.b", "a b", "a\nb", "\xc3\xa4" };
	char longest[TAR_NAME_MAX + 2];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(tar_name_ok(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (tar_name_ok(bad[i]))
			fail_msg("taken: %s", bad[i]);
	memset(longest, 'a', sizeof(longest));
	longest[TAR_NAME_MAX] = '\0';
	assert_true(tar_name_ok(longest));
	longest[TAR_NAME_MAX] = 'a';
	longest[TAR_NAME_MAX + 1] = '\0';
	assert_false(tar_name_ok(longest));
}

static void headers(void **state)
{
	struct tar_entry t = { .name = "x/y", .size = TAR_SIZE_MAX, .mtime = 1795003200 }, back;
	char block[TAR_BLOCK];

	(void)state;
	assert_int_equal(tar_header(&t, block, &e), 0);
	assert_true(tar_parse(block, &back));
	assert_int_equal(back.size, TAR_SIZE_MAX);
	assert_string_equal(back.name, "x/y");
	t.size++;
	assert_int_equal(tar_header(&t, block, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	/* Each byte of a header is what it must be. */
	t.size = 5;
	assert_int_equal(tar_header(&t, block, &e), 0);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		for (unsigned turn = 1; turn < 256; turn <<= 1) {
			block[i] = (char)(block[i] ^ (char)turn);
			if (tar_parse(block, &back))
				fail_msg("byte %zu turned by %u", i, turn);
			block[i] = (char)(block[i] ^ (char)turn);
		}
}

/* However the bytes come. */
static void chain_in_pieces(void **state)
{
	auto_str struct str lines = made_lines(20);
	struct chain whole_chain = { .line = NULL };

	(void)state;
	assert_int_equal(str_add(&lines, "no newline at the end", &e), 0);
	chain_begin(&whole_chain, NULL);
	assert_int_equal(chain_add(&whole_chain, lines.text, lines.len, &e) | chain_end(&whole_chain, &e), 0);
	assert_int_equal(whole_chain.lines, 21);
	for (size_t piece = 1; piece < 200; piece += 7) {
		struct chain c = { .line = NULL };

		chain_begin(&c, NULL);
		for (size_t at = 0; at < lines.len; at += piece)
			assert_int_equal(chain_add(&c, lines.text + at, piece < lines.len - at ? piece : lines.len - at, &e), 0);
		assert_int_equal(chain_end(&c, &e), 0);
		assert_int_equal(c.lines, 21);
		assert_memory_equal(c.head, whole_chain.head, SHA_BYTES);
	}
}

static void events(void **state)
{
	static const struct { const char *line, *event; } rows[] = {
		{ "type=LOGIN msg=audit(1795003200.123:45): pid=1", "1795003200.123:45" },
		{ "node=a type=LOGIN msg=audit(1.002:3): x", "1.002:3" },
		{ "type=LOGIN msg=audit(1.002:3", "" }, { "garbage", "" }, { "type=X msg=audit(12x.1:3): ", "" },
		{ "type=X msg=audit(): ", "" }, { "type=X msg=audit(111111111111111111111111111111111111111111111111): ", "" },
	};
	char event[CHAIN_ID];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		chain_event(rows[i].line, strlen(rows[i].line), event);
		assert_string_equal(event, rows[i].event);
	}
}

/* A manifest of n bytes: blanks fill it. */
static int sized(size_t n)
{
	auto_free char *text = malloc(n);
	auto_manifest struct manifest m;

	manifest_init(&m);
	memset(text, ' ', n);
	text[0] = '{';
	text[n - 1] = '}';
	return manifest_read(text, n, &m, &e);
}

static void manifests(void **state)
{
	static const char front[] = "{\"format\":\"secctr-evidence\",\"version\":1,\"created\":\"x\",\"created_sec\":1,\"host\":\"h\",\"signer_kind\":\"key\",\"range\":"
				    "\"continuous\",\"follows\":true,\"lines\":0,";
	static const char hex[] = "0000000000000000000000000000000000000000000000000000000000000000";
	const struct { const char *rest, *says; } rows[] = {
		{ "\"sequence\":1,\"members\":[]}", NULL },
		{ "\"sequence\":2,\"members\":[]}", "do not fit" },
		{ "\"sequence\":0,\"members\":[]}", "do not fit" },
		{ "\"sequence\":1000000,\"previous\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"members\":[]}", "do not fit" },
		{ "\"sequence\":999999,\"previous\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"members\":[]}", NULL },
		{ "\"sequence\":2,\"previous\":\"00\",\"members\":[]}", "not a SHA-256" },
		{ "\"sequence\":1,\"members\":[{\"name\":\"../x\",\"size\":0,\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\"}]}", "cannot be" },
		{ "\"sequence\":1,\"members\":[{\"name\":\"x\",\"size\":8589934592,\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\"}]}", "cannot be" },
		{ "\"sequence\":1,\"extra\":1,\"members\":[]}", "extra" },
		{ "\"sequence\":1,\"sequence\":1,\"members\":[]}", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_free char *text = NULL;
		auto_manifest struct manifest m;

		manifest_init(&m);
		assert_int_equal(str_print(&text, &e, "%s\"signer_key_sha256\":\"%s\",\"signer_pem_sha256\":\"%s\",\"chain_sha256\":\"%s\",%s", front, hex, hex, hex, rows[i].rest), 0);
		if (manifest_read(text, strlen(text), &m, &e) != (rows[i].says ? -1 : 0))
			fail_msg("row %zu: %s", i, e.text);
		if (rows[i].says && !strstr(e.text, rows[i].says))
			fail_msg("row %zu says %s", i, e.text);
	}
	assert_int_equal(sized(MANIFEST_BYTES_MAX), -1);
	assert_int_not_equal(e.reason, ERR_LIMIT);
	assert_int_equal(sized(MANIFEST_BYTES_MAX + 1), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
}

static void keys(void **state)
{
	auto_str struct str mine = { 0 }, public = { 0 }, junk = { 0 };
	auto_signer struct signer s = { 0 };
	unsigned char signature[SIGN_BYTES_MAX];
	struct signed_by by;
	size_t n;

	(void)state;
	assert_int_equal(signer_generate(&mine, &public, &e), 0);
	assert_int_equal(signer_read(&mine, NULL, &s, &e), 0);
	assert_string_equal(s.public_pem, public.text);
	assert_int_equal(signer_sign(&s, "text", 4, signature, &n, &e), 0);
	assert_int_equal(n, 64);
	assert_int_equal(sign_check(&(struct sign_claim){ "text", 4, signature, n, &public, 0 }, SIGN_KEY, &public, &by, &e), 0);
	assert_true(by.trusted);
	assert_string_equal(by.key_sha256, s.key_sha256);
	assert_int_equal(sign_check(&(struct sign_claim){ "texT", 4, signature, n, &public, 0 }, SIGN_KEY, &public, &by, &e), -1);
	assert_int_equal(e.reason, ERR_INPUT);
	/* What is to be trusted cannot be read: no word about the bundle. */
	assert_int_equal(str_add(&junk, "junk", &e), 0);
	assert_int_equal(sign_check(&(struct sign_claim){ "text", 4, signature, n, &public, 0 }, SIGN_KEY, &junk, &by, &e), -1);
	assert_int_equal(e.reason, ERR_USAGE);
	assert_int_equal(sign_check(&(struct sign_claim){ "text", 4, signature, n, &public, 0 }, SIGN_CA, &junk, &by, &e), -1);
	assert_int_equal(e.reason, ERR_USAGE);
	assert_int_equal(sign_check(&(struct sign_claim){ "text", 4, signature, n, &junk, 0 }, SIGN_ANY, NULL, &by, &e), -1);
	assert_int_equal(e.reason, ERR_INPUT);
	/* A public key signs nothing. */
	s = (signer_done(&s), (struct signer){ 0 });
	assert_int_equal(signer_read(&public, NULL, &s, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names), cmocka_unit_test(headers), cmocka_unit_test(chain_in_pieces), cmocka_unit_test(events),
		cmocka_unit_test(manifests), cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
