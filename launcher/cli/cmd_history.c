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
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct history_request, format), .value = "json|table",
	  .help = "table (default) or json" },
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
	struct output_table table;
	json_t *array;
	bool json, below;	/* below: the first, which is the image itself, is done */
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

static int add_step(void *arg, const struct image_step *step, struct err *e)
{
	static const struct image_history unknown = { .created = FIELD_NONE };
	const struct image_history *h = step->history ? step->history : &unknown;
	struct history_view *v = arg;
	const char *by = h->created_by ? h->created_by : "", *comment = h->comment ? h->comment : "";
	int64_t created = h->created == FIELD_NONE ? 0 : h->created, size = 0;
	char at[64], bytes[32], id[IMAGE_VIEW_ID] = "<missing>";
	auto_free char *command = NULL;

	if (step->diff_id && layer_size(v->s, step->diff_id, &size, e))
		return -1;
	if (!v->below)
		image_view_id(v->image->digest, v->r->no_trunc, id);
	v->below = true;
	if (v->r->quiet) {
		printf("%s\n", id);
		return 0;
	}
	if (v->json) {
		output_time(created, at, sizeof(at));
		return json_array_append_new(v->array, json_pack("{s:s, s:s, s:s, s:I, s:s}", "id",
								 id[0] == '<' ? id : v->image->digest + strlen("sha256:"),
								 "created", at, "createdBy", by, "size", (json_int_t)size,
								 "comment", comment))
			? err_set(e, ERR_SYSTEM, ENOMEM, "history") : 0;
	}
	times_and_sizes(v, created, size, at, bytes);
	return cut_command(by, v->r->no_trunc, &command, e) || output_row(&v->table, e, id, at, command, bytes, comment) ? -1 : 0;
}

static int show(struct history_view *v, struct err *e)
{
	if (image_each_step(v->image, add_step, v, e))
		return -1;
	if (v->r->quiet)
		return 0;
	return v->json ? output_json(v->array, e) : output_table(&v->table, false, e);
}

static int cmd_history_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	static const char *const heads[] = { "ID", "CREATED", "CREATED BY", "SIZE", "COMMENT", NULL };
	struct history_view v = { .r = request, .table.heads = heads, .s = &c->store };
	auto_json json_t *array = json_array();
	auto_image struct image i;
	int r;

	image_init(&i);
	v.array = array;
	v.image = &i;
	if (output_format(v.r->format, &v.json, e) || context_store(c, e) || image_resolve(&c->store, operands->item[0], &i, e))
		return -1;
	r = show(&v, e);
	output_table_done(&v.table);
	return r;
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
