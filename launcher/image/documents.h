/* SPDX-License-Identifier: Apache-2.0 */
/* documents.h - writing the documents of an image: image-spec v1.1 config, manifest and index. */
#ifndef SECCTR_IMAGE_DOCUMENTS_H
#define SECCTR_IMAGE_DOCUMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "launcher/base/digest.h"
#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/store/images.h"

#define DOCUMENTS_MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"

/* A file of an image, as a manifest names it. */
struct documents_blob {
	const char *digest;	/* borrowed */
	const char *media_type;	/* static */
	int64_t size;
};

/* What the bytes at the front of a layer's archive say: tar, tar+gzip or tar+zstd. */
int documents_layer_type(int fd, const char **ret, struct err *e) MUST_CHECK;

/* Canonical JSON appended to *ret. */
int documents_config(const struct image *i, struct str *ret, struct err *e) MUST_CHECK;
int documents_manifest(const struct documents_blob *config, const struct documents_blob *layer, size_t layers,
		       struct str *ret, struct err *e) MUST_CHECK;

#endif
