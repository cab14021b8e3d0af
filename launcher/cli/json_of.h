/* SPDX-License-Identifier: Apache-2.0 */
/* json_of.h - lists and maps of ours as JSON, in Podman's forms. NULL: no memory, which json_pack() then reports too. */
#ifndef SECCTR_CLI_JSON_OF_H
#define SECCTR_CLI_JSON_OF_H

#include <jansson.h>

#include "launcher/base/err.h"
#include "launcher/base/str.h"

json_t *json_of_list(const struct strv *v);	/* ["a", "b"] */
json_t *json_of_map(const struct strv *v);	/* KEY=VALUE entries: {"KEY": "VALUE"} */
/* Texts of an array with `between` between them; malloc'ed. */
int json_of_joined(const json_t *list, const char *between, char **ret, struct err *e) MUST_CHECK;

#endif
