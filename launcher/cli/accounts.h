/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accounts.h - names of a container's users and groups, for people to read; nothing is decided by them.
 *
 * By /etc/passwd and /etc/group of its image or root directory, which are hostile text. What the container has changed
 * since is not looked at: a file of a running container may be on a file system that never answers.
 */
#ifndef SECCTR_CLI_ACCOUNTS_H
#define SECCTR_CLI_ACCOUNTS_H

#include "launcher/base/str.h"
#include "launcher/cli/command.h"
#include "launcher/plan/plan.h"

enum { ACCOUNTS_NAMES_MAX = 4096 };	/* of users, and of groups; later ones keep their numbers */

struct account_name {
	uint32_t id;
	char name[33];
};

struct accounts {
	struct account_name *user, *group;
	size_t users, groups;
};
void accounts_done(struct accounts *a);
#define auto_accounts AUTO(accounts_done)

int accounts_read(struct context *c, const struct plan *p, struct accounts *ret, struct err *e) MUST_CHECK;
const char *accounts_user(const struct accounts *a, uint32_t uid);	/* NULL: not known */
const char *accounts_group(const struct accounts *a, uint32_t gid);

#endif
