/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - what the log has told so far: containers, audit sessions, names. Its memory has a bound.
 *
 * Beyond WORLD_SESSIONS_MAX the oldest session is forgotten, beyond WORLD_CONTAINERS_MAX a new container is not told
 * apart from none; both are counted, and a report says so.
 */
#ifndef SECCTR_AUDIT_REPORT_WORLD_H
#define SECCTR_AUDIT_REPORT_WORLD_H

#include "audit/report/line.h"

enum {
	WORLD_SESSIONS_MAX = 1 << 20,		/* 64 bytes each */
	WORLD_CONTAINERS_MAX = 400000,		/* 176 bytes each */
	WORLD_TEXT_BYTES = 64 << 20,		/* of names, images, digests: each once */
	WORLD_PIDS_MAX = 65536,			/* processes known by ancestry; later ones are not */
};

typedef uint32_t text_id;	/* 0 is "" */

struct container {
	char uuid[37];
	bool plain;			/* some record was believed without a label */
	bool wanted;			/* the report is about it */
	bool started, ended, ran;	/* started: of now; ran: ever */
	bool shared;			/* its processes have the session of who started it */
	text_id name, image, digest, policy, level, reason, who;
	uint32_t node, boot;
	uint32_t auid, from_ses;	/* of who asked for the last start, or else made it */
	uint64_t first_ms, from_ms, to_ms;	/* first record; of this life */
	int32_t exit, sig;
	uint32_t starts, refusals, execs, commands, denials;
	uint32_t chain, level_chain;	/* index + 1 */
};

enum session_how {
	SESSION_SEEN,		/* only by the numbers on records */
	SESSION_LOGIN,		/* the kernel's LOGIN record: a login UID was set for the first time */
	SESSION_RENEWED,	/* ... set again */
};

struct session {
	uint32_t node, boot, ses, auid;
	uint32_t old_ses, old_auid;
	uint64_t from_ms;		/* LOGIN or first record */
	uint32_t container;		/* index + 1: its own session */
	text_id addr, terminal, exe;	/* as the login program said: from a believed body, or "" */
	uint8_t how;
	bool fresh;			/* new, and may turn out to be a container's */
	uint32_t chain;
};

struct world {
	struct container *container;
	size_t containers, container_room;
	struct heads { uint32_t *slot; size_t n; } by_uuid, by_level, by_ses;	/* of chains; as many as entries */
	struct session *session;	/* a ring once it is full */
	size_t sessions, session_room, next_session;
	uint64_t owned[1024];		/* a bit for each session, by its low bits, that was ever fresh or a container's */
	uint32_t recent[1024];		/* index + 1 of the last one found with these low bits; may be of another */
	struct str text;
	uint32_t *text_slot;
	size_t texts, text_slots;
	struct pid_row { uint32_t node, pid, ses, container; } *pid;	/* open addressing; container: index + 1 */
	size_t pids, pid_slots;
	uint64_t sessions_forgotten, containers_untold, texts_lost;
};

int world_init(struct world *w, struct err *e) MUST_CHECK;
void world_done(struct world *w);

/* A name that comes again and again. 0 where there is no more room (counted). */
text_id world_text(struct world *w, const char *text, size_t len);
const char *world_string(const struct world *w, text_id id);

struct container *world_container(struct world *w, struct span uuid, uint32_t node);	/* or NULL */
/* Made where it is not there; *ret is NULL where there are too many. */
int world_add_container(struct world *w, struct span uuid, uint32_t node, struct container **ret, struct err *e) MUST_CHECK;
/* The last one of that node that got this level. */
struct container *world_by_level(struct world *w, struct span level, uint32_t node);
void world_set_level(struct world *w, struct container *c, struct span level);

struct session *world_session(struct world *w, uint32_t node, uint32_t boot, uint32_t ses);	/* or NULL */
int world_add_session(struct world *w, uint32_t node, uint32_t boot, uint32_t ses, struct session **ret, struct err *e) MUST_CHECK;
/* The session is or was to be looked at as a container's: before it is looked for, as most are not. False: it never was. */
static inline bool world_may_own(const struct world *w, uint32_t ses)
{
	return w->owned[ses / 64 % 1024] >> ses % 64 & 1;
}
static inline void world_set_owned(struct world *w, uint32_t ses)
{
	w->owned[ses / 64 % 1024] |= UINT64_C(1) << ses % 64;
}
/* The login that a session began with: itself, or what it was renewed from. NULL where that is not in the log. */
const struct session *world_login(struct world *w, const struct session *s);

/* Processes of containers without a session or a label of their own. container: index + 1, 0 is none. */
uint32_t world_pid(const struct world *w, uint32_t node, uint32_t pid, uint32_t ses);
void world_set_pid(struct world *w, uint32_t node, uint32_t pid, uint32_t ses, uint32_t container);

#endif
