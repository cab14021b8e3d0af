/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ps.h - the containers that a command line asks for: looked at once each, filtered, in order; and their rows.
 *
 * A state is read once a container; its plan only if something that is asked for stands there alone, so that a list of many
 * containers costs little. A row goes out when it is made, for the same reason.
 */
#ifndef SECCTR_CLI_PS_H
#define SECCTR_CLI_PS_H

#include <jansson.h>

#include "launcher/cli/look.h"

struct ps_item {
	struct look look;		/* without its directory (look_for_list()): ps_dir() */
	const struct store *store;	/* borrowed */
	struct plan *plan;		/* NULL until ps_plan() */
	bool plan_asked;
	int64_t size, root_size;	/* bytes of its own layer and of all; -1: not asked for */
};

void ps_item_done(struct ps_item *i);

struct ps_list {
	struct ps_item *item;
	size_t len;
};
void ps_list_done(struct ps_list *l);
#define auto_ps_list AUTO(ps_list_done)

struct ps_select {
	const struct opt_list *filters;	/* KEY=VALUE, as podman-ps(1): one key's values are alternatives, labels must all fit */
	bool all;			/* ended ones too; a filter by status implies it */
	int64_t last;			/* only so many, the newest; -1: all */
	const char *sort;		/* word of ps_sort_words, or NULL: created */
	bool size;			/* find out the sizes */
};
extern const char *const ps_sort_words[];	/* NULL-terminated */

/* Filters are checked before anything is looked at. ERR_USAGE names the filter and what there is. */
int ps_list_read(struct context *c, const struct ps_select *how, struct ps_list *ret, struct err *e) MUST_CHECK;

/* Its directory, or -1 where it is gone: a list of thousands holds no descriptor for each. */
int ps_dir(const struct ps_item *i);

/* What the container was started with, or NULL where its directory no longer says. Not verified: for showing only. */
const struct plan *ps_plan(struct ps_item *i);

/* The status as Podman writes it: "Up 3 minutes", "Exited (1) 2 hours ago". */
void ps_status(const struct look *l, char *buf, size_t n);

struct output_list;
struct ps_rows {
	bool no_trunc, ns, plans;	/* plans: members that may stand in the plan only */
	bool json_only;			/* nothing is shown in other words than in JSON */
	struct output_list *to;
};
/* The cells of the usual table without the detour over JSON, which is most of the time that a long list takes. */
struct output_table;
int ps_cells_add(const struct ps_item *i, bool no_trunc, struct output_table *to, struct err *e) MUST_CHECK;
int ps_rows_add(struct context *c, struct ps_item *i, struct ps_rows *to, struct err *e) MUST_CHECK;

#endif
