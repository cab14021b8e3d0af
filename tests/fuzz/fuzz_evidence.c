/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_evidence.c - an evidence bundle of any bytes. Two were ever signed with this key, which was thrown away: whatever is found good has to be
 * one of them to the byte. What is told about the others is text that can be shown.
 */
#include "audit/evidence/verify.h"
#include "tests/fuzz/fuzz.h"

static const char key[] = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAlDENzd2p69xFn+1bozwIYg03TQtZ6+UAV/QbR1mRyHA=\n-----END PUBLIC KEY-----\n";
/* SHA-256 of corpus/evidence/good and second. */
static const char *const signed_ones[] = { "c850d11b0e49be04d6357eda2fb2e6c860e2c200abee5670db61622301bf048a",
					   "a20dd7cbbc75fd4e359a1512d392ccff1b48ed2e57039cbfa84d0a235081612e" };

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
	const struct str pem = { (char *)key, sizeof(key) - 1, 0 };
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
	DEMAND(strcmp(digest, signed_ones[0]) == 0 || strcmp(digest, signed_ones[1]) == 0);
	return 0;
}
