/* SPDX-License-Identifier: Apache-2.0 */
/* archive_target.h - where save, export and report write to; what they made is taken away again unless it is kept. */
#ifndef SECCTR_CLI_ARCHIVE_TARGET_H
#define SECCTR_CLI_ARCHIVE_TARGET_H

#include <stdbool.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"

struct archive_target {
	int fd;			/* -1 before */
	char *made;		/* NULL: it was there, or is no file */
	bool directory;
};
/* A new file (mode 0600) or an empty one, else ERR_EXISTS; NULL and "-": standard output, unless that is a terminal. */
int archive_target_open(const char *path, struct archive_target *t, struct err *e) MUST_CHECK;
void archive_target_keep(struct archive_target *t);
void archive_target_done(struct archive_target *t);
#define auto_archive_target AUTO(archive_target_done)

#endif
