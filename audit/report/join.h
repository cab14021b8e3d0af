/* SPDX-License-Identifier: Apache-2.0 */
/*
 * join.h - which events belong to what a report asks for.
 *
 * Believed is what the kernel stamped, nothing else: join_trust() says whether a user record comes
 * from secctr. Sessions and MCS levels are learned from believed records only.
 */
#ifndef SECCTR_AUDIT_REPORT_JOIN_H
#define SECCTR_AUDIT_REPORT_JOIN_H

#include "audit/report/report.h"
#include "audit/report/scan.h"

enum join_trust {
	JOIN_FORGED,		/* names secctr's records but the kernel says another program sent it */
	JOIN_PLAIN,		/* no SELinux: root with a login UID sent it */
	JOIN_LABELLED,		/* sent from secctr's own domain */
};

struct join_box {		/* one container */
	char uuid[37], level[128];
	struct scan_stamp from, to;
	bool ended;
};

struct join_session {
	uint32_t boot, ses;
};

struct join {
	const struct report_request *q;
	struct join_box *box;
	size_t boxes;
	struct join_session *session;
	size_t sessions;
	struct scan_stamp *event;	/* picked; sorted and unique after join_run() */
	size_t events, room;
	bool plain;			/* at least one JOIN_PLAIN record was believed */
};

/* Two passes over the input. */
int join_run(struct join *j, const struct scan_input *in, struct scan_counts *ret, struct err *e) MUST_CHECK;
void join_done(struct join *j);
#define auto_join AUTO(join_done)

bool join_has_event(const struct join *j, const struct scan_stamp *s, size_t *ret_index);
enum join_trust join_trust(const struct scan_line *line);
/* A user record in the form of secctr's: VIRT_* with virt=container, or a command with vm=. */
bool join_is_ours(const struct scan_line *line);

#endif
