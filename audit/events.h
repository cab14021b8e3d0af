/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - every record secctr can write, in one table.
 *
 * record.c refuses to finish a record that lacks a field named here; the report reads by the same
 * rows. The record types are the kernel's (linux/audit.h) and libaudit's, so ausearch(8), auvirt(8)
 * and log collectors know them. Add rows at the end. Never change a word or drop a field: sites keep
 * years of logs and search them by these words.
 *
 * Each body begins the same way, because the tools search from left to right (ausearch wants uuid=
 * after vm=; auvirt wants uid, vm, uuid, res in this order):
 *
 *	virt=container [op=WORD | resrc=WORD] reason=TOKEN vm="NAME" uuid=RFC4122 FIELDS exe= hostname= addr= terminal= res=
 *
 * By `head`: OP and RES as above; BARE has neither op= nor reason= (libvirt's VIRT_MACHINE_ID);
 * HOST is about no container: "op=WORD reason=TOKEN FIELDS..."; CMD is the layout of
 * audit_log_user_command(3) with vm= and uuid= behind it; AVC that of a userspace access check.
 *
 * A mount's source is new-disk= and its place in the container dir=: ausearch -f looks at the first
 * path= of a VIRT_RESOURCE and only then at new-disk=, and it is the host's file one searches for.
 *
 * own-ses= is the audit session of the processes, from-ses= that of the request. Where the kernel let
 * no new one be drawn they are equal, and the report does not join on it.
 *
 *	enumerator	type	head	word		fields that must be there	*/
#ifndef SECCTR_AUDIT_EVENTS_H
#define SECCTR_AUDIT_EVENTS_H

#include <stdint.h>

#define AUDIT_EVENTS(X)											\
	X(EV_CREATE,	2504,	OP,	"create",	"path", "digest", "policy")			\
	X(EV_VERIFY,	2503,	OP,	"verify",	"path", "hash")					\
	X(EV_LABEL,	2502,	BARE,	"",		"vm-ctx", "img-ctx", "model")			\
	X(EV_MOUNT,	2501,	RES,	"disk",		"old-disk", "new-disk", "dir")			\
	X(EV_MEMORY,	2501,	RES,	"mem",		"old-mem", "new-mem")				\
	X(EV_VCPU,	2501,	RES,	"vcpu",		"old-vcpu", "new-vcpu")				\
	X(EV_NET,	2501,	RES,	"net",		"old-net", "new-net")				\
	X(EV_CGROUP,	2501,	RES,	"cgroup",	"cgroup", "class")				\
	X(EV_CAPS,	2501,	RES,	"caps",		"old-caps", "new-caps")				\
	X(EV_SECCOMP,	2501,	RES,	"seccomp",	"hash")						\
	X(EV_START,	2500,	OP,	"start",	"vm-pid", "init-pid", "pid-ns", "own-ses", "from-ses", "policy") \
	X(EV_EXEC,	2500,	OP,	"exec",		"vm-pid", "init-pid", "own-ses", "from-ses")	\
	X(EV_STOP,	2500,	OP,	"stop",		"vm-pid", "exit", "sig")			\
	X(EV_KILL,	2500,	OP,	"kill",		"sig")						\
	X(EV_DESTROY,	2505,	OP,	"destroy",	)						\
	X(EV_REFUSE,	2500,	OP,	NULL,		"name")						\
	X(EV_COMMAND,	1123,	CMD,	"",		)						\
	X(EV_AVC,	1107,	AVC,	"",		)						\
	X(EV_POLICY,	1111,	HOST,	"policy-load",	"path", "hash")					\
	X(EV_IMAGE_LOAD, 2504,	HOST,	"image-load",	"path", "digest")				\
	X(EV_IMAGE_REMOVE, 2505, HOST,	"image-remove",	"path", "digest")				\
	X(EV_ATTACH,	2500,	OP,	"attach",	"vm-pid", "own-ses", "from-ses")		\
	X(EV_EXEC_END,	2500,	OP,	"exec-end",	"init-pid", "exit", "sig", "own-ses")	\
	X(EV_IMAGE_IMPORT, 2504, HOST,	"image-import",	"path", "digest")				\
	X(EV_IMAGE_TAG, 2500,	HOST,	"image-tag",	"path", "digest")				\
	X(EV_IMAGE_UNTAG, 2500,	HOST,	"image-untag",	"path", "digest")				\
	X(EV_IMAGE_SAVE, 2500,	HOST,	"image-save",	"path", "digest")				\
	X(EV_DECIDE,	2500,	OP,	"decide",	"path", "digest", "policy")			\
	X(EV_PAUSE,	2500,	OP,	"pause",	)						\
	X(EV_UNPAUSE,	2500,	OP,	"unpause",	)						\
	X(EV_RENAME,	2500,	OP,	"rename",	"new-vm")					\
	X(EV_UPDATE,	2500,	OP,	"update",	"policy", "plan")				\
	X(EV_COPY,	2500,	OP,	"cp",		"way", "path", "dir")				\
	X(EV_EXPORT,	2500,	OP,	"export",	"path")							\
	X(EV_VOLUME_CREATE, 2504, HOST, "volume-create", "path")					\
	X(EV_VOLUME_REMOVE, 2505, HOST, "volume-remove", "path")					\
	X(EV_IDMAP,	2501,	RES,	"idmap",	"uid-map", "gid-map")				\
	X(EV_HOOK,	2501,	RES,	"hook",		"path")						\
	X(EV_EVIDENCE,	1111,	HOST,	"evidence-bundle", "path", "hash", "sequence", "previous")	\
	X(EV_ROOT_MOUNT, 2500,	OP,	"mount",	"path")						\
	X(EV_ROOT_UNMOUNT, 2500, OP,	"unmount",	"path")						\
	X(EV_IMAGE_PULL, 2503,	HOST,	"image-pull",	"path", "digest", "registry")

enum audit_event {
#define X(name, type, head, word, ...) name,
	AUDIT_EVENTS(X)
#undef X
	AUDIT_EVENT_COUNT
};

enum audit_head {
	AUDIT_HEAD_OP, AUDIT_HEAD_RES, AUDIT_HEAD_BARE, AUDIT_HEAD_HOST, AUDIT_HEAD_CMD, AUDIT_HEAD_AVC,
};

enum { AUDIT_FIELDS_MAX = 8 };

struct audit_event_row {
	uint16_t type;				/* nlmsg_type of the record */
	enum audit_head head;
	const char *word;			/* of op= or resrc=; NULL: the caller names the op (EV_REFUSE) */
	const char *fields[AUDIT_FIELDS_MAX];	/* NULL-terminated */
};

extern const struct audit_event_row audit_event_rows[AUDIT_EVENT_COUNT];

#endif
