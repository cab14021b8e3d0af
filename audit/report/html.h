/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html.h - writes HTML: our own markup as it is, anybody's text through html_text() only.
 *
 * html_text() passes emit_safe() (printable, no reordering characters, the rest as \xNN) and then writes & < > " ' as entities:
 * the same text is safe as an element's content and between the quotes of an attribute. It is never written into a script, a
 * style, a URL or an attribute without quotes. Failures wait as in stdio: html_end() tells.
 */
#ifndef SECCTR_AUDIT_REPORT_HTML_H
#define SECCTR_AUDIT_REPORT_HTML_H

#include <stdio.h>

#include "audit/report/emit.h"

struct html {
	FILE *out;
	struct str chunk, safe;
	struct err *e;		/* of the first failure */
	bool failed;
};

void html_raw(struct html *h, const char *markup);
/* Numbers and words of our own. */
void html_rawf(struct html *h, const char *fmt, ...) PRINTF(2, 3);
void html_text(struct html *h, const char *text);
/* "12,345" */
void html_number(struct html *h, uint64_t n);
/* A <time> of milliseconds since the epoch, in UTC: "2026-11-24 05:13:20.749"; "-" for 0. */
void html_time(struct html *h, uint64_t ms);
/* Writes what is left. -1: something failed, h->e says what. */
int html_end(struct html *h) MUST_CHECK;
void html_done(struct html *h);

#endif
