/* SPDX-License-Identifier: Apache-2.0 */
/* mcs_pair.c - see mcs_pair.h. */
#include "launcher/base/mcs_pair.h"

#include <stdio.h>
#include <string.h>

bool mcs_pair(const char *level, unsigned *ret_low, unsigned *ret_high)
{
	char again[32];

	if (sscanf(level, "s0:c%4u,c%4u", ret_low, ret_high) != 2 || *ret_low >= *ret_high || *ret_high >= MCS_CATEGORIES)
		return false;
	(void)snprintf(again, sizeof(again), "s0:c%u,c%u", *ret_low, *ret_high);
	return strcmp(again, level) == 0;
}
