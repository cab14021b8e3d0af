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
#include "launcher/cli/category_pair.h"
#include "launcher/cli/mounted.h"
#include "launcher/cli/volumes.h"
#include "launcher/runtime/cgroup.h"
#include "launcher/store/idranges.h"

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

/* Whether a person who sends this wants an end of it: HUP and the like are the program's own business. */
static bool ends(const struct look *l, const char *op, int sig)
{
	return strcmp(op, "kill") != 0 || sig == SIGKILL || sig == l->state.stop_signal;
}

/* No restart from here on; a monitor that waits for one ends. */
static int mark_stopped(struct context *c, struct look *l, struct err *e)
{
	auto_close int lock = -1;

	if (!l->state.restart)
		return 0;
	if (look_locked(c, l, &lock, e) || container_mark_stopped(l->dir, e))
		return -1;
	if (l->state.status != CONTAINER_RESTARTING)
		return 0;
	l->state.status = CONTAINER_EXITED;
	return look_wait_monitor(c, l, true, e);
}

/* Paused processes take a signal when they are thawed; on version 1 also SIGKILL. */
static int thaw(struct context *c, struct look *l, struct err *e)
{
	auto_close int lock = -1;

	if (look_locked(c, l, &lock, e))
		return -1;
	if (l->state.status != CONTAINER_PAUSED)
		return 0;
	l->state.status = CONTAINER_RUNNING;
	return cgroup_freeze(&l->state.cgroup_dirs, false, e) || container_state_write(l->dir, &l->state, e) ? -1 : 0;
}

static int signal_once(struct context *c, struct look *l, const char *op, int sig, struct audit_writer *w,
		       struct err *e)
{
	bool is_waiting = l->state.status == CONTAINER_RESTARTING, require;
	auto_close int pidfd = -1;
	char uuid[UUID_TEXT + 1];
	struct audit_record r;

	if (!look_is_live(l) && !(is_waiting && ends(l, op, sig)))
		return err_set(e, ERR_STATE, 0, "container %s is not running", look_name(l));
	if (context_who(c, e) || allowed(c, l, op, w, &require, e) || (ends(l, op, sig) && mark_stopped(c, l, e)))
		return -1;
	id_uuid(l->state.id, uuid);
	record_begin(&r, EV_KILL, op, l->state.name, uuid);
	record_u64(&r, "sig", (uint64_t)sig);
	if (is_waiting && !look_is_live(l)) {
		write_one(c, w, &r, require);
		return 0;
	}
	pidfd = look_live_pidfd(c, l, e);
	if (pidfd < 0)
		return -1;
	write_one(c, w, &r, require);
	if (proc_signal(pidfd, sig, e))
		return e->reason == ERR_STATE ? err_set(e, ERR_STATE, 0, "container %s is not running: it has just ended", look_name(l)) : -1;
	return l->state.status == CONTAINER_PAUSED && ends(l, op, sig) ? thaw(c, l, e) : 0;
}

static bool is_over(const struct err *e)
{
	return e->reason == ERR_STATE || e->reason == ERR_NOTFOUND;
}

/* `over`: that it has ended meanwhile is what is wanted, and no refusal. */
static int signal_recorded(struct context *c, struct look *l, const char *op, int sig, bool over, struct err *e)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	char uuid[UUID_TEXT + 1];
	int r = signal_once(c, l, op, sig, &w, e);

	if (r && !(over && is_over(e))) {
		id_uuid(l->state.id, uuid);
		authorize_refused(c, &w, op, l->state.name, uuid, e);
	}
	audit_writer_close(&w);
	return r;
}

int control_signal(struct context *c, struct look *l, const char *op, int sig, struct err *e)
{
	return signal_recorded(c, l, op, sig, false, e);
}

