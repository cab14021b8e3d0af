/* SPDX-License-Identifier: Apache-2.0 */
/* oci_events.c - secctr-runtime events: what a container uses, and kills for want of memory, as runc tells them. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/cli/oci.h"
#include "launcher/runtime/cgroup_usage.h"

enum { INTERVAL_MS = 5000, INTERVAL_MAX_S = 86400, RAW_MAX = 256 };

struct events_request {
	bool stats;
	const char *interval;
};
static const struct opt events_opts[] = {
	{ .name = "stats", .kind = OPT_FLAG, .offset = OPT_INTO(struct events_request, stats), .help = "once, now" },
	{ .name = "interval", .kind = OPT_TEXT, .offset = OPT_INTO(struct events_request, interval), .value = "TIME",
	  .help = "between two lines, as 500ms, 5s or 1m (default: 5s)" },
	OPT_END
};
static const struct opt *const events_tables[] = { events_opts, NULL };

static int read_interval(const char *text, int *ret, struct err *e)
{
	int64_t usec = INTERVAL_MS * 1000;

	if (text && str_to_usec(text, "--interval", &usec, e))
		return -1;
	if (usec < 1000 || usec > INTERVAL_MAX_S * INT64_C(1000000))
		return err_set(e, ERR_USAGE, 0, "--interval %.32s: from 1ms to a day", text);
	*ret = (int)(usec / 1000);
	return 0;
}

/* "KEY NUMBER" on a line of its own; -1: not there. */
static int64_t keyed(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *at = text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		if (strncmp(at, key, n) == 0 && at[n] == ' ')
			return strtoll(at + n + 1, NULL, 10);
	return -1;
}

static void put(json_t *to, const char *key, int64_t value, int64_t factor)
{
	if (value >= 0)
		(void)!json_object_set_new(to, key, json_integer((json_int_t)(value * factor)));
}

static int64_t number_in(const struct strv *dirs, const char *file)
{
	auto_str struct str text = { 0 };

	/* "max" is none. */
	return cgroup_file_read(dirs, file, &text) || *text.text < '0' || *text.text > '9' ? -1 : strtoll(text.text, NULL, 10);
}

static json_t *cpu(const struct strv *dirs, const struct cgroup_usage *use)
{
	auto_str struct str stat = { 0 };
	json_t *usage = json_object(), *throttling = json_object();
	int64_t user = number_in(dirs, "cpuacct.usage_user"), kernel = number_in(dirs, "cpuacct.usage_sys");

	put(usage, "total", use->cpu_nsec, 1);
	if (cgroup_file_read(dirs, "cpu.stat", &stat) == 0) {
		put(usage, "user", keyed(stat.text, "user_usec"), 1000);
		put(usage, "kernel", keyed(stat.text, "system_usec"), 1000);
		put(throttling, "periods", keyed(stat.text, "nr_periods"), 1);
		put(throttling, "throttledPeriods", keyed(stat.text, "nr_throttled"), 1);
		put(throttling, "throttledTime", keyed(stat.text, "throttled_usec"), 1000);
		put(throttling, "throttledTime", keyed(stat.text, "throttled_time"), 1);
	}
	put(usage, "user", user, 1);
	put(usage, "kernel", kernel, 1);
	return json_pack("{s:o, s:o}", "usage", usage, "throttling", throttling);
}

/* All lines of memory.stat, as the kernel has them. */
static json_t *raw(const char *text)
{
	json_t *map = json_object();

	for (size_t i = 0; text && *text && i < RAW_MAX; i++) {
		size_t key = strcspn(text, " \n"), line = strcspn(text, "\n");
		char name[64];

		(void)snprintf(name, sizeof(name), "%.*s", (int)key, text);
		if (text[key] == ' ')
			put(map, name, strtoll(text + key, NULL, 10), 1);
		text += line + (text[line] == '\n');
	}
	return map;
}

