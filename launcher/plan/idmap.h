/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idmap.h - the user and group ids of a container as the host has them.
 *
 * A plan's uid_map and gid_map are lists of struct plan_idmap: `size` ids from `inside` on are the host's from `host` on.
 * Both are absent where the user name space is the host's, and there every id is its own.
 *
 * Limits: PLAN_IDMAPS_MAX entries (UID_GID_MAP_MAX_EXTENTS of include/linux/user_namespace.h) in PLAN_IDMAP_TEXT_MAX bytes as the
 * kernel reads them, which is in one write (map_write(), kernel/user_namespace.c); ids below 4294967295, which is no id; no id of
 * either side stands twice; id 0 inside is mapped, because the container's root makes its mounts.
 */
#ifndef SECCTR_PLAN_IDMAP_H
#define SECCTR_PLAN_IDMAP_H

#include "launcher/plan/plan.h"

enum { PLAN_IDMAPS_MAX = 340, PLAN_IDMAP_TEXT_MAX = 4095 };

#define PLAN_IDMAP(list, i) FIELD_AT(list, struct plan_idmap, i)

int idmap_add(struct field_list *map, int64_t inside, int64_t host, int64_t size, struct err *e) MUST_CHECK;
/* "INSIDE:HOST[:SIZE]" of --uidmap; SIZE is 1 if absent. `option` is named in errors. */
int idmap_read(struct field_list *map, const char *text, const char *option, struct err *e) MUST_CHECK;
/* The limits above, no overlap, and id 0. */
int idmap_check(const struct field_list *map, const char *field, struct err *e) MUST_CHECK;
/* The same of a part of a map, or of that of a mount, which need not have id 0. */
int idmap_check_part(const struct field_list *map, const char *field, struct err *e) MUST_CHECK;
/* The ranges of `from` behind those of `to`. */
int idmap_copy(struct field_list *to, const struct field_list *from, struct err *e) MUST_CHECK;
/* As the kernel shows it in /proc/PID/uid_map: three numbers a line. */
int idmap_read_kernel(struct field_list *map, const char *text, struct err *e) MUST_CHECK;
/* The same ranges, in whatever order: the kernel sorts more than five. */
bool idmap_equal(const struct field_list *a, const struct field_list *b);

/*
 * `part` and, for the ids from 0 to size - 1 that it has not, those of the host from `first` on, one after the other. *ret_used: how
 * many of these; with `map` NULL only that.
 */
int idmap_fill(const struct field_list *part, int64_t size, int64_t first, struct field_list *map, int64_t *ret_used,
	       struct err *e) MUST_CHECK;
/* Whether the container of a plan that is being decided has the id inside: of a map of the ledger only the size is known then. */
bool idmap_has(const struct plan *p, bool gid, int64_t inside);

/* The host's id of `inside`; itself with an empty map; -1 where the map has none. */
int64_t idmap_host(const struct field_list *map, int64_t inside);
/* The other way: -1 where no id inside is this one of the host. */
int64_t idmap_inside(const struct field_list *map, int64_t host);
/* "0 100000 65536\n..." as /proc/PID/uid_map takes it; with sep between the numbers and end behind each entry. */
int idmap_text(const struct field_list *map, char sep, char end, struct str *s, struct err *e) MUST_CHECK;

#endif
