/* SPDX-License-Identifier: Apache-2.0 */
/* quick.c - see quick.h. */
#include "audit/report/quick.h"

enum owner { OWNER_UNKNOWN, OWNER_ANOTHER, OWNER_WANTED };

/* Whose is the session? The first evidence that join.c goes by, and where it is a container's the only one. */
static enum owner owner_of(const struct report_request *q, struct world *w, const struct gathered *ev)
{
	const struct glance *g = ev->glance;
	const struct session *s = g->stamped && g->ses != UINT32_MAX && world_may_own(w, g->ses) ?
					world_session(w, ev->node, ev->boot, g->ses) : NULL;
	bool one = q->view == REPORT_CONTAINER || q->container;

	if (!s || (!s->fresh && !s->container))
		return OWNER_UNKNOWN;
	return s->fresh || !one || w->container[s->container - 1].wanted ? OWNER_WANTED : OWNER_ANOTHER;
}

/* Calls are shown, each for itself, and counted nowhere. */
static bool shows_calls(enum report_view view)
{
	switch (view) {
	case REPORT_CONTAINER: case REPORT_USER: case REPORT_SESSION: case REPORT_DENIED: case REPORT_EXEC: case REPORT_TIMELINE:
	case REPORT_UNATTRIBUTED:
		return true;
	default:
		return false;
	}
}

static enum glance_depth depth_of(const struct report_request *q)
{
	switch (q->view) {
	case REPORT_IMAGE: case REPORT_POLICY: case REPORT_SPOOF: case REPORT_GAPS: case REPORT_WHY:
		return GLANCE_TYPES;
	case REPORT_DENIED: case REPORT_EXEC: case REPORT_CONTAINERS:
		return GLANCE_RESULT;
	case REPORT_SESSION:
		return GLANCE_SESSION;
	default:
		return q->all ? GLANCE_TYPES : GLANCE_OWNER;
	}
}

/* The view wants another kind of call, or another time. Commands and denials are counted at any time. */
static bool is_beside(const struct report_request *q, const struct gathered *ev)
{
	const struct glance *g = ev->glance;
	bool uneventful = glance_uneventful(g);

	if (q->view == REPORT_CONTAINERS)
		return uneventful && !g->execve;
	if (!shows_calls(q->view))
		return false;
	if (!report_in_time(q, &ev->stamp))
		return true;
	return uneventful && (q->view == REPORT_DENIED || (q->view == REPORT_EXEC && !g->execve));
}

/* A view that goes by the types of what senders say shows them. */
static bool skips_quiet(enum report_view view)
{
	switch (view) {
	case REPORT_IMAGE: case REPORT_POLICY: case REPORT_GAPS: case REPORT_DENIED: case REPORT_SESSION: case REPORT_CONTAINERS:
	case REPORT_CONTAINER: case REPORT_EXEC: case REPORT_UNATTRIBUTED:
		return true;
	default:
		return false;
	}
}

void quick_way(const struct report_request *q, struct batch_way *ret)
{
	bool one = q->container || q->view == REPORT_CONTAINER || q->view == REPORT_SESSION;

	*ret = (struct batch_way){ .depth = depth_of(q), .all = q->slow || (q->all && q->view == REPORT_TIMELINE),
				   .labels = !one && q->view != REPORT_DENIED, .quiet = !q->slow && skips_quiet(q->view),
				   .eventful = q->view == REPORT_EXEC || q->view == REPORT_CONTAINERS };
}

/* What a sender said of which nothing is learned: shown where it is a session's or a container's, and where a view goes by its type. */
static bool skip_quiet(const struct report_request *q, struct world *w, const struct gathered *ev)
{
	const struct glance *g = ev->glance;
	enum owner owner;

	switch (q->view) {
	case REPORT_IMAGE: case REPORT_POLICY: case REPORT_GAPS: case REPORT_DENIED:
		return true;
	case REPORT_SESSION:
		return !g->stamped || g->ses != q->session;
	case REPORT_CONTAINERS: case REPORT_CONTAINER: case REPORT_EXEC: case REPORT_UNATTRIBUTED:
		if (q->all)		/* then a glance is of types only */
			return false;
		owner = owner_of(q, w, ev);
		return owner == OWNER_UNKNOWN ? !w->pids && !g->label : owner == OWNER_ANOTHER;
	default:
		return false;
	}
}

bool quick_skip(const struct report_request *q, struct world *w, const struct gathered *ev)
{
	const struct glance *g = ev->glance;
	enum owner owner;

	if (g->quiet)
		return skip_quiet(q, w, ev);
	if (!g->calls)
		return false;
	switch (q->view) {
	case REPORT_IMAGE: case REPORT_POLICY: case REPORT_SPOOF: case REPORT_GAPS:
		return true;
	case REPORT_WHY:
		return false;
	default:
		break;
	}
	/* Ancestry needs every call of the session. */
	if (!w->pids && is_beside(q, ev))
		return true;
	if (!g->clear || q->all)
		return false;
	if (q->view == REPORT_SESSION)
		return g->stamped && g->ses != q->session;
	owner = owner_of(q, w, ev);
	if (owner != OWNER_UNKNOWN)
		return owner == OWNER_ANOTHER;
	return !w->pids && !g->label;
}
