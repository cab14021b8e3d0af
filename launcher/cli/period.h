/* SPDX-License-Identifier: Apache-2.0 */
/* period.h - --start and --end of reports, in ausearch's words. */
#ifndef SECCTR_CLI_PERIOD_H
#define SECCTR_CLI_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"

/*
 * To milliseconds since the epoch:
 *	now recent today yesterday this-week week-ago this-month this-year boot
 *			as ausearch(8) has them: recent is ten minutes ago, days begin at midnight, weeks on Sunday
 *	11/24/26, 11/24/2026, 05:13, 05:13:20, "11/24/26 05:13:20"
 *			month first; a time without a day is today's
 *	and all of when.h: 10m, 2026-11-24, 2026-11-24T05:13Z, "2026-11-24 05:13", 1795497200
 * A day without a time is its beginning, at the end of a period (`end`) its last millisecond.
 */
int period_read(const char *text, bool end, const char *what, uint64_t *ret, struct err *e) MUST_CHECK;

#endif
