/* SPDX-License-Identifier: Apache-2.0 */
/* scan.c - index, manifests and configurations of an archive, told as facts; then its layers. */
#include "launcher/image/scan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/digest.h"
#include "launcher/base/json.h"
#include "launcher/image/layer.h"
#include "launcher/spec/image.h"

enum { INDEX_DEPTH = 3 };	/* index.json, an image's index, and one more that some builders put between */

struct scan {
	const struct source *src;
	const struct image_limits *limits;
	const struct layer_pair *present;
	const struct spec_platform wanted_platform;
	struct frame_writer *out;
	struct layer_wanted *want;	/* of all images, each once */
	size_t wanted, left;
	uint64_t images;
};

static void scan_done(struct scan *s)
{
	for (size_t i = 0; i < s->wanted; i++)
		free(s->want[i].file);
	free(s->want);
}

static int put_fact(struct scan *s, enum fact fact, const char *text, struct err *e)
{
	uint8_t key = (uint8_t)fact;
	const struct frame_part part[] = { { &key, 1 }, { text, text ? strlen(text) : 0 } };

	return text ? frame_put(s->out, FRAME_FACT, part, ARRAY_LEN(part), e) : 0;
}

static int put_facts(struct scan *s, enum fact fact, const struct strv *v, struct err *e)
{
	for (size_t i = 0; i < v->len; i++)
		if (put_fact(s, fact, v->item[i], e) < 0)
			return -1;
	return 0;
}

/* As it is, so that the parent can keep it. */
static int put_document(struct scan *s, enum document which, const struct str *text, struct err *e)
{
	uint8_t key = (uint8_t)which;

	for (size_t at = 0; at < text->len; at += FRAME_MAX / 2) {
		const struct frame_part part[] = {
			{ &key, 1 }, { text->text + at, text->len - at < FRAME_MAX / 2 ? text->len - at : FRAME_MAX / 2 },
		};

		if (frame_put(s->out, FRAME_DOCUMENT, part, ARRAY_LEN(part), e) < 0)
			return -1;
	}
	return 0;
}

static int put_history(struct scan *s, const struct spec_config *c, struct err *e)
{
	char created[24];

	if (c->history.len > s->limits->history)
		return err_set(e, ERR_LIMIT, 0, "image: history of %zu entries, at most %ju", c->history.len,
			       (uintmax_t)s->limits->history);
	for (size_t i = 0; i < c->history.len; i++) {
		const struct spec_history *h = FIELD_AT(&c->history, struct spec_history, i);
		int64_t at = spec_time(h->created);

		snprintf(created, sizeof(created), "%jd", (intmax_t)at);
		if (put_fact(s, FACT_HISTORY, at == FIELD_NONE || at < 0 ? "" : created, e) < 0 ||
		    put_fact(s, FACT_HISTORY_BY, h->created_by, e) < 0 ||
		    put_fact(s, FACT_HISTORY_COMMENT, h->comment, e) < 0 ||
		    put_fact(s, FACT_HISTORY_AUTHOR, h->author, e) < 0 ||
		    put_fact(s, FACT_HISTORY_EMPTY, h->empty_layer ? "1" : NULL, e) < 0)
			return -1;
	}
	return 0;
}

static int put_config(struct scan *s, const struct spec_config *c, struct err *e)
{
	char created[24];

	snprintf(created, sizeof(created), "%jd", (intmax_t)c->created);
	if (c->created != FIELD_NONE && c->created >= 0 && put_fact(s, FACT_CREATED, created, e) < 0)
		return -1;
	if (put_fact(s, FACT_ARCHITECTURE, c->architecture, e) < 0 || put_fact(s, FACT_OS, c->os, e) < 0 ||
	    put_fact(s, FACT_USER, c->user, e) < 0 || put_fact(s, FACT_WORKING_DIR, c->working_dir, e) < 0 ||
	    put_fact(s, FACT_STOP_SIGNAL, c->stop_signal, e) < 0 ||
	    put_facts(s, FACT_DIFF_ID, &c->diff_ids, e) < 0 || put_facts(s, FACT_ENV, &c->env, e) < 0 ||
	    put_facts(s, FACT_ENTRYPOINT, &c->entrypoint, e) < 0 || put_facts(s, FACT_CMD, &c->cmd, e) < 0 ||
	    put_facts(s, FACT_EXPOSED_PORT, &c->exposed_ports, e) < 0 ||
	    put_facts(s, FACT_VOLUME, &c->volumes, e) < 0 || put_facts(s, FACT_LABEL, &c->labels, e) < 0 ||
	    put_fact(s, FACT_AUTHOR, c->author, e) < 0 || put_history(s, c, e) < 0)
		return -1;
	return frame_put(s->out, FRAME_IMAGE_END, NULL, 0, e);
}

