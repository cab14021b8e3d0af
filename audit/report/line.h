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
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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
/*
 * A record of the kernel's, of one of the common types, with the node and the id of `first`, which line_front() has read from the same
 * memory: its type, and what stands behind the id. TYPE_OTHER: it is no such record.
 */
enum line_type line_again(const struct line *first, const char *line, size_t len, struct span *ret_raw);
/* ... and the same line as line_front() would read it. `raw`: where that begins. */
void line_same(const struct line *first, const char *line, size_t len, size_t raw, enum line_type type, struct line *ret);
bool line_stamp(struct span id, struct stamp *ret);
/*
 * line_front() and line_stamp() of a call's first record, whose second is that of `before`, which has been read. False: it is no such record;
 * *ret is not changed.
 */
bool line_call(const char *line, size_t len, const struct line *before, struct line *ret);
enum line_kind line_kind(enum line_type type);

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
bool span_to_u32(struct span v, uint32_t *ret);

/*
 * Where the first blank, or the first of blank and `other`, is; `end` if none. Eight bytes at a time: the lowest bit that (x - 1) & ~x & 0x80
 * leaves is that of the first zero byte; above it there may be false ones.
 */
static inline const char *find_blank(const char *at, const char *end, char other)
{
#ifdef __SSE2__
	const __m128i blanks = _mm_set1_epi8(' '), others = _mm_set1_epi8(other);

	for (; end - at >= 16; at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
		unsigned found = (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(v, blanks), _mm_cmpeq_epi8(v, others)));

		if (found)
			return at + __builtin_ctz(found);
	}
#endif
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t x, a, b;

	for (; end - at >= 8; at += 8) {
		__builtin_memcpy(&x, at, 8);
		a = x ^ ones * ' ';
		b = x ^ ones * (unsigned char)other;
		x = (((a - ones) & ~a) | ((b - ones) & ~b)) & tops;
		if (x)
			return at + (__builtin_ctzll(x) >> 3);
	}
#endif
	while (at < end && *at != ' ' && *at != other)
		at++;
	return at;
}

/* NAME=VALUE by NAME=VALUE from *rest; quotes belong to the value. Words without "=" are passed over. False: no more. */
struct pair {
	struct span name, value;
};
bool field_next_slow(struct span *rest, struct pair *ret);
static inline __attribute__((always_inline)) bool field_next(struct span *rest, struct pair *ret)
{
#ifdef __SSE2__
	const char *at = rest->at, *end = at + rest->len, *stop;
	unsigned equals, blanks, quotes, n;
	__m128i v;

	/* Most fields are short: one look at sixteen bytes tells where name and value end. */
	at += rest->len && *at == ' ';
	if (end - at < 16)
		return field_next_slow(rest, ret);
	v = _mm_loadu_si128((const __m128i *)(const void *)at);
	equals = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('=')));
	blanks = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(' ')));
	n = equals ? (unsigned)__builtin_ctz(equals) : 15;
	if (n == 0 || n == 15 || (blanks & ((1u << n) - 1)))
		return field_next_slow(rest, ret);
	if (at[n + 1] == '"') {
		quotes = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('"'))) >> (n + 2);
		stop = quotes ? at + n + 2 + __builtin_ctz(quotes) : (const char *)__builtin_memchr(at + 16, '"', (size_t)(end - at) - 16);
		stop = stop ? stop + 1 : end;
	} else {
		blanks >>= n + 1;
		stop = blanks ? at + n + 1 + __builtin_ctz(blanks) : find_blank(at + 16, end, ' ');
	}
	ret->name = (struct span){ at, n };
	ret->value = (struct span){ at + n + 1, (size_t)(stop - at) - n - 1 };
	*rest = (struct span){ stop, (size_t)(end - stop) };
	return true;
#else
	return field_next_slow(rest, ret);
#endif
}
/* The first one of that name. */
static inline bool line_field(struct span in, const char *name, struct span *ret)
{
	struct pair f;

	while (field_next(&in, &f))
		if (span_is(f.name, name)) {
			*ret = f.value;
			return true;
		}
	return false;
}
bool line_number(struct span in, const char *name, uint32_t *ret);

/*
 * The kernel's session number in a SYSCALL, SECCOMP or ANOM_ABEND record: the last " ses=" in front of the first quote, as what a program
 * can choose stands behind it, in quotes or hex (audit_log_task_info()). *ret_front: up to its end.
 */
bool line_session(struct span head, uint32_t *ret, struct span *ret_front);

/* What span_decode() gives stands there as it is: *v becomes that. False: it is hex. */
bool span_plain(struct span *v);
/* A quoted or hex value as its bytes; what is neither is taken as it stands. */
int span_decode(struct span value, struct str *ret, struct err *e) MUST_CHECK;
/* USER:ROLE:TYPE:LEVEL; empty where it is no such thing (AppArmor writes one word). */
struct span context_type(struct span context);
struct span context_level(struct span context);

int stamp_compare(const struct stamp *a, const struct stamp *b);

#endif
