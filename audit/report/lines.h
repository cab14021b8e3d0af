/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - the raw lines of logs, to the byte: those of a time, or all behind a line that is known.
 *
 * A time selects by an event's stamp. The kernel stamps an event when a system call begins and writes it when that ends, so a record
 * may stand in the log behind others that are younger by hours: bundles that follow each other by time would both leave it out. The
 * place in the log has no such gap: what is behind the last line of the one bundle belongs to the next.
 *
 * A line without a stamp goes with the line in front of it. The last line of the last input is left out while it has no newline: it is
 * still being written.
 */
#ifndef SECCTR_AUDIT_REPORT_LINES_H
#define SECCTR_AUDIT_REPORT_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "audit/report/input.h"

struct lines_request {
	char event[48], sha256[65];	/* behind this line ("SEC.MS:SERIAL", SHA-256 with its newline); "": from the beginning */
	uint64_t start_ms, end_ms;	/* 0: no bound */
};

/*
 * ret_found: the line was there (true if none was asked for); else all lines are copied. Inputs are read twice where a line is asked
 * for, so they must be files. ERR_INPUT: an input is damaged; nothing counts then.
 */
int lines_copy(const struct lines_request *q, const struct report_input *in, FILE *out, bool *ret_found, struct err *e) MUST_CHECK;

#endif
