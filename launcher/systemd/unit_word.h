/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_word.h - any text as one word of a unit file that systemd reads back as the same text, and as nothing else.
 *
 * Names, arguments and variables of containers come from people and images. In a unit a percent sign is a specifier, a dollar a variable,
 * a semicolon another command, a backslash an escape or a continued line, and a line feed the next directive (systemd.syntax(7),
 * systemd.service(5) "COMMAND LINES", systemd.unit(5) "SPECIFIERS"). Words that need it stand in double quotes; what is not printable ASCII or
 * well-formed UTF-8 is written as \xNN, byte by byte.
 */
#ifndef SECCTR_SYSTEMD_UNIT_WORD_H
#define SECCTR_SYSTEMD_UNIT_WORD_H

#include "launcher/base/err.h"
#include "launcher/base/str.h"

enum unit_word {
	UNIT_WORD_EXEC,		/* an argument in ExecStart= and its sisters: '$' too. Never the program, where "-@:+!" mean something */
	UNIT_WORD_ENV,		/* an assignment of Environment= */
	UNIT_WORD_PATH,		/* an absolute path in ReadWritePaths= and the like, which know no \xNN: ERR_INPUT for one that would need it */
};

enum { UNIT_LINE_MAX = 1 << 20 };	/* bytes of one line that systemd reads (LONG_LINE_MAX): longer ones are ERR_LIMIT */

/* Appends a blank, where *to has text that ends with neither a blank nor '=', and the word. */
int unit_word_add(struct str *to, enum unit_word kind, const char *word, struct err *e) MUST_CHECK;

/* The name of a unit, or of a template without its instance, with or without its type: characters of systemd.unit(5), at most 255. ERR_INPUT. */
int unit_name_check(const char *what, const char *name, struct err *e) MUST_CHECK;

#endif
