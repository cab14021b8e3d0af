/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.h - how much of a foreign archive is taken. The parser stops at these and its privileged parent counts
 * again: it does not believe the parser. A struct, so that tests can ask at N and N+1.
 */
#ifndef SECCTR_IMAGE_LIMITS_H
#define SECCTR_IMAGE_LIMITS_H

#include <stdint.h>

struct image_limits {
	uint64_t images;		/* in one archive */
	uint64_t layers;		/* of one image */
	uint64_t history;		/* entries of one image */
	uint64_t document_bytes;	/* index, manifest, configuration: each */
	uint64_t members;		/* of the outer archive */
	uint64_t entries;		/* of one layer */
	uint64_t layer_bytes;		/* uncompressed tar of one layer, and the files in it */
	uint64_t path_bytes, link_bytes;
	uint64_t depth;			/* components of a path */
	uint64_t xattrs, xattr_bytes;	/* of one entry; of one value */
	uint64_t dir_name_bytes;	/* names of all directories of one layer: kept until its end */
};

#define IMAGE_LIMITS_DEFAULT {						\
	.images = 64, .layers = 127, .history = 4096, .document_bytes = 4 << 20, .members = 65536, .entries = 1000000,	\
	.layer_bytes = (uint64_t)32 << 30, .path_bytes = 4095, .link_bytes = 4095, .depth = 256,	\
	.xattrs = 64, .xattr_bytes = 65536, .dir_name_bytes = 64 << 20 }

#endif
