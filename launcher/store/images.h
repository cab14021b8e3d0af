/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images.h - images and their unpacked layers.
 *
 * An image is its manifest digest; references point at it. A layer is a directory named by its diff
 * ID; it exists only whole (made below tmp/ and renamed). All changes are made under images.lock.
 */
#ifndef SECCTR_STORE_IMAGES_H
#define SECCTR_STORE_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/fields.h"
#include "launcher/base/str.h"
#include "launcher/store/reference.h"
#include "launcher/store/store.h"

enum { IMAGE_LAYERS_MAX = 127 };	/* overlayfs takes more; images in use have fewer */

/* One line of how it was made, as the image tells it. */
struct image_history {
	int64_t created;		/* microseconds since the epoch; FIELD_NONE */
	char *created_by, *comment, *author;
	bool empty;			/* made no layer */
};
extern const struct field image_history_fields[];

/* What is kept of the OCI image configuration (image-spec config.md), by its names. */
struct image {
	char *digest;			/* of the manifest; of the configuration if it came from docker-archive */
	char *config_digest;
	char *media_type;		/* of the manifest; NULL: it came without one (docker-archive) */
	struct strv refs;		/* not in the file: filled by image_list/resolve */
	char *asked;			/* nor this: by image_resolve(), the reference it was found by, whole; a digest
					   where only that was given, whatever names the image has */
	struct strv diff_ids;		/* "sha256:HEX", lowest layer first */
	struct strv blobs;		/* the archive that each of them came in; none: loaded before they were kept */
	int64_t created;		/* microseconds since the epoch; FIELD_NONE */
	int64_t size;			/* bytes of all layers, uncompressed */
	char *architecture, *os, *author;
	char *user, *working_dir;
	struct strv env, entrypoint, cmd, exposed_ports, volumes;
	char *stop_signal;
	struct strv labels;		/* KEY=VALUE; never obeyed: shown, and its containers' too */
	struct field_list history;	/* struct image_history, oldest first; the same */
};
extern const struct field image_fields[];

void image_init(struct image *i);
void image_done(struct image *i);
#define auto_image AUTO(image_done)

/*
 * Reference as people type it: "busybox", "busybox:1", "docker.io/library/busybox:latest", "localhost/x", a
 * digest "sha256:.." of manifest or configuration, a front part of its digits that no other image has, or
 * NAME@sha256:.. (an image with this digest that has a reference of that name). Short names are looked up as
 * localhost/NAME and docker.io/library/NAME with tag latest, as podman does for local images.
 */
int image_resolve(const struct store *s, const char *text, struct image *ret, struct err *e) MUST_CHECK;
int image_list(const struct store *s, struct image **ret, size_t *ret_n, struct err *e) MUST_CHECK;
void image_list_free(struct image *list, size_t n);

/*
 * Put an image whose layers are all there; gives it `ref` (whole, as image_reference_normalise() gives
 * it; may be NULL), which another image loses. The caller holds images_lock().
 */
int image_commit(const struct store *s, const struct image *i, const char *ref, struct err *e) MUST_CHECK;
bool image_has_layer(const struct store *s, const char *diff_id);

/* Lock for load, tag, rmi: close to unlock. */
int images_lock(const struct store *s, struct err *e) MUST_CHECK;
/* Against them, for a start until its plan is written, and for a save: images and layers stay as they are. */
int images_lock_shared(const struct store *s, struct err *e) MUST_CHECK;
/* ERR_NOTFOUND unless the image and these layers are there. */
int image_still_there(const struct store *s, const char *digest, const struct strv *diff_ids, struct err *e) MUST_CHECK;

/*
 * Changes, all under images_lock(). `ref` is whole. A name is given to the image (another image loses it), or taken
 * (ERR_NOTFOUND); an image goes with all its names. Layers stay until images_sweep().
 */
int image_tag(const struct store *s, const char *ref, const char *digest, struct err *e) MUST_CHECK;
int image_untag(const struct store *s, const char *ref, struct err *e) MUST_CHECK;
int image_delete(const struct store *s, const char *digest, struct err *e) MUST_CHECK;

/* The documents as they came, byte for byte: images/HEX.config, images/HEX.manifest. */
enum image_document { IMAGE_CONFIG, IMAGE_MANIFEST };
enum { IMAGE_DOCUMENT_NAME = 64 + sizeof(".manifest") };
void image_document_name(const char *digest, enum image_document which, char ret[static IMAGE_DOCUMENT_NAME]);
int image_put_document(const struct store *s, const char *digest, enum image_document which, const struct str *text,
		       struct err *e) MUST_CHECK;

/* Ids of the containers that were made from the image, running or not. */
int image_users(const struct store *s, const char *digest, struct strv *ret, struct err *e) MUST_CHECK;

/*
 * Under images_lock(): what neither an image nor a container needs (layers, archives, documents, half-written files; also what
 * a killed command left) moves into `tmp`, a directory of store_tmp_make(), to be removed with it after the lock. How many
 * layers that were is added to *layers (may be NULL).
 */
int images_sweep(const struct store *s, int tmp, size_t *layers, struct err *e) MUST_CHECK;

/*
 * Read the regular file `path` ("etc/passwd") as the container would see it: topmost layer that has it. Symbolic links are
 * refused, a whiteout or a missing file is ERR_NOTFOUND, more than `max` bytes ERR_LIMIT.
 */
int image_read_file(const struct store *s, const struct strv *diff_ids, const char *path, size_t max,
		    struct str *ret, struct err *e) MUST_CHECK;

#endif
