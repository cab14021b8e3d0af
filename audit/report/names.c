/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - see names.h. */
#include "audit/report/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 256 };

int names_init(struct names *n, names_fn *fn, void *context, struct err *e)
{
	*n = (struct names){ .row = calloc(SLOTS_FIRST, sizeof(*n->row)), .slots = SLOTS_FIRST, .fn = fn, .context = context };
	return n->row ? 0 : err_set(e, ERR_SYSTEM, ENOMEM, "names");
}

void names_done(struct names *n)
{
	free(n->row);
	n->row = NULL;
}

static struct name_row *place(const struct names *n, uint32_t uid)
{
	size_t at = (uid * 2654435761u) & (n->slots - 1);

	while (n->row[at].used && n->row[at].uid != uid)
		at = (at + 1) & (n->slots - 1);
	return &n->row[at];
}

static bool grow(struct names *n)
{
	struct names more = *n;

	more.slots *= 2;
	more.row = calloc(more.slots, sizeof(*more.row));
	if (!more.row)
		return false;
	for (size_t i = 0; i < n->slots; i++)
		if (n->row[i].used)
			*place(&more, n->row[i].uid) = n->row[i];
	free(n->row);
	*n = more;
	return true;
}

static struct name_row *find(struct names *n, uint32_t uid)
{
	struct name_row *r = place(n, uid);

	if (r->used)
		return r;
	if (n->rows == NAMES_MAX || (n->rows * 2 >= n->slots && !grow(n)))
		return NULL;
	n->rows++;
	r = place(n, uid);
	*r = (struct name_row){ .uid = uid, .used = true };
	return r;
}

void names_learn(struct names *n, struct world *w, uint32_t uid, struct span v)
{
	struct name_row *r;

	if (v.len < 3 || v.at[0] != '"' || v.at[v.len - 1] != '"' || uid == UINT32_MAX)
		return;
	v = (struct span){ v.at + 1, v.len - 2 };
	if (span_starts(v, "unknown") || v.len >= NAMES_TEXT_MAX)	/* "unknown(4242)": deleted since */
		return;
	r = find(n, uid);
	if (r && !(r->name && span_is(v, world_string(w, r->name))))
		r->name = world_text(w, v.at, v.len);
}

text_id names_find(struct names *n, struct world *w, uint32_t uid)
{
	char name[NAMES_TEXT_MAX];
	struct name_row *r = uid == UINT32_MAX ? NULL : find(n, uid);

	if (!r)
		return 0;
	if (!r->name && !r->asked) {
		r->asked = true;
		if (n->fn && n->fn(n->context, uid, name))
			r->name = world_text(w, name, strnlen(name, sizeof(name)));
	}
	return r->name;
}
