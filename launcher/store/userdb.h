/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userdb.h - "user[:group]" to numbers, by the passwd(5) and group(5) text of an image.
 *
 * The texts are hostile. A user of digits only is a number and never a name (CVE-2024-40635,
 * CVE-2026-46680: an image's passwd must not decide what `--user 1000` is). What is neither a number
 * nor in the file is refused, nothing becomes 0. No name service is asked.
 */
#ifndef SECCTR_STORE_USERDB_H
#define SECCTR_STORE_USERDB_H

#include <stddef.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

#define USERDB_BYTES_MAX	((size_t)1 << 20)	/* of one file (CVE-2026-47262) */
#define USERDB_ID_MAX		4294967294u		/* 2^32-1 means "no change" to the kernel */
enum { USERDB_LINE_MAX = 8192, USERDB_GROUPS_MAX = 1024, USERDB_NAME_MAX = 256 };

struct userdb_ids {
	uint32_t uid, gid;
	uint32_t *groups;	/* supplementary, ascending, without gid */
	size_t n_groups;
	char *home;		/* "/" if the user is not in the file or its home is no canonical path */
	char *name;		/* NULL: the user is not in the file */
};
void userdb_done(struct userdb_ids *u);
#define auto_userdb AUTO(userdb_done)

/*
 * `who` is "", "USER", "UID", "USER:GROUP", "UID:GID" and mixtures; "" is "0". Meanings are podman-run(1)'s: without a group
 * the gid is the user's in passwd (0 for a number that is not there) and the supplementary groups are those that list
 * the user; with a group there are none. `passwd` and `group` may be NULL: no such file.
 * Lines that are not of the form are skipped, as getpwnam(3) does, unless it is the line asked for.
 * ERR_INPUT, ERR_LIMIT; ERR_NOTFOUND: no such user or group.
 */
int userdb_resolve(const char *who, const struct str *passwd, const struct str *group,
		   struct userdb_ids *ret, struct err *e) MUST_CHECK;

/* A group's number: digits as they are, else by name in `group`. Errors as above. */
int userdb_group(const char *name, const struct str *group, uint32_t *ret, struct err *e) MUST_CHECK;

#endif
