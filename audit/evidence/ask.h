/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.h - what is done with evidence by programs without power (launcher/base/worker.h), and how it is asked of them.
 *
 * secctr-evidence has libcrypto: it verifies bundles and time stamps, and signs. It reads no audit log, and has no network.
 * secctr-timestamp talks to a time-stamping authority: it has libcurl, and sees no key and no log. It does name service and the
 * connection, then gives up all but that connection, then speaks TLS and HTTP.
 *
 * If secctr-evidence is taken over by a bundle it can say that the bundle is good: verify on a host that you trust for it. If
 * secctr-timestamp is taken over it can send what it was told, the digest, elsewhere; what it answers is checked by secctr-evidence.
 */
#ifndef SECCTR_AUDIT_EVIDENCE_ASK_H
#define SECCTR_AUDIT_EVIDENCE_ASK_H

#include "audit/evidence/verify.h"

/*
 * VERIFY: input 0 is a bundle; then, unless SIGN_ANY, the PEM that is trusted; then the time stamps' CA if there is one. SIGN: 0 is to be
 * signed, 1 the private key, 2 the certificates if there are any. KEY: a new one. QUERY: stamp_query(). STAMP: 0 the answer, 1 the CA.
 */
enum evidence_task { EVIDENCE_VERIFY, EVIDENCE_SIGN, EVIDENCE_KEY, EVIDENCE_QUERY, EVIDENCE_STAMP };
struct evidence_job {
	uint32_t task, trust;
	bool has_cert, has_tsa_ca;
	struct stamp_ask ask;
};

/* `program`: secctr-evidence. What is wrong with a bundle; the verdict is safe to show. See verify_bundle(). */
int evidence_verify(const char *program, int bundle, const struct verify_trust *trust, struct verdict *ret, struct err *e) MUST_CHECK;
/* sign_answer(), signer_generate(), stamp_query(), stamp_check(). certificate, ca NULL: none. */
int evidence_sign(const char *program, const struct str *key, const struct str *certificate, const void *bytes, size_t n,
		  struct signed_answer *ret, struct err *e) MUST_CHECK NONNULL(1, 2, 6, 7);
int evidence_key(const char *program, struct str *ret_private, struct str *ret_public, struct err *e) MUST_CHECK;
int evidence_query(const char *program, const struct stamp_ask *ask, struct stamp_query *ret, struct err *e) MUST_CHECK;
int evidence_stamp(const char *program, const struct stamp_ask *ask, const struct str *answer, const struct str *ca, struct time_stamp *ret,
		   struct err *e) MUST_CHECK NONNULL(1, 2, 3, 5, 6);

enum {
	TSA_URL_MAX = 512,		/* bytes, without the NUL */
	TSA_CA_MAX = 4 << 20,		/* certificates that https:// may lead to; Debian's own are 0.2 MB */
	TSA_WAIT_SECONDS = 30,		/* for the whole of it */
};
/* What secctr-timestamp is told. Input 0, with https:// only: certificates (PEM) to one of which the server's must lead. */
struct tsa_job {
	char url[TSA_URL_MAX + 1];
	struct stamp_query query;
};
/* http:// or https://, of printable ASCII, without a user or password (it would be in every manifest). ERR_USAGE. */
int tsa_check_url(const char *url, struct err *e) MUST_CHECK;
/* `program`: secctr-timestamp; ca: NULL with http://. One POST, no redirect, no proxy; at most STAMP_BYTES_MAX come back. */
int tsa_fetch(const char *program, const char *url, const struct str *ca, const struct stamp_query *query, struct str *ret, struct err *e)
	MUST_CHECK NONNULL(1, 2, 4, 5, 6);

#endif
