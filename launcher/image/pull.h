/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pull.h - an image from a registry into the store. Privileged side.
 *
 * Documents and blobs come through secctr-registry (remote.h), are hashed here, and become an OCI layout below tmp/, which image_load()
 * takes like any other: secctr-fetch reads it, from the digest of the first document down.
 */
#ifndef SECCTR_IMAGE_PULL_H
#define SECCTR_IMAGE_PULL_H

#include <stdbool.h>

#include "launcher/image/download.h"
#include "launcher/image/load.h"
#include "launcher/image/remote.h"

enum { PULL_DOCUMENTS = 2 /* an index, the manifest */ };

enum pull_state { PULL_MANIFEST, PULL_BLOB, PULL_PRESENT, PULL_UNPACK };
struct pull_progress {
	enum pull_state state;
	const char *digest;
	uint64_t bytes, size;
	size_t at, of;			/* which blob, of how many */
};

struct pull_options {
	const char *fetch;		/* secctr-fetch; NULL: IMAGE_FETCH */
	const struct image_limits *limits;	/* NULL: IMAGE_LIMITS_DEFAULT */
	struct job_platform platform;
	struct download_options download;	/* tries and wait; its progress is not used */
	void (*progress)(void *arg, const struct pull_progress *p);	/* may be NULL */
	void *progress_arg;
};

struct pull_result {
	struct digest top;		/* of the document that the name leads to: an index or a manifest; "" if none came */
	struct digest image;		/* of the manifest */
	size_t place;			/* which of them answered last */
	bool fetched;			/* something new came */
};

/*
 * `places` in their order, until one has it: mirrors first. what: the tag, or a digest, which is then compared. ref: the name that the image
 * gets (image_reference_normalise()). On failure *ret tells how far it came, and *e of the last place.
 */
int image_pull(const struct store *s, struct remote *places, size_t n, const char *what, const char *ref, const struct pull_options *o,
	       struct pull_result *ret, struct err *e) MUST_CHECK;

#endif
