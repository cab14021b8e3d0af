/* SPDX-License-Identifier: Apache-2.0 */
/* crypto.h - what sign.c and stamp.c share of libcrypto. For no others: its headers have a type of the name of one of our words. */
#ifndef SECCTR_AUDIT_EVIDENCE_CRYPTO_H
#define SECCTR_AUDIT_EVIDENCE_CRYPTO_H

#define ERR_STATE openssl_err_state
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>
#undef ERR_STATE

#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"
#include "launcher/base/str.h"

DEFINE_AUTO(EVP_PKEY_free, EVP_PKEY *)
DEFINE_AUTO(X509_free, X509 *)
DEFINE_AUTO(X509_STORE_free, X509_STORE *)
DEFINE_AUTO(X509_STORE_CTX_free, X509_STORE_CTX *)
DEFINE_AUTO(EVP_MD_CTX_free, EVP_MD_CTX *)
DEFINE_AUTO(BIO_free, BIO *)
#define auto_key AUTO(EVP_PKEY_free_auto)
#define auto_bio AUTO(BIO_free_auto)

/* Owned certificates. */
static inline void certificates_free(STACK_OF(X509) **list)
{
	sk_X509_pop_free(*list, X509_free);
	*list = NULL;
}
#define auto_certificates AUTO(certificates_free)

/* Before anything else: what the environment says about openssl.cnf, and with it about modules to load, has no say here. */
void crypto_begin(void);
/* `what`, and what libcrypto says is wrong. It keeps errors in a queue of the thread, which is empty afterwards. Returns -1. */
int crypto_failed(enum err_reason reason, const char *what, struct err *e);
/* At least one, at most SIGN_CERTIFICATES_MAX. */
int crypto_certificates(const struct str *pem, STACK_OF(X509) **ret, struct err *e) MUST_CHECK;
/* Its subject as text that can be shown; cut to `room` bytes. */
void crypto_subject(X509 *certificate, char *ret, size_t room);
/* A pem_password_cb: nobody is asked for a password, a daily bundle has nobody to ask. */
int crypto_no_password(char *buf, int size, int writing, void *arg);

#endif
