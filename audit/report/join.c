/* SPDX-License-Identifier: Apache-2.0 */
/* join.c - from a container's name to its sessions and label, and from those to every event of it. */
#include "audit/report/join.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/base/cleanup.h"

enum { BOXES_MAX = 4096 };
#define AUID_UNSET UINT32_MAX

/* The type of USER:ROLE:TYPE:LEVEL; empty if it is no such thing (AppArmor writes one word). */
static struct scan_text context_part(struct scan_text c, unsigned part)
{
	struct scan_text none = { c.at, 0 };
	const char *end = c.at + c.len, *p;

	for (; part; part--) {
		p = memchr(c.at, ':', (size_t)(end - c.at));
		if (!p)
			return none;
		c.at = p + 1;
	}
	return (struct scan_text){ c.at, (size_t)(end - c.at) };
}

static struct scan_text context_type(struct scan_text c)
{
	struct scan_text t = context_part(c, 2);
	const char *p = memchr(t.at, ':', t.len);

	return (struct scan_text){ t.at, p ? (size_t)(p - t.at) : 0 };
}

enum join_trust join_trust(const struct scan_line *line)
{
	struct scan_text subj, type = { NULL, 0 };
	uint32_t uid, auid;

	if (scan_field(line->head, "subj", &subj))
		type = context_type(subj);
	if (type.len)
		return scan_is(type, "secctr_t") || scan_is(type, "secctr_monitor_t") ? JOIN_LABELLED : JOIN_FORGED;
	if (!scan_number(line->head, "uid", &uid) || uid != 0 || !scan_number(line->head, "auid", &auid) ||
	    auid == AUID_UNSET)
		return JOIN_FORGED;
	return JOIN_PLAIN;
}

bool join_is_ours(const struct scan_line *line)
{
	struct scan_text v;

	if (!line->user)
		return false;
	if (scan_is(line->type, "USER_CMD"))
		return scan_field(line->body, "vm", &v) && scan_field(line->body, "uuid", &v);
	return scan_starts(line->type, "VIRT_") && scan_field(line->body, "virt", &v) && scan_is(v, "container");
}

/* The record is in secctr's form; is it about the container that is asked for? */
static int names_container(const struct join *j, const struct scan_line *line, bool *ret, struct err *e)
{
	auto_str struct str name = { 0 };
	struct scan_text v;

	*ret = scan_field(line->body, "uuid", &v) && scan_is(v, j->q->container);
	if (*ret || !scan_field(line->body, "vm", &v))
		return 0;
	if (scan_decode(v, &name, e))
		return -1;
	*ret = name.text && name.len == strlen(j->q->container) && strcmp(name.text, j->q->container) == 0;
	return 0;
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_SYSTEM, ENOMEM, "reading the audit log");
}

static bool has_session(const struct join *j, uint32_t boot, uint32_t ses)
{
	for (size_t i = 0; i < j->sessions; i++)
		if (j->session[i].ses == ses && j->session[i].boot == boot)
			return true;
	return false;
}

static int add_session(struct join *j, uint32_t boot, uint32_t ses, struct err *e)
{
	struct join_session *more;

	if (ses == REPORT_NO_SESSION || has_session(j, boot, ses))
		return 0;
	if (j->sessions == REPORT_SESSIONS_MAX)
		return err_set(e, ERR_LIMIT, 0, "more than %d sessions belong to %s", REPORT_SESSIONS_MAX,
			       j->q->container);
	more = reallocarray(j->session, j->sessions + 1, sizeof(*more));
	if (!more)
		return no_memory(e);
	j->session = more;
	j->session[j->sessions++] = (struct join_session){ boot, ses };
	return 0;
}

/* The entry of a uuid in a boot; made on its first record. */
static int box_of(struct join *j, struct scan_text uuid, const struct scan_stamp *at, struct join_box **ret,
		  struct err *e)
{
	struct join_box *more, *b;

	for (size_t i = 0; i < j->boxes; i++)
		if (scan_is(uuid, j->box[i].uuid) && j->box[i].from.boot == at->boot) {
			*ret = &j->box[i];
			return 0;
		}
	if (j->boxes == BOXES_MAX)
		return err_set(e, ERR_LIMIT, 0, "more than %d containers were named %s; ask by uuid", BOXES_MAX,
			       j->q->container);
	more = reallocarray(j->box, j->boxes + 1, sizeof(*more));
	if (!more)
		return no_memory(e);
	j->box = more;
	b = &j->box[j->boxes++];
	*b = (struct join_box){ .from = *at };
	memcpy(b->uuid, uuid.at, uuid.len);
	*ret = b;
	return 0;
}

static void learn_level(struct join_box *b, struct scan_text level)
{
	/* A level without categories is everybody's. */
	if (!memchr(level.at, ':', level.len) || level.len >= sizeof(b->level))
		return;
	memcpy(b->level, level.at, level.len);
	b->level[level.len] = '\0';
}

