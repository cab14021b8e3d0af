/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_inspect.c - secctr inspect: a container's state, end and sealed plan; or an image. */
#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/look.h"
#include "launcher/cli/output.h"
#include "launcher/store/images.h"

struct inspect_request {
	const char *type, *format;
};

static const struct opt inspect_opts[] = {
	{ .letter = 't', .name = "type", .kind = OPT_TEXT, .offset = OPT_INTO(struct inspect_request, type),
	  .value = "container|image|all", .help = "what to look for (default all)" },
	{ .letter = 'f', .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct inspect_request, format),
	  .value = "json", .help = "json, which is the default" },
	OPT_END
};
static const struct opt *const inspect_tables[] = { inspect_opts, NULL };

static json_t *state_object(const struct look *l)
{
	const struct container_state *s = &l->state;
	char started[48], finished[48];

	output_time(s->started, started, sizeof(started));
	output_time(l->ended ? l->exit.finished : 0, finished, sizeof(finished));
	return json_pack("{s:s, s:b, s:b, s:b, s:I, s:I, s:b, s:s?, s:s, s:s, s:I, s:s?, s:s?}",
			 "Status", container_status_words[s->status], "Running", s->status == CONTAINER_RUNNING,
			 "Paused", s->status == CONTAINER_PAUSED, "Restarting", s->status == CONTAINER_RESTARTING,
			 "Pid", (json_int_t)(l->ended ? 0 : s->pid),
			 "ExitCode", (json_int_t)(l->ended ? l->exit.exit_code : 0),
			 "OOMKilled", l->ended && l->exit.oom_killed, "Error", l->ended ? l->exit.error : NULL,
			 "StartedAt", started, "FinishedAt", finished, "MonitorPid", (json_int_t)s->monitor_pid,
			 "Reason", l->ended ? l->exit.reason : NULL, "CgroupPath", s->cgroup);
}

static json_t *audit_object(const struct look *l)
{
	const struct container_state *s = &l->state;

	return json_pack("{s:I, s:I, s:I, s:I, s:s?, s:s?}",
			 "LoginUid", (json_int_t)s->auid, "Session", (json_int_t)s->ses,
			 "CreatorLoginUid", (json_int_t)s->creator_auid, "CreatorSession", (json_int_t)s->creator_ses,
			 "StartEvent", s->start_event, "StopEvent", l->ended ? l->exit.stop_event : NULL);
}

static int container_object(struct context *c, const char *text, json_t **ret, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	auto_json json_t *plan = NULL, *j = NULL;
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	auto_look struct look l;
	char created[48], uuid[UUID_TEXT + 1];
	struct err broken = { 0 };
	int r = 0;

	look_init(&l);
	if (look_at(c, text, &l, e))
		return -1;
	id_uuid(l.state.id, uuid);
	output_time(l.state.created, created, sizeof(created));
	if (look_plan(&l, &sealed, &broken) == 0) {
		r = authorize_op(c, sealed_plan(sealed), "inspect", &w, e) || plan_json(sealed_plan(sealed), &plan, e) ? -1 : 0;
		if (r)
			authorize_refused(c, &w, "inspect", l.state.name, uuid, e);
		audit_writer_close(&w);
	}
	if (r)
		return -1;
	j = json_pack("{s:s, s:I, s:s?, s:s, s:s?, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:o?, s:o?, s:O?, s:s?}",
		      "Id", l.state.id, "RestartCount", (json_int_t)l.state.restarts, "Name", l.state.name, "Uuid", uuid, "Image", l.state.image, "Created", created,
		      "Policy", l.state.policy, "PolicyDigest", l.state.policy_digest,
		      "PlanDigest", l.state.plan_digest, "ProcessLabel", l.state.process_label, "Level", l.state.level,
		      "State", state_object(&l), "Audit", audit_object(&l), "Plan", plan,
		      "PlanError", plan ? NULL : broken.text);
	if (!j)
		return err_set(e, ERR_INTERNAL, 0, "inspect %.64s", text);
	*ret = take_ptr(&j);
	return 0;
}

static int image_object(struct context *c, const char *text, json_t **ret, struct err *e)
{
	struct image i;
	int r;

	if (context_store(c, e))
		return -1;
	image_init(&i);
	r = image_resolve(&c->store, text, &i, e) || fields_to_json(image_fields, &i, ret, e) ? -1 : 0;
	image_done(&i);
	return r;
}

static int object(struct context *c, const char *type, const char *text, json_t **ret, struct err *e)
{
	bool any = !type || strcmp(type, "all") == 0;

	if (any || strcmp(type, "container") == 0) {
		if (container_object(c, text, ret, e) == 0)
			return 0;
		if (!any || e->reason != ERR_NOTFOUND)
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
	auto_json json_t *array = json_array();

	if (r->format && strcmp(r->format, "json") != 0)
		return err_set(e, ERR_USAGE, 0, "--format %.64s: json (templates are not supported by this version)", r->format);
	for (size_t i = 0; i < operands->len; i++) {
		json_t *j = NULL;

		if (object(c, r->type, operands->item[i], &j, e))
			return -1;
		if (json_array_append_new(array, j))
			return err_set(e, ERR_SYSTEM, ENOMEM, "inspect");
	}
	return output_json(array, e);
}

const struct command cmd_inspect = {
	.name = "inspect", .operands = "CONTAINER|IMAGE...", .group = "Containers",
	.brief = "show all that is kept of a container or an image, as JSON",
	.mode = OPT_MIXED, .tables = inspect_tables, .request_size = sizeof(struct inspect_request),
	.min_operands = 1, .max_operands = SIZE_MAX, .run = cmd_inspect_main,
};
