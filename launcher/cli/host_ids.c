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

static void add_ranges(const struct field_list *map, struct idrange *to, size_t *n)
{
	for (size_t i = 0; i < map->len; i++)
		to[(*n)++] = (struct idrange){ PLAN_IDMAP(map, i)->host, PLAN_IDMAP(map, i)->size };
}

/* Of the accounts' files, where the ledger is to give any. */
static int find_pool(struct idrange_list *ret, struct err *e)
{
	struct idrange_list uids, gids;

	if (idranges_read_subids(IDRANGES_SUBUID, IDRANGES_ACCOUNT, &uids, e) ||
	    idranges_read_subids(IDRANGES_SUBGID, IDRANGES_ACCOUNT, &gids, e))
		return -1;
	idranges_common(&uids, &gids, ret);
	return 0;
}

/* Ids that no other container has, and no account; and those that are named. A restart finds the container's own again. */
static int claim(struct context *c, const struct plan *p, bool look, int64_t *ret_first, struct err *e)
{
	bool is_auto = p->userns_size != FIELD_NONE;
	const struct field_list *uids = is_auto ? &p->userns_uids : &p->uid_map, *gids = is_auto ? &p->userns_gids : &p->gid_map;
	auto_free struct idrange *named = calloc(uids->len + gids->len + 1, sizeof(*named));
	struct idranges_wish wish = { .named = named, .look = look };
	struct idrange_list pool;

	if (!named)
		return err_set(e, ERR_SYSTEM, ENOMEM, "ids");
	add_ranges(uids, named, &wish.named_len);
	add_ranges(gids, named, &wish.named_len);
	if (is_auto && missing(p, &wish.size, e))
		return -1;
	if (wish.size && find_pool(&pool, e))
		return -1;
	wish.pool = wish.size ? &pool : NULL;
	return idranges_claim(c->store.lib, p->id, &wish, ret_first, e) ? err_context(e, is_auto ? "--userns auto" : "--uidmap, --gidmap") : 0;
}

static int fill(struct plan *p, int64_t first, struct err *e)
{
	int64_t used;

	return idmap_fill(&p->userns_uids, p->userns_size, first, &p->uid_map, &used, e) ||
	       idmap_fill(&p->userns_gids, p->userns_size, first, &p->gid_map, &used, e) ||
	       idmap_check(&p->uid_map, "uids", e) || idmap_check(&p->gid_map, "gids", e) ? -1 : 0;
}

/*
 * While this one is there, too, nobody else gets the ids. A container that has them by the path of a name space has none in the ledger; what
 * it was given is missing there only if it was removed just now.
 */
static int join(struct context *c, const struct plan *p, struct err *e)
{
	int64_t size = 0;
	struct err why;

	if (p->userns_size != FIELD_NONE && missing(p, &size, e))
		return -1;
	if (idranges_join(c->store.lib, p->id, p->ns[PLAN_NS_USER].path, &why) == 0 || (why.reason == ERR_NOTFOUND && !size))
		return 0;
	*e = why;
	return -1;
}

int host_ids_look(struct context *c, const struct plan *p, struct err *e)
{
	int64_t first;

	return p->ns[PLAN_NS_USER].mode == PLAN_NS_NEW ? claim(c, p, true, &first, e) : 0;
}

int host_ids_give(struct context *c, struct plan *p, struct err *e)
{
	int64_t first = 0;

	if (p->ns[PLAN_NS_USER].mode == PLAN_NS_CONTAINER)
		return join(c, p, e);
	if (p->ns[PLAN_NS_USER].mode != PLAN_NS_NEW)
		return 0;
	if (claim(c, p, false, &first, e))
		return -1;
	return p->userns_size != FIELD_NONE ? fill(p, first, e) : 0;
}
