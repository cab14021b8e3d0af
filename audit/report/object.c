/* SPDX-License-Identifier: Apache-2.0 */
/* object.c - see object.h. */
#include "audit/report/object.h"

#include <string.h>

int object_begin(struct object *o, struct str *to, struct err *e)
{
	*o = (struct object){ .to = to, .path = "" };
	return EMIT(to, "{", e);
}

/* Bytes of the front that both paths share, up to and with a dot. */
static size_t shared(const char *a, const char *b)
{
	size_t n = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '.')
			n = i + 1;
	return n;
}

static int close_down_to(struct object *o, size_t keep, struct err *e)
{
	for (const char *p = o->path + keep; (p = strchr(p, '.')); p++)
		if (EMIT(o->to, "}", e))
			return -1;
	return 0;
}

int object_key(struct object *o, const char *path, struct err *e)
{
	size_t keep = shared(o->path, path);
	const char *at = path + keep, *dot;

	if (close_down_to(o, keep, e) || (o->any && EMIT(o->to, ",", e)))
		return -1;
	for (; (dot = strchr(at, '.')); at = dot + 1)
		if (EMIT(o->to, "\"", e) || emit_raw(o->to, at, (size_t)(dot - at), e) || EMIT(o->to, "\":{", e))
			return -1;
	o->path = path;
	o->any = true;
	return EMIT(o->to, "\"", e) || emit_raw(o->to, at, strlen(at), e) || EMIT(o->to, "\":", e) ? -1 : 0;
}

int object_text(struct object *o, const char *path, struct span value, struct err *e)
{
	return object_key(o, path, e) || emit_json(o->to, value, e) ? -1 : 0;
}

int object_number(struct object *o, const char *path, uint64_t value, struct err *e)
{
	return object_key(o, path, e) || emit_u64(o->to, value, e) ? -1 : 0;
}

int object_bool(struct object *o, const char *path, bool value, struct err *e)
{
	if (object_key(o, path, e))
		return -1;
	return value ? EMIT(o->to, "true", e) : EMIT(o->to, "false", e);
}

int object_end(struct object *o, struct err *e)
{
	return close_down_to(o, 0, e) || EMIT(o->to, "}", e) ? -1 : 0;
}
