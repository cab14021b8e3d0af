/* SPDX-License-Identifier: Apache-2.0 */
/*
 * number_file.h - --cidfile and --pidfile: small files of the host that a command line names.
 *
 * Who may start containers through sudo may not write elsewhere. So neither replaces what is not such a file already:
 * a cidfile is made anew; a pidfile stands in a directory that root owns (a sticky one as /tmp passes) and takes the place of
 * nothing but a file that holds one number.
 */
#ifndef SECCTR_CLI_NUMBER_FILE_H
#define SECCTR_CLI_NUMBER_FILE_H

#include <sys/types.h>

#include "launcher/base/err.h"

enum { NUMBER_FILE_MAX = 12 };	/* bytes of a pidfile that may be replaced, its newline included */

/* Exclusively, 0644. ERR_EXISTS: it is there. The descriptor is for cidfile_write(). */
int cidfile_make(const char *path, int *ret, struct err *e) MUST_CHECK;
int cidfile_write(int fd, const char *id, struct err *e) MUST_CHECK;

/* Absolute and canonical; a relative path is of the caller's directory. malloc'ed. */
int pidfile_path(const char *path, char **ret, struct err *e) MUST_CHECK;
int pidfile_write(const char *path, pid_t pid, struct err *e) MUST_CHECK;

/* The id in the first line of a cidfile, for commands that take --cidfile. */
int cidfile_read(const char *path, char **ret, struct err *e) MUST_CHECK;

#endif
