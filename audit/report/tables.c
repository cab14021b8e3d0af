/* SPDX-License-Identifier: Apache-2.0 */
/* tables.c - views that are tables: containers, images, policies. */
#include <inttypes.h>
#include <string.h>

#include "audit/report/view.h"

const char *view_person(struct report *p, uint32_t auid, char buf[static 16])
{
	text_id name = names_find(&p->names, p->world, auid);

	if (name)
		return world_string(p->world, name);
	(void)snprintf(buf, 16, auid == UINT32_MAX ? "unset" : "%" PRIu32, auid);
	return buf;
}

static bool in_time(const struct report *p, uint64_t from, uint64_t to)
{
	return (!p->q->end_ms || from <= p->q->end_ms) && (!to || to >= p->q->start_ms);
}

const char *view_state(const struct container *c)
{
	return c->started ? "running" : c->ended && c->ran ? "ended" : c->refusals ? "refused" : c->ended ? "removed" : "created";
}

static int container_row(struct report *p, struct table *t, const struct container *c, struct err *e)
{
	struct world *w = p->world;
	struct session *from = world_session(w, c->node, c->boot, c->from_ses);
	const struct session *login = from ? world_login(w, from) : NULL;
	bool exited = c->ended && c->ran && c->exit >= 0;
	char buf[16];

	if (table_cell(t, world_string(w, c->name), e) || table_cell(t, c->uuid, e) || table_cell(t, view_person(p, c->auid, buf), e) ||
	    table_cell(t, login ? world_string(w, login->addr) : "", e) || table_cell(t, view_state(c), e) ||
	    table_time(t, c->from_ms, e) || table_time(t, c->ended ? c->to_ms : 0, e))
		return -1;
	if (exited ? table_number(t, (uint64_t)c->exit, e) : table_cell(t, "", e))
		return -1;
	return table_number(t, c->starts, e) || table_number(t, c->execs, e) || table_number(t, c->commands, e) ||
	       table_number(t, c->denials + c->refusals, e) || table_cell(t, world_string(w, c->image), e) ||
	       table_cell(t, gather_node_name(p->gather, c->node), e) || table_cell(t, c->plain ? "no" : "yes", e) ? -1 : 0;
}

int view_containers(struct report *p, struct err *e)
{
	static const struct column columns[] = {
		{ "NAME", "container.name", COLUMN_TEXT, true, 0 }, { "UUID", "container.id", COLUMN_TEXT, true, 6 },
		{ "WHO", "user.audit.name", COLUMN_TEXT, true, 0 }, { "FROM", "source.ip", COLUMN_TEXT, true, 4 },
		{ "STATE", "secctr.state", COLUMN_TEXT, false, 0 }, { "STARTED", "event.start", COLUMN_TEXT, false, 0 },
		{ "ENDED", "event.end", COLUMN_TEXT, false, 3 }, { "EXIT", "process.exit_code", COLUMN_NUMBER, false, 1 },
		{ "STARTS", "secctr.starts", COLUMN_NUMBER, false, 7 }, { "EXECS", "secctr.execs", COLUMN_NUMBER, false, 5 },
		{ "COMMANDS", "secctr.commands", COLUMN_NUMBER, false, 2 }, { "DENIED", "secctr.denied", COLUMN_NUMBER, false, 0 },
		{ "IMAGE", "container.image.name", COLUMN_TEXT, true, 0 }, { "NODE", "host.name", COLUMN_TEXT, true, 8 },
		{ "LABEL", "secctr.vouched", COLUMN_TEXT, false, 9 },
	};
	AUTO(table_done) struct table t = { .columns = columns, .n = ARRAY_LEN(columns) };

	for (size_t i = 0; i < p->world->containers; i++) {
		const struct container *c = &p->world->container[i];
		struct facts who = { .known = true, .auid = c->auid };

		if (!in_time(p, c->first_ms, c->ended ? c->to_ms : 0) || (p->q->container && !c->wanted) ||
		    (p->q->user && !view_is_person(p, p->q->user, &who)))
			continue;
		if (container_row(p, &t, c, e))
			return -1;
		/* Only text must know its widest cells before it begins. */
		if (p->q->format != REPORT_TEXT && t.cells.len >= 4096 && (table_write(&p->rows, &t, e) || (table_done(&t), 0)))
			return -1;
	}
	return table_write(&p->rows, &t, e);
}

static int tally_rows(struct report *p, const struct column *columns, size_t n, struct err *e)
{
	AUTO(table_done) struct table t = { .columns = columns, .n = n };

	for (size_t i = 0; i < p->tally.n; i++) {
		const struct tally_row *r = &p->tally.row[i];

		if (table_cell(&t, world_string(p->world, r->name), e) || table_cell(&t, world_string(p->world, r->detail), e) ||
		    table_number(&t, r->starts, e) || table_number(&t, r->refusals, e) || table_number(&t, r->loads, e) ||
		    table_number(&t, r->removals, e) || table_time(&t, r->first_ms, e) || table_time(&t, r->last_ms, e) ||
		    table_cell(&t, world_string(p->world, r->last_who), e))
			return -1;
	}
	return table_write(&p->rows, &t, e);
}

