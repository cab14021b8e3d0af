/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_info.c - secctr info and version. */
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "audit/writer.h"
#include "launcher/base/json.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/look.h"
#include "launcher/cli/output.h"
#include "launcher/runtime/cgroup_tree.h"
#include "launcher/spec/image.h"
#include "launcher/store/images.h"
#include "policy/policy.h"

struct info_request {
	const char *format;
};

static const struct opt info_opts[] = {
	{ .letter = 'f', .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct info_request, format), .value = "json|TEMPLATE",
	  .help = "json, or a template as '{{.Version}}'" },
	OPT_END
};
static const struct opt *const info_tables[] = { info_opts, NULL };

/* "name: value" lines, indented by two for each object: as podman's YAML for these values. */
static int print_object(const json_t *j, int depth, struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)j, key, value) {
		auto_str struct str text = { 0 };

		printf("%*s%s:", 2 * depth, "", key);
		if (json_is_object(value)) {
			putchar('\n');
			if (print_object(value, depth + 1, e))
				return -1;
			continue;
		}
		if (str_add(&text, "", e) || (!json_is_null(value) && template_show(value, &text, e)))
			return -1;
		printf("%s%s\n", *text.text ? " " : "", text.text);
	}
	return 0;
}

static int count_containers(struct context *c, json_t **ret, struct err *e)
{
	auto_strv struct strv ids = { 0 };
	json_int_t running = 0, paused = 0, all = 0;

	if (container_list(&c->store, &ids, e))
		return -1;
	for (size_t i = 0; i < ids.len; i++) {
		auto_look struct look l;
		struct err ignored;

		look_init(&l);
		if (look_at_id(c, ids.item[i], &l, &ignored))
			continue;
		all++;
		running += look_is_live(&l) && l.state.status != CONTAINER_PAUSED;
		paused += l.state.status == CONTAINER_PAUSED;
	}
	*ret = json_pack("{s:I, s:I, s:I, s:I}", "number", all, "paused", paused, "running", running, "stopped", all - running - paused);
	return 0;
}

static json_t *controllers(void)
{
	struct cgroup_trees trees;
	struct err ignored;
	json_t *list = json_array();

	if (cgroup_trees_find(&trees, &ignored))
		return list;
	for (size_t t = 0; t < trees.len; t++)
		for (int i = 0; cgroup_controller_words[i]; i++)
			if (trees.item[t].controllers >> i & 1)
				(void)json_array_append_new(list, json_string(cgroup_controller_words[i]));
	cgroup_trees_done(&trees);
	return list;
}

static json_t *security(struct context *c)
{
	struct err ignored = { 0 };
	bool known = context_selinux(c, &ignored) == 0;

	return json_pack("{s:b, s:b, s:b, s:b, s:b, s:s}", "apparmorEnabled", 0, "rootless", 0, "seccompEnabled", 1,
			 "selinuxEnabled", known && c->selinux.enabled, "selinuxEnforcing", known && c->selinux.enforcing,
			 "seccompProfilePath", "");
}

static json_t *audit(struct context *c)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	struct err why = { 0 };
	bool ready = context_proc(c, &why) >= 0 && audit_writer_open(AUDIT_NEED_READBACK, c->procfd, &w, &why) == 0;

	audit_writer_close(&w);
	return json_pack("{s:b, s:s}", "ready", ready, "why", ready ? "" : why.text);
}

static int policies(json_t **ret)
{
	AUTO(policy_set_free_auto) struct policy_set *set = NULL;
	struct err why = { 0 };
	json_t *names = json_array();
	int r = policy_set_read(&policy_places_default, &set, &why);

	for (size_t i = 0; r == 0 && i < policy_set_count(set); i++)
		(void)json_array_append_new(names, json_string(policy_name(policy_set_at(set, i))));
	*ret = json_pack("{s:o, s:s, s:s}", "names", names, "why", r ? why.text : "", "site", policy_places_default.site);
	return *ret ? 0 : -1;
}

