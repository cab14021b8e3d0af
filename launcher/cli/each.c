/* SPDX-License-Identifier: Apache-2.0 */
/* each.c - see each.h. */
#include "launcher/cli/each.h"

#include <stdio.h>

#include "launcher/cli/number_file.h"

/* Found by what they are, not by name. */
static bool is_picked(const struct each *how)
{
	return how->all || (how->filter && how->filter->len);
}

bool each_is_live(const struct look *l)
{
	return look_is_live(l) || l->state.status == CONTAINER_RESTARTING;
}

bool each_confirmed(const char *warning)
{
	char answer[16] = "";

	printf("WARNING! %s\nAre you sure you want to continue? [y/N] ", warning);
	return fflush(stdout) == 0 && fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

int each_seconds(const char *text, int64_t *ret, struct err *e)
{
	uint64_t n;

	*ret = -1;
	if (!text)
		return 0;
	if (str_to_u64(text, 0, 86400, "--time", &n, e))
		return -1;
	*ret = (int64_t)n;
	return 0;
}

static int one(struct context *c, const struct each *how, const struct ps_filters *filters, const char *text, each_fn *act,
	       const void *arg, struct err *e)
{
	AUTO(ps_item_done) struct ps_item item = { .size = -1, .root_size = -1 };
	struct look *l = &item.look;
	auto_free char *id = NULL;

	look_init(l);
	if (look_at(c, text, l, e))
		return -1;
	if ((is_picked(how) && how->wanted && !how->wanted(l)) || (filters && !ps_filters_match(filters, &item)))
		return 0;
	if (str_copy(l->state.id, &id, e) || act(c, l, arg, e))
		return -1;
	if (how->print != EACH_PRINT_NOTHING)
		printf("%s\n", how->print == EACH_PRINT_ID || is_picked(how) ? id : text);
	return 0;
}

static int add_from_file(const struct each *how, const char *path, struct strv *to, struct err *e)
{
	auto_free char *id = NULL;

	if (cidfile_read(path, &id, e))
		return how->ignore && e->reason == ERR_NOTFOUND ? 0 : -1;
	return strv_add(to, id, e);
}

int each_container(struct context *c, const struct each *how, const struct opt_list *operands, each_fn *act,
		   const void *arg, struct err *e)
{
	const size_t files = how->cidfiles ? how->cidfiles->len : 0;
	const bool picked = is_picked(how);
	AUTO(ps_filters_free_auto) struct ps_filters *filters = NULL;
	auto_strv struct strv names = { 0 };
	bool state = false, unknown = false, other = false;

	if (picked && (operands->len || files))
		return err_set(e, ERR_USAGE, 0, "%s and containers by name exclude each other", how->all ? "--all" : "--filter");
	if (!picked && !operands->len && !files)
		return err_set(e, ERR_USAGE, 0, "name a container, or give --all");
	if (how->filter && how->filter->len && ps_filters_read(c, how->filter, &filters, e))
		return -1;
	if (context_store(c, e) || (picked && container_list(&c->store, &names, e)))
		return -1;
	for (size_t i = 0; i < files; i++)
		if (add_from_file(how, how->cidfiles->item[i], &names, e))
			return -1;
	for (size_t i = 0; i < operands->len; i++)
		if (strv_add(&names, operands->item[i], e))
			return -1;
	for (size_t i = 0; i < names.len; i++) {
		struct err why = { 0 };

		if (one(c, how, filters, names.item[i], act, arg, &why) == 0 ||
		    ((how->ignore || picked) && why.reason == ERR_NOTFOUND))
			continue;
		fprintf(stderr, "secctr: %s\n", why.text);
		state |= how->tells && why.reason == ERR_STATE;
		unknown |= how->tells && why.reason == ERR_NOTFOUND;
		other |= !how->tells || (why.reason != ERR_STATE && why.reason != ERR_NOTFOUND);
	}
	return state ? 2 : other ? 125 : unknown;
}
