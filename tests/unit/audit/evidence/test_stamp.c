/* SPDX-License-Identifier: Apache-2.0 */
/* Time stamps: what is asked for, and every answer that is another one; a bundle with one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/audit/evidence/authority.h"
#include "tests/unit/audit/evidence/made.h"

static struct authority authority, other, expired;
static struct signer signer;
static struct str public_key, private_key;
static struct err e;

#define HEAD "00112233445566778899aabbccddeeff00112233445566778899aabbccddee01"
static const struct stamp_ask ask = { .head = HEAD, .nonce = MADE_NONCE };

static struct str answer_to(const struct authority *a, const struct stamp_ask *asked)
{
	struct stamp_query q;

	assert_int_equal(stamp_query(asked, &q, &e), 0);
	return authority_answer(a, q.der, q.n);
}

static void refused(const struct stamp_ask *asked, const struct str *answer, const struct str *ca, const char *why)
{
	struct time_stamp s;

	assert_int_equal(stamp_check(asked, answer->text, answer->len, ca, &s, &e), -1);
	if (!strstr(e.text, why))
		fail_msg("%s: not %s", e.text, why);
	assert_int_equal(e.reason, ERR_INPUT);
	assert_false(s.there);
}

static void is_good(void **state)
{
	auto_str struct str answer = answer_to(&authority, &ask);
	struct time_stamp s;
	uint64_t now = (uint64_t)time(NULL);

	(void)state;
	assert_int_equal(stamp_check(&ask, answer.text, answer.len, &authority.ca_pem, &s, &e), 0);
	assert_true(s.there && s.trusted);
	assert_string_equal(s.by, "CN=test authority");
	assert_true(s.time <= now && s.time + 10 > now);
	assert_int_equal(stamp_check(&ask, answer.text, answer.len, NULL, &s, &e), 0);
	assert_true(s.there);
	assert_false(s.trusted);
}

static void asked_for_something_else(void **state)
{
	struct stamp_ask a[] = { ask, ask, ask };
	const char *const why[] = { "message imprint mismatch", "nonce mismatch", "policy" };
	auto_str struct str answer = answer_to(&authority, &ask);

	(void)state;
	a[0].head[0] = 'f';
	a[1].nonce[31] = '0';
	strcpy(a[2].policy, "1.2.3.5");
	for (size_t i = 0; i < ARRAY_LEN(a); i++)
		refused(&a[i], &answer, NULL, why[i]);
}

static void whose_it_is(void **state)
{
	auto_str struct str old = answer_to(&expired, &ask), answer = answer_to(&authority, &ask);
	struct authority weak = authority, before = expired;
	auto_str struct str sha1 = { 0 }, then = { 0 };
	const struct str junk = { (char *)"junk", 4, 0 };
	struct time_stamp s;

	(void)state;
	refused(&ask, &answer, &other.ca_pem, "certificate verify error");
	refused(&ask, &old, &expired.ca_pem, "certificate has expired");
	refused(&ask, &old, NULL, "certificate has expired");
	/* It was good when it stamped: that is what stamps are for. */
	before.ago = 5400;
	then = answer_to(&before, &ask);
	assert_int_equal(stamp_check(&ask, then.text, then.len, &expired.ca_pem, &s, &e), 0);
	assert_true(s.trusted && s.time < (uint64_t)time(NULL) - 5000);
	weak.digest = EVP_sha1();
	sha1 = answer_to(&weak, &ask);
	refused(&ask, &sha1, NULL, "signed with SHA1");
	assert_int_equal(stamp_check(&ask, answer.text, answer.len, &junk, &s, &e), -1);
	assert_int_equal(e.reason, ERR_USAGE);
}

