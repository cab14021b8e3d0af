/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.h - a container as the document of `inspect`: Podman's members, then ours (Uuid, Policy, Level, Audit, Plan). */
#ifndef SECCTR_CLI_INSPECT_H
#define SECCTR_CLI_INSPECT_H

#include <jansson.h>

#include "launcher/cli/look.h"

struct inspect_subject {
	const struct look *look;
	const struct plan *plan;	/* NULL: `broken` says why there is none */
	const char *broken;
	const char *store;		/* its top directory; NULL: the default */
	int64_t size, root_size;	/* -1: not asked for */
};

/* New reference. Members of the plan are empty where there is none. */
int inspect_container(const struct inspect_subject *s, json_t **ret, struct err *e) MUST_CHECK;

#endif
