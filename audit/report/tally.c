/* SPDX-License-Identifier: Apache-2.0 */
/* tally.c - see tally.h. */
#include "audit/report/tally.h"

#include <errno.h>
#include <stdlib.h>

enum { SLOTS_FIRST = 128, ROWS_FIRST = 64 };

void tally_done(struct tally *t)
{
	free(t->row);
	free(t->slot);
	*t = (struct tally){ 0 };
}

static uint32_t *slot_of(const struct tally *t, text_id name)
{
	size_t at = name * 2654435761u & (t->slots - 1);

	while (t->slot[at] && t->row[t->slot[at] - 1].name != name)
		at = (at + 1) & (t->slots - 1);
	return &t->slot[at];
}

/* Rows and, twice as many, slots: doubled where they are full. */
static bool grow(struct tally *t)
{
	size_t room = t->room ? t->room * 2 : ROWS_FIRST, slots = t->slots ? t->slots * 2 : SLOTS_FIRST;
	struct tally_row *row = reallocarray(t->row, room, sizeof(*row));
	uint32_t *slot = calloc(slots, sizeof(*slot));

	if (row) {
		t->row = row;
		t->room = room;
	}
	if (!row || !slot) {
		free(slot);
		return false;
	}
	free(t->slot);
	t->slot = slot;
	t->slots = slots;
	for (size_t i = 0; i < t->n; i++)
		*slot_of(t, t->row[i].name) = (uint32_t)i + 1;
	return true;
}

int tally_row(struct tally *t, text_id name, struct tally_row **ret, struct err *e)
{
	uint32_t *slot = t->slot ? slot_of(t, name) : NULL;

	if (!slot || !*slot) {
		if (t->n == TALLY_MAX && name)
			return tally_row(t, 0, ret, e);
		if (t->n * 2 >= t->slots && !grow(t))
			return err_set(e, ERR_SYSTEM, ENOMEM, "tally");
		slot = slot_of(t, name);
		t->row[t->n] = (struct tally_row){ .name = name };
		*slot = (uint32_t)++t->n;
	}
	*ret = &t->row[*slot - 1];
	return 0;
}
