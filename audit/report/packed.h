/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packed.h - the bytes of one input, whatever it was packed with: plain, gzip, zstd or xz, told by its first bytes.
 *
 * Whoever can write the file chooses what unpacking costs: the decoders' windows are bounded (PACKED_ZSTD_WINDOW_LOG,
 * PACKED_XZ_BYTES), and what is damaged ends this input with an error; the caller counts it and goes on.
 */
#ifndef SECCTR_AUDIT_REPORT_PACKED_H
#define SECCTR_AUDIT_REPORT_PACKED_H

#include <sys/types.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"

enum {
	PACKED_ZSTD_WINDOW_LOG = 25,	/* 32 MB; zstd -19 uses 23 */
	PACKED_XZ_BYTES = 80 << 20,	/* xz -9 uses 65 MB */
};

struct packed;

/* The descriptor stays the caller's; it may be a pipe. Reads its first bytes. */
int packed_open(int fd, struct packed **ret, struct err *e) MUST_CHECK;
/* At most n bytes; 0 is the end. ERR_INPUT: damaged (what came before was good); ERR_SYSTEM: read(2) failed. */
ssize_t packed_read(struct packed *s, void *buf, size_t n, struct err *e) MUST_CHECK;
void packed_close(struct packed *s);	/* NULL is fine */
DEFINE_AUTO(packed_close, struct packed *)

#endif
