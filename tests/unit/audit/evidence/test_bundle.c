/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle and every way in which it can be another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/audit/evidence/made.h"

static struct signer signer;
static struct str public_key, private_key;
static struct err e;

static void verify(int fd, struct verdict *v)
{
	if (verify_bundle(fd, &(struct verify_trust){ SIGN_KEY, &public_key, NULL }, v, &e))
		fail_msg("%s", e.text);
}

static void good(int fd, struct verdict *v)
{
	verify(fd, v);
	if (v->findings)
		fail_msg("%s: %s", v->finding[0].member, v->finding[0].text);
	assert_true(v->is_bundle);
	assert_true(v->by.trusted);
}

static bool says(const struct verdict *v, const char *member, uint64_t line, const char *text)
{
	for (uint32_t i = 0; i < v->told; i++)
		if (strcmp(v->finding[i].member, member) == 0 && v->finding[i].line == line && strstr(v->finding[i].text, text))
			return true;
	for (uint32_t i = 0; i < v->told; i++)
		print_message("  %s %llu %s: %s\n", v->finding[i].member, (unsigned long long)v->finding[i].line, v->finding[i].event, v->finding[i].text);
	return false;
}

static int small(char head[static 65])
{
	auto_str struct str lines = made_lines(5);
	const struct bundle_part more[] = { { .name = "reports/containers.txt", .fd = -1, .bytes = "nothing\n", .n = 8 },
					    { .name = "policy/empty.policy", .fd = -1, .bytes = "", .n = 0 } };

	return made_bundle(&signer, 1, NULL, &lines, more, 2, head);
}

static void is_good(void **state)
{
	char head[65], again[65];
	auto_close int fd = small(head), same = small(again);
	auto_str struct str one = whole(fd), two = whole(same);
	auto_free struct verdict *v = malloc(sizeof(*v));

	(void)state;
	good(fd, v);
	assert_string_equal(v->head, head);
	assert_int_equal(v->sequence, 1);
	assert_int_equal(v->lines, 5);
	assert_string_equal(v->first, "1795000001.001:1");
	assert_string_equal(v->last, "1795000005.001:5");
	/* The same parts give the same bytes. */
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.text, two.text, one.len);
}

/* Each byte of the file; which bits of it are turned goes round. */
static void every_byte_counts(void **state)
{
	char head[65];
	auto_close int fd = small(head);
	auto_str struct str all = whole(fd);
	auto_free struct verdict *v = malloc(sizeof(*v));
	static const unsigned char turns[] = { 0x01, 0x20, 0xff };

	(void)state;
	for (size_t i = 0; i < all.len; i++) {
		unsigned char turn = turns[i % ARRAY_LEN(turns)];
		char is = (char)(all.text[i] ^ (char)turn);

		assert_int_equal(pwrite(fd, &is, 1, (off_t)i), 1);
		verify(fd, v);
		if (!v->findings)
			fail_msg("byte %zu turned by 0x%02x was not found", i, turn);
		assert_int_equal(pwrite(fd, &all.text[i], 1, (off_t)i), 1);
	}
	good(fd, v);
}

/* Cut anywhere at a block, made longer, with a byte put in. */
static void every_length_counts(void **state)
{
	char head[65];
	auto_close int fd = small(head);
	auto_str struct str all = whole(fd);
	auto_free struct verdict *v = malloc(sizeof(*v));

	(void)state;
	for (size_t n = 0; n < all.len; n += n % 512 == 0 && n + 512 < all.len ? 511 : 1) {
		assert_int_equal(ftruncate(fd, (off_t)n), 0);
		verify(fd, v);
		if (!v->findings)
			fail_msg("cut to %zu bytes was not found", n);
		assert_int_equal(pwrite(fd, all.text, all.len, 0), all.len);
	}
	for (size_t n = 1; n <= 1536; n += 511) {
		assert_int_equal(ftruncate(fd, (off_t)(all.len + n)), 0);
		verify(fd, v);
		assert_true(v->findings);
	}
}

/* The archive with other lines in it and a right header, as somebody would make it who has no key. */
static int replaced(const struct str *all, const struct str *was, const struct str *now)
{
	const char *at = memmem(all->text, all->len, was->text, was->len);
	struct tar_entry t;
	char header[TAR_BLOCK];
	auto_str struct str out = { 0 };
	static const char zeros[TAR_BLOCK];
	size_t before = (size_t)(at - all->text) - TAR_BLOCK, behind = before + TAR_BLOCK + (size_t)tar_padded(was->len);

	assert_non_null(at);
	assert_true(tar_parse(all->text + before, &t));
	t.size = now->len;
	assert_int_equal(tar_header(&t, header, &e), 0);
	assert_int_equal(str_add_bytes(&out, all->text, before, &e), 0);
	assert_int_equal(str_add_bytes(&out, header, sizeof(header), &e), 0);
	assert_int_equal(str_add_bytes(&out, now->len ? now->text : "", now->len, &e), 0);
	assert_int_equal(str_add_bytes(&out, zeros, (size_t)tar_padded(now->len) - now->len, &e), 0);
	assert_int_equal(str_add_bytes(&out, all->text + behind, all->len - behind, &e), 0);
	return memory_of(out.text, out.len);
}

