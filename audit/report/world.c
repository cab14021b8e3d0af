/* SPDX-License-Identifier: Apache-2.0 */
/* world.c - see world.h. */
#include "audit/report/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/base/cleanup.h"

enum { HEADS_FIRST = 256, TEXT_SLOTS_FIRST = 1024, PID_SLOTS_FIRST = 1024 };

static uint32_t hash_bytes(const char *at, size_t len, uint32_t h)
{
	uint64_t sum = h, x;

	for (; len >= 8; at += 8, len -= 8) {
		memcpy(&x, at, 8);
		sum = (sum ^ x) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 32;
	}
	for (; len; at++, len--)
		sum = (sum ^ (unsigned char)*at) * 16777619u;
	return (uint32_t)(sum ^ sum >> 32);
}

static uint32_t hash_numbers(uint32_t a, uint32_t b, uint32_t c)
{
	uint64_t h = ((uint64_t)a << 32 | c) * 0x9e3779b97f4a7c15u + (uint64_t)b * 0xc2b2ae3d27d4eb4fu;

	return (uint32_t)(h >> 32) ^ (uint32_t)h;
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_SYSTEM, ENOMEM, "reading the audit log");
}

int world_init(struct world *w, struct err *e)
{
	*w = (struct world){ 0 };
	return str_add_bytes(&w->text, "\0", 1, e);
}

void world_done(struct world *w)
{
	free(w->container);
	free(w->session);
	free(w->by_uuid.slot);
	free(w->by_level.slot);
	free(w->by_ses.slot);
	free(w->text_slot);
	free(w->pid);
	str_done(&w->text);
	*w = (struct world){ 0 };
}

static uint32_t text_place(const struct world *w, const char *text, size_t len)
{
	uint32_t at = hash_bytes(text, len, 2166136261u) & (uint32_t)(w->text_slots - 1);

	while (w->text_slot[at]) {
		const char *have = w->text.text + w->text_slot[at];

		if (strncmp(have, text, len) == 0 && !have[len])
			break;
		at = (at + 1) & (uint32_t)(w->text_slots - 1);
	}
	return at;
}

static bool grow_texts(struct world *w)
{
	struct world more = *w;

	more.text_slots = w->text_slots ? w->text_slots * 2 : TEXT_SLOTS_FIRST;
	more.text_slot = calloc(more.text_slots, sizeof(*more.text_slot));
	if (!more.text_slot)
		return false;
	for (size_t i = 0; i < w->text_slots; i++)
		if (w->text_slot[i]) {
			const char *text = w->text.text + w->text_slot[i];

			more.text_slot[text_place(&more, text, strlen(text))] = w->text_slot[i];
		}
	free(w->text_slot);
	w->text_slot = more.text_slot;
	w->text_slots = more.text_slots;
	return true;
}

static text_id add_text(struct world *w, uint32_t at, const char *text, size_t len)
{
	text_id id = (text_id)w->text.len;
	struct err ignored;

	if (w->text.len + len + 1 > WORLD_TEXT_BYTES || str_add_bytes(&w->text, text, len, &ignored) ||
	    str_add_bytes(&w->text, "\0", 1, &ignored)) {
		w->text.len = id;
		w->texts_lost++;
		return 0;
	}
	w->text_slot[at] = id;
	w->texts++;
	return id;
}

text_id world_text(struct world *w, const char *text, size_t len)
{
	uint32_t at;

	if (!len)
		return 0;
	if ((w->texts * 2 >= w->text_slots && !grow_texts(w)) || memchr(text, '\0', len)) {
		w->texts_lost++;
		return 0;
	}
	at = text_place(w, text, len);
	return w->text_slot[at] ? w->text_slot[at] : add_text(w, at, text, len);
}

const char *world_string(const struct world *w, text_id id)
{
	return w->text.text + id;
}

static uint32_t *head_of(const struct heads *h, uint32_t hash)
{
	static uint32_t none;

	return h->n ? &h->slot[hash & (uint32_t)(h->n - 1)] : &none;
}

/* As many heads as entries; the caller puts every entry into its chain again. */
static bool need_heads(struct heads *h, size_t entries, bool *ret_again, struct err *e)
{
	struct heads more = { .n = h->n ? h->n * 2 : HEADS_FIRST };

	*ret_again = entries >= h->n;
	if (!*ret_again)
		return true;
	more.slot = calloc(more.n, sizeof(*more.slot));
	if (!more.slot)
		return no_memory(e) == 0;
	free(h->slot);
	*h = more;
	return true;
}

