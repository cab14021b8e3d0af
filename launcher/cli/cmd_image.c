/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_image.c - secctr image inspect, exists, prune and tree: what has no name of one word. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launcher/base/json.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/each.h"
#include "launcher/cli/image_filter.h"
#include "launcher/cli/image_op.h"
#include "launcher/cli/image_view.h"
#include "launcher/cli/output.h"
#include "launcher/store/layers.h"
#include "launcher/store/partials.h"

struct image_inspect_request {
	const char *format;
};

static const struct opt inspect_opts[] = {
	{ .letter = 'f', .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct image_inspect_request, format),
	  .value = "json|TEMPLATE", .help = "json (default), or a template as '{{.Architecture}}'" },
	OPT_END
};
static const struct opt *const inspect_tables[] = { inspect_opts, NULL };

static int add_object(const struct store *s, const char *text, json_t *array, struct err *e)
{
	auto_image struct image i;
	json_t *j;

	image_init(&i);
	if (image_resolve(s, text, &i, e) || image_inspect_object(&i, &j, e))
		return -1;
	return json_array_append_new(array, j) ? err_set(e, ERR_SYSTEM, ENOMEM, "inspect") : 0;
}

/* As podman: what is there is shown, whatever else is missing. */
static int cmd_image_inspect_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct image_inspect_request *r = request;
	auto_output_form struct output_form form = { 0 };
	auto_json json_t *array = json_array();
	struct err first = { 0 };
	bool failed = false;

	if (output_form_read(r->format, &form, e) || context_store(c, e))
		return -1;
	for (size_t i = 0; i < operands->len; i++) {
		struct err why = { 0 };

		if (add_object(&c->store, operands->item[i], array, &why) == 0)
			continue;
		if (!failed)
			first = why;
		failed = true;
	}
	if (form.kind == OUTPUT_TABLE ? output_json(array, e) : output_rows(&form, &(struct output_rows){ .json = array }, e))
		return -1;
	if (failed)
		*e = first;
	return failed ? -1 : 0;
}

static int cmd_image_exists_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_image struct image i;

	(void)request;
	image_init(&i);
	if (context_store(c, e))
		return -1;
	if (image_resolve(&c->store, operands->item[0], &i, e) == 0)
		return 0;
	return e->reason == ERR_NOTFOUND ? 1 : -1;
}

struct prune_request {
	bool all, force;
	struct opt_list filter;
};

static const struct opt prune_opts[] = {
	{ .letter = 'a', .name = "all", .kind = OPT_FLAG, .offset = OPT_INTO(struct prune_request, all),
	  .help = "images with a name too, if no container uses them" },
	{ .name = "filter", .kind = OPT_LIST, .offset = OPT_INTO(struct prune_request, filter),
	  .value = "KEY=VALUE", .help = "only these: " IMAGE_FILTER_KEYS },
	{ .letter = 'f', .name = "force", .kind = OPT_FLAG, .offset = OPT_INTO(struct prune_request, force),
	  .help = "do not ask" },
	OPT_END
};
static const struct opt *const prune_tables[] = { prune_opts, NULL };

static int prune_one(struct image_removal *r, const struct prune_request *q, const struct image *i, struct err *e)
{
	auto_strv struct strv users = { 0 };

	if (i->refs.len && !q->all)
		return 0;
	if (image_users(&r->op.c->store, i->digest, &users, e))
		return -1;
	if (users.len)
		return 0;
	/* Used or removed meanwhile is no failure of a prune. */
	return image_remove(r, i->digest, true, e) && !r->in_use && e->reason != ERR_NOTFOUND ? -1 : 0;
}

static int cmd_image_prune_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct prune_request *q = request;
	auto_image_removal struct image_removal r = IMAGE_REMOVAL_INIT(c, false);
	auto_image_filter struct image_filter filter = { 0 };
	struct image *list = NULL;
	size_t n = 0, left = 0;
	int rc = 0;

	(void)operands;
	r.unnamed = !q->all;
	if (context_store(c, e) || image_filter_read(&c->store, &q->filter, &filter, e))
		return -1;
	if (!q->force && !each_confirmed(q->all ? "This command removes all images without at least one container associated with them." :
					  "This command removes all dangling images."))
		return 0;
	if (image_list(&c->store, &list, &n, e))
		return -1;
	for (size_t i = 0; i < n && rc == 0; i++)
		if (image_filter_passes(&filter, &list[i]))
			rc = prune_one(&r, q, &list[i], e);
	image_list_free(list, n);
	for (size_t i = 0; i < r.deleted.len; i++)
		printf("%s\n", r.deleted.item[i] + 7);
	if (rc || image_removal_sweep(&r, &left, e) || partials_remove(&c->store, e))
		return -1;
	if (left)
		fprintf(stderr, "secctr: removed %zu layer%s that killed commands had left\n", left, left == 1 ? "" : "s");
	return 0;
}

static void prune_done(void *request)
{
	opt_list_done(&((struct prune_request *)request)->filter);
}

static int print_layer(const struct store *s, const struct image *i, size_t n, struct err *e)
{
	bool top = n + 1 == i->diff_ids.len;
	char size[32];
	int64_t bytes;

	if (layer_size(s, i->diff_ids.item[n], &bytes, e))
		return -1;
	output_size(bytes, size, sizeof(size));
	printf("%s ID: %.12s Size: %s", top ? "└──" : "├──", i->diff_ids.item[n] + 7, size);
	if (top && i->refs.len) {
		printf(" Top Layer of: [");
		for (size_t k = 0; k < i->refs.len; k++)
			printf("%s%s", k ? " " : "", i->refs.item[k]);
		printf("]");
	}
	printf("\n");
	return 0;
}

static int cmd_image_tree_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_image struct image i;
	char size[32];

	(void)request;
	image_init(&i);
	if (context_store(c, e) || image_resolve(&c->store, operands->item[0], &i, e))
		return -1;
	output_size(i.size, size, sizeof(size));
	printf("Image ID: %.12s\nTags:     [", i.digest + 7);
	for (size_t k = 0; k < i.refs.len; k++)
		printf("%s%s", k ? " " : "", i.refs.item[k]);
	printf("]\nSize:     %s\nImage Layers\n", size);
	for (size_t n = 0; n < i.diff_ids.len; n++)
		if (print_layer(&c->store, &i, n, e))
			return -1;
	return fflush(stdout) ? err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
}

const struct command cmd_image_exists = {
	.name = "image exists", .operands = "IMAGE", .group = "Images", .brief = "exit with 0 if an image is there, else with 1",
	.mode = OPT_MIXED, .min_operands = 1, .max_operands = 1, .run = cmd_image_exists_main,
};
const struct command cmd_image_inspect = {
	.name = "image inspect", .operands = "IMAGE...", .group = "Images", .brief = "show all that is known of images, as JSON",
	.mode = OPT_MIXED, .tables = inspect_tables, .request_size = sizeof(struct image_inspect_request),
	.min_operands = 1, .max_operands = SIZE_MAX, .run = cmd_image_inspect_main,
};
const struct command cmd_image_prune = {
	.name = "image prune", .group = "Images", .brief = "remove images without a name, and what killed commands left",
	.mode = OPT_MIXED, .tables = prune_tables, .request_size = sizeof(struct prune_request), .done = prune_done,
	.run = cmd_image_prune_main,
};
const struct command cmd_image_tree = {
	.name = "image tree", .operands = "IMAGE", .group = "Images", .brief = "show the layers of an image",
	.mode = OPT_MIXED, .min_operands = 1, .max_operands = 1, .run = cmd_image_tree_main,
};
