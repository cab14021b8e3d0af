/* SPDX-License-Identifier: Apache-2.0 */
/* parts.h - what an index or a manifest from a registry leads to. Unprivileged side only. */
#ifndef SECCTR_IMAGE_PARTS_H
#define SECCTR_IMAGE_PARTS_H

#include "launcher/base/str.h"
#include "launcher/image/frame.h"
#include "launcher/image/registry_job.h"

/*
 * Tells PART frames of the document, whose Content-Type was `media_type`. ERR_INPUT: schema 1, another kind of document, an index without an
 * image for the platform; ERR_LIMIT: more layers than the job allows.
 */
int parts_tell(const struct str *document, const char *media_type, const struct registry_job *job, struct frame_writer *out,
	       struct err *e) MUST_CHECK;

/* {"token": "..."} or {"access_token": "..."} (distribution's token specification) as a TOKEN frame. */
int token_tell(const struct str *document, struct frame_writer *out, struct err *e) MUST_CHECK;

#endif
