/* SPDX-License-Identifier: Apache-2.0 */
/* control.c - see control.h. */
#include "launcher/cli/control.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "audit/failure.h"
#include "audit/writer.h"
#include "launcher/base/proc.h"
#include "launcher/cli/authorize.h"
#include "launcher/runtime/cgroup.h"
#include "selinux/ledger.h"

enum { POLL_MS = 20 };

/* The plan if it can be had: a container whose start was cut short has none, and then nobody but root asks. */
static int allowed(struct context *c, struct look *l, const char *op, struct audit_writer *w, bool *ret_require,
		   struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	struct err why;

	*ret_require = false;
	if (look_plan(l, &sealed, &why))
		return 0;
	*ret_require = sealed_plan(sealed)->audit.require;
	return authorize_op(c, sealed_plan(sealed), op, w, e);
}

/*
 * What less runs after is not refused for want of a record (audit/failure.h: control=continue); it is said.
 */
static void write_one(struct context *c, struct audit_writer *w, struct audit_record *r, bool require)
{
	struct err lost = { 0 };

	if (w->fd < 0 && audit_writer_open(AUDIT_TAKE_COUNTER, c->procfd, w, &lost)) {
		if (require)
			fprintf(stderr, "secctr: warning: no audit record: %s\n", lost.text);
		return;
	}
	if (record_end(r, &c->origin, true, &lost) || audit_write(w, r, NULL, &lost))
		fprintf(stderr, "secctr: warning: no audit record: %s\n", lost.text);
}

static int signal_once(struct context *c, struct look *l, const char *op, int sig, struct audit_writer *w,
		       struct err *e)
{
	auto_close int pidfd = look_pidfd(c, l, e);
	char uuid[UUID_TEXT + 1];
	struct audit_record r;
	bool require;

	if (pidfd < 0 || context_who(c, e) || allowed(c, l, op, w, &require, e))
		return -1;
	id_uuid(l->state.id, uuid);
	record_begin(&r, EV_KILL, op, l->state.name, uuid);
	record_u64(&r, "sig", (uint64_t)sig);
	write_one(c, w, &r, require);
	return proc_signal(pidfd, sig, e);
}

int control_signal(struct context *c, struct look *l, const char *op, int sig, struct err *e)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	char uuid[UUID_TEXT + 1];
	int r = signal_once(c, l, op, sig, &w, e);

	if (r) {
		id_uuid(l->state.id, uuid);
		authorize_refused(c, &w, op, l->state.name, uuid, e);
	}
	audit_writer_close(&w);
	return r;
}

int control_wait(struct context *c, struct look *l, int64_t seconds, struct err *e)
{
	struct timespec now, end;

	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	for (;;) {
		struct look again;
		bool ended;

		look_init(&again);
		if (look_at_id(c, l->state.id, &again, e)) {
			look_done(&again);
			if (e->reason != ERR_NOTFOUND)
				return -1;
			/* Removed by its own monitor meanwhile (--rm): l says so by having no id. */
			look_done(l);
			look_init(l);
			return 0;
		}
		ended = again.ended;
		if (ended) {
			look_done(l);
			*l = again;
			return 0;
		}
		look_done(&again);
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec))
			return err_set(e, ERR_TIMEOUT, 0, "container %s did not end within %lld seconds", l->state.name,
				       (long long)seconds);
		(void)poll(NULL, 0, POLL_MS);
	}
}

/* A start that goes on is waited for: it holds the lock until the container runs, or is gone. */
static int wait_started(struct context *c, struct look *l, struct err *e)
{
	auto_free char *id = NULL;
	auto_close int lock = -1;

	if (l->state.status != CONTAINER_CREATING)
		return 0;
	lock = container_lock(l->dir, e);
	if (lock < 0 || str_copy(l->state.id, &id, e))
		return -1;
	close_fd_auto(&lock);
	look_done(l);
	look_init(l);
	return look_at_id(c, id, l, e);
}

int control_stop(struct context *c, struct look *l, int64_t timeout, struct err *e)
{
	struct err ignored;
	int64_t wait;
	int sig;

	if (wait_started(c, l, e))
		return -1;
	wait = timeout >= 0 ? timeout : l->state.stop_timeout >= 0 ? l->state.stop_timeout : 10;
	sig = l->state.stop_signal > 0 ? (int)l->state.stop_signal : SIGTERM;
	if (l->ended || l->state.status == CONTAINER_EXITED)
		return 0;
	if (wait > 0) {
		if (control_signal(c, l, "stop", sig, e))
			return e->reason == ERR_STATE ? control_wait(c, l, 5, e) : -1;
		if (control_wait(c, l, wait, e) == 0)
			return 0;
		if (e->reason != ERR_TIMEOUT)
			return -1;
	}
	if (control_signal(c, l, "stop", SIGKILL, e) && e->reason != ERR_STATE)
		return -1;
	/*
	 * To the groups too: in a frozen one of version 1 nobody dies before it is thawed. What cannot be killed so is told by
	 * the wait.
	 */
	(void)!cgroup_kill(&l->state.cgroup_dirs, &ignored);
	return control_wait(c, l, 10, e);
}

static int remove_once(struct context *c, struct look *l, const char *reason, bool is_allowed, struct audit_writer *w,
		       struct err *e)
{
	char uuid[UUID_TEXT + 1], id[ID_HEX + 1];
	struct audit_record r;
	auto_close int lock = -1;
	bool require = false;

	if (l->state.status == CONTAINER_CREATING)
		return err_set(e, ERR_STATE, 0, "container %s is being started", l->state.name);
	if (!l->ended && l->state.status != CONTAINER_EXITED)
		return err_set(e, ERR_STATE, 0, "container %s is running: stop it first, or use --force", l->state.name);
	if (context_who(c, e) || (!is_allowed && allowed(c, l, "rm", w, &require, e)))
		return -1;
	/* Of two that remove it, one does and writes the record: to the other it is not there. */
	lock = container_lock(l->dir, e);
	if (lock < 0)
		return e->reason == ERR_NOTFOUND ? err_set(e, ERR_NOTFOUND, 0, "no container %s: removed meanwhile",
							   l->state.name) : -1;
	/* Of a start that was killed; otherwise they are gone by now. */
	if (!l->state.boot_id && l->state.cgroup_dirs.len &&
	    (cgroup_kill(&l->state.cgroup_dirs, e) || cgroup_remove(&l->state.cgroup_dirs, e)))
		return -1;
	memcpy(id, l->state.id, sizeof(id));
	id_uuid(id, uuid);
	record_begin(&r, EV_DESTROY, reason, l->state.name, uuid);
	write_one(c, w, &r, require);
	/* Without a state the name is a guess (look.c): whatever name has this id goes. */
	if (container_remove(&c->store, id, l->state.boot_id ? l->state.name : NULL, e))
		return -1;
	return l->state.level || !l->state.boot_id ? ledger_release(c->store.lib, id, e) : 0;
}

int control_remove(struct context *c, struct look *l, const char *reason, bool is_allowed, struct err *e)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	char uuid[UUID_TEXT + 1];
	int r = remove_once(c, l, reason, is_allowed, &w, e);

	if (r && e->reason != ERR_NOTFOUND) {
		id_uuid(l->state.id, uuid);
		authorize_refused(c, &w, "rm", l->state.name, uuid, e);
	}
	audit_writer_close(&w);
	return r;
}
