/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyfile.h - the text form of a policy: sections, and one setting a line.
 *
 *	# a comment has its line to itself, as has ; this one
 *	[Process]
 *	CapabilityBoundingSet=CAP_NET_BIND_SERVICE
 *
 * Poorer than systemd.syntax(7) on purpose: no continuation line, no quoting, no specifier, no
 * include, no drop-in, no comment after a value. What an auditor reads on a line is the setting, so what
 * shows otherwise than it reads is refused too: control characters, malformed UTF-8, and
 * characters that reorder text.
 */
#ifndef SECCTR_POLICY_KEYFILE_H
#define SECCTR_POLICY_KEYFILE_H

#include <stddef.h>

#include "launcher/base/err.h"

enum {
	KEYFILE_LINE_MAX = 4096,	/* bytes of a line without its newline */
	KEYFILE_SETTINGS_MAX = 4096,	/* lines with a setting */
	KEYFILE_SECTION_MAX = 63,
};
#define KEYFILE_BYTES_MAX ((size_t)256 << 10)

/*
 * Called in order. A line [SECTION] comes with key and value NULL; a setting with both, trimmed of
 * blanks and tabs, the value possibly empty. On -1 the reader puts "FILE:LINE: " in front of *e and stops.
 */
typedef int keyfile_fn(void *ctx, const char *section, const char *key, const char *value, unsigned line,
		       struct err *e);

/* Read `len` bytes, called `file` in errors. ERR_INPUT, or ERR_LIMIT for one of the limits above. */
int keyfile_read(const char *buf, size_t len, const char *file, keyfile_fn *fn, void *ctx, struct err *e)
	MUST_CHECK NONNULL(1, 3, 4, 6);

#endif
