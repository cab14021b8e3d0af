/* SPDX-License-Identifier: Apache-2.0 */
/* gaps.c - see gaps.h. */
#include "audit/report/gaps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void gaps_done(struct gaps *g)
{
	free(g->node);
	g->node = NULL;
	g->nodes = 0;
}

static int tell(struct gaps *g, uint32_t node, struct err *e)
{
	struct gap_node *n = &g->node[node];
	uint64_t from = n->from, to = n->to;

	if (!to)
		return 0;
	n->to = 0;
	g->missing += to - from + 1;
	return g->fn ? g->fn(g->context, node, &n->before, from, to, e) : 0;
}

/* Settle every number below `until`. */
static int settle(struct gaps *g, uint32_t node, uint64_t until, struct err *e)
{
	struct gap_node *n = &g->node[node];

	while (n->next < until) {
		uint64_t bit = n->next % GAPS_WINDOW;
		bool have = n->seen[bit / 64] >> bit % 64 & 1;

		n->seen[bit / 64] &= ~(1ull << bit % 64);
		n->settled = true;
		if (have) {
			if (tell(g, node, e))
				return -1;
			n->before.serial = n->next;
			n->next++;
		} else {
			if (!n->to)
				n->from = n->next;
			/* Of a wide one nothing is in the window: one step. */
			if (n->next > n->top && until > n->next) {
				n->to = until - 1;
				n->next = until;
			} else {
				n->to = n->next++;
			}
		}
	}
	return 0;
}

static int node_of(struct gaps *g, uint32_t node, struct err *e)
{
	struct gap_node *more;

	if (node < g->nodes)
		return 0;
	more = reallocarray(g->node, node + 1, sizeof(*more));
	if (!more)
		return err_set(e, ERR_SYSTEM, ENOMEM, "gaps");
	memset(more + g->nodes, 0, (node + 1 - g->nodes) * sizeof(*more));
	g->node = more;
	g->nodes = node + 1;
	return 0;
}

int gaps_event(struct gaps *g, const struct gathered *ev, struct err *e)
{
	struct gap_node *n;
	uint64_t serial = ev->stamp.serial;

	/* auditd counts its own by itself. */
	if (line_kind(ev->type) == KIND_DAEMON)
		return 0;
	if (node_of(g, ev->node, e))
		return -1;
	n = &g->node[ev->node];
	if (n->any && n->boot != ev->boot) {
		if (settle(g, ev->node, n->top + 1, e) || tell(g, ev->node, e))
			return -1;
		*n = (struct gap_node){ .any = false };
	}
	if (!n->any) {
		*n = (struct gap_node){ .any = true, .boot = ev->boot, .next = serial, .top = serial };
		n->before = n->newest = ev->stamp;
	}
	/* The log's first event may come behind later ones: its records are waited for. */
	if (serial < n->next && !n->settled && n->top - serial < GAPS_WINDOW)
		n->next = serial;
	if (serial < n->next)
		return 0;
	if (serial >= n->next + GAPS_WINDOW) {
		/* What falls out of the window is settled; a leap beyond it is one gap, without walking through it. */
		if (settle(g, ev->node, serial - GAPS_WINDOW + 1 < n->top + 1 ? serial - GAPS_WINDOW + 1 : n->top + 1, e))
			return -1;
		if (serial >= n->next + GAPS_WINDOW && settle(g, ev->node, serial - GAPS_WINDOW + 1, e))
			return -1;
	}
	n->seen[serial % GAPS_WINDOW / 64] |= 1ull << serial % 64;
	if (serial > n->top) {
		n->top = serial;
		n->before.sec = n->newest.sec;
		n->before.ms = n->newest.ms;
		n->newest = ev->stamp;
	}
	return 0;
}

int gaps_end(struct gaps *g, struct err *e)
{
	for (uint32_t i = 0; i < g->nodes; i++)
		if (g->node[i].any && (settle(g, i, g->node[i].top + 1, e) || tell(g, i, e)))
			return -1;
	return 0;
}
