/* SPDX-License-Identifier: Apache-2.0 */
/* oci_update.c - secctr-runtime update: its options, or a document, as config.json has it below "linux.resources". */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/cli/oci.h"
#include "launcher/cli/update.h"
#include "launcher/runtime/cgroup_usage.h"

struct update_request {
	const char *resources;
	/* In the order of `values`. */
	const char *memory, *reservation, *swap, *shares, *period, *quota, *burst, *idle, *cpus, *mems, *rt_period, *rt_runtime, *pids, *weight;
};

#define INTO(field) OPT_INTO(struct update_request, field)
#define VALUE(opt, field, placeholder, text) \
	{ .name = opt, .kind = OPT_TEXT, .offset = INTO(field), .value = placeholder, .help = text }
static const struct opt update_opts[] = {
	{ .letter = 'r', .name = "resources", .kind = OPT_TEXT, .offset = INTO(resources), .value = "FILE",
	  .help = "the limits as config.json has them below linux.resources; - for standard input", .complete = "file" },
	VALUE("memory", memory, "BYTES", "memory; -1 for no limit"),
	VALUE("memory-reservation", reservation, "BYTES", "memory that is left to it when memory is short"),
	VALUE("memory-swap", swap, "BYTES", "memory and swap together; -1 for no limit"),
	VALUE("cpu-share", shares, "N", "weight among its neighbours, 1024 is everybody's"),
	VALUE("cpu-period", period, "USEC", "period in which the quota is counted"),
	VALUE("cpu-quota", quota, "USEC", "processor time in a period; -1 for no limit"),
	VALUE("cpu-burst", burst, "USEC", "quota that may be saved up"),
	VALUE("cpu-idle", idle, "0|1", "1: only what nobody else wants"),
	VALUE("cpuset-cpus", cpus, "LIST", "processors"),
	VALUE("cpuset-mems", mems, "LIST", "memory nodes"),
	VALUE("pids-limit", pids, "N", "tasks; -1 for no limit"),
	VALUE("blkio-weight", weight, "N", "weight for block devices, 10 to 1000"),
	{ .name = "kernel-memory", .kind = OPT_REFUSED, .value = "BYTES", .help = "the kernel has it no more: --memory counts all" },
	{ .name = "kernel-memory-tcp", .kind = OPT_REFUSED, .value = "BYTES", .help = "--memory counts all" },
	VALUE("cpu-rt-period", rt_period, "USEC", "period of real-time tasks; version 1"),
	VALUE("cpu-rt-runtime", rt_runtime, "USEC", "what they may have of it; version 1"),
	OPT_END
};
static const struct opt *const update_tables[] = { update_opts, NULL };

/* Where the value of an option stands in the document. */
static const struct {
	size_t offset;
	const char *option, *part, *member;
	bool text;
} values[] = {
#define ROW(field, option, part, member, text) { offsetof(struct update_request, field), option, part, member, text }
	ROW(memory, "--memory", "memory", "limit", false), ROW(reservation, "--memory-reservation", "memory", "reservation", false),
	ROW(swap, "--memory-swap", "memory", "swap", false), ROW(shares, "--cpu-share", "cpu", "shares", false),
	ROW(period, "--cpu-period", "cpu", "period", false), ROW(quota, "--cpu-quota", "cpu", "quota", false),
	ROW(burst, "--cpu-burst", "cpu", "burst", false), ROW(idle, "--cpu-idle", "cpu", "idle", false),
	ROW(cpus, "--cpuset-cpus", "cpu", "cpus", true), ROW(mems, "--cpuset-mems", "cpu", "mems", true),
	ROW(rt_period, "--cpu-rt-period", "cpu", "realtimePeriod", false), ROW(rt_runtime, "--cpu-rt-runtime", "cpu", "realtimeRuntime", false),
	ROW(pids, "--pids-limit", "pids", "limit", false), ROW(weight, "--blkio-weight", "blockIO", "weight", false),
#undef ROW
};

/* "-1" as the specification has it: no limit. */
static json_t *number(const char *text, const char *option, struct err *e)
{
	uint64_t n;

	if (strcmp(text, "-1") == 0)
		return json_integer(-1);
	if (str_to_u64(text, 0, INT64_MAX, option, &n, e))
		return NULL;
	return json_integer((json_int_t)n);
}

