/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.c - walks a document along the table of properties: types, unknown ones, refused ones; then each is taken. */
#include "launcher/plan/bundle.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/plan/bundle_read.h"

enum { IGNORED_MAX = 64 };

int bundle_refuse(const struct reading *r, struct err *e, enum err_reason reason, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	bool member;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* "[3].type: why" and ".type: why" go on where the path ends. */
	member = *text == '[' || (*text == '.' && text[1] >= 'a' && text[1] <= 'z');
	return err_set(e, reason, 0, "%.64s: %.256s%s%s", r->what, r->path, member ? "" : ": ", text);
}

const json_t *bundle_at(const json_t *from, const char *path)
{
	while (from && *path) {
		size_t n = strcspn(path, ".");
		char key[BUNDLE_PATH_MAX];

		(void)snprintf(key, sizeof(key), "%.*s", (int)n, path);
		from = json_object_get(from, key);
		path += n + (path[n] == '.');
	}
	return from && !json_is_null(from) ? from : NULL;
}

const char *bundle_text(const json_t *from, const char *path)
{
	return json_string_value(bundle_at(from, path));
}

int64_t bundle_number(const json_t *from, const char *path, int64_t otherwise)
{
	const json_t *j = bundle_at(from, path);

	return j ? (int64_t)json_integer_value(j) : otherwise;
}

bool bundle_yes(const json_t *from, const char *path)
{
	return json_is_true(bundle_at(from, path));
}

int bundle_texts(const struct reading *r, const json_t *list, struct strv *to, size_t max, struct err *e)
{
	const json_t *item;
	size_t i;

	if (json_array_size(list) > max)
		return bundle_refuse(r, e, ERR_LIMIT, "%zu entries, more than %zu", json_array_size(list), max);
	json_array_foreach(list, i, item)
		if (strv_add(to, json_string_value(item), e))
			return -1;
	return 0;
}

int bundle_map(const struct reading *r, const json_t *map, struct strv *to, size_t max, struct err *e)
{
	const char *key;
	json_t *value;

	if (json_object_size(map) > max)
		return bundle_refuse(r, e, ERR_LIMIT, "%zu entries, more than %zu", json_object_size(map), max);
	json_object_foreach((json_t *)map, key, value) {
		auto_free char *entry = NULL;

		if (!*key || strchr(key, '='))
			return bundle_refuse(r, e, ERR_INPUT, "the key \"%.64s\" is empty, or has '=' in it", key);
		if (str_print(&entry, e, "%s=%s", key, json_string_value(value)) || strv_add(to, entry, e))
			return -1;
	}
	return 0;
}

int bundle_within(const struct reading *r, const json_t *value, int64_t min, int64_t max, int64_t *to, struct err *e)
{
	int64_t n = (int64_t)json_integer_value(value);

	if (n < min || n > max)
		return bundle_refuse(r, e, ERR_INPUT, "%lld is not within %lld and %lld", (long long)n, (long long)min, (long long)max);
	*to = n;
	return 0;
}

static const struct bundle_property *row_of(const char *path)
{
	for (const struct bundle_property *p = bundle_properties; p->path; p++)
		if (strcmp(p->path, path) == 0)
			return p;
	return NULL;
}

static bool all_of(const json_t *list, bool (*is)(const json_t *))
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (!is(item))
			return false;
	return true;
}

static bool is_text(const json_t *j) { return json_is_string(j); }
static bool is_number(const json_t *j) { return json_is_integer(j); }
static bool is_part(const json_t *j) { return json_is_object(j); }

static bool has_type(const json_t *j, enum bundle_type type)
{
	uint64_t n;

	switch (type) {
	case BUNDLE_PART:
		return json_is_object(j);
	case BUNDLE_TEXT:
		return json_is_string(j);
	case BUNDLE_YESNO:
		return json_is_boolean(j);
	case BUNDLE_NUMBER:
		return json_is_integer(j);
	case BUNDLE_UNSIGNED:
		return json_to_u64(j, &n) == 0;
	case BUNDLE_TEXTS:
		return json_is_array(j) && all_of(j, is_text);
	case BUNDLE_NUMBERS:
		return json_is_array(j) && all_of(j, is_number);
	case BUNDLE_PARTS:
		return json_is_array(j) && all_of(j, is_part);
	case BUNDLE_MAP: {
		const char *key;
		json_t *value;

		json_object_foreach((json_t *)j, key, value)
			if (!json_is_string(value))
				return false;
		return json_is_object(j);
	}
	case BUNDLE_ANY:
		break;
	}
	return true;
}

