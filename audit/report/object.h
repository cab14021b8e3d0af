/* SPDX-License-Identifier: Apache-2.0 */
/*
 * object.h - one JSON object, written field by field under dotted names: "process.pid" goes into the object "process".
 *
 * Fields of one object stand together: the caller gives them in that order. Names are the caller's own literals, values anybody's.
 */
#ifndef SECCTR_AUDIT_REPORT_OBJECT_H
#define SECCTR_AUDIT_REPORT_OBJECT_H

#include "audit/report/emit.h"

struct object {
	struct str *to;
	const char *path;	/* of the last field */
	bool any;
};

int object_begin(struct object *o, struct str *to, struct err *e) MUST_CHECK;
int object_key(struct object *o, const char *path, struct err *e) MUST_CHECK;	/* the value is the caller's to write */
int object_text(struct object *o, const char *path, struct span value, struct err *e) MUST_CHECK;	/* an empty one too */
/* A word of ours, which needs no look at. */
int object_letters(struct object *o, const char *path, const char *word, size_t n, struct err *e) MUST_CHECK;
static inline MUST_CHECK int object_word(struct object *o, const char *path, const char *word, struct err *e)
{
	return object_letters(o, path, word, __builtin_strlen(word), e);
}
int object_number(struct object *o, const char *path, uint64_t value, struct err *e) MUST_CHECK;
int object_bool(struct object *o, const char *path, bool value, struct err *e) MUST_CHECK;
int object_end(struct object *o, struct err *e) MUST_CHECK;

#endif
