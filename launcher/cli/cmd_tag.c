/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_tag.c - secctr tag and untag. */
#include "launcher/cli/commands.h"
#include "launcher/cli/image_op.h"

static int tag(struct image_op *op, const struct opt_list *operands, struct err *e)
{
	const struct store *s = &op->c->store;
	auto_strv struct strv names = { 0 };
	auto_image struct image i;
	auto_close int lock = -1;

	image_init(&i);
	/* All of them first: none is given if one is bad. */
	for (size_t k = 1; k < operands->len; k++) {
		auto_free char *ref = NULL;

		if (image_new_name(operands->item[k], &ref, e) || strv_add(&names, ref, e))
			return -1;
	}
	lock = images_lock(s, e);
	if (lock < 0 || image_resolve(s, operands->item[0], &i, e))
		return -1;
	for (size_t k = 0; k < names.len; k++) {
		image_op_record(op, EV_IMAGE_TAG, names.item[k], i.digest);
		if (image_tag(s, names.item[k], i.digest, e))
			return -1;
	}
	return 0;
}

static int untag(struct image_op *op, const struct opt_list *operands, struct err *e)
{
	const struct store *s = &op->c->store;
	auto_strv struct strv names = { 0 };
	auto_image struct image i;
	auto_close int lock = images_lock(s, e);
	const char *ref = NULL;

	image_init(&i);
	if (lock < 0 || image_resolve(s, operands->item[0], &i, e) || (operands->len == 1 && strv_copy(&names, &i.refs, e)))
		return -1;
	for (size_t k = 1; k < operands->len; k++)
		if (image_own_name(&i, operands->item[k], &ref, e) || (!strv_has(&names, ref) && strv_add(&names, ref, e)))
			return -1;
	for (size_t k = 0; k < names.len; k++) {
		image_op_record(op, EV_IMAGE_UNTAG, names.item[k], i.digest);
		if (image_untag(s, names.item[k], e))
			return -1;
	}
	return 0;
}

static int cmd_tag_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_image_op struct image_op op = IMAGE_OP_INIT(c, "image-tag");

	(void)request;
	if (context_store(c, e))
		return -1;
	return tag(&op, operands, e) ? image_op_refused(&op, e) : 0;
}

static int cmd_untag_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_image_op struct image_op op = IMAGE_OP_INIT(c, "image-untag");

	(void)request;
	if (context_store(c, e))
		return -1;
	return untag(&op, operands, e) ? image_op_refused(&op, e) : 0;
}

const struct command cmd_tag = {
	.name = "tag", .operands = "IMAGE NAME...", .group = "Images", .brief = "give an image further names",
	.mode = OPT_MIXED, .min_operands = 2, .max_operands = SIZE_MAX, .run = cmd_tag_main,
};
const struct command cmd_untag = {
	.name = "untag", .operands = "IMAGE [NAME...]", .group = "Images", .brief = "take names from an image",
	.mode = OPT_MIXED, .min_operands = 1, .max_operands = SIZE_MAX, .run = cmd_untag_main,
};
