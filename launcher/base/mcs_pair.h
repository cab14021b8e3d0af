/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mcs_pair.h - a pair of categories of SELinux' multi-category security, as a level: "s0:cLOW,cHIGH".
 *
 * Exactly two: a set of three would dominate sets of two, and its process could read what two containers have. One spelling
 * only, without leading zeros, so that equal pairs are equal texts.
 */
#ifndef SECCTR_BASE_MCS_PAIR_H
#define SECCTR_BASE_MCS_PAIR_H

#include <stdbool.h>

#include "launcher/base/attrs.h"

enum { MCS_CATEGORIES = 1024 };		/* c0 .. c1023 */

/* *ret_low < *ret_high < MCS_CATEGORIES; false: no pair, or in another spelling. */
bool mcs_pair(const char *level, unsigned *ret_low, unsigned *ret_high) NONNULL(1, 2, 3);

#endif
