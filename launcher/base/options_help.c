/* SPDX-License-Identifier: Apache-2.0 */
/* options_help.c - the text of --help from option tables. */
#include <string.h>

#include "launcher/base/options.h"

enum { COLUMN_MAX = 34, WIDTH_MIN = 40, GAP = 2 };

/* "  -e, --env=KEY=VALUE". Returns its length; prints when `out` is given. */
static unsigned label(FILE *out, const struct opt *o)
{
	char text[128], letter[5] = "    ";
	int n;

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	n = snprintf(text, sizeof(text), "  %s--%s%s%s", letter, o->name, o->value ? " " : "",
		     o->value ? o->value : "");
	if (out)
		fputs(text, out);
	return (unsigned)n < sizeof(text) ? (unsigned)n : (unsigned)sizeof(text) - 1;
}

static unsigned column_of(const struct opt *const tables[])
{
	unsigned column = 0;

	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->kind != OPT_KIND_END; o++) {
			unsigned n = opt_is_shown(o) ? label(NULL, o) + GAP : 0;

			if (n > column && n <= COLUMN_MAX)
				column = n;
		}
	return column;
}

/* Words of `text` from column `at` (where the line stands), later lines from `column`. */
static void wrapped(FILE *out, const char *text, unsigned at, unsigned column, unsigned width)
{
	bool first = true;

	while (*text) {
		unsigned n = (unsigned)strcspn(text, " ");

		if (!first && at + 1 + n > width) {
			fprintf(out, "\n%*s", (int)column, "");
			at = column;
			first = true;
		}
		fprintf(out, "%s%.*s", first ? "" : " ", (int)n, text);
		at += n + !first;
		first = false;
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void print_row(FILE *out, const struct opt *o, unsigned column, unsigned width)
{
	unsigned used = label(out, o);

	if (used + GAP > column) {
		fputc('\n', out);
		used = 0;
	}
	fprintf(out, "%*s", (int)(column - used), "");
	wrapped(out, o->help ? o->help : "", column, column, width);
}

void opt_print_help(FILE *out, const struct opt *const tables[], unsigned width)
{
	unsigned column = column_of(tables);
	const char *heading = NULL;

	if (width < WIDTH_MIN)
		width = WIDTH_MIN;
	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->kind != OPT_KIND_END; o++) {
			const char *group = o->group ? o->group : "Options";

			if (!opt_is_shown(o))
				continue;
			if (!heading || strcmp(group, heading) != 0)
				fprintf(out, "%s%s:\n", heading ? "\n" : "", group);
			heading = group;
			print_row(out, o, column, width);
		}
}
