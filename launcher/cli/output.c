/* SPDX-License-Identifier: Apache-2.0 */
/* output.c - see output.h. */
#include "launcher/cli/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "launcher/base/json.h"

int output_row(struct output_table *t, struct err *e, ...)
{
	va_list ap;
	int r = 0;

	va_start(ap, e);
	for (size_t i = 0; t->heads[i] && r == 0; i++) {
		const char *text = va_arg(ap, const char *);
		auto_str struct str safe = { 0 };

		r = str_add(&safe, "", e) || str_add_safe(&safe, text ? text : "", text ? strlen(text) : 0, e) ||
		    strv_add(&t->cells, safe.text, e) ? -1 : 0;
	}
	va_end(ap);
	return r;
}

/* Of valid UTF-8: continuation bytes take no column. */
static int columns(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void print_cells(const char *const *cell, size_t n, const int *width)
{
	for (size_t i = 0; i < n; i++) {
		fputs(cell[i], stdout);
		if (i + 1 < n)
			printf("%*s", width[i] - columns(cell[i]) + 2, "");
	}
	putchar('\n');
}

int output_table(const struct output_table *t, bool no_heads, struct err *e)
{
	int width[OUTPUT_COLUMNS_MAX] = { 0 };
	size_t n = 0;

	while (t->heads[n])
		n++;
	if (n > OUTPUT_COLUMNS_MAX)
		return err_set(e, ERR_INTERNAL, 0, "table of %zu columns", n);
	for (size_t i = 0; i < n; i++)
		width[i] = no_heads ? 0 : columns(t->heads[i]);
	for (size_t i = 0; i < t->cells.len; i++)
		if (columns(t->cells.item[i]) > width[i % n])
			width[i % n] = columns(t->cells.item[i]);
	if (!no_heads)
		print_cells(t->heads, n, width);
	for (size_t i = 0; i < t->cells.len; i += n)
		print_cells((const char *const *)t->cells.item + i, n, width);
	return fflush(stdout) ? err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
}

void output_table_done(struct output_table *t)
{
	strv_done(&t->cells);
}

int output_json(const json_t *j, struct err *e)
{
	auto_free char *text = NULL;

	if (json_pretty(j, &text, e))
		return -1;
	printf("%s\n", text);
	return fflush(stdout) ? err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
}

int output_format(const char *text, bool *ret_json, struct err *e)
{
	if (text && strcmp(text, "json") != 0 && strcmp(text, "table") != 0)
		return err_set(e, ERR_USAGE, 0, "--format %.64s: json or table (templates are not supported by this version)",
			       text);
	*ret_json = text && strcmp(text, "json") == 0;
	return 0;
}

void output_ago(int64_t usec, char *buf, size_t n)
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = {
		{ 365 * 86400, "a year", "years" }, { 30 * 86400, "a month", "months" }, { 86400, "a day", "days" },
		{ 3600, "an hour", "hours" }, { 60, "a minute", "minutes" }, { 1, "a second", "seconds" },
	};
	int64_t s = (int64_t)time(NULL) - usec / 1000000;

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (s < units[i].seconds)
			continue;
		if (s < 2 * units[i].seconds)
			snprintf(buf, n, "%s", units[i].one);
		else
			snprintf(buf, n, "%lld %s", (long long)(s / units[i].seconds), units[i].many);
		return;
	}
	snprintf(buf, n, "less than a second");
}

void output_time(int64_t usec, char *buf, size_t n)
{
	time_t seconds = (time_t)(usec / 1000000);
	struct tm tm;
	char day[32];

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf, n, "%s.%06lldZ", day, (long long)(usec % 1000000));
}

void output_size(int64_t bytes, char *buf, size_t n)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double size = (double)bytes;
	size_t i = 0;

	while (size >= 1000 && i + 1 < ARRAY_LEN(units)) {
		size /= 1000;
		i++;
	}
	snprintf(buf, n, i ? "%.3g %s" : "%.0f %s", size, units[i]);
}
