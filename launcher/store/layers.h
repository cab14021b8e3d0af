/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layers.h - the unpacked layers, and the archives that they came in.
 *
 * layers/HEX is a tree; blobs/HEX-BLOB the very bytes of which it was made, compressed as they came: HEX is the diff ID,
 * BLOB the digest of the file. So an image that is saved is the one that was loaded, to the bit, and nobody has to make
 * an archive of foreign names again. The same tree may have come in two archives; each image needs its own.
 */
#ifndef SECCTR_STORE_LAYERS_H
#define SECCTR_STORE_LAYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/digest.h"
#include "launcher/base/err.h"
#include "launcher/store/store.h"

enum { LAYER_BLOB_NAME = 2 * DIGEST_HEX + 1 + 1 };
#define LAYER_SIZE_XATTR "trusted.secctr.size"	/* on the layer's top: bytes of its tar, decimal */

struct layer_pair {
	struct digest diff_id, blob;
};
/* For sorting and searching; a key whose blob is "" finds any pair of its diff ID. */
int layer_pair_compare(const void *a, const void *b);

/* blobs/, made if it is missing: a store of an earlier version has none. A descriptor. */
int layers_blobs(const struct store *s, struct err *e) MUST_CHECK;
/* Both are digest_is_valid(). */
void layer_blob_name(const char *diff_id, const char *blob, char ret[static LAYER_BLOB_NAME]);
bool layer_has_blob(int blobs, const char *diff_id, const char *blob);

/* Layers of which both are there, ascending. *ret is malloc'ed. At most `max` of them, others are passed over. */
int layers_list(const struct store *s, size_t max, struct layer_pair **ret, size_t *ret_n, struct err *e) MUST_CHECK;

/* Bytes of the uncompressed tar. */
int layer_size(const struct store *s, const char *diff_id, int64_t *ret, struct err *e) MUST_CHECK;

#endif
