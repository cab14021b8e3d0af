/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry_job.h - what the parent hands to secctr-registry: one exchange with one host, and what comes back.
 *
 *	JOB_FD	struct registry_job, then ca_n, cert_n and key_n bytes of PEM
 *	OUT_FD	frames: REPLY *BODY *PART [TOKEN] END, or ... ERROR
 *
 * A process has one connection, made before it gives up names and sockets, so it cannot speak to another host than that of its URL. A
 * redirection is told, not followed: the parent decides whether there is another process for it, and that one has no credentials
 * unless it is for the same scheme, host and port.
 *
 * An ERROR of ERR_SYSTEM or ERR_TIMEOUT is of the way there (a name, a connection that broke): it may be tried again. Others are of the
 * server or of what it sent.
 */
#ifndef SECCTR_IMAGE_REGISTRY_JOB_H
#define SECCTR_IMAGE_REGISTRY_JOB_H

#include <stdint.h>

#include "launcher/base/digest.h"
#include "launcher/image/challenge.h"
#include "launcher/image/job.h"

enum {
	REGISTRY_URL_MAX = 8192,	/* bytes; of a redirection too */
	REGISTRY_TOKEN_MAX = 16384,
	REGISTRY_HEADER_BYTES = 64 << 10,	/* of all headers of one answer */
	REGISTRY_SAYS_MAX = 256,	/* what a server says of its refusal */
	REGISTRY_PEM_MAX = 4 << 20,	/* certificates of authorities; key and certificate of a client: 64 KiB */
	REGISTRY_PAIR_MAX = 64 << 10,
	REGISTRY_WORD_MAX = 255,
	REGISTRY_CONNECT_SECONDS = 15,
	REGISTRY_IDLE_SECONDS = 30,	/* without a byte */
	REGISTRY_TALK_SECONDS = 300,	/* for a document or a token, from the first byte to the last */
};

enum registry_task { REGISTRY_MANIFEST, REGISTRY_BLOB, REGISTRY_ACCESS /* a token */ };

struct registry_job {
	uint32_t task;
	uint32_t plain;			/* http:// is allowed */
	uint32_t unverified;		/* whatever certificate the server has */
	uint32_t ca_n, cert_n, key_n;
	uint64_t offset;		/* of a blob: from here on */
	uint64_t document_bytes;	/* of a manifest at most */
	uint64_t layers;		/* in a manifest at most */
	struct job_platform platform;	/* which image of an index */
	char url[REGISTRY_URL_MAX + 1];	/* REGISTRY_ACCESS: without its query */
	char authorization[REGISTRY_TOKEN_MAX + 1];	/* the header's value; "": none */
	struct challenge challenge;	/* REGISTRY_ACCESS: service and scope */
};

/* Of the answer's head; a redirection or a refusal has nothing else. */
struct registry_reply {
	uint32_t status;		/* of HTTP */
	uint32_t retry_after;		/* seconds; 0: not said */
	uint64_t first;			/* where the body begins: `offset`, or 0 where the server has no ranges */
	char media_type[REGISTRY_WORD_MAX + 1];
	char location[REGISTRY_URL_MAX + 1];	/* whole */
	char says[REGISTRY_SAYS_MAX + 1];	/* the first of its errors; one safe line */
	struct challenge challenge;	/* with a 401 */
};

/* Of an index the one image that was chosen; of a manifest its configuration, then its layers, lowest first. */
enum registry_part_kind { REGISTRY_PART_INDEX, REGISTRY_PART_MANIFEST, REGISTRY_PART_CONFIG, REGISTRY_PART_LAYER, REGISTRY_PART_KINDS };
struct registry_part {
	uint32_t kind;
	uint32_t unused;
	int64_t size;
	struct digest digest;
	char media_type[REGISTRY_WORD_MAX + 1];
};

#endif
