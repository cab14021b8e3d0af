/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle_state.h - where the chain of bundles on this host stands, and the directory for that: evidence/ of the store.
 *
 *	evidence/	0700 root
 *	  last.json	the last bundle: sequence, head, and how far its lines reach
 *	  lock		one bundle at a time
 *	  key.pem, key.pub.pem	the signing key of `secctr report keygen`, if the site has no other
 *	  *.tar		bundles, where nothing else is said
 */
#ifndef SECCTR_CLI_BUNDLE_STATE_H
#define SECCTR_CLI_BUNDLE_STATE_H

#include "audit/evidence/verify.h"
#include "launcher/cli/command.h"

struct bundle_last {
	uint64_t sequence;		/* 0: there is none */
	char *head;
	struct manifest_position position;
};
void bundle_last_done(struct bundle_last *l);
#define auto_bundle_last AUTO(bundle_last_done)

/* A descriptor of evidence/, made if it is missing. */
int bundle_dir(struct context *c, struct err *e) MUST_CHECK;
/* None yet: sequence 0. */
int bundle_last_read(int dir, struct bundle_last *ret, struct err *e) MUST_CHECK;
int bundle_last_write(int dir, const struct bundle_last *l, struct err *e) MUST_CHECK;
/* The same out of a bundle: verified as far as it goes without a key. ERR_DIGEST: it is not whole. `program`: secctr-evidence. */
int bundle_last_of(const char *program, const char *path, struct bundle_last *ret, struct err *e) MUST_CHECK;

#endif
