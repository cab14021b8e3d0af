/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aliases.h - other names of commands, as Podman has them: `container ls` is `ps`, `container stop` is `stop`.
 *
 * A family is a first word behind which the commands of a group stand; beside these are single names. A command of the
 * table goes before an alias, and an alias whose command is not there is none.
 */
#ifndef SECCTR_CLI_ALIASES_H
#define SECCTR_CLI_ALIASES_H

#include <stdio.h>

#include "launcher/cli/command.h"

/* *ret_with: an option that the name implies ("--type=image"), or NULL. NULL: these words are no alias. */
const struct command *alias_find(const char *const words[], size_t n, const char **ret_with);

/* Whether commands can stand behind this word. */
bool alias_is_family(const char *word);
/* The i-th family, and the i-th name behind it with its command; NULL at the end. */
const char *alias_family(size_t i);
const char *alias_member(const char *family, size_t i, const struct command **ret);

#endif