/* `blob` NULL and size -1: nobody said. A layer that is in the store, or is wanted already, is not wanted again. */
static int want_layer(struct scan *s, const char *file, const char *blob, int64_t size, const char *diff_id,
		      struct err *e)
{
	struct layer_wanted w = { .size = size }, *more;
	struct layer_pair key;

	strcpy(w.diff_id.text, diff_id);	/* both are digest_is_valid() */
	if (blob)
		strcpy(w.blob.text, blob);
	key = (struct layer_pair){ w.diff_id, w.blob };
	if (s->src->job->present && bsearch(&key, s->present, s->src->job->present, sizeof(*s->present),
					    layer_pair_compare))
		return 0;
	for (size_t i = 0; i < s->wanted; i++)
		if (strcmp(s->want[i].diff_id.text, diff_id) == 0 && strcmp(s->want[i].blob.text, w.blob.text) == 0)
			return 0;
	more = reallocarray(s->want, s->wanted + 1, sizeof(*more));
	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "layers");
	s->want = more;
	if (str_copy(file, &w.file, e) < 0)
		return -1;
	s->want[s->wanted++] = w;
	return 0;
}

static int begin_image(struct scan *s, size_t layers, const struct spec_config *c, const char *what, struct err *e)
{
	const struct spec_platform p = { .os = c->os, .architecture = c->architecture }, *wanted = &s->wanted_platform;

	if (!spec_platform_fits(&p, &s->wanted_platform))
		return err_set(e, ERR_INPUT, 0, "%s: is for %s/%s, %s is %s/%s", what, c->os, c->architecture,
			       wanted->architecture ? "what was asked for" : "this machine", wanted->os ? wanted->os : "linux",
			       wanted->architecture ? wanted->architecture : spec_architecture);
	if (layers != c->diff_ids.len)
		return err_set(e, ERR_INPUT, 0, "%s: %zu layers but %zu diff IDs", what, layers, c->diff_ids.len);
	if (layers > s->limits->layers)
		return err_set(e, ERR_LIMIT, 0, "%s: %zu layers, at most %ju", what, layers,
			       (uintmax_t)s->limits->layers);
	if (++s->images > s->limits->images)
		return err_set(e, ERR_LIMIT, 0, "archive: more than %ju images", (uintmax_t)s->limits->images);
	return frame_put(s->out, FRAME_IMAGE, NULL, 0, e);
}

static void blob_name(const char *digest, char ret[static sizeof("blobs/sha256/") + DIGEST_HEX])
{
	snprintf(ret, sizeof("blobs/sha256/") + DIGEST_HEX, "blobs/sha256/%s", digest + strlen("sha256:"));
}

/* A document blob, whole and verified. */
static int read_blob(struct scan *s, const struct spec_descriptor *d, struct str *ret, struct err *e)
{
	char name[sizeof("blobs/sha256/") + DIGEST_HEX];
	const char *names[] = { name };
	struct digest is;

	blob_name(d->digest, name);
	if ((uint64_t)d->size > s->limits->document_bytes)
		return err_set(e, ERR_LIMIT, 0, "%s: %jd bytes, at most %ju", name, (intmax_t)d->size,
			       (uintmax_t)s->limits->document_bytes);
	if (source_read(s->src, names, 1, ret, e) < 0)
		return -1;
	if (!ret->text)
		return err_set(e, ERR_INPUT, 0, "%s: not in the archive", name);
	if (ret->len != (size_t)d->size)
		return err_set(e, ERR_DIGEST, 0, "%s: has %zu bytes, its descriptor says %jd", name, ret->len,
			       (intmax_t)d->size);
	if (digest_bytes(ret->text, ret->len, &is, e) < 0)
		return -1;
	if (strcmp(is.text, d->digest) != 0)
		return err_set(e, ERR_DIGEST, 0, "%s: digest is %s", name, is.text);
	return 0;
}

