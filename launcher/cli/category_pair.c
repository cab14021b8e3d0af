/* SPDX-License-Identifier: Apache-2.0 */
/* category_pair.c - see category_pair.h. */
#include "launcher/cli/category_pair.h"

#include "launcher/base/cleanup.h"

/* The directory of the ledger; *own is to be closed and may stay as it is. */
static int ledger_dir(struct context *c, int *own, struct err *e)
{
	if (!c->oci)
		return c->store.lib;
	*own = store_open_top(STORE_ROOT, e);
	return *own;
}

int category_pair_claim(struct context *c, const char *id, char ret_level[static LEDGER_LEVEL_MAX], struct err *e)
{
	auto_close int own = -1;
	int dir = ledger_dir(c, &own, e);

	return dir < 0 ? -1 : ledger_claim(dir, id, LEDGER_CATEGORIES, LEDGER_RETENTION, ret_level, e);
}

int category_pair_take(struct context *c, const char *id, const char *level, struct err *e)
{
	auto_close int own = -1;
	int dir = ledger_dir(c, &own, e);
	const char *boot;

	return dir < 0 || context_boot_id(c, &boot, e) ? -1 : ledger_take(dir, id, level, boot, LEDGER_RETENTION, e);
}

int category_pair_release(struct context *c, const char *id, struct err *e)
{
	auto_close int own = -1;
	int dir = ledger_dir(c, &own, e);

	return dir < 0 ? -1 : ledger_release(dir, id, e);
}
