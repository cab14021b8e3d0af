/* SPDX-License-Identifier: Apache-2.0 */
/* request_mounts.h - the three ways to ask for a mount; each appends one to the plan. ERR_INPUT names the word. */
#ifndef SECCTR_CLI_REQUEST_MOUNTS_H
#define SECCTR_CLI_REQUEST_MOUNTS_H

#include "launcher/cli/request_parts.h"

int request_volume(struct plan *p, const char *text, struct err *e) MUST_CHECK;	/* [SOURCE:]TARGET[:OPTIONS] */
int request_mount(struct building *b, const char *text, struct err *e) MUST_CHECK;	/* type=...,KEY=VALUE,... */
int request_tmpfs(struct plan *p, const char *text, struct err *e) MUST_CHECK;	/* TARGET[:OPTIONS] */

/* What an image calls a volume, unless there is a mount on it: a volume without a name, or `tmpfs`. */
int request_image_volume(struct plan *p, const char *text, bool tmpfs, struct err *e) MUST_CHECK;

/* Words between commas after the second colon of -v, for one that is there. */
int request_mount_flags(struct plan_mount *m, const char *options, struct err *e) MUST_CHECK;
/* A mode in octal, at most `max`. */
int request_octal(const char *text, uint64_t max, int64_t *ret, struct err *e) MUST_CHECK;

#endif
