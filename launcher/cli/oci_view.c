/* SPDX-License-Identifier: Apache-2.0 */
/* oci_view.c - secctr-runtime state, list, ps. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "launcher/base/ids.h"
#include "launcher/base/json.h"
#include "launcher/cli/oci.h"
#include "launcher/cli/output.h"
#include "launcher/cli/processes.h"

/*
 * Between the end of the init and its exit record lies the engine's reaping of it. To the specification it is stopped when
 * the process has exited.
 */
static int see_end(struct context *c, struct look *l)
{
	struct err ignored;
	auto_close int pidfd = look_is_live(l) ? look_live_pidfd(c, l, &ignored) : -1;

	l->over = look_is_live(l) && pidfd < 0;
	return 0;
}

int oci_look(struct context *c, const char *id, struct look *ret, struct err *e)
{
	char found[ID_HEX + 1];

	if (context_proc(c, e) < 0 || context_containers(c, e))
		return -1;
	/* A front part, which people may type, is no engine's id. */
	if (container_resolve(&c->store, id, found, e) || look_at_id(c, found, ret, e)) {
		if (e->reason != ERR_NOTFOUND)
			return -1;
	} else if (strcmp(oci_id(&ret->state), id) == 0) {
		return see_end(c, ret);
	}
	/* Podman and containerd look for these words. */
	return err_set(e, ERR_NOTFOUND, 0, "container does not exist: %.64s", id);
}

const char *oci_status(const struct look *l)
{
	if (l->over)
		return "stopped";
	switch (l->state.status) {
	case CONTAINER_CREATING:
		return "creating";
	case CONTAINER_CREATED:
		return l->state.pid > 0 && !l->ended ? "created" : "stopped";
	case CONTAINER_PAUSED:
		return "paused";
	case CONTAINER_RUNNING:
	case CONTAINER_STOPPING:
		return "running";
	default:
		return "stopped";
	}
}

static bool is_stopped(const struct look *l)
{
	return strcmp(oci_status(l), "stopped") == 0;
}

static void time_of(int64_t usec, char *to, size_t n)
{
	time_t seconds = (time_t)(usec / 1000000);
	struct tm tm;
	size_t at = gmtime_r(&seconds, &tm) ? strftime(to, n, "%Y-%m-%dT%H:%M:%S", &tm) : 0;

	(void)snprintf(to + at, n - at, ".%06lldZ", (long long)(usec % 1000000));
}

/* What runtime.md has, and what runc and crun add, which engines read. */
static int state_of(const struct look *l, json_t **ret, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	const struct container_state *st = &l->state;
	auto_json json_t *doc = NULL;
	struct err unread;
	char created[64];

	time_of(st->created, created, sizeof(created));
	doc = json_pack("{s:s, s:s, s:s, s:s, s:s}", "ociVersion", OCI_VERSION, "id", oci_id(st), "status", oci_status(l),
			"bundle", st->bundle ? st->bundle : "", "created", created);
	if (!doc || (!is_stopped(l) && json_object_set_new(doc, "pid", json_integer(st->pid))))
		return err_set(e, ERR_SYSTEM, ENOMEM, "state");
	if (is_stopped(l) && json_object_set_new(doc, "pid", json_integer(0)))
		return err_set(e, ERR_SYSTEM, ENOMEM, "state");
	if (look_plan(l, &sealed, &unread) == 0 &&
	    json_object_set_new(doc, "rootfs", json_string(sealed_plan(sealed)->root.path)))
		return err_set(e, ERR_SYSTEM, ENOMEM, "state");
	if (oci_annotations(&st->annotations, doc, e))
		return -1;
	*ret = take_ptr(&doc);
	return 0;
}

static int state_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_json json_t *doc = NULL;
	auto_look struct look l;

	(void)request;
	look_init(&l);
	return oci_look(c, operands->item[0], &l, e) || state_of(&l, &doc, e) || output_json(doc, e) ? -1 : 0;
}

