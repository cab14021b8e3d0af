/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.h - the hash chain over the raw lines of a bundle, and the list by which a difference is found.
 *
 *	d(i) = SHA-256(line i, its newline included)
 *	c(0) = head of the previous bundle (32 bytes), or 32 zero bytes in the first one
 *	c(i) = SHA-256(c(i-1) || d(i))
 *
 * c(N) is in the manifest. The list ("sums") has for each line the first eight hexadecimal digits of d(i) and a newline: it proves
 * nothing by itself (its digest is in the manifest), and says which line is not the one that was there, was taken out, put in or moved.
 * A last line without a newline is a line.
 */
#ifndef SECCTR_AUDIT_EVIDENCE_CHAIN_H
#define SECCTR_AUDIT_EVIDENCE_CHAIN_H

#include <stdint.h>

#include "audit/evidence/sha.h"

enum { CHAIN_SUM = 9, CHAIN_FRONT = 512 };	/* bytes of an entry of the list; of a line that are kept to name its event */

struct chain {
	struct sha sha;
	unsigned char head[SHA_BYTES];
	uint64_t lines;
	size_t open;				/* bytes of a line that has not ended */
	char front[CHAIN_FRONT];		/* its first bytes */
	size_t front_len;
	/* For each whole line, in order. -1: stop. */
	int (*line)(void *arg, const unsigned char digest[static SHA_BYTES], const char *front, size_t front_len, struct err *e);
	void *arg;
};

/* `previous`: 32 bytes, or NULL for the first bundle. `line` and `arg` are kept. */
void chain_begin(struct chain *c, const unsigned char *previous);
/* Any pieces of the lines, in order. */
int chain_add(struct chain *c, const char *bytes, size_t n, struct err *e) MUST_CHECK;
int chain_end(struct chain *c, struct err *e) MUST_CHECK;

/* "aabbccdd\n"; not NUL-terminated. */
void chain_sum(const unsigned char digest[static SHA_BYTES], char ret[static CHAIN_SUM]);

/* "SEC.MS:SERIAL" of an audit line's front; "" where it has none. */
enum { CHAIN_ID = 48 };
void chain_event(const char *front, size_t n, char ret[static CHAIN_ID]);

#endif
