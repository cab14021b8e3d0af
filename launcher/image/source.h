/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - the members of what is loaded, by name: files of an OCI layout directory (already open)
 * or members of a tar file, which may be compressed with gzip or zstd. Unprivileged side only.
 */
#ifndef SECCTR_IMAGE_SOURCE_H
#define SECCTR_IMAGE_SOURCE_H

#include <archive.h>
#include <stddef.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/image/job.h"

struct source {
	const struct job *job;
	const struct job_blob *blob;	/* of a layout; borrowed */
};

/* The content of one member; read once, from front to back. */
struct stream {
	struct archive *a;		/* the one of the two that is not NULL or -1 */
	int fd;
	const char *name;
};
/* Up to n bytes; 0 in *ret_n is the end. */
int stream_read(struct stream *s, void *buf, size_t n, size_t *ret_n, struct err *e) MUST_CHECK;

/*
 * Call fn for each regular member in the order of the archive, leading "./" cut. A result of 1 ends the walk with
 * success. Each call of source_each() reads the archive anew.
 */
typedef int source_fn(void *arg, struct stream *s, struct err *e);
int source_each(const struct source *src, source_fn *fn, void *arg, struct err *e) MUST_CHECK;

/* Read `n` small members in one walk. ret[i].text stays NULL if there is none named name[i]. */
int source_read(const struct source *src, const char *const *name, size_t n, struct str *ret, struct err *e) MUST_CHECK;

/* A libarchive reader for gzip, zstd and nothing, one layer of it (no gzip in gzip). */
int source_new_reader(struct archive **ret, struct err *e) MUST_CHECK;
int source_check_filters(struct archive *a, const char *what, struct err *e) MUST_CHECK;
/* What libarchive says of a, as ERR_INPUT. */
int source_error(struct archive *a, const char *what, struct err *e);

static inline void archive_auto_free(struct archive **a)
{
	if (*a)
		(void)archive_read_free(*a);
	*a = NULL;
}
#define auto_archive AUTO(archive_auto_free)

#endif
