/* SPDX-License-Identifier: Apache-2.0 */
/*
 * category_pair.h - a container's pair of SELinux categories in the ledger (selinux/ledger.h).
 *
 * One ledger for a host, or pairs would not be unique: containers of engines have stores of their own (--root), their pairs
 * stand with those of `secctr run` in the store of secctr, which is made where it is not there.
 */
#ifndef SECCTR_CLI_CATEGORY_PAIR_H
#define SECCTR_CLI_CATEGORY_PAIR_H

#include "launcher/cli/command.h"
#include "selinux/ledger.h"

/* One of ours for `id`, as ledger_claim(). */
int category_pair_claim(struct context *c, const char *id, char ret_level[static LEDGER_LEVEL_MAX], struct err *e) MUST_CHECK;
/* The one that an engine chose, as ledger_take(). */
int category_pair_take(struct context *c, const char *id, const char *level, struct err *e) MUST_CHECK;
/* As ledger_release(). */
int category_pair_release(struct context *c, const char *id, struct err *e) MUST_CHECK;

#endif
