/* SPDX-License-Identifier: Apache-2.0 */
/* sign.c - see sign.h; libcrypto. */
#include <string.h>

#include "audit/evidence/crypto.h"
#include "audit/evidence/sha.h"
#include "audit/evidence/sign.h"

static int read_private(const struct str *pem, EVP_PKEY **ret, struct err *e)
{
	auto_bio BIO *bio = BIO_new_mem_buf(pem->text, (int)pem->len);

	*ret = bio ? PEM_read_bio_PrivateKey(bio, NULL, crypto_no_password, NULL) : NULL;
	return *ret ? 0 : crypto_failed(ERR_INPUT, "not a private key in PEM without a password", e);
}

static int read_public(const struct str *pem, EVP_PKEY **ret, struct err *e)
{
	auto_bio BIO *bio = BIO_new_mem_buf(pem->text, (int)pem->len);

	*ret = bio ? PEM_read_bio_PUBKEY(bio, NULL, crypto_no_password, NULL) : NULL;
	return *ret ? 0 : crypto_failed(ERR_INPUT, "not a public key in PEM", e);
}

/* NULL: the key has its digest in itself. */
static int digest_of(const EVP_PKEY *key, const char **ret, struct err *e)
{
	int kind = EVP_PKEY_get_base_id(key);

	if (kind != EVP_PKEY_ED25519 && kind != EVP_PKEY_RSA && kind != EVP_PKEY_EC)
		return err_set(e, ERR_INPUT, 0, "a key that is neither Ed25519, RSA nor EC");
	if (kind == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < SIGN_RSA_MIN)
		return err_set(e, ERR_INPUT, 0, "an RSA key of less than %d bits", SIGN_RSA_MIN);
	if (kind == EVP_PKEY_EC && EVP_PKEY_get_bits(key) < 256)
		return err_set(e, ERR_INPUT, 0, "an EC key of less than 256 bits");
	*ret = kind == EVP_PKEY_ED25519 ? NULL : "SHA256";
	return 0;
}

