/* SPDX-License-Identifier: Apache-2.0 */
/*
 * download.h - blobs of one image from a registry into partial/ (store/partials.h), several at once. Privileged side.
 *
 * Each byte is hashed here on its way to the file. A connection that breaks is made again after a while, from the byte on where it broke.
 */
#ifndef SECCTR_IMAGE_DOWNLOAD_H
#define SECCTR_IMAGE_DOWNLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "launcher/image/remote.h"

enum {
	DOWNLOAD_PARALLEL = 4,
	DOWNLOAD_WAIT_MAX_MS = 60000,	/* between two tries, whatever the server asks for */
	DOWNLOAD_TRIES_MAX = 1000,	/* of one blob, however much each brought */
};

struct download_options {
	unsigned tries;			/* without a new byte, after the first */
	unsigned wait_ms;		/* before the second; doubled with each */
	void (*progress)(void *arg, const struct registry_part *part, uint64_t bytes);	/* so far; may be NULL */
	void *progress_arg;
};

/* All `n` parts, or an error of the first that fails for good. Those that are whole then stay, and what there is of the others. */
int download(struct remote *r, int partials, const struct registry_part *part, size_t n, const struct download_options *o,
	     struct err *e) MUST_CHECK;

#endif
