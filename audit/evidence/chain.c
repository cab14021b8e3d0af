/* SPDX-License-Identifier: Apache-2.0 */
/* chain.c - see chain.h. */
#include "audit/evidence/chain.h"

#include <string.h>

void chain_begin(struct chain *c, const unsigned char *previous)
{
	if (previous)
		memcpy(c->head, previous, SHA_BYTES);
	else
		memset(c->head, 0, SHA_BYTES);
	c->lines = 0;
	c->open = c->front_len = 0;
}

static int end_line(struct chain *c, struct err *e)
{
	unsigned char digest[SHA_BYTES];

	if (sha_end(&c->sha, digest, e) || sha_begin(&c->sha, e) || sha_add(&c->sha, c->head, SHA_BYTES, e) ||
	    sha_add(&c->sha, digest, SHA_BYTES, e) || sha_end(&c->sha, c->head, e))
		return -1;
	c->lines++;
	c->open = 0;
	return c->line ? c->line(c->arg, digest, c->front, c->front_len, e) : 0;
}

static int piece(struct chain *c, const char *bytes, size_t n, struct err *e)
{
	size_t keep;

	if (c->open == 0) {
		c->front_len = 0;
		if (sha_begin(&c->sha, e))
			return -1;
	}
	keep = CHAIN_FRONT - c->front_len < n ? CHAIN_FRONT - c->front_len : n;
	memcpy(c->front + c->front_len, bytes, keep);
	c->front_len += keep;
	c->open += n;
	return sha_add(&c->sha, bytes, n, e);
}

int chain_add(struct chain *c, const char *bytes, size_t n, struct err *e)
{
	while (n) {
		const char *end = memchr(bytes, '\n', n);
		size_t len = end ? (size_t)(end - bytes) + 1 : n;

		if (piece(c, bytes, len, e) || (end && end_line(c, e)))
			return -1;
		bytes += len;
		n -= len;
	}
	return 0;
}

int chain_end(struct chain *c, struct err *e)
{
	return c->open ? end_line(c, e) : 0;
}

void chain_sum(const unsigned char digest[static SHA_BYTES], char ret[static CHAIN_SUM])
{
	char hex[SHA_HEX + 1];

	sha_hex(digest, hex);
	memcpy(ret, hex, CHAIN_SUM - 1);
	ret[CHAIN_SUM - 1] = '\n';
}

void chain_event(const char *front, size_t n, char ret[static CHAIN_ID])
{
	static const char mark[] = "msg=audit(";
	const char *at = memmem(front, n, mark, sizeof(mark) - 1), *end;
	size_t len;

	ret[0] = '\0';
	if (!at)
		return;
	at += sizeof(mark) - 1;
	end = memchr(at, ')', n - (size_t)(at - front));
	len = end ? (size_t)(end - at) : 0;
	if (!len || len >= CHAIN_ID)
		return;
	memcpy(ret, at, len);
	ret[len] = '\0';
	if (strspn(ret, "0123456789.:") != len)
		ret[0] = '\0';
}
