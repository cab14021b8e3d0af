/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stamp.h - time stamps of RFC 3161: a question to a time-stamping authority, and what its answer is worth. libcrypto.
 *
 * What is stamped is the SHA-256 of manifest.json, the bundle's head; nothing else leaves the host. openssl(1) checks the same:
 *	openssl ts -verify -data manifest.json -in manifest.tsr -CAfile TSA_CA
 */
#ifndef SECCTR_AUDIT_EVIDENCE_STAMP_H
#define SECCTR_AUDIT_EVIDENCE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/evidence/sha.h"
#include "audit/evidence/sign.h"

enum {
	STAMP_BYTES_MAX = 64 << 10,	/* an answer with its certificates */
	STAMP_QUERY_MAX = 256,
	STAMP_NONCE_HEX = 32,		/* 128 bits */
	STAMP_POLICY_MAX = 64,		/* "1.2.3.4", with the NUL */
};

/* What was asked for. */
struct stamp_ask {
	char head[SHA_HEX + 1];
	char nonce[STAMP_NONCE_HEX + 1];
	char policy[STAMP_POLICY_MAX];	/* the authority's, as an object identifier; "": whichever it has */
};

/* Digits and dots as an object identifier has them, lower-case hexadecimal digits. */
bool stamp_policy_ok(const char *policy);
bool stamp_nonce_ok(const char *nonce);

struct stamp_query {
	size_t n;
	unsigned char der[STAMP_QUERY_MAX];	/* TimeStampReq */
};
/* It asks for the authority's certificate in the answer too. */
int stamp_query(const struct stamp_ask *ask, struct stamp_query *ret, struct err *e) MUST_CHECK;

struct time_stamp {
	bool there;
	bool trusted;			/* by a CA that was given; else the token's own certificate vouches, which anybody can make */
	uint64_t time;			/* seconds since the epoch */
	char by[SIGN_SUBJECT_MAX];	/* subject of the authority's certificate */
};

/*
 * Is this a stamp (TimeStampResp) of what was asked for? ERR_INPUT: it is not; the text says why. Checked: that it was granted, version,
 * digest, nonce, policy, the signature, that its certificate is one for time stamps, leads to `ca` and was valid at the time it says.
 * ca NULL: all but the CA. ERR_USAGE: `ca` cannot be read.
 */
int stamp_check(const struct stamp_ask *ask, const void *answer, size_t n, const struct str *ca, struct time_stamp *ret, struct err *e)
	MUST_CHECK NONNULL(1, 2, 5, 6);

#endif
