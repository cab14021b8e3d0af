/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_volume.c - secctr volume create, exists, inspect, ls, prune and rm; and mount and unmount, which there are not. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "launcher/base/ids.h"
#include "launcher/base/json.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/each.h"
#include "launcher/cli/env_file.h"
#include "launcher/cli/image_op.h"
#include "launcher/cli/json_of.h"
#include "launcher/cli/output.h"
#include "launcher/cli/volumes.h"

struct create_request {
	bool ignore;
	const char *driver;
	struct opt_list labels;
};

static const struct opt create_opts[] = {
	{ .letter = 'd', .name = "driver", .kind = OPT_TEXT, .offset = OPT_INTO(struct create_request, driver), .value = "local",
	  .help = "local is the only one" },
	{ .name = "ignore", .kind = OPT_FLAG, .offset = OPT_INTO(struct create_request, ignore),
	  .help = "a volume that exists is no error" },
	{ .letter = 'l', .name = "label", .kind = OPT_LIST, .offset = OPT_INTO(struct create_request, labels), .value = "KEY=VALUE",
	  .help = "a label, to find it by" },
	{ .letter = 'o', .name = "opt", .kind = OPT_REFUSED,
	  .help = "a volume is a directory of the store; mount on the host, and bind with run --volume where the policy allows it" },
	OPT_END
};
static const struct opt *const create_tables[] = { create_opts, NULL };

static void create_done(void *request)
{
	opt_list_done(&((struct create_request *)request)->labels);
}

static int create(struct image_op *op, const struct create_request *q, const char *name, struct err *e)
{
	auto_strv struct strv labels = { 0 };
	char made_up[ID_HEX + 1];
	struct err why = { 0 };

	if (q->driver && *q->driver && strcmp(q->driver, "local") != 0)
		return err_set(e, ERR_INPUT, 0, "--driver %.64s: local is the only one", q->driver);
	for (size_t i = 0; i < q->labels.len; i++)
		if (label_add(&labels, q->labels.item[i], e))
			return -1;
	if (!name) {
		if (id_new(made_up, e))
			return -1;
		name = made_up;
	}
	if (name_check("volume name", name, e) || authorize_volume(op->c, op->word, name, &op->w, e))
		return -1;
	if (volumes_make(op, name, &labels, false, &why) && !(q->ignore && why.reason == ERR_EXISTS)) {
		*e = why;
		return -1;
	}
	printf("%s\n", name);
	return 0;
}

static int cmd_create_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_image_op struct image_op op = IMAGE_OP_INIT(c, "volume-create");

	if (context_store(c, e))
		return -1;
	return create(&op, request, operands->len ? operands->item[0] : NULL, e) ? image_op_refused(&op, e) : 0;
}

static int cmd_exists_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_volume struct volume v;

	(void)request;
	volume_init(&v);
	if (context_store(c, e))
		return -1;
	if (volume_read(&c->store, operands->item[0], &v, e) == 0)
		return 0;
	return e->reason == ERR_NOTFOUND ? 1 : -1;
}

/* ---- ls, inspect ---- */

static int object(struct context *c, const char *name, json_t **ret, struct err *e)
{
	auto_volume struct volume v;
	auto_free char *point = NULL;
	char created[64];

	volume_init(&v);
	if (volume_read(&c->store, name, &v, e) || volumes_path(c, name, &point, e))
		return -1;
	output_time(v.created, created, sizeof(created));
	*ret = json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:{}, s:b, s:I}", "Name", v.name, "Driver", "local", "Mountpoint", point,
			 "CreatedAt", created, "Labels", json_of_map(&v.labels), "Scope", "local", "Options", "Anonymous", v.anonymous, "MountCount",
			 (json_int_t)0);
	return *ret ? 0 : err_set(e, ERR_SYSTEM, ENOMEM, "volume %s", name);
}

struct ls_request {
	bool quiet, no_heading;
	const char *format;
	struct opt_list filter;
};

static const struct opt ls_opts[] = {
	{ .letter = 'f', .name = "filter", .kind = OPT_LIST, .offset = OPT_INTO(struct ls_request, filter), .value = "KEY=VALUE",
	  .help = "only these: " VOLUME_FILTER_KEYS },
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct ls_request, format), .value = "FORMAT",
	  .help = "table (default), json, or a template" },
	{ .letter = 'n', .name = "noheading", .kind = OPT_FLAG, .offset = OPT_INTO(struct ls_request, no_heading),
	  .help = "no heading line" },
	{ .letter = 'q', .name = "quiet", .kind = OPT_FLAG, .offset = OPT_INTO(struct ls_request, quiet), .help = "names only" },
	OPT_END
};
static const struct opt *const ls_tables[] = { ls_opts, NULL };

