/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit.h - the text of a service unit for one container.
 *
 * Type=notify: ExecStart= makes and starts the container and then hands over to its monitor (launcher/cli/unit_start.h), which is the main
 * process from then on. There is no ExecStop=: the monitor that gets SIGTERM ends the container by its stop signal, then by SIGKILL,
 * records it, and ends with 0, so that a stop is never a failure. With a container that ends by itself it ends with its status.
 * KillMode=mixed: what is left after it is killed, and ExecStopPost= records what a killed monitor could not.
 *
 * The text is made of words of ours and of unit_word_add(); nothing from a plan or a command line reaches it otherwise.
 */
#ifndef SECCTR_SYSTEMD_UNIT_H
#define SECCTR_SYSTEMD_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"
#include "launcher/systemd/sandbox.h"

enum { UNIT_STOP_EXTRA = 60 };		/* seconds beyond the container's own time, as Podman has it */

struct unit {
	const char *name;		/* "container-web.service", or "container-web@.service" of a template */
	const char *header;		/* NULL: none; else who made it, one line without control characters */
	struct strv start, stop_post;	/* words of the commands, the program's absolute path first */
	size_t start_name, stop_name;	/* of a template: the words in them to which "-%i" is added, the name of the container; else 0 */
	struct strv env;		/* KEY=VALUE, of the unit's own processes */
	struct strv wants, after, requires;	/* names of units */
	const char *restart;		/* Restart=, a word of systemd's */
	int64_t restart_sec, start_timeout;	/* seconds; -1: systemd's default */
	int64_t start_burst;		/* StartLimitBurst=; -1: systemd's default */
	int64_t stop_timeout;		/* seconds: the container's own */
	struct sandbox sandbox;
};

/* Appends. ERR_INPUT: a name that is none of a unit, or a path that cannot stand in one; ERR_LIMIT: a line that systemd would not read. */
int unit_text(const struct unit *u, struct str *ret, struct err *e) MUST_CHECK;

/* Words of Restart=, as podman-generate-systemd(1). */
bool unit_is_restart(const char *word);

void unit_done(struct unit *u);		/* its lists */
#define auto_unit AUTO(unit_done)

#endif
