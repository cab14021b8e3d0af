/* SPDX-License-Identifier: Apache-2.0 */
/* output.c - see output.h. */
#include "launcher/cli/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

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

unsigned output_width(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

void output_clear(void)
{
	if (isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
}

/* Padded to `width`; a longer one is cut and ends in "...". */
static void print_cell(const char *text, unsigned width, bool last)
{
	unsigned columns = str_columns(text), dots = columns > width ? 3 : 0;
	size_t n = dots ? str_front(text, width - dots) : strlen(text);

	fwrite(text, 1, n, stdout);
	if (dots) {
		auto_free char *front = strndup(text, n);

		fputs("...", stdout);
		columns = front ? str_columns(front) + dots : width;
	}
	if (!last)
		printf("%*s", (int)(width - columns) + 2, "");
}

static void print_cells(const char *const *cell, size_t n, const unsigned *width)
{
	for (size_t i = 0; i < n; i++)
		print_cell(cell[i], width[i], i + 1 == n);
	putchar('\n');
}

int output_table(const struct output_table *t, bool no_heads, struct err *e)
{
	unsigned width[OUTPUT_COLUMNS_MAX] = { 0 }, room = t->shrinks ? output_width() : 0;
	size_t n = 0;

	while (t->heads[n])
		n++;
	if (n > OUTPUT_COLUMNS_MAX)
		return err_set(e, ERR_INTERNAL, 0, "table of %zu columns", n);
	for (size_t i = 0; i < n; i++)
		width[i] = no_heads ? 0 : str_columns(t->heads[i]);
	for (size_t i = 0; i < t->cells.len; i++) {
		unsigned columns = str_columns(t->cells.item[i]);

		if (columns > width[i % n])
			width[i % n] = columns;
	}
	if (room)
		(void)str_fit(width, n, t->shrinks, OUTPUT_SHRINK_MIN, room);
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
		return err_set(e, ERR_USAGE, 0, "--format %.64s: json or table (this command has no templates)",
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

void output_size_short(int64_t bytes, char *buf, size_t n)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double size = (double)bytes;
	size_t i = 0;

	while (size >= 1000 && i + 1 < ARRAY_LEN(units)) {
		size /= 1000;
		i++;
	}
	snprintf(buf, n, "%.4g%s", size, units[i]);
}

/* Zeros at the end of a fraction, and the point in front of nothing. */
static void cut_zeros(char *text)
{
	size_t len = strlen(text);

	while (len && text[len - 1] == '0')
		text[--len] = '\0';
	if (len && text[len - 1] == '.')
		text[--len] = '\0';
}

void output_duration(int64_t nsec, char *buf, size_t n)
{
	int64_t seconds = nsec / 1000000000;
	char fine[32];

	if (nsec > 0 && nsec < 1000000000) {
		snprintf(fine, sizeof(fine), "%lld.%06lld", (long long)(nsec / 1000000), (long long)(nsec % 1000000));
		cut_zeros(fine);
		snprintf(buf, n, "%sms", fine);
		return;
	}
	snprintf(fine, sizeof(fine), "%lld.%09lld", (long long)(seconds % 60), (long long)(nsec % 1000000000));
	cut_zeros(fine);
	if (seconds >= 3600)
		snprintf(buf, n, "%lldh%lldm%ss", (long long)(seconds / 3600), (long long)(seconds / 60 % 60), fine);
	else if (seconds >= 60)
		snprintf(buf, n, "%lldm%ss", (long long)(seconds / 60), fine);
	else
		snprintf(buf, n, "%ss", *fine ? fine : "0");
}
