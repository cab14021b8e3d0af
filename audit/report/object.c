/* SPDX-License-Identifier: Apache-2.0 */
/* object.c - see object.h. */
#include "audit/report/object.h"

#include <string.h>

int object_begin(struct object *o, struct str *to, struct err *e)
{
	*o = (struct object){ .to = to, .path = "" };
	return EMIT(to, "{", e);
}

enum { KEY_MAX = 160 };		/* bytes of what stands between two values; our own paths are a third of it */

static size_t dots(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '.';
	return n;
}

int object_key(struct object *o, const char *path, struct err *e)
{
	char buf[KEY_MAX], *to = buf;
	size_t keep = 0, close;

	for (size_t i = 0; path[i] && o->path[i] == path[i]; i++)
		if (path[i] == '.')
			keep = i + 1;
	close = dots(o->path + keep);
	if (close + 8 + strlen(path + keep) * 4 > sizeof(buf))
		return err_set(e, ERR_INTERNAL, 0, "field %s", path);
	while (close--)
		*to++ = '}';
	if (o->any)
		*to++ = ',';
	*to++ = '"';
	for (const char *at = path + keep; *at; at++) {
		if (*at != '.') {
			*to++ = *at;
			continue;
		}
		memcpy(to, "\":{\"", 4);
		to += 4;
	}
	*to++ = '"';
	*to++ = ':';
	o->path = path;
	o->any = true;
	return emit_raw(o->to, buf, (size_t)(to - buf), e);
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
	for (size_t n = dots(o->path) + 1; n; n--)
		if (EMIT(o->to, "}", e))
			return -1;
	return 0;
}
