/* SPDX-License-Identifier: Apache-2.0 */
/* import.c - image, configuration and manifest of an imported tree. */
#include "launcher/image/import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/image/documents.h"
#include "launcher/spec/image.h"

static int digest_of(const struct str *text, char **ret, struct err *e)
{
	struct digest d;

	return digest_bytes(text->text, text->len, &d, e) < 0 ? -1 : str_copy(d.text, ret, e);
}

static int layer_blob(const struct loading *l, struct documents_blob *ret, struct err *e)
{
	char dir[LOADING_NAME], name[LOADING_NAME];
	auto_close int fd = -1;
	struct stat st;

	loading_names(0, dir, name);
	fd = openat(l->tmp, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, ERR_SYSTEM, errno, "layer");
	ret->digest = l->layers[0].blob.text;
	ret->size = st.st_size;
	return documents_layer_type(fd, &ret->media_type, e);
}

static int fill(struct loading *l, struct image *i, struct loading_documents *d, struct err *e)
{
	struct str *config = &d->text[DOCUMENT_CONFIG], *manifest = &d->text[DOCUMENT_MANIFEST];
	struct documents_blob layer = { 0 }, own = { .media_type = "application/vnd.oci.image.config.v1+json" };

	if (fields_copy(image_fields, i, l->o->import, e) || str_copy(spec_architecture, &i->architecture, e) ||
	    str_copy("linux", &i->os, e) || str_copy(DOCUMENTS_MANIFEST_TYPE, &i->media_type, e) ||
	    strv_add(&i->diff_ids, l->layers[0].diff_id.text, e) || strv_add(&i->blobs, l->layers[0].blob.text, e) ||
	    layer_blob(l, &layer, e) || documents_config(i, config, e) || digest_of(config, &i->config_digest, e))
		return -1;
	own.digest = i->config_digest;
	own.size = (int64_t)config->len;
	return documents_manifest(&own, &layer, 1, manifest, e) || digest_of(manifest, &i->digest, e) ? -1 : 0;
}

int import_image(struct loading *l, struct err *e)
{
	l->images = calloc(1, sizeof(*l->images));
	l->documents = calloc(1, sizeof(*l->documents));
	if (!l->images || !l->documents)
		return err_set(e, ERR_SYSTEM, ENOMEM, "image");
	if (l->n_layers != 1 || !digest_is_valid(l->layers[0].diff_id.text))
		return err_set(e, ERR_INTERNAL, 0, "image parser: no layer");
	image_init(&l->images[l->n_images++]);
	return fill(l, &l->images[0], &l->documents[0], e);
}
