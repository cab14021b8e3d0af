/* SPDX-License-Identifier: Apache-2.0 */
/* analyze.h - what systemd-analyze(1) says of a unit's text that is not installed. */
#ifndef SECCTR_CLI_ANALYZE_H
#define SECCTR_CLI_ANALYZE_H

#include "launcher/base/err.h"

/*
 * `systemd-analyze verify`, then `security --offline=true`: *ret in tenths, 98 for 9.8. The text stands in a file of a directory in /run
 * meanwhile, which nobody else may enter. `verify` that has something to say is ERR_INPUT with its first line. ERR_STATE: it cannot be
 * run here (it is not there, or SELinux lets secctr run no program of the host): then nothing is known.
 */
int analyze_unit(const char *name, const char *text, int *ret, struct err *e) MUST_CHECK;

#endif
