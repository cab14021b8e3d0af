/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - field tables and rules of index, manifest, config and docker-archive documents. */
#include "launcher/spec/image.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "launcher/base/digest.h"
#include "launcher/base/json.h"

#if defined(__x86_64__)
const char spec_architecture[] = "amd64";
#define NATIVE_VARIANT "v1"
#elif defined(__aarch64__)
const char spec_architecture[] = "arm64";
#define NATIVE_VARIANT "v8"
#else
#error "name this machine's architecture as Go does"
#endif

static const struct field platform_fields[] = {
	FIELD_STR(struct spec_platform, "os", os, 0),
	FIELD_STR(struct spec_platform, "architecture", architecture, 0),
	FIELD_STR(struct spec_platform, "variant", variant, 0),
	FIELD_END
};

static const struct field names_fields[] = {
	FIELD_STR(struct spec_names, "org.opencontainers.image.ref.name", ref, 0),
	FIELD_STR(struct spec_names, "io.containerd.image.name", containerd, 0),
	FIELD_END
};

static const struct field descriptor_fields[] = {
	FIELD_STR(struct spec_descriptor, "mediaType", media_type, FIELD_NEED),
	FIELD_STR(struct spec_descriptor, "digest", digest, FIELD_NEED),
	FIELD_INT(struct spec_descriptor, "size", size, FIELD_NEED),
	FIELD_STRV(struct spec_descriptor, "urls", urls, 0),
	FIELD_OBJ(struct spec_descriptor, "platform", platform, 0, platform_fields),
	FIELD_OBJ(struct spec_descriptor, "annotations", names, 0, names_fields),
	FIELD_END
};

static const struct field index_fields[] = {
	FIELD_INT(struct spec_index, "schemaVersion", schema_version, FIELD_NEED),
	FIELD_STR(struct spec_index, "mediaType", media_type, 0),
	FIELD_LIST(struct spec_index, "manifests", manifests, FIELD_NEED, descriptor_fields, struct spec_descriptor),
	FIELD_END
};

static const struct field manifest_fields[] = {
	FIELD_INT(struct spec_manifest, "schemaVersion", schema_version, FIELD_NEED),
	FIELD_STR(struct spec_manifest, "mediaType", media_type, 0),
	FIELD_OBJ(struct spec_manifest, "config", config, FIELD_NEED, descriptor_fields),
	FIELD_LIST(struct spec_manifest, "layers", layers, FIELD_NEED, descriptor_fields, struct spec_descriptor),
	FIELD_END
};

static const struct field docker_fields[] = {
	FIELD_STR(struct spec_docker_image, "Config", config, FIELD_NEED),
	FIELD_STRV(struct spec_docker_image, "RepoTags", repo_tags, 0),
	FIELD_STRV(struct spec_docker_image, "Layers", layers, FIELD_NEED),
	FIELD_END
};

static const struct field history_fields[] = {
	FIELD_STR(struct spec_history, "created", created, 0),
	FIELD_STR(struct spec_history, "created_by", created_by, 0),
	FIELD_STR(struct spec_history, "comment", comment, 0),
	FIELD_STR(struct spec_history, "author", author, 0),
	FIELD_BOOL(struct spec_history, "empty_layer", empty_layer, 0),
	FIELD_END
};

/* The document as it lies on disk, and then the part of it that struct spec_config keeps. */
struct config_document {
	char *architecture, *os, *created, *author;
	struct field_list history;
	struct config_run {
		char *user, *working_dir, *stop_signal;
		struct strv env, entrypoint, cmd, labels;
	} config;
	struct config_rootfs {
		char *type;
		struct strv diff_ids;
	} rootfs;
};

static const struct field run_fields[] = {
	FIELD_STR(struct config_run, "User", user, 0),
	FIELD_STR(struct config_run, "WorkingDir", working_dir, 0),
	FIELD_STR(struct config_run, "StopSignal", stop_signal, 0),
	FIELD_STRV(struct config_run, "Env", env, 0),
	FIELD_STRV(struct config_run, "Entrypoint", entrypoint, 0),
	FIELD_STRV(struct config_run, "Cmd", cmd, 0),
	FIELD_MAP(struct config_run, "Labels", labels, 0),
	FIELD_END
};

static const struct field rootfs_fields[] = {
	FIELD_STR(struct config_rootfs, "type", type, FIELD_NEED),
	FIELD_STRV(struct config_rootfs, "diff_ids", diff_ids, FIELD_NEED),
	FIELD_END
};

