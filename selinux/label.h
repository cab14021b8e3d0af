/* SPDX-License-Identifier: Apache-2.0 */
/*
 * label.h - security contexts: made, checked against the loaded policy, applied, verified.
 *
 * The order that keeps "label or nothing":
 *	label_process(), label_file()	text from type and level
 *	label_check()			the loaded policy knows it; gives the canonical text
 *	label_apply_exec()		in the child, through a procfs nobody could mount over;
 *					read back from the kernel, not from a library's cache
 *	label_verify_live()		in the parent, after the exec
 *
 * `procfd` is what proc_private() gave. Contexts are NUL-terminated, at most
 * LABEL_MAX - 1 bytes; longer ones are refused, never cut. The attr files are
 * those of proc_pid_attr_current(5) and its siblings.
 */
#ifndef SECCTR_SELINUX_LABEL_H
#define SECCTR_SELINUX_LABEL_H

#include <sys/types.h>

#include "launcher/base/err.h"
#include "selinux/selinuxfs.h"

enum { LABEL_MAX = 1024, LABEL_TYPE_MAX = 128, LABEL_LEVEL_MAX = 256 };

/* Level of what containers share (:z, images), and of the launcher's own files. */
#define LABEL_LEVEL_SHARED "s0"

/* Types of the shipped module, selinux/module/secctr.cil. */
#define LABEL_TYPE_CONTAINER		"secctr_container_t"
#define LABEL_TYPE_CONTAINER_NET	"secctr_container_net_t"
#define LABEL_TYPE_CONTAINER_INIT	"secctr_container_init_t"
#define LABEL_TYPE_CONTAINER_FILE	"secctr_container_file_t"
#define LABEL_TYPE_SHARED_FILE		"secctr_shared_file_t"	/* what is made in a directory of it is shared too */
#define LABEL_TYPE_LAUNCHER		"secctr_t"

/*
 * "system_u:system_r:TYPE:LEVEL" and "system_u:object_r:TYPE:LEVEL". A NULL level
 * (a policy without MLS) leaves its part out. TYPE is [A-Za-z_][A-Za-z0-9_.]*,
 * LEVEL s0 style text of [sc0-9.,:-]; anything else is ERR_INPUT: neither can
 * bring a further field, a quote or a blank into a record or a mount option.
 */
int label_process(const char *type, const char *level, char ret[static LABEL_MAX], struct err *e)
	MUST_CHECK NONNULL(1, 3, 4);
int label_file(const char *type, const char *level, char ret[static LABEL_MAX], struct err *e)
	MUST_CHECK NONNULL(1, 3, 4);

/* Copy the type (third) field of a context. */
int label_type(const char *context, char ret[static LABEL_TYPE_MAX], struct err *e) MUST_CHECK;
/* The level: all after the third colon, borrowed from `context`; "" where there is none. */
const char *label_level(const char *context);

/*
 * Ask the loaded policy. ret_canonical (may be NULL) is the kernel's spelling
 * (c3,c4,c5 becomes c3.c5), the one that later comparisons use. ERR_LABEL when
 * the policy does not know it or there is no SELinux.
 */
int label_check(const char *context, char *ret_canonical, struct err *e) MUST_CHECK NONNULL(1, 3);

/*
 * Label of the next execve() of the calling thread (attr/exec), and of keys it
 * makes (attr/keycreate). `context` must be canonical; NULL clears. Written and
 * read back through one descriptor below procfd; a difference is ERR_LABEL. Uses
 * no memory: safe between clone and exec. proc_open() pins the file to procfs.
 */
int label_apply_exec(int procfd, const char *context, struct err *e) MUST_CHECK NONNULL(3);
int label_apply_keycreate(int procfd, const char *context, struct err *e) MUST_CHECK NONNULL(3);

/*
 * The live process PID carries `context`. Holds only if the caller owns a pidfd of
 * PID and sees it alive afterwards. Two spellings of one label are equal: when the
 * bytes differ the kernel is asked for the canonical one.
 */
int label_verify_live(int procfd, pid_t pid, const char *context, struct err *e)
	MUST_CHECK NONNULL(3, 4);

/*
 * Own context; context before the last exec (the domain that called us); context
 * of the peer of a connected Unix socket (SO_PEERSEC). ERR_LABEL where there is
 * no SELinux, also when another LSM would answer.
 */
int label_of_self(int procfd, char ret[static LABEL_MAX], struct err *e) MUST_CHECK NONNULL(2, 3);
int label_of_caller(int procfd, char ret[static LABEL_MAX], struct err *e) MUST_CHECK NONNULL(2, 3);
int label_of_peer(int socket, char ret[static LABEL_MAX], struct err *e) MUST_CHECK NONNULL(2, 3);

#endif
