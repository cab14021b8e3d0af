/* SPDX-License-Identifier: Apache-2.0 */
/* base64.c - see base64.h. */
#define ERR_STATE openssl_err_state
#include <openssl/evp.h>
#undef ERR_STATE

#include "launcher/base/base64.h"

#include <errno.h>
#include <string.h>

#include "launcher/base/cleanup.h"

int base64_encode(const void *bytes, size_t n, char **ret, struct err *e)
{
	if (n > BASE64_MAX)
		return err_set(e, ERR_LIMIT, 0, "base64: more than %d bytes", BASE64_MAX);
	*ret = malloc(4 * ((n + 2) / 3) + 1);
	if (!*ret)
		return err_set(e, ERR_SYSTEM, ENOMEM, "base64");
	**ret = '\0';
	(void)EVP_EncodeBlock((unsigned char *)*ret, bytes, (int)n);
	return 0;
}

int base64_decode(const char *text, char **ret, size_t *ret_n, struct err *e)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const size_t len = strlen(text), plain = strspn(text, alphabet), padding = len - plain;
	auto_free char *bytes = NULL;

	if (len > BASE64_MAX)
		return err_set(e, ERR_LIMIT, 0, "base64: more than %d bytes", BASE64_MAX);
	if (len % 4 || padding > 2 || strspn(text + plain, "=") != padding)
		return err_set(e, ERR_INPUT, 0, "not base64");
	bytes = malloc(len / 4 * 3 + 1);
	if (!bytes)
		return err_set(e, ERR_SYSTEM, ENOMEM, "base64");
	if (len && EVP_DecodeBlock((unsigned char *)bytes, (const unsigned char *)text, (int)len) < 0)
		return err_set(e, ERR_INPUT, 0, "not base64");
	*ret_n = len / 4 * 3 - padding;
	bytes[*ret_n] = '\0';
	*ret = take_ptr(&bytes);
	return 0;
}
