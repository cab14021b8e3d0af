/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - reading a command line by its tables. Help is in options_help.c. */
#include "launcher/base/options.h"

#include <string.h>

enum { DISTANCE_NAME_MAX = 40 };

struct parser {
	const struct opt *const *tables;
	void *request;
	struct opt_list *operands;
	opt_seen_fn *seen;		/* instead of both */
	void *arg;
	struct err *e;
};

/* The row with this name (when not NULL) or letter (when not 0). */
static const struct opt *find(const struct opt *const tables[], const char *name, size_t len,
			      char letter)
{
	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->kind != OPT_KIND_END; o++) {
			if (o->kind == OPT_REFUSED_ALL)
				continue;
			if (letter && o->letter == letter)
				return o;
			if (name && strlen(o->name) == len && memcmp(o->name, name, len) == 0)
				return o;
		}
	return NULL;
}

/* Why there is no such option; *ret_name is how it is called. NULL: it is not known at all. */
static const char *why_not(const struct opt *const tables[], const char *name, size_t len, char letter, const char **ret_name)
{
	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->kind != OPT_KIND_END; o++)
			for (const char *at = o->kind == OPT_REFUSED_ALL ? o->help : "", *why; *at; at = why + strlen(why) + 1) {
				bool with = at[1] == ',';

				why = at + strlen(at) + 1;
				*ret_name = with ? at + 2 : at;
				if (name ? strlen(*ret_name) == len && memcmp(*ret_name, name, len) == 0 : with && *at == letter)
					return why;
			}
	return NULL;
}

const struct opt *opt_find(const struct opt *const tables[], const char *name)
{
	return find(tables, name, strlen(name), 0);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned opt_distance(const char *a, const char *b)
{
	/* Three rows of the optimal string alignment table. */
	unsigned rows[3][DISTANCE_NAME_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];
	size_t n = strlen(a), m = strlen(b);

	if (n > DISTANCE_NAME_MAX || m > DISTANCE_NAME_MAX)
		return DISTANCE_NAME_MAX;
	for (unsigned j = 0; j <= m; j++)
		last[j] = j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *spare = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[m];
}

/* The shown option that `name` was probably meant to be, or NULL. */
static const struct opt *nearest(const struct opt *const tables[], const char *name)
{
	const struct opt *found = NULL;
	size_t len = strlen(name);
	unsigned best = len < 4 ? 2 : 3;	/* this far is no longer a typing error */

	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->kind != OPT_KIND_END; o++) {
			unsigned d;

			if (!opt_is_shown(o))
				continue;
			d = len >= 3 && strncmp(o->name, name, len) == 0 ? 1 : opt_distance(name, o->name);
			if (d < best) {
				best = d;
				found = o;
			}
		}
	return found;
}

static int refused(struct parser *p, const char *name, const char *why)
{
	return err_set(p->e, ERR_USAGE, 0, "--%s is not in secctr: %s", name, why);
}

static int unknown(struct parser *p, const char *name, size_t len)
{
	char word[DISTANCE_NAME_MAX + 1];
	const struct opt *near = NULL;
	const char *known, *why = why_not(p->tables, name, len, 0, &known);

	if (why)
		return refused(p, known, why);
	if (len < sizeof(word)) {
		memcpy(word, name, len);
		word[len] = '\0';
		near = nearest(p->tables, word);
	}
	if (near)
		return err_set(p->e, ERR_USAGE, 0, "unknown option --%s; did you mean --%s?", word,
			       near->name);
	return err_set(p->e, ERR_USAGE, 0, "unknown option --%.*s", (int)least((unsigned)len, 100), name);
}

int opt_list_add(struct opt_list *list, const char *borrowed, struct err *e)
{
	if (list->len >= OPT_ARGS_MAX)
		return err_set(e, ERR_LIMIT, 0, "more than %d words", OPT_ARGS_MAX);
	if (list->len >= list->room) {
		size_t room = list->len < 4 ? 8 : 2 * list->len;
		const char **item = reallocarray(list->item, room, sizeof(*item));

		if (!item)
			return err_set(e, ERR_SYSTEM, ENOMEM, "command line");
		list->item = item;
		list->room = room;
	}
	list->item[list->len++] = borrowed;
	return 0;
}

void opt_list_done(struct opt_list *list)
{
	free(list->item);
	*list = (struct opt_list){ 0 };
}

static bool takes_value(const struct opt *o)
{
	return o->kind == OPT_TEXT || o->kind == OPT_LIST || (o->kind == OPT_CALL && o->value);
}

