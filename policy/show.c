/* SPDX-License-Identifier: Apache-2.0 */
/* show.c - every value in force, each with the line it stands on. */
#include <string.h>

#include "policy/keys.h"
#include "policy/policy.h"

enum { AT_MAX = 4096 + 16 };

/* A list over several lines is shown as it was written: line by line. */
static int show_list(const struct policy *p, enum key k, FILE *out)
{
	const struct key_value *v = &p->v[k];
	char at[AT_MAX];

	for (size_t i = 0; i < v->list.len;) {
		size_t from = i;

		fprintf(out, "%s=", key_defs[k].key);
		for (; i < v->list.len && v->lines[i] == v->lines[from]; i++)
			fprintf(out, "%s%s", i > from ? " " : "", v->list.item[i]);
		fprintf(out, "\t# %s\n", key_at(p, k, from, at, sizeof(at)));
	}
	if (!v->list.len)
		fprintf(out, "%s=\t# %s\n", key_defs[k].key, key_at(p, k, 0, at, sizeof(at)));
	return 0;
}

int policy_show(const struct policy *p, FILE *out, struct err *e)
{
	const char *section = "";
	char at[AT_MAX];

	fprintf(out, "# %s\n# %s\n", p->path, p->digest.text);
	for (int k = 0; k < KEY_COUNT; k++) {
		if (strcmp(section, key_defs[k].section) != 0) {
			section = key_defs[k].section;
			fprintf(out, "[%s]\n", section);
		}
		if (key_defs[k].kind == KIND_LIST)
			show_list(p, (enum key)k, out);
		else
			fprintf(out, "%s=%s\t# %s\n", key_defs[k].key, p->v[k].text,
				key_at(p, (enum key)k, 0, at, sizeof(at)));
	}
	return ferror(out) ? err_set(e, ERR_SYSTEM, EIO, "writing the policy") : 0;
}

static int setting_json(const struct policy *p, enum key k, json_t *to, struct err *e)
{
	auto_str struct str value = { 0 };
	char at[AT_MAX];
	json_t *j;

	if (str_add(&value, "", e) || key_print(p, k, &value, e))
		return -1;
	j = json_pack("{s:s, s:s, s:s, s:s}", "section", key_defs[k].section, "key", key_defs[k].key, "value",
		      value.text ? value.text : "", "at", key_at(p, k, 0, at, sizeof(at)));
	if (!j || json_array_append_new(to, j))
		return err_set(e, ERR_SYSTEM, ENOMEM, "policy");
	return 0;
}

int policy_show_json(const struct policy *p, json_t **ret, struct err *e)
{
	auto_json json_t *settings = json_array();
	json_t *j;

	for (int k = 0; settings && k < KEY_COUNT; k++)
		if (setting_json(p, (enum key)k, settings, e))
			return -1;
	j = json_pack("{s:s, s:s, s:s, s:O}", "name", p->name, "path", p->path, "digest", p->digest.text,
		      "settings", settings);
	if (!j)
		return err_set(e, ERR_SYSTEM, ENOMEM, "policy");
	*ret = j;
	return 0;
}