struct list_request {
	bool quiet;
	const char *format;
};
static const struct opt list_opts[] = {
	{ .letter = 'q', .name = "quiet", .kind = OPT_FLAG, .offset = OPT_INTO(struct list_request, quiet), .help = "ids only" },
	{ .letter = 'f', .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct list_request, format), .value = "FORMAT",
	  .help = "table or json" },
	OPT_END
};
static const struct opt *const list_tables[] = { list_opts, NULL };
static const struct opt *const ps_tables[] = { list_opts + 1, NULL };	/* without --quiet */

static int add_row(struct output_table *t, const struct look *l, struct err *e)
{
	char pid[24], created[64];

	(void)snprintf(pid, sizeof(pid), "%lld", is_stopped(l) ? 0LL : (long long)l->state.pid);
	time_of(l->state.created, created, sizeof(created));
	return output_row(t, e, oci_id(&l->state), pid, oci_status(l), l->state.bundle, created);
}

static int list_all(struct context *c, const struct list_request *r, bool as_json, json_t *array, struct output_table *t, struct err *e)
{
	auto_strv struct strv ids = { 0 };

	if (context_proc(c, e) < 0 || context_containers(c, e) || container_list(&c->store, &ids, e))
		return -1;
	for (size_t i = 0; i < ids.len; i++) {
		auto_look struct look l;
		struct err why = { 0 };
		json_t *one = NULL;

		look_init(&l);
		/* Removed meanwhile. */
		if (look_at_id(c, ids.item[i], &l, &why)) {
			if (why.reason == ERR_NOTFOUND)
				continue;
			*e = why;
			return -1;
		}
		if (r->quiet)
			printf("%s\n", oci_id(&l.state));
		else if (as_json ? (state_of(&l, &one, e) || json_array_append_new(array, one)) : add_row(t, &l, e))
			return -1;
	}
	return 0;
}

static int list_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	static const char *const heads[] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", NULL };
	const struct list_request *r = request;
	struct output_table t = { .heads = heads };
	auto_json json_t *array = json_array();
	bool as_json = false;
	int done;

	(void)operands;
	if (!array || output_format(r->format, &as_json, e))
		return -1;
	done = list_all(c, r, as_json, array, &t, e);
	if (done == 0 && !r->quiet)
		done = as_json ? output_json(array, e) : output_table(&t, false, e);
	output_table_done(&t);
	return done;
}

static int ps_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct list_request *r = request;
	auto_processes struct processes all = { 0 };
	auto_json json_t *array = json_array();
	auto_look struct look l;
	bool as_json = false;

	look_init(&l);
	if (!array || output_format(r->format, &as_json, e) || oci_look(c, operands->item[0], &l, e) || processes_read(c, &l, &all, e))
		return -1;
	if (!as_json)
		printf("PID\tCOMMAND\n");
	for (size_t i = 0; i < all.len; i++) {
		auto_str struct str safe = { 0 };

		if (as_json ? json_array_append_new(array, json_integer(all.item[i].host_pid)) :
		    str_add_safe(&safe, all.item[i].args, strlen(all.item[i].args), e))
			return -1;
		if (!as_json)
			printf("%d\t%s\n", all.item[i].host_pid, safe.text ? safe.text : "");
	}
	return as_json ? output_json(array, e) : 0;
}

const struct command oci_cmd_state = {
	.name = "state", .operands = "ID", .group = "Containers", .brief = "the state of a container, as the specification has it",
	.mode = OPT_MIXED, .request_size = 0, .min_operands = 1, .max_operands = 1, .run = state_main,
};
const struct command oci_cmd_list = {
	.name = "list", .operands = "", .group = "Containers", .brief = "the containers below --root",
	.mode = OPT_MIXED, .tables = list_tables, .request_size = sizeof(struct list_request), .max_operands = 0, .run = list_main,
};
const struct command oci_cmd_ps = {
	.name = "ps", .operands = "ID", .group = "Containers", .brief = "the processes of a container, by PID of the host",
	.mode = OPT_MIXED, .tables = ps_tables, .request_size = sizeof(struct list_request), .min_operands = 1, .max_operands = 1,
	.run = ps_main,
};
