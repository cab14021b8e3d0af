/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create_command.h - the command that made a container, as one that a unit runs again at each start (`generate systemd --new`).
 *
 * It is read by the tables that read it first, so nothing is guessed from its text, and written with long names, a word each. Left out is
 * what the unit decides itself: --cgroups, --cidfile, --detach, --replace, --restart, --rm, --sdnotify. Refused is what would
 * mean something else in a unit: a terminal, standard input, descriptors, and paths relative to the directory in which it was typed.
 */
#ifndef SECCTR_CLI_CREATE_COMMAND_H
#define SECCTR_CLI_CREATE_COMMAND_H

#include "launcher/base/options.h"
#include "launcher/base/str.h"
#include "launcher/plan/plan.h"

struct create_command {
	struct strv before;		/* --root=..., --runroot=...: in front of the command */
	struct strv options;		/* of `run` */
	struct strv operands;		/* image or directory, command */
	struct strv callers;		/* variables that were taken from who typed it (-e NAME): a unit has none */
};

/* ERR_STATE: it was not kept, for a version that did not or because it is too long; ERR_INPUT as above, naming the option. */
int create_command_read(const struct plan *p, struct create_command *ret, struct err *e) MUST_CHECK;
void create_command_done(struct create_command *c);
#define auto_create_command AUTO(create_command_done)

#endif
