/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fill.c - fill ROOT RUNROOT N: N containers more in a store, each a twin of the first one there: with its state, so that its
 * processes are theirs, and its plan; made through the store's own functions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/base/ids.h"
#include "launcher/store/container.h"

static int fail(const struct err *e)
{
	fprintf(stderr, "fill: %s\n", e->text);
	return 1;
}

int main(int argc, char *argv[])
{
	auto_store struct store s = STORE_INIT;
	auto_strv struct strv ids = { 0 };
	auto_str struct str plan = { 0 };
	auto_container struct container_state st;
	auto_close int first = -1;
	struct err e;

	container_state_init(&st);
	if (argc != 4)
		return 2;
	if (store_open(argv[1], argv[2], &s, &e) || container_list(&s, &ids, &e) || !ids.len)
		return fail(&e);
	first = container_dir(&s, ids.item[0], &e);
	if (first < 0 || container_state_read(first, ids.item[0], &st, &e) || container_plan_read(first, &plan, &e))
		return fail(&e);
	for (int i = 0; i < atoi(argv[3]); i++) {
		auto_container_place struct container_place at = CONTAINER_PLACE_INIT;
		char id[ID_HEX + 1], name[32];

		snprintf(name, sizeof(name), "twin-%d", i);
		free(st.id);
		free(st.name);
		st.id = st.name = NULL;
		if (id_new(id, &e) || str_copy(id, &st.id, &e) || str_copy(name, &st.name, &e) ||
		    container_reserve(&s, id, name, &at, &e) || container_plan_write(at.dir, plan.text, &e) ||
		    container_state_write(at.dir, &st, &e))
			return fail(&e);
	}
	return 0;
}
