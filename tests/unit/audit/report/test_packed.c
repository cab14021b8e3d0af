/* SPDX-License-Identifier: Apache-2.0 */
/* Packed logs: whole, in several members, cut anywhere, with rubbish behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <lzma.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "audit/report/packed.h"
#include "launcher/base/str.h"

enum { PLAIN, GZIP, ZSTD, XZ, PACKS };
static const char *const names[] = { "plain", "gzip", "zstd", "xz" };
static char text[400000];

static size_t pack(int how, const char *from, size_t n, unsigned char *to, size_t room)
{
	z_stream z = { 0 };
	size_t used = 0;

	switch (how) {
	case GZIP:
		assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
		z.next_in = (unsigned char *)(uintptr_t)from;
		z.avail_in = (unsigned)n;
		z.next_out = to;
		z.avail_out = (unsigned)room;
		assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
		used = room - z.avail_out;
		deflateEnd(&z);
		return used;
	case ZSTD:
		used = ZSTD_compress(to, room, from, n, 3);
		assert_false(ZSTD_isError(used));
		return used;
	case XZ:
		assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, (const uint8_t *)from, n, to, &used, room), LZMA_OK);
		return used;
	default:
		memcpy(to, from, n);
		return n;
	}
}

/* Bytes that came out; -1: damaged, and *ret_before came before that. */
static ssize_t unpack(const void *bytes, size_t n, struct str *ret, struct err *e)
{
	int fd = memfd_create("packed", 0);
	AUTO(packed_close_auto) struct packed *s = NULL;
	char buf[10007];
	ssize_t got = 0, all = 0;

	assert_true(write(fd, bytes, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
	assert_int_equal(packed_open(fd, &s, e), 0);
	while ((got = packed_read(s, buf, sizeof(buf), e)) > 0) {
		assert_int_equal(str_add_bytes(ret, buf, (size_t)got, e), 0);
		all += got;
	}
	close(fd);
	return got < 0 ? -1 : all;
}

static void unpacks(void **state)
{
	static unsigned char packed[1 << 20];

	(void)state;
	for (int how = 0; how < PACKS; how++)
		for (int members = 1; members <= 3; members++) {
			auto_str struct str got = { 0 };
			struct err e = { 0 };
			size_t n = 0;

			/* Three of them are more than there is room for. */
			if (how == PLAIN && members > 2)
				continue;
			for (int i = 0; i < members; i++)
				n += pack(how, text, sizeof(text), packed + n, sizeof(packed) - n > sizeof(packed) / 3 ? sizeof(packed) / 3 : sizeof(packed) - n);
			if (unpack(packed, n, &got, &e) != (ssize_t)sizeof(text) * members)
				fail_msg("%s, %d members: %zu bytes %s", names[how], members, got.len, e.text);
			assert_memory_equal(got.text + (size_t)(members - 1) * sizeof(text), text, sizeof(text));
		}
}

static void says_damage(void **state)
{
	static unsigned char packed[1 << 20];

	(void)state;
	for (int how = GZIP; how < PACKS; how++) {
		size_t n = pack(how, text, sizeof(text), packed, sizeof(packed));

		for (size_t cut = 7; cut < n; cut += n / 50 + 1) {
			auto_str struct str got = { 0 };
			struct err e = { 0 };

			if (unpack(packed, cut, &got, &e) != -1 || e.reason != ERR_INPUT)
				fail_msg("%s cut at %zu of %zu: %zu bytes", names[how], cut, n, got.len);
			if (got.len)
				assert_memory_equal(got.text, text, got.len);
		}
		for (size_t at = n / 3; at < n; at += n / 7) {
			auto_str struct str got = { 0 };
			struct err e = { 0 };

			packed[at] ^= 0x55;
			(void)unpack(packed, n, &got, &e);	/* any end is one */
			packed[at] ^= 0x55;
		}
		memcpy(packed + n, "type=USER rubbish", 17);
		{
			auto_str struct str got = { 0 };
			struct err e = { 0 };

			assert_int_equal(unpack(packed, n + 17, &got, &e), -1);
			assert_int_equal(got.len, sizeof(text));
		}
	}
}

/* A frame that wants a window of the limit is read, one of twice that is not. */
static void bounds_the_window(void **state)
{
	static unsigned char packed[1 << 20];

	(void)state;
	for (int over = 0; over < 2; over++) {
		auto_str struct str got = { 0 };
		struct err e = { 0 };
		ZSTD_CCtx *c = ZSTD_createCCtx();
		ZSTD_inBuffer in = { text, sizeof(text), 0 };
		ZSTD_outBuffer out = { packed, sizeof(packed), 0 };

		ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, PACKED_ZSTD_WINDOW_LOG + over);
		ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 0);
		ZSTD_compressStream2(c, &out, &in, ZSTD_e_flush);
		ZSTD_compressStream2(c, &out, &in, ZSTD_e_end);
		ZSTD_freeCCtx(c);
		assert_int_equal(unpack(packed, out.pos, &got, &e), over ? -1 : (ssize_t)sizeof(text));
		if (over)
			assert_non_null(strstr(e.text, "more memory"));
	}
}

static void short_ones(void **state)
{
	static const struct { const char *bytes; size_t n; } rows[] = { { "", 0 }, { "\x1f", 1 }, { "t", 1 }, { "\x28\xb5\x2f", 3 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str struct str got = { 0 };
		struct err e = { 0 };

		assert_int_equal(unpack(rows[i].bytes, rows[i].n, &got, &e), rows[i].n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unpacks),
		cmocka_unit_test(says_damage),
		cmocka_unit_test(bounds_the_window),
		cmocka_unit_test(short_ones),
	};
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof(text); i++) {
		x = x * 1103515245 + 12345;
		text[i] = (char)('a' + (x >> 16) % (i % 97 ? 3 : 26));
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
