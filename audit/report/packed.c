/* SPDX-License-Identifier: Apache-2.0 */
/* packed.c - a descriptor read through the decoder that its first bytes ask for. */
#include "audit/report/packed.h"

#include <errno.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "launcher/base/cleanup.h"

enum { IN_BYTES = 1 << 17, FIRST_BYTES = 4096, MAGIC_BYTES = 6 };

enum pack { PACK_NONE, PACK_GZIP, PACK_ZSTD, PACK_XZ };

struct packed {
	int fd;
	enum pack pack;
	bool ended;			/* the descriptor has no more */
	const char *bad;		/* what is wrong behind the bytes that were handed out last */
	bool whole;			/* the decoder stands between two members, or before the first */
	unsigned char *in;		/* read and not used yet: in[at, len) */
	size_t at, len, room;
	z_stream gz;
	ZSTD_DStream *zstd;
	lzma_stream xz;
};

static bool need_room(struct packed *s, size_t room)
{
	unsigned char *more = realloc(s->in, room);

	if (!more)
		return false;
	s->in = more;
	s->room = room;
	return true;
}

static int fill(struct packed *s, struct err *e)
{
	ssize_t n;

	if (s->at == s->len)
		s->at = s->len = 0;
	while (!s->ended && s->len < s->room) {
		n = read(s->fd, s->in + s->len, s->room - s->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "reading");
		s->ended = n == 0;
		s->len += (size_t)n;
		/* Of a pipe: what is there. */
		if (n)
			break;
	}
	return 0;
}

static int start_decoder(struct packed *s, struct err *e)
{
	static const lzma_stream empty = LZMA_STREAM_INIT;

	s->xz = empty;
	if (s->pack == PACK_GZIP && inflateInit2(&s->gz, 15 + 16) != Z_OK)
		return err_set(e, ERR_SYSTEM, ENOMEM, "gzip");
	if (s->pack == PACK_ZSTD) {
		s->zstd = ZSTD_createDStream();
		if (!s->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, PACKED_ZSTD_WINDOW_LOG)))
			return err_set(e, ERR_SYSTEM, ENOMEM, "zstd");
	}
	if (s->pack == PACK_XZ && lzma_stream_decoder(&s->xz, PACKED_XZ_BYTES, LZMA_CONCATENATED) != LZMA_OK)
		return err_set(e, ERR_SYSTEM, ENOMEM, "xz");
	return 0;
}

int packed_open(int fd, struct packed **ret, struct err *e)
{
	static const struct {
		enum pack pack;
		size_t n;
		const char *bytes;
	} magic[] = { { PACK_GZIP, 2, "\x1f\x8b" }, { PACK_ZSTD, 4, "\x28\xb5\x2f\xfd" }, { PACK_XZ, 6, "\xfd" "7zXZ\0" } };
	AUTO(packed_close_auto) struct packed *s = calloc(1, sizeof(*s));

	if (!s || !need_room(s, FIRST_BYTES))
		return err_set(e, ERR_SYSTEM, ENOMEM, "audit log");
	s->fd = fd;
	s->whole = true;
	while (!s->ended && s->len < MAGIC_BYTES)
		if (fill(s, e))
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(magic); i++)
		if (s->len >= magic[i].n && memcmp(s->in, magic[i].bytes, magic[i].n) == 0)
			s->pack = magic[i].pack;
	if (s->pack != PACK_NONE && !need_room(s, IN_BYTES))
		return err_set(e, ERR_SYSTEM, ENOMEM, "audit log");
	if (start_decoder(s, e))
		return -1;
	*ret = take_ptr(&s);
	return 0;
}

static int damaged(const char *what, struct err *e)
{
	return err_set(e, ERR_INPUT, 0, "%s", what);
}

/* What was unpacked before the damage is good, and goes first. */
static ssize_t after(struct packed *s, size_t made, const char *what, struct err *e)
{
	s->bad = what;
	return made ? (ssize_t)made : damaged(what, e);
}

