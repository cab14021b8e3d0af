/* SPDX-License-Identifier: Apache-2.0 */
/* layer.h - one layer blob: decompress, hash twice, read the tar, tell its entries. Unprivileged side only. */
#ifndef SECCTR_IMAGE_LAYER_H
#define SECCTR_IMAGE_LAYER_H

#include <stdint.h>

#include "launcher/base/digest.h"
#include "launcher/base/err.h"
#include "launcher/image/frame.h"
#include "launcher/image/limits.h"
#include "launcher/image/source.h"

struct layer_wanted {
	char *file;			/* member that holds it */
	struct digest blob;		/* of the member's bytes; text "" if nobody said (docker-archive) */
	int64_t size;			/* of the member; -1: nobody said */
	struct digest diff_id;		/* of the uncompressed tar; "" if nobody knows it */
	bool files;			/* no layer but a tar of files: no whiteouts, and its own bytes are not kept */
	bool done;
};

/*
 * Writes LAYER, the entries, the member's own bytes as BLOB frames, and LAYER_END. A digest, diff ID or size that differs is ERR_DIGEST, and
 * comes at the end: what was told before is then to be thrown away.
 */
int layer_read(struct stream *from, const struct layer_wanted *want, const struct image_limits *limits,
	       struct frame_writer *out, struct err *e) MUST_CHECK;

#endif