static const char *const type_words[] = {
	[BUNDLE_PART] = "an object", [BUNDLE_TEXT] = "a string", [BUNDLE_YESNO] = "true or false", [BUNDLE_NUMBER] = "a whole number",
	[BUNDLE_UNSIGNED] = "a whole number of 0 or more", [BUNDLE_TEXTS] = "a list of strings",
	[BUNDLE_NUMBERS] = "a list of whole numbers", [BUNDLE_PARTS] = "a list of objects", [BUNDLE_MAP] = "an object of strings",
	[BUNDLE_ANY] = "anything",
};

/* Asks for nothing: what programs in Go write for a field that is not set. */
static bool says_nothing(const json_t *j)
{
	return json_is_null(j) || json_is_false(j) || (json_is_string(j) && !*json_string_value(j)) ||
	       (json_is_array(j) && !json_array_size(j)) || (json_is_object(j) && !json_object_size(j));
}

/* `path` is the table's ("mounts[].type"), `shown` the document's ("mounts[3].type"). */
struct place {
	char path[BUNDLE_PATH_MAX], shown[BUNDLE_PATH_MAX];
};

static int walk(struct reading *r, const json_t *object, const struct place *at, struct err *e);

static int walk_list(struct reading *r, const json_t *list, const struct place *at, struct err *e)
{
	struct place each;
	const json_t *item;
	size_t i;

	(void)snprintf(each.path, sizeof(each.path), "%.200s[]", at->path);
	json_array_foreach(list, i, item) {
		(void)snprintf(each.shown, sizeof(each.shown), "%.200s[%zu]", at->shown, i);
		if (walk(r, item, &each, e))
			return -1;
	}
	return 0;
}

static int ignore(struct reading *r, const char *shown, struct err *e)
{
	return r->p->ignored.len < IGNORED_MAX ? strv_add(&r->p->ignored, shown, e) : 0;
}

static int look_at_one(struct reading *r, const json_t *value, const struct place *at, struct err *e)
{
	const struct bundle_property *row = row_of(at->path);

	(void)snprintf(r->shown, sizeof(r->shown), "%s", at->shown);
	r->path = r->shown;
	if (!row)
		return ignore(r, at->shown, e);
	if (json_is_null(value))
		return 0;
	if (!row->becomes)
		return says_nothing(value) ? 0 : bundle_refuse(r, e, ERR_INPUT, "%s", row->hint);
	if (!has_type(value, row->type))
		return bundle_refuse(r, e, ERR_INPUT, "not %s", type_words[row->type]);
	if (row->type == BUNDLE_PART)
		return walk(r, value, at, e);
	return row->type == BUNDLE_PARTS ? walk_list(r, value, at, e) : 0;
}

static int walk(struct reading *r, const json_t *object, const struct place *at, struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value) {
		struct place below;
		const char *dot = *at->path ? "." : "";

		/* A key of the document's own: what has no row may have any length. */
		(void)snprintf(below.path, sizeof(below.path), "%.180s%s%.64s", at->path, dot, key);
		(void)snprintf(below.shown, sizeof(below.shown), "%.180s%s%.64s", at->shown, dot, key);
		if (look_at_one(r, value, &below, e))
			return -1;
	}
	return 0;
}

/* In the table's order, whatever that of the document is: of two wrong values always the same one is named. */
static int take_all(struct reading *r, struct err *e)
{
	for (const struct bundle_property *p = bundle_properties; p->path; p++) {
		const json_t *value = p->take ? bundle_at(r->document, p->path) : NULL;

		r->path = p->path;
		if (value && p->take(r, value, e))
			return -1;
	}
	return 0;
}

