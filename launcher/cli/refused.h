/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refused.h - what Podman has and secctr has not, by name, each with what to do instead.
 *
 * Asked only when a word is in no table, so a command or option that is made later takes its place by being there.
 */
#ifndef SECCTR_CLI_REFUSED_H
#define SECCTR_CLI_REFUSED_H

#include "launcher/base/options.h"

/* Why there is no such command, of *ret_used words: "build", "play kube". NULL: Podman has no such command either. */
const char *refused_command(const char *const words[], size_t n, size_t *ret_used);
/* Rows of OPT_REFUSED for this command ("" for the options before it), to stand behind its own; an empty table if there are none. */
const struct opt *refused_options(const char *command);

#endif