int control_wait(struct context *c, struct look *l, int64_t seconds, struct err *e)
{
	/* Its monitor ends when all is written down. Once: who has its number then says nothing. */
	auto_close int monitor = look_monitor(c, l);
	struct timespec now, end;

	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	for (;;) {
		struct pollfd p = { .fd = monitor, .events = POLLIN };
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
		/*
		 * Another run is none of ours: the one that was asked about is over. What was started once and now seems to be made
		 * is being removed.
		 */
		ended = again.state.status != CONTAINER_CREATING &&
			(again.ended || again.state.run != l->state.run || !look_is_live(&again));
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
		if (poll(&p, 1, POLL_MS) == 1)
			close_fd_auto(&monitor);
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
	if ((lock < 0 && e->reason != ERR_NOTFOUND) || str_copy(l->state.id, &id, e))
		return -1;
	close_fd_auto(&lock);
	look_done(l);
	look_init(l);
	if (look_at_id(c, id, l, e) == 0)
		return 0;
	look_done(l);
	look_init(l);
	return e->reason == ERR_NOTFOUND ? 0 : -1;	/* it came to nothing: l says so by having no id */
}

int control_stop(struct context *c, struct look *l, const char *op, int64_t timeout, struct err *e)
{
	bool is_waiting;
	struct err ignored;
	int64_t wait;
	int sig;

	if (wait_started(c, l, e))
		return -1;
	wait = timeout >= 0 ? timeout : l->state.stop_timeout >= 0 ? l->state.stop_timeout : 10;
	sig = l->state.stop_signal > 0 ? (int)l->state.stop_signal : SIGTERM;
	is_waiting = l->state.status == CONTAINER_RESTARTING;
	if (!is_waiting && !look_is_live(l))
		return 0;
	if (wait > 0 || is_waiting) {
		if (signal_recorded(c, l, op, sig, true, e))
			return is_over(e) ? control_wait(c, l, 5, e) : -1;
		if (control_wait(c, l, wait, e) == 0)
			return 0;
		if (e->reason != ERR_TIMEOUT)
			return -1;
	}
	if (signal_recorded(c, l, op, SIGKILL, true, e) && !is_over(e))
		return -1;
	/*
	 * To the groups too: in a frozen one of version 1 nobody dies before it is thawed. What cannot be killed so is told by
	 * the wait.
	 */
	(void)!cgroup_kill(&l->state.cgroup_dirs, &ignored);
	return control_wait(c, l, 10, e);
}

static int may_remove(const struct look *l, struct err *e)
{
	if (l->state.status == CONTAINER_CREATING)
		return err_set(e, ERR_STATE, 0, "container %s is being started", look_name(l));
	if (look_is_live(l) || l->state.status == CONTAINER_RESTARTING)
		return err_set(e, ERR_STATE, 0, "container %s is %s: stop it first, or use --force", look_name(l),
			       container_status_words[l->state.status]);
	return 0;
}

/* Of a start that was killed; otherwise they are gone by now. */
static int clear_groups(struct look *l, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	auto_strv struct strv groups = { 0 };
	struct err ignored;

	if (l->state.boot_id) {
		if (!container_plan_has_next(l->dir) || look_plan(l, &sealed, &ignored))
			return 0;
		if (cgroup_find(sealed_plan(sealed), &groups, e))
			return -1;
	} else if (strv_copy(&groups, &l->state.cgroup_dirs, e)) {
		return -1;
	}
	return groups.len && (cgroup_kill(&groups, e) || cgroup_remove(&groups, e)) ? -1 : 0;
}

/* `volumes`: names are added of what goes with it. */
static int remove_once(struct context *c, struct look *l, const struct removal *how, struct strv *volumes, struct audit_writer *w,
		       struct err *e)
{
	char uuid[UUID_TEXT + 1], id[ID_HEX + 1];
	struct audit_record r;
	auto_close int lock = -1;
	bool require = false;
	struct err unread;

	if (may_remove(l, e) || context_who(c, e) || (!how->allowed && allowed(c, l, "rm", w, &require, e)))
		return -1;
	/* Of two that remove it, one does and writes the record: to the other it is not there. */
	if (look_locked(c, l, &lock, e) || may_remove(l, e))
		return -1;
	/* --rm: what has ended was not started again. */
	if (!(how->allowed && l->ended) && clear_groups(l, e))
		return -1;
	if (mounted_remove(c, l->state.id, look_name(l), how->reason, how->force || how->allowed, w, e))
		return -1;
	/* A request that cannot be read must not keep it from going. */
	if (volumes && volumes_anonymous(l->dir, volumes, &unread))
		fprintf(stderr, "secctr: warning: volumes of %s: %s\n", look_name(l), unread.text);
	memcpy(id, l->state.id, sizeof(id));
	id_uuid(id, uuid);
	if (!l->ended || !l->exit.destroy_recorded) {
		record_begin(&r, EV_DESTROY, how->reason, l->state.name, uuid);
		write_one(c, w, &r, require);
	}
	/* Without a state the name is a guess (look.c), and after a rename it may have two: whatever name has this id goes. */
	if (container_remove(&c->store, id, l->state.boot_id && !l->state.other_name ? l->state.name : NULL, e))
		return -1;
	if (idranges_release(c->store.lib, id, e))
		return -1;
	return l->state.level || !l->state.boot_id ? category_pair_release(c, id, e) : 0;
}

int control_remove(struct context *c, struct look *l, const struct removal *how, struct err *e)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	auto_strv struct strv volumes = { 0 };
	char uuid[UUID_TEXT + 1];
	int r = remove_once(c, l, how, how->volumes || l->state.remove ? &volumes : NULL, &w, e);

	if (r && e->reason != ERR_NOTFOUND) {
		id_uuid(l->state.id, uuid);
		authorize_refused(c, &w, "rm", l->state.name, uuid, e);
	}
	audit_writer_close(&w);
	/* Its lock is given back: that of volumes comes before it. */
	if (r == 0)
		volumes_drop(c, &volumes);
	return r;
}

