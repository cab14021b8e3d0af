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

/* What is kept of the OCI image configuration (image-spec config.md), by its names. */
struct image {
	char *digest;			/* of the manifest; of the configuration if it came from docker-archive */
	char *config_digest;
	struct strv refs;		/* not in the file: filled by image_list/resolve */
	char *asked;			/* nor this: by image_resolve(), the reference it was found by, whole; a digest
					   where only that was given, whatever names the image has */
	struct strv diff_ids;		/* "sha256:HEX", lowest layer first */
	int64_t created;		/* microseconds since the epoch; FIELD_NONE */
	int64_t size;			/* bytes of all layers, uncompressed */
	char *architecture, *os;
	char *user, *working_dir;
	struct strv env, entrypoint, cmd, exposed_ports, volumes;
	char *stop_signal;
	struct strv labels;		/* KEY=VALUE; never obeyed, only shown (threats: image labels) */
};
extern const struct field image_fields[];

void image_init(struct image *i);
void image_done(struct image *i);
#define auto_image AUTO(image_done)

/*
 * Reference as people type it: "busybox", "busybox:1", "docker.io/library/busybox:latest", "localhost/x", a
 * digest "sha256:.." of manifest or configuration, a front part of its digits (12 and more), or
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

/*
 * Read the regular file `path` ("etc/passwd") as the container would see it: topmost layer that has it. Symbolic links are
 * refused, a whiteout or a missing file is ERR_NOTFOUND, more than `max` bytes ERR_LIMIT.
 */
int image_read_file(const struct store *s, const struct strv *diff_ids, const char *path, size_t max,
		    struct str *ret, struct err *e) MUST_CHECK;

#endif
