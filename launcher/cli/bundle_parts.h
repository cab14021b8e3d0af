/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_parts.h - what goes into a bundle beside the raw lines: reports, policies, images, the state of the host. */
#ifndef SECCTR_CLI_BUNDLE_PARTS_H
#define SECCTR_CLI_BUNDLE_PARTS_H

#include "audit/evidence/bundle.h"
#include "audit/report/reader.h"
#include "launcher/cli/command.h"

/* Parts that are being gathered; descriptors and names are owned. */
struct bundle_parts {
	struct bundle_part *item;
	size_t n;
	struct strv names;
	struct str unread;	/* a line for each file of the host that could not be read, and why: a part of its own */
	int dir;		/* where the bundle goes: what grows with the log lies there without a name, not in memory. Borrowed */
	const char *where;	/* the bundle's path, for messages. Borrowed */
};
void bundle_parts_done(struct bundle_parts *p);
#define auto_bundle_parts AUTO(bundle_parts_done)

/* A file of p->dir that has no name, and goes if we do. */
int bundle_parts_file(const struct bundle_parts *p, struct err *e) MUST_CHECK;
/* Takes fd, on failure too. */
int bundle_part_add(struct bundle_parts *p, const char *name, int fd, struct err *e) MUST_CHECK;
int bundle_part_text(struct bundle_parts *p, const char *name, const char *bytes, size_t n, struct err *e) MUST_CHECK;

/* reports/VIEW.txt and .json of each view that needs no subject, over `in` and the time of *q. */
int bundle_reports(struct bundle_parts *p, const char *program, const struct report_request *q, struct report_input *in,
		   struct err *e) MUST_CHECK;
/* policy/..., host/..., images.json, and what could not be read. `program`: secctr-report, whose digest goes in with the others. */
int bundle_host(struct bundle_parts *p, struct context *c, const char *program, struct err *e) MUST_CHECK;

#endif
