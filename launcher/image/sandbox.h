/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.h - secctr-fetch gives up what it does not need, before it looks at a foreign byte.
 *
 * Afterwards it can read and write its open descriptors, use memory (SANDBOX_BYTES) and end; it opens no
 * file, makes no process and no socket, maps nothing executable. A call beyond that ends it with SIGSYS;
 * openat() fails with EACCES instead, as libraries look for optional files.
 */
#ifndef SECCTR_IMAGE_SANDBOX_H
#define SECCTR_IMAGE_SANDBOX_H

#include "launcher/base/err.h"

enum { SANDBOX_BYTES = 512 << 20, SANDBOX_CPU_SECONDS = 3600 };

/* Refuses (ERR_STATE) to go on as uid or gid 0, with supplementary groups, or with a capability. */
int sandbox_enter(struct err *e) MUST_CHECK;

#endif
