/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_stats.c - secctr stats: what containers use, by their control groups. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/base/proc.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/look.h"
#include "launcher/cli/output.h"
#include "launcher/runtime/cgroup_usage.h"

struct stats_request {
	bool all, latest, no_reset, no_stream, no_trunc;
	const char *format, *interval;
};

static const struct opt stats_opts[] = {
	{ .letter = 'a', .name = "all", .kind = OPT_FLAG, .offset = OPT_INTO(struct stats_request, all),
	  .help = "those that do not run too" },
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct stats_request, format), .value = "json|table|TEMPLATE",
	  .help = "json, or a template as '{{.Name}} {{.CPUPerc}} {{.MemUsage}}'" },
	{ .letter = 'i', .name = "interval", .kind = OPT_TEXT, .offset = OPT_INTO(struct stats_request, interval), .value = "SECONDS",
	  .help = "time between two reports (default 5)" },
	{ .letter = 'l', .name = "latest", .kind = OPT_FLAG, .offset = OPT_INTO(struct stats_request, latest),
	  .help = "the container that was made last" },
	{ .name = "no-reset", .kind = OPT_FLAG, .offset = OPT_INTO(struct stats_request, no_reset),
	  .help = "do not clear the screen between reports" },
	{ .name = "no-stream", .kind = OPT_FLAG, .offset = OPT_INTO(struct stats_request, no_stream), .help = "one report only" },
	{ .name = "no-trunc", .kind = OPT_FLAG, .offset = OPT_INTO(struct stats_request, no_trunc), .help = "whole ids" },
	OPT_END
};
static const struct opt *const stats_tables[] = { stats_opts, NULL };

static const struct output_column columns[] = {
	{ "ID", "ID", false }, { "NAME", "Name", true }, { "CPU %", "CPUPerc", false }, { "MEM USAGE / LIMIT", "MemUsage", false },
	{ "MEM %", "MemPerc", false }, { "NET IO", "NetIO", false }, { "BLOCK IO", "BlockIO", false }, { "PIDS", "PIDS", false },
	{ "CPU TIME", "UpTime", false }, { "AVG CPU %", "AVGCPU", false }, { NULL, NULL, false },
}, headings[] = { { "MEM USAGE / LIMIT", "MemUsageBytes", false }, { NULL, NULL, false } };

/* What was seen last time, for the difference. */
struct before {
	char id[ID_HEX + 1];
	int64_t cpu_nsec, at_nsec;
};

struct stats {
	struct context *c;
	const struct stats_request *r;
	const struct opt_list *names;	/* NULL: all, or all that run */
	struct before *before;
	size_t n_before;
};

