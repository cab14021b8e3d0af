/* SPDX-License-Identifier: Apache-2.0 */
/* fields.c - walking a field table: absent values, copies, release. JSON is in fields_json.c. */
#include "launcher/base/fields.h"

#include <string.h>

static void field_init(const struct field *f, void *at)
{
	switch (f->kind) {
	case FIELD_KIND_STR:
		*(char **)at = NULL;
		break;
	case FIELD_KIND_BOOL:
		*(bool *)at = false;
		break;
	case FIELD_KIND_TRI:
		*(int *)at = -1;
		break;
	case FIELD_KIND_INT:
		*(int64_t *)at = FIELD_NONE;
		break;
	case FIELD_KIND_U64:
		*(uint64_t *)at = 0;
		break;
	case FIELD_KIND_ENUM:
		*(int *)at = 0;
		break;
	case FIELD_KIND_STRV:
	case FIELD_KIND_MAP:
		*(struct strv *)at = (struct strv){ 0 };
		break;
	case FIELD_KIND_OBJ:
		fields_init(f->sub, at);
		break;
	case FIELD_KIND_LIST:
		*(struct field_list *)at = (struct field_list){ 0 };
		break;
	case FIELD_KIND_END:
		break;
	}
}

void fields_init(const struct field *table, void *object)
{
	for (const struct field *f = table; f->kind != FIELD_KIND_END; f++)
		field_init(f, (char *)object + f->offset);
}

static void *element(const struct field *f, const struct field_list *list, size_t i)
{
	return (char *)list->item + i * f->size;
}

static void field_done(const struct field *f, void *at)
{
	struct field_list *list = at;

	switch (f->kind) {
	case FIELD_KIND_STR:
		free(*(char **)at);
		break;
	case FIELD_KIND_STRV:
	case FIELD_KIND_MAP:
		strv_done(at);
		break;
	case FIELD_KIND_OBJ:
		fields_done(f->sub, at);
		break;
	case FIELD_KIND_LIST:
		for (size_t i = 0; i < list->len; i++)
			fields_done(f->sub, element(f, list, i));
		free(list->item);
		break;
	default:
		break;
	}
}

void fields_done(const struct field *table, void *object)
{
	for (const struct field *f = table; f->kind != FIELD_KIND_END; f++)
		field_done(f, (char *)object + f->offset);
	fields_init(table, object);
}

void *field_list_add(struct field_list *list, const struct field *sub, size_t size)
{
	void *added;

	if (list->len >= list->room) {
		size_t room = list->len < 2 ? 4 : 2 * list->len;
		void *item = reallocarray(list->item, room, size);

		if (!item)
			return NULL;
		list->item = item;
		list->room = room;
	}
	added = (char *)list->item + list->len++ * size;
	memset(added, 0, size);
	fields_init(sub, added);
	return added;
}

static int copy_list(const struct field *f, struct field_list *to, const struct field_list *from,
		     struct err *e)
{
	for (size_t i = 0; i < from->len; i++) {
		void *added = field_list_add(to, f->sub, f->size);

		if (!added)
			return err_set(e, ERR_SYSTEM, ENOMEM, "%s", f->key);
		if (fields_copy(f->sub, added, element(f, from, i), e))
			return -1;
	}
	return 0;
}

static int copy_field(const struct field *f, void *to, const void *from, struct err *e)
{
	switch (f->kind) {
	case FIELD_KIND_STR:
		return str_copy(*(char *const *)from, to, e);
	case FIELD_KIND_BOOL:
		*(bool *)to = *(const bool *)from;
		return 0;
	case FIELD_KIND_TRI:
	case FIELD_KIND_ENUM:
		*(int *)to = *(const int *)from;
		return 0;
	case FIELD_KIND_INT:
		*(int64_t *)to = *(const int64_t *)from;
		return 0;
	case FIELD_KIND_U64:
		*(uint64_t *)to = *(const uint64_t *)from;
		return 0;
	case FIELD_KIND_STRV:
	case FIELD_KIND_MAP:
		return strv_copy(to, from, e);
	case FIELD_KIND_OBJ:
		return fields_copy(f->sub, to, from, e);
	case FIELD_KIND_LIST:
		return copy_list(f, to, from, e);
	case FIELD_KIND_END:
		break;
	}
	return err_set(e, ERR_INTERNAL, 0, "field table: kind %d", f->kind);
}

int fields_copy(const struct field *table, void *to, const void *from, struct err *e)
{
	for (const struct field *f = table; f->kind != FIELD_KIND_END; f++)
		if (copy_field(f, (char *)to + f->offset, (const char *)from + f->offset, e))
			return -1;
	return 0;
}
