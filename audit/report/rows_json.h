/* SPDX-License-Identifier: Apache-2.0 */
/* rows_json.h - an event as one JSON object, for rows.c. */
#ifndef SECCTR_AUDIT_REPORT_ROWS_JSON_H
#define SECCTR_AUDIT_REPORT_ROWS_JSON_H

#include "audit/report/rows.h"

/* Into r->text; the words are in r->what. */
int rows_json(struct rows *r, const struct gathered *ev, const struct facts *x, const struct verdict *v, const char *note,
	      struct err *e) MUST_CHECK;

/* Where the person came from, as the login program said; "": not known. (rows.c) */
const char *rows_address(const struct rows *r, const struct verdict *v);

#endif
