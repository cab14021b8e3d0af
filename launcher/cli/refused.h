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
/* A table for this command ("" for the options before it) with a row of OPT_REFUSED_ALL, to stand behind its own; or an empty one. */
void refused_options(const char *command, struct opt ret[2]);

#endif