/* One step of a decoder: uses some of in[], fills some of the room. Returns bytes made, -1 on an error. */
static ssize_t step_gzip(struct packed *s, unsigned char *to, size_t n, struct err *e)
{
	int r;

	if (s->whole && s->gz.total_in)
		(void)inflateReset(&s->gz);
	s->gz.next_in = s->in + s->at;
	s->gz.avail_in = (unsigned)(s->len - s->at);
	s->gz.next_out = to;
	s->gz.avail_out = (unsigned)n;
	r = inflate(&s->gz, Z_NO_FLUSH);
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return after(s, n - s->gz.avail_out, "gzip data is damaged", e);
	s->at = s->len - s->gz.avail_in;
	s->whole = r == Z_STREAM_END;
	return (ssize_t)(n - s->gz.avail_out);
}

static ssize_t step_zstd(struct packed *s, unsigned char *to, size_t n, struct err *e)
{
	ZSTD_inBuffer in = { s->in + s->at, s->len - s->at, 0 };
	ZSTD_outBuffer out = { to, n, 0 };
	size_t r = ZSTD_decompressStream(s->zstd, &out, &in);

	if (ZSTD_isError(r))
		return after(s, out.pos, ZSTD_getErrorCode(r) == ZSTD_error_frameParameter_windowTooLarge ?
			     "zstd data wants more memory than a report gives it" : "zstd data is damaged", e);
	s->at += in.pos;
	s->whole = r == 0;
	return (ssize_t)out.pos;
}

static ssize_t step_xz(struct packed *s, unsigned char *to, size_t n, struct err *e)
{
	lzma_ret r;

	s->xz.next_in = s->in + s->at;
	s->xz.avail_in = s->len - s->at;
	s->xz.next_out = to;
	s->xz.avail_out = n;
	r = lzma_code(&s->xz, s->ended ? LZMA_FINISH : LZMA_RUN);
	if (r == LZMA_MEMLIMIT_ERROR)
		return after(s, n - s->xz.avail_out, "xz data wants more memory than a report gives it", e);
	if (r != LZMA_OK && r != LZMA_STREAM_END && r != LZMA_BUF_ERROR)
		return after(s, n - s->xz.avail_out, "xz data is damaged", e);
	s->at = s->len - s->xz.avail_in;
	s->whole = r == LZMA_STREAM_END;
	return (ssize_t)(n - s->xz.avail_out);
}

static ssize_t read_steps(struct packed *s, void *buf, size_t n, struct err *e)
{
	static ssize_t (*const steps[])(struct packed *, unsigned char *, size_t, struct err *) = {
		[PACK_GZIP] = step_gzip, [PACK_ZSTD] = step_zstd, [PACK_XZ] = step_xz,
	};

	for (;;) {
		size_t before = s->at;
		ssize_t made;

		if (s->at == s->len && fill(s, e))
			return -1;
		before = s->at;
		/* xz alone has something to do at the end: it checks that it is one. */
		if (s->at == s->len && s->ended && (s->pack != PACK_XZ || s->whole))
			return s->whole ? 0 : damaged("packed data ends too early", e);
		made = steps[s->pack](s, buf, n, e);
		if (made != 0)
			return made;
		if (s->at == before && s->ended && s->at == s->len && !s->whole)
			return damaged("packed data ends too early", e);
		/* No step forward with input at hand: bytes that belong to nothing. */
		if (s->at == before && s->at < s->len && !s->whole)
			return damaged("packed data is damaged", e);
		if (s->whole && s->pack == PACK_XZ)
			return 0;
	}
}

ssize_t packed_read(struct packed *s, void *buf, size_t n, struct err *e)
{
	ssize_t got;
	size_t have = s->len - s->at;

	if (s->bad)
		return damaged(s->bad, e);
	if (s->pack != PACK_NONE)
		return read_steps(s, buf, n, e);
	if (have) {		/* the first bytes */
		have = have < n ? have : n;
		memcpy(buf, s->in + s->at, have);
		s->at += have;
		return (ssize_t)have;
	}
	do
		got = s->ended ? 0 : read(s->fd, buf, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(e, ERR_SYSTEM, errno, "reading");
	return got;
}

void packed_close(struct packed *s)
{
	if (!s)
		return;
	if (s->pack == PACK_GZIP)
		(void)inflateEnd(&s->gz);
	(void)ZSTD_freeDStream(s->zstd);
	if (s->pack == PACK_XZ)
		lzma_end(&s->xz);
	free(s->in);
	free(s);
}
