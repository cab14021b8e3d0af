/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env_file.h - environment variables (and labels) from the command line and from files, by Podman's rules.
 *
 * A file has one variable a line: KEY=VALUE, the value as it stands with its quotes and blanks; KEY alone takes the
 * caller's value, if there is one; blanks in front and a carriage return at the end are dropped, empty lines and those with # first are skipped.
 */
#ifndef SECCTR_CLI_ENV_FILE_H
#define SECCTR_CLI_ENV_FILE_H

#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum { ENV_FILE_MAX = 1 << 20 };	/* bytes of one file */

/* One "KEY=VALUE" or "KEY" of -e. */
int env_set(struct strv *env, const char *text, struct err *e) MUST_CHECK;
/*
 * Each variable of a file to set(to, ...): env_set, or what takes labels. `option` ("--env-file"), the file and the number of a
 * bad line are named. ERR_LIMIT, ERR_INPUT.
 */
typedef int env_line_fn(struct strv *to, const char *line, struct err *e);
int env_file_read(const char *option, const char *path, struct strv *to, env_line_fn *set, struct err *e) MUST_CHECK;

/* KEY=VALUE of --label; KEY alone has an empty value. For env_file_read() too. */
int label_add(struct strv *labels, const char *text, struct err *e) MUST_CHECK;

#endif
