/* SPDX-License-Identifier: Apache-2.0 */
/*
 * selinuxfs.h - the state of SELinux, and questions to the loaded policy.
 *
 * Plain file I/O below a descriptor of /sys/fs/selinux whose file system type
 * was checked (security/selinux/selinuxfs.c). Not libselinux: its answers are
 * cached per process and per thread, and survive a change of the kernel's state.
 * All of this needs the host's /sys: ask before pivot_root.
 */
#ifndef SECCTR_SELINUX_SELINUXFS_H
#define SECCTR_SELINUX_SELINUXFS_H

#include <stdbool.h>
#include <stddef.h>

#include "launcher/base/err.h"

enum { SELINUX_POLICY_NAME_MAX = 64 };

struct selinux_status {
	bool enabled;		/* the kernel has SELinux and selinuxfs is where it belongs */
	bool enforcing;
	bool mls;		/* contexts have a level */
	char policy[SELINUX_POLICY_NAME_MAX];	/* SELINUXTYPE= of /etc/selinux/config, "" if none */
};

/*
 * A host without SELinux is success with enabled = false. A kernel that lists
 * selinuxfs in /proc/filesystems while /sys/fs/selinux is something else is
 * ERR_LABEL: a hidden selinuxfs must not read as "no SELinux here".
 */
int selinux_status_read(struct selinux_status *ret, struct err *e) MUST_CHECK NONNULL(1, 2);

/* O_PATH descriptor of /sys/fs/selinux; ERR_LABEL where there is no SELinux. */
int selinuxfs_open(struct err *e) MUST_CHECK;

/* One small file, no newline; ERR_NOTFOUND if it does not exist. Nothing may be mounted over it. */
int selinuxfs_read(int selinuxfs, const char *path, char *buf, size_t n, struct err *e) MUST_CHECK;

/*
 * Write `question` to the transaction file `path` ("context", "access") and read
 * the answer from the same descriptor, NUL-terminated. A refused question
 * (EINVAL: the policy does not know a name in it) is ERR_LABEL with sys = EINVAL.
 */
int selinuxfs_ask(int selinuxfs, const char *path, const char *question, char *buf, size_t n,
		  struct err *e) MUST_CHECK;

#endif
