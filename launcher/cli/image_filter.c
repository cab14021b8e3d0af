/* SPDX-License-Identifier: Apache-2.0 */
/* image_filter.c - see image_filter.h. */
#include "launcher/cli/image_filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "launcher/cli/when.h"
#include "launcher/spec/image.h"

void image_filter_done(struct image_filter *f)
{
	free(f->time);
	f->time = NULL;
}

static int64_t created(const struct image *i)
{
	return i->created == FIELD_NONE ? 0 : i->created;
}

static int read_image_time(const struct store *s, const char *value, int64_t *ret, struct err *e)
{
	auto_image struct image i;

	image_init(&i);
	if (image_resolve(s, value, &i, e))
		return -1;
	*ret = created(&i);
	return 0;
}

static int read_until(const struct store *s, const char *value, int64_t *ret, struct err *e)
{
	(void)s;
	return when_read(value, "until", ret, e);
}

static int read_dangling(const struct store *s, const char *value, int64_t *ret, struct err *e)
{
	(void)s;
	if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return err_set(e, ERR_USAGE, 0, "true or false");
	*ret = value[0] == 't';
	return 0;
}

static bool is_before(const struct image *i, const char *value, int64_t number)
{
	(void)value;
	return created(i) < number;
}

static bool is_since(const struct image *i, const char *value, int64_t number)
{
	(void)value;
	return created(i) > number;
}

static bool is_dangling(const struct image *i, const char *value, int64_t number)
{
	(void)value;
	return (i->refs.len == 0) == (number != 0);
}

static bool has_label(const struct image *i, const char *value, int64_t number)
{
	(void)number;
	return strchr(value, '=') ? strv_has(&i->labels, value) : strv_env(&i->labels, value) != NULL;
}

static bool has_no_label(const struct image *i, const char *value, int64_t number)
{
	return !has_label(i, value, number);
}

static bool has_id(const struct image *i, const char *value, int64_t number)
{
	(void)number;
	return str_starts(i->digest + strlen("sha256:"), value) || str_starts(i->digest, value);
}

/* A part at the front that people leave out: the registry, and "library/" with it. */
static const char *shorter(const char *ref)
{
	static const char *const fronts[] = { "docker.io/library/", "docker.io/", "localhost/" };
	const char *slash = strchr(ref, '/');

	for (size_t i = 0; i < ARRAY_LEN(fronts); i++)
		if (str_starts(ref, fronts[i]))
			return ref + strlen(fronts[i]);
	return slash ? slash + 1 : ref;
}

static bool is_like(const char *ref, const char *pattern)
{
	char bare[REFERENCE_MAX + 1];
	const char *slash = strrchr(ref, '/'), *end = strpbrk(slash ? slash : ref, ":@");

	snprintf(bare, sizeof(bare), "%.*s", end ? (int)(end - ref) : (int)strlen(ref), ref);
	return str_matches(pattern, ref) || str_matches(pattern, bare) || str_matches(pattern, shorter(ref)) ||
	       str_matches(pattern, shorter(bare));
}

bool image_is_called(const struct image *i, const char *pattern)
{
	for (size_t k = 0; k < i->refs.len; k++)
		if (is_like(i->refs.item[k], pattern))
			return true;
	return false;
}

static bool has_reference(const struct image *i, const char *value, int64_t number)
{
	(void)number;
	return image_is_called(i, value);
}

static const struct kind {
	const char *key;
	int (*read)(const struct store *s, const char *value, int64_t *ret, struct err *e);	/* NULL: any text will do */
	bool (*passes)(const struct image *i, const char *value, int64_t number);
	bool one_is_enough;
} kinds[] = {
	{ "reference", NULL, has_reference, true }, { "dangling", read_dangling, is_dangling, false },
	{ "before", read_image_time, is_before, false }, { "since", read_image_time, is_since, false },
	{ "after", read_image_time, is_since, false },
	{ "label", NULL, has_label, false }, { "label!", NULL, has_no_label, false },
	{ "id", NULL, has_id, false }, { "until", read_until, is_before, false },
};

static const struct kind *find(const char *text, const char **ret_value)
{
	const char *eq = strchr(text, '=');

	for (size_t i = 0; eq && i < ARRAY_LEN(kinds); i++)
		if (strlen(kinds[i].key) == (size_t)(eq - text) && str_starts(text, kinds[i].key)) {
			*ret_value = eq + 1;
			return &kinds[i];
		}
	return NULL;
}

int image_filter_read(const struct store *s, const struct opt_list *text, struct image_filter *ret, struct err *e)
{
	auto_image_filter struct image_filter f = { .text = text, .time = calloc(text->len + 1, sizeof(*f.time)) };

	if (!f.time)
		return err_set(e, ERR_SYSTEM, ENOMEM, "filter");
	for (size_t i = 0; i < text->len; i++) {
		const char *value;
		const struct kind *k = find(text->item[i], &value);

		if (!k)
			return err_set(e, ERR_USAGE, 0, "--filter %.64s: KEY=VALUE with one of " IMAGE_FILTER_KEYS, text->item[i]);
		if (k->read && k->read(s, value, &f.time[i], e))
			return err_context(e, "--filter %.64s", text->item[i]);
	}
	*ret = f;
	f.time = NULL;
	return 0;
}

bool image_filter_passes(const struct image_filter *f, const struct image *i)
{
	bool wanted = false, found = false;

	for (size_t n = 0; n < f->text->len; n++) {
		const char *value;
		const struct kind *k = find(f->text->item[n], &value);
		bool passes = k->passes(i, value, f->time[n]);

		wanted |= k->one_is_enough;
		found |= k->one_is_enough && passes;
		if (!k->one_is_enough && !passes)
			return false;
	}
	return !wanted || found;
}
