/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox.h - what secctr-fetch gives up before it looks at a foreign byte: launcher/base/powerless.h with these bounds. */
#ifndef SECCTR_IMAGE_SANDBOX_H
#define SECCTR_IMAGE_SANDBOX_H

#include "launcher/base/err.h"

enum { SANDBOX_BYTES = 512 << 20, SANDBOX_CPU_SECONDS = 3600 };

/* Refuses (ERR_STATE) to go on as uid or gid 0, with supplementary groups, or with a capability. */
int sandbox_enter(struct err *e) MUST_CHECK;

#endif
