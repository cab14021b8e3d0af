/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.h - writing a bundle: one file that an auditor can keep, and check years later without secctr.
 *
 *	secctr-evidence-NNNNNN/manifest.json	what follows, its sizes and digests; the chain; the bundle before
 *	.../manifest.sig			the signature of manifest.json
 *	.../signer.pem				the public key, or the certificates
 *	.../manifest.tsr			a time stamp of manifest.json, if one was asked for (stamp.h)
 *	.../manifest.tsr.sig			the signature of manifest.tsr
 *	.../audit.log				the raw lines, to the byte
 *	.../audit.log.sums			chain.h
 *	.../...					reports, policies, the state of the host
 *
 * The same parts, time and Ed25519 or RSA key give the same bytes.
 */
#ifndef SECCTR_AUDIT_EVIDENCE_BUNDLE_H
#define SECCTR_AUDIT_EVIDENCE_BUNDLE_H

#include "audit/evidence/manifest.h"
#include "audit/evidence/sign.h"

struct bundle_part {
	const char *name;	/* "reports/containers.txt" */
	int fd;			/* read from its beginning; -1: `bytes` */
	const char *bytes;
	size_t n;
};

/* Who signs: signing itself needs half of libcrypto, and is done elsewhere (sign.h, in secctr-evidence). All borrowed. */
struct bundle_signer {
	const char *public_pem, *kind, *key_sha256;	/* as struct signer has them */
	int (*sign)(void *arg, const void *bytes, size_t n, unsigned char ret[static SIGN_BYTES_MAX], size_t *ret_n, struct err *e);
	/* Fetch a time stamp of the head; called if the manifest names where (stamp_url). */
	int (*stamp)(void *arg, const char *head, struct str *ret, struct err *e);
	void *arg;
};

/*
 * Read the lines once: fills lines, first, last and chain of *m, and writes the list to `sums`. m->previous and m->range are known by
 * then; a continuous bundle that has lines gets its position.
 */
int bundle_chain(int lines, int sums, struct manifest *m, struct err *e) MUST_CHECK;
/*
 * Write all of it to the empty file `out`. Adds the parts to *m; the rest of *m is filled. ret_head: of this bundle.
 */
int bundle_write(int out, struct manifest *m, const struct bundle_part *parts, size_t n, const struct bundle_signer *s, char ret_head[static 65],
		 struct err *e) MUST_CHECK;

#endif
