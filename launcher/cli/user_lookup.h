/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_lookup.h - "user[:group]" by the passwd and group files of an image or a root directory; shared by run and exec.
 *
 * The files are those that the container was made from, read without entering it: what it wrote to its own copies since
 * then makes nobody another user.
 */
#ifndef SECCTR_CLI_USER_LOOKUP_H
#define SECCTR_CLI_USER_LOOKUP_H

#include "launcher/plan/plan.h"
#include "launcher/store/store.h"

/* Fill uid, gid, groups and home of *ret, whose groups and home must be empty (store/userdb.h has the rules). */
int user_lookup(const struct store *s, const struct plan_root *root, const char *text, struct plan_user *ret,
		struct err *e) MUST_CHECK;
/* One of the two files ("etc/group"), if it is there. */
int user_read_db(const struct store *s, const struct plan_root *root, const char *path, struct str *ret,
		 bool *ret_there, struct err *e) MUST_CHECK;

#endif