static uint32_t *uuid_bucket(struct world *w, struct span uuid, uint32_t node)
{
	return head_of(&w->by_uuid, hash_bytes(uuid.at, uuid.len, 2166136261u + node));
}

static uint32_t *level_bucket(struct world *w, struct span level, uint32_t node)
{
	return head_of(&w->by_level, hash_bytes(level.at, level.len, 2166136261u + node));
}

struct container *world_container(struct world *w, struct span uuid, uint32_t node)
{
	for (uint32_t i = *uuid_bucket(w, uuid, node); i; i = w->container[i - 1].chain)
		if (w->container[i - 1].node == node && span_is(uuid, w->container[i - 1].uuid))
			return &w->container[i - 1];
	return NULL;
}

/* Room for one more; doubling, up to the limit. */
static int grow(void **array, size_t *room, size_t len, size_t size, size_t max, struct err *e)
{
	size_t want = *room ? *room * 2 : 256;
	void *more;

	if (len < *room)
		return 0;
	want = want < max ? want : max;
	more = reallocarray(*array, want, size);
	if (!more)
		return no_memory(e);
	*array = more;
	*room = want;
	return 0;
}

static struct span level_of(const struct world *w, const struct container *c)
{
	const char *text = world_string(w, c->level);

	return (struct span){ text, strlen(text) };
}

static int chain_containers(struct world *w, struct err *e)
{
	bool again, levels;

	if (!need_heads(&w->by_uuid, w->containers, &again, e) || !need_heads(&w->by_level, w->containers, &levels, e))
		return -1;
	for (uint32_t i = 0; again && i < w->containers; i++) {
		struct container *c = &w->container[i];
		uint32_t *head = uuid_bucket(w, (struct span){ c->uuid, strlen(c->uuid) }, c->node);

		c->chain = *head;
		*head = i + 1;
	}
	for (uint32_t i = 0; levels && i < w->containers; i++) {
		struct container *c = &w->container[i];
		uint32_t *head = level_bucket(w, level_of(w, c), c->node);

		c->level_chain = *head;
		if (c->level)
			*head = i + 1;
	}
	return 0;
}

int world_add_container(struct world *w, struct span uuid, uint32_t node, struct container **ret, struct err *e)
{
	struct container *c = world_container(w, uuid, node);
	uint32_t *head;

	if (c || uuid.len >= sizeof(c->uuid)) {
		*ret = c;
		return 0;
	}
	if (w->containers == WORLD_CONTAINERS_MAX) {
		w->containers_untold++;
		*ret = NULL;
		return 0;
	}
	if (chain_containers(w, e))
		return -1;
	if (grow((void **)&w->container, &w->container_room, w->containers, sizeof(*c), WORLD_CONTAINERS_MAX, e))
		return -1;
	head = uuid_bucket(w, uuid, node);
	c = &w->container[w->containers++];
	*c = (struct container){ .node = node, .chain = *head, .auid = UINT32_MAX, .from_ses = UINT32_MAX, .exit = -1 };
	memcpy(c->uuid, uuid.at, uuid.len);
	*head = (uint32_t)w->containers;
	*ret = c;
	return 0;
}

struct container *world_by_level(struct world *w, struct span level, uint32_t node)
{
	for (uint32_t i = *level_bucket(w, level, node); i; i = w->container[i - 1].level_chain) {
		struct container *c = &w->container[i - 1];

		if (c->node == node && span_is(level, world_string(w, c->level)))
			return c;
	}
	return NULL;
}

static void forget_level(struct world *w, struct container *c)
{
	uint32_t *at = level_bucket(w, level_of(w, c), c->node);
	uint32_t me = (uint32_t)(c - w->container) + 1;

	while (*at && *at != me)
		at = &w->container[*at - 1].level_chain;
	if (*at)
		*at = c->level_chain;
	c->level = 0;
}

void world_set_level(struct world *w, struct container *c, struct span level)
{
	struct container *before;
	uint32_t *head;

	if (c->level)
		forget_level(w, c);
	/* Levels are used again; a level names one container at a time, and chains stay short. */
	before = world_by_level(w, level, c->node);
	if (before)
		forget_level(w, before);
	c->level = world_text(w, level.at, level.len);
	if (!c->level)
		return;
	head = level_bucket(w, level, c->node);
	c->level_chain = *head;
	*head = (uint32_t)(c - w->container) + 1;
}

static uint32_t *session_bucket(struct world *w, uint32_t node, uint32_t boot, uint32_t ses)
{
	return head_of(&w->by_ses, hash_numbers(node, boot, ses));
}

struct session *world_session(struct world *w, uint32_t node, uint32_t boot, uint32_t ses)
{
	uint32_t *recent = &w->recent[ses % ARRAY_LEN(w->recent)];