int view_images(struct report *p, struct err *e)
{
	static const struct column columns[] = {
		{ "IMAGE", "container.image.name", COLUMN_TEXT, true, 0 }, { "DIGEST", "container.image.hash.all", COLUMN_TEXT, true, 3 },
		{ "STARTS", "secctr.starts", COLUMN_NUMBER, false, 7 }, { "REFUSED", "secctr.refused", COLUMN_NUMBER, false, 0 },
		{ "LOADS", "secctr.loads", COLUMN_NUMBER, false, 5 }, { "REMOVALS", "secctr.removals", COLUMN_NUMBER, false, 6 },
		{ "FIRST", "event.start", COLUMN_TEXT, false, 4 }, { "LAST", "event.end", COLUMN_TEXT, false, 0 },
		{ "LAST WHO", "user.audit.name", COLUMN_TEXT, true, 0 },
	};

	return tally_rows(p, columns, ARRAY_LEN(columns), e);
}

int view_policies(struct report *p, struct err *e)
{
	static const struct column columns[] = {
		{ "POLICY", "secctr.policy.hash", COLUMN_TEXT, true, 0 }, { "FILE", "file.path", COLUMN_TEXT, true, 0 },
		{ "STARTS", "secctr.starts", COLUMN_NUMBER, false, 7 }, { "REFUSED", "secctr.refused", COLUMN_NUMBER, false, 0 },
		{ "LOADS", "secctr.loads", COLUMN_NUMBER, false, 5 }, { "REMOVALS", "secctr.removals", COLUMN_NUMBER, false, 6 },
		{ "FIRST", "event.start", COLUMN_TEXT, false, 4 }, { "LAST", "event.end", COLUMN_TEXT, false, 0 },
		{ "LAST WHO", "user.audit.name", COLUMN_TEXT, true, 0 },
	};

	return tally_rows(p, columns, ARRAY_LEN(columns), e);
}

int view_session_words(struct report *p, struct str *t, const struct session *own, struct err *e)
{
	struct world *w = p->world;
	const struct session *s = world_login(w, own);
	char buf[16];

	if (str_addf(t, e, "session %" PRIu32 ": ", own->ses) || emit_safe(t, span_of(view_person(p, own->auid, buf)), e))
		return -1;
	if (!s || (s->how == SESSION_SEEN && !s->addr && !s->exe))
		return EMIT(t, ", whose login is not in the log", e);
	if ((s->ses != own->ses && str_addf(t, e, ", from login session %" PRIu32, s->ses)) || (s->addr && (EMIT(t, " from ", e) ||
	    emit_safe(t, span_of(world_string(w, s->addr)), e))) || (s->terminal && (EMIT(t, " on ", e) ||
	    emit_safe(t, span_of(world_string(w, s->terminal)), e))) || (s->exe && (EMIT(t, " by ", e) ||
	    emit_safe(t, span_of(world_string(w, s->exe)), e))))
		return -1;
	if (!s->from_ms)
		return 0;
	return EMIT(t, " at ", e) ||
	       emit_time(t, &(struct stamp){ .sec = s->from_ms / 1000, .ms = (uint32_t)(s->from_ms % 1000) }, e) ? -1 : 0;
}

/* One login a line, as a person would tell it. */
static int session_line(struct report *p, const char *front, const struct session *own, struct err *e)
{
	struct str *t = &p->rows.chunk;

	return str_add(t, front, e) || view_session_words(p, t, own, e) || EMIT(t, "\n", e) ? -1 : 0;
}

int view_sessions(struct report *p, struct err *e)
{
	if (p->q->format != REPORT_TEXT || !p->rows.shown)
		return 0;
	if (rows_end(&p->rows, e))
		return -1;
	for (size_t i = 0; i < p->world->sessions; i++) {
		const struct session *s = &p->world->session[i];

		if (s->container && p->world->container[s->container - 1].wanted && session_line(p, "# ", s, e))
			return -1;
	}
	for (size_t i = 0; i < p->world->containers; i++) {
		const struct container *c = &p->world->container[i];
		const struct session *s = world_session(p->world, c->node, c->boot, c->from_ses);
		const struct session unknown = { .ses = c->from_ses, .auid = c->auid, .old_ses = UINT32_MAX };

		if (c->wanted && c->shared && session_line(p, "# shared ", s ? s : &unknown, e))
			return -1;
	}
	return 0;
}

int view_why(struct report *p, struct err *e)
{
	const struct container *c = p->why_container ? &p->world->container[p->why_container - 1] : NULL;
	struct str *t = &p->rows.chunk;

	if (p->q->format != REPORT_TEXT || !p->rows.shown)
		return 0;
	if (rows_end(&p->rows, e))
		return -1;
	if (!c && EMIT(t, "# no container\n", e))
		return -1;
	if (c && (EMIT(t, "# container ", e) || emit_safe(t, span_of(world_string(p->world, c->name)), e) ||
		  str_addf(t, e, " %s, known by %s%s\n", c->uuid, join_by_word(p->why_by),
			   c->plain ? " (no SELinux label vouches for secctr's records)" : "")))
		return -1;
	if (c && c->policy && (EMIT(t, "# policy ", e) || emit_safe(t, span_of(world_string(p->world, c->policy)), e) || EMIT(t, "\n", e)))
		return -1;
	if (c && c->image && (EMIT(t, "# image ", e) || emit_safe(t, span_of(world_string(p->world, c->image)), e) ||
			      EMIT(t, " ", e) || emit_safe(t, span_of(world_string(p->world, c->digest)), e) || EMIT(t, "\n", e)))
		return -1;
	return p->why_has_session ? session_line(p, "# ", &p->why_session, e) : EMIT(t, "# its session's beginning is not in the log\n", e);
}