static int complete_process(struct reading *r, struct err *e)
{
	struct plan_process *p = &r->p->process;

	if (!p->argv.len)
		return err_set(e, ERR_INPUT, 0, "%s: process.args: is missing or empty", r->what);
	if (!p->cwd)
		return err_set(e, ERR_INPUT, 0, "%s: process.cwd: is missing", r->what);
	p->no_new_privs = p->no_new_privs > 0;
	/* Zero is not "left open": a bundle says all of it. */
	if (p->user.uid == FIELD_NONE)
		p->user.uid = 0;
	if (p->user.gid == FIELD_NONE)
		p->user.gid = 0;
	return 0;
}

/* What the specification says about what is not there. */
static int complete(struct reading *r, struct err *e)
{
	struct plan *p = r->p;

	for (int i = 0; i < PLAN_NS_COUNT; i++)
		if (p->ns[i].mode == PLAN_NS_OPEN)
			p->ns[i].mode = PLAN_NS_HOST;
	p->root.readonly = p->root.readonly > 0;
	if (!r->b->version)
		return err_set(e, ERR_INPUT, 0, "%s: ociVersion: is missing", r->what);
	if (!p->root.path)
		return err_set(e, ERR_INPUT, 0, "%s: root.path: is missing", r->what);
	return complete_process(r, e) || bundle_add_dev(p, e) ? -1 : 0;
}

int bundle_read(const char *text, size_t len, const char *what, struct bundle *ret, struct err *e)
{
	static const struct place top;
	auto_bundle struct bundle b = { 0 };
	struct reading r = { .b = &b, .what = what, .path = "" };
	auto_json json_t *document = NULL;

	if (json_read(text, len, what, &document, e) || plan_new(&b.plan, e))
		return -1;
	if (!json_is_object(document))
		return err_set(e, ERR_INPUT, 0, "%s: not an object", what);
	r.p = b.plan;
	r.document = document;
	b.plan->origin = PLAN_OCI;
	if (walk(&r, document, &top, e) || take_all(&r, e) || complete(&r, e))
		return -1;
	*ret = b;
	b = (struct bundle){ 0 };
	return 0;
}

int bundle_read_process(const char *text, size_t len, const char *what, struct bundle *ret, struct err *e)
{
	static const struct place top;
	auto_bundle struct bundle b = { 0 };
	struct reading r = { .b = &b, .what = what, .path = "" };
	auto_json json_t *process = NULL, *document = NULL;

	if (json_read(text, len, what, &process, e) || plan_new(&b.plan, e))
		return -1;
	document = json_pack("{s:O}", "process", process);
	if (!document || !json_is_object(process))
		return err_set(e, ERR_INPUT, 0, "%s: not an object", what);
	r.p = b.plan;
	r.document = document;
	if (walk(&r, document, &top, e) || take_all(&r, e) || complete_process(&r, e))
		return -1;
	*ret = b;
	b = (struct bundle){ 0 };
	return 0;
}

int bundle_read_resources(const char *text, size_t len, const char *what, struct plan *onto, bool *ret_check, struct err *e)
{
	static const struct place top;
	struct bundle b = { .plan = onto };	/* borrowed */
	struct reading r = { .b = &b, .p = onto, .what = what, .path = "" };
	auto_json json_t *resources = NULL, *document = NULL;

	if (json_read(text, len, what, &resources, e))
		return -1;
	document = json_pack("{s:{s:O}}", "linux", "resources", resources);
	if (!document || !json_is_object(resources))
		return err_set(e, ERR_INPUT, 0, "%s: not an object", what);
	if (!says_nothing(json_object_get(resources, "devices")) && json_object_get(resources, "devices"))
		return err_set(e, ERR_INPUT, 0, "%s: linux.resources.devices: which devices a container may use is said at its start", what);
	r.document = document;
	if (walk(&r, document, &top, e) || take_all(&r, e))
		return -1;
	*ret_check = b.check_before_update;
	return 0;
}

void bundle_done(struct bundle *b)
{
	plan_free(b->plan);
	free(b->version);
	*b = (struct bundle){ 0 };
}
