/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice.h - names of systemd's slice units (systemd.slice(5)) and where their control groups are.
 *
 * Each dash is a level: "a-b.slice" is /a.slice/a-b.slice, "-.slice" is the top. Escape sequences are not wanted here.
 */
#ifndef SECCTR_BASE_SLICE_H
#define SECCTR_BASE_SLICE_H

#include "launcher/base/err.h"

enum { SLICE_NAME_MAX = 255, SLICE_LEVELS_MAX = 16 };

/* *ret (owned): the path below the mount of the control groups, "/" for the top. ERR_INPUT, ERR_LIMIT. */
int slice_path(const char *slice, char **ret, struct err *e) MUST_CHECK NONNULL(1, 2, 3);
/* The name of the slice whose path that is; borrowed. "/" is "-.slice". */
const char *slice_of_path(const char *path) NONNULL(1);

#endif
