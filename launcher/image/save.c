/* SPDX-License-Identifier: Apache-2.0 */
/* save.c - pinning the files of images, and writing them with the documents that lead to them. */
#include "launcher/image/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/base/path.h"
#include "launcher/image/documents.h"
#include "launcher/image/tarball.h"
#include "launcher/store/images.h"
#include "launcher/store/layers.h"

enum { SAVE_BLOCK = 64 << 10 };

DEFINE_AUTO(digest_stream_free, struct digest_stream *)

struct saving {
	const struct store *s;
	enum save_format format;
	const struct save_image *list;
	struct image *images;		/* of each */
	size_t n;
	int tmp;			/* links to all files that are needed, so that none goes away */
	char tmp_name[STORE_TMP_NAME];
	struct tarball out;
	json_t *written;		/* names of members */
	json_t *top;			/* docker-archive: manifest.json; OCI: manifests of index.json */
};

static void saving_done(struct saving *v)
{
	struct err ignored;

	if (v->tmp >= 0)
		(void)!path_remove_tree(v->s->tmp, v->tmp_name, &ignored);
	close_fd_auto(&v->tmp);
	image_list_free(v->images, v->images ? v->n : 0);
	tarball_done(&v->out);
	json_decref(v->written);
	json_decref(v->top);
}

static int pin(const struct saving *v, int from, const char *name, struct err *e)
{
	if (linkat(from, name, v->tmp, name, 0) < 0 && errno != EEXIST)
		return err_set(e, ERR_STATE, errno, "store: %s", name);
	return 0;
}

static int pin_document(const struct saving *v, const struct image *i, enum image_document which, struct err *e)
{
	char name[IMAGE_DOCUMENT_NAME];

	image_document_name(i->digest, which, name);
	return pin(v, v->s->images, name, e);
}

static int pin_image(const struct saving *v, struct image *i, const char *digest, int blobs, struct err *e)
{
	char name[LAYER_BLOB_NAME];

	if (image_resolve(v->s, digest, i, e) < 0)
		return -1;
	if (i->blobs.len != i->diff_ids.len)
		return err_set(e, ERR_STATE, 0, "image %s: the archives of its layers were not kept when it was loaded; load it again",
			       i->digest);
	if (pin_document(v, i, IMAGE_CONFIG, e) < 0 || (i->media_type && pin_document(v, i, IMAGE_MANIFEST, e) < 0))
		return -1;
	for (size_t k = 0; k < i->blobs.len; k++) {
		layer_blob_name(i->diff_ids.item[k], i->blobs.item[k], name);
		if (pin(v, blobs, name, e) < 0)
			return -1;
	}
	return 0;
}

static int pin_all(struct saving *v, struct err *e)
{
	auto_close int lock = -1, blobs = layers_blobs(v->s, e);

	if (blobs < 0)
		return -1;
	lock = images_lock_shared(v->s, e);
	if (lock < 0)
		return -1;
	for (size_t i = 0; i < v->n; i++)
		if (pin_image(v, &v->images[i], v->list[i].digest, blobs, e) < 0)
			return -1;
	return 0;
}

/* 1: not yet written, and from now on it is. */
static int is_new(struct saving *v, const char *name, struct err *e)
{
	if (json_object_get(v->written, name))
		return 0;
	return json_object_set_new(v->written, name, json_true()) < 0 ? err_set(e, ERR_SYSTEM, ENOMEM, "archive") : 1;
}

static int changed(const char *what, const char *is, const char *digest, struct err *e)
{
	return err_set(e, ERR_DIGEST, 0, "%s in the store was changed: its digest is %s, not %s", what, is, digest);
}

static int read_document(const struct saving *v, const struct image *i, enum image_document which, struct str *ret,
			 struct err *e)
{
	const char *digest = which == IMAGE_CONFIG ? i->config_digest : i->digest;
	char name[IMAGE_DOCUMENT_NAME];
	struct digest is;

	image_document_name(i->digest, which, name);
	if (io_read_file_at(v->tmp, name, JSON_BYTES_MAX, ret, e) < 0 || digest_bytes(ret->text, ret->len, &is, e) < 0)
		return -1;
	return strcmp(is.text, digest) == 0 ? 0 : changed(name, is.text, digest, e);
}