/* `value` is what follows '=' or is the next word; NULL for a flag without '='. */
static int store(struct parser *p, const struct opt *o, const char *value)
{
	void *dest = (char *)p->request + o->offset;
	bool on = !value || strcmp(value, "true") == 0;

	if (p->seen && o->kind != OPT_REFUSED)
		return p->seen(p->arg, o, value, p->e);
	if ((o->kind == OPT_FLAG || o->kind == OPT_TRI) && !on && strcmp(value, "false") != 0)
		return err_set(p->e, ERR_USAGE, 0, "--%s takes true or false, not \"%.60s\"", o->name,
			       value);
	switch ((enum opt_kind)o->kind) {
	case OPT_REFUSED:
		return refused(p, o->name, o->help);
	case OPT_FLAG:
		*(bool *)dest = on;
		return 0;
	case OPT_TRI:
		*(int *)dest = on;
		return 0;
	case OPT_TEXT:
		*(const char **)dest = value;
		return 0;
	case OPT_LIST:
		return opt_list_add(dest, value, p->e);
	case OPT_CALL:
		if (value && !o->value)
			return err_set(p->e, ERR_USAGE, 0, "--%s takes no value", o->name);
		return o->call(dest, value, p->e) ? err_context(p->e, "--%s", o->name) : 0;
	case OPT_REFUSED_ALL:
	case OPT_KIND_END:
		break;
	}
	return err_set(p->e, ERR_INTERNAL, 0, "option table row %s", o->name);
}

/* arg is "--name" or "--name=value". Returns the number of words used, or -1. */
static int long_option(struct parser *p, const char *arg, const char *next)
{
	const char *name = arg + 2, *eq = strchr(name, '=');
	size_t len = eq ? (size_t)(eq - name) : strlen(name);
	const struct opt *o = find(p->tables, name, len, 0);

	if (!o)
		return unknown(p, name, len);
	if (eq || !takes_value(o))
		return store(p, o, eq ? eq + 1 : NULL) ? -1 : 1;
	if (!next)
		return err_set(p->e, ERR_USAGE, 0, "--%s needs a value (%s)", o->name, o->value);
	return store(p, o, next) ? -1 : 2;
}

/* arg is "-it", "-eVALUE", "-e" or "-e=VALUE". The same result as long_option(). */
static int letters(struct parser *p, const char *arg, const char *next)
{
	for (const char *c = arg + 1; *c; c++) {
		const struct opt *o = find(p->tables, NULL, 0, *c);
		const char *known, *why = o ? NULL : why_not(p->tables, NULL, 0, *c, &known);

		if (why)
			return refused(p, known, why);
		if (!o)
			return err_set(p->e, ERR_USAGE, 0, "unknown option -%c in \"%.60s\"", *c, arg);
		if (c[1] == '=')
			return store(p, o, c + 2) ? -1 : 1;
		if (!takes_value(o)) {
			if (store(p, o, NULL))
				return -1;
			continue;
		}
		if (c[1])
			return store(p, o, c + 1) ? -1 : 1;
		if (!next)
			return err_set(p->e, ERR_USAGE, 0, "-%c needs a value (%s)", *c, o->value);
		return store(p, o, next) ? -1 : 2;
	}
	return 1;
}

static int operand(struct parser *p, const char *word)
{
	return p->seen ? p->seen(p->arg, NULL, word, p->e) : opt_list_add(p->operands, word, p->e);
}

static int parse(struct parser *p, enum opt_mode mode, int argc, const char *const argv[])
{
	bool ended = false;
	int i = 1;

	while (i < argc) {
		const char *arg = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
		int used = 1;

		if (!ended && strcmp(arg, "--") == 0) {
			ended = true;
		} else if (ended || arg[0] != '-' || !arg[1]) {
			ended |= mode == OPT_STOP;
			used = operand(p, arg) ? -1 : 1;
		} else {
			used = arg[1] == '-' ? long_option(p, arg, next) : letters(p, arg, next);
		}
		if (used < 0)
			return -1;
		i += used;
	}
	return 0;
}

int opt_parse(const struct opt *const tables[], enum opt_mode mode, int argc,
	      const char *const argv[], void *request, struct opt_list *operands, struct err *e)
{
	struct parser p = { .tables = tables, .request = request, .operands = operands, .e = e };

	return parse(&p, mode, argc, argv);
}

int opt_each(const struct opt *const tables[], enum opt_mode mode, int argc, const char *const argv[], opt_seen_fn *seen, void *arg,
	     struct err *e)
{
	struct parser p = { .tables = tables, .seen = seen, .arg = arg, .e = e };

	return parse(&p, mode, argc, argv);
}
