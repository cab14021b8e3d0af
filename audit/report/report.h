/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - what the audit log says about containers, people and sessions, in one pass over any log.
 *
 * What is believed: only what the kernel stamped (in front of msg='). A VIRT_* record counts as
 * secctr's when its kernel-stamped subj has the type secctr_t or secctr_monitor_t; on a host without
 * SELinux (no subj, or "unconfined", "=unconfined"...: not a context of four parts) when the stamped
 * uid is 0 and its auid is set. A record that names the container but fails this is shown, marked
 * UNTRUSTED, and never joined on.
 *
 * Memory does not grow with the log: world.h, gather.h, join.h and rows.h say where its bounds are.
 */
#ifndef SECCTR_AUDIT_REPORT_REPORT_H
#define SECCTR_AUDIT_REPORT_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "audit/report/input.h"
#include "audit/report/names.h"
#include "launcher/base/err.h"

/* Enumerator, word, what it takes, one line for help. */
#define REPORT_VIEWS(X)												\
	X(CONTAINERS,	"containers",	"",		"every container: who, from where, when, how it ended")		\
	X(CONTAINER,	"container",	"NAME|UUID",	"everything about one container")				\
	X(USER,		"user",		"LOGIN",	"what a person did with containers and inside them")		\
	X(SESSION,	"session",	"N",		"everything of one audit session")				\
	X(IMAGE,	"image",	"",		"images: how often, by whom, loads and removals")		\
	X(POLICY,	"policy",	"",		"policies: starts and refusals by digest, and loads")		\
	X(DENIED,	"denied",	"",		"what SELinux, seccomp, the kernel and secctr refused")		\
	X(EXEC,		"exec",		"",		"commands that ran inside containers")				\
	X(TIMELINE,	"timeline",	"",		"all of it in the order of time; --all for the whole log")	\
	X(UNATTRIBUTED,	"unattributed",	"",		"events of containers that no login stands behind")		\
	X(SPOOF,	"spoof",	"",		"records and login UIDs that claim what the kernel does not")	\
	X(GAPS,		"gaps",		"",		"what the log lacks, and changes of auditing itself")		\
	X(COMPLIANCE,	"compliance",	"",		"what was seen for each control, and what was not")		\
	X(WHY,		"why",		"EVENT-ID",	"one event, and how it leads to a person")			\
	X(OVERVIEW,	"overview",	"",		"the whole log as one page, with --format html")

enum report_view {
#define X(name, word, takes, help) REPORT_##name,
	REPORT_VIEWS(X)
#undef X
	REPORT_VIEW_COUNT
};

enum report_format { REPORT_TEXT, REPORT_CSV, REPORT_JSON, REPORT_NDJSON, REPORT_HTML };

enum { REPORT_NO_SESSION = UINT32_MAX };

struct report_request {
	enum report_view view;
	enum report_format format;
	const char *subject;		/* container, login, event id; NULL */
	uint32_t session;		/* of REPORT_SESSION; else REPORT_NO_SESSION */
	const char *container, *user;	/* only events of these; NULL: of all */
	uint64_t start_ms, end_ms;	/* since the epoch, both included; end 0: no end */
	bool all;			/* timeline, denied: also what has to do with no container */
	bool follow;			/* the last input is live: show what is there each second */
	bool colour;
	bool paged;			/* a reader who stops reading is no failure */
	unsigned width;			/* of the terminal; 0: text is as wide as it is */
	const char *host;		/* where the report is made; or NULL */
	uint64_t made_ms;		/* when; 0: not said */
	int out;			/* reader_run(): a file in the place of standard output; 0: none */
	bool slow;			/* no short cuts (quick.h): for tests */
	struct ahead *ahead;		/* its helpers read ahead; NULL: one thread. Borrowed */
	names_fn *names;		/* NULL: the log's own words only */
	void *names_context;
};

struct report_summary {
	uint64_t lines, bad_lines;	/* read; no audit record or longer than LINE_MAX_BYTES */
	uint64_t events, untrusted;	/* shown; of these marked */
};

/* "containers" to its number; false: no such view. */
bool report_find_view(const char *word, enum report_view *ret);
/* Within start_ms and end_ms. */
bool report_in_time(const struct report_request *q, const struct stamp *s);
/* It shows events, so that a live log can be followed. */
bool report_follows(enum report_view view);

/*
 * Read each input once, in order; write the report. ERR_NOTFOUND: the log has nothing about the subject (nothing was
 * written then). ret may be NULL.
 */
int report_run(const struct report_request *q, const struct report_input *in, FILE *out, struct report_summary *ret,
	       struct err *e) MUST_CHECK NONNULL(1, 2, 3, 5);

#endif
