/* SPDX-License-Identifier: Apache-2.0 */
/* fields_json.c - one field table, two directions: JSON to struct and back. */
#include <stdio.h>
#include <string.h>

#include "launcher/base/fields.h"
#include "launcher/base/json.h"

enum { UNKNOWN_MAX = 64, FIELD_PATH_MAX = 256 };

/* Where the reader stands: text is made of it only for who asks, since most documents are as they should be. */
struct reader {
	const char *what;
	bool strict;
	struct strv *unknown;
	struct err *e;
	struct {
		const char *key;	/* NULL: an index */
		size_t index;
	} at[JSON_DEPTH];
	size_t depth;			/* what is deeper than that is left out of the text */
};

static void enter(struct reader *r, const char *key, size_t index)
{
	if (r->depth < ARRAY_LEN(r->at)) {
		r->at[r->depth].key = key;
		r->at[r->depth].index = index;
	}
	r->depth++;
}

static void leave(struct reader *r)
{
	r->depth--;
}

/* Cut when it is over-long: it only serves people. */
static void path_text(const struct reader *r, char ret[FIELD_PATH_MAX])
{
	size_t len = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < r->depth && i < ARRAY_LEN(r->at) && len < FIELD_PATH_MAX - 1; i++) {
		int n = r->at[i].key ? snprintf(ret + len, FIELD_PATH_MAX - len, "%s%s", len ? "." : "", r->at[i].key) :
				       snprintf(ret + len, FIELD_PATH_MAX - len, "[%zu]", r->at[i].index);

		len += n > 0 ? (size_t)n : 0;
	}
}

static int refuse(struct reader *r, const char *rule)
{
	char path[FIELD_PATH_MAX];

	path_text(r, path);
	return err_set(r->e, ERR_INPUT, 0, "%s: %s: %s", r->what, *path ? path : "(top)", rule);
}

static int read_object(struct reader *r, const struct field *table, const json_t *j, void *object);

static int refuse_word(struct reader *r, const struct field *f)
{
	char rule[160] = "not one of";
	size_t n = strlen(rule);

	for (int i = 0; f->words[i] && n < sizeof(rule); i++)
		if (*f->words[i])
			n += (size_t)snprintf(rule + n, sizeof(rule) - n, " \"%s\"", f->words[i]);
	return refuse(r, rule);
}

static int read_enum(struct reader *r, const struct field *f, const json_t *j, int *to)
{
	const char *text = json_string_value(j);

	for (int i = 0; text && f->words[i]; i++)
		if (strcmp(text, f->words[i]) == 0) {
			*to = i;
			return 0;
		}
	return refuse_word(r, f);
}

static int read_string(struct reader *r, const json_t *j, struct strv *to)
{
	if (!json_is_string(j))
		return refuse(r, "not a string");
	return strv_add(to, json_string_value(j), r->e);
}

static int check_count(struct reader *r, size_t n)
{
	char path[FIELD_PATH_MAX];

	if (n <= FIELD_LIST_MAX)
		return 0;
	path_text(r, path);
	return err_set(r->e, ERR_LIMIT, 0, "%s: %s: more than %d entries", r->what, path, FIELD_LIST_MAX);
}

static int read_strv(struct reader *r, const json_t *j, struct strv *to)
{
	if (!json_is_array(j))
		return refuse(r, "not an array of strings");
	if (check_count(r, json_array_size(j)))
		return -1;
	for (size_t i = 0; i < json_array_size(j); i++) {
		enter(r, NULL, i);
		if (read_string(r, json_array_get(j, i), to))
			return -1;
		leave(r);
	}
	return 0;
}

static int read_map(struct reader *r, const json_t *j, struct strv *to)
{
	const char *key;
	json_t *value;

	if (!json_is_object(j))
		return refuse(r, "not an object of strings");
	if (check_count(r, json_object_size(j)))
		return -1;
	json_object_foreach((json_t *)j, key, value) {
		auto_free char *entry = NULL;

		enter(r, key, 0);
		/* Held as KEY=VALUE: the first = must be the one between the two. */
		if (!*key || strchr(key, '='))
			return refuse(r, "key is empty or has \"=\" in it");
		if (!json_is_string(value))
			return refuse(r, "not a string");
		if (str_print(&entry, r->e, "%s=%s", key, json_string_value(value)) ||
		    strv_add(to, entry, r->e))
			return -1;
		leave(r);
	}
	return 0;
}

static int read_list(struct reader *r, const struct field *f, const json_t *j, struct field_list *to)
{
	if (!json_is_array(j))
		return refuse(r, "not an array");
	if (check_count(r, json_array_size(j)))
		return -1;
	for (size_t i = 0; i < json_array_size(j); i++) {
		void *added = field_list_add(to, f->sub, f->size);

		enter(r, NULL, i);
		if (!added)
			return err_set(r->e, ERR_SYSTEM, ENOMEM, "%s", r->what);
		if (read_object(r, f->sub, json_array_get(j, i), added))
			return -1;
		leave(r);
	}
	return 0;
}

