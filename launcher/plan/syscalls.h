/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syscalls.h - named sets of system calls, and what SystemCallFilter= means.
 *
 * A filter is a list of words, read from left to right as systemd.exec(5) has it: "@set" or "name"
 * adds to what is allowed, "~@set" or "~name" takes away. The first word must be a profile:
 * "@container-default" (strict: no mounts, name spaces, keys, tracing, kernel settings, AF_ALG, raw
 * or audit sockets) is the base that others widen.
 *
 * The rules that come out are two filters for the kernel, newest wins on equal actions
 * (seccomp(2)): a quiet one with everything, and a small must-log one loaded LAST, whose denials
 * give an audit record each.
 */
#ifndef SECCTR_PLAN_SYSCALLS_H
#define SECCTR_PLAN_SYSCALLS_H

#include "launcher/plan/plan.h"

/* Is `word` (with or without '~') a profile, a set or a system call known to libseccomp? */
int syscalls_check_word(const char *word, struct err *e) MUST_CHECK;

/* Expand p->filter to rules (struct plan_seccomp_rule, struct plan_seccomp_arg), appended to *ret. */
int syscalls_expand(const struct strv *filter, struct field_list *ret, struct err *e) MUST_CHECK;

/* Whether `filter` allows something that @container-default alone does not. */
bool syscalls_widens(const struct strv *filter);

/* A word that changes whenever the tables here change; part of the key of the filter cache. */
const char *syscalls_version(void);

extern const struct field plan_seccomp_rule_fields[];

#endif
