/* SPDX-License-Identifier: Apache-2.0 */
/* json_of.c - see json_of.h. */
#include "launcher/cli/json_of.h"

#include <string.h>

/* What came past JSON readers is UTF-8; a host's argument in a draft need not be. */
static json_t *text(const char *bytes, size_t n)
{
	auto_str struct str safe = { 0 };
	json_t *j = json_stringn(bytes, n);
	struct err ignored;

	if (j || str_add(&safe, "", &ignored) || str_add_safe(&safe, bytes, n, &ignored))
		return j;
	return json_string(safe.text);
}

json_t *json_of_list(const struct strv *v)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < v->len; i++)
		if (json_array_append_new(list, text(v->item[i], strlen(v->item[i])))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

json_t *json_of_map(const struct strv *v)
{
	json_t *map = json_object();

	for (size_t i = 0; map && i < v->len; i++) {
		const char *eq = strchr(v->item[i], '=');
		auto_free char *key = strndup(v->item[i], eq ? (size_t)(eq - v->item[i]) : strlen(v->item[i]));

		if (!key || json_object_set_new(map, key, text(eq ? eq + 1 : "", eq ? strlen(eq + 1) : 0))) {
			json_decref(map);
			return NULL;
		}
	}
	return map;
}

int json_of_joined(const json_t *list, const char *between, char **ret, struct err *e)
{
	auto_str struct str all = { 0 };

	if (str_add(&all, "", e))
		return -1;
	for (size_t i = 0; i < json_array_size(list); i++)
		if ((i && str_add(&all, between, e)) || str_add(&all, json_string_value(json_array_get(list, i)), e))
			return -1;
	*ret = take_ptr(&all.text);
	return 0;
}