static int learn(void *context, const struct scan_line *line, struct err *e)
{
	struct join *j = context;
	struct join_box *b = NULL;
	struct scan_text v, op = { "", 0 };
	enum join_trust trust;
	uint32_t ses, from;
	bool mine;

	if (!join_is_ours(line))
		return 0;
	trust = join_trust(line);
	if (trust == JOIN_FORGED)
		return 0;
	if (names_container(j, line, &mine, e))
		return -1;
	if (!mine || !scan_field(line->body, "uuid", &v) || v.len != 36)
		return 0;
	j->plain |= trust == JOIN_PLAIN;
	if (box_of(j, v, &line->stamp, &b, e))
		return -1;
	/* Not its own (loginuid-immutable): a person's whole session is no container's. */
	if (scan_number(line->body, "from-ses", &from) && scan_number(line->body, "own-ses", &ses) && ses == from)
		ses = REPORT_NO_SESSION;
	else if (!scan_number(line->body, "own-ses", &ses))
		ses = REPORT_NO_SESSION;
	if (add_session(j, line->stamp.boot, ses, e))
		return -1;
	if (scan_field(line->body, "vm-ctx", &v))
		learn_level(b, context_part(v, 3));
	(void)scan_field(line->body, "op", &op);
	if (scan_is(line->type, "VIRT_DESTROY") || scan_is(op, "stop")) {
		b->to = line->stamp;
		b->ended = true;
	} else if (scan_is(op, "start")) {
		b->ended = false;		/* started again */
	}
	return 0;
}

static bool in_life(const struct join_box *b, const struct scan_stamp *s)
{
	/* A second of slack: the stop record is written after the last process is gone. */
	return s->boot == b->from.boot && s->sec >= b->from.sec && (!b->ended || s->sec <= b->to.sec + 1);
}

/* By label: kernel records, and user records by what the kernel stamped on them. */
static bool by_level(const struct join *j, const struct scan_line *line)
{
	struct scan_text c, level;

	if (!scan_field(line->head, "subj", &c) && !scan_field(line->head, "scontext", &c))
		return false;
	if (!scan_starts(context_type(c), "secctr_container"))
		return false;
	level = context_part(c, 3);
	for (size_t i = 0; i < j->boxes; i++)
		if (j->box[i].level[0] && scan_is(level, j->box[i].level) && in_life(&j->box[i], &line->stamp))
			return true;
	return false;
}

static int wanted(const struct join *j, const struct scan_line *line, bool *ret, struct err *e)
{
	uint32_t ses, old;
	bool has = scan_number(line->head, "ses", &ses);

	*ret = false;
	if (!j->q->container) {
		*ret = (has && ses == j->q->session) || (scan_is(line->type, "LOGIN") &&
			scan_number(line->head, "old-ses", &old) && old == j->q->session);
		return 0;
	}
	*ret = (has && has_session(j, line->stamp.boot, ses)) || by_level(j, line);
	if (!*ret && join_is_ours(line))
		return names_container(j, line, ret, e);
	return 0;
}

static int pick(void *context, const struct scan_line *line, struct err *e)
{
	struct join *j = context;
	struct scan_stamp *more;
	bool take;

	if (wanted(j, line, &take, e))
		return -1;
	if (!take || (j->events && scan_compare(&j->event[j->events - 1], &line->stamp) == 0))
		return 0;
	if (j->events == REPORT_EVENTS_MAX)
		return err_set(e, ERR_LIMIT, 0, "more than %d events; give a part of the log with --input",
			       REPORT_EVENTS_MAX);
	if (j->events == j->room) {
		j->room = j->room ? j->room * 2 : 256;
		more = reallocarray(j->event, j->room, sizeof(*more));
		if (!more)
			return no_memory(e);
		j->event = more;
	}
	j->event[j->events++] = line->stamp;
	return 0;
}

static int by_stamp(const void *a, const void *b)
{
	return scan_compare(a, b);
}

int join_run(struct join *j, const struct scan_input *in, struct scan_counts *ret, struct err *e)
{
	size_t n = 0;

	if (j->q->container && scan_each(in, learn, j, ret, e))
		return -1;
	if (scan_each(in, pick, j, ret, e))
		return -1;
	if (j->events)
		qsort(j->event, j->events, sizeof(*j->event), by_stamp);
	for (size_t i = 0; i < j->events; i++)
		if (!n || scan_compare(&j->event[n - 1], &j->event[i]))
			j->event[n++] = j->event[i];
	j->events = n;
	return 0;
}

bool join_has_event(const struct join *j, const struct scan_stamp *s, size_t *ret_index)
{
	struct scan_stamp *at = j->events ? bsearch(s, j->event, j->events, sizeof(*s), by_stamp) : NULL;

	if (at)
		*ret_index = (size_t)(at - j->event);
	return at;
}

void join_done(struct join *j)
{
	free(take_ptr(&j->box));
	free(take_ptr(&j->session));
	free(take_ptr(&j->event));
	j->boxes = j->sessions = j->events = j->room = 0;
}
