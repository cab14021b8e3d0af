/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - login UIDs as people: the log's own word (auditd's, in the tail), else this host's account, else nothing.
 *
 * Each number is looked up once, also when nobody has it: a log has few people, and a name service is slow.
 */
#ifndef SECCTR_AUDIT_REPORT_NAMES_H
#define SECCTR_AUDIT_REPORT_NAMES_H

#include "audit/report/world.h"

enum { NAMES_MAX = 65536, NAMES_TEXT_MAX = 64 };	/* numbers remembered; bytes of a name */

/* The host's name of a number, NUL-terminated; false: it has none. */
typedef bool names_fn(void *context, uint32_t uid, char ret[static NAMES_TEXT_MAX]);

struct names {
	struct name_row { uint32_t uid; text_id name; bool used, asked; } *row;
	size_t rows, slots;
	names_fn *fn;		/* NULL: nobody to ask */
	void *context;
};
int names_init(struct names *n, names_fn *fn, void *context, struct err *e) MUST_CHECK;
void names_done(struct names *n);
/* What the log says: a quoted name, auditd's own "unknown(42)" and "unset" are no names. */
void names_learn(struct names *n, struct world *w, uint32_t uid, struct span quoted);
text_id names_find(struct names *n, struct world *w, uint32_t uid);	/* 0: no name */

#endif
