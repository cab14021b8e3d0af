/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_rmi.c - secctr rmi. */
#include <stdio.h>

#include "launcher/cli/commands.h"
#include "launcher/cli/image_op.h"

struct rmi_request {
	bool all, force, ignore;
};

static const struct opt rmi_opts[] = {
	{ .letter = 'a', .name = "all", .kind = OPT_FLAG, .offset = OPT_INTO(struct rmi_request, all),
	  .help = "every image" },
	{ .letter = 'f', .name = "force", .kind = OPT_FLAG, .offset = OPT_INTO(struct rmi_request, force),
	  .help = "stop and remove containers that use it first; one that does not exist is no error" },
	{ .letter = 'i', .name = "ignore", .kind = OPT_FLAG, .offset = OPT_INTO(struct rmi_request, ignore),
	  .help = "an image that does not exist is no error" },
	OPT_END
};
static const struct opt *const rmi_tables[] = { rmi_opts, NULL };

/* What failed, for Podman's exit status: 2 in use, 1 nothing but unknown images, else 125. */
struct failures {
	bool in_use, unknown, other;
};

static void remove_one(struct image_removal *r, const struct rmi_request *q, const char *text, struct failures *f)
{
	struct err why = { 0 };

	if (image_remove(r, text, q->all, &why) == 0)
		return;
	if (why.reason == ERR_NOTFOUND && (q->ignore || q->force || q->all))
		return;
	f->in_use |= r->in_use;
	f->unknown |= why.reason == ERR_NOTFOUND;
	f->other |= !r->in_use && why.reason != ERR_NOTFOUND;
	fprintf(stderr, "secctr: %s\n", why.text);
}

static int remove_all(struct image_removal *r, const struct rmi_request *q, struct failures *f, struct err *e)
{
	struct image *list = NULL;
	size_t n = 0;

	if (image_list(&r->op.c->store, &list, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		remove_one(r, q, list[i].digest, f);
	image_list_free(list, n);
	return 0;
}

static int cmd_rmi_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct rmi_request *q = request;
	auto_image_removal struct image_removal r = IMAGE_REMOVAL_INIT(c, q->force);
	struct failures f = { 0 };

	if (q->all && operands->len)
		return err_set(e, ERR_USAGE, 0, "--all and images by name exclude each other");
	if (!q->all && !operands->len)
		return err_set(e, ERR_USAGE, 0, "name an image, or give --all");
	if (context_store(c, e) || (q->all && remove_all(&r, q, &f, e)))
		return -1;
	for (size_t i = 0; i < operands->len; i++)
		remove_one(&r, q, operands->item[i], &f);
	for (size_t i = 0; i < r.untagged.len; i++)
		printf("Untagged: %s\n", r.untagged.item[i]);
	for (size_t i = 0; i < r.deleted.len; i++)
		printf("Deleted: %s\n", r.deleted.item[i] + 7);
	return f.in_use ? 2 : f.other ? 125 : f.unknown ? 1 : 0;
}

const struct command cmd_rmi = {
	.name = "rmi", .operands = "IMAGE...", .group = "Images", .brief = "remove images",
	.mode = OPT_MIXED, .tables = rmi_tables, .request_size = sizeof(struct rmi_request),
	.max_operands = SIZE_MAX, .run = cmd_rmi_main,
};
