/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle_stamp.h - the time stamp of a bundle that is being made: what is asked for, fetched, and checked before it goes in.
 */
#ifndef SECCTR_CLI_BUNDLE_STAMP_H
#define SECCTR_CLI_BUNDLE_STAMP_H

#include "audit/evidence/ask.h"

/* More between the clock of the authority and that of the host is told. */
enum { BUNDLE_CLOCK_SECONDS = 300 };

/* Options, borrowed. */
struct bundle_stamp_options {
	const char *url, *ca, *policy, *tls_ca;		/* url NULL: no time stamp */
};

struct bundle_stamp {
	const char *url;
	char *evidence, *timestamp;	/* the programs */
	struct str ca;
	bool has_ca;
	bool tls;
	struct str tls_ca;		/* certificates for https:// */
	struct stamp_ask ask;
	struct time_stamp got;
};
void bundle_stamp_done(struct bundle_stamp *s);

/* Before anything is read or made: are the options right, and what does the manifest say? With no url: nothing, but no other option either. */
int bundle_stamp_begin(const struct bundle_stamp_options *o, struct bundle_stamp *s, struct manifest *m, struct err *e) MUST_CHECK;
/* A struct bundle_signer's stamp(). */
int bundle_stamp_fetch(struct bundle_stamp *s, const char *head, struct str *ret, struct err *e) MUST_CHECK;

/* PEM of certificates that a person named. */
int bundle_read_pem(const char *path, struct str *ret, struct err *e) MUST_CHECK;

#endif
