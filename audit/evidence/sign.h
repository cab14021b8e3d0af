/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign.h - signatures of manifests: Ed25519, or RSA or ECDSA with SHA-256, by a bare key or one with an X.509 certificate.
 *
 * A signature is over the bytes of manifest.json and is what openssl(1) makes and checks:
 *	Ed25519		openssl pkeyutl -verify -rawin -pubin -inkey PUB -in manifest.json -sigfile manifest.sig
 *	others		openssl dgst -sha256 -verify PUB -signature manifest.sig manifest.json
 * signer.pem in the bundle is the public key, or the certificate with those that lead from it to a CA. It is a hint: what is
 * believed is the key or the CA that the person who verifies has.
 */
#ifndef SECCTR_AUDIT_EVIDENCE_SIGN_H
#define SECCTR_AUDIT_EVIDENCE_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum {
	SIGN_PEM_MAX = 64 << 10,	/* a key or certificates */
	SIGN_BYTES_MAX = 2048,		/* a signature: RSA of 16384 bits */
	SIGN_CERTIFICATES_MAX = 16,
	SIGN_SUBJECT_MAX = 256,
	SIGN_RSA_MIN = 2048,
};

struct signer {
	struct evp_pkey_st *key;	/* libcrypto's headers have a type ERR_STATE: sign.c alone includes them */
	char *public_pem;		/* signer.pem */
	const char *kind;		/* "key", "certificate" */
	char key_sha256[65];		/* of the public key's DER (SubjectPublicKeyInfo) */
};

/* `certificate` NULL: a bare key. ERR_INPUT: not a key without a password, of a kind that is not above, not the certificate's. */
int signer_read(const struct str *key, const struct str *certificate, struct signer *ret, struct err *e) MUST_CHECK NONNULL(1, 3, 4);
int signer_sign(const struct signer *s, const void *bytes, size_t n, unsigned char ret[static SIGN_BYTES_MAX], size_t *ret_n,
		struct err *e) MUST_CHECK;
void signer_done(struct signer *s);
#define auto_signer AUTO(signer_done)

/* The same as one answer, for who asks another process: flat. */
struct signed_answer {
	bool certificate;
	char key_sha256[65];
	uint32_t signature_n, pem_n;
	unsigned char signature[SIGN_BYTES_MAX];
	char pem[SIGN_PEM_MAX];
};
int sign_answer(const struct str *key, const struct str *certificate, const void *bytes, size_t n, struct signed_answer *ret,
		struct err *e) MUST_CHECK NONNULL(1, 5, 6);

/* A new Ed25519 key, both halves as PEM. */
int signer_generate(struct str *ret_private, struct str *ret_public, struct err *e) MUST_CHECK;

enum sign_trust { SIGN_ANY, SIGN_KEY, SIGN_CA };	/* SIGN_ANY: the bundle's own word, which vouches for nothing */

struct signed_by {
	char key_sha256[65], subject[SIGN_SUBJECT_MAX];	/* subject "": a bare key */
	bool trusted;			/* by the key or the CA that was given */
};

/*
 * Does the signature hold? ERR_INPUT: it does not, or not by whom it must (`trust` and its PEM); the text says which. Certificates
 * must have been valid at the time `when`. ERR_USAGE: what is to be trusted cannot be read.
 */
struct sign_claim {
	const void *bytes;
	size_t n;
	const void *signature;
	size_t signature_n;
	const struct str *signer;	/* signer.pem */
	uint64_t when;
};
int sign_check(const struct sign_claim *claim, enum sign_trust trust, const struct str *pem, struct signed_by *ret, struct err *e) MUST_CHECK;

#endif
