/* SPDX-License-Identifier: Apache-2.0 */
/* install.c - what a load brought becomes part of the store, under its lock. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/image/import.h"
#include "launcher/image/loading.h"
#include "launcher/spec/image.h"

/* Whether it is the document that has this digest. */
static int check_document(const struct str *text, const char *digest, const char *what, struct err *e)
{
	struct digest is;

	if (!text->len)
		return err_set(e, ERR_INPUT, 0, "image %s: no %s", digest, what);
	if (digest_bytes(text->text, text->len, &is, e) < 0)
		return -1;
	if (strcmp(is.text, digest) != 0)
		return err_set(e, ERR_DIGEST, 0, "image: %s has the digest %s, not %s", what, is.text, digest);
	return 0;
}

/* The digests that policies and people rely on are those of what we keep, whatever the parser said. */
static int check_documents(const struct loading *l, struct err *e)
{
	for (size_t i = 0; i < l->n_images; i++) {
		const struct image *image = &l->images[i];
		const struct str *text = l->documents[i].text;

		if (check_document(&text[DOCUMENT_CONFIG], image->config_digest, "configuration", e) < 0)
			return -1;
		if (!image->media_type) {
			if (text[DOCUMENT_MANIFEST].len || strcmp(image->digest, image->config_digest) != 0)
				return err_set(e, ERR_INPUT, 0, "image %s: a manifest of no kind", image->digest);
			continue;
		}
		if (spec_media_of(image->media_type) != SPEC_MEDIA_MANIFEST)
			return err_set(e, ERR_INPUT, 0, "image %s: mediaType of no manifest", image->digest);
		if (check_document(&text[DOCUMENT_MANIFEST], image->digest, "manifest", e) < 0)
			return -1;
	}
	return 0;
}

/* What another load brought meanwhile is as good. */
static int move_in(int from, const char *name, int to, const char *as, struct err *e)
{
	if (renameat2(from, name, to, as, RENAME_NOREPLACE) < 0 && errno != EEXIST)
		return err_set(e, ERR_SYSTEM, errno, "layer %s", as);
	return 0;
}

static int install_layers(const struct loading *l, int blobs, struct err *e)
{
	char dir[LOADING_NAME], file[LOADING_NAME], name[LAYER_BLOB_NAME];

	for (size_t i = 0; i < l->n_layers; i++) {
		const struct loading_layer *layer = &l->layers[i];

		loading_names(i, dir, file);
		layer_blob_name(layer->diff_id.text, layer->blob.text, name);
		if (move_in(l->tmp, dir, l->s->layers, digest_hex(&layer->diff_id), e) < 0 ||
		    move_in(l->tmp, file, blobs, name, e) < 0)
			return -1;
	}
	if (l->n_layers && (fsync(l->s->layers) < 0 || fsync(blobs) < 0))
		return err_set(e, ERR_SYSTEM, errno, "layers: sync");
	return 0;
}

/* Where the archive did not name its layers' own digests: those that came with it, or one that is there. */
static int find_blob(const struct loading *l, const char *diff_id, struct strv *to, struct err *e)
{
	struct layer_pair key = { 0 };
	const struct layer_pair *there;

	for (size_t i = 0; i < l->n_layers; i++)
		if (strcmp(l->layers[i].diff_id.text, diff_id) == 0)
			return strv_add(to, l->layers[i].blob.text, e);
	strcpy(key.diff_id.text, diff_id);
	there = l->n_present ? bsearch(&key, l->present, l->n_present, sizeof(key), layer_pair_compare) : NULL;
	if (!there)
		return err_set(e, ERR_STATE, 0, "layer %s: not in the store", diff_id);
	return strv_add(to, there->blob.text, e);
}

static int find_layers(const struct loading *l, int blobs, struct image *i, struct err *e)
{
	bool named = i->blobs.len;
	int64_t size = 0;

	i->size = 0;
	for (size_t n = 0; n < i->diff_ids.len; n++) {
		if (layer_size(l->s, i->diff_ids.item[n], &size, e) < 0 ||
		    (!named && find_blob(l, i->diff_ids.item[n], &i->blobs, e) < 0))
			return -1;
		if (!layer_has_blob(blobs, i->diff_ids.item[n], i->blobs.item[n]))
			return err_set(e, ERR_STATE, 0, "layer %s: its archive %s is not in the store", i->diff_ids.item[n],
				       i->blobs.item[n]);
		i->size += size;
	}
	return 0;
}

static int install_image(struct loading *l, int blobs, size_t at, struct strv *ret, struct err *e)
{
	struct image *i = &l->images[at];
	const struct str *text = l->documents[at].text;

	if (find_layers(l, blobs, i, e) < 0 ||
	    image_put_document(l->s, i->digest, IMAGE_CONFIG, &text[DOCUMENT_CONFIG], e) < 0 ||
	    (i->media_type && image_put_document(l->s, i->digest, IMAGE_MANIFEST, &text[DOCUMENT_MANIFEST], e) < 0))
		return -1;
	if (l->o->ref && strv_add(&i->refs, l->o->ref, e) < 0)
		return -1;
	if (!i->refs.len)
		return image_commit(l->s, i, NULL, e) < 0 ? -1 : strv_add(ret, i->digest, e);
	for (size_t n = 0; n < i->refs.len; n++)
		if (image_commit(l->s, i, i->refs.item[n], e) < 0 || strv_add(ret, i->refs.item[n], e) < 0)
			return -1;
	return 0;
}

int loading_install(struct loading *l, struct strv *ret, struct err *e)
{
	auto_close int lock = -1, blobs = layers_blobs(l->s, e);
	struct err ignored;
	int rc;

	if (blobs < 0 || (l->o->import && import_image(l, e) < 0) || check_documents(l, e) < 0)
		return -1;
	/* All content is on disk before the first name appears; without the lock, as it may take long. */
	if (l->n_layers && syncfs(l->tmp) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layers: sync");
	lock = images_lock(l->s, e);
	if (lock < 0)
		return -1;
	rc = install_layers(l, blobs, e);
	for (size_t i = 0; rc == 0 && i < l->n_images; i++)
		rc = install_image(l, blobs, i, ret, e);
	/* Unless an image refers to them already, layers that we brought go again. */
	if (rc < 0)
		(void)!images_sweep(l->s, l->tmp, NULL, &ignored);
	return rc;
}
