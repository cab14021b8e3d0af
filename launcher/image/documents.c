/* SPDX-License-Identifier: Apache-2.0 */
/* documents.c - structs to OCI documents. */
#include "launcher/image/documents.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "launcher/base/json.h"

static int no_memory(struct err *e)
{
	return err_set(e, ERR_SYSTEM, ENOMEM, "image document");
}

int documents_layer_type(int fd, const char **ret, struct err *e)
{
	unsigned char front[4] = { 0 };

	if (pread(fd, front, sizeof(front), 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer");
	if (front[0] == 0x1f && front[1] == 0x8b)
		*ret = "application/vnd.oci.image.layer.v1.tar+gzip";
	else if (memcmp(front, "\x28\xb5\x2f\xfd", 4) == 0)
		*ret = "application/vnd.oci.image.layer.v1.tar+zstd";
	else
		*ret = "application/vnd.oci.image.layer.v1.tar";
	return 0;
}

/* What is not there is left out, as Go's omitempty. Steals j. */
static int set(json_t *to, const char *key, json_t *j, struct err *e)
{
	return !j || json_object_set_new(to, key, j) < 0 ? no_memory(e) : 0;
}

static int set_text(json_t *to, const char *key, const char *text, struct err *e)
{
	return text && *text ? set(to, key, json_string(text), e) : 0;
}

static json_t *list(const struct strv *v)
{
	json_t *j = json_array();

	for (size_t i = 0; j && i < v->len; i++)
		if (json_array_append_new(j, json_string(v->item[i])) < 0) {
			json_decref(j);
			return NULL;
		}
	return j;
}

/* As a Go set ({"80/tcp": {}}), or, of KEY=VALUE texts, a map. */
static json_t *object(const struct strv *v, bool map)
{
	json_t *j = json_object();

	for (size_t i = 0; j && i < v->len; i++) {
		const char *text = v->item[i], *eq = map ? strchr(text, '=') : NULL;
		size_t n = eq ? (size_t)(eq - text) : strlen(text);

		if (json_object_setn_new(j, text, n, map ? json_string(eq ? eq + 1 : "") : json_object()) < 0) {
			json_decref(j);
			return NULL;
		}
	}
	return j;
}

static int set_list(json_t *to, const char *key, const struct strv *v, struct err *e)
{
	return v->len ? set(to, key, list(v), e) : 0;
}

static int set_object(json_t *to, const char *key, const struct strv *v, bool map, struct err *e)
{
	return v->len ? set(to, key, object(v, map), e) : 0;
}

static int set_time(json_t *to, int64_t usec, struct err *e)
{
	time_t seconds = (time_t)(usec / 1000000);
	char day[32], text[48];
	struct tm tm;

	if (usec == FIELD_NONE || !gmtime_r(&seconds, &tm))
		return 0;
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%06dZ", day, (int)(usec % 1000000));
	return set(to, "created", json_string(text), e);
}

static int run_section(const struct image *i, json_t **ret, struct err *e)
{
	auto_json json_t *j = json_object();

	if (!j)
		return no_memory(e);
	if (set_text(j, "User", i->user, e) || set_object(j, "ExposedPorts", &i->exposed_ports, false, e) ||
	    set_list(j, "Env", &i->env, e) || set_list(j, "Entrypoint", &i->entrypoint, e) ||
	    set_list(j, "Cmd", &i->cmd, e) || set_object(j, "Volumes", &i->volumes, false, e) ||
	    set_text(j, "WorkingDir", i->working_dir, e) || set_object(j, "Labels", &i->labels, true, e) ||
	    set_text(j, "StopSignal", i->stop_signal, e))
		return -1;
	*ret = take_ptr(&j);
	return 0;
}

static int history_section(const struct image *i, json_t **ret, struct err *e)
{
	auto_json json_t *j = json_array();

	for (size_t n = 0; j && n < i->history.len; n++) {
		const struct image_history *h = FIELD_AT(&i->history, struct image_history, n);
		json_t *one = json_object();

		if (!one || json_array_append_new(j, one) < 0)
			return no_memory(e);
		if (set_time(one, h->created, e) || set_text(one, "created_by", h->created_by, e) ||
		    set_text(one, "author", h->author, e) || set_text(one, "comment", h->comment, e) ||
		    (h->empty && set(one, "empty_layer", json_true(), e)))
			return -1;
	}
	if (!j)
		return no_memory(e);
	*ret = take_ptr(&j);
	return 0;
}

static int add_canonical(const json_t *j, struct str *ret, struct err *e)
{
	auto_free char *text = NULL;

	return json_canonical(j, &text, e) || str_add(ret, text, e) ? -1 : 0;
}

int documents_config(const struct image *i, struct str *ret, struct err *e)
{
	auto_json json_t *run = NULL, *history = NULL, *j = NULL;

	if (run_section(i, &run, e) || history_section(i, &history, e))
		return -1;
	j = json_pack("{s:s, s:s, s:O, s:O, s:{s:s, s:o}}", "architecture", i->architecture, "os", i->os, "config", run,
		      "history", history, "rootfs", "type", "layers", "diff_ids", list(&i->diff_ids));
	if (!j)
		return no_memory(e);
	if (set_time(j, i->created, e) || set_text(j, "author", i->author, e))
		return -1;
	return add_canonical(j, ret, e);
}

static json_t *descriptor(const struct documents_blob *b)
{
	return json_pack("{s:s, s:s, s:I}", "mediaType", b->media_type, "digest", b->digest, "size", (json_int_t)b->size);
}

int documents_manifest(const struct documents_blob *config, const struct documents_blob *layer, size_t layers,
		       struct str *ret, struct err *e)
{
	auto_json json_t *array = json_array(), *j = NULL;

	for (size_t i = 0; array && i < layers; i++)
		if (json_array_append_new(array, descriptor(&layer[i])) < 0)
			return no_memory(e);
	j = array ? json_pack("{s:i, s:s, s:o, s:O}", "schemaVersion", 2, "mediaType", DOCUMENTS_MANIFEST_TYPE,
			      "config", descriptor(config), "layers", array) : NULL;
	return j ? add_canonical(j, ret, e) : no_memory(e);
}