static int fingerprint(EVP_PKEY *key, char ret[static SHA_HEX + 1], struct err *e)
{
	unsigned char *der = NULL, digest[SHA_BYTES];
	int n = i2d_PUBKEY(key, &der);
	int ok = n > 0 && EVP_Digest(der, (size_t)n, digest, NULL, EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	if (!ok)
		return crypto_failed(ERR_SYSTEM, "public key", e);
	sha_hex(digest, ret);
	return 0;
}

static int take_bio(BIO *bio, struct str *ret, struct err *e)
{
	char *text;
	long n = BIO_get_mem_data(bio, &text);

	return n < 0 ? crypto_failed(ERR_SYSTEM, "PEM", e) : str_add_bytes(ret, text, (size_t)n, e);
}

static int public_pem(EVP_PKEY *key, struct str *ret, struct err *e)
{
	auto_bio BIO *bio = BIO_new(BIO_s_mem());

	if (!bio || PEM_write_bio_PUBKEY(bio, key) != 1)
		return crypto_failed(ERR_SYSTEM, "public key", e);
	return take_bio(bio, ret, e);
}

int signer_read(const struct str *key, const struct str *certificate, struct signer *ret, struct err *e)
{
	auto_certificates STACK_OF(X509) *list = NULL;
	auto_signer struct signer s = { .kind = certificate ? "certificate" : "key" };
	auto_str struct str pem = { 0 };
	const char *digest;

	crypto_begin();
	if (read_private(key, &s.key, e) || digest_of(s.key, &digest, e) || fingerprint(s.key, s.key_sha256, e))
		return -1;
	if (certificate && crypto_certificates(certificate, &list, e))
		return -1;
	if (certificate && X509_check_private_key(sk_X509_value(list, 0), s.key) != 1)
		return crypto_failed(ERR_INPUT, "the first certificate is not of this key", e);
	if (certificate ? str_add_bytes(&pem, certificate->text, certificate->len, e) : public_pem(s.key, &pem, e))
		return -1;
	s.public_pem = take_ptr(&pem.text);
	*ret = s;
	s = (struct signer){ .key = NULL };
	return 0;
}

void signer_done(struct signer *s)
{
	EVP_PKEY_free(s->key);
	free(s->public_pem);
	*s = (struct signer){ .key = NULL };
}

int signer_sign(const struct signer *s, const void *bytes, size_t n, unsigned char ret[static SIGN_BYTES_MAX], size_t *ret_n,
		struct err *e)
{
	AUTO(EVP_MD_CTX_free_auto) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = SIGN_BYTES_MAX;
	const char *digest;

	if (digest_of(s->key, &digest, e))
		return -1;
	if (!ctx || EVP_DigestSignInit_ex(ctx, NULL, digest, NULL, NULL, s->key, NULL) != 1 ||
	    EVP_DigestSign(ctx, ret, &len, bytes, n) != 1)
		return crypto_failed(ERR_SYSTEM, "signing", e);
	*ret_n = len;
	return 0;
}

int sign_answer(const struct str *key, const struct str *certificate, const void *bytes, size_t n, struct signed_answer *ret, struct err *e)
{
	auto_signer struct signer s = { 0 };
	size_t signature = 0, pem;

	memset(ret, 0, sizeof(*ret));
	if (signer_read(key, certificate, &s, e) || signer_sign(&s, bytes, n, ret->signature, &signature, e))
		return -1;
	pem = strlen(s.public_pem);
	if (pem > sizeof(ret->pem))
		return err_set(e, ERR_LIMIT, 0, "certificates: more than %d bytes", SIGN_PEM_MAX);
	memcpy(ret->pem, s.public_pem, pem);
	memcpy(ret->key_sha256, s.key_sha256, sizeof(ret->key_sha256));
	ret->certificate = certificate;
	ret->signature_n = (uint32_t)signature;
	ret->pem_n = (uint32_t)pem;
	return 0;
}

int signer_generate(struct str *ret_private, struct str *ret_public, struct err *e)
{
	auto_key EVP_PKEY *key = NULL;
	auto_bio BIO *bio = BIO_new(BIO_s_mem());

	crypto_begin();
	key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (!key || !bio || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		return crypto_failed(ERR_SYSTEM, "making a key", e);
	return take_bio(bio, ret_private, e) || public_pem(key, ret_public, e) ? -1 : 0;
}

/* The certificate's way to a CA that is trusted, at that time. Its purposes are the site's business. */
static int check_certificate(STACK_OF(X509) *chain, STACK_OF(X509) *roots, uint64_t when, struct err *e)
{
	AUTO(X509_STORE_free_auto) X509_STORE *store = X509_STORE_new();
	AUTO(X509_STORE_CTX_free_auto) X509_STORE_CTX *ctx = X509_STORE_CTX_new();

	if (!store || !ctx)
		return crypto_failed(ERR_SYSTEM, "certificates", e);
	for (int i = 0; i < sk_X509_num(roots); i++)
		if (X509_STORE_add_cert(store, sk_X509_value(roots, i)) != 1)
			return crypto_failed(ERR_SYSTEM, "certificates", e);
	if (X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain) != 1)
		return crypto_failed(ERR_SYSTEM, "certificates", e);
	/* A CA of the site need not be self-signed: the person named it. */
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);
	X509_STORE_CTX_set_time(ctx, 0, (time_t)when);
	if (X509_verify_cert(ctx) == 1)
		return 0;
	ERR_clear_error();
	return err_set(e, ERR_INPUT, 0, "the signer's certificate does not lead to the CA that is trusted: %s",
		       X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
}

static int check_bytes(const struct sign_claim *c, EVP_PKEY *key, struct err *e)
{
	AUTO(EVP_MD_CTX_free_auto) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const char *digest;
	int ok;

	if (digest_of(key, &digest, e))
		return -1;
	ok = ctx && EVP_DigestVerifyInit_ex(ctx, NULL, digest, NULL, NULL, key, NULL) == 1 &&
	     EVP_DigestVerify(ctx, c->signature, c->signature_n, c->bytes, c->n) == 1;
	ERR_clear_error();
	return ok ? 0 : err_set(e, ERR_INPUT, 0, "the signature is not of this manifest by this key");
}

/* The bundle's own word about who signed: a certificate, or a public key. */
static int read_signer(const struct str *pem, STACK_OF(X509) **ret_chain, EVP_PKEY **ret_key, struct signed_by *by, struct err *e)
{
	auto_key EVP_PKEY *key = NULL;

	if (memmem(pem->text, pem->len, "-----BEGIN CERTIFICATE-----", 27)) {
		if (crypto_certificates(pem, ret_chain, e))
			return -1;
		key = X509_get_pubkey(sk_X509_value(*ret_chain, 0));
		if (!key)
			return crypto_failed(ERR_INPUT, "the certificate has no key", e);
		crypto_subject(sk_X509_value(*ret_chain, 0), by->subject, sizeof(by->subject));
	} else if (read_public(pem, &key, e)) {
		return -1;
	}
	if (fingerprint(key, by->key_sha256, e))
		return -1;
	*ret_key = take_ptr(&key);
	return 0;
}

int sign_check(const struct sign_claim *claim, enum sign_trust trust, const struct str *pem, struct signed_by *ret, struct err *e)
{
	auto_certificates STACK_OF(X509) *chain = NULL, *roots = NULL;
	auto_key EVP_PKEY *key = NULL, *wanted = NULL;
	char print[SHA_HEX + 1];

	crypto_begin();
	*ret = (struct signed_by){ .trusted = false };
	if ((trust == SIGN_KEY && (read_public(pem, &wanted, e) || fingerprint(wanted, print, e))) ||
	    (trust == SIGN_CA && crypto_certificates(pem, &roots, e))) {
		e->reason = ERR_USAGE;
		return -1;
	}
	if (read_signer(claim->signer, &chain, &key, ret, e))
		return err_context(e, "signer.pem");
	if (trust == SIGN_KEY && strcmp(print, ret->key_sha256) != 0)
		return err_set(e, ERR_INPUT, 0, "signed by key %.16s..., not by %.16s..., which was given", ret->key_sha256, print);
	if (trust == SIGN_CA && !chain)
		return err_set(e, ERR_INPUT, 0, "signed by a bare key, not with a certificate of the CA that was given");
	if (trust == SIGN_CA && check_certificate(chain, roots, claim->when, e))
		return -1;
	if (check_bytes(claim, wanted ? wanted : key, e))
		return -1;
	ret->trusted = trust != SIGN_ANY;
	return 0;
}
