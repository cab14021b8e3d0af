/* SPDX-License-Identifier: Apache-2.0 */
/* tally.h - counts by image, by policy and by control, while events go by. */
#ifndef SECCTR_AUDIT_REPORT_TALLY_H
#define SECCTR_AUDIT_REPORT_TALLY_H

#include "audit/report/join.h"

enum { TALLY_MAX = 65536 };	/* images, and policies; later ones are counted together without a name */

struct tally_row {
	text_id name, detail;	/* image and its digest; policy digest and its file */
	text_id last_who;
	uint64_t starts, refusals, loads, removals;
	uint64_t first_ms, last_ms;
};

struct tally {
	struct tally_row *row;
	size_t n, room;
	uint32_t *slot;
	size_t slots;
	uint64_t seen[64];	/* events by control: compliance.c */
	uint64_t first_ms, last_ms;
};
void tally_done(struct tally *t);
/* The row of a name; NULL: no memory (e) or, without an error, too many. */
int tally_row(struct tally *t, text_id name, struct tally_row **ret, struct err *e) MUST_CHECK;

#endif
