/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_inspect.c - secctr inspect: a container's state, end and sealed plan; or an image. */
#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/image_view.h"
#include "launcher/cli/inspect.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/output.h"
#include "launcher/cli/sizes.h"
#include "launcher/store/images.h"

struct inspect_request {
	const char *type, *format;
	bool size, latest;
};

static const struct opt inspect_opts[] = {
	{ .letter = 't', .name = "type", .kind = OPT_TEXT, .offset = OPT_INTO(struct inspect_request, type),
	  .value = "container|image|all", .help = "what to look for (default all)" },
	{ .letter = 'f', .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct inspect_request, format),
	  .value = "json|TEMPLATE", .help = "json (default), or a template as '{{.State.Status}}'" },
	{ .letter = 's', .name = "size", .kind = OPT_FLAG, .offset = OPT_INTO(struct inspect_request, size),
	  .help = "with the bytes that a container holds on disk" },
	{ .letter = 'l', .name = "latest", .kind = OPT_FLAG, .offset = OPT_INTO(struct inspect_request, latest),
	  .help = "the container that was made last" },
	OPT_END
};
static const struct opt *const inspect_tables[] = { inspect_opts, NULL };

/* It was removed while it was looked at; then *e says so. */
static bool is_gone(struct context *c, const char *id, struct err *e)
{
	auto_look struct look l;
	struct err why;

	look_init(&l);
	if (look_at_id(c, id, &l, &why) == 0 || why.reason != ERR_NOTFOUND)
		return false;
	*e = why;
	return true;
}

static int container_object(struct context *c, const struct inspect_request *r, const char *text, json_t **ret, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	struct inspect_subject s = { .store = c->root, .size = -1, .root_size = -1 };
	struct err broken = { 0 };
	char uuid[UUID_TEXT + 1];
	auto_look struct look l;
	int status = 0;

	look_init(&l);
	if (look_at(c, text, &l, e))
		return -1;
	s.look = &l;
	s.broken = broken.text;
	id_uuid(l.state.id, uuid);
	if (look_plan(&l, &sealed, &broken) == 0) {
		s.plan = sealed_plan(sealed);
		status = authorize_op(c, s.plan, "inspect", &w, e);
		if (status)
			authorize_refused(c, &w, "inspect", l.state.name, uuid, e);
		audit_writer_close(&w);
	} else if (is_gone(c, l.state.id, e)) {
		return -1;
	}
	if (status || (r->size && sizes_of_container(c, &l, s.plan, &s.size, &s.root_size, e)))
		return -1;
	return inspect_container(&s, ret, e);
}

static int image_object(struct context *c, const char *text, json_t **ret, struct err *e)
{
	struct image i;
	int r;

	if (context_store(c, e))
		return -1;
	image_init(&i);
	r = image_resolve(&c->store, text, &i, e) || image_inspect_object(&i, ret, e) ? -1 : 0;
	image_done(&i);
	return r;
}

static int object(struct context *c, const struct inspect_request *r, const char *text, json_t **ret, struct err *e)
{
	const char *type = r->latest ? "container" : r->type;
	bool any = !type || strcmp(type, "all") == 0;

	if (any || strcmp(type, "container") == 0) {
		if (container_object(c, r, text, ret, e) == 0)
			return 0;
		/* What cannot be a container's name may be an image's: secctr/default. */
		if (!any || (e->reason != ERR_NOTFOUND && e->reason != ERR_INPUT))
			return -1;
		if (image_object(c, text, ret, e) == 0)
			return 0;
		return e->reason == ERR_NOTFOUND || e->reason == ERR_INPUT
			? err_set(e, ERR_NOTFOUND, 0, "no container and no image %.256s", text) : -1;
	}
	if (strcmp(type, "image") == 0)
		return image_object(c, text, ret, e);
	return err_set(e, ERR_USAGE, 0, "--type %.32s: container, image or all", type);
}

static int cmd_inspect_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct inspect_request *r = request;
	auto_output_form struct output_form form = { 0 };
	auto_json json_t *array = json_array();
	auto_opt_list struct opt_list latest = { 0 };
	auto_free char *id = NULL;

	if (output_form_read(r->format, &form, e) || (r->latest && latest_container(c, operands, &latest, &id, e)))
		return -1;
	if (!operands->len && !r->latest)
		return err_set(e, ERR_USAGE, 0, "name a container or an image, or give --latest");
	operands = r->latest ? &latest : operands;
	for (size_t i = 0; i < operands->len; i++) {
		json_t *j = NULL;

		if (object(c, r, operands->item[i], &j, e))
			return -1;
		if (json_array_append_new(array, j))
			return err_set(e, ERR_SYSTEM, ENOMEM, "inspect");
	}
	if (form.kind == OUTPUT_TABLE)
		return output_json(array, e);
	return output_rows(&form, &(struct output_rows){ .json = array }, e);
}

const struct command cmd_inspect = {
	.name = "inspect", .operands = "[CONTAINER|IMAGE...]", .group = "Containers",
	.brief = "show all that is kept of a container or an image, as JSON",
	.mode = OPT_MIXED, .tables = inspect_tables, .request_size = sizeof(struct inspect_request),
	.max_operands = SIZE_MAX, .run = cmd_inspect_main,
};
