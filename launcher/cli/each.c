/* SPDX-License-Identifier: Apache-2.0 */
/* each.c - see each.h. */
#include "launcher/cli/each.h"

#include <stdio.h>
#include <string.h>

#include "launcher/cli/latest.h"
#include "launcher/cli/number_file.h"
#include "launcher/cli/workers.h"

/* Found by what they are, not by name. */
static bool is_picked(const struct each *how)
{
	return how->all || (how->filter && how->filter->len);
}

static bool is_named(const struct each *how)
{
	return !is_picked(how) && !how->latest;
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

/* What is done to each, and to the one whose turn it is. */
struct turn {
	struct context *c;
	const struct each *how;
	const struct ps_filters *filters;
	each_fn *act;
	const void *arg;
	struct look *look;
};

/* 1: it is not wanted. */
static int find(const struct turn *t, const char *text, struct ps_item *item, struct err *e)
{
	const struct each *how = t->how;

	look_init(&item->look);
	if (look_at(t->c, text, &item->look, e))
		return -1;
	return (is_picked(how) && how->wanted && !how->wanted(&item->look)) ||
	       (t->filters && !ps_filters_match(t->filters, item));
}

static void print_done(const struct each *how, const char *text, const char *id)
{
	if (how->print != EACH_PRINT_NOTHING)
		printf("%s\n", how->print == EACH_PRINT_ID || !is_named(how) ? id : text);
}

static int one(const struct turn *t, const char *text, struct err *e)
{
	AUTO(ps_item_done) struct ps_item item = { .size = -1, .root_size = -1 };
	auto_free char *id = NULL;
	int r = find(t, text, &item, e);

	if (r)
		return r < 0 ? -1 : 0;
	if (str_copy(item.look.state.id, &id, e) || t->act(t->c, &item.look, t->arg, e))
		return -1;
	print_done(t->how, text, id);
	return 0;
}

/* What went wrong, for the exit status. */
struct failures {
	bool state, unknown, other;
};

static void failed(const struct each *how, const struct err *why, struct failures *f)
{
	if ((how->ignore || is_picked(how)) && why->reason == ERR_NOTFOUND)
		return;
	fprintf(stderr, "secctr: %s\n", why->text);
	f->state |= how->tells && why->reason == ERR_STATE;
	f->unknown |= how->tells && why->reason == ERR_NOTFOUND;
	f->other |= !how->tells || (why->reason != ERR_STATE && why->reason != ERR_NOTFOUND);
}

/* ---- many at once ---- */

struct crowd {
	struct turn turn;
	const struct strv *names;
	struct strv ids;		/* as far as they have had their turn; "" where there is nothing to print */
	struct workers workers;
	size_t told;			/* items before it are printed */
};

static int work_on(void *arg, struct err *e)
{
	const struct turn *t = arg;

	return t->act(t->c, t->look, t->arg, e);
}

/* In the order of the operands, whoever ends first. */
static void tell(struct crowd *w, struct failures *f)
{
	for (; w->told < w->ids.len; w->told++) {
		struct worker_result *r = &w->workers.result[w->told];

		if (r->state == WORK_RUNS)
			break;
		if (r->state == WORK_KILLED)
			(void)err_context(&r->why, "%s", w->names->item[w->told]);
		if (r->state != WORK_DONE)
			failed(w->turn.how, &r->why, f);
		else if (w->ids.item[w->told][0])
			print_done(w->turn.how, w->names->item[w->told], w->ids.item[w->told]);
	}
	(void)fflush(stdout);
}

static bool is_at_work(const struct crowd *w, const char *id)
{
	for (size_t i = 0; i < w->workers.n; i++)
		if (strcmp(w->ids.item[w->workers.running[i].item], id) == 0)
			return true;
	return false;
}

/* Looked at here, just before: a worker is made only for one that is wanted. */
static int take_turn(struct crowd *w, size_t i, struct failures *f, struct err *e)
{
	AUTO(ps_item_done) struct ps_item item = { .size = -1, .root_size = -1 };
	struct worker_result *result = &w->workers.result[i];
	int r = find(&w->turn, w->names->item[i], &item, &result->why);

	if (r == 0 && is_at_work(w, item.look.state.id)) {
		/* Named twice: the second finds what the first has left. */
		while (is_at_work(w, item.look.state.id) && workers_wait(&w->workers))
			;
		look_done(&item.look);
		r = find(&w->turn, w->names->item[i], &item, &result->why);
	}
	result->state = r < 0 ? WORK_FAILED : WORK_DONE;
	if (strv_add(&w->ids, r ? "" : item.look.state.id, e))
		return -1;
	if (r == 0) {
		w->turn.look = &item.look;
		workers_start(&w->workers, i, work_on, &w->turn);
	}
	tell(w, f);
	return 0;
}

static int at_once(const struct turn *t, const struct strv *names, struct failures *f, struct err *e)
{
	struct crowd w = { .turn = *t, .names = names, .workers = WORKERS_INIT };
	int r = workers_open(&w.workers, names->len, e);

	for (size_t i = 0; i < names->len && r == 0; i++)
		r = take_turn(&w, i, f, e);
	while (workers_wait(&w.workers))
		tell(&w, f);
	tell(&w, f);
	workers_close(&w.workers);
	strv_done(&w.ids);
	return r;
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
	auto_opt_list struct opt_list newest = { 0 };
	auto_free char *id = NULL;
	auto_strv struct strv names = { 0 };
	struct turn turn = { .c = c, .how = how, .act = act, .arg = arg };
	struct failures f = { 0 };

	if (!is_named(how) && (operands->len || files))
		return err_set(e, ERR_USAGE, 0, "%s and containers by name exclude each other",
			       how->all ? "--all" : picked ? "--filter" : "--latest");
	if (picked && how->latest)
		return err_set(e, ERR_USAGE, 0, "%s and --latest exclude each other", how->all ? "--all" : "--filter");
	if (is_named(how) && !operands->len && !files)
		return err_set(e, ERR_USAGE, 0, "name a container, or give --all");
	if (how->filter && how->filter->len && ps_filters_read(c, how->filter, &filters, e))
		return -1;
	if (context_store(c, e) || (picked && container_list(&c->store, &names, e)))
		return -1;
	if (how->latest && (latest_container(c, operands, &newest, &id, e) || strv_add(&names, id, e)))
		return -1;
	for (size_t i = 0; i < files; i++)
		if (add_from_file(how, how->cidfiles->item[i], &names, e))
			return -1;
	for (size_t i = 0; i < operands->len; i++)
		if (strv_add(&names, operands->item[i], e))
			return -1;
	turn.filters = filters;
	if (how->at_once && names.len > 1) {
		if (at_once(&turn, &names, &f, e))
			return -1;
	} else {
		for (size_t i = 0; i < names.len; i++) {
			struct err why = { 0 };

			if (one(&turn, names.item[i], &why))
				failed(how, &why, &f);
		}
	}
	return f.state ? 2 : f.other ? 125 : f.unknown;
}
