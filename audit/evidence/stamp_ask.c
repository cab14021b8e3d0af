/* SPDX-License-Identifier: Apache-2.0 */
/* stamp_ask.c - the part of stamp.h that needs no libcrypto: what may stand in a request, and in a manifest about it. */
#include <string.h>

#include "audit/evidence/stamp.h"

bool stamp_nonce_ok(const char *nonce)
{
	return strlen(nonce) == STAMP_NONCE_HEX && strspn(nonce, "0123456789abcdef") == STAMP_NONCE_HEX;
}

/* What libcrypto reads by number only: it would take names of policies too. */
bool stamp_policy_ok(const char *policy)
{
	size_t len = strlen(policy);

	return len > 2 && len < STAMP_POLICY_MAX && strspn(policy, "0123456789.") == len && policy[0] >= '0' && policy[0] <= '2' && policy[1] == '.' &&
	       !strstr(policy, "..") && policy[len - 1] != '.';
}