	if (*recent) {
		struct session *s = &w->session[*recent - 1];

		if (s->ses == ses && s->boot == boot && s->node == node)
			return s;
	}
	for (uint32_t i = *session_bucket(w, node, boot, ses); i; i = w->session[i - 1].chain) {
		struct session *s = &w->session[i - 1];

		if (s->ses == ses && s->boot == boot && s->node == node) {
			*recent = i;
			return s;
		}
	}
	return NULL;
}

/* The place of the oldest one, out of its chain. */
static struct session *oldest_session(struct world *w)
{
	struct session *s = &w->session[w->next_session];
	uint32_t *at = session_bucket(w, s->node, s->boot, s->ses), me = (uint32_t)(s - w->session) + 1;

	while (*at != me)
		at = &w->session[*at - 1].chain;
	*at = s->chain;
	w->next_session = (w->next_session + 1) % WORLD_SESSIONS_MAX;
	w->sessions_forgotten++;
	return s;
}

static int chain_sessions(struct world *w, struct err *e)
{
	bool again;

	if (!need_heads(&w->by_ses, w->sessions, &again, e))
		return -1;
	for (uint32_t i = 0; again && i < w->sessions; i++) {
		struct session *s = &w->session[i];
		uint32_t *head = session_bucket(w, s->node, s->boot, s->ses);

		s->chain = *head;
		*head = i + 1;
	}
	return 0;
}

int world_add_session(struct world *w, uint32_t node, uint32_t boot, uint32_t ses, struct session **ret, struct err *e)
{
	struct session *s = world_session(w, node, boot, ses);
	uint32_t *head;

	if (s) {
		*ret = s;
		return 0;
	}
	if (w->sessions == WORLD_SESSIONS_MAX) {
		s = oldest_session(w);
	} else {
		if (chain_sessions(w, e) ||
		    grow((void **)&w->session, &w->session_room, w->sessions, sizeof(*s), WORLD_SESSIONS_MAX, e))
			return -1;
		s = &w->session[w->sessions++];
	}
	head = session_bucket(w, node, boot, ses);
	*s = (struct session){ .node = node, .boot = boot, .ses = ses, .auid = UINT32_MAX, .old_ses = UINT32_MAX,
			       .old_auid = UINT32_MAX, .chain = *head };
	*head = (uint32_t)(s - w->session) + 1;
	*ret = s;
	return 0;
}

const struct session *world_login(struct world *w, const struct session *s)
{
	for (int steps = 0; s && steps < 8 && s->old_ses != UINT32_MAX && s->old_ses != s->ses; steps++)
		s = world_session(w, s->node, s->boot, s->old_ses);
	return s;
}

static struct pid_row *pid_slot(const struct world *w, uint32_t node, uint32_t pid)
{
	size_t at = hash_numbers(node, pid, 7) & (w->pid_slots - 1);

	while (w->pid[at].pid && (w->pid[at].pid != pid || w->pid[at].node != node))
		at = (at + 1) & (w->pid_slots - 1);
	return &w->pid[at];
}

/* A quarter of them at most is used: chains stay short. Few logs need any. */
static bool grow_pids(struct world *w)
{
	struct world more = *w;

	more.pid_slots = w->pid_slots ? w->pid_slots * 2 : PID_SLOTS_FIRST;
	more.pid = calloc(more.pid_slots, sizeof(*more.pid));
	if (!more.pid)
		return false;
	for (size_t i = 0; i < w->pid_slots; i++)
		if (w->pid[i].pid)
			*pid_slot(&more, w->pid[i].node, w->pid[i].pid) = w->pid[i];
	free(w->pid);
	w->pid = more.pid;
	w->pid_slots = more.pid_slots;
	return true;
}

uint32_t world_pid(const struct world *w, uint32_t node, uint32_t pid, uint32_t ses)
{
	const struct pid_row *p = w->pids && pid ? pid_slot(w, node, pid) : NULL;

	return p && p->pid && p->ses == ses ? p->container : 0;
}

void world_set_pid(struct world *w, uint32_t node, uint32_t pid, uint32_t ses, uint32_t container)
{
	struct pid_row *p;

	if (!pid || (w->pids * 4 >= w->pid_slots && w->pids < WORLD_PIDS_MAX && !grow_pids(w)))
		return;
	p = pid_slot(w, node, pid);
	/* A number that is free again keeps its place: numbers come again, and a chain must not break. */
	if (!p->pid && (!container || w->pids == WORLD_PIDS_MAX))
		return;
	w->pids += !p->pid;
	*p = (struct pid_row){ node, pid, ses, container };
}