static void no_answer(void **state)
{
	auto_str struct str answer = answer_to(&authority, &ask), more = { 0 }, rejected = authority_answer(&authority, "junk", 4);
	static char big[STAMP_BYTES_MAX + 1];
	const struct str limit = { big, STAMP_BYTES_MAX, 0 }, over = { big, STAMP_BYTES_MAX + 1, 0 };
	size_t whole = answer.len;
	struct time_stamp s;

	(void)state;
	refused(&ask, &rejected, NULL, "gives no time stamp: rejected");
	refused(&ask, &limit, NULL, "not a time stamp");
	assert_int_equal(stamp_check(&ask, over.text, over.len, NULL, &s, &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	assert_int_equal(str_add_bytes(&more, answer.text, answer.len, &e) || str_add_bytes(&more, "", 1, &e), 0);
	refused(&ask, &more, NULL, "something stands behind it");
	for (answer.len = 0; answer.len < whole; answer.len++)
		refused(&ask, &answer, NULL, "");
}

static void asking(void **state)
{
	static const char *const good[] = { "1.2.3", "0.9.2342", "2.16.840" }, *const bad[] = { "", "1", "1.2.", "3.1.2", "1..2", "anyPolicy", "1.2 ", "1,2,3" };
	char long_one[STAMP_POLICY_MAX + 2];
	struct stamp_query q;
	struct stamp_ask a = ask;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(stamp_policy_ok(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(stamp_policy_ok(bad[i]));
	memset(long_one, '1', sizeof(long_one));
	long_one[1] = '.';
	long_one[STAMP_POLICY_MAX - 1] = '\0';
	assert_true(stamp_policy_ok(long_one));
	long_one[STAMP_POLICY_MAX - 1] = '1';
	long_one[STAMP_POLICY_MAX] = '\0';
	assert_false(stamp_policy_ok(long_one));
	assert_true(stamp_nonce_ok(MADE_NONCE));
	assert_false(stamp_nonce_ok("0011"));
	assert_false(stamp_nonce_ok("00112233445566778899aabbccddeefF"));
	a.head[0] = '\0';
	assert_int_equal(stamp_query(&a, &q, &e), -1);
	a = ask;
	a.nonce[0] = 'x';
	assert_int_equal(stamp_query(&a, &q, &e), -1);
}

static int stamp_it(void *arg, const char *head, struct str *ret, struct err *err)
{
	struct stamp_ask a = { .nonce = MADE_NONCE };

	(void)arg, (void)err;
	strcpy(a.head, head);
	*ret = answer_to(&authority, &a);
	return 0;
}

static int stamp_another(void *arg, const char *head, struct str *ret, struct err *err)
{
	(void)arg, (void)head, (void)err;
	*ret = answer_to(&authority, &ask);
	return 0;
}

static int stamp_fails(void *arg, const char *head, struct str *ret, struct err *err)
{
	(void)arg, (void)head, (void)ret;
	return err_set(err, ERR_TIMEOUT, 0, "nobody answers");
}

static int stamped(made_stamp *stamp)
{
	auto_str struct str lines = made_lines(5);
	char head[65];

	return made_stamped_bundle(&signer, 1, NULL, &lines, NULL, 0, stamp, head);
}

static void verify(int fd, const struct str *ca, struct verdict *v)
{
	assert_int_equal(verify_bundle(fd, &(struct verify_trust){ SIGN_KEY, &public_key, ca }, v, &e), 0);
}

static bool says(const struct verdict *v, const char *member, const char *text)
{
	for (uint32_t i = 0; i < v->told; i++)
		if (strcmp(v->finding[i].member, member) == 0 && strstr(v->finding[i].text, text))
			return true;
	return false;
}

static void in_a_bundle(void **state)
{
	auto_close int fd = stamped(stamp_it), wrong = stamped(stamp_another);
	auto_free struct verdict *v = malloc(sizeof(*v));

	(void)state;
	verify(fd, &authority.ca_pem, v);
	assert_int_equal(v->findings, 0);
	assert_true(v->stamped && v->stamp.there && v->stamp.trusted);
	verify(fd, NULL, v);
	assert_int_equal(v->findings, 0);
	assert_true(v->stamp.there && !v->stamp.trusted);
	verify(fd, &other.ca_pem, v);
	assert_true(says(v, MANIFEST_STAMP, "certificate verify error"));
	assert_false(v->stamp.there);
	verify(wrong, NULL, v);
	assert_true(says(v, MANIFEST_STAMP, "message imprint mismatch"));
	assert_int_equal(stamped(stamp_fails), -1);
}

/* Nobody was asked for a CA: it is the signer's word that covers what the stamp itself does not. */
static void every_byte_counts(void **state)
{
	auto_close int fd = stamped(stamp_it), changed = memory_of("", 0);
	auto_str struct str s = whole(fd);
	auto_free struct verdict *v = malloc(sizeof(*v));
	/* Of the header, the first time; the member behind it is audit.log. */
	const char *from = memmem(s.text, s.len, MANIFEST_STAMP, strlen(MANIFEST_STAMP)), *to;

	(void)state;
	assert_non_null(from);
	to = memmem(from, s.len - (size_t)(from - s.text), MANIFEST_LINES, strlen(MANIFEST_LINES));
	assert_non_null(to);
	for (size_t i = (size_t)(from - s.text); i < (size_t)(to - s.text); i++) {
		s.text[i] ^= 1;
		assert_int_equal(pwrite(changed, s.text, s.len, 0), (ssize_t)s.len);
		verify(changed, NULL, v);
		if (!v->findings)
			fail_msg("byte %zu of %zu to %zu", i, (size_t)(from - s.text), (size_t)(to - s.text));
		s.text[i] ^= 1;
	}
}

/* Who has no key takes the stamp out, or one puts one in. */
static void it_stands_where_it_must(void **state)
{
	auto_close int with = stamped(stamp_it), without = stamped(NULL);
	auto_str struct str a = whole(with), b = whole(without), cut = { 0 }, put = { 0 };
	auto_free struct verdict *v = malloc(sizeof(*v));
	/* The stamp's two members begin behind signer.pem, which has one block. */
	size_t front_a = (size_t)((char *)memmem(a.text, a.len, "/" MANIFEST_SIGNER, 11) - a.text) / 512 * 512 + 1024,
	       front_b = (size_t)((char *)memmem(b.text, b.len, "/" MANIFEST_SIGNER, 11) - b.text) / 512 * 512 + 1024, members;
	auto_close int one = -1, two = -1;

	(void)state;
	members = (size_t)((char *)memmem(a.text + front_a, a.len - front_a, "/" MANIFEST_LINES "\0", 11) - a.text) / 512 * 512;
	assert_int_equal(str_add_bytes(&cut, a.text, front_a, &e) || str_add_bytes(&cut, a.text + members, a.len - members, &e), 0);
	one = memory_of(cut.text, cut.len);
	verify(one, NULL, v);
	assert_true(says(v, MANIFEST_STAMP, "another member stands in its place"));
	assert_int_equal(str_add_bytes(&put, b.text, front_b, &e) || str_add_bytes(&put, a.text + front_a, members - front_a, &e) ||
			 str_add_bytes(&put, b.text + front_b, b.len - front_b, &e), 0);
	two = memory_of(put.text, put.len);
	verify(two, NULL, v);
	assert_true(says(v, MANIFEST_STAMP, "not in the manifest"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_good), cmocka_unit_test(asked_for_something_else), cmocka_unit_test(whose_it_is), cmocka_unit_test(no_answer),
		cmocka_unit_test(asking), cmocka_unit_test(in_a_bundle), cmocka_unit_test(every_byte_counts), cmocka_unit_test(it_stands_where_it_must),
	};
	int r;

	if (signer_generate(&private_key, &public_key, &e) || signer_read(&private_key, NULL, &signer, &e))
		return 1;
	authority_begin(&authority, -3600, 3600);
	authority_begin(&other, -3600, 3600);
	authority_begin(&expired, -7200, -3600);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	authority_done(&authority);
	authority_done(&other);
	authority_done(&expired);
	signer_done(&signer);
	str_done(&public_key);
	str_done(&private_key);
	return r;
}
