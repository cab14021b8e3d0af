/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - command lines as tables.
 *
 * One `struct opt` row is the only place where an option exists: the parser,
 * --help, shell completion and the test that compares the manual with the
 * program read the same rows. A command names its tables in a NULL-terminated
 * list, so that `run` and `create` share theirs:
 *
 *	static const struct opt run_opts[] = {
 *		{ 'd', OPT_FLAG, OPT_INTO(struct run_request, detach), .name = "detach", .help = "..." },
 *		{ 'e', OPT_LIST, OPT_INTO(struct run_request, env), .name = "env", .value = "KEY=VALUE",
 *		  .help = "..." },
 *		OPT_END
 *	};
 *	static const struct opt *const run_tables[] = { run_opts, create_opts, NULL };
 *
 * As podman(1): a scalar given twice keeps the last value, --flag=false is
 * accepted, -it and -eA=1 and -e A=1 mean what they say, `--` ends options, "-"
 * is an operand. Otherwise: long names must be written out, because a prefix
 * that is unique today becomes another option tomorrow.
 */
#ifndef SECCTR_BASE_OPTIONS_H
#define SECCTR_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/err.h"

enum opt_kind {
	OPT_KIND_END,
	OPT_FLAG,	/* bool */
	OPT_TRI,	/* int: 0 or 1 when given; the caller sets -1 before */
	OPT_TEXT,	/* const char *: borrowed from argv, the last one given */
	OPT_LIST,	/* struct opt_list: borrowed from argv, in order */
	OPT_REFUSED,	/* known, never taken: the error says what `help` has; not shown */
	OPT_REFUSED_ALL,	/* many of them in one row: `help` is OPT_NOT() after OPT_NOT(); behind all that is taken */
	OPT_CALL,	/* call(dest, value, e); value is NULL when the row has no value word */
};

/* Borrowed strings; only the array is owned. Not NULL-terminated. */
struct opt_list {
	const char **item;
	size_t len, room;		/* room: opt_list_add()'s own; 0 if `item` was made elsewhere */
};

/*
 * Small, as all rows of all commands are relocated at each start: a page that holds a pointer is a copy of its own then. For the
 * same reason what is refused is text without a pointer.
 */
struct opt {
	char letter;			/* 0 = none */
	uint8_t kind;			/* enum opt_kind */
	uint16_t offset;		/* of the field in the request */
	bool hidden;			/* parsed, not shown */
	char complete[11];		/* what completes the value: image, container, policy, file, dir; "" = nothing */
	const char *name;		/* without dashes */
	const char *value;		/* word for help, "KEY=VALUE"; NULL for OPT_FLAG and OPT_TRI */
	const char *help;
	const char *group;		/* heading in help; NULL = "Options" */
	int (*call)(void *dest, const char *value, struct err *e);	/* dest = request + offset */
};

#define OPT_INTO(type, field) offsetof(type, field)
#define OPT_END { .kind = OPT_KIND_END }
/* A text literal each, so that they stand one after the other without commas. */
#define OPT_NOT(name, why) name "\0" why "\0"
#define OPT_NOT_LETTER(letter, name, why) letter "," name "\0" why "\0"

enum opt_mode {
	OPT_STOP,	/* the first operand ends options (run, exec): the rest belongs to the container */
	OPT_MIXED,	/* operands and options in any order (ps, rm) */
};

enum { OPT_ARGS_MAX = 65536 };		/* words of one command line */

/*
 * Read argv[1..argc-1] into `request`; operands are appended to *operands in
 * order. ERR_USAGE names the option and, for an unknown one, the nearest
 * known ("unknown option --naem; did you mean --name?"). Lists (operands and
 * OPT_LIST fields) are the caller's to release with opt_list_done(), on failure too.
 */
int opt_parse(const struct opt *const tables[], enum opt_mode mode, int argc,
	      const char *const argv[], void *request, struct opt_list *operands, struct err *e)
	MUST_CHECK NONNULL(1, 4, 5, 6, 7);

/*
 * The same without a request: each option and operand in its order is told to `seen`. `o` is NULL for an operand; `value` is NULL for an
 * option without one. For who changes a command line and not its meaning.
 */
typedef int opt_seen_fn(void *arg, const struct opt *o, const char *value, struct err *e);
int opt_each(const struct opt *const tables[], enum opt_mode mode, int argc, const char *const argv[], opt_seen_fn *seen, void *arg,
	     struct err *e) MUST_CHECK NONNULL(1, 4, 5, 7);

int opt_list_add(struct opt_list *list, const char *borrowed, struct err *e) MUST_CHECK;
void opt_list_done(struct opt_list *list);
#define auto_opt_list AUTO(opt_list_done)

/* Whether help and completion show it. */
static inline bool opt_is_shown(const struct opt *o)
{
	return !o->hidden && o->kind != OPT_REFUSED && o->kind != OPT_REFUSED_ALL;
}

/* The row of `name`, or NULL. For completion and tests. */
const struct opt *opt_find(const struct opt *const tables[], const char *name);
/* Edit distance (insert, delete, change, swap neighbours), for suggestions of command names too. */
unsigned opt_distance(const char *a, const char *b);
/* Shown rows under their group headings, help text aligned and wrapped to `width` columns (at least 40). */
void opt_print_help(FILE *out, const struct opt *const tables[], unsigned width);

#endif
