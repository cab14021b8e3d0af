/* SPDX-License-Identifier: Apache-2.0 */
/* each.c - see each.h. */
#include "launcher/cli/each.h"

#include <stdio.h>

static int one(struct context *c, const struct each *how, const char *text, each_fn *act, const void *arg,
	       struct err *e)
{
	auto_look struct look l;
	auto_free char *id = NULL;

	look_init(&l);
	if (look_at(c, text, &l, e))
		return -1;
	if (how->all && how->running && l.state.status != CONTAINER_RUNNING)
		return 0;
	if (str_copy(l.state.id, &id, e) || act(c, &l, arg, e))
		return -1;
	if (how->print != EACH_PRINT_NOTHING)
		printf("%s\n", how->print == EACH_PRINT_ID || how->all ? id : text);
	return 0;
}

int each_container(struct context *c, const struct each *how, const struct opt_list *operands, each_fn *act,
		   const void *arg, struct err *e)
{
	auto_strv struct strv all = { 0 };
	size_t n = operands->len, failed = 0;

	if (how->all && n)
		return err_set(e, ERR_USAGE, 0, "--all and containers by name exclude each other");
	if (!how->all && !n)
		return err_set(e, ERR_USAGE, 0, "name a container, or give --all");
	if (context_store(c, e))
		return -1;
	if (how->all) {
		if (container_list(&c->store, &all, e))
			return -1;
		n = all.len;
	}
	for (size_t i = 0; i < n; i++) {
		struct err why = { 0 };

		if (one(c, how, how->all ? all.item[i] : operands->item[i], act, arg, &why) == 0 ||
		    ((how->ignore || how->all) && why.reason == ERR_NOTFOUND))
			continue;
		fprintf(stderr, "secctr: %s\n", why.text);
		failed++;
	}
	return failed ? 125 : 0;
}
