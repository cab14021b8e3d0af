/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syscalls.h - named sets of system calls, and what SystemCallFilter= means.
 *
 * A filter is a list of words, read from left to right as systemd.exec(5) has it: "@set" or "name"
 * adds to what is allowed, "~@set" or "~name" takes away. The first word must be a profile:
 * "@container-default" (strict: no mounts, name spaces, keys, tracing, kernel settings, AF_ALG, raw
 * or audit sockets) is the base that others widen.
 *
 * The rules that come out are two filters for the kernel; BOTH must be loaded. On equal actions the
 * newest wins, errno and logging included (seccomp(2)):
 *	log=false	quiet, loaded first; default action ERRNO(SYSCALLS_DEFAULT_ERRNO)
 *	log=true	loaded LAST, with SECCOMP_FILTER_FLAG_LOG; default action ALLOW, rules ERRNO(EPERM)
 * What no table knows is newer than the tables and answers ENOSYS, so that programs fall back;
 * clone3 is left to that on purpose (its flags lie behind a pointer, glibc falls back to clone).
 * A denial that matters answers EPERM and gives an audit record; the other known calls answer EPERM
 * without one. NETLINK_AUDIT, TIOCSTI, TIOCLINUX and TIOCSETD stay denied under every filter.
 *
 * Rules name native calls only, known to the libseccomp at hand. Several rules of one call mean "or",
 * the conditions of one rule mean "and".
 */
#ifndef SECCTR_PLAN_SYSCALLS_H
#define SECCTR_PLAN_SYSCALLS_H

#include "launcher/plan/plan.h"

enum { SYSCALLS_DEFAULT_ERRNO = 38 };	/* ENOSYS */

/* Is `word` (with or without '~') a profile, a set or a system call known to libseccomp? */
int syscalls_check_word(const char *word, struct err *e) MUST_CHECK;

/* Expand p->filter to rules (struct plan_seccomp_rule, struct plan_seccomp_arg), appended to *ret. */
int syscalls_expand(const struct strv *filter, struct field_list *ret, struct err *e) MUST_CHECK;

/* Whether `filter` allows nothing that `bound` does not. False if one of them cannot be read. */
bool syscalls_within(const struct strv *filter, const struct strv *bound);

/* Whether `filter` allows something that @container-default alone does not. */
bool syscalls_widens(const struct strv *filter);

/* A word that changes whenever the tables here change; part of the key of the filter cache. */
const char *syscalls_version(void);


#endif
