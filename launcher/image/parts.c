/* SPDX-License-Identifier: Apache-2.0 */
/* parts.c - see parts.h. */
#include "launcher/image/parts.h"

#include <string.h>

#include "launcher/base/json.h"
#include "launcher/spec/image.h"

static int tell(struct frame_writer *out, enum registry_part_kind kind, const struct spec_descriptor *d, struct err *e)
{
	struct registry_part p = { .kind = kind, .size = d->size };
	const struct frame_part part = { &p, sizeof(p) };

	strcpy(p.digest.text, d->digest);	/* digest_is_valid() */
	if (strlen(d->media_type) > REGISTRY_WORD_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: mediaType of more than %d bytes", d->digest, REGISTRY_WORD_MAX);
	strcpy(p.media_type, d->media_type);
	return frame_put(out, FRAME_PART, &part, 1, e);
}

/* The first that fits, as scan.c takes it. */
static int tell_index(const struct str *text, const char *type, const struct registry_job *job, struct frame_writer *out, struct err *e)
{
	const struct spec_platform wanted = job_platform_of(&job->platform);
	auto_spec_index struct spec_index index = { 0 };

	if (spec_index_parse(text->text, text->len, "index", type, &index, e) < 0)
		return -1;
	for (size_t i = 0; i < index.manifests.len; i++) {
		const struct spec_descriptor *d = FIELD_AT(&index.manifests, struct spec_descriptor, i);
		enum spec_media is = spec_media_of(d->media_type);

		if (!spec_platform_fits(&d->platform, &wanted))
			continue;
		if (is == SPEC_MEDIA_MANIFEST || is == SPEC_MEDIA_INDEX)
			return tell(out, is == SPEC_MEDIA_INDEX ? REGISTRY_PART_INDEX : REGISTRY_PART_MANIFEST, d, e);
	}
	return err_set(e, ERR_INPUT, 0, "no image found in image index for architecture \"%s\", variant \"%s\", OS \"%s\"",
		       wanted.architecture ? wanted.architecture : spec_architecture, wanted.variant ? wanted.variant : "", wanted.os ? wanted.os : "linux");
}

static int tell_manifest(const struct str *text, const char *type, const struct registry_job *job, struct frame_writer *out, struct err *e)
{
	auto_spec_manifest struct spec_manifest m = { 0 };

	if (spec_manifest_parse(text->text, text->len, "manifest", type, &m, e) < 0)
		return -1;
	if (m.layers.len > job->layers)
		return err_set(e, ERR_LIMIT, 0, "manifest: %zu layers, at most %ju", m.layers.len, (uintmax_t)job->layers);
	if (tell(out, REGISTRY_PART_CONFIG, &m.config, e) < 0)
		return -1;
	for (size_t i = 0; i < m.layers.len; i++)
		if (tell(out, REGISTRY_PART_LAYER, FIELD_AT(&m.layers, struct spec_descriptor, i), e) < 0)
			return -1;
	return 0;
}

/* Schema 1 has no digest of its layers that can be trusted, and its signature is nobody's. */
static int check_schema(const char *type, struct err *e)
{
	if (str_starts(type, "application/vnd.docker.distribution.manifest.v1"))
		return err_set(e, ERR_INPUT, 0, "the registry has this image as Docker schema 1 only, which is not read: push it again with a newer tool");
	return err_set(e, ERR_INPUT, 0, "%.128s: neither an image manifest nor an index", *type ? type : "an answer without Content-Type");
}

int parts_tell(const struct str *document, const char *media_type, const struct registry_job *job, struct frame_writer *out, struct err *e)
{
	switch (spec_media_of(media_type)) {
	case SPEC_MEDIA_INDEX:
		return tell_index(document, media_type, job, out, e);
	case SPEC_MEDIA_MANIFEST:
		return tell_manifest(document, media_type, job, out, e);
	default:
		return check_schema(media_type, e);
	}
}

int token_tell(const struct str *document, struct frame_writer *out, struct err *e)
{
	auto_json json_t *j = NULL;
	const char *token;
	size_t n;

	if (json_read(document->text ? document->text : "", document->len, "token", &j, e) < 0)
		return -1;
	token = json_string_value(json_object_get(j, "token"));
	if (!token)
		token = json_string_value(json_object_get(j, "access_token"));
	n = token ? strlen(token) : 0;
	if (!n)
		return err_set(e, ERR_INPUT, 0, "token: the answer has none");
	if (n > REGISTRY_TOKEN_MAX - strlen("Bearer "))
		return err_set(e, ERR_LIMIT, 0, "token: more than %zu bytes", REGISTRY_TOKEN_MAX - strlen("Bearer "));
	return frame_put(out, FRAME_TOKEN, &(const struct frame_part){ token, n }, 1, e);
}