static int set(json_t *doc, size_t i, const char *text, struct err *e)
{
	json_t *part = json_object_get(doc, values[i].part), *value = values[i].text ? json_string(text) : number(text, values[i].option, e);

	if (!value)
		return values[i].text ? err_set(e, ERR_INPUT, 0, "%s: not UTF-8", values[i].option) : -1;
	if (!part) {
		part = json_object();
		if (json_object_set_new(doc, values[i].part, part)) {
			json_decref(value);
			return err_set(e, ERR_SYSTEM, ENOMEM, "update");
		}
	}
	return json_object_set_new(part, values[i].member, value) ? err_set(e, ERR_SYSTEM, ENOMEM, "update") : 0;
}

static int from_options(const struct update_request *r, char **ret, struct err *e)
{
	auto_json json_t *doc = json_object();

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		const char *text = *(const char *const *)(const void *)((const char *)r + values[i].offset);

		if (text && r->resources)
			return err_set(e, ERR_USAGE, 0, "update: --resources says it all: no %s beside it", values[i].option);
		if (text && set(doc, i, text, e))
			return -1;
	}
	if (!r->resources && !json_object_size(doc))
		return err_set(e, ERR_USAGE, 0, "update what? Give one of its options, or --resources");
	return r->resources ? 0 : json_canonical(doc, ret, e);
}

static int from_file(const char *path, char **ret, struct err *e)
{
	bool standard = strcmp(path, "-") == 0;
	auto_close int fd = standard ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	auto_str struct str text = { 0 };
	struct stat st;

	if (standard ? io_read_to_str(STDIN_FILENO, JSON_BYTES_MAX, "standard input", &text, e) : 0)
		return -1;
	if (!standard && (fd < 0 || fstat(fd, &st)))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "--resources %.200s", path);
	if (!standard && io_read_regular(fd, &st, JSON_BYTES_MAX, path, &text, e))
		return -1;
	if (!text.text && str_add(&text, "", e))
		return -1;
	*ret = take_ptr(&text.text);
	return 0;
}

/* A limit below what is in use would have the kernel kill; the specification lets one ask for a refusal instead. */
static int check_use(const struct plan *p, const struct look *l, struct err *e)
{
	struct cgroup_usage use;

	cgroup_usage_read(&l->state.cgroup_dirs, &use);
	if (p->resources.memory_max <= 0 || use.memory <= p->resources.memory_max)
		return 0;
	return err_set(e, ERR_STATE, 0, "linux.resources.memory.limit: %lld is below the %lld in use (checkBeforeUpdate)",
		       (long long)p->resources.memory_max, (long long)use.memory);
}

struct document {
	const char *text;
	bool over;		/* its init has ended, which its monitor has not written down yet */
};

static int change(struct plan *draft, const struct look *l, const void *arg, struct err *e)
{
	const struct document *d = arg;
	const char *text = d->text;
	bool check = false;

	if (d->over || !look_is_live(l))
		return err_set(e, ERR_STATE, 0, "container not running: %.64s is %s", oci_id(&l->state), d->over ? "stopped" : oci_status(l));
	if (bundle_read_resources(text, strlen(text), "resources", draft, &check, e) || oci_bundle_devices(draft, e))
		return -1;
	return check ? check_use(draft, l, e) : 0;
}

static int update_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct update_request *r = request;
	struct update_how how = { .reason = "oci", .change = change };
	auto_free char *text = NULL;
	auto_look struct look l;
	struct document d;

	look_init(&l);
	if (from_options(r, &text, e) || (r->resources && from_file(r->resources, &text, e)) || oci_look(c, operands->item[0], &l, e))
		return -1;
	d = (struct document){ .text = text, .over = l.over };
	how.arg = &d;
	return update_container(c, l.state.id, &how, e);
}

const struct command oci_cmd_update = {
	.name = "update", .operands = "ID", .group = "Containers", .brief = "change the limits of a container",
	.mode = OPT_MIXED, .tables = update_tables, .request_size = sizeof(struct update_request), .min_operands = 1, .max_operands = 1,
	.run = update_main,
};
