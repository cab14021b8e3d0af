/* SPDX-License-Identifier: Apache-2.0 */
/* image_view.c - see image_view.h. */
#include "launcher/cli/image_view.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "launcher/cli/output.h"

static json_t *list(const struct strv *v)
{
	json_t *j = json_array();

	for (size_t i = 0; j && i < v->len; i++)
		(void)json_array_append_new(j, json_string(v->item[i]));
	return j;
}

/* NULL for an empty one: Podman leaves it out, and json_pack() with a "?" too. */
static json_t *some(const struct strv *v)
{
	return v->len ? list(v) : NULL;
}

static json_t *set(const struct strv *v)
{
	json_t *j = v->len ? json_object() : NULL;

	for (size_t i = 0; j && i < v->len; i++)
		(void)json_object_set_new(j, v->item[i], json_object());
	return j;
}

static json_t *map(const struct strv *v)
{
	json_t *j = v->len ? json_object() : NULL;

	for (size_t i = 0; j && i < v->len; i++) {
		const char *text = v->item[i], *eq = strchr(text, '=');

		(void)json_object_setn_new(j, text, eq ? (size_t)(eq - text) : strlen(text), json_string(eq ? eq + 1 : ""));
	}
	return j;
}

int image_view_name(const char *ref, char **ret_repository, char **ret_tag, struct err *e)
{
	auto_free char *name = NULL, *tag = NULL;
	char *slash, *end;

	if (str_copy(ref ? ref : "<none>", &name, e))
		return -1;
	slash = strrchr(name, '/');
	end = strpbrk(slash ? slash : name, ":@");
	if (str_copy(end && *end == ':' ? end + 1 : "<none>", &tag, e))
		return -1;
	if (end)
		*end = '\0';
	*ret_repository = take_ptr(&name);
	*ret_tag = take_ptr(&tag);
	return 0;
}

void image_view_id(const char *digest, bool whole, char ret[static IMAGE_VIEW_ID])
{
	snprintf(ret, IMAGE_VIEW_ID, whole ? "%s" : "%.12s", whole ? digest : digest + strlen("sha256:"));
}

/* REPOSITORY@DIGEST for each of its names. */
static json_t *digests(const struct image *i)
{
	json_t *j = json_array();

	for (size_t k = 0; j && k < i->refs.len; k++) {
		auto_free char *repository = NULL, *tag = NULL, *text = NULL;
		struct err ignored;

		if (image_view_name(i->refs.item[k], &repository, &tag, &ignored) == 0 &&
		    str_print(&text, &ignored, "%s@%s", repository, i->digest) == 0)
			(void)json_array_append_new(j, json_string(text));
	}
	return j;
}

static const char *time_text(int64_t usec, char *buf, size_t n)
{
	output_time(usec == FIELD_NONE ? 0 : usec, buf, n);
	return buf;
}

static json_t *history(const struct image *i)
{
	json_t *j = json_array();
	char at[48];

	for (size_t k = 0; j && k < i->history.len; k++) {
		const struct image_history *h = FIELD_AT(&i->history, struct image_history, k);

		(void)json_array_append_new(j, json_pack("{s:s, s:s*, s:s*, s:s*, s:o*}", "created", time_text(h->created, at, sizeof(at)),
							 "created_by", h->created_by, "comment", h->comment, "author", h->author,
							 "empty_layer", h->empty ? json_true() : NULL));
	}
	return j;
}

static json_t *config(const struct image *i)
{
	return json_pack("{s:s*, s:o*, s:o*, s:o*, s:o*, s:o*, s:s*, s:o*, s:s*}", "User", i->user, "ExposedPorts",
			 set(&i->exposed_ports), "Env", some(&i->env), "Entrypoint", some(&i->entrypoint), "Cmd", some(&i->cmd),
			 "Volumes", set(&i->volumes), "WorkingDir", i->working_dir, "Labels", map(&i->labels),
			 "StopSignal", i->stop_signal);
}

/* Names that end in a tag; one that an image was fetched by as a digest is none. */
static json_t *tags(const struct image *i)
{
	json_t *j = json_array();

	for (size_t k = 0; j && k < i->refs.len; k++)
		if (!strchr(i->refs.item[k], '@'))
			(void)json_array_append_new(j, json_string(i->refs.item[k]));
	return j;
}

int image_inspect_object(const struct image *i, json_t **ret, struct err *e)
{
	const struct image_history *last = i->history.len ? FIELD_AT(&i->history, struct image_history, i->history.len - 1) : NULL;
	char at[48];
	json_t *j = json_pack("{s:s, s:s, s:o, s:o, s:s, s:s, s:o, s:s, s:s, s:s, s:I, s:I, s:{s:s, s:o}, s:o?, s:s, s:s, s:o, s:s, s:o}",
			      "Id", i->digest + strlen("sha256:"), "Digest", i->digest, "RepoTags", tags(i),
			      "RepoDigests", digests(i), "Comment", last && last->comment ? last->comment : "",
			      "Created", time_text(i->created, at, sizeof(at)), "Config", config(i), "Author", i->author ? i->author : "",
			      "Architecture", i->architecture ? i->architecture : "", "Os", i->os ? i->os : "",
			      "Size", (json_int_t)i->size, "VirtualSize", (json_int_t)i->size,
			      "RootFS", "Type", "layers", "Layers", list(&i->diff_ids), "Labels", map(&i->labels),
			      "ManifestType", i->media_type ? i->media_type : "", "User", i->user ? i->user : "", "History", history(i),
			      "ConfigDigest", i->config_digest, "Blobs", list(&i->blobs));

	if (!j)
		return err_set(e, ERR_SYSTEM, ENOMEM, "image");
	*ret = j;
	return 0;
}

int image_list_object(const struct image *i, json_t **ret, struct err *e)
{
	int64_t created = i->created == FIELD_NONE ? 0 : i->created;
	char at[48];
	json_t *j = json_pack("{s:s, s:o?, s:o?, s:s, s:I, s:I, s:o?, s:o, s:I, s:s, s:b}", "Id", i->digest + strlen("sha256:"),
			      "RepoTags", some(&i->refs), "RepoDigests", digests(i), "Digest", i->digest, "Size", (json_int_t)i->size,
			      "VirtualSize", (json_int_t)i->size, "Labels", map(&i->labels), "Names", list(&i->refs),
			      "Created", (json_int_t)(created / 1000000), "CreatedAt", time_text(created, at, sizeof(at)),
			      "Dangling", i->refs.len == 0);

	if (!j)
		return err_set(e, ERR_SYSTEM, ENOMEM, "image");
	*ret = j;
	return 0;
}

/* A history that does not fit the layers says nothing about them. */
static bool fits(const struct image *i)
{
	size_t layers = 0;

	for (size_t k = 0; k < i->history.len; k++)
		layers += !FIELD_AT(&i->history, struct image_history, k)->empty;
	return layers == i->diff_ids.len;
}

int image_each_step(const struct image *i, image_step_fn *fn, void *arg, struct err *e)
{
	bool told = fits(i);
	size_t layer = i->diff_ids.len;

	for (size_t k = told ? i->history.len : layer; k-- > 0;) {
		struct image_step step = { .history = told ? FIELD_AT(&i->history, struct image_history, k) : NULL };

		if (!step.history || !step.history->empty)
			step.diff_id = i->diff_ids.item[--layer];
		if (fn(arg, &step, e))
			return -1;
	}
	return 0;
}
