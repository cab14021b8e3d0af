/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - building the body of one audit record.
 *
 *	struct audit_record r;
 *
 *	record_begin(&r, EV_STOP, "exited", name, uuid);
 *	record_u64(&r, "vm-pid", pid);
 *	record_u64(&r, "exit", status);
 *	record_u64(&r, "sig", 0);
 *	if (record_end(&r, &origin, true, e)) ...
 *
 * Uses no memory but the struct and makes no system call: safe in the monitor and between clone and
 * exec. The calls between begin and end return nothing; the first mistake is kept and record_end()
 * reports it (ERR_INTERNAL: a field its row requires is missing, a field twice, a bad token;
 * ERR_LIMIT: a value over RECORD_VALUE_MAX or a body over RECORD_BODY_MAX).
 *
 * Untrusted text goes through record_str() only, and only under a name that the audit tools decode
 * (auparse's typetab.h, type "escaped"): vm, path, cmd, cwd, dir, file, name, key, cgroup, old-/new-disk,
 * old-/new-net, root_dir, sw. record_str() with any other name is a mistake.
 */
#ifndef SECCTR_AUDIT_RECORD_H
#define SECCTR_AUDIT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/events.h"
#include "launcher/base/err.h"

/*
 * The kernel cuts a body at 8560 bytes without a word (AUDIT_MESSAGE_TEXT_MAX) and auditd's line
 * buffer adds its own prefix; half of that leaves no doubt. A value of RECORD_VALUE_MAX bytes takes
 * twice as many when it must be written in hex.
 */
enum { RECORD_BODY_MAX = 4000, RECORD_VALUE_MAX = 1024 };

struct audit_record {
	uint16_t type;			/* valid after record_end() */
	bool ended;
	uint8_t event;
	uint16_t seen;			/* bit i: field i of the row is there */
	size_t len;			/* of text, without its NUL */
	enum err_reason bad;		/* first mistake */
	const char *bad_what, *bad_field;
	char text[RECORD_BODY_MAX + 1];
};

/*
 * Where the request came from: NULL is written as "?". `exe` is the writer's own program. Values that
 * are no plain token ([A-Za-z0-9_.:/%-]) are written as "?" too: libaudit's readers do not decode them.
 */
struct audit_origin {
	const char *exe, *hostname, *addr, *terminal;
};

/* `reason` is a token ([a-z0-9-]+). vm and uuid may be NULL ("?") for EV_REFUSE, and must be for HOST rows. */
void record_begin(struct audit_record *r, enum audit_event event, const char *reason,
		  const char *vm, const char *uuid);
/* EV_REFUSE: op=`op` (the word of what was refused: "start", "exec", ...); always res=failed. */
void record_begin_refusal(struct audit_record *r, const char *op, const char *reason,
			  const char *vm, const char *uuid);
/* EV_COMMAND: what `secctr exec` was asked to run; argv joined by blanks. NULL-terminated. */
void record_begin_command(struct audit_record *r, const char *cwd, const char *const *argv,
			  const char *vm, const char *uuid);
/* The same from one string; NULL: cmd=? */
void record_begin_cmdline(struct audit_record *r, const char *cwd, const char *cmdline,
			  const char *vm, const char *uuid);
/* EV_AVC: an access check of class secctr, in the words of SELinux's userspace object managers. */
void record_begin_avc(struct audit_record *r, bool granted, const char *perm, const char *scon,
		      const char *tcon, const char *tclass, bool permissive);

/* name="value", or name=HEX if value holds a byte < 0x21, > 0x7E, '"' or '\''. NULL: name=? */
void record_str(struct audit_record *r, const char *name, const char *value);
/* A trusted short token, [A-Za-z0-9_.,:/@+-]+ (digests, enums, "?"). NULL: name=? */
void record_word(struct audit_record *r, const char *name, const char *value);
void record_u64(struct audit_record *r, const char *name, uint64_t value);
void record_hex64(struct audit_record *r, const char *name, uint64_t value);	/* 16 digits, as Cap* of proc(5) */
/* A SELinux context; "?" for NULL or "". */
void record_ctx(struct audit_record *r, const char *name, const char *context);

/* Append exe= hostname= addr= terminal= res= and check the row. `o` may be NULL. */
int record_end(struct audit_record *r, const struct audit_origin *o, bool success, struct err *e)
	MUST_CHECK NONNULL(1, 4);

/*
 * record_long.c (needs libcrypto, so not for the monitor): as record_str(), but a value longer than
 * RECORD_VALUE_MAX becomes `NAME=? NAME-len=BYTES NAME-hash=sha256:HEX`. The same for a command: its
 * arguments are hashed with the NUL between them, so {"a b"} and {"a","b"} differ.
 */
int record_long(struct audit_record *r, const char *name, const char *value, struct err *e)
	MUST_CHECK NONNULL(1, 2, 4);
int record_long_word(struct audit_record *r, const char *name, const char *value, struct err *e)	/* as record_word() */
	MUST_CHECK NONNULL(1, 2, 4);
int record_begin_long_command(struct audit_record *r, const char *cwd, const char *const *argv,
			      const char *vm, const char *uuid, struct err *e) MUST_CHECK NONNULL(1, 3, 6);

#endif
