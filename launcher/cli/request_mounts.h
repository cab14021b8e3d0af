/* SPDX-License-Identifier: Apache-2.0 */
/* request_mounts.h - the three ways to ask for a mount; each appends one to the plan. ERR_INPUT names the word. */
#ifndef SECCTR_CLI_REQUEST_MOUNTS_H
#define SECCTR_CLI_REQUEST_MOUNTS_H

#include "launcher/plan/plan.h"

int request_volume(struct plan *p, const char *text, struct err *e) MUST_CHECK;	/* SOURCE:TARGET[:OPTIONS] */
int request_mount(struct plan *p, const char *text, struct err *e) MUST_CHECK;	/* type=...,KEY=VALUE,... */
int request_tmpfs(struct plan *p, const char *text, struct err *e) MUST_CHECK;	/* TARGET[:OPTIONS] */

#endif
