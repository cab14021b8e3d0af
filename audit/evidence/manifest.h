/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.h - what a bundle says about itself: manifest.json, the one member that is signed.
 *
 * Everything else in the bundle is covered by it: each member by size and SHA-256, the raw lines by the head of their chain
 * (chain.h), the bundle before by its head. The head of a bundle is the SHA-256 of its manifest.json.
 */
#ifndef SECCTR_AUDIT_EVIDENCE_MANIFEST_H
#define SECCTR_AUDIT_EVIDENCE_MANIFEST_H

#include <stdint.h>

#include "launcher/base/fields.h"

#define MANIFEST_FORMAT "secctr-evidence"
enum {
	MANIFEST_VERSION = 1,
	MANIFEST_MEMBERS_MAX = 512,
	MANIFEST_BYTES_MAX = 256 << 10,
	MANIFEST_SEQUENCE_MAX = 999999,		/* six digits in file names; a bundle an hour lasts for a century */
};

#define MANIFEST_NAME	"manifest.json"
#define MANIFEST_SIG	"manifest.sig"
#define MANIFEST_SIGNER	"signer.pem"
#define MANIFEST_STAMP	"manifest.tsr"		/* these two only where the manifest says that there is a time stamp */
#define MANIFEST_STAMP_SIG "manifest.tsr.sig"
#define MANIFEST_LINES	"audit.log"
#define MANIFEST_SUMS	"audit.log.sums"

/* Whose lines: all behind those of the bundle before, or those of a time. */
enum manifest_range { MANIFEST_CONTINUOUS = 1, MANIFEST_PERIOD };
extern const char *const manifest_range_words[];	/* "", "continuous", "period" */

struct manifest_member {
	char *name;
	uint64_t size;
	char *sha256;
};

/* The last line that continuous bundles have reached; the next one begins behind it. */
struct manifest_position {
	char *event;			/* "SEC.MS:SERIAL"; NULL: none yet */
	char *sha256;			/* of the line */
};

struct manifest {
	char *format;
	uint64_t version, sequence;	/* the first bundle of a chain is 1 */
	char *created;			/* 2026-11-30T03:00:00Z */
	uint64_t created_sec;		/* the same, since the epoch */
	char *host, *boot_id, *program;	/* program: "secctr 0.1.0" */
	char *previous;			/* head of bundle sequence - 1; NULL: this is the first */
	char *signer_kind, *signer_key;	/* "key" or "certificate"; SHA-256 of its public key (DER) */
	char *signer_pem;		/* SHA-256 of signer.pem: PEM takes more than one spelling of a key */
	int range;			/* enum manifest_range */
	uint64_t start_ms, end_ms;	/* of a period; 0: not bounded */
	char *stamp_url, *stamp_nonce;	/* a time stamp was asked for there; NULL: none */
	char *stamp_policy;		/* the authority's policy that was asked for; NULL: any */
	bool follows;			/* continuous: the line at the old position was found, so none is missing between */
	uint64_t lines, bad_lines;	/* bad: no audit record, kept all the same */
	char *first, *last;		/* events of the first and last line; NULL */
	char *chain;			/* head of the chain over the lines */
	struct manifest_position position;
	struct field_list members;	/* of struct manifest_member, in the order of the archive */
};

void manifest_init(struct manifest *m);
void manifest_done(struct manifest *m);
#define auto_manifest AUTO(manifest_done)

struct manifest_member *manifest_add(struct manifest *m, const char *name, struct err *e) MUST_CHECK;
/* For people and programs; *ret is malloc'ed. */
int manifest_write(const struct manifest *m, char **ret, struct err *e) MUST_CHECK;
/* Of untrusted bytes. ERR_INPUT, ERR_LIMIT. *ret was manifest_init()ed. */
int manifest_read(const char *text, size_t n, struct manifest *ret, struct err *e) MUST_CHECK;

/* "secctr-evidence-000003" */
enum { MANIFEST_PREFIX = 32 };
void manifest_prefix(uint64_t sequence, char ret[static MANIFEST_PREFIX]);

#endif
