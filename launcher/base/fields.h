/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields.h - structs and JSON by tables.
 *
 * One row per field of a struct; reading, writing, copying and freeing walk the
 * table, so a field exists in one place. Used for the plan, container state,
 * exit records, image manifests and the OCI documents.
 *
 *	static const struct field mount_fields[] = {
 *		FIELD_STR(struct plan_mount, "source", source, 0),
 *		FIELD_BOOL(struct plan_mount, "readonly", readonly, 0),
 *		FIELD_END
 *	};
 *
 * JSON null reads as "absent" (programs in Go write it for an empty list or map).
 *
 * C types by kind:
 *	FIELD_STR	char *			NULL = absent
 *	FIELD_BOOL	bool			false = absent when written
 *	FIELD_TRI	int			-1 = absent, else 0 or 1
 *	FIELD_INT	int64_t			FIELD_NONE = absent
 *	FIELD_U64	uint64_t		always written
 *	FIELD_ENUM	int			index into `words` (NULL-terminated); 0 = absent when
 *						written, unless FIELD_NEED
 *	FIELD_STRV	struct strv		list of strings; empty = absent
 *	FIELD_MAP	struct strv		object of strings, held as KEY=VALUE entries; a key
 *						that is empty, has '=' in it or appears twice is refused
 *	FIELD_OBJ	struct embedded		`sub` describes it
 *	FIELD_LIST	struct field_list	array of sub-structs, `sub` and `size` describe the element
 */
#ifndef SECCTR_BASE_FIELDS_H
#define SECCTR_BASE_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

#define FIELD_NONE INT64_MIN

enum field_kind {
	FIELD_KIND_END, FIELD_KIND_STR, FIELD_KIND_BOOL, FIELD_KIND_TRI, FIELD_KIND_INT,
	FIELD_KIND_U64, FIELD_KIND_ENUM, FIELD_KIND_STRV, FIELD_KIND_MAP, FIELD_KIND_OBJ,
	FIELD_KIND_LIST,
};

enum field_flag {
	FIELD_NEED = 1,			/* absence is an error, when reading and when writing; an
					   empty list or map and a false are then written */
};

enum { FIELD_LIST_MAX = 65536 };	/* elements of one array or map */

struct field_list {
	void *item;			/* array of `len` elements, each `size` bytes */
	size_t len, room;		/* room: field_list_add()'s own */
};

/* Small, as struct opt is (options.h). */
struct field {
	uint8_t kind, flags;		/* enum field_kind, enum field_flag */
	uint16_t offset;
	uint16_t size;			/* LIST: of an element */
	const char *key;
	union {
		const struct field *sub;	/* OBJ, LIST */
		const char *const *words;	/* ENUM */
	};
};

#define FIELD_ROW(k, type, key_, member, flags_, sub_, size_) \
	{ .kind = FIELD_KIND_##k, .flags = flags_, .offset = offsetof(type, member), .size = size_, .key = key_, { .sub = sub_ } }
#define FIELD_STR(type, key, m, fl)  FIELD_ROW(STR, type, key, m, fl, NULL, 0)
#define FIELD_BOOL(type, key, m, fl) FIELD_ROW(BOOL, type, key, m, fl, NULL, 0)
#define FIELD_TRI(type, key, m, fl)  FIELD_ROW(TRI, type, key, m, fl, NULL, 0)
#define FIELD_INT(type, key, m, fl)  FIELD_ROW(INT, type, key, m, fl, NULL, 0)
#define FIELD_U64(type, key, m, fl)  FIELD_ROW(U64, type, key, m, fl, NULL, 0)
#define FIELD_STRV(type, key, m, fl) FIELD_ROW(STRV, type, key, m, fl, NULL, 0)
#define FIELD_MAP(type, key, m, fl)  FIELD_ROW(MAP, type, key, m, fl, NULL, 0)
#define FIELD_ENUM(type, key_, m, fl, words_) \
	{ .kind = FIELD_KIND_ENUM, .flags = fl, .offset = offsetof(type, m), .key = key_, { .words = words_ } }
#define FIELD_OBJ(type, key, m, fl, sub)	 FIELD_ROW(OBJ, type, key, m, fl, sub, 0)
#define FIELD_LIST(type, key, m, fl, sub, elem)	 FIELD_ROW(LIST, type, key, m, fl, sub, sizeof(elem))
#define FIELD_END { .kind = FIELD_KIND_END }

/* Set every field of a zeroed struct to "absent" (-1, FIELD_NONE, NULL, empty). */
void fields_init(const struct field *table, void *object);

/*
 * Fill `object` (already fields_init()ed) from j. A key without a row is an error when
 * `strict`, else it is skipped and, if `unknown` is not NULL, its dotted path is added there
 * (at most 64 of them). The error says `what` and the dotted path: "config.json:
 * process.user.uid: not a whole number". On failure the object may be part filled; free it as usual.
 */
int fields_from_json(const struct field *table, const json_t *j, const char *what, bool strict,
		     struct strv *unknown, void *object, struct err *e) MUST_CHECK NONNULL(1, 2, 3, 6, 7);
/* New reference. */
int fields_to_json(const struct field *table, const void *object, json_t **ret, struct err *e)
	MUST_CHECK NONNULL(1, 2, 3, 4);
/* Deep copy into an object that was fields_init()ed. */
int fields_copy(const struct field *table, void *to, const void *from, struct err *e)
	MUST_CHECK NONNULL(1, 2, 3, 4);
void fields_done(const struct field *table, void *object);	/* free and fields_init() */

/* Append one zeroed, fields_init()ed element; NULL when memory is short. */
void *field_list_add(struct field_list *list, const struct field *sub, size_t size);
#define FIELD_AT(list, type, i) ((type *)(list)->item + (i))

#endif
