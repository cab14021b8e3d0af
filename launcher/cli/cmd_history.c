/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_history.c - secctr history. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/image_view.h"
#include "launcher/cli/output.h"
#include "launcher/store/layers.h"

struct history_request {
	bool quiet, no_trunc;
	int human;		/* TRI */
	const char *format;
};

static const struct opt history_opts[] = {
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct history_request, format), .value = "json|table|TEMPLATE",
	  .help = "json, or a template as '{{.ID}} {{.CreatedBy}}'" },
	{ .letter = 'H', .name = "human", .kind = OPT_TRI, .offset = OPT_INTO(struct history_request, human),
	  .help = "times as \"2 days ago\" and sizes as \"3 MB\", which is the default; --human=false: exact ones" },
	{ .name = "no-trunc", .kind = OPT_FLAG, .offset = OPT_INTO(struct history_request, no_trunc),
	  .help = "whole ids and commands" },
	{ .letter = 'q', .name = "quiet", .kind = OPT_FLAG, .offset = OPT_INTO(struct history_request, quiet),
	  .help = "ids only" },
	OPT_END
};
static const struct opt *const history_tables[] = { history_opts, NULL };

enum { COMMAND_COLUMNS = 45 };	/* as podman cuts */

struct history_view {
	const struct store *s;
	const struct history_request *r;
	const struct image *image;
	json_t *rows, *views;	/* what JSON shows, and what templates and the table show in its place */
	bool below;		/* the first, which is the image itself, is done */
};

static void times_and_sizes(const struct history_view *v, int64_t created, int64_t size, char at[64], char bytes[32])
{
	char ago[48];

	if (v->r->human == 0) {
		output_time(created, at, 64);
		snprintf(bytes, 32, "%lld", (long long)size);
		return;
	}
	output_ago(created, ago, sizeof(ago));
	snprintf(at, 64, "%s ago", ago);
	output_size(size, bytes, 32);
}

/* By whole characters: output_row() makes the rest safe. */
static int cut_command(const char *text, bool whole, char **ret, struct err *e)
{
	size_t n = 0, columns = 0;

	if (whole || strlen(text) <= COMMAND_COLUMNS)
		return str_copy(text, ret, e);
	while (text[n] && columns < COMMAND_COLUMNS - 3)
		columns += ((unsigned char)text[n++] & 0xc0) != 0x80;
	while (((unsigned char)text[n] & 0xc0) == 0x80)
		n++;
	return str_print(ret, e, "%.*s...", (int)n, text);
}

static int add_row(struct history_view *v, const struct image_history *h, const char *id, int64_t size, struct err *e)
{
	const char *by = h->created_by ? h->created_by : "", *comment = h->comment ? h->comment : "";
	int64_t created = h->created == FIELD_NONE ? 0 : h->created;
	char at[64], shown[64], bytes[32];
	auto_free char *command = NULL;
	auto_json json_t *row = NULL, *view = NULL;

	if (cut_command(by, v->r->no_trunc, &command, e))
		return -1;
	output_time(created, at, sizeof(at));
	times_and_sizes(v, created, size, shown, bytes);
	row = json_pack("{s:s, s:s, s:s, s:I, s:s}", "id", id[0] == '<' ? id : v->image->digest + strlen("sha256:"), "created", at,
			"createdBy", by, "size", (json_int_t)size, "comment", comment);
	view = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "ID", id, "Created", shown, "CreatedSince", shown, "CreatedAt", at,
			 "CreatedBy", command, "Size", bytes, "Comment", comment);
	if (!row || !view || json_array_append(v->rows, row) || json_array_append(v->views, view))
		return err_set(e, ERR_SYSTEM, ENOMEM, "history");
	return 0;
}

static int add_step(void *arg, const struct image_step *step, struct err *e)
{
	static const struct image_history unknown = { .created = FIELD_NONE };
	struct history_view *v = arg;
	char id[IMAGE_VIEW_ID] = "<missing>";
	int64_t size = 0;

	if (step->diff_id && layer_size(v->s, step->diff_id, &size, e))
		return -1;
	if (!v->below)
		image_view_id(v->image->digest, v->r->no_trunc, id);
	v->below = true;
	if (!v->r->quiet)
		return add_row(v, step->history ? step->history : &unknown, id, size, e);
	printf("%s\n", id);
	return 0;
}

static int cmd_history_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	static const struct output_column columns[] = {
		{ "ID", "ID", false }, { "CREATED", "Created", false }, { "CREATED BY", "CreatedBy", false }, { "SIZE", "Size", false },
		{ "COMMENT", "Comment", false }, { NULL, NULL, false },
	};
	auto_json json_t *rows = json_array(), *views = json_array();
	struct history_view v = { .r = request, .s = &c->store, .rows = rows, .views = views };
	auto_output_form struct output_form form = { 0 };
	auto_image struct image i;

	image_init(&i);
	v.image = &i;
	if (output_form_read(v.r->format, &form, e) || context_store(c, e) || image_resolve(&c->store, operands->item[0], &i, e) ||
	    image_each_step(&i, add_step, &v, e))
		return -1;
	return v.r->quiet ? 0 : output_rows(&form, &(struct output_rows){ .columns = columns, .json = rows, .view = views }, e);
}

static void history_prepare(void *request)
{
	((struct history_request *)request)->human = -1;
}

const struct command cmd_history = {
	.name = "history", .operands = "IMAGE", .group = "Images", .brief = "show how an image was made",
	.mode = OPT_MIXED, .tables = history_tables, .request_size = sizeof(struct history_request),
	.prepare = history_prepare, .min_operands = 1, .max_operands = 1, .run = cmd_history_main,
};
