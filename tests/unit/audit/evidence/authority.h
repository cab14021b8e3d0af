/* SPDX-License-Identifier: Apache-2.0 */
/* authority.h - a time-stamping authority in the same process, by libcrypto's other half of RFC 3161; for tests. */
#ifndef SECCTR_TESTS_EVIDENCE_AUTHORITY_H
#define SECCTR_TESTS_EVIDENCE_AUTHORITY_H

/* First: crypto.h keeps a word of libcrypto's headers from one of ours. */
#include "audit/evidence/crypto.h"
#include "audit/evidence/stamp.h"

#include <openssl/x509v3.h>
#include <time.h>

struct authority {
	EVP_PKEY *ca_key, *key;
	X509 *ca, *certificate;
	struct str ca_pem;
	const EVP_MD *digest;
	long ago;			/* seconds: its clock is slow by so many */
};

static inline X509 *authority_certificate(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *by, long from, long to)
{
	X509 *x = X509_new();
	X509_NAME *subject = x ? X509_get_subject_name(x) : NULL;
	X509_EXTENSION *use;

	if (!x || X509_set_version(x, 2) != 1 || ASN1_INTEGER_set(X509_get_serialNumber(x), 7) != 1 ||
	    !X509_gmtime_adj(X509_getm_notBefore(x), from) || !X509_gmtime_adj(X509_getm_notAfter(x), to) ||
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) != 1 ||
	    X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : subject) != 1 || X509_set_pubkey(x, key) != 1)
		abort();
	use = issuer ? X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "critical,timeStamping") :
		       X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:true");
	if (!use || X509_add_ext(x, use, -1) != 1 || !X509_sign(x, by, EVP_sha256()))
		abort();
	X509_EXTENSION_free(use);
	return x;
}

/* Its certificate is good from now + from to now + to, in seconds. */
static inline void authority_begin(struct authority *a, long from, long to)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	struct err e;

	*a = (struct authority){ .ca_key = EVP_EC_gen("P-256"), .key = EVP_EC_gen("P-256"), .digest = EVP_sha256() };
	if (!bio || !a->ca_key || !a->key)
		abort();
	a->ca = authority_certificate(a->ca_key, "test ca", NULL, a->ca_key, -86400 * 365, 86400);
	a->certificate = authority_certificate(a->key, "test authority", a->ca, a->ca_key, from, to);
	if (PEM_write_bio_X509(bio, a->ca) != 1 || str_add_bytes(&a->ca_pem, NULL, 0, &e) ||
	    str_add_bytes(&a->ca_pem, (BIO_get_mem_data(bio, &text), text), (size_t)BIO_get_mem_data(bio, &text), &e))
		abort();
	BIO_free(bio);
}

static inline void authority_done(struct authority *a)
{
	EVP_PKEY_free(a->ca_key);
	EVP_PKEY_free(a->key);
	X509_free(a->ca);
	X509_free(a->certificate);
	str_done(&a->ca_pem);
}

static inline ASN1_INTEGER *authority_serial(struct TS_resp_ctx *ctx, void *arg)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();

	(void)ctx, (void)arg;
	return n && ASN1_INTEGER_set(n, 42) == 1 ? n : NULL;
}

static inline int authority_time(struct TS_resp_ctx *ctx, void *arg, long *sec, long *usec)
{
	const struct authority *a = arg;

	(void)ctx;
	*sec = (long)time(NULL) - a->ago;
	*usec = 0;
	return 1;
}

/* What it answers to a request; a rejection too. */
static inline struct str authority_answer(const struct authority *a, const void *query, size_t n)
{
	TS_RESP_CTX *ctx = TS_RESP_CTX_new();
	ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
	BIO *bio = BIO_new_mem_buf(query, (int)n);
	TS_RESP *answer;
	unsigned char *der = NULL;
	struct str s = { 0 };
	struct err e;
	int len;

	if (!ctx || !policy || !bio || TS_RESP_CTX_set_signer_cert(ctx, a->certificate) != 1 || TS_RESP_CTX_set_signer_key(ctx, a->key) != 1 ||
	    TS_RESP_CTX_set_signer_digest(ctx, a->digest) != 1 || TS_RESP_CTX_set_def_policy(ctx, policy) != 1 ||
	    TS_RESP_CTX_add_md(ctx, EVP_sha256()) != 1 || TS_RESP_CTX_set_ess_cert_id_digest(ctx, EVP_sha256()) != 1)
		abort();
	TS_RESP_CTX_set_serial_cb(ctx, authority_serial, NULL);
	TS_RESP_CTX_set_time_cb(ctx, authority_time, (void *)a);
	answer = TS_RESP_create_response(ctx, bio);
	len = answer ? i2d_TS_RESP(answer, &der) : -1;
	if (len <= 0 || str_add_bytes(&s, der, (size_t)len, &e))
		abort();
	OPENSSL_free(der);
	TS_RESP_free(answer);
	TS_RESP_CTX_free(ctx);
	ASN1_OBJECT_free(policy);
	BIO_free(bio);
	ERR_clear_error();
	return s;
}

#endif
