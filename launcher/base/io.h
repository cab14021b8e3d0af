/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io.h - whole reads and writes of descriptors and files, bounded.
 *
 * Files are named by a directory descriptor and ONE path component unless said
 * otherwise. Symbolic links are not followed.
 */
#ifndef SECCTR_BASE_IO_H
#define SECCTR_BASE_IO_H

#include <stddef.h>
#include <sys/types.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

/* Read or write exactly n bytes; `what` names the object in errors. EOF is an error. */
int io_read_all(int fd, void *to, size_t n, const char *what, struct err *e) MUST_CHECK;
int io_write_all(int fd, const void *from, size_t n, const char *what, struct err *e) MUST_CHECK;

/*
 * Append what is left in fd to *s. More than `max` bytes is ERR_LIMIT. *s is
 * NUL-terminated; the content may hold NUL itself (compare s->len).
 */
int io_read_to_str(int fd, size_t max, const char *what, struct str *s, struct err *e) MUST_CHECK;

/* The same of a regular file, whose fstat(2) is at hand; anything else is ERR_INPUT. Saves the read that finds the end. */
struct stat;
int io_read_regular(int fd, const struct stat *st, size_t max, const char *what, struct str *s,
		    struct err *e) MUST_CHECK;

/*
 * Open the regular file `name` under dirfd with O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC
 * (a FIFO in its place cannot hang us) and read all of it, at most `max` bytes.
 * A missing file is ERR_NOTFOUND.
 */
int io_read_file_at(int dirfd, const char *name, size_t max, struct str *s, struct err *e) MUST_CHECK;
/* The same by a path of several components, none of them a link or a mount: for who reads one file of a directory and no more. */
int io_read_file_below(int dirfd, const char *path, size_t max, struct str *s, struct err *e) MUST_CHECK;

/*
 * Replace `name` under dirfd by `n` bytes so that a reader, and the disk after
 * a power cut, has the old or the new content and nothing between: temporary
 * file, fsync, rename, fsync of the directory. `mode` is exact (umask ignored).
 */
int io_replace_file_at(int dirfd, const char *name, const void *bytes, size_t n, mode_t mode,
		       struct err *e) MUST_CHECK;
/* The same without the two fsync: for /run, where nothing survives a power cut anyway. */
int io_replace_volatile_at(int dirfd, const char *name, const void *bytes, size_t n, mode_t mode,
			   struct err *e) MUST_CHECK;

/* One write(2) of `text` to an existing kernel file (cgroup, proc); short writes are errors. */
int io_write_kernel_at(int dirfd, const char *path, const char *text, struct err *e) MUST_CHECK;
/* Read a small kernel file (at most n-1 bytes) into buf, NUL-terminated, last newline cut. */
int io_read_kernel_at(int dirfd, const char *path, char *buf, size_t n, struct err *e) MUST_CHECK;

#endif