static int64_t now_nsec(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static double percent(int64_t part, int64_t whole)
{
	return whole > 0 && part > 0 ? 100.0 * (double)part / (double)whole : 0;
}

/* Since the last report; in the first one, since the start. */
static double cpu_since(struct stats *s, const char *id, int64_t cpu, double average)
{
	int64_t now = now_nsec(CLOCK_MONOTONIC);
	double answer = average;
	struct before *b = NULL;

	for (size_t i = 0; i < s->n_before && !b; i++)
		if (strcmp(s->before[i].id, id) == 0)
			b = &s->before[i];
	if (b)
		answer = percent(cpu - b->cpu_nsec, now - b->at_nsec);
	if (!b && (b = reallocarray(s->before, s->n_before + 1, sizeof(*b)))) {
		s->before = b;
		b += s->n_before++;
		snprintf(b->id, sizeof(b->id), "%s", id);
	}
	if (b) {
		b->cpu_nsec = cpu;
		b->at_nsec = now;
	}
	return answer;
}

/* "NAME: RECEIVED ... (8 numbers) SENT ...", of all but the loop. */
static void read_network(struct context *c, const struct look *l, int64_t *ret_in, int64_t *ret_out)
{
	auto_close int fd = -1;
	auto_str struct str text = { 0 };
	struct err ignored;
	char path[40], *rest = NULL;

	*ret_in = *ret_out = 0;
	snprintf(path, sizeof(path), "%lld/net/dev", (long long)l->state.pid);
	fd = proc_open(c->procfd, path, O_RDONLY, &ignored);
	if (fd < 0 || io_read_to_str(fd, 1 << 20, path, &text, &ignored))
		return;
	for (char *line = strtok_r(text.text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *colon = strchr(line, ':');
		unsigned long long in, out;

		line += strspn(line, " ");
		if (!colon || (colon - line == 2 && memcmp(line, "lo", 2) == 0) ||
		    sscanf(colon + 1, "%llu %*u %*u %*u %*u %*u %*u %*u %llu", &in, &out) != 2)
			continue;
		*ret_in += (int64_t)in;
		*ret_out += (int64_t)out;
	}
}

static void pair(int64_t a, int64_t b, bool binary, char *buf, size_t n)
{
	char x[32], y[32];

	if (binary) {
		snprintf(buf, n, "%.4gMiB / %.4gMiB", (double)a / (1 << 20), (double)b / (1 << 20));
		return;
	}
	output_size_short(a, x, sizeof(x));
	output_size_short(b, y, sizeof(y));
	snprintf(buf, n, "%s / %s", x, y);
}

static int64_t at_least_0(int64_t n)
{
	return n > 0 ? n : 0;
}

static int add(struct stats *s, const struct look *l, json_t *json, json_t *view, struct err *e)
{
	struct cgroup_usage u = { -1, -1, -1, -1, -1, -1 };
	char id[ID_HEX + 1], cpu[32], average[32], usage[80], bytes[80], memory[32], net[80], block[80], pids[32], took[48];
	int64_t in = 0, out = 0, started = l->state.started * 1000, limit;
	struct sysinfo host;
	double mean, now;
	json_t *row, *shown;

	if (!l->ended) {
		cgroup_usage_read(&l->state.cgroup_dirs, &u);
		read_network(s->c, l, &in, &out);
	}
	limit = u.memory_limit > 0 ? u.memory_limit : sysinfo(&host) == 0 ? (int64_t)(host.totalram * host.mem_unit) : 0;
	mean = l->ended ? 0 : percent(u.cpu_nsec, now_nsec(CLOCK_REALTIME) - started);
	now = cpu_since(s, l->state.id, at_least_0(u.cpu_nsec), mean);
	snprintf(id, sizeof(id), s->r->no_trunc ? "%s" : "%.12s", l->state.id);
	snprintf(cpu, sizeof(cpu), "%.2f%%", now);
	snprintf(average, sizeof(average), "%.2f%%", mean);
	snprintf(memory, sizeof(memory), "%.2f%%", percent(u.memory, limit));
	snprintf(pids, sizeof(pids), "%lld", (long long)at_least_0(u.pids));
	pair(at_least_0(u.memory), l->ended ? 0 : limit, false, usage, sizeof(usage));
	pair(at_least_0(u.memory), l->ended ? 0 : limit, true, bytes, sizeof(bytes));
	pair(in, out, false, net, sizeof(net));
	pair(at_least_0(u.read_bytes), at_least_0(u.written_bytes), false, block, sizeof(block));
	output_duration(at_least_0(u.cpu_nsec), took, sizeof(took));
	row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", id, "name", l->state.name ? l->state.name : "",
			"cpu_time", took, "cpu_percent", cpu, "avg_cpu", average, "mem_usage", usage, "mem_percent", memory,
			"net_io", net, "block_io", block, "pids", pids);
	shown = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			  "ID", id, "ContainerID", l->state.id, "Name", l->state.name ? l->state.name : "", "CPUPerc", cpu,
			  "AVGCPU", average, "MemUsage", usage, "MemUsageBytes", bytes, "MemPerc", memory, "NetIO", net,
			  "BlockIO", block, "PIDS", pids, "UpTime", took, "CPUNano", (json_int_t)at_least_0(u.cpu_nsec),
			  "MemLimit", (json_int_t)limit, "Mem", (json_int_t)at_least_0(u.memory), "NetInput", (json_int_t)in,
			  "NetOutput", (json_int_t)out, "BlockInput", (json_int_t)at_least_0(u.read_bytes),
			  "BlockOutput", (json_int_t)at_least_0(u.written_bytes), "PIDs", (json_int_t)at_least_0(u.pids));
	return json_array_append_new(json, row) || json_array_append_new(view, shown)
		? err_set(e, ERR_SYSTEM, ENOMEM, "stats") : 0;
}

