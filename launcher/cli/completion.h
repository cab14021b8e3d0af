/* SPDX-License-Identifier: Apache-2.0 */
/*
 * completion.h - what could stand where the cursor is.
 *
 * The shells' scripts (cmd_completion.c) hand over the words of the line and get candidates back, so that these come from
 * the tables of the program that will run, and are the same in every shell.
 */
#ifndef SECCTR_CLI_COMPLETION_H
#define SECCTR_CLI_COMPLETION_H

#include <stdio.h>

#include "launcher/cli/command.h"

/*
 * word[0..n-1] are the words behind "secctr" up to the cursor; the last is what is being typed, perhaps "". Each
 * candidate is a line of `out`: the whole word, a tab, and its help (perhaps ""). The lines ":file" and ":dir" ask the
 * shell for names of files or directories. Candidates have the characters [A-Za-z0-9._/@:=+-] only, so that no
 * shell finds anything to expand in them; a name with others is left out, and so is what this caller may not list.
 */
void complete_words(struct context *c, const char *const word[], size_t n, FILE *out);

#endif
