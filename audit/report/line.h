/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.h - one line of an audit log, split where it can be trusted; nothing is copied.
 *
 *	[node=N ]type=T msg=audit(SEC.MS:SERIAL): HEAD[ msg='BODY'][0x1D TAIL]
 *
 * HEAD is the kernel's: in a kernel record all of it (untrusted strings in it are quoted or in hex,
 * audit_log_untrustedstring()), in a user record what stands in front of msg='. BODY is whatever a
 * process with CAP_AUDIT_WRITE sent. TAIL is auditd's (log_format=ENRICHED): names for numbers.
 *
 * All spans are borrowed from the line.
 */
#ifndef SECCTR_AUDIT_REPORT_LINE_H
#define SECCTR_AUDIT_REPORT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum {
	LINE_MAX_BYTES = 16384,		/* a longer one is no record: auditd's own limit is 8970 and the names */
	LINE_NODE_MAX = 255,		/* of a node's name */
	LINE_TYPE_MAX = 32,		/* of a type's name */
};

struct span {
	const char *at;		/* not NUL-terminated */
	size_t len;
};

struct stamp {
	uint64_t sec, serial;
	uint32_t ms;
};

/*
 * Types that something here asks for, and what is known of them: KERNEL is written by the kernel and has no body, USER may
 * have one and is a whole event by itself.
 */
#define LINE_TYPES(X)							\
	X(SYSCALL, KERNEL) X(EXECVE, KERNEL) X(PATH, KERNEL) X(CWD, KERNEL) X(PROCTITLE, KERNEL) X(EOE, KERNEL)	\
	X(SOCKADDR, KERNEL) X(SOCKETCALL, KERNEL) X(BPRM_FCAPS, KERNEL) X(CAPSET, KERNEL) X(MMAP, KERNEL)	\
	X(FD_PAIR, KERNEL) X(OBJ_PID, KERNEL) X(IPC, KERNEL) X(NETFILTER_PKT, KERNEL) X(AVC, KERNEL)		\
	X(SECCOMP, KERNEL) X(LOGIN, KERNEL) X(ANOM_ABEND, KERNEL) X(CONFIG_CHANGE, KERNEL)			\
	X(EVENT_LISTENER, KERNEL) X(TIME_INJOFFSET, KERNEL) X(TIME_ADJNTPVAL, KERNEL)				\
	X(MAC_POLICY_LOAD, KERNEL) X(MAC_STATUS, KERNEL) X(FEATURE_CHANGE, KERNEL) X(BPF, KERNEL)		\
	X(DAEMON_START, DAEMON) X(DAEMON_END, DAEMON) X(DAEMON_ABORT, DAEMON) X(DAEMON_CONFIG, DAEMON)		\
	X(DAEMON_ROTATE, DAEMON) X(DAEMON_RESUME, DAEMON) X(DAEMON_ACCEPT, DAEMON) X(DAEMON_CLOSE, DAEMON)	\
	X(DAEMON_ERR, DAEMON) X(DAEMON_RECONFIG, DAEMON)							\
	X(USER_AVC, USER) X(USER_LOGIN, USER) X(USER_LOGOUT, USER) X(USER_START, USER) X(USER_END, USER)	\
	X(USER_AUTH, USER) X(USER_ACCT, USER) X(USER_CMD, USER) X(USER_ERR, USER) X(CRED_ACQ, USER)		\
	X(CRED_DISP, USER) X(CRED_REFR, USER) X(USER, USER) X(USYS_CONFIG, USER) X(USER_TTY, USER)		\
	X(USER_CHAUTHTOK, USER) X(ADD_USER, USER) X(DEL_USER, USER) X(SERVICE_START, USER)			\
	X(SERVICE_STOP, USER) X(SYSTEM_BOOT, USER) X(SYSTEM_SHUTDOWN, USER) X(SYSTEM_RUNLEVEL, USER)		\
	X(VIRT_CONTROL, USER) X(VIRT_RESOURCE, USER) X(VIRT_MACHINE_ID, USER) X(VIRT_INTEGRITY_CHECK, USER)	\
	X(VIRT_CREATE, USER) X(VIRT_DESTROY, USER) X(VIRT_MIGRATE_IN, USER) X(VIRT_MIGRATE_OUT, USER)

