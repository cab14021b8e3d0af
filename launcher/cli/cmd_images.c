/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_images.c - secctr images. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/image_filter.h"
#include "launcher/cli/image_view.h"
#include "launcher/cli/output.h"

struct images_request {
	bool quiet, no_trunc, no_heading, all, digests;
	const char *format, *sort;
	struct opt_list filter;
};

static const struct opt images_opts[] = {
	{ .letter = 'a', .name = "all", .kind = OPT_FLAG, .offset = OPT_INTO(struct images_request, all),
	  .help = "as podman has it; all images are shown in any case" },
	{ .name = "digests", .kind = OPT_FLAG, .offset = OPT_INTO(struct images_request, digests),
	  .help = "a column with the digests" },
	{ .letter = 'f', .name = "filter", .kind = OPT_LIST, .offset = OPT_INTO(struct images_request, filter),
	  .value = "KEY=VALUE", .help = "only these: " IMAGE_FILTER_KEYS },
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct images_request, format), .value = "json|table|TEMPLATE",
	  .help = "json, or a template as '{{.Repository}}:{{.Tag}}'" },
	{ .letter = 'n', .name = "noheading", .kind = OPT_FLAG, .offset = OPT_INTO(struct images_request, no_heading),
	  .help = "no heading line" },
	{ .name = "no-trunc", .kind = OPT_FLAG, .offset = OPT_INTO(struct images_request, no_trunc), .help = "whole ids" },
	{ .letter = 'q', .name = "quiet", .kind = OPT_FLAG, .offset = OPT_INTO(struct images_request, quiet),
	  .help = "ids only" },
	{ .name = "sort", .kind = OPT_TEXT, .offset = OPT_INTO(struct images_request, sort),
	  .value = "created|id|repository|size|tag", .help = "order of the lines (default created: the newest first)" },
	OPT_END
};
static const struct opt *const images_tables[] = { images_opts, NULL };

/* A line: an image under one of its names. */
struct line {
	const struct image *image;
	char *repository, *tag;
};

struct listing {
	const struct images_request *r;
	struct line *line;
	size_t n;
};

static void listing_done(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->line[i].repository);
		free(l->line[i].tag);
	}
	free(l->line);
}

static int by_id(const struct line *a, const struct line *b)
{
	return strcmp(a->image->digest, b->image->digest);
}

static int by_repository(const struct line *a, const struct line *b)
{
	return strcmp(a->repository, b->repository);
}

static int by_tag(const struct line *a, const struct line *b)
{
	return strcmp(a->tag, b->tag);
}

static int by_size(const struct line *a, const struct line *b)
{
	return (a->image->size > b->image->size) - (a->image->size < b->image->size);
}

static int by_created(const struct line *a, const struct line *b)
{
	return (a->image->created < b->image->created) - (a->image->created > b->image->created);
}

static const struct order {
	const char *word;
	int (*compare)(const struct line *a, const struct line *b);
} orders[] = {
	{ "created", by_created }, { "id", by_id }, { "repository", by_repository }, { "size", by_size }, { "tag", by_tag },
};

static int compare(const void *a, const void *b, void *order)
{
	int c = ((const struct order *)order)->compare(a, b);

	/* Whatever is asked for, the same images come in the same order. */
	c = c ? c : by_repository(a, b);
	c = c ? c : by_tag(a, b);
	return c ? c : by_id(a, b);
}

static int find_order(const char *word, const struct order **ret, struct err *e)
{
	*ret = &orders[0];
	for (size_t i = 0; word && i < ARRAY_LEN(orders); i++)
		if (strcmp(orders[i].word, word) == 0) {
			*ret = &orders[i];
			return 0;
		}
	return word ? err_set(e, ERR_USAGE, 0, "--sort %.32s: created, id, repository, size or tag", word) : 0;
}

static int add_line(struct listing *l, const struct image *i, const char *ref, struct err *e)
{
	struct line *more = reallocarray(l->line, l->n + 1, sizeof(*more));

	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "list");
	l->line = more;
	l->line[l->n] = (struct line){ .image = i };
	if (image_view_name(ref, &l->line[l->n].repository, &l->line[l->n].tag, e))
		return -1;
	l->n++;
	return 0;
}

static int add_image(struct listing *l, const struct image *i, struct err *e)
{
	for (size_t k = 0; k < i->refs.len; k++)
		if (add_line(l, i, i->refs.item[k], e))
			return -1;
	return i->refs.len ? 0 : add_line(l, i, NULL, e);
}

/* The first line of an image stands for it where names do not matter. */
static bool is_first(const struct listing *l, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (l->line[i].image == l->line[n].image)
			return false;
	return true;
}

