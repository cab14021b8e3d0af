/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_rename.c - secctr rename. */
#include <stdio.h>
#include <string.h>

#include "launcher/cli/change.h"
#include "launcher/cli/commands.h"

static int rename_locked(struct change *x, const void *arg, struct err *e)
{
	const char *to = arg;
	auto_free char *from = NULL;
	struct audit_record r;

	if (strcmp(to, look_name(x->l)) == 0)
		return err_set(e, ERR_EXISTS, 0, "the name %s is its own already", to);
	/* Before the record: what is no name stands in none. */
	if (name_check("container name", to, e) || str_copy(look_name(x->l), &from, e) ||
	    container_rename(&x->c->store, x->l->dir, &x->l->state, to, e))
		return -1;
	record_begin(&r, EV_RENAME, "cli", from, x->uuid);
	record_word(&r, "new-vm", to);
	change_record(x, &r);
	return 0;
}

static int cmd_rename_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	(void)request;
	return change_container(c, operands->item[0], "rename", rename_locked, operands->item[1], e);
}

const struct command cmd_rename = {
	.name = "rename", .operands = "CONTAINER NAME", .group = "Containers", .brief = "give a container another name",
	.mode = OPT_MIXED, .min_operands = 2, .max_operands = 2, .run = cmd_rename_main,
};
