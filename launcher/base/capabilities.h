/* SPDX-License-Identifier: Apache-2.0 */
/* capabilities.h - giving capabilities up, for processes that stay: a monitor, a watcher. No library. */
#ifndef SECCTR_BASE_CAPABILITIES_H
#define SECCTR_BASE_CAPABILITIES_H

#include <linux/capability.h>
#include <stdint.h>

#include "launcher/base/err.h"

#define CAP(c) (UINT64_C(1) << (c))

/*
 * Of `keep` (bit n: capability n) what this thread has stays permitted and effective; nothing is inheritable or ambient. The
 * bounding set stays as it is: a program that root executes has it.
 */
int capabilities_keep(uint64_t keep, struct err *e) MUST_CHECK;

#endif
