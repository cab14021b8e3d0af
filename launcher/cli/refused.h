/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refused.h - what Podman has and secctr has not, by name, each with what to do instead.
 *
 * Asked only when a word is in no table, so a command or option that is made later takes its place by being there.
 */
#ifndef SECCTR_CLI_REFUSED_H
#define SECCTR_CLI_REFUSED_H

#include "launcher/base/options.h"

/* "build", or "play kube" for two words; NULL: Podman has no such command either. */
const char *refused_command(const char *const words[], size_t n);
/* Rows of OPT_REFUSED for this command, to stand behind its own; an empty table if there are none. */
const struct opt *refused_options(const char *command);

#endif
