/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input.h - opening what a report reads, with the caller's rights, for a reader that has none.
 *
 * Nothing of a file is looked at here but its kind.
 */
#ifndef SECCTR_AUDIT_REPORT_INPUT_H
#define SECCTR_AUDIT_REPORT_INPUT_H

#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"
#include "launcher/base/str.h"

#define REPORT_LOG_DIR "/var/log/audit"
enum { REPORT_INPUTS_MAX = 512 };	/* files of one report: descriptors */

struct report_input {
	int *fd;		/* owned; oldest first; -1: given away */
	size_t n;
};

/*
 * names: oldest first; "-" is standard input; a directory stands for audit.log in it with its rotated files (audit.log.1,
 * audit.log.2.gz, audit.log-20260101.zst ...). Empty: REPORT_LOG_DIR.
 */
int input_open(const struct strv *names, struct report_input *ret, struct err *e) MUST_CHECK;
void input_done(struct report_input *in);
#define auto_input AUTO(input_done)

#endif
