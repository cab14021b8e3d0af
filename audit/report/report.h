/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - what the audit log says about one container or one audit session.
 *
 * Options for the command line: --container NAME|UUID, --session N (one of both), --input FILE (again
 * and again, oldest first; "-" is standard input; default: the host's log and its rotated files),
 * --format text|json (json: one object per line).
 *
 * What is believed: only what the kernel stamped (in front of msg='). A VIRT_* record counts as
 * secctr's when its kernel-stamped subj has the type secctr_t or secctr_monitor_t; on a host without
 * SELinux (no subj, or "unconfined", "=unconfined"...: not a context of four parts) when the stamped
 * uid is 0 and its auid is set. A record that names the container but fails this is shown, marked
 * UNTRUSTED, and never joined on.
 *
 * Joined to a container: every record whose stamped ses is one of its own sessions (own-ses= of its
 * start and exec records), every record whose subj has its MCS level (vm-ctx= of its VIRT_MACHINE_ID)
 * between its first record and its end, and the LOGIN record that made each own session.
 *
 * Needs no privilege beyond reading the input. Memory is bounded: REPORT_LINES_MAX picked records.
 */
#ifndef SECCTR_AUDIT_REPORT_REPORT_H
#define SECCTR_AUDIT_REPORT_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

#define REPORT_LOG_DIR "/var/log/audit"
enum { REPORT_ROTATED_MAX = 1000, REPORT_SESSIONS_MAX = 4096, REPORT_LINE_MAX = 16384 };
enum { REPORT_EVENTS_MAX = 1000000, REPORT_STDIN_MAX = 1 << 30 };

enum report_format { REPORT_TEXT, REPORT_JSON };

struct report_request {
	const char *container;		/* name or RFC 4122 uuid; or NULL */
	uint32_t session;		/* audit session; REPORT_NO_SESSION: none */
	struct strv inputs;		/* empty: REPORT_LOG_DIR, audit.log.N ... audit.log.1, audit.log */
	enum report_format format;
};
enum { REPORT_NO_SESSION = UINT32_MAX };

struct report_summary {
	size_t lines, bad_lines;	/* read; no audit record or longer than REPORT_LINE_MAX */
	size_t events, untrusted;	/* shown; of these marked */
};

/* ERR_NOTFOUND: nothing about it in the input. ret may be NULL. */
int report_run(const struct report_request *q, FILE *out, struct report_summary *ret, struct err *e)
	MUST_CHECK NONNULL(1, 2, 4);

#endif
