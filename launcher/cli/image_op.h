/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_op.h - what commands about images (and volumes: records alone) share: their records, removal, and names.
 */
#ifndef SECCTR_CLI_IMAGE_OP_H
#define SECCTR_CLI_IMAGE_OP_H

#include "audit/writer.h"
#include "launcher/cli/command.h"
#include "launcher/store/images.h"

struct image_op {
	struct context *c;
	const char *word;		/* op= of a refusal: "image-remove" */
	struct audit_writer w;
};
#define IMAGE_OP_INIT(c_, word_) { .c = (c_), .word = (word_), .w = AUDIT_WRITER_CLOSED }
void image_op_done(struct image_op *op);
#define auto_image_op AUTO(image_op_done)

/* `digest` NULL: has none. That it is missing is said on standard error: nothing runs by what these commands do (audit/failure.h). */
void image_op_record(struct image_op *op, enum audit_event event, const char *path, const char *digest);
/* Records it, and gives -1. */
int image_op_refused(struct image_op *op, const struct err *why);

/* The name that an image gets from a person: whole, localhost where no registry is named, as Podman. No digest. */
int image_new_name(const char *text, char **ret, struct err *e) MUST_CHECK;
/* The one of its names that `text` means; ERR_NOTFOUND. */
int image_own_name(const struct image *i, const char *text, const char **ret, struct err *e) MUST_CHECK;

/* Removal of one image after another. */
struct image_removal {
	struct image_op op;
	bool force;			/* containers that use it go too, and all its names */
	bool unnamed;			/* an image that has a name by now stays; no failure */
	bool in_use;			/* the last failure was a container's */
	struct strv untagged, deleted;	/* names; digests */
	int tmp;			/* where layers wait for the end; -1: not begun */
	char tmp_name[STORE_TMP_NAME];
};
#define IMAGE_REMOVAL_INIT(c_, force_) { .op = IMAGE_OP_INIT(c_, "image-remove"), .force = (force_), .tmp = -1 }
void image_removal_done(struct image_removal *r);	/* removes what waits */
#define auto_image_removal AUTO(image_removal_done)

/*
 * `text` as image_resolve(). A name of several goes alone; otherwise the image does, which must be used by no container, and
 * have one name at most unless `whole` or force. A failure is recorded.
 */
int image_remove(struct image_removal *r, const char *text, bool whole, struct err *e) MUST_CHECK;
/* What killed commands left. *layers: how many. */
int image_removal_sweep(struct image_removal *r, size_t *layers, struct err *e) MUST_CHECK;

#endif
