/* SPDX-License-Identifier: Apache-2.0 */
/* tail.h - a log that is written to, through its rotations, as bytes: for a reader that may open nothing. */
#ifndef SECCTR_AUDIT_REPORT_TAIL_H
#define SECCTR_AUDIT_REPORT_TAIL_H

#include <sys/types.h>

#include "launcher/base/err.h"

struct tail {
	char *path;		/* of the file that is written to */
	int fd;
};
#define TAIL_INIT { NULL, -1 }

/* `path`: a file, or a directory with audit.log in it. `fd` (given away) is that file, and where to begin. */
int tail_open(const char *path, int *fd, struct tail *ret, struct err *e) MUST_CHECK;
/* What is new, at most n bytes; 0: nothing at the moment. A file that was rotated away is read to its end first. */
ssize_t tail_read(struct tail *t, void *buf, size_t n, struct err *e) MUST_CHECK;
void tail_close(struct tail *t);

#endif