static int read_value(struct reader *r, const struct field *f, const json_t *j, void *to)
{
	switch (f->kind) {
	case FIELD_KIND_STR:
		if (!json_is_string(j))
			return refuse(r, "not a string");
		return str_copy(json_string_value(j), to, r->e);
	case FIELD_KIND_BOOL:
		if (!json_is_boolean(j))
			return refuse(r, "not true or false");
		*(bool *)to = json_is_true(j);
		return 0;
	case FIELD_KIND_TRI:
		if (!json_is_boolean(j))
			return refuse(r, "not true or false");
		*(int *)to = json_is_true(j);
		return 0;
	case FIELD_KIND_INT:
		if (!json_is_integer(j) || json_integer_value(j) == FIELD_NONE)
			return refuse(r, "not a whole number");
		*(int64_t *)to = json_integer_value(j);
		return 0;
	case FIELD_KIND_U64:
		return json_to_u64(j, to) ? refuse(r, "not a whole number from 0") : 0;
	case FIELD_KIND_ENUM:
		return read_enum(r, f, j, to);
	case FIELD_KIND_STRV:
		return read_strv(r, j, to);
	case FIELD_KIND_MAP:
		return read_map(r, j, to);
	case FIELD_KIND_OBJ:
		return read_object(r, f->sub, j, to);
	case FIELD_KIND_LIST:
		return read_list(r, f, j, to);
	case FIELD_KIND_END:
		break;
	}
	return refuse(r, "field table: unknown kind");
}

static int add_unknown(struct reader *r)
{
	char path[FIELD_PATH_MAX];

	if (r->unknown->len >= UNKNOWN_MAX)
		return 0;
	path_text(r, path);
	return strv_add(r->unknown, path, r->e);
}

static int check_unknown(struct reader *r, const struct field *table, const json_t *j)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)j, key, value) {
		const struct field *f = table;

		while (f->kind != FIELD_KIND_END && strcmp(f->key, key) != 0)
			f++;
		if (f->kind != FIELD_KIND_END)
			continue;
		enter(r, key, 0);
		if (r->strict)
			return refuse(r, "unknown key");
		if (r->unknown && add_unknown(r))
			return -1;
		leave(r);
	}
	return 0;
}

/* How many of the object's keys have a row: mostly all, and then there is none to look for. */
static size_t count_known(const struct field *table, const json_t *j)
{
	size_t n = 0;

	for (const struct field *f = table; f->kind != FIELD_KIND_END; f++)
		n += json_object_get(j, f->key) != NULL;
	return n;
}

static int read_object(struct reader *r, const struct field *table, const json_t *j, void *object)
{
	if (!json_is_object(j))
		return refuse(r, "not an object");
	if ((r->strict || r->unknown) && count_known(table, j) != json_object_size(j) && check_unknown(r, table, j))
		return -1;
	for (const struct field *f = table; f->kind != FIELD_KIND_END; f++) {
		const json_t *value = json_object_get(j, f->key);

		enter(r, f->key, 0);
		/* Programs in Go write null for an empty list or map: it means absent. */
		if (!value || json_is_null(value)) {
			if (f->flags & FIELD_NEED)
				return refuse(r, "missing");
		} else if (read_value(r, f, value, (char *)object + f->offset)) {
			return -1;
		}
		leave(r);
	}
	return 0;
}

int fields_from_json(const struct field *table, const json_t *j, const char *what, bool strict,
		     struct strv *unknown, void *object, struct err *e)
{
	struct reader r = { .what = what, .strict = strict, .unknown = unknown, .e = e };

	return read_object(&r, table, j, object);
}

static int text_to_json(const char *text, json_t **ret, struct err *e)
{
	if (!str_is_utf8(text, strlen(text)))
		return err_set(e, ERR_INPUT, 0, "\"%.60s\" is not UTF-8", text);
	*ret = json_string(text);
	return *ret ? 0 : err_set(e, ERR_SYSTEM, ENOMEM, "JSON");
}

static int write_strv(const struct strv *v, json_t **ret, struct err *e)
{
	auto_json json_t *array = json_array();

	for (size_t i = 0; i < v->len; i++) {
		json_t *text;

		if (text_to_json(v->item[i], &text, e))
			return -1;
		if (json_array_append_new(array, text))
			return err_set(e, ERR_SYSTEM, ENOMEM, "JSON");
	}
	*ret = take_ptr(&array);
	return 0;
}

