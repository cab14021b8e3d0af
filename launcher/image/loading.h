/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loading.h - one load under way, shared by load.c (the parser and what it is given), take.c (its frames) and install.c
 * (what it told becomes permanent). Privileged side; nobody else includes it.
 */
#ifndef SECCTR_IMAGE_LOADING_H
#define SECCTR_IMAGE_LOADING_H

#include "launcher/base/digest.h"
#include "launcher/image/frame.h"
#include "launcher/image/load.h"
#include "launcher/image/unpack.h"
#include "launcher/store/images.h"
#include "launcher/store/layers.h"

/* Which frames may come now. */
enum load_state { BETWEEN, IN_IMAGE, IN_LAYER, FINISHED };

/* Below tmp: directory N and file N.blob, N its place in the list. */
struct loading_layer {
	struct digest diff_id;		/* "" while nobody knows it */
	struct digest blob;		/* of N.blob as we wrote it; "" until it is whole */
};

/* Of one image, as it came; checked against its digests before they are kept. */
struct loading_documents {
	struct str text[DOCUMENT_COUNT];
};

struct loading {
	const struct store *s;
	const struct image_load_options *o;
	struct image_limits limits;
	enum load_state state;
	int tmp;			/* our directory */
	char tmp_name[STORE_TMP_NAME];
	struct image *images;
	struct loading_documents *documents;	/* of each */
	size_t n_images;
	uint64_t fact_bytes;		/* of the current image */
	struct loading_layer *layers;	/* whole ones, then perhaps the current one */
	size_t n_layers;
	struct unpack unpack;
	int layer, blob;		/* top and archive of the current layer, or -1 */
	struct digest_stream *sha;	/* of its archive */
	uint64_t blob_bytes;
	uint64_t reported;
	struct layer_pair *present;	/* what the parser was told not to read again */
	size_t n_present;
	int archive;			/* a copy of what came through a pipe, or -1 */
	struct frame_reader in;
};
void loading_free(struct loading *l);
DEFINE_AUTO(loading_free, struct loading *)

/* Names of a layer below tmp. */
enum { LOADING_NAME = 32 };
void loading_names(size_t n, char dir[static LOADING_NAME], char blob[static LOADING_NAME]);

/* Frames from l->in until END. */
int loading_take(struct loading *l, struct err *e) MUST_CHECK;

/* Everything that was told into the store, or nothing. Appends to *ret as image_load(). */
int loading_install(struct loading *l, struct strv *ret, struct err *e) MUST_CHECK;

#endif
