/* SPDX-License-Identifier: Apache-2.0 */
/* scan.h - from an archive's first document to frames: which images, which layers. Unprivileged side only. */
#ifndef SECCTR_IMAGE_SCAN_H
#define SECCTR_IMAGE_SCAN_H

#include "launcher/base/err.h"
#include "launcher/image/frame.h"
#include "launcher/image/source.h"

/*
 * Tell everything up to, without, END. An OCI layout (oci-layout and index.json) is read as such even
 * if a docker-archive manifest.json is beside it, as newer docker(1) writes both. Of an index below index.json the
 * image for this machine is taken; index.json itself may hold several images. `present`: job.h.
 */
int scan_source(const struct source *src, const struct layer_pair *present, struct frame_writer *out, struct err *e)
	MUST_CHECK;

/* The same for the tar of one root file system, perhaps compressed: a layer of which nobody knows the diff ID. */
int scan_tree(const struct source *src, struct frame_writer *out, struct err *e) MUST_CHECK;

#endif