static int write_map(const struct strv *v, json_t **ret, struct err *e)
{
	auto_json json_t *object = json_object();

	for (size_t i = 0; i < v->len; i++) {
		const char *entry = v->item[i], *eq = strchr(entry, '=');
		auto_free char *key = NULL;
		json_t *value;

		if (!eq || eq == entry)
			return err_set(e, ERR_INPUT, 0, "\"%.60s\" is not KEY=VALUE", entry);
		if (str_print(&key, e, "%.*s", (int)(eq - entry), entry))
			return -1;
		if (!str_is_utf8(key, strlen(key)))
			return err_set(e, ERR_INPUT, 0, "\"%.60s\" is not UTF-8", key);
		if (json_object_get(object, key))
			return err_set(e, ERR_INPUT, 0, "key \"%.60s\" appears twice", key);
		if (text_to_json(eq + 1, &value, e))
			return -1;
		if (json_object_set_new(object, key, value))
			return err_set(e, ERR_SYSTEM, ENOMEM, "JSON");
	}
	*ret = take_ptr(&object);
	return 0;
}

static int write_list(const struct field *f, const struct field_list *list, json_t **ret, struct err *e)
{
	auto_json json_t *array = json_array();

	for (size_t i = 0; i < list->len; i++) {
		json_t *item;

		if (fields_to_json(f->sub, (const char *)list->item + i * f->size, &item, e))
			return err_context(e, "[%zu]", i);
		if (json_array_append_new(array, item))
			return err_set(e, ERR_SYSTEM, ENOMEM, "JSON");
	}
	*ret = take_ptr(&array);
	return 0;
}

static int write_enum(const struct field *f, int value, json_t **ret, struct err *e)
{
	int count = 0;

	while (f->words[count])
		count++;
	if (value < 0 || value >= count)
		return err_set(e, ERR_INTERNAL, 0, "value %d has no word", value);
	return text_to_json(f->words[value], ret, e);
}

static bool is_absent(const struct field *f, const void *at)
{
	switch (f->kind) {
	case FIELD_KIND_STR:
		return !*(char *const *)at;
	case FIELD_KIND_BOOL:
		return !(f->flags & FIELD_NEED) && !*(const bool *)at;
	case FIELD_KIND_TRI:
		return *(const int *)at < 0;
	case FIELD_KIND_INT:
		return *(const int64_t *)at == FIELD_NONE;
	case FIELD_KIND_ENUM:
		return !(f->flags & FIELD_NEED) && *(const int *)at == 0;
	case FIELD_KIND_STRV:
	case FIELD_KIND_MAP:
		return !(f->flags & FIELD_NEED) && ((const struct strv *)at)->len == 0;
	case FIELD_KIND_LIST:
		return !(f->flags & FIELD_NEED) && ((const struct field_list *)at)->len == 0;
	default:
		return false;
	}
}

static int write_value(const struct field *f, const void *at, json_t **ret, struct err *e)
{
	switch (f->kind) {
	case FIELD_KIND_STR:
		return text_to_json(*(char *const *)at, ret, e);
	case FIELD_KIND_BOOL:
		*ret = json_boolean(*(const bool *)at);
		return 0;
	case FIELD_KIND_TRI:
		*ret = json_boolean(*(const int *)at);
		return 0;
	case FIELD_KIND_INT:
		*ret = json_integer(*(const int64_t *)at);
		break;
	case FIELD_KIND_U64:
		*ret = json_from_u64(*(const uint64_t *)at);
		if (!*ret && *(const uint64_t *)at > INT64_MAX)
			return err_set(e, ERR_INPUT, 0, "number too large for JSON");
		break;
	case FIELD_KIND_ENUM:
		return write_enum(f, *(const int *)at, ret, e);
	case FIELD_KIND_STRV:
		return write_strv(at, ret, e);
	case FIELD_KIND_MAP:
		return write_map(at, ret, e);
	case FIELD_KIND_OBJ:
		return fields_to_json(f->sub, at, ret, e);
	case FIELD_KIND_LIST:
		return write_list(f, at, ret, e);
	case FIELD_KIND_END:
		return err_set(e, ERR_INTERNAL, 0, "field table: unknown kind");
	}
	return *ret ? 0 : err_set(e, ERR_SYSTEM, ENOMEM, "JSON");
}

int fields_to_json(const struct field *table, const void *object, json_t **ret, struct err *e)
{
	auto_json json_t *whole = json_object();

	for (const struct field *f = table; f->kind != FIELD_KIND_END; f++) {
		const void *at = (const char *)object + f->offset;
		json_t *value = NULL;

		if (is_absent(f, at)) {
			/* What we write we must be able to read. */
			if (f->flags & FIELD_NEED)
				return err_set(e, ERR_INTERNAL, 0, "%s: missing", f->key);
			continue;
		}
		if (write_value(f, at, &value, e))
			return err_context(e, "%s", f->key);
		if (f->kind == FIELD_KIND_OBJ && !(f->flags & FIELD_NEED) && json_object_size(value) == 0) {
			json_decref(value);
			continue;
		}
		if (json_object_set_new(whole, f->key, value))
			return err_set(e, ERR_SYSTEM, ENOMEM, "JSON");
	}
	if (!whole)
		return err_set(e, ERR_SYSTEM, ENOMEM, "JSON");
	*ret = take_ptr(&whole);
	return 0;
}
