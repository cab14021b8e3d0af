/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan.h - lines of audit logs, split where it can be trusted.
 *
 *	[node=N ]type=T msg=audit(SEC.MS:SERIAL): HEAD[ msg='BODY'][0x1D TAIL]
 *
 * HEAD is the kernel's: in a kernel record all of it (untrusted strings in it are quoted or in hex,
 * audit_log_untrustedstring()), in a user record what stands in front of msg='. BODY is whatever a
 * process with CAP_AUDIT_WRITE sent. TAIL is auditd's (log_format=ENRICHED): names for numbers.
 */
#ifndef SECCTR_AUDIT_REPORT_SCAN_H
#define SECCTR_AUDIT_REPORT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

struct scan_text {
	const char *at;		/* borrowed from the line; not NUL-terminated */
	size_t len;
};

struct scan_stamp {
	uint32_t boot;		/* counts restarts of the kernel's serial: sessions are unique within one only */
	uint32_t ms;
	uint64_t sec, serial;
};

struct scan_line {
	struct scan_stamp stamp;
	bool user;		/* a user record: it has a body */
	struct scan_text type, head, body, tail;
};

/* False: not an audit record. stamp.boot is left 0. */
bool scan_parse(const char *line, size_t len, struct scan_line *ret);
/* The first NAME=VALUE; quotes belong to the value. */
bool scan_field(struct scan_text in, const char *name, struct scan_text *ret);
bool scan_number(struct scan_text in, const char *name, uint32_t *ret);
bool scan_is(struct scan_text text, const char *word);
bool scan_starts(struct scan_text text, const char *front);
/* A quoted or hex value as its bytes; what is neither is taken as it stands. */
int scan_decode(struct scan_text value, struct str *ret, struct err *e) MUST_CHECK;
int scan_compare(const struct scan_stamp *a, const struct scan_stamp *b);

/* Open log files, read as often as needed; each up to the size it had when it was opened. */
struct scan_input {
	struct scan_file {
		int fd;
		off_t size;
	} *file;
	size_t n;
};

/* names: oldest first, "-" is standard input (kept in a memory file). Empty: the host's log, rotated files first. */
int scan_open(const struct strv *names, const char *log_dir, struct scan_input *ret, struct err *e) MUST_CHECK;
void scan_close(struct scan_input *in);
#define auto_scan AUTO(scan_close)

struct scan_counts {
	size_t lines, bad;
};

/* Call fn for each record, in file order. fn returns non-zero to stop with its error in e. */
typedef int scan_fn(void *context, const struct scan_line *line, struct err *e);
int scan_each(const struct scan_input *in, scan_fn *fn, void *context, struct scan_counts *ret, struct err *e)
	MUST_CHECK;

#endif