enum line_type {
	TYPE_OTHER,
#define X(name, kind) TYPE_##name,
	LINE_TYPES(X)
#undef X
	TYPE_COUNT
};

enum line_kind {
	KIND_OTHER,	/* not in the table: the text decides */
	KIND_KERNEL,
	KIND_DAEMON,	/* auditd's own: its serials are not the kernel's */
	KIND_USER,
};

struct line {
	struct span node;	/* empty: none */
	struct span name;	/* of the type, as the log has it */
	struct span id;		/* "SEC.MS:SERIAL" */
	struct stamp stamp;
	enum line_type type;
	bool user;		/* it has a body */
	/* Of a record of the kernel's that gather.h hands on: after line_finish(). Most are never looked into. */
	struct span head, body, tail;
	const char *rest, *end;	/* what is not split yet; NULL: all is */
};

/* False: not an audit record. */
bool line_parse(const char *line, size_t len, struct line *ret);

/*
 * The cheap half: up to the id, whose text tells whether two lines belong together. `before` is the line before this one, or
 * NULL: most have its id. A record that may have a body is whole then; for others line_finish() does the rest, once.
 * line_parse() is both, with the stamp.
 */
bool line_front(const char *line, size_t len, const struct line *before, struct line *ret);
void line_split(struct line *l);
static inline void line_finish(struct line *l)
{
	if (l->rest)
		line_split(l);
}
/* What stands behind the id, split or not; of a record without a body. */
static inline struct span line_raw(const struct line *l)
{
	return l->rest ? (struct span){ l->rest, (size_t)(l->end - l->rest) } : l->head;
}
bool line_stamp(struct span id, struct stamp *ret);
enum line_kind line_kind(enum line_type type);

/* NAME=VALUE by NAME=VALUE from *rest; quotes belong to the value. Words without "=" are passed over. False: no more. */
struct pair {
	struct span name, value;
};
bool field_next(struct span *rest, struct pair *ret);
/* The first one of that name. */
bool line_field(struct span in, const char *name, struct span *ret);
bool line_number(struct span in, const char *name, uint32_t *ret);
bool span_to_u32(struct span v, uint32_t *ret);

static inline bool span_same(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || __builtin_memcmp(a.at, b.at, a.len) == 0);
}
/* Words are mostly literals: their lengths are known where this is compiled. */
static inline bool span_is(struct span text, const char *word)
{
	return text.len == __builtin_strlen(word) && __builtin_memcmp(text.at, word, text.len) == 0;
}
static inline bool span_starts(struct span text, const char *front)
{
	return text.len >= __builtin_strlen(front) && __builtin_memcmp(text.at, front, __builtin_strlen(front)) == 0;
}
bool span_has(struct span text, const char *part);

/*
 * The kernel's session number in a SYSCALL, SECCOMP or ANOM_ABEND record: the last " ses=" in front of the first quote, as what a program
 * can choose stands behind it, in quotes or hex (audit_log_task_info()). *ret_front: up to its end.
 */
bool line_session(struct span head, uint32_t *ret, struct span *ret_front);

/* A quoted or hex value as its bytes; what is neither is taken as it stands. */
int span_decode(struct span value, struct str *ret, struct err *e) MUST_CHECK;
/* USER:ROLE:TYPE:LEVEL; empty where it is no such thing (AppArmor writes one word). */
struct span context_type(struct span context);
struct span context_level(struct span context);

int stamp_compare(const struct stamp *a, const struct stamp *b);

#endif
