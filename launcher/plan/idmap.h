/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idmap.h - the user and group ids of a container as the host has them.
 *
 * A plan's uid_map and gid_map are lists of struct plan_idmap: `size` ids from `inside` on are the host's from `host` on.
 * Both are absent where the user name space is the host's, and there every id is its own.
 *
 * Limits: PLAN_IDMAPS_MAX entries (the kernel's is 340 since 4.15); ids below 4294967295, which is no id; no id of
 * either side stands twice; id 0 inside is mapped, because the container's root makes its mounts.
 */
#ifndef SECCTR_PLAN_IDMAP_H
#define SECCTR_PLAN_IDMAP_H

#include "launcher/plan/plan.h"

enum { PLAN_IDMAPS_MAX = 32 };

#define PLAN_IDMAP(list, i) FIELD_AT(list, struct plan_idmap, i)

int idmap_add(struct field_list *map, int64_t inside, int64_t host, int64_t size, struct err *e) MUST_CHECK;
/* "INSIDE:HOST[:SIZE]" of --uidmap; SIZE is 1 if absent. `option` is named in errors. */
int idmap_read(struct field_list *map, const char *text, const char *option, struct err *e) MUST_CHECK;
/* The limits above but for id 0, as of a mount, and no overlap. */
int idmap_ranges(const struct field_list *map, const char *field, struct err *e) MUST_CHECK;
/* And id 0. */
int idmap_check(const struct field_list *map, const char *field, struct err *e) MUST_CHECK;

/* The host's id of `inside`; itself with an empty map; -1 where the map has none. */
int64_t idmap_host(const struct field_list *map, int64_t inside);
/* The other way: -1 where no id inside is this one of the host. */
int64_t idmap_inside(const struct field_list *map, int64_t host);
/* "0 100000 65536\n..." as /proc/PID/uid_map takes it; with sep between the numbers and end behind each entry. */
int idmap_text(const struct field_list *map, char sep, char end, struct str *s, struct err *e) MUST_CHECK;

#endif