static bool runs(const struct look *l)
{
	return !l->ended && l->state.pid > 0 && l->state.cgroup_dirs.len;
}

/* Named ones must run when first looked at; later they may be gone. */
static int add_named(struct stats *s, bool first, json_t *json, json_t *view, struct err *e)
{
	for (size_t i = 0; i < s->names->len; i++) {
		auto_look struct look l;
		struct err why;

		look_init(&l);
		if (look_at(s->c, s->names->item[i], &l, &why)) {
			if (!first && why.reason == ERR_NOTFOUND)
				continue;
			*e = why;
			return -1;
		}
		if (first && !runs(&l) && !s->r->all)
			return err_set(e, ERR_STATE, 0, "container %s is not running", s->names->item[i]);
		if (runs(&l) && add(s, &l, json, view, e))
			return -1;
	}
	return 0;
}

static int add_all(struct stats *s, json_t *json, json_t *view, struct err *e)
{
	auto_strv struct strv ids = { 0 };

	if (container_list(&s->c->store, &ids, e))
		return -1;
	for (size_t i = 0; i < ids.len; i++) {
		auto_look struct look l;
		struct err why;

		look_init(&l);
		if (look_at_id(s->c, ids.item[i], &l, &why)) {
			if (why.reason == ERR_NOTFOUND)
				continue;
			*e = why;
			return -1;
		}
		if ((runs(&l) || s->r->all) && add(s, &l, json, view, e))
			return -1;
	}
	return 0;
}

static int report(struct stats *s, const struct output_form *form, bool first, bool *ret_any, struct err *e)
{
	auto_json json_t *json = json_array(), *view = json_array();
	struct output_rows rows = { .columns = columns, .more = headings, .json = json, .view = view };

	if (s->names ? add_named(s, first, json, view, e) : add_all(s, json, view, e))
		return -1;
	*ret_any = json_array_size(json) > 0;
	if (!*ret_any && !first && s->names)
		return 0;
	if (!s->r->no_reset && !s->r->no_stream && form->kind != OUTPUT_JSON)
		output_clear();
	return output_rows(form, &rows, e);
}

static int cmd_stats_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct stats_request *r = request;
	struct stats s = { .c = c, .r = r };
	auto_output_form struct output_form form = { 0 };
	auto_opt_list struct opt_list latest = { 0 };
	auto_free char *id = NULL;
	uint64_t seconds = 5;
	bool any = true;
	int status;

	if (r->all + r->latest + (operands->len > 0) > 1)
		return err_set(e, ERR_USAGE, 0, "--all, --latest and containers by name exclude each other");
	if (output_form_read(r->format, &form, e) ||
	    (r->interval && str_to_u64(r->interval, 1, INT32_MAX, "--interval", &seconds, e)) ||
	    context_proc(c, e) < 0 || context_store(c, e) || (r->latest && latest_container(c, operands, &latest, &id, e)))
		return -1;
	s.names = r->latest ? &latest : operands->len ? operands : NULL;
	status = report(&s, &form, true, &any, e);
	while (status == 0 && !r->no_stream && (any || !s.names)) {
		(void)nanosleep(&(struct timespec){ .tv_sec = (time_t)seconds }, NULL);
		status = report(&s, &form, false, &any, e);
	}
	free(s.before);
	return status;
}

const struct command cmd_stats = {
	.name = "stats", .operands = "[CONTAINER...]", .group = "Containers",
	.brief = "show what containers use of processors, memory and devices",
	.mode = OPT_MIXED, .tables = stats_tables, .request_size = sizeof(struct stats_request), .max_operands = SIZE_MAX,
	.run = cmd_stats_main,
};
