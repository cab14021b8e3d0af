/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp_compile.h - rules to a BPF program, by libseccomp (seccomp_init(3) and following).
 *
 * Native architecture only, BADARCH kills the process (libseccomp's own default kills one thread and lets the
 * others go on), binary tree over the call numbers.
 */
#ifndef SECCTR_RUNTIME_SECCOMP_COMPILE_H
#define SECCTR_RUNTIME_SECCOMP_COMPILE_H

#include "launcher/runtime/seccomp.h"

/*
 * Both programs from p's rules and words. ERR_INPUT names the rule ("seccomp.rules[3]: ...").
 * ret->quiet.insn and ret->log.insn are the caller's; digests are not filled.
 */
int seccomp_compile(const struct plan_seccomp *p, struct seccomp_filters *ret, struct err *e) MUST_CHECK;

#endif
