/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_evidence.c - an evidence bundle of any bytes. Two were ever signed with the first key and one, with a time stamp, with the second,
 * and the keys were thrown away: whatever is found good has to be one of them to the byte. What is told about the others is text that can be shown.
 */
#include "audit/evidence/verify.h"
#include "tests/fuzz/fuzz.h"

#define PEM(text) "-----BEGIN PUBLIC KEY-----\n" text "\n-----END PUBLIC KEY-----\n"
static const char *const keys[] = { PEM("MCowBQYDK2VwAyEAlDENzd2p69xFn+1bozwIYg03TQtZ6+UAV/QbR1mRyHA="),
				    PEM("MCowBQYDK2VwAyEACRdlexGaKtf1Uq5OKI2QCK5SdCdps941+MD1WkvNvjM=") };
/* SHA-256 of corpus/evidence/good and second; of stamped. */
static const char *const signed_ones[][2] = { { "c850d11b0e49be04d6357eda2fb2e6c860e2c200abee5670db61622301bf048a",
						"a20dd7cbbc75fd4e359a1512d392ccff1b48ed2e57039cbfa84d0a235081612e" },
					      { "cbc175abfe18292a7984314789b0c58f80218c2e2cf1f2fa1a3b691d1ce81c6b", "" } };

static void check_texts(struct verdict *v)
{
	DEMAND(v->told <= VERIFY_FINDINGS_MAX && v->findings >= v->told && (v->findings == v->told || v->told == VERIFY_FINDINGS_MAX));
	verdict_make_safe(v);
	for (uint32_t i = 0; i < v->told; i++) {
		DEMAND(v->finding[i].text[0]);
		for (const char *c = v->finding[i].text; *c; c++)
			DEMAND((unsigned char)*c >= 0x20 && *c != 0x7f);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const bool has_stamp = memmem(bytes, n, "timestamp_url", 13);
	const struct str pem = { (char *)keys[has_stamp], strlen(keys[has_stamp]), 0 };
	const struct verify_trust believed = { SIGN_KEY, &pem, NULL }, anybody = { SIGN_ANY, NULL, NULL };
	auto_close int fd = fuzz_file(bytes, n);
	static struct verdict v, any;
	char digest[SHA_HEX + 1];
	struct err e = { 0 };

	DEMAND(verify_bundle(fd, &believed, &v, &e) == 0 && verify_bundle(fd, &anybody, &any, &e) == 0);
	check_texts(&v);
	check_texts(&any);
	/* Whoever is not trusted by a key is trusted by none. */
	DEMAND(!any.by.trusted && (v.findings || any.findings == 0));
	if (v.findings)
		return 0;
	DEMAND(v.is_bundle && v.by.trusted && sha_text(bytes, n, digest, &e) == 0);
	DEMAND(strcmp(digest, signed_ones[has_stamp][0]) == 0 || strcmp(digest, signed_ones[has_stamp][1]) == 0);
	DEMAND(v.stamp.there == has_stamp && !v.stamp.trusted);
	return 0;
}
