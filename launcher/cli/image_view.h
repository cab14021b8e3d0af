/* SPDX-License-Identifier: Apache-2.0 */
/* image_view.h - an image as Podman shows it: JSON objects, and the words of tables. */
#ifndef SECCTR_CLI_IMAGE_VIEW_H
#define SECCTR_CLI_IMAGE_VIEW_H

#include <jansson.h>

#include "launcher/store/images.h"

/* Of `inspect`; new reference. */
int image_inspect_object(const struct image *i, json_t **ret, struct err *e) MUST_CHECK;
/* Of `images`; new reference. */
int image_list_object(const struct image *i, json_t **ret, struct err *e) MUST_CHECK;

/* Repository and tag of a whole reference; "<none>" for what is not there, and for ref NULL. */
int image_view_name(const char *ref, char **ret_repository, char **ret_tag, struct err *e) MUST_CHECK;

/* Twelve digits, or all with "sha256:". */
enum { IMAGE_VIEW_ID = 72 };
void image_view_id(const char *digest, bool whole, char ret[static IMAGE_VIEW_ID]);

/* The layers, uppermost first, each with what made it; entries that made none too. FN is called for each. */
struct image_step {
	const struct image_history *history;	/* NULL: the image does not tell */
	const char *diff_id;			/* NULL: made no layer */
};
typedef int image_step_fn(void *arg, const struct image_step *step, struct err *e);
int image_each_step(const struct image *i, image_step_fn *fn, void *arg, struct err *e) MUST_CHECK;

#endif
