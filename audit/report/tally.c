/* SPDX-License-Identifier: Apache-2.0 */
/* tally.c - see tally.h. */
#include "audit/report/tally.h"

#include <errno.h>
#include <stdlib.h>

enum { SLOTS = TALLY_MAX * 2 };

void tally_done(struct tally *t)
{
	free(t->row);
	free(t->slot);
	*t = (struct tally){ 0 };
}

int tally_row(struct tally *t, text_id name, struct tally_row **ret, struct err *e)
{
	uint32_t at = name * 2654435761u % SLOTS;

	if (!t->slot && !(t->slot = calloc(SLOTS, sizeof(*t->slot))))
		return err_set(e, ERR_SYSTEM, ENOMEM, "tally");
	while (t->slot[at] && t->row[t->slot[at] - 1].name != name)
		at = (at + 1) % SLOTS;
	if (!t->slot[at]) {
		if (t->n == TALLY_MAX && name)
			return tally_row(t, 0, ret, e);
		if (t->n == t->room) {
			size_t room = t->room ? t->room * 2 : 64;
			struct tally_row *more = reallocarray(t->row, room, sizeof(*more));

			if (!more)
				return err_set(e, ERR_SYSTEM, ENOMEM, "tally");
			t->row = more;
			t->room = room;
		}
		t->row[t->n] = (struct tally_row){ .name = name };
		t->slot[at] = (uint32_t)++t->n;
	}
	*ret = &t->row[t->slot[at] - 1];
	return 0;
}