static const struct field config_fields[] = {
	FIELD_STR(struct config_document, "architecture", architecture, FIELD_NEED),
	FIELD_STR(struct config_document, "os", os, FIELD_NEED),
	FIELD_STR(struct config_document, "created", created, 0),
	FIELD_STR(struct config_document, "author", author, 0),
	FIELD_LIST(struct config_document, "history", history, 0, history_fields, struct spec_history),
	FIELD_OBJ(struct config_document, "config", config, 0, run_fields),
	FIELD_OBJ(struct config_document, "rootfs", rootfs, FIELD_NEED, rootfs_fields),
	FIELD_END
};

/* Layers "from elsewhere" (nondistributable, foreign) are not here: they are UNKNOWN and refused. */
static const struct {
	const char *type;
	enum spec_media is;
} media[] = {
	{ "application/vnd.oci.image.index.v1+json", SPEC_MEDIA_INDEX },
	{ "application/vnd.docker.distribution.manifest.list.v2+json", SPEC_MEDIA_INDEX },
	{ "application/vnd.oci.image.manifest.v1+json", SPEC_MEDIA_MANIFEST },
	{ "application/vnd.docker.distribution.manifest.v2+json", SPEC_MEDIA_MANIFEST },
	{ "application/vnd.oci.image.config.v1+json", SPEC_MEDIA_CONFIG },
	{ "application/vnd.docker.container.image.v1+json", SPEC_MEDIA_CONFIG },
	{ "application/vnd.oci.image.layer.v1.tar", SPEC_MEDIA_LAYER },
	{ "application/vnd.oci.image.layer.v1.tar+gzip", SPEC_MEDIA_LAYER },
	{ "application/vnd.oci.image.layer.v1.tar+zstd", SPEC_MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar", SPEC_MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar.gzip", SPEC_MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar.zstd", SPEC_MEDIA_LAYER },
};

enum spec_media spec_media_of(const char *media_type)
{
	for (size_t i = 0; media_type && i < ARRAY_LEN(media); i++)
		if (strcmp(media[i].type, media_type) == 0)
			return media[i].is;
	return SPEC_MEDIA_UNKNOWN;
}

static const char *const media_words[] = { "known document", "image index", "image manifest",
					   "image configuration", "layer" };

void spec_index_done(struct spec_index *i)
{
	fields_done(index_fields, i);
}

void spec_manifest_done(struct spec_manifest *m)
{
	fields_done(manifest_fields, m);
}

void spec_config_done(struct spec_config *c)
{
	for (size_t i = 0; i < c->history.len; i++)
		fields_done(history_fields, FIELD_AT(&c->history, struct spec_history, i));
	free(c->history.item);
	free(c->architecture);
	free(c->os);
	free(c->author);
	free(c->user);
	free(c->working_dir);
	free(c->stop_signal);
	strv_done(&c->env);
	strv_done(&c->entrypoint);
	strv_done(&c->cmd);
	strv_done(&c->labels);
	strv_done(&c->exposed_ports);
	strv_done(&c->volumes);
	strv_done(&c->diff_ids);
	*c = (struct spec_config){ .created = FIELD_NONE };
}

void spec_docker_done(struct field_list *images)
{
	for (size_t i = 0; i < images->len; i++)
		fields_done(docker_fields, FIELD_AT(images, struct spec_docker_image, i));
	free(images->item);
	*images = (struct field_list){ 0 };
}

static int check_descriptor(const struct spec_descriptor *d, const char *what, const char *where, size_t n, struct err *e)
{
	if (!digest_is_valid(d->digest))
		return err_set(e, ERR_INPUT, 0, "%s: %s[%zu].digest: not sha256: and 64 hex digits", what, where, n);
	if (d->size < 0)
		return err_set(e, ERR_INPUT, 0, "%s: %s[%zu].size: negative", what, where, n);
	if (d->urls.len)
		return err_set(e, ERR_INPUT, 0, "%s: %s[%zu].urls: blobs from elsewhere are refused", what, where, n);
	return 0;
}

static int need_media(const struct spec_descriptor *d, enum spec_media need, const char *what, const char *where,
		      size_t n, struct err *e)
{
	if (spec_media_of(d->media_type) != need)
		return err_set(e, ERR_INPUT, 0, "%s: %s[%zu].mediaType: %s is no %s", what, where, n, d->media_type,
			       media_words[need]);
	return 0;
}

/* `own` is the document's mediaType member, `told` what led to it; either may be missing. */
static int check_own_media(const char *own, const char *told, enum spec_media need, const char *what, struct err *e)
{
	if (own && told && strcmp(own, told) != 0)
		return err_set(e, ERR_INPUT, 0, "%s: mediaType: %s, but its descriptor says %s", what, own, told);
	if ((own && spec_media_of(own) != need) || (told && spec_media_of(told) != need))
		return err_set(e, ERR_INPUT, 0, "%s: mediaType: %s is no %s", what, own ? own : told, media_words[need]);
	return 0;
}

/* Read, and refuse members that belong to a document of another kind. */
static int read_pure(const char *text, size_t len, const char *what, const char *const *foreign,
		     const struct field *table, void *object, struct err *e)
{
	auto_json json_t *j = NULL;

	fields_init(table, object);
	if (json_read(text, len, what, &j, e) < 0)
		return -1;
	for (; *foreign; foreign++)
		if (json_object_get(j, *foreign))
			return err_set(e, ERR_INPUT, 0, "%s: %s: does not belong into this kind of document", what,
				       *foreign);
	return fields_from_json(table, j, what, false, NULL, object, e);
}

int spec_index_parse(const char *text, size_t len, const char *what, const char *media_type,
		     struct spec_index *ret, struct err *e)
{
	static const char *const foreign[] = { "config", "layers", "fsLayers", "signatures", NULL };
	auto_spec_index struct spec_index got;

	if (read_pure(text, len, what, foreign, index_fields, &got, e) < 0)
		return -1;
	if (got.schema_version != 2)
		return err_set(e, ERR_INPUT, 0, "%s: schemaVersion: only 2 is read", what);
	if (check_own_media(got.media_type, media_type, SPEC_MEDIA_INDEX, what, e) < 0)
		return -1;
	for (size_t i = 0; i < got.manifests.len; i++)
		if (check_descriptor(FIELD_AT(&got.manifests, struct spec_descriptor, i), what, "manifests", i, e) < 0)
			return -1;
	*ret = got;
	fields_init(index_fields, &got);
	return 0;
}

int spec_manifest_parse(const char *text, size_t len, const char *what, const char *media_type,
			struct spec_manifest *ret, struct err *e)
{
	static const char *const foreign[] = { "manifests", "fsLayers", "history", "signatures", NULL };
	auto_spec_manifest struct spec_manifest got;

	if (read_pure(text, len, what, foreign, manifest_fields, &got, e) < 0)
		return -1;
	if (got.schema_version != 2)
		return err_set(e, ERR_INPUT, 0, "%s: schemaVersion: only 2 is read", what);
	if (check_own_media(got.media_type, media_type, SPEC_MEDIA_MANIFEST, what, e) < 0 ||
	    check_descriptor(&got.config, what, "config", 0, e) < 0 ||
	    need_media(&got.config, SPEC_MEDIA_CONFIG, what, "config", 0, e) < 0)
		return -1;
	for (size_t i = 0; i < got.layers.len; i++) {
		const struct spec_descriptor *d = FIELD_AT(&got.layers, struct spec_descriptor, i);

		if (check_descriptor(d, what, "layers", i, e) < 0 ||
		    need_media(d, SPEC_MEDIA_LAYER, what, "layers", i, e) < 0)
			return -1;
	}
	*ret = got;
	fields_init(manifest_fields, &got);
	return 0;
}

int spec_docker_parse(const char *text, size_t len, const char *what, struct field_list *ret, struct err *e)
{
	auto_spec_docker struct field_list got = { 0 };
	auto_json json_t *j = NULL;

	if (json_read(text, len, what, &j, e) < 0)
		return -1;
	if (!json_is_array(j) || json_array_size(j) > FIELD_LIST_MAX)
		return err_set(e, ERR_INPUT, 0, "%s: not an array of images", what);
	for (size_t i = 0; i < json_array_size(j); i++) {
		void *image = field_list_add(&got, docker_fields, sizeof(struct spec_docker_image));

		if (!image)
			return err_set(e, ERR_SYSTEM, ENOMEM, "%s", what);
		if (fields_from_json(docker_fields, json_array_get(j, i), what, false, NULL, image, e) < 0)
			return err_context(e, "image %zu", i);
	}
	*ret = got;
	got = (struct field_list){ 0 };
	return 0;
}

/* {"80/tcp": {}} is how Go writes a set: the keys are kept. */
static int read_set(const json_t *j, const char *key, const char *what, struct strv *to, struct err *e)
{
	json_t *set = json_object_get(json_object_get(j, "config"), key), *value;
	const char *name;

	if (!set || json_is_null(set))
		return 0;
	if (!json_is_object(set) || json_object_size(set) > FIELD_LIST_MAX)
		return err_set(e, ERR_INPUT, 0, "%s: config.%s: not an object", what, key);
	json_object_foreach(set, name, value)
		if (strv_add(to, name, e) < 0)
			return -1;
	return 0;
}

static void config_document_done(struct config_document *d)
{
	fields_done(config_fields, d);
}

static void move_config(struct config_document *d, struct spec_config *to)
{
	to->architecture = take_ptr(&d->architecture);
	to->os = take_ptr(&d->os);
	to->author = take_ptr(&d->author);
	to->created = spec_time(d->created);
	to->user = take_ptr(&d->config.user);
	to->working_dir = take_ptr(&d->config.working_dir);
	to->stop_signal = take_ptr(&d->config.stop_signal);
	to->env = d->config.env;
	to->entrypoint = d->config.entrypoint;
	to->cmd = d->config.cmd;
	to->labels = d->config.labels;
	to->diff_ids = d->rootfs.diff_ids;
	to->history = d->history;
	d->history = (struct field_list){ 0 };
	d->config.env = d->config.entrypoint = d->config.cmd = d->config.labels = (struct strv){ 0 };
	d->rootfs.diff_ids = (struct strv){ 0 };
}

int spec_config_parse(const char *text, size_t len, const char *what, struct spec_config *ret, struct err *e)
{
	auto_spec_config struct spec_config got = { .created = FIELD_NONE };
	AUTO(config_document_done) struct config_document doc;
	auto_json json_t *j = NULL;

	fields_init(config_fields, &doc);
	if (json_read(text, len, what, &j, e) < 0 ||
	    fields_from_json(config_fields, j, what, false, NULL, &doc, e) < 0)
		return -1;
	if (strcmp(doc.rootfs.type, "layers") != 0)
		return err_set(e, ERR_INPUT, 0, "%s: rootfs.type: must be \"layers\"", what);
	for (size_t i = 0; i < doc.rootfs.diff_ids.len; i++)
		if (!digest_is_valid(doc.rootfs.diff_ids.item[i]))
			return err_set(e, ERR_INPUT, 0, "%s: rootfs.diff_ids[%zu]: not sha256: and 64 hex digits",
				       what, i);
	move_config(&doc, &got);
	if (read_set(j, "ExposedPorts", what, &got.exposed_ports, e) < 0 ||
	    read_set(j, "Volumes", what, &got.volumes, e) < 0)
		return -1;
	*ret = got;
	got = (struct spec_config){ .created = FIELD_NONE };
	return 0;
}

/* Nobody names one of a foreign machine: then any variant is as good. */
static bool variant_fits(const char *variant, const struct spec_platform *wanted)
{
	bool foreign = wanted->architecture && strcmp(wanted->architecture, spec_architecture) != 0;

	if (!variant || !*variant || (foreign && !wanted->variant))
		return true;
	/* A higher variant (amd64 v3) may need instructions that this processor lacks. */
	return strcmp(variant, wanted->variant ? wanted->variant : NATIVE_VARIANT) == 0;
}

bool spec_platform_fits(const struct spec_platform *p, const struct spec_platform *wanted)
{
	if (p->os && strcmp(p->os, wanted->os ? wanted->os : "linux") != 0)
		return false;
	if (p->architecture && strcmp(p->architecture, wanted->architecture ? wanted->architecture : spec_architecture) != 0)
		return false;
	return variant_fits(p->variant, wanted);
}

/* Digits after the point, as microseconds; *p moves behind them. */
static int64_t fraction(const char **p)
{
	int64_t us = 0, unit = 100000;

	for (; **p >= '0' && **p <= '9'; ++*p, unit /= 10)
		us += (**p - '0') * unit;
	return us;
}

int64_t spec_time(const char *text)
{
	struct tm tm = { 0 };
	int64_t us = 0, zone = 0;
	const char *p;
	int h, m;

	p = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	if (!p)
		return FIELD_NONE;
	if (*p == '.') {
		p++;
		us = fraction(&p);
	}
	if (strlen(p) == 6 && (*p == '+' || *p == '-') && sscanf(p + 1, "%2d:%2d", &h, &m) == 2)
		zone = (*p == '-' ? -1 : 1) * (h * 3600 + m * 60);
	else if (strcmp(p, "Z") != 0)
		return FIELD_NONE;
	return ((int64_t)timegm(&tm) - zone) * 1000000 + us;
}
