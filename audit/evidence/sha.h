/* SPDX-License-Identifier: Apache-2.0 */
/* sha.h - SHA-256 of many small things, as bytes. Low-level calls, for the reasons of launcher/base/digest.c. */
#ifndef SECCTR_AUDIT_EVIDENCE_SHA_H
#define SECCTR_AUDIT_EVIDENCE_SHA_H

#include <openssl/sha.h>
#include <stdbool.h>
#include <stddef.h>

#include "launcher/base/err.h"

enum { SHA_BYTES = 32, SHA_HEX = 64 };

struct sha {
	SHA256_CTX ctx;
};

/* Of a stream: begin, add..., end. The same struct serves for the next one. */
int sha_begin(struct sha *s, struct err *e) MUST_CHECK;
int sha_add(struct sha *s, const void *bytes, size_t n, struct err *e) MUST_CHECK;
int sha_end(struct sha *s, unsigned char ret[static SHA_BYTES], struct err *e) MUST_CHECK;

/* All at once, in hexadecimal. */
int sha_text(const void *bytes, size_t n, char ret[static SHA_HEX + 1], struct err *e) MUST_CHECK;
void sha_hex(const unsigned char digest[static SHA_BYTES], char ret[static SHA_HEX + 1]);
/* Exactly 64 lower-case digits. */
bool sha_is_hex(const char *text);
bool sha_from_hex(const char *text, unsigned char ret[static SHA_BYTES]);

#endif
