/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.h - who is behind a process: the kernel's login UID and audit session.
 *
 * Both are inherited over fork and exec and stamped by the kernel on every record. A process whose
 * login UID is unset may choose any, without privilege (kernel/auditsc.c audit_set_loginuid_perm()):
 * so no container program ever runs with an unset one.
 */
#ifndef SECCTR_AUDIT_IDENTITY_H
#define SECCTR_AUDIT_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "launcher/base/err.h"

enum { IDENTITY_UNSET = UINT32_MAX };	/* "4294967295" in /proc and in records */
/* Usual audit rules skip accounts below (-F auid>=1000): a container owned by one would be invisible to them. */
enum { IDENTITY_OWNER_MIN = 1000 };
enum { IDENTITY_NAME_MAX = 64, IDENTITY_HOST_MAX = 255, IDENTITY_TTY_MAX = 63, IDENTITY_SESSION_MAX = 31 };

enum identity_logind {
	IDENTITY_LOGIND_NONE,		/* not in a login session's scope, or no logind */
	IDENTITY_LOGIND_MATCH,		/* the session belongs to the login UID */
	IDENTITY_LOGIND_MISMATCH,	/* it does not: the login UID was not set by that login */
};

struct identity {
	uint32_t auid, ses;		/* of this process; IDENTITY_UNSET */
	uint32_t uid;			/* real UID */
	char name[IDENTITY_NAME_MAX + 1];	/* account of auid; "" if unset, unknown or not asked for */
	enum identity_logind logind;
	char session[IDENTITY_SESSION_MAX + 1];	/* logind's id, "" if none */
	uint32_t session_uid, session_ses;	/* UID= and AUDIT= of logind's file, or IDENTITY_UNSET */
	char host[IDENTITY_HOST_MAX + 1];	/* remote host of the session: hostname=/addr=; "" if none */
	char tty[IDENTITY_TTY_MAX + 1];		/* terminal=, without /dev/; "" if none */
};

/*
 * Read loginuid, sessionid and cgroup of the calling thread through procfd (proc_private()), and the
 * file of its login session under /run/systemd/sessions. No logind, no such file: LOGIND_NONE, no
 * error. Does not fill `name`; identity_name() does (it may ask NSS).
 */
int identity_read(int procfd, struct identity *ret, struct err *e) MUST_CHECK NONNULL(2, 3);
/*
 * The part of identity_read() about logind: `cgroup` is the text of /proc/PID/cgroup, sessions_fd the
 * directory (-1: none). Fills logind, session*, host, tty from auid.
 */
void identity_cross_check(struct identity *id, const char *cgroup, int sessions_fd) NONNULL(1, 2);

/* account.c: the account name of id->auid, by getpwuid_r(3). Unknown: stays "". Not for the monitor (NSS). */
void identity_name(struct identity *id) NONNULL(1);

enum identity_source { IDENTITY_CALLER, IDENTITY_OWNER };

/*
 * Whose the container is: the caller's login UID if it is set, else `owner` (an account name, or NULL:
 * none named), which must exist and have a UID >= IDENTITY_OWNER_MIN; else ERR_IDENTITY, saying what
 * to do. `where` is the policy's FILE:LINE of the owner for the message, or NULL. In account.c.
 */
int identity_decide(const struct identity *caller, const char *owner, const char *where,
		    uint32_t *ret_auid, enum identity_source *ret_source, struct err *e)
	MUST_CHECK NONNULL(1, 4, 5, 6);

/*
 * Make the calling thread's login UID `auid`, read it back, and refuse (ERR_IDENTITY) on any difference.
 * Writes nothing if it is that already. *ret_ses (may be NULL): the session afterwards.
 */
int identity_set(int procfd, uint32_t auid, uint32_t *ret_ses, struct err *e) MUST_CHECK NONNULL(4);

/*
 * Like identity_set(), but draw a fresh session by writing the same UID again where the kernel allows
 * it. *ret_own: false where it does not (EPERM: loginuid-immutable, or no CAP_AUDIT_CONTROL): the
 * caller's session is kept, and records are told apart by label and ancestry.
 */
int identity_new_session(int procfd, uint32_t auid, uint32_t *ret_ses, bool *ret_own, struct err *e)
	MUST_CHECK NONNULL(3, 4, 5);

/* "none", "match", "mismatch": logind= of records. "caller", "owner": who=. */
const char *identity_logind_word(enum identity_logind l);
const char *identity_source_word(enum identity_source s);

/*
 * Does the running process have this login UID and session, as the kernel shows it? The caller is its parent and has not
 * reaped it, so the number is its; a zombie still has both. ERR_IDENTITY.
 */
int identity_check_live(int procfd, pid_t pid, uint32_t auid, uint32_t ses, struct err *e) MUST_CHECK;

/* hostname=, addr=, terminal= of records from the identity; borrows. exe may be NULL. */
struct audit_origin;
void identity_origin(const struct identity *id, const char *exe, struct audit_origin *ret) NONNULL(1, 3);

#endif
