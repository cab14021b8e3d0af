/* SPDX-License-Identifier: Apache-2.0 */
/* when.h - points in time as people type them at --since, --until and --filter until=. */
#ifndef SECCTR_CLI_WHEN_H
#define SECCTR_CLI_WHEN_H

#include <stdint.h>

#include "launcher/base/err.h"

/*
 * As Podman takes them, to microseconds since the epoch:
 *	10m, 1h30m, 1.5h, 250ms		so long ago (h m s ms us; Go's durations)
 *	2026-11-24, ...T05, ...T05:13, ...T05:13:20, with fractions, with Z or +01:00
 *					the beginning of that; without a zone, local time
 *	2026, 2026-11			the beginning of that, which Podman takes for seconds
 *	1795497200, 1795497200.25	seconds since the epoch, at least 5 digits
 *	now
 * `what` names the option in errors.
 */
int when_read(const char *text, const char *what, int64_t *ret, struct err *e) MUST_CHECK;

#endif
