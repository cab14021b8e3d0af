/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpuset.h - lists of processors or memory nodes as the kernel writes them: "0-3,5" (cpuset(7), List format).
 */
#ifndef SECCTR_PLAN_CPUSET_H
#define SECCTR_PLAN_CPUSET_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"

enum { CPUSET_MAX = 8192 };		/* numbers 0 to 8191, as CONFIG_NR_CPUS at most */

struct cpuset {
	uint64_t bits[CPUSET_MAX / 64];
};

/* Add what `text` lists: numbers and ranges between commas, none empty. ERR_INPUT names `what`. */
int cpuset_add(struct cpuset *s, const char *text, const char *what, struct err *e) MUST_CHECK;
/* The same of a list that was checked so; allocates nothing. -1: it was not. */
int cpuset_parse(struct cpuset *s, const char *text);
bool cpuset_within(const struct cpuset *a, const struct cpuset *b);

#endif
