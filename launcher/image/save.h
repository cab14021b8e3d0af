/* SPDX-License-Identifier: Apache-2.0 */
/*
 * save.h - images of the store into an archive that others read, or a layout directory.
 *
 * Nothing of an image is parsed or packed again: configuration, manifest and the layers' archives are the bytes that
 * were loaded, each hashed once more on its way. So a load of what was saved gives the same image: by the digest of its
 * manifest with the OCI forms, by that of its configuration with docker-archive, which has no manifest. An
 * image that came by docker-archive gets an OCI manifest when it leaves in an OCI form.
 */
#ifndef SECCTR_IMAGE_SAVE_H
#define SECCTR_IMAGE_SAVE_H

#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/store/store.h"

enum save_format { SAVE_DOCKER_ARCHIVE, SAVE_OCI_ARCHIVE, SAVE_OCI_DIR };

struct save_image {
	char *digest;
	struct strv refs;	/* names that it has in the archive, whole; perhaps none */
};

/*
 * `out` is a file or pipe to write to, or for SAVE_OCI_DIR an empty directory; it stays the caller's. What is there after
 * a failure is to be thrown away. ERR_STATE: an image of an earlier version, whose archives were not kept. ERR_DIGEST:
 * the store was changed by somebody else.
 */
int image_save(const struct store *s, enum save_format format, const struct save_image *list, size_t n, int out,
	       struct err *e) MUST_CHECK;

#endif
