/* SPDX-License-Identifier: Apache-2.0 */
/* key_checks.h - whether one word of a list, or one text, is what its key takes. ERR_INPUT says why not. */
#ifndef SECCTR_POLICY_KEY_CHECKS_H
#define SECCTR_POLICY_KEY_CHECKS_H

#include "policy/keys.h"

int check_login(const char *word, struct err *e) MUST_CHECK;	/* NAME, UID, @GROUP, "any" */
int check_owner(const char *word, struct err *e) MUST_CHECK;	/* NAME or UID of 1000 and more */
int check_require(const char *word, struct err *e) MUST_CHECK;
int check_hook(const char *word, struct err *e) MUST_CHECK;	/* as check_path(), or POLICY_HOOK_CONTAINER */
int check_path(const char *word, struct err *e) MUST_CHECK;	/* canonical, not "/" */
int check_ids(const char *word, struct err *e) MUST_CHECK;	/* "any", N, N-M */
int check_cap(const char *word, struct err *e) MUST_CHECK;
int check_syscall(const char *word, struct err *e) MUST_CHECK;
int check_sysctl(const char *word, struct err *e) MUST_CHECK;	/* glob below what a name space has of its own */
int check_ns(const char *word, struct err *e) MUST_CHECK;
int check_joined_ns(const char *word, struct err *e) MUST_CHECK;
int check_tmpfs(const char *word, struct err *e) MUST_CHECK;
int check_mount_option(const char *word, struct err *e) MUST_CHECK;
int check_net(const char *word, struct err *e) MUST_CHECK;
int check_text(const char *word, struct err *e) MUST_CHECK;
int check_type(const char *word, struct err *e) MUST_CHECK;
int check_level(const char *word, struct err *e) MUST_CHECK;
int check_cpus(const char *word, struct err *e) MUST_CHECK;	/* "0-3,5" */
int check_memory_option(const char *word, struct err *e) MUST_CHECK;
int check_scheduling(const char *word, struct err *e) MUST_CHECK;
int check_seccomp_flag(const char *word, struct err *e) MUST_CHECK;
int check_log(const char *word, struct err *e) MUST_CHECK;
/* Words of lists of pairs; key_check_together() sees to their order. */
int check_device(const char *word, struct err *e) MUST_CHECK;	/* path, char-N, block-N, or an access of "rwm" */
int check_io(const char *word, struct err *e) MUST_CHECK;	/* path, or a size */
int check_io_weight(const char *word, struct err *e) MUST_CHECK; /* path, or 1 to 10000 */
int check_failure(const char *word, struct err *e) MUST_CHECK;	/* SITUATION=ACTION, audit/failure.h */

int key_signal(const char *text, int64_t *ret, struct err *e) MUST_CHECK;

/* What several keys of one file must not say together. */
int key_check_together(const struct policy *p, struct err *e) MUST_CHECK;

#endif
