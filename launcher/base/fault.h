/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - a build for tests can make one named step of a start fail; the product cannot.
 *
 * `make test-bin` builds the files that call fault_at() with SECCTR_FAULTS: then SECCTR_FAULT="WHEN WHERE STEP" in the environment
 * ("before init mounts", "after supervisor cgroup", "before exec find") names the step. tests/lint/faults.sh holds the
 * installed programs to have none of it. Callable between clone and exec: allocates nothing.
 */
#ifndef SECCTR_BASE_FAULT_H
#define SECCTR_BASE_FAULT_H

#include "launcher/base/err.h"

#ifdef SECCTR_FAULTS
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline int fault_at(const char *when, const char *where, const char *step, struct err *e)
{
	const char *wanted = getenv("SECCTR_FAULT");
	char here[64];

	(void)snprintf(here, sizeof(here), "%s %s %s", when, where, step);
	return wanted && strcmp(wanted, here) == 0 ? err_set(e, ERR_SYSTEM, EIO, "made to fail %s", here) : 0;
}
#else
#define fault_at(when, where, step, e) 0
#endif

#endif
