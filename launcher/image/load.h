/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.h - images from a file or directory into the store.
 *
 * The formats: an OCI layout directory, an OCI layout in a tar file (oci-archive), a docker-archive; tar files
 * plain or compressed with gzip or zstd. Which it is, its content says. What reads them is secctr-fetch, a process
 * without privilege (README.md); here its records are checked and applied.
 */
#ifndef SECCTR_IMAGE_LOAD_H
#define SECCTR_IMAGE_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/image/limits.h"
#include "launcher/store/images.h"
#include "launcher/store/store.h"

struct job_platform;
#define IMAGE_FETCH "/usr/libexec/secctr/secctr-fetch"

enum image_progress_state { IMAGE_LAYER_PRESENT, IMAGE_LAYER_READING, IMAGE_LAYER_DONE };

struct image_progress {
	const char *diff_id;
	uint64_t bytes;			/* of file content so far */
	enum image_progress_state state;
};

struct image_load_options {
	const struct image *import;	/* fd is the tar of a root file system, and this becomes its configuration: user,
					   env, cmd, ... history. NULL: fd is an archive of images */
	bool files;			/* image_files() alone sets it */
	const char *ref;		/* reference to give instead of those in the archive; NULL: those */
	const char *fetch;		/* the parser program; NULL: IMAGE_FETCH */
	const struct job_platform *platform;	/* NULL: this machine's */
	const struct image_limits *limits;	/* NULL: IMAGE_LIMITS_DEFAULT */
	void (*progress)(void *arg, const struct image_progress *p);	/* may be NULL */
	void *progress_arg;
};

/*
 * Load what `fd` is: a directory, a regular file, or a pipe (which is copied below tmp/ first, at most
 * limits->layer_bytes). fd is read only and stays the caller's. All or nothing: images and layers appear in the
 * store after everything was read and every digest, size and diff ID agreed. Appends to *ret the references
 * that now exist, or for an image without one its digest. ERR_DIGEST, ERR_LIMIT, ERR_INPUT say what is wrong with
 * the archive.
 */
int image_load(const struct store *s, int fd, const struct image_load_options *o, struct strv *ret, struct err *e)
	MUST_CHECK;

/*
 * The tar that `fd` is (a file or a pipe, plain or compressed with gzip or zstd), as files below a directory of their own in tmp/, for who
 * copies them to where they go: by the rules of a layer (unpack.h), without whiteouts. Of `o` limits and fetch count.
 */
struct loading;
struct image_files {
	struct loading *load;
	int dir;
};
#define IMAGE_FILES_INIT { NULL, -1 }
int image_files(const struct store *s, int fd, const struct image_load_options *o, struct image_files *ret, struct err *e) MUST_CHECK;
void image_files_done(struct image_files *f);
#define auto_image_files AUTO(image_files_done)

#endif
