/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env_file.h - environment variables from the command line and from files, by Podman's rules.
 *
 * A file has one variable a line: KEY=VALUE, the value as it stands with its quotes and blanks; KEY alone takes the
 * caller's value, if there is one; blanks in front are dropped, empty lines and those with # first are skipped.
 */
#ifndef SECCTR_CLI_ENV_FILE_H
#define SECCTR_CLI_ENV_FILE_H

#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum { ENV_FILE_MAX = 1 << 20 };	/* bytes of one file */

/* One "KEY=VALUE" or "KEY" of -e. */
int env_set(const char *text, struct strv *env, struct err *e) MUST_CHECK;
/* All of a file; a bad line is named by file and number. ERR_LIMIT, ERR_INPUT. */
int env_file_read(const char *path, struct strv *env, struct err *e) MUST_CHECK;

#endif
