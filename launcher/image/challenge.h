/* SPDX-License-Identifier: Apache-2.0 */
/*
 * challenge.h - the header WWW-Authenticate (RFC 9110, section 11.6.1) as registries write it (distribution's "token" specification).
 * Unprivileged side only: a server wrote it.
 */
#ifndef SECCTR_IMAGE_CHALLENGE_H
#define SECCTR_IMAGE_CHALLENGE_H

#include "launcher/base/err.h"

enum challenge_scheme { CHALLENGE_NONE, CHALLENGE_BASIC, CHALLENGE_BEARER };
enum { CHALLENGE_REALM_MAX = 2048, CHALLENGE_TEXT_MAX = 1024 };	/* bytes */

struct challenge {
	int scheme;			/* enum challenge_scheme */
	char realm[CHALLENGE_REALM_MAX + 1], service[CHALLENGE_TEXT_MAX + 1], scope[CHALLENGE_TEXT_MAX + 1];
};

/*
 * One header's value, which may hold several challenges: Bearer counts more than Basic, others are passed over. *c may hold what an earlier
 * header said. ERR_INPUT: not of the grammar, a parameter twice, Bearer without a realm; ERR_LIMIT.
 */
int challenge_read(const char *text, struct challenge *c, struct err *e) MUST_CHECK;

#endif