static void ls_done(void *request)
{
	opt_list_done(&((struct ls_request *)request)->filter);
}

static int show(const struct ls_request *q, const struct output_form *form, const json_t *list, struct err *e)
{
	static const struct output_column columns[] = {
		{ "DRIVER", "Driver", false }, { "VOLUME NAME", "Name", true }, { 0 },
	};
	static const struct output_column more[] = {
		{ "CREATED AT", "CreatedAt", false }, { "LABELS", "Labels", false }, { "MOUNTPOINT", "Mountpoint", false },
		{ "SCOPE", "Scope", false }, { 0 },
	};
	const struct output_rows rows = { .columns = columns, .more = more, .json = list, .no_heads = q->no_heading };

	for (size_t i = 0; q->quiet && i < json_array_size(list); i++)
		printf("%s\n", json_string_value(json_object_get(json_array_get(list, i), "Name")));
	/* As podman: an empty table has no heading. */
	if (q->quiet || (form->kind != OUTPUT_JSON && !json_array_size(list)))
		return 0;
	return output_rows(form, &rows, e);
}

static int cmd_ls_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct ls_request *q = request;
	auto_output_form struct output_form form = { 0 };
	auto_json json_t *list = json_array();
	auto_strv struct strv names = { 0 };

	(void)operands;
	if (output_form_read(q->format, &form, e) || volume_filter_check(&q->filter, e) || context_store(c, e) ||
	    volumes_select(c, &q->filter, &names, e))
		return -1;
	for (size_t i = 0; i < names.len; i++) {
		json_t *j = NULL;
		struct err why = { 0 };

		if (object(c, names.item[i], &j, &why)) {
			if (why.reason == ERR_NOTFOUND)
				continue;	/* removed meanwhile */
			*e = why;
			return -1;
		}
		if (json_array_append_new(list, j))
			return err_set(e, ERR_SYSTEM, ENOMEM, "list");
	}
	return show(q, &form, list, e);
}

struct inspect_request {
	bool all;
	const char *format;
};

static const struct opt inspect_opts[] = {
	{ .letter = 'a', .name = "all", .kind = OPT_FLAG, .offset = OPT_INTO(struct inspect_request, all), .help = "every volume" },
	{ .letter = 'f', .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct inspect_request, format), .value = "FORMAT",
	  .help = "json (default), or a template" },
	OPT_END
};
static const struct opt *const inspect_tables[] = { inspect_opts, NULL };

static int cmd_inspect_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct inspect_request *q = request;
	auto_output_form struct output_form form = { 0 };
	auto_json json_t *list = json_array();
	auto_strv struct strv names = { 0 };
	const struct output_rows rows = { .json = list };

	if (q->all == (operands->len > 0))
		return err_set(e, ERR_USAGE, 0, q->all ? "--all and volumes by name exclude each other" :
			       "name a volume, or give --all");
	if (output_form_read(q->format, &form, e) || context_store(c, e) || (q->all && volume_list(&c->store, &names, e)))
		return -1;
	for (size_t i = 0; i < operands->len; i++)
		if (strv_add(&names, operands->item[i], e))
			return -1;
	for (size_t i = 0; i < names.len; i++) {
		json_t *j = NULL;

		if (object(c, names.item[i], &j, e))
			return -1;
		if (json_array_append_new(list, j))
			return err_set(e, ERR_SYSTEM, ENOMEM, "list");
	}
	return form.kind == OUTPUT_TABLE ? output_json(list, e) : output_rows(&form, &rows, e);
}

/* ---- rm, prune ---- */

struct rm_request {
	bool all, force;
};

static const struct opt rm_opts[] = {
	{ .letter = 'a', .name = "all", .kind = OPT_FLAG, .offset = OPT_INTO(struct rm_request, all), .help = "every volume" },
	{ .letter = 'f', .name = "force", .kind = OPT_FLAG, .offset = OPT_INTO(struct rm_request, force),
	  .help = "stop and remove containers that use it first; one that does not exist is no error" },
	OPT_END
};
static const struct opt *const rm_tables[] = { rm_opts, NULL };

