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

/* What stands between the value of one field and that of the next: `}`s, a comma, names. */
struct between {
	const char *from, *path;
	bool any;
	uint8_t len;
	char text[KEY_MAX];
};

static int make_between(struct between *b, const char *from, const char *path, bool any, struct err *e)
{
	size_t keep = 0, close;
	char *to = b->text;

	for (size_t i = 0; path[i] && from[i] == path[i]; i++)
		if (path[i] == '.')
			keep = i + 1;
	close = dots(from + keep);
	if (close + 8 + strlen(path + keep) * 4 > sizeof(b->text))
		return err_set(e, ERR_INTERNAL, 0, "field %s", path);
	while (close--)
		*to++ = '}';
	if (any)
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
	b->from = from;
	b->path = path;
	b->any = any;
	b->len = (uint8_t)(to - b->text);
	return 0;
}

static int make_again(struct between *b, const struct object *o, const char *path, struct err *e)
{
	struct between fresh;

	if (make_between(&fresh, o->path, path, o->any, e))
		return -1;
	*b = fresh;
	return 0;
}

static int put_key(struct object *o, const char *path, struct err *e)
{
	enum { FEW = 48 };
	/* Event after event has the same fields in the same order, and their names are literals: made once. */
	static _Thread_local struct between made[1024];
	struct between *b = &made[((uintptr_t)o->path * UINT64_C(0x9e3779b97f4a7c15) + (uintptr_t)path * UINT64_C(0xc2b2ae3d27d4eb4f)) >> 54];
	struct str *to = o->to;

	if ((b->path != path || b->from != o->path || b->any != o->any) && make_again(b, o, path, e))
		return -1;
	o->path = path;
	o->any = true;
	if (b->len > FEW || to->room - to->len <= FEW)
		return emit_raw(to, b->text, b->len, e);
	memcpy(to->text + to->len, b->text, FEW);	/* more than there is: that is shorter than a call */
	to->len += b->len;
	return 0;
}

int object_key(struct object *o, const char *path, struct err *e)
{
	return put_key(o, path, e);
}

int object_text(struct object *o, const char *path, struct span value, struct err *e)
{
	return put_key(o, path, e) || emit_json(o->to, value, e) ? -1 : 0;
}

int object_letters(struct object *o, const char *path, const char *word, size_t n, struct err *e)
{
	return put_key(o, path, e) || EMIT(o->to, "\"", e) || emit_raw(o->to, word, n, e) || EMIT(o->to, "\"", e) ? -1 : 0;
}

int object_number(struct object *o, const char *path, uint64_t value, struct err *e)
{
	return put_key(o, path, e) || emit_u64(o->to, value, e) ? -1 : 0;
}

int object_bool(struct object *o, const char *path, bool value, struct err *e)
{
	if (put_key(o, path, e))
		return -1;
	return value ? EMIT(o->to, "true", e) : EMIT(o->to, "false", e);
}

int object_end(struct object *o, struct err *e)
{
	static const char closed[] = "}}}}}}}}";
	size_t n = dots(o->path) + 1;

	return n < sizeof(closed) ? emit_raw(o->to, closed, n, e) : err_set(e, ERR_INTERNAL, 0, "field %s", o->path);
}