/* Line i (from 1) of n: put into `to`. */
static void add_line(struct str *to, const struct str *from, unsigned i)
{
	const char *at = from->text;

	while (--i)
		at = strchr(at, '\n') + 1;
	assert_int_equal(str_add_bytes(to, at, (size_t)(strchr(at, '\n') - at) + 1, &e), 0);
}

enum { LINES = 200 };

static void each_line(const char *what, uint64_t told, const char *text, void (*make)(struct str *to, const struct str *from, unsigned i))
{
	char head[65];
	auto_str struct str lines = made_lines(LINES);
	auto_close int fd = made_bundle(&signer, 1, NULL, &lines, NULL, 0, head);
	auto_str struct str all = whole(fd);
	auto_free struct verdict *v = malloc(sizeof(*v));

	for (unsigned i = 1; i < LINES; i++) {
		auto_str struct str now = { 0 };
		auto_close int other = -1;

		make(&now, &lines, i);
		other = replaced(&all, &lines, &now);
		verify(other, v);
		if (!says(v, MANIFEST_LINES, i + told, text))
			fail_msg("line %u: %s", i, what);
	}
}

static void without(struct str *to, const struct str *from, unsigned i)
{
	for (unsigned k = 1; k <= LINES; k++)
		if (k != i)
			add_line(to, from, k);
}

static void twice(struct str *to, const struct str *from, unsigned i)
{
	for (unsigned k = 1; k <= LINES; k++) {
		add_line(to, from, k);
		if (k == i)
			add_line(to, from, k);
	}
}

static void swapped(struct str *to, const struct str *from, unsigned i)
{
	for (unsigned k = 1; k <= LINES; k++)
		add_line(to, from, k == i ? i + 1 : k == i + 1 ? i : k);
}

static void other(struct str *to, const struct str *from, unsigned i)
{
	for (unsigned k = 1; k <= LINES; k++)
		if (k == i)
			assert_int_equal(str_addf(to, &e, "type=USER_CMD msg=audit(1795000000.001:%u): other\n", i), 0);
		else
			add_line(to, from, k);
}

static void lines_are_told(void **state)
{
	(void)state;
	each_line("missing", 0, "the line is missing", without);
	each_line("twice", 1, "the line is there twice", twice);
	each_line("swapped", 0, "changed places", swapped);
	each_line("changed", 0, "the line was changed", other);
}

static void the_event_is_told(void **state)
{
	char head[65];
	auto_str struct str lines = made_lines(LINES), now = { 0 };
	auto_close int fd = made_bundle(&signer, 1, NULL, &lines, NULL, 0, head), changed = -1;
	auto_str struct str all = whole(fd);
	auto_free struct verdict *v = malloc(sizeof(*v));

	(void)state;
	without(&now, &lines, 100);
	changed = replaced(&all, &lines, &now);
	verify(changed, v);
	for (uint32_t i = 0; i < v->told; i++)
		if (v->finding[i].line == 100)
			assert_string_equal(v->finding[i].event, "1795000099.001:99");
}

/* Members change places, go, and come. */
static void members_are_told(void **state)
{
	char head[65];
	auto_close int fd = small(head), swapped_fd = -1, fewer = -1, more = -1;
	auto_str struct str all = whole(fd), out = { 0 }, less = { 0 }, plus = { 0 };
	auto_free struct verdict *v = malloc(sizeof(*v));
	const char *reports = memmem(all.text, all.len, "secctr-evidence-000001/reports", 30);
	size_t at = (size_t)(reports - all.text);

	(void)state;
	/* reports/containers.txt takes two blocks, policy/empty.policy behind it one. */
	assert_int_equal(str_add_bytes(&out, all.text, at, &e) | str_add_bytes(&out, reports + 1024, 512, &e) |
			 str_add_bytes(&out, reports, 1024, &e) | str_add_bytes(&out, reports + 1536, all.len - at - 1536, &e), 0);
	swapped_fd = memory_of(out.text, out.len);
	verify(swapped_fd, v);
	assert_true(says(v, "policy/empty.policy", 0, "another place"));
	assert_int_equal(str_add_bytes(&less, all.text, at, &e) | str_add_bytes(&less, reports + 1024, all.len - at - 1024, &e), 0);
	fewer = memory_of(less.text, less.len);
	verify(fewer, v);
	assert_true(says(v, "reports/containers.txt", 0, "missing"));
	assert_int_equal(str_add_bytes(&plus, all.text, at + 1536, &e) | str_add_bytes(&plus, reports, all.len - at, &e), 0);
	more = memory_of(plus.text, plus.len);
	verify(more, v);
	assert_true(says(v, "reports/containers.txt", 0, "there twice"));
}