static json_t *version_object(void)
{
	return json_pack("{s:s, s:s, s:o, s:s}", "Version", SECCTR_VERSION, "APIVersion", SECCTR_VERSION, "OsArch",
			 json_sprintf("linux/%s", spec_architecture), "Os", "linux");
}

static json_t *host_object(struct context *c)
{
	struct utsname host;
	struct sysinfo memory;

	if (uname(&host) || sysinfo(&memory))
		return NULL;
	return json_pack("{s:s, s:o, s:s, s:I, s:s, s:s, s:I, s:I, s:s, s:o, s:o, s:I, s:I, s:I}", "arch", spec_architecture,
			 "cgroupControllers", controllers(), "cgroupVersion", cgroup_is_v2() ? "v2" : "v1", "cpus",
			 (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "hostname", host.nodename, "kernel", host.release,
			 "memFree", (json_int_t)(memory.freeram * memory.mem_unit), "memTotal", (json_int_t)(memory.totalram * memory.mem_unit),
			 "os", "linux", "security", security(c), "audit", audit(c), "swapFree", (json_int_t)(memory.freeswap * memory.mem_unit),
			 "swapTotal", (json_int_t)(memory.totalswap * memory.mem_unit), "uptime", (json_int_t)memory.uptime);
}

static int store_object(struct context *c, json_t **ret, struct err *e)
{
	struct image *images = NULL;
	json_t *containers = NULL;
	size_t n = 0;

	if (count_containers(c, &containers, e))
		return -1;
	if (image_list(&c->store, &images, &n, e)) {
		json_decref(containers);
		return -1;
	}
	image_list_free(images, n);
	*ret = json_pack("{s:s, s:o, s:s, s:{s:I}, s:s}", "graphDriverName", "overlay", "containerStore", containers, "graphRoot",
			 c->root ? c->root : STORE_ROOT, "imageStore", "number", (json_int_t)n, "runRoot",
			 c->runroot ? c->runroot : STORE_RUNROOT);
	return 0;
}

static int show(const json_t *j, const struct output_form *form, struct err *e)
{
	if (form->kind != OUTPUT_TABLE)
		return output_object(form, j, e);
	return print_object(j, 0, e) || fflush(stdout) ? -1 : 0;
}

static int cmd_info_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_output_form struct output_form form = { 0 };
	json_t *store = NULL, *files = NULL;
	auto_json json_t *j = NULL;

	(void)operands;
	if (output_form_read(((struct info_request *)request)->format, &form, e) || context_store(c, e) ||
	    store_object(c, &store, e))
		return -1;
	(void)policies(&files);
	j = json_pack("{s:o, s:o, s:o, s:o}", "host", host_object(c), "store", store, "policies", files, "version", version_object());
	if (!j)
		return err_set(e, ERR_SYSTEM, ENOMEM, "info");
	return show(j, &form, e);
}

/* Podman has a client and a server; here there is one program, and both ways of asking are answered. */
static int cmd_version_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_output_form struct output_form form = { 0 };
	auto_json json_t *j = version_object(), *both = NULL;

	(void)c;
	(void)operands;
	if (output_form_read(((struct info_request *)request)->format, &form, e))
		return -1;
	if (!j)
		return err_set(e, ERR_SYSTEM, ENOMEM, "version");
	if (form.kind == OUTPUT_TABLE) {
		printf("Version:      %s\nOS/Arch:      linux/%s\n", SECCTR_VERSION, spec_architecture);
		return fflush(stdout) ? err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
	}
	both = json_pack("{s:O}", "Client", j);
	if (!both || (form.kind == OUTPUT_TEMPLATE && json_object_update(both, j)))
		return err_set(e, ERR_SYSTEM, ENOMEM, "version");
	return output_object(&form, both, e);
}

const struct command cmd_info = {
	.name = "info", .group = "System", .brief = "show what secctr finds on this host, and how much it keeps",
	.mode = OPT_MIXED, .tables = info_tables, .request_size = sizeof(struct info_request), .run = cmd_info_main,
};
const struct command cmd_version = {
	.name = "version", .group = "System", .brief = "show the version",
	.mode = OPT_MIXED, .tables = info_tables, .request_size = sizeof(struct info_request), .run = cmd_version_main,
};