static json_t *memory(const struct strv *dirs, const struct cgroup_usage *use)
{
	auto_str struct str stat = { 0 };
	json_t *usage = json_object(), *all = json_object();
	int64_t peak = number_in(dirs, "memory.max_usage_in_bytes");

	put(usage, "usage", use->memory, 1);
	put(usage, "limit", use->memory_limit, 1);
	put(usage, "max", peak >= 0 ? peak : number_in(dirs, "memory.peak"), 1);
	put(usage, "failcnt", number_in(dirs, "memory.failcnt"), 1);
	(void)!json_object_set_new(all, "usage", usage);
	if (cgroup_file_read(dirs, "memory.stat", &stat) == 0) {
		put(all, "cache", keyed(stat.text, "file"), 1);
		put(all, "cache", keyed(stat.text, "cache"), 1);
		(void)!json_object_set_new(all, "raw", raw(stat.text));
	}
	return all;
}

static json_t *pids(const struct strv *dirs, const struct cgroup_usage *use)
{
	json_t *all = json_object();

	put(all, "current", use->pids, 1);
	put(all, "limit", number_in(dirs, "pids.max"), 1);
	return all;
}

static int print(json_t *line, struct err *e)
{
	auto_free char *text = NULL;
	auto_json json_t *owned = line;

	if (!owned)
		return err_set(e, ERR_SYSTEM, ENOMEM, "events");
	if (json_canonical(owned, &text, e))
		return -1;
	return printf("%s\n", text) < 0 || fflush(stdout) ? err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
}

static int print_stats(const struct look *l, struct err *e)
{
	const struct strv *dirs = &l->state.cgroup_dirs;
	struct cgroup_usage use;

	cgroup_usage_read(dirs, &use);
	return print(json_pack("{s:s, s:s, s:{s:o, s:o, s:o, s:{s:I, s:I}}}", "type", "stats", "id", oci_id(&l->state), "data",
			       "cpu", cpu(dirs, &use), "memory", memory(dirs, &use), "pids", pids(dirs, &use),
			       "blkio", "readBytes", (json_int_t)(use.read_bytes < 0 ? 0 : use.read_bytes),
			       "writtenBytes", (json_int_t)(use.written_bytes < 0 ? 0 : use.written_bytes)), e);
}

/* Kills for want of memory so far: of v2, else of v1. */
static int64_t kills(const struct strv *dirs)
{
	auto_str struct str text = { 0 };

	if (cgroup_file_read(dirs, "memory.events", &text) && cgroup_file_read(dirs, "memory.oom_control", &text))
		return -1;
	return keyed(text.text, "oom_kill");
}

static int follow(const struct look *l, int pidfd, int interval, struct err *e)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int64_t before = kills(&l->state.cgroup_dirs), now;
	int ended = 0;

	while (!ended) {
		if (print_stats(l, e))
			return -1;
		ended = poll(&p, 1, interval);
		now = kills(&l->state.cgroup_dirs);
		if (now > before && print(json_pack("{s:s, s:s}", "type", "oom", "id", oci_id(&l->state)), e))
			return -1;
		before = now > before ? now : before;
		ended = ended > 0;
	}
	return 0;
}

static int events_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct events_request *r = request;
	auto_close int pidfd = -1;
	auto_look struct look l;
	int interval;

	look_init(&l);
	if (read_interval(r->interval, &interval, e) || oci_look(c, operands->item[0], &l, e))
		return -1;
	if (!look_is_live(&l) || l.over)
		return err_set(e, ERR_STATE, 0, "container not running: %.64s is %s", oci_id(&l.state), oci_status(&l));
	if (r->stats)
		return print_stats(&l, e);
	pidfd = look_live_pidfd(c, &l, e);
	return pidfd < 0 ? -1 : follow(&l, pidfd, interval, e);
}

const struct command oci_cmd_events = {
	.name = "events", .operands = "ID", .group = "Containers", .brief = "what a container uses, as lines of JSON, until it ends",
	.mode = OPT_MIXED, .tables = events_tables, .request_size = sizeof(struct events_request), .min_operands = 1, .max_operands = 1,
	.run = events_main,
};