static void print_ids(const struct listing *l)
{
	char id[IMAGE_VIEW_ID];

	for (size_t n = 0; n < l->n; n++)
		if (is_first(l, n)) {
			image_view_id(l->line[n].image->digest, l->r->no_trunc, id);
			printf("%s\n", id);
		}
}

/* What templates and the table show in place of the object's members: for people. */
static int line_view(const struct images_request *r, const struct line *line, json_t **ret, struct err *e)
{
	const struct image *i = line->image;
	int64_t when = i->created == FIELD_NONE ? 0 : i->created;
	char size[32], ago[48], since[64], at[48], id[IMAGE_VIEW_ID];

	output_size(i->size, size, sizeof(size));
	output_ago(when, ago, sizeof(ago));
	output_time(when, at, sizeof(at));
	snprintf(since, sizeof(since), "%s ago", ago);
	image_view_id(i->digest, r->no_trunc, id);
	*ret = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "ID", id, "Repository", line->repository, "Tag", line->tag,
			 "Created", since, "CreatedSince", since, "CreatedAt", at, "Size", size, "VirtualSize", size);
	return *ret ? 0 : err_set(e, ERR_SYSTEM, ENOMEM, "list");
}

static int add_row(const struct listing *l, const struct line *line, json_t *rows, json_t *views, struct err *e)
{
	auto_json json_t *row = NULL, *view = NULL;

	if (image_list_object(line->image, &row, e) || line_view(l->r, line, &view, e))
		return -1;
	if (json_array_append(rows, row) || json_array_append(views, view))
		return err_set(e, ERR_SYSTEM, ENOMEM, "list");
	return 0;
}

/* JSON has an object for each image, all other forms a line for each name. */
static int print_rows(const struct listing *l, const struct output_form *form, struct err *e)
{
	static const struct output_column plain[] = {
		{ "REPOSITORY", "Repository", false }, { "TAG", "Tag", false }, { "IMAGE ID", "ID", false },
		{ "CREATED", "CreatedSince", false }, { "SIZE", "Size", false }, { NULL, NULL, false },
	};
	static const struct output_column digests[] = {
		{ "REPOSITORY", "Repository", false }, { "TAG", "Tag", false }, { "DIGEST", "Digest", false }, { "IMAGE ID", "ID", false },
		{ "CREATED", "CreatedSince", false }, { "SIZE", "Size", false }, { NULL, NULL, false },
	};
	static const struct output_column more[] = {
		{ "DIGEST", "Digest", false }, { "CREATED", "Created", false }, { "CREATED AT", "CreatedAt", false }, { NULL, NULL, false },
	};
	auto_json json_t *rows = json_array(), *views = json_array();

	for (size_t n = 0; n < l->n; n++)
		if ((form->kind != OUTPUT_JSON || is_first(l, n)) && add_row(l, &l->line[n], rows, views, e))
			return -1;
	return output_rows(form, &(struct output_rows){ .columns = l->r->digests ? digests : plain, .more = more, .json = rows,
							.view = views, .no_heads = l->r->no_heading }, e);
}

static int print(struct listing *l, const struct order *order, const struct output_form *form, struct err *e)
{
	if (l->n)
		qsort_r(l->line, l->n, sizeof(*l->line), compare, (void *)order);
	if (l->r->quiet) {
		print_ids(l);
		return 0;
	}
	return print_rows(l, form, e);
}

static int cmd_images_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	AUTO(listing_done) struct listing l = { .r = request };
	auto_image_filter struct image_filter filter = { 0 };
	auto_output_form struct output_form form = { 0 };
	const struct order *order;
	struct image *images = NULL;
	size_t n = 0;
	int r;

	if (output_form_read(l.r->format, &form, e) || find_order(l.r->sort, &order, e) || context_store(c, e) ||
	    image_filter_read(&c->store, &l.r->filter, &filter, e) || image_list(&c->store, &images, &n, e))
		return -1;
	r = 0;
	for (size_t i = 0; i < n && r == 0; i++)
		if (image_filter_passes(&filter, &images[i]) && (!operands->len || image_is_called(&images[i], operands->item[0])))
			r = add_image(&l, &images[i], e);
	if (r == 0)
		r = print(&l, order, &form, e);
	image_list_free(images, n);
	return r;
}

static void images_done(void *request)
{
	opt_list_done(&((struct images_request *)request)->filter);
}

const struct command cmd_images = {
	.name = "images", .operands = "[IMAGE]", .group = "Images", .brief = "list images",
	.mode = OPT_MIXED, .tables = images_tables, .request_size = sizeof(struct images_request), .done = images_done,
	.max_operands = 1, .run = cmd_images_main,
};
