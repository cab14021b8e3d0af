/* SPDX-License-Identifier: Apache-2.0 */
/* sha.c - see sha.h. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "audit/evidence/sha.h"

#include <string.h>

static int failed(struct err *e)
{
	return err_set(e, ERR_SYSTEM, 0, "SHA-256: libcrypto failed");
}

int sha_begin(struct sha *s, struct err *e)
{
	return SHA256_Init(&s->ctx) == 1 ? 0 : failed(e);
}

int sha_add(struct sha *s, const void *bytes, size_t n, struct err *e)
{
	return n == 0 || SHA256_Update(&s->ctx, bytes, n) == 1 ? 0 : failed(e);
}

int sha_end(struct sha *s, unsigned char ret[static SHA_BYTES], struct err *e)
{
	return SHA256_Final(ret, &s->ctx) == 1 ? 0 : failed(e);
}

int sha_text(const void *bytes, size_t n, char ret[static SHA_HEX + 1], struct err *e)
{
	unsigned char digest[SHA_BYTES];
	struct sha s;

	if (sha_begin(&s, e) || sha_add(&s, bytes, n, e) || sha_end(&s, digest, e))
		return -1;
	sha_hex(digest, ret);
	return 0;
}

void sha_hex(const unsigned char digest[static SHA_BYTES], char ret[static SHA_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA_BYTES; i++) {
		ret[2 * i] = digits[digest[i] >> 4];
		ret[2 * i + 1] = digits[digest[i] & 15];
	}
	ret[SHA_HEX] = '\0';
}

bool sha_is_hex(const char *text)
{
	return strlen(text) == SHA_HEX && strspn(text, "0123456789abcdef") == SHA_HEX;
}

bool sha_from_hex(const char *text, unsigned char ret[static SHA_BYTES])
{
	if (!sha_is_hex(text))
		return false;
	for (size_t i = 0; i < SHA_HEX; i++) {
		unsigned char digit = (unsigned char)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);

		ret[i / 2] = (unsigned char)(i % 2 ? ret[i / 2] | digit : digit << 4);
	}
	return true;
}
