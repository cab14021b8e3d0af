/* SPDX-License-Identifier: Apache-2.0 */
/* latest.c - see latest.h. */
#include "launcher/cli/latest.h"

#include "launcher/store/container.h"

static int find(struct context *c, char **ret, struct err *e)
{
	auto_strv struct strv ids = { 0 };
	const char *newest = NULL;
	int64_t when = -1;

	if (context_store(c, e) || container_list(&c->store, &ids, e))
		return -1;
	for (size_t i = 0; i < ids.len; i++) {
		struct err ignored;
		auto_close int dir = container_dir(&c->store, ids.item[i], &ignored);
		auto_container struct container_state s;

		container_state_init(&s);
		if (dir >= 0 && container_state_read(dir, ids.item[i], &s, &ignored) == 0 && s.created > when) {
			when = s.created;
			newest = ids.item[i];
		}
	}
	if (!newest)
		return err_set(e, ERR_NOTFOUND, 0, "there is no container");
	return str_copy(newest, ret, e);
}

int latest_container(struct context *c, const struct opt_list *operands, struct opt_list *ret, char **ret_id, struct err *e)
{
	if (operands->len)
		return err_set(e, ERR_USAGE, 0, "--latest and containers by name exclude each other");
	return find(c, ret_id, e) || opt_list_add(ret, *ret_id, e) ? -1 : 0;
}

int latest_in_front(struct context *c, bool latest, size_t more, const struct opt_list **operands, struct opt_list *list,
		    char **ret_id, struct err *e)
{
	const struct opt_list *given = *operands;

	if (given->len < more + !latest)
		return err_set(e, ERR_USAGE, 0, more ? "usage: secctr exec [OPTIONS] CONTAINER COMMAND [ARG...]; --latest stands for CONTAINER" :
			       "name a container, or give --latest");
	if (!latest)
		return 0;
	if (!more)
		return latest_container(c, given, list, ret_id, e) ? -1 : (*operands = list, 0);
	if (find(c, ret_id, e) || opt_list_add(list, *ret_id, e))
		return -1;
	for (size_t i = 0; i < given->len; i++)
		if (opt_list_add(list, given->item[i], e))
			return -1;
	*operands = list;
	return 0;
}