static int pause_once(struct context *c, struct look *l, bool on, struct audit_writer *w, struct err *e)
{
	const char *op = on ? "pause" : "unpause";
	auto_close int lock = -1;
	char uuid[UUID_TEXT + 1];
	struct err ignored;
	struct audit_record r;
	bool require;

	if (context_who(c, e) || allowed(c, l, op, w, &require, e) || look_locked(c, l, &lock, e))
		return -1;
	if (l->state.status != (on ? CONTAINER_RUNNING : CONTAINER_PAUSED))
		return err_set(e, ERR_STATE, 0, "container %s is %s, not %s", look_name(l),
			       container_status_words[l->state.status], on ? "running" : "paused");
	id_uuid(l->state.id, uuid);
	record_begin(&r, on ? EV_PAUSE : EV_UNPAUSE, "cli", l->state.name, uuid);
	write_one(c, w, &r, require);
	if (!on && cgroup_freeze(&l->state.cgroup_dirs, false, e))
		return -1;
	/* Before it is true: what is killed in between leaves a "paused" that unpause takes away. */
	l->state.status = on ? CONTAINER_PAUSED : CONTAINER_RUNNING;
	if (container_state_write(l->dir, &l->state, e))
		return -1;
	if (!on || cgroup_freeze(&l->state.cgroup_dirs, true, e) == 0)
		return 0;
	l->state.status = CONTAINER_RUNNING;
	(void)!container_state_write(l->dir, &l->state, &ignored);
	return -1;
}

int control_pause(struct context *c, struct look *l, bool on, struct err *e)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	char uuid[UUID_TEXT + 1];
	int r = pause_once(c, l, on, &w, e);

	if (r && e->reason != ERR_NOTFOUND) {
		id_uuid(l->state.id, uuid);
		authorize_refused(c, &w, on ? "pause" : "unpause", l->state.name, uuid, e);
	}
	audit_writer_close(&w);
	return r;
}