static int copy_bytes(struct saving *v, int fd, const char *digest, struct err *e)
{
	AUTO(digest_stream_free_auto) struct digest_stream *sha = NULL;
	auto_free char *buf = malloc(SAVE_BLOCK);
	struct digest is;
	ssize_t n;

	if (!buf)
		return err_set(e, ERR_SYSTEM, ENOMEM, "archive");
	if (digest_stream_new(&sha, e) < 0)
		return -1;
	while ((n = read(fd, buf, SAVE_BLOCK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_SYSTEM, errno, "layer %s", digest);
		if (digest_stream_add(sha, buf, (size_t)n, e) < 0 || tarball_bytes(&v->out, buf, (size_t)n, e) < 0)
			return -1;
	}
	if (digest_stream_finish(sha, &is, e) < 0)
		return -1;
	return strcmp(is.text, digest) == 0 ? tarball_end(&v->out, e) : changed("a layer", is.text, digest, e);
}

static int open_layer(const struct saving *v, const struct image *i, size_t k, uint64_t *ret_size, struct err *e)
{
	char name[LAYER_BLOB_NAME];
	auto_close int fd = -1;
	struct stat st;

	layer_blob_name(i->diff_ids.item[k], i->blobs.item[k], name);
	fd = openat(v->tmp, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer %s", i->diff_ids.item[k]);
	*ret_size = (uint64_t)st.st_size;
	return take_fd(&fd);
}

static int write_layer(struct saving *v, const struct image *i, size_t k, const char *member, struct err *e)
{
	int is = is_new(v, member, e);
	auto_close int fd = -1;
	uint64_t size;

	if (is <= 0)
		return is;
	fd = open_layer(v, i, k, &size, e);
	if (fd < 0 || tarball_begin(&v->out, member, size, e) < 0)
		return -1;
	return copy_bytes(v, fd, i->blobs.item[k], e);
}

static int write_once(struct saving *v, const char *member, const struct str *text, struct err *e)
{
	int is = is_new(v, member, e);

	return is <= 0 ? is : tarball_file(&v->out, member, text->text, text->len, e);
}

static json_t *texts(const struct strv *v)
{
	json_t *j = json_array();

	for (size_t i = 0; j && i < v->len; i++)
		(void)json_array_append_new(j, json_string(v->item[i]));
	return j;
}

/* The blob digest stands for no file here: layers are named by their diff IDs, and may stay compressed. */
static int save_docker(struct saving *v, size_t at, struct err *e)
{
	const struct image *i = &v->images[at];
	auto_str struct str config = { 0 };
	auto_strv struct strv layers = { 0 };
	char member[TARBALL_NAME_MAX + 1];
	json_t *j;

	if (read_document(v, i, IMAGE_CONFIG, &config, e) < 0)
		return -1;
	for (size_t k = 0; k < i->diff_ids.len; k++) {
		snprintf(member, sizeof(member), "%.*s.tar", DIGEST_HEX, i->diff_ids.item[k] + strlen("sha256:"));
		if (strv_add(&layers, member, e) < 0 || write_layer(v, i, k, member, e) < 0)
			return -1;
	}
	snprintf(member, sizeof(member), "%.*s.json", DIGEST_HEX, i->config_digest + strlen("sha256:"));
	j = json_pack("{s:s, s:o, s:o}", "Config", member, "RepoTags", texts(&v->list[at].refs), "Layers", texts(&layers));
	if (!j || json_array_append_new(v->top, j) < 0)
		return err_set(e, ERR_SYSTEM, ENOMEM, "archive");
	return write_once(v, member, &config, e);
}

/* For an image that came without one. */
static int make_manifest(const struct saving *v, const struct image *i, const struct str *config, struct str *ret,
			 struct err *e)
{
	const struct documents_blob own = { i->config_digest, "application/vnd.oci.image.config.v1+json", (int64_t)config->len };
	auto_free struct documents_blob *layer = calloc(i->blobs.len + 1, sizeof(*layer));
	uint64_t size = 0;

	if (!layer)
		return err_set(e, ERR_SYSTEM, ENOMEM, "archive");
	for (size_t k = 0; k < i->blobs.len; k++) {
		auto_close int fd = open_layer(v, i, k, &size, e);

		if (fd < 0 || documents_layer_type(fd, &layer[k].media_type, e) < 0)
			return -1;
		layer[k].digest = i->blobs.item[k];
		layer[k].size = (int64_t)size;
	}
	return documents_manifest(&own, layer, i->blobs.len, ret, e);
}

/* Once for each name. */
static int add_to_index(struct saving *v, size_t at, const char *type, const char *digest, size_t size, struct err *e)
{
	const struct strv *refs = &v->list[at].refs;

	for (size_t k = 0; k < refs->len || (k == 0 && !refs->len); k++) {
		json_t *j = json_pack("{s:s, s:s, s:I}", "mediaType", type, "digest", digest, "size", (json_int_t)size);

		if (!j || json_array_append_new(v->top, j) < 0 ||
		    (refs->len && json_object_set_new(j, "annotations", json_pack("{s:s}", "org.opencontainers.image.ref.name",
										  refs->item[k])) < 0))
			return err_set(e, ERR_SYSTEM, ENOMEM, "archive");
	}
	return 0;
}

static void blob_name(const char *digest, char ret[static TARBALL_NAME_MAX + 1])
{
	snprintf(ret, TARBALL_NAME_MAX + 1, "blobs/sha256/%.*s", DIGEST_HEX, digest + strlen("sha256:"));
}

static int save_oci(struct saving *v, size_t at, struct err *e)
{
	const struct image *i = &v->images[at];
	auto_str struct str config = { 0 }, manifest = { 0 };
	char member[TARBALL_NAME_MAX + 1];
	struct digest digest;

	if (read_document(v, i, IMAGE_CONFIG, &config, e) < 0 ||
	    (i->media_type ? read_document(v, i, IMAGE_MANIFEST, &manifest, e) : make_manifest(v, i, &config, &manifest, e)) < 0 ||
	    digest_bytes(manifest.text, manifest.len, &digest, e) < 0)
		return -1;
	for (size_t k = 0; k < i->blobs.len; k++) {
		blob_name(i->blobs.item[k], member);
		if (write_layer(v, i, k, member, e) < 0)
			return -1;
	}
	blob_name(i->config_digest, member);
	if (write_once(v, member, &config, e) < 0)
		return -1;
	blob_name(digest.text, member);
	if (write_once(v, member, &manifest, e) < 0)
		return -1;
	return add_to_index(v, at, i->media_type ? i->media_type : DOCUMENTS_MANIFEST_TYPE, digest.text, manifest.len, e);
}

static int write_top(struct saving *v, struct err *e)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	bool docker = v->format == SAVE_DOCKER_ARCHIVE;
	auto_json json_t *index = docker ? json_incref(v->top) : json_pack("{s:i, s:O}", "schemaVersion", 2, "manifests", v->top);
	auto_free char *text = NULL;

	if (!index)
		return err_set(e, ERR_SYSTEM, ENOMEM, "archive");
	if (json_canonical(index, &text, e) < 0 ||
	    (!docker && tarball_file(&v->out, "oci-layout", layout, strlen(layout), e) < 0) ||
	    tarball_file(&v->out, docker ? "manifest.json" : "index.json", text, strlen(text), e) < 0)
		return -1;
	return tarball_finish(&v->out, e);
}

int image_save(const struct store *s, enum save_format format, const struct save_image *list, size_t n, int out,
	       struct err *e)
{
	AUTO(saving_done) struct saving v = { .s = s, .format = format, .list = list, .n = n, .tmp = -1, .written = json_object(),
					      .top = json_array(), .out = TARBALL_INIT(out, format == SAVE_OCI_DIR) };

	v.images = calloc(n + 1, sizeof(*v.images));
	if (!v.images || !v.written || !v.top)
		return err_set(e, ERR_SYSTEM, ENOMEM, "archive");
	for (size_t i = 0; i < n; i++)
		image_init(&v.images[i]);
	v.tmp = store_tmp_make(s, v.tmp_name, e);
	if (v.tmp < 0 || pin_all(&v, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if ((format == SAVE_DOCKER_ARCHIVE ? save_docker(&v, i, e) : save_oci(&v, i, e)) < 0)
			return -1;
	return write_top(&v, e);
}
