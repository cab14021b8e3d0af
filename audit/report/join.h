/* SPDX-License-Identifier: Apache-2.0 */
/*
 * join.h - whose is an event: login, session, secctr's records, container, processes, in one pass.
 *
 * Believed is what the kernel stamped, nothing else: join_trust() says whether a user record comes
 * from secctr. Containers, sessions and levels are learned from believed records only; addresses and terminals of logins are
 * what the login program said, and describe, never identify.
 *
 * A container's own session begins a moment before the record that says whose it is. The few events between are kept back
 * until then, or for JOIN_WAIT_MS.
 */
#ifndef SECCTR_AUDIT_REPORT_JOIN_H
#define SECCTR_AUDIT_REPORT_JOIN_H

#include "audit/report/facts.h"
#include "audit/report/world.h"

enum {
	JOIN_WAIT_MS = 60000,		/* of the log's time */
	JOIN_WAITING_MAX = 1024,	/* events kept back; then the oldest goes on as it is */
	JOIN_WAITING_BYTES = 8 << 20,
};

enum join_trust {
	JOIN_FORGED,		/* names secctr's records but the kernel says another program sent it */
	JOIN_PLAIN,		/* no SELinux: root with a login UID sent it */
	JOIN_LABELLED,		/* sent from secctr's own domain */
};

enum join_ours {
	OURS_NOT,
	OURS_CONTAINER,		/* VIRT_* with virt=container, or a command with vm= and uuid= */
	OURS_HOST,		/* images, volumes, policies, evidence: the rows of that kind in audit/events.h */
};

/* How an event came to its container, from the best evidence to the least. */
enum join_by {
	BY_NOTHING,
	BY_RECORD,		/* secctr's own record names it */
	BY_SESSION,		/* the kernel's session number is the container's own */
	BY_LABEL,		/* the kernel's label has its category pair, within its life */
	BY_ANCESTRY,		/* its parents lead to the container's first process */
};

struct verdict {
	struct container *container;	/* or NULL; borrowed until the next event */
	const struct session *session;	/* of the kernel's number, where its beginning is in the log; or NULL */
	enum join_by by;
	enum join_ours ours;
	enum join_trust trust;		/* where it is ours */
	struct container *session_of;	/* the session is this container's own, whatever the record is about */
};

/* Each event once, with what is known by then. Non-zero stops with its error in e. */
typedef int join_fn(void *context, const struct gathered *ev, const struct facts *x, const struct verdict *v, struct err *e);

struct join;
/* `wanted` marks containers of this name or uuid (struct container); NULL: none. Borrowed. */
int join_new(join_fn *fn, void *context, const char *wanted, struct join **ret, struct err *e) MUST_CHECK;
void join_free(struct join *j);		/* NULL is fine */
DEFINE_AUTO(join_free, struct join *)

int join_event(struct join *j, const struct gathered *ev, struct err *e) MUST_CHECK;
/* An event that is left out: what was kept back for too long by its time goes on. */
int join_left_out(struct join *j, const struct gathered *ev, struct err *e) MUST_CHECK;
/* What is kept back goes on. */
int join_flush(struct join *j, struct err *e) MUST_CHECK;
/* The oldest that is kept back; false: nothing is. */
bool join_oldest(const struct join *j, struct stamp *ret);

struct world *join_world(struct join *j);
bool join_plain(const struct join *j);	/* at least one JOIN_PLAIN record was believed */
const char *join_by_word(enum join_by by);	/* "session"; "" for nothing */

enum join_trust join_trust(const struct facts *x);
enum join_ours join_ours(const struct facts *x);
/* By its label a program of secctr's own, though in a container's session: nothing that ran inside. */
bool join_launcher(const struct facts *x);

#endif
