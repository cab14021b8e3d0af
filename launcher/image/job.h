/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - what the parent hands to secctr-fetch: descriptors at fixed numbers, and one block of bytes.
 *
 *	JOB_FD	 struct job, then `blobs` of struct job_blob, then `present` of struct layer_pair in
 *		 ascending order: layers that are in the store and need not come again
 *	OUT_FD	 frames (frame.h)
 *	BLOB_FD	 the archive file; or of a layout directory the files, in the order of the job_blobs
 */
#ifndef SECCTR_IMAGE_JOB_H
#define SECCTR_IMAGE_JOB_H

#include <stdint.h>

#include "launcher/base/digest.h"
#include "launcher/image/limits.h"
#include "launcher/spec/image.h"
#include "launcher/store/layers.h"

enum { JOB_FD = 3, OUT_FD = 4, BLOB_FD = 5 };
enum { JOB_BLOBS_MAX = 384 };		/* files of a layout directory: descriptors held open at once, twice while they are placed; RLIMIT_NOFILE is 1024 */
enum { JOB_PRESENT_MAX = 1 << 20 };

struct job_blob {
	char name[sizeof("blobs/sha256/") + DIGEST_HEX];
	int64_t size;
};

/* Of the image that is wanted; "" is this machine's. */
enum { JOB_PLATFORM_MAX = 31 };		/* bytes of each */
struct job_platform {
	char os[JOB_PLATFORM_MAX + 1], architecture[JOB_PLATFORM_MAX + 1], variant[JOB_PLATFORM_MAX + 1];
};
/* Borrows from p. */
static inline struct spec_platform job_platform_of(const struct job_platform *p)
{
	return (struct spec_platform){ .os = *p->os ? (char *)p->os : NULL, .architecture = *p->architecture ? (char *)p->architecture : NULL,
				       .variant = *p->variant ? (char *)p->variant : NULL };
}

enum job_tree { JOB_IMAGES, JOB_ROOT /* of a root file system */, JOB_FILES /* names of whiteouts are refused, its bytes are not told */ };

struct job {
	struct image_limits limits;
	uint32_t blobs;			/* 0: BLOB_FD is an archive */
	uint32_t present;
	uint32_t tree;			/* enum job_tree: BLOB_FD is one tar, without any document */
	uint32_t unused;
	struct job_platform platform;
};

#endif