static int scan_manifest(struct scan *s, const struct spec_descriptor *d, const struct spec_names *names, struct err *e)
{
	char file[sizeof("blobs/sha256/") + DIGEST_HEX];
	auto_spec_manifest struct spec_manifest m = { 0 };
	auto_spec_config struct spec_config c = { 0 };
	auto_str struct str text = { 0 }, config = { 0 };

	if (read_blob(s, d, &text, e) < 0 ||
	    spec_manifest_parse(text.text, text.len, d->digest, d->media_type, &m, e) < 0 ||
	    read_blob(s, &m.config, &config, e) < 0 ||
	    spec_config_parse(config.text, config.len, m.config.digest, &c, e) < 0 ||
	    begin_image(s, m.layers.len, &c, d->digest, e) < 0)
		return -1;
	if (put_fact(s, FACT_DIGEST, d->digest, e) < 0 || put_fact(s, FACT_CONFIG_DIGEST, m.config.digest, e) < 0 ||
	    put_fact(s, FACT_OCI_REF, names->containerd ? names->containerd : names->ref, e) < 0 ||
	    put_fact(s, FACT_MEDIA_TYPE, d->media_type, e) < 0 ||
	    put_document(s, DOCUMENT_MANIFEST, &text, e) < 0 || put_document(s, DOCUMENT_CONFIG, &config, e) < 0)
		return -1;
	for (size_t i = 0; i < m.layers.len; i++)
		if (put_fact(s, FACT_BLOB, FIELD_AT(&m.layers, struct spec_descriptor, i)->digest, e) < 0)
			return -1;
	if (put_config(s, &c, e) < 0)
		return -1;
	for (size_t i = 0; i < m.layers.len; i++) {
		const struct spec_descriptor *layer = FIELD_AT(&m.layers, struct spec_descriptor, i);

		blob_name(layer->digest, file);
		if (want_layer(s, file, layer->digest, layer->size, c.diff_ids.item[i], e) < 0)
			return -1;
	}
	return 0;
}

/* All images of an index that fit this machine, or only the first. */
static int scan_index(struct scan *s, const struct spec_index *index, const struct spec_names *names, int depth,
		      struct err *e);

static int scan_inner_index(struct scan *s, const struct spec_descriptor *d, const struct spec_names *names, int depth,
			    struct err *e)
{
	auto_spec_index struct spec_index index = { 0 };
	auto_str struct str text = { 0 };

	if (depth == INDEX_DEPTH)
		return err_set(e, ERR_INPUT, 0, "%s: index within index within index", d->digest);
	if (read_blob(s, d, &text, e) < 0 ||
	    spec_index_parse(text.text, text.len, d->digest, d->media_type, &index, e) < 0)
		return -1;
	return scan_index(s, &index, names, depth, e);
}

/* Media types that we do not know (signatures, software lists) are passed over, as the specification asks. */
static int scan_index(struct scan *s, const struct spec_index *index, const struct spec_names *names, int depth,
		      struct err *e)
{
	for (size_t i = 0; i < index->manifests.len; i++) {
		const struct spec_descriptor *d = FIELD_AT(&index->manifests, struct spec_descriptor, i);
		const struct spec_names *called = names ? names : &d->names;
		enum spec_media is = spec_media_of(d->media_type);
		uint64_t before = s->images;
		int rc = 0;

		if (!spec_platform_fits(&d->platform, &s->wanted_platform))
			continue;
		if (is == SPEC_MEDIA_MANIFEST)
			rc = scan_manifest(s, d, called, e);
		else if (is == SPEC_MEDIA_INDEX)
			rc = scan_inner_index(s, d, called, depth + 1, e);
		if (rc < 0)
			return -1;
		/* Below the top all entries are one image for several machines. */
		if (depth > 1 && s->images > before)
			return 0;
	}
	return 0;
}

static int scan_layout(struct scan *s, const struct str *layout, const struct str *top, struct err *e)
{
	auto_spec_index struct spec_index index = { 0 };
	auto_json json_t *j = NULL;
	const char *version;

	if (json_read(layout->text, layout->len, "oci-layout", &j, e) < 0)
		return -1;
	version = json_string_value(json_object_get(j, "imageLayoutVersion"));
	if (!version || strcmp(version, "1.0.0") != 0)
		return err_set(e, ERR_INPUT, 0, "oci-layout: imageLayoutVersion: only 1.0.0 is read");
	if (spec_index_parse(top->text, top->len, "index.json", NULL, &index, e) < 0)
		return -1;
	return scan_index(s, &index, NULL, 1, e);
}

/* The configuration's file name holds its digest in all forms that docker(1) and podman(1) write. */
static int check_config_name(const char *file, const struct digest *is, struct err *e)
{
	const char *base = strrchr(file, '/');
	char named[DIGEST_TEXT];

	base = base ? base + 1 : file;
	snprintf(named, sizeof(named), "sha256:%.*s", DIGEST_HEX, base);
	if (!digest_is_valid(named) || (strcmp(base + DIGEST_HEX, ".json") != 0 && base[DIGEST_HEX]))
		return err_set(e, ERR_INPUT, 0, "manifest.json: Config: %s does not name a digest", file);
	if (strcmp(named, is->text) != 0)
		return err_set(e, ERR_DIGEST, 0, "%s: digest is %s", file, is->text);
	return 0;
}

