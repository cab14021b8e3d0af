/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_ps.c - secctr ps. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "launcher/cli/commands.h"
#include "launcher/cli/output.h"
#include "launcher/cli/ps.h"
#include "launcher/cli/ps_filter.h"

struct ps_request {
	bool all, quiet, no_heading, no_trunc, latest, size, ns, sync, external;
	const char *format, *sort, *last, *watch;
	struct opt_list filter;
};

#define ROW(l, n, k, f, v, h, ...) { .letter = l, .name = n, .kind = k, .offset = OPT_INTO(struct ps_request, f), \
				     .value = v, .help = h, ##__VA_ARGS__ }
static const struct opt ps_opts[] = {
	ROW('a', "all", OPT_FLAG, all, NULL, "those that do not run too"),
	ROW('f', "filter", OPT_LIST, filter, "KEY=VALUE",
	    "only these: " PS_FILTER_KEYS),
	ROW(0, "format", OPT_TEXT, format, "json|table|TEMPLATE", "json, or a template as '{{.ID}} {{.Names}}'"),
	ROW('n', "last", OPT_TEXT, last, "N", "the N that were made last, whatever their state"),
	ROW('l', "latest", OPT_FLAG, latest, NULL, "the one that was made last"),
	ROW('q', "quiet", OPT_FLAG, quiet, NULL, "ids only"),
	ROW(0, "noheading", OPT_FLAG, no_heading, NULL, "no heading line"),
	ROW(0, "no-trunc", OPT_FLAG, no_trunc, NULL, "whole ids and commands"),
	ROW('s', "size", OPT_FLAG, size, NULL, "with the bytes that each holds on disk"),
	ROW(0, "sort", OPT_TEXT, sort, "KEY", "by command, created (default), id, image, names, runningfor, size or status"),
	ROW(0, "ns", OPT_FLAG, ns, NULL, "with the name spaces of each"),
	ROW('w', "watch", OPT_TEXT, watch, "SECONDS", "again and again, with so many seconds between"),
	ROW(0, "sync", OPT_FLAG, sync, NULL, "as podman has it; what is shown is the truth in any case"),
	ROW(0, "external", OPT_FLAG, external, NULL, "as podman has it; there are no containers of other programs in the store"),
	OPT_END
};
#undef ROW
static const struct opt *const ps_tables[] = { ps_opts, NULL };

/* The cells of ps_cells_add(), in its order; IMAGE, COMMAND, PORTS, NAMES and POLICY give way on a narrow terminal. */
static const char *const heads[] = { "CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES", "POLICY", "LOGIN",
				     NULL }, *const size_heads[] = {
	"CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES", "POLICY", "LOGIN", "SIZE", NULL };
enum { SHRINKS = 1 << 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 7 };

static const struct output_column ns_columns[] = {
	{ "CONTAINER ID", "ID", false }, { "NAMES", "Names", true }, { "PID", "Pid", false }, { "CGROUPNS", "Cgroup", false },
	{ "IPC", "IPC", false }, { "MNT", "MNT", false }, { "NET", "NET", false }, { "PIDNS", "PIDNS", false },
	{ "USERNS", "User", false }, { "UTS", "UTS", false }, { NULL, NULL, false },
}, headings[] = {
	{ "CONTAINER ID", "Id", false }, { "CREATED", "Created", false }, { "IMAGE ID", "ImageID", false }, { "SIZE", "Size", false },
	{ "LOGIN", "Login", false }, { NULL, NULL, false },
};

static int check(const struct ps_request *r, struct err *e)
{
	if (r->last && r->latest)
		return err_set(e, ERR_USAGE, 0, "--last and --latest exclude each other");
	if (r->quiet && (r->size || r->ns))
		return err_set(e, ERR_USAGE, 0, "--quiet shows ids only: --size and --ns exclude it");
	if (r->size && r->ns)
		return err_set(e, ERR_USAGE, 0, "--size and --ns exclude each other");
	if (r->watch && r->latest)
		return err_set(e, ERR_USAGE, 0, "--watch and --latest exclude each other");
	return 0;
}

static int print_ids(const struct ps_list *l, bool whole, struct err *e)
{
	for (size_t i = 0; i < l->len; i++)
		printf(whole ? "%s\n" : "%.12s\n", l->item[i].look.state.id);
	return fflush(stdout) ? err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
}

static int print_table(const struct ps_list *l, const struct ps_request *r, struct err *e)
{
	struct output_table table = { .heads = r->size ? size_heads : heads, .shrinks = r->no_trunc ? 0 : SHRINKS };
	int status = 0;

	for (size_t i = 0; i < l->len && status == 0; i++)
		status = ps_cells_add(&l->item[i], r->no_trunc, &table, e);
	if (status == 0)
		status = output_table(&table, r->no_heading, e);
	output_table_done(&table);
	return status;
}

static int show(struct context *c, const struct ps_request *r, const struct output_form *form, const struct ps_select *how,
		struct err *e)
{
	struct output_rows as = { .columns = ns_columns, .more = headings, .no_heads = r->no_heading, .no_trunc = r->no_trunc };
	auto_output_list struct output_list out = { 0 };
	struct ps_rows rows = { .no_trunc = r->no_trunc, .to = &out, .json_only = form->kind == OUTPUT_JSON,
				.ns = r->ns || output_form_uses(form, "Namespaces") };
	auto_ps_list struct ps_list list = { 0 };

	if (ps_list_read(c, how, &list, e))
		return -1;
	if (r->quiet && form->kind == OUTPUT_TABLE)
		return print_ids(&list, r->no_trunc, e);
	if (form->kind == OUTPUT_TABLE && !r->ns)
		return print_table(&list, r, e);
	rows.plans = output_form_uses(form, "Mounts") || output_form_uses(form, "ImageID");
	if (output_begin(&out, form, &as, e))
		return -1;
	for (size_t i = 0; i < list.len; i++)
		if (ps_rows_add(c, &list.item[i], &rows, e))
			return -1;
	return output_end(&out, e);
}

static int cmd_ps_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct ps_request *r = request;
	struct ps_select how = { .filters = &r->filter, .all = r->all, .sort = r->sort, .last = r->latest ? 1 : -1 };
	auto_output_form struct output_form form = { 0 };
	uint64_t last = 0, seconds = 0;

	(void)operands;
	if (check(r, e) || output_form_read(r->format, &form, e) ||
	    (r->last && strcmp(r->last, "-1") != 0 && str_to_u64(r->last, 0, INT32_MAX, "--last", &last, e)) ||
	    (r->watch && str_to_u64(r->watch, 0, INT32_MAX, "--watch", &seconds, e)))
		return -1;
	if (last)
		how.last = (int64_t)last;
	how.size = r->size || (r->sort && strcmp(r->sort, "size") == 0);
	for (;;) {
		if (seconds)
			output_clear();
		if (show(c, r, &form, &how, e))
			return -1;
		if (!seconds)
			return 0;
		(void)nanosleep(&(struct timespec){ .tv_sec = (time_t)seconds }, NULL);
	}
}

static void ps_done(void *request)
{
	opt_list_done(&((struct ps_request *)request)->filter);
}

const struct command cmd_ps = {
	.name = "ps", .group = "Containers", .brief = "list containers",
	.mode = OPT_MIXED, .tables = ps_tables, .request_size = sizeof(struct ps_request), .done = ps_done,
	.max_operands = 0, .run = cmd_ps_main,
};
