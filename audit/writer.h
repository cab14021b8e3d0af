/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.h - sending records to the kernel, and proof that they arrived.
 *
 * The kernel acknowledges a user record with success while audit is off, while it drops it for the
 * rate limit, and while nobody reads the log; libaudit turns some failures into 0. So an answer of
 * the kernel proves nothing. audit_write_many() proves a record by reading it back: a second socket
 * joined to AUDIT_NLGRP_READLOG before the first record is sent shows what the kernel queues for
 * auditd; the record counts when the kernel stamped it with our own process id and its type and body
 * are ours to the byte. That also yields the event id.
 *
 * Which proof is possible depends on the capabilities of the caller:
 *	CAP_AUDIT_WRITE		needed in any case
 *	CAP_AUDIT_READ		read-back (AUDIT_PROOF_READBACK)
 *	CAP_AUDIT_CONTROL	the kernel's status: audit on, auditd there, alive and not stopped, the
 *				backlog below its limit, `lost` not moving; alone it is AUDIT_PROOF_COUNTER
 * Read-back without CAP_AUDIT_CONTROL cannot tell that no auditd stores what the kernel shows; with
 * neither capability opening is refused.
 *
 * A writer is for one burst: the launcher opens one for a start and closes it, the monitor opens one
 * for each record. Never keep it: the multicast group carries the whole host's log. A classic socket
 * filter lets only our own process's records of the types of events.h through, so a busy host does not
 * fill our queue. A child has its parent's writer after audit_writer_inherit().
 *
 * Uses no memory beyond the struct and about 40 kB of stack. Any number of records at once is
 * one send and, mostly, two receives for each 24 records.
 */
#ifndef SECCTR_AUDIT_WRITER_H
#define SECCTR_AUDIT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "audit/record.h"
#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"

enum { AUDIT_WAIT_MS = 2000 };
enum { AUDIT_UNSET = UINT32_MAX };			/* auid or ses that was never set */

enum audit_mode {
	AUDIT_NEED_READBACK,	/* no CAP_AUDIT_READ: refused */
	AUDIT_TAKE_COUNTER,	/* else make do with the lost counter; audit_writer.proof tells */
	AUDIT_READBACK_ALONE,	/* as the first, by a process that has given up CAP_AUDIT_CONTROL: it does not ask for the state */
};

enum audit_proof { AUDIT_PROOF_NONE, AUDIT_PROOF_READBACK, AUDIT_PROOF_COUNTER };

/* What the kernel stamped. serial 0: not known (AUDIT_PROOF_COUNTER). */
struct audit_event_id {
	uint64_t sec, serial;
	uint32_t ms;
	uint32_t auid, ses;
};

enum { AUDIT_EVENT_ID_TEXT = 48 };
/* "SEC.MS:SERIAL" as ausearch -a and the log spell it, or "?" when not known. */
void audit_event_id_text(const struct audit_event_id *id, char ret[AUDIT_EVENT_ID_TEXT]);

struct audit_writer {
	int fd;			/* NETLINK_AUDIT, requests and answers */
	int readlog;		/* joined to the multicast group, or -1 */
	int procfd;		/* borrowed */
	enum audit_proof proof;
	bool has_status;	/* AUDIT_GET answered */
	pid_t pid;		/* whose records the filter lets in */
	uint32_t seq;
	uint32_t lost;		/* the kernel's counter when the writer was opened */
	unsigned wait_ms;	/* AUDIT_WAIT_MS for proofs, ten times that for the kernel's status; tests shorten it */
};
#define AUDIT_WRITER_CLOSED { .fd = -1, .readlog = -1, .procfd = -1 }

/*
 * Open and check readiness. Every reason to refuse is ERR_AUDIT with its own text that says what to do:
 * audit not in the kernel, in a user namespace, no capability, audit off, no auditd, auditd gone or
 * stopped, backlog full. procfd: /proc of the initial PID namespace (proc_private()); it must stay open.
 */
int audit_writer_open(enum audit_mode mode, int procfd, struct audit_writer *ret, struct err *e)
	MUST_CHECK NONNULL(3, 4);

/* In a child, before it writes with what its parent opened: the kernel stamps its records with another process number. */
int audit_writer_inherit(struct audit_writer *w, pid_t pid, struct err *e) MUST_CHECK NONNULL(1, 3);

/*
 * Send n finished records in order and wait until each is proved: at most wait_ms, or, while others wait in the kernel's queue and auditd
 * lives, ten times that. ret_ids may
 * be NULL, else it has n elements. On failure some records may be in the log: a record says what its
 * writer knew, so callers follow with a failed or stop record where they can.
 */
int audit_write_many(struct audit_writer *w, const struct audit_record *records, size_t n,
		     struct audit_event_id *ret_ids, struct err *e) MUST_CHECK NONNULL(1, 2, 5);
int audit_write(struct audit_writer *w, const struct audit_record *record,
		struct audit_event_id *ret_id, struct err *e) MUST_CHECK NONNULL(1, 2, 4);

/* Ask the kernel again: still on, auditd still there and running, nothing lost since open. No status: 0. */
int audit_writer_check(struct audit_writer *w, struct err *e) MUST_CHECK NONNULL(1, 2);

void audit_writer_close(struct audit_writer *w);
#define auto_audit_writer AUTO(audit_writer_close)

/* "readback", "counter": for records and --format json. */
const char *audit_proof_word(enum audit_proof proof);

#endif