static int cmd_rm_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct rm_request *q = request;
	auto_image_op struct image_op op = IMAGE_OP_INIT(c, "volume-remove");
	auto_strv struct strv names = { 0 };
	bool busy = false, unknown = false, other = false;

	if (q->all == (operands->len > 0))
		return err_set(e, ERR_USAGE, 0, q->all ? "--all and volumes by name exclude each other" :
			       "name a volume, or give --all");
	if (context_store(c, e) || (q->all && volume_list(&c->store, &names, e)))
		return -1;
	for (size_t i = 0; i < operands->len; i++)
		if (strv_add(&names, operands->item[i], e))
			return -1;
	for (size_t i = 0; i < names.len; i++) {
		struct err why = { 0 };
		bool in_use = false;

		if (volumes_remove(&op, names.item[i], q->force, &in_use, &why) == 0) {
			printf("%s\n", names.item[i]);
			continue;
		}
		if (why.reason == ERR_NOTFOUND && (q->force || q->all))
			continue;
		(void)image_op_refused(&op, &why);
		busy |= in_use;
		unknown |= why.reason == ERR_NOTFOUND;
		other |= !in_use && why.reason != ERR_NOTFOUND;
		fprintf(stderr, "secctr: %s\n", why.text);
	}
	return other ? 125 : busy ? 2 : unknown ? 1 : 0;
}

struct prune_request {
	bool force;
	struct opt_list filter;
};

static const struct opt prune_opts[] = {
	{ .name = "filter", .kind = OPT_LIST, .offset = OPT_INTO(struct prune_request, filter), .value = "KEY=VALUE",
	  .help = "only these: " VOLUME_FILTER_KEYS },
	{ .letter = 'f', .name = "force", .kind = OPT_FLAG, .offset = OPT_INTO(struct prune_request, force), .help = "do not ask" },
	OPT_END
};
static const struct opt *const prune_tables[] = { prune_opts, NULL };

static void prune_done(void *request)
{
	opt_list_done(&((struct prune_request *)request)->filter);
}

static int cmd_prune_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct prune_request *q = request;
	auto_image_op struct image_op op = IMAGE_OP_INIT(c, "volume-remove");
	auto_strv struct strv names = { 0 };

	(void)operands;
	if (volume_filter_check(&q->filter, e) || context_store(c, e))
		return -1;
	if (!q->force && !each_confirmed("This will remove all volumes not used by at least one container."))
		return 0;
	if (volumes_select(c, &q->filter, &names, e))
		return -1;
	for (size_t i = 0; i < names.len; i++) {
		struct err why = { 0 };
		bool in_use = false;

		if (volumes_remove(&op, names.item[i], false, &in_use, &why) == 0) {
			printf("%s\n", names.item[i]);
		} else if (!in_use && why.reason != ERR_NOTFOUND) {
			*e = why;
			return image_op_refused(&op, e);
		}
	}
	return 0;
}

static int cmd_mount_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	(void)c;
	(void)request;
	(void)operands;
	return err_set(e, ERR_USAGE, 0, "volume mount, volume unmount: a volume is a directory, which nothing needs to mount: "
		       "`secctr volume inspect` has its Mountpoint");
}

#define VOLUME_COMMAND(word, text) .name = "volume " word, .group = "Volumes", .brief = text, .mode = OPT_MIXED

const struct command cmd_volume_create = {
	VOLUME_COMMAND("create", "make a volume"), .operands = "[NAME]", .tables = create_tables,
	.request_size = sizeof(struct create_request), .done = create_done, .max_operands = 1, .run = cmd_create_main,
};
const struct command cmd_volume_exists = {
	VOLUME_COMMAND("exists", "say whether there is such a volume"), .operands = "VOLUME", .min_operands = 1, .max_operands = 1,
	.run = cmd_exists_main,
};
const struct command cmd_volume_inspect = {
	VOLUME_COMMAND("inspect", "show volumes as JSON"), .operands = "VOLUME...", .tables = inspect_tables,
	.request_size = sizeof(struct inspect_request), .max_operands = SIZE_MAX, .run = cmd_inspect_main,
};
const struct command cmd_volume_ls = {
	VOLUME_COMMAND("ls", "list volumes"), .tables = ls_tables, .request_size = sizeof(struct ls_request), .done = ls_done,
	.max_operands = 0, .run = cmd_ls_main,
};
const struct command cmd_volume_prune = {
	VOLUME_COMMAND("prune", "remove volumes that no container uses"), .tables = prune_tables,
	.request_size = sizeof(struct prune_request), .done = prune_done, .max_operands = 0, .run = cmd_prune_main,
};
const struct command cmd_volume_rm = {
	VOLUME_COMMAND("rm", "remove volumes"), .operands = "VOLUME...", .tables = rm_tables,
	.request_size = sizeof(struct rm_request), .max_operands = SIZE_MAX, .run = cmd_rm_main,
};
const struct command cmd_volume_mount = {
	.name = "volume mount", .operands = "VOLUME...", .brief = "refused: see volume inspect", .mode = OPT_MIXED,
	.max_operands = SIZE_MAX, .run = cmd_mount_main,
};
const struct command cmd_volume_unmount = {
	.name = "volume unmount", .operands = "VOLUME...", .brief = "refused: see volume inspect", .mode = OPT_MIXED,
	.max_operands = SIZE_MAX, .run = cmd_mount_main,
};