static int scan_docker_image(struct scan *s, const struct spec_docker_image *image, struct err *e)
{
	auto_spec_config struct spec_config c = { 0 };
	const char *names[] = { image->config };
	auto_str struct str text = { 0 };
	struct digest is;

	if (source_read(s->src, names, 1, &text, e) < 0)
		return -1;
	if (!text.text)
		return err_set(e, ERR_INPUT, 0, "%s: not in the archive", image->config);
	if (digest_bytes(text.text, text.len, &is, e) < 0 || check_config_name(image->config, &is, e) < 0 ||
	    spec_config_parse(text.text, text.len, image->config, &c, e) < 0 ||
	    begin_image(s, image->layers.len, &c, image->config, e) < 0)
		return -1;
	if (put_fact(s, FACT_DIGEST, is.text, e) < 0 || put_fact(s, FACT_CONFIG_DIGEST, is.text, e) < 0 ||
	    put_facts(s, FACT_REF, &image->repo_tags, e) < 0 ||
	    put_document(s, DOCUMENT_CONFIG, &text, e) < 0 || put_config(s, &c, e) < 0)
		return -1;
	for (size_t i = 0; i < image->layers.len; i++)
		if (want_layer(s, image->layers.item[i], NULL, -1, c.diff_ids.item[i], e) < 0)
			return -1;
	return 0;
}

static int scan_docker(struct scan *s, const struct str *text, struct err *e)
{
	auto_spec_docker struct field_list images = { 0 };

	if (spec_docker_parse(text->text, text->len, "manifest.json", &images, e) < 0)
		return -1;
	for (size_t i = 0; i < images.len; i++)
		if (scan_docker_image(s, FIELD_AT(&images, struct spec_docker_image, i), e) < 0)
			return -1;
	return 0;
}

static int read_if_layer(void *arg, struct stream *from, struct err *e)
{
	struct scan *s = arg;

	for (size_t i = 0; i < s->wanted; i++) {
		struct layer_wanted *w = &s->want[i];

		if (w->done || strcmp(w->file, from->name) != 0)
			continue;
		if (layer_read(from, w, s->limits, s->out, e) < 0)
			return -1;
		w->done = true;
		return --s->left == 0;
	}
	return 0;
}

static int scan_layers(struct scan *s, struct err *e)
{
	s->left = s->wanted;
	if (!s->left)
		return 0;
	if (source_each(s->src, read_if_layer, s, e) < 0)
		return -1;
	for (size_t i = 0; i < s->wanted; i++)
		if (!s->want[i].done)
			return err_set(e, ERR_INPUT, 0, "%s: layer is not in the archive as a plain file", s->want[i].file);
	return 0;
}

int scan_tree(const struct source *src, struct frame_writer *out, struct err *e)
{
	char root[] = "root file system", files[] = "tar archive";
	char *name = src->job->tree == JOB_FILES ? files : root;
	const struct layer_wanted want = { .file = name, .size = -1, .files = name == files };
	struct stream from = { .fd = BLOB_FD, .name = name };

	return layer_read(&from, &want, &src->job->limits, out, e);
}

int scan_source(const struct source *src, const struct layer_pair *present, struct frame_writer *out, struct err *e)
{
	static const char *const names[] = { "oci-layout", "index.json", "manifest.json" };
	AUTO(scan_done) struct scan s = { .src = src, .limits = &src->job->limits, .present = present, .out = out,
					      .wanted_platform = job_platform_of(&src->job->platform) };
	auto_str struct str layout = { 0 }, index = { 0 }, docker = { 0 };
	struct str text[ARRAY_LEN(names)] = { { 0 } };
	int rc = source_read(src, names, ARRAY_LEN(names), text, e);

	layout = text[0];
	index = text[1];
	docker = text[2];
	if (rc < 0)
		return -1;
	if (layout.text && index.text)
		rc = scan_layout(&s, &layout, &index, e);
	else if (docker.text)
		rc = scan_docker(&s, &docker, e);
	else
		rc = err_set(e, ERR_INPUT, 0, "neither an OCI layout (oci-layout, index.json) nor a docker-archive "
			     "(manifest.json)");
	if (rc < 0)
		return -1;
	if (!s.images)
		return err_set(e, ERR_INPUT, 0, "no image for %s/%s in it", s.wanted_platform.os ? s.wanted_platform.os : "linux",
			       s.wanted_platform.architecture ? s.wanted_platform.architecture : spec_architecture);
	return scan_layers(&s, e);
}
