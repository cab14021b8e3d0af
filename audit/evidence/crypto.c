/* SPDX-License-Identifier: Apache-2.0 */
/* crypto.c - see crypto.h. */
#include "audit/evidence/crypto.h"

#include <string.h>

#include "audit/evidence/sign.h"

void crypto_begin(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

int crypto_failed(enum err_reason reason, const char *what, struct err *e)
{
	const char *data = NULL;
	int flags = 0, r;
	const char *why = ERR_reason_error_string(ERR_peek_last_error_all(NULL, NULL, NULL, &data, &flags));

	if (!data || !(flags & ERR_TXT_STRING) || !*data)
		data = NULL;
	r = err_set(e, reason, 0, "%s%s%s%s%.200s%s", what, why ? ": " : "", why ? why : "", data ? " (" : "", data ? data : "", data ? ")" : "");
	ERR_clear_error();
	return r;
}

int crypto_no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf, (void)size, (void)writing, (void)arg;
	return 0;
}

int crypto_certificates(const struct str *pem, STACK_OF(X509) **ret, struct err *e)
{
	auto_certificates STACK_OF(X509) *list = sk_X509_new_null();
	auto_bio BIO *bio = BIO_new_mem_buf(pem->text, (int)pem->len);
	X509 *one;

	if (!list || !bio)
		return crypto_failed(ERR_SYSTEM, "certificates", e);
	while ((one = PEM_read_bio_X509(bio, NULL, crypto_no_password, NULL))) {
		if (sk_X509_num(list) == SIGN_CERTIFICATES_MAX || !sk_X509_push(list, one)) {
			X509_free(one);
			return err_set(e, ERR_LIMIT, 0, "more than %d certificates", SIGN_CERTIFICATES_MAX);
		}
	}
	if (!sk_X509_num(list) || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return crypto_failed(ERR_INPUT, "not a certificate in PEM", e);
	ERR_clear_error();
	*ret = take_ptr(&list);
	return 0;
}

void crypto_subject(X509 *certificate, char *ret, size_t room)
{
	auto_bio BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n = 0;

	if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0)
		n = BIO_get_mem_data(bio, &text);
	n = n < (long)room - 1 ? n : (long)room - 1;
	if (n > 0)
		memcpy(ret, text, (size_t)n);
	ret[n > 0 ? n : 0] = '\0';
	str_make_safe(ret);
	if (!*ret)
		(void)strcpy(ret, "?");
	ERR_clear_error();
}
