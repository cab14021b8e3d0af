/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote.h - a repository of a registry, asked through processes of secctr-registry. Privileged side.
 *
 * Here is decided where credentials go: user and password to the registry itself (Basic) or to the realm it names, over https, or over http
 * where the registry is insecure and the realm is its own host; a token or Basic to the very scheme, host and port of `base`. A redirection
 * elsewhere goes without any, at most REMOTE_HOPS times, and never from https to http.
 */
#ifndef SECCTR_IMAGE_REMOTE_H
#define SECCTR_IMAGE_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/base/str.h"
#include "launcher/image/frame.h"
#include "launcher/image/registry_job.h"
#include "launcher/image/spawn.h"

enum { REMOTE_HOPS = 10 };
#define REMOTE_PROGRAM "/usr/libexec/secctr/secctr-registry"

struct remote {
	const char *program;		/* secctr-registry; this and the next two are borrowed */
	const struct image_limits *limits;
	const struct job_platform *platform;
	char *base;			/* "https://HOST[:PORT]" */
	char *repository;		/* "library/busybox" */
	bool plain, unverified;		/* registry_job.h */
	bool only_without_answer;	/* not asked where the one before it in a list spoke HTTP (pull.h) */
	bool answered;			/* it spoke HTTP */
	struct str ca, cert, key;
	char *user, *password;		/* NULL: nobody */
	char *authorization;		/* the header that worked last; NULL: none */
};
void remote_done(struct remote *r);	/* clears secrets, too */
#define auto_remote AUTO(remote_done)

/* Something that is on its way. */
struct transfer {
	struct remote *r;
	enum registry_task task;
	char *url;
	uint64_t offset;
	unsigned hops;
	bool asked_access;		/* for a token or a password, once */
	struct fetch_child child;
	struct frame_reader *in;
	struct registry_reply reply;
	bool replied;
	uint32_t retry_after;		/* with ERR_TIMEOUT: what the server asked for, in seconds; or 0 */
};
#define TRANSFER_INIT { .child = FETCH_CHILD_INIT }
void transfer_done(struct transfer *t);
#define auto_transfer AUTO(transfer_done)

/* A manifest by tag or digest, a blob by digest from `offset` on. *t is TRANSFER_INIT. */
int transfer_begin(struct transfer *t, struct remote *r, enum registry_task task, const char *what, uint64_t offset, struct err *e) MUST_CHECK;

/*
 * The next thing, when t->child.out can be read. HEAD: the body begins at t->reply.first. BODY, PART: t->in has it. Nothing: another process
 * was begun (a redirection, with a token), so look at t->child.out anew.
 *
 * Errors: ERR_SYSTEM and ERR_TIMEOUT may be mended by another try; ERR_NOTFOUND: 404; ERR_IDENTITY: who asks may not.
 */
enum transfer_event { TRANSFER_NOTHING, TRANSFER_HEAD, TRANSFER_BODY, TRANSFER_PART, TRANSFER_END };
int transfer_step(struct transfer *t, enum transfer_event *ret, struct err *e) MUST_CHECK;

/* A PART frame, checked. */
int transfer_part(const struct transfer *t, struct registry_part *ret, struct err *e) MUST_CHECK;

#endif