/* Somebody with a key of his own makes a whole bundle. */
static void another_key_is_told(void **state)
{
	auto_signer struct signer other_signer = { 0 };
	auto_str struct str its_private = { 0 }, its_public = { 0 }, lines = made_lines(3);
	auto_free struct verdict *v = malloc(sizeof(*v));
	auto_close int fd = -1;
	char head[65];

	(void)state;
	assert_int_equal(signer_generate(&its_private, &its_public, &e), 0);
	assert_int_equal(signer_read(&its_private, NULL, &other_signer, &e), 0);
	fd = made_bundle(&other_signer, 1, NULL, &lines, NULL, 0, head);
	verify(fd, v);
	assert_true(says(v, MANIFEST_SIG, 0, "signed by key"));
	assert_false(v->by.trusted);
	/* Without a key that is trusted it is whole, and nobody vouches for it. */
	assert_int_equal(verify_bundle(fd, &(struct verify_trust){ SIGN_ANY, NULL, NULL }, v, &e), 0);
	assert_int_equal(v->findings, 0);
	assert_false(v->by.trusted);
}

/* At each limit, and one past it. */
static void limits(void **state)
{
	static char names[MANIFEST_MEMBERS_MAX][16];
	static struct bundle_part more[MANIFEST_MEMBERS_MAX];
	auto_str struct str lines = made_lines(1);
	auto_free struct verdict *v = malloc(sizeof(*v));
	auto_close int at = -1, past = -1;
	char head[65];

	(void)state;
	for (size_t i = 0; i < MANIFEST_MEMBERS_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "m%zu", i);
		more[i] = (struct bundle_part){ .name = names[i], .fd = -1, .bytes = "", .n = 0 };
	}
	at = made_bundle(&signer, 1, NULL, &lines, more, MANIFEST_MEMBERS_MAX - 2, head);
	assert_true(at >= 0);
	good(at, v);
	assert_int_equal(v->members, MANIFEST_MEMBERS_MAX);
	past = made_bundle(&signer, 1, NULL, &lines, more, MANIFEST_MEMBERS_MAX - 1, head);
	assert_true(past < 0);
}

/* A damaged bundle of many differences tells the first, and how many there are. */
static void findings_are_bounded(void **state)
{
	char head[65];
	auto_str struct str lines = made_lines(100), none = { 0 };
	auto_close int fd = made_bundle(&signer, 1, NULL, &lines, NULL, 0, head), empty = -1;
	auto_str struct str all = whole(fd);
	auto_free struct verdict *v = malloc(sizeof(*v));

	(void)state;
	empty = replaced(&all, &lines, &none);
	verify(empty, v);
	assert_int_equal(v->told, VERIFY_FINDINGS_MAX);
	assert_true(v->findings >= 100);
}

/* An auditor's own check: the construction of chain.h, done again by other means. */
static void the_chain_is_what_it_says(void **state)
{
	char hex[65];
	auto_str struct str lines = made_lines(3);
	auto_manifest struct manifest m;
	auto_close int in = memory_of(lines.text, lines.len), sums = memory_of("", 0);
	static const char previous[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	FILE *p;

	(void)state;
	manifest_init(&m);
	assert_int_equal(str_copy(previous, &m.previous, &e), 0);
	assert_int_equal(bundle_chain(in, sums, &m, &e), 0);
	p = popen("exec 2>/dev/null; c=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff; for i in 1 2 3; do "
		  "d=$(printf \"type=USER_CMD msg=audit(179500000$i.001:$i): pid=$i uid=0 auid=1000 ses=3 msg='cmd=$i res=success'\\n\" | sha256sum | cut -c1-64); "
		  "c=$(perl -e 'print pack(\"H*\", $ARGV[0])' $c$d | sha256sum | cut -c1-64); done; printf %s $c", "r");
	assert_non_null(p);
	assert_int_equal(fread(hex, 1, 64, p), 64);
	hex[64] = '\0';
	(void)pclose(p);
	assert_string_equal(m.chain, hex);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_good), cmocka_unit_test(every_byte_counts), cmocka_unit_test(every_length_counts),
		cmocka_unit_test(lines_are_told), cmocka_unit_test(the_event_is_told), cmocka_unit_test(members_are_told),
		cmocka_unit_test(another_key_is_told), cmocka_unit_test(limits), cmocka_unit_test(findings_are_bounded),
		cmocka_unit_test(the_chain_is_what_it_says),
	};

	if (signer_generate(&private_key, &public_key, &e) || signer_read(&private_key, NULL, &signer, &e))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
