/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h - SHA-256 (libcrypto), in the "sha256:HEX" spelling of the OCI image specification. */
#ifndef SECCTR_BASE_DIGEST_H
#define SECCTR_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "launcher/base/err.h"

enum { DIGEST_HEX = 64, DIGEST_TEXT = 7 + DIGEST_HEX + 1 };

/* "sha256:" and 64 lower-case hex digits, NUL-terminated. */
struct digest {
	char text[DIGEST_TEXT];
};

int digest_bytes(const void *bytes, size_t n, struct digest *ret, struct err *e) MUST_CHECK;

/* Streaming: new, add..., finish. digest_stream_free() accepts NULL. */
struct digest_stream;
int digest_stream_new(struct digest_stream **ret, struct err *e) MUST_CHECK;
int digest_stream_add(struct digest_stream *s, const void *bytes, size_t n, struct err *e) MUST_CHECK;
int digest_stream_finish(struct digest_stream *s, struct digest *ret, struct err *e) MUST_CHECK;
void digest_stream_free(struct digest_stream *s);

/* Exactly "sha256:" + 64 lower-case hex digits (CVE-2024-3727: anything else becomes a path). */
bool digest_is_valid(const char *text);
const char *digest_hex(const struct digest *d);	/* the part after the colon */

#endif
