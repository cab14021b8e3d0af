/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame.h - what the unprivileged parser (secctr-fetch) tells its privileged parent: records of
 * one type, one length and at most FRAME_MAX bytes, in one direction.
 *
 *	stream	= *image *layer END | ... ERROR
 *	image	= IMAGE *(FACT | DOCUMENT) IMAGE_END
 *	layer	= LAYER *(ENTRY *XATTR *DATA) LAYER_END		BLOB frames come anywhere in it
 *
 * Both ends are built together; there is no version. The reader trusts nothing but the order of bytes.
 */
#ifndef SECCTR_IMAGE_FRAME_H
#define SECCTR_IMAGE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/base/err.h"

enum { FRAME_MAX = 256 << 10 };		/* payload bytes */

enum frame_type {
	FRAME_NONE,
	FRAME_IMAGE,		/* empty */
	FRAME_FACT,		/* u8 enum fact, then the text without NUL */
	FRAME_IMAGE_END,	/* empty */
	FRAME_LAYER,		/* diff ID; empty for a tree that is imported: nobody knows it yet */
	FRAME_ENTRY,		/* struct frame_entry, path, link */
	FRAME_XATTR,		/* u16 length of the name, name, value; of the entry before */
	FRAME_DATA,		/* u64 offset, bytes; of the entry before */
	FRAME_LAYER_END,	/* u64 bytes of the uncompressed tar, then its diff ID */
	FRAME_END,		/* empty */
	FRAME_ERROR,		/* u32 enum err_reason, text */
	FRAME_DOCUMENT,		/* u8 enum document, then the next bytes of it */
	FRAME_BLOB,		/* the next bytes of the layer's own archive, as they came */
	/* Of secctr-registry (registry_job.h), which uses END and ERROR too */
	FRAME_REPLY,		/* struct registry_reply */
	FRAME_BODY,		/* the next bytes of what was asked for */
	FRAME_PART,		/* struct registry_part */
	FRAME_TOKEN,		/* its text */
	FRAME_TYPES
};

/* Facts of an image. Lists come one item a frame. Numbers are decimal text. */
enum fact {
	FACT_DIGEST, FACT_CONFIG_DIGEST,
	FACT_REF,		/* as docker(1) writes it: docker.io when no registry is named */
	FACT_OCI_REF,		/* an OCI annotation: localhost when no registry is named */
	FACT_DIFF_ID, FACT_CREATED, FACT_ARCHITECTURE, FACT_OS, FACT_USER, FACT_WORKING_DIR, FACT_ENV,
	FACT_ENTRYPOINT, FACT_CMD, FACT_EXPOSED_PORT, FACT_VOLUME, FACT_STOP_SIGNAL, FACT_LABEL,
	FACT_BLOB,		/* digest of a layer's archive, one for each diff ID; none if nobody said */
	FACT_MEDIA_TYPE, FACT_AUTHOR,
	/* Each HISTORY begins an entry (its time, perhaps ""), which the others complete. */
	FACT_HISTORY, FACT_HISTORY_BY, FACT_HISTORY_COMMENT, FACT_HISTORY_AUTHOR, FACT_HISTORY_EMPTY,
	FACT_COUNT
};

enum document { DOCUMENT_CONFIG, DOCUMENT_MANIFEST, DOCUMENT_COUNT };

enum entry_type { ENTRY_FILE = 1, ENTRY_DIR, ENTRY_SYMLINK, ENTRY_HARDLINK, ENTRY_WHITEOUT, ENTRY_OPAQUE, ENTRY_TYPES };

/* `path` of a whiteout is what it hides, of an opaque marker its directory; "" is the layer's top. */
struct frame_entry {
	uint32_t type, mode, uid, gid;
	int64_t mtime;			/* seconds */
	uint32_t mtime_ns;
	uint32_t path_len, link_len;
	uint32_t unused;
	uint64_t size;			/* of a file, holes included */
};

/* Descriptor and 256 KiB of memory each. */
struct frame_writer {
	int fd;
	size_t used;
	char buf[FRAME_MAX];
};
struct frame_reader {
	int fd;
	uint32_t type, len;
	char data[FRAME_MAX + 1];	/* payload and a NUL */
};

/* One frame of up to three parts (p may be NULL with n 0); written out when the buffer is full or at frame_flush(). */
struct frame_part {
	const void *p;
	size_t n;
};
int frame_put(struct frame_writer *w, enum frame_type type, const struct frame_part *part, size_t parts,
	      struct err *e) MUST_CHECK;
int frame_flush(struct frame_writer *w, struct err *e) MUST_CHECK;
/* FRAME_ERROR with the reason and the text of *e, the last thing that is told. false: nobody could be told. */
bool frame_tell_error(struct frame_writer *w, const struct err *e);
/* The next whole frame; the end of the stream is an error, as END comes before it: r->type is FRAME_NONE then. */
int frame_get(struct frame_reader *r, struct err *e) MUST_CHECK;

#endif
