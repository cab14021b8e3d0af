/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_stamp.c - a time-stamping authority's answer of any bytes. Its CA signed one certificate, which stamped one digest with this nonce, and both
 * keys were thrown away: what is believed says what corpus/stamp/good says.
 */
#include "audit/evidence/stamp.h"
#include "tests/fuzz/fuzz.h"

static const char ca[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBJDCBzKADAgECAgEHMAoGCCqGSM49BAMCMBIxEDAOBgNVBAMMB3Rlc3QgY2Ew\n"
	"HhcNMjUxMTMwMDgzODQ1WhcNMjYxMjAxMDgzODQ1WjASMRAwDgYDVQQDDAd0ZXN0\n"
	"IGNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAgwpZbA6zcVXoCox2Gy3qWvf\n"
	"du6n7yo/ruNflklbL8WNji3/bRl9BxPgoK5IcuYr7z/WMffgcZ2KeNqzjzrP2KMT\n"
	"MBEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAgHYndZjt8gjT+\n"
	"Mtyn/LFrtcfhK3QRwOHN6Gc6p7g0mwIgUJMw4jBjwMcPkAl++mdWFRgXmVpQW3DM\n"
	"rGVrLpAsCVY=\n"
	"-----END CERTIFICATE-----\n";
enum { WHEN = 1796027925 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct stamp_ask ask = { .head = "00112233445566778899aabbccddeeff00112233445566778899aabbccddee01",
				       .nonce = "00112233445566778899aabbccddeeff" };
	const struct str pem = { (char *)ca, sizeof(ca) - 1, 0 };
	struct time_stamp believed, any;
	struct err e = { 0 };
	int r = stamp_check(&ask, bytes, n, &pem, &believed, &e), s;

	DEMAND(r == 0 || (e.text[0] && e.reason != ERR_USAGE && !believed.there));
	s = stamp_check(&ask, bytes, n, NULL, &any, &e);
	/* Whoever is believed with a CA is without. */
	DEMAND(s == 0 || (r && !any.there));
	DEMAND(s || (any.there && !any.trusted && any.by[0]));
	for (const char *c = any.by; *c; c++)
		DEMAND((unsigned char)*c >= 0x20 && *c != 0x7f);
	if (r == 0)
		DEMAND(believed.there && believed.trusted && believed.time == WHEN && strcmp(believed.by, "CN=test authority") == 0);
	return 0;
}
