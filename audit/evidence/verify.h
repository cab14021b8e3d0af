/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.h - is a bundle what its writer made? Reads bytes that anybody may have chosen; runs in secctr-evidence, without power.
 *
 * Each byte of the file is one of: a header, which has only one form (tar.h); a member, whose digest the manifest has; the manifest, which is
 * signed; its signature; the time stamp, which is signed too; what fills a block, which is zero; the end. So a change of any byte is found.
 *
 * Bounded: MANIFEST_BYTES_MAX, MANIFEST_MEMBERS_MAX, SIGN_BYTES_MAX, SIGN_PEM_MAX, STAMP_BYTES_MAX, TAR_SIZE_MAX, VERIFY_FINDINGS_MAX told
 * and the rest counted; memory does not grow with the bundle, time does linearly.
 */
#ifndef SECCTR_AUDIT_EVIDENCE_VERIFY_H
#define SECCTR_AUDIT_EVIDENCE_VERIFY_H

#include "audit/evidence/chain.h"
#include "audit/evidence/manifest.h"
#include "audit/evidence/sign.h"
#include "audit/evidence/stamp.h"
#include "audit/evidence/tar.h"

enum { VERIFY_FINDINGS_MAX = 32, VERIFY_TEXT_MAX = 256, VERIFY_WINDOW = 64, VERIFY_HOST_MAX = 256 };

struct verify_finding {
	char member[TAR_NAME_MAX + 1];	/* without the bundle's directory; "": the file as a whole */
	uint64_t line;			/* of audit.log, from 1; 0: not about a line */
	char event[CHAIN_ID];		/* "SEC.MS:SERIAL" of it, or of the last one that is as it was */
	char text[VERIFY_TEXT_MAX];
};

/* What one bundle says and what is wrong with it. Flat: it comes through a pipe from a process that is not trusted. */
struct verdict {
	uint32_t findings, told;	/* how many; how many of them are in finding[] */
	struct verify_finding finding[VERIFY_FINDINGS_MAX];
	bool is_bundle;			/* the manifest was read: what follows is filled */
	uint64_t sequence, created, lines, members, bytes;
	char head[65], previous[65];	/* "": none before */
	char host[VERIFY_HOST_MAX], first[CHAIN_ID], last[CHAIN_ID];
	char position_event[CHAIN_ID], position_sha256[65];
	bool continuous, follows;
	struct signed_by by;
	bool stamped;			/* the manifest says that there is a time stamp */
	struct time_stamp stamp;		/* there, where it holds */
};

/* Whom the person who verifies believes. */
struct verify_trust {
	enum sign_trust who;
	const struct str *pem;		/* the key or the CA; NULL with SIGN_ANY */
	const struct str *tsa_ca;	/* of time stamps; NULL: none, and a stamp's own certificate is all there is */
};

/* 0: *ret says what was found. -1: it could not be read, or a PEM of `trust` could not (ERR_USAGE). */
int verify_bundle(int fd, const struct verify_trust *trust, struct verdict *ret, struct err *e) MUST_CHECK;

/* After it came from another process: every text ends and is printable, every number is within its array. */
void verdict_make_safe(struct verdict *v);

/* For verify_*.c */
void verify_found(struct verdict *v, const char *member, uint64_t line, const char *event, const char *fmt, ...) PRINTF(5, 6);
/* The lines of audit.log that differ from the list: `lines` and `sums` are where the members stand. */
struct verify_place {
	uint64_t at, size;
};
int verify_lines(int fd, struct verify_place lines, struct verify_place sums, struct verdict *v, struct err *e) MUST_CHECK;
/* Exactly n bytes, or ERR_INPUT: the file ends before. */
int verify_read(int fd, uint64_t at, void *to, size_t n, struct err *e) MUST_CHECK;

#endif
