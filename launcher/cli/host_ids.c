/* SPDX-License-Identifier: Apache-2.0 */
/* host_ids.c - see host_ids.h. */
#include "launcher/cli/host_ids.h"

#include <stdlib.h>

#include "launcher/plan/idmap.h"
#include "launcher/store/idranges.h"

/* How many ids the ledger is to give: as many for uids as for gids, the same. */
static int missing(const struct plan *p, int64_t *ret, struct err *e)
{
	int64_t uids, gids;

	if (idmap_fill(&p->userns_uids, p->userns_size, 0, NULL, &uids, e) ||
	    idmap_fill(&p->userns_gids, p->userns_size, 0, NULL, &gids, e))
		return -1;
	*ret = uids > gids ? uids : gids;
	return 0;
}

static struct idrange range_of(const struct plan_idmap *m)
{
	return (struct idrange){ m->host, m->size };
}

static void add_ranges(const struct field_list *map, struct idrange *to, size_t *n)
{
	for (size_t i = 0; i < map->len; i++)
		to[(*n)++] = range_of(PLAN_IDMAP(map, i));
}

/* --userns auto: ids that no other container has, and no account. A restart finds the container's own again. */
static int claim(struct context *c, const struct plan *p, bool look, int64_t *ret_first, struct err *e)
{
	auto_free struct idrange *avoid = calloc(p->userns_uids.len + p->userns_gids.len + 1, sizeof(*avoid));
	struct idrange_list uids, gids, pool;
	struct idranges_wish wish = { .pool = &pool, .avoid = avoid, .look = look };

	*ret_first = 0;
	if (!avoid)
		return err_set(e, ERR_SYSTEM, ENOMEM, "ids");
	add_ranges(&p->userns_uids, avoid, &wish.avoid_len);
	add_ranges(&p->userns_gids, avoid, &wish.avoid_len);
	if (missing(p, &wish.size, e))
		return -1;
	if (!wish.size)
		return 0;	/* all of them are named */
	if (idranges_read_subids(IDRANGES_SUBUID, IDRANGES_ACCOUNT, &uids, e) ||
	    idranges_read_subids(IDRANGES_SUBGID, IDRANGES_ACCOUNT, &gids, e))
		return -1;
	idranges_common(&uids, &gids, &pool);
	return idranges_claim(c->store.lib, p->id, &wish, ret_first, e);
}

static int fill(struct plan *p, int64_t first, struct err *e)
{
	int64_t used;

	return idmap_fill(&p->userns_uids, p->userns_size, first, &p->uid_map, &used, e) ||
	       idmap_fill(&p->userns_gids, p->userns_size, first, &p->gid_map, &used, e) ||
	       idmap_check(&p->uid_map, "uids", e) || idmap_check(&p->gid_map, "gids", e) ? -1 : 0;
}

static int check_named(struct context *c, const struct plan *p, const struct field_list *map, struct err *e)
{
	for (size_t i = 0; i < map->len; i++) {
		const struct idrange range = range_of(PLAN_IDMAP(map, i));

		if (idranges_check(c->store.lib, p->id, &range, e))
			return -1;
	}
	return 0;
}

static int look(struct context *c, const struct plan *p, bool only, int64_t *ret_first, struct err *e)
{
	bool is_auto = p->userns_size != FIELD_NONE;

	if (check_named(c, p, is_auto ? &p->userns_uids : &p->uid_map, e) ||
	    check_named(c, p, is_auto ? &p->userns_gids : &p->gid_map, e))
		return -1;
	if (is_auto && claim(c, p, only, ret_first, e))
		return err_context(e, "--userns auto");
	return 0;
}

/* While this one is there, too, nobody else gets the ids. Of a container that names all of its own the ledger has none. */
static int join(struct context *c, const struct plan *p, struct err *e)
{
	int64_t size;

	if (p->userns_size == FIELD_NONE)
		return 0;
	if (missing(p, &size, e))
		return -1;
	return size ? idranges_join(c->store.lib, p->id, p->ns[PLAN_NS_USER].path, e) : 0;
}

int host_ids_look(struct context *c, const struct plan *p, struct err *e)
{
	int64_t first;

	return p->ns[PLAN_NS_USER].mode == PLAN_NS_NEW ? look(c, p, true, &first, e) : 0;
}

int host_ids_give(struct context *c, struct plan *p, struct err *e)
{
	int64_t first = 0;

	if (p->ns[PLAN_NS_USER].mode == PLAN_NS_CONTAINER)
		return join(c, p, e);
	if (p->ns[PLAN_NS_USER].mode != PLAN_NS_NEW)
		return 0;
	if (look(c, p, false, &first, e))
		return -1;
	return p->userns_size != FIELD_NONE ? fill(p, first, e) : 0;
}
