/* SPDX-License-Identifier: Apache-2.0 */
/* look.c - see look.h. */
#include "launcher/cli/look.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "audit/writer.h"
#include "launcher/base/proc.h"
#include "launcher/monitor/frames.h"
#include "launcher/runtime/cgroup.h"
#include "policy/policy.h"

enum {
	LOOK_KILL_MS = 5000,	/* for a killed init, or a monitor that has recorded the end, to be gone */
	PLAN_TRIES = 3,
};

/* An engine's containers have no images. */
static int open_store(struct context *c, struct err *e)
{
	return c->oci ? context_containers(c, e) : context_store(c, e);
}

void look_init(struct look *l)
{
	container_state_init(&l->state);
	exit_record_init(&l->exit);
	l->ended = l->over = false;
	l->dir = -1;
}

void look_done(struct look *l)
{
	container_state_done(&l->state);
	exit_record_done(&l->exit);
	close_fd_auto(&l->dir);
}

static int read_exit_record(const struct store *s, struct look *l, struct err *e)
{
	char path[ID_HEX + sizeof("/exit.json")];

	if (l->dir >= 0)
		return exit_record_read(l->dir, &l->exit, e);
	(void)snprintf(path, sizeof(path), "%s/exit.json", l->state.id);
	/* Most in a list run: no text is made of what is no error. */
	if (faccessat(s->containers, path, F_OK, AT_SYMLINK_NOFOLLOW) && errno == ENOENT) {
		e->reason = ERR_NOTFOUND;
		return -1;
	}
	return exit_record_read_below(s->containers, path, &l->exit, e);
}

static int read_exit(const struct store *s, struct look *l, struct err *e)
{
	struct err why = { 0 };

	if (l->state.status == CONTAINER_CREATED && !l->state.pid)
		return 0;
	if (read_exit_record(s, l, &why) == 0) {
		/* Of an earlier run: what it is now is not over. */
		if (l->state.boot_id && l->exit.run != l->state.run) {
			exit_record_done(&l->exit);
			exit_record_init(&l->exit);
			return 0;
		}
		l->ended = true;
		l->state.status = CONTAINER_EXITED;
		return 0;
	}
	if (why.reason == ERR_NOTFOUND)
		return 0;
	*e = why;
	return -1;
}

/* Does the process that had `pid` at start_time still run? One that waits to be reaped does not. */
static bool alive(int procfd, int64_t pid, uint64_t start_time, int *ret_fd)
{
	struct err ignored;
	auto_close int fd = pid > 0 ? proc_pidfd_of(procfd, (pid_t)pid, start_time, &ignored) : -1;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd < 0 || poll(&p, 1, 0) == 1)
		return false;
	*ret_fd = take_fd(&fd);
	return true;
}

static int record_stop(struct context *c, const struct look *l, const char *reason, struct err *e)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	char uuid[UUID_TEXT + 1];
	struct audit_record r;
	int done;

	if (context_who(c, e) || audit_writer_open(AUDIT_TAKE_COUNTER, c->procfd, &w, e))
		return -1;
	id_uuid(l->state.id, uuid);
	record_begin(&r, EV_STOP, reason, l->state.name, uuid);
	record_u64(&r, "vm-pid", (uint64_t)l->state.monitor_pid);
	record_u64(&r, "exit", 255);
	record_u64(&r, "sig", 0);
	done = record_end(&r, &c->origin, true, e) || audit_write(&w, &r, NULL, e) ? -1 : 0;
	audit_writer_close(&w);
	return done;
}

/* Nobody watched it end: end it, write that down, then record it. */
static int reconcile(struct context *c, struct look *l, const char *reason, struct err *e)
{
	auto_close int init = -1;
	struct err lost = { 0 };
	struct timespec now;

	if (alive(c->procfd, l->state.pid, l->state.start_time, &init)) {
		struct pollfd p = { .fd = init, .events = POLLIN };

		if (proc_signal(init, SIGKILL, &lost) && lost.reason != ERR_STATE) {
			*e = lost;
			return -1;
		}
		if (poll(&p, 1, LOOK_KILL_MS) != 1)
			return err_set(e, ERR_TIMEOUT, 0, "container %s: its init does not end", l->state.name);
	}
	if (l->state.cgroup_dirs.len &&
	    (cgroup_kill(&l->state.cgroup_dirs, e) || cgroup_remove(&l->state.cgroup_dirs, e)))
		return err_context(e, "container %s", l->state.name);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	l->exit.run = l->state.run;
	l->exit.exit_code = 255;
	l->exit.finished = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	if (str_copy(l->state.id, &l->exit.id, e) || str_copy(reason, &l->exit.reason, e) ||
	    exit_record_write(l->dir, &l->exit, e))
		return -1;
	l->ended = true;
	l->state.status = CONTAINER_EXITED;
	/* The container is over in any case; that its record is missing is said, not hidden. */
	if (record_stop(c, l, reason, &lost))
		fprintf(stderr, "secctr: warning: no record of the end of %s: %s\n", l->state.name, lost.text);
	return container_state_write(l->dir, &l->state, e);
}

/* Has ended, and its monitor is there to start it again. */
static int see_restart(struct context *c, struct look *l, struct err *e)
{
	const char *boot;

	if (!l->ended || !l->state.restart || container_is_stopped(l->dir) ||
	    (l->state.restart == PLAN_RESTART_ON_FAILURE &&
	     (l->exit.exit_code == 0 || (l->state.restart_max && l->state.restarts >= l->state.restart_max))))
		return 0;
	if (context_boot_id(c, &boot, e))
		return -1;
	if (l->state.boot_id && strcmp(boot, l->state.boot_id) == 0 &&
	    proc_runs(c->procfd, (pid_t)l->state.monitor_pid, l->state.monitor_start_time))
		l->state.status = CONTAINER_RESTARTING;
	return 0;
}

static int read_again(const struct store *s, struct look *l, struct err *e)
{
	auto_free char *id = NULL;

	if (str_copy(l->state.id, &id, e))
		return -1;
	exit_record_done(&l->exit);
	exit_record_init(&l->exit);
	l->ended = false;
	return container_state_read(l->dir, id, &l->state, e) || read_exit(s, l, e) ? -1 : 0;
}

/* 1: somebody watches it, or there is nothing to watch; 0: nobody, *ret_reason says since when. */
static int is_watched(struct context *c, const struct look *l, const char **ret_reason, struct err *e)
{
	const char *boot;

	if (l->ended || !look_is_live(l))
		return 1;
	if (context_boot_id(c, &boot, e))
		return -1;
	*ret_reason = l->state.boot_id && strcmp(boot, l->state.boot_id) == 0 ? "monitor-died" : "boot";
	return **ret_reason == 'm' &&
	       (!l->state.monitor_pid || proc_runs(c->procfd, (pid_t)l->state.monitor_pid, l->state.monitor_start_time));
}

/* Its lock goes last: what has none is not there any more. */
static int unlocked(const struct look *l, struct err *e)
{
	return e->reason == ERR_NOTFOUND ? err_set(e, ERR_NOTFOUND, 0, "no container %s: removed meanwhile", look_name(l)) : -1;
}

static int settle(struct context *c, struct look *l, bool locked, struct err *e)
{
	auto_close int lock = -1;
	const char *reason = NULL;
	int watched = is_watched(c, l, &reason, e);

	if (watched)
		return watched < 0 ? -1 : see_restart(c, l, e);
	if (!locked) {
		lock = container_lock(l->dir, e);
		if (lock < 0)
			return unlocked(l, e);
	}
	/* Again under the lock: it may have ended well, run again, or another command may have settled it. */
	if (read_again(&c->store, l, e))
		return -1;
	watched = is_watched(c, l, &reason, e);
	if (watched)
		return watched < 0 ? -1 : see_restart(c, l, e);
	return reconcile(c, l, reason, e);
}

static int read_plan(struct look *l, struct plan **ret, struct err *e)
{
	auto_str struct str text = { 0 };

	return container_plan_read(l->dir, &text, e) || plan_read(text.text, text.len, "plan.json", ret, e) ? -1 : 0;
}

/*
 * No state yet. While its start goes on, the starter holds the lock (container_reserve()); a free lock says that the start was
 * killed: what it left is found through the plan, to be removed. Without a plan a held one is not there: not yet, or it is
 * being removed.
 */
static int look_unfinished(struct context *c, struct look *l, const char *id, bool locked, struct err *e)
{
	struct err why = { 0 };
	auto_close int lock = locked ? -1 : container_try_lock(l->dir, &why);
	bool cut_short = locked || lock >= 0;
	auto_plan struct plan *p = NULL;

	if (!cut_short && why.reason == ERR_NOTFOUND) {
		container_drop_empty(&c->store, id);
		return err_set(e, ERR_NOTFOUND, 0, "no container with name or id %.12s", id);
	}
	if (!cut_short && why.reason != ERR_TIMEOUT) {
		*e = why;
		return -1;
	}
	if (cut_short && container_state_read(l->dir, id, &l->state, e))
		return -1;
	if (l->state.boot_id)
		return 0;
	if (!cut_short)
		l->state.status = CONTAINER_CREATING;
	if (read_plan(l, &p, &why) && !cut_short && why.reason == ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND, 0, "no container with name or id %.12s", id);
	if (!p)
		return str_print(&l->state.name, e, "%.12s", id);
	if (str_copy(p->name, &l->state.name, e))
		return -1;
	return cut_short ? cgroup_find(p, &l->state.cgroup_dirs, e) : 0;
}

int look_at_id(struct context *c, const char *id, struct look *ret, struct err *e)
{
	if (context_proc(c, e) < 0 || open_store(c, e))
		return -1;
	ret->dir = container_dir(&c->store, id, e);
	if (ret->dir < 0 || container_state_read(ret->dir, id, &ret->state, e) ||
	    (!ret->state.boot_id && look_unfinished(c, ret, id, false, e)) || read_exit(&c->store, ret, e))
		return -1;
	return settle(c, ret, false, e);
}

/* 1: what state.json and exit.json say is how it is, with nothing to settle or to write. */
static int is_plain(struct context *c, struct look *l, const char *id, struct err *e)
{
	const char *reason;

	if (container_state_read_id(&c->store, id, &l->state, e))
		return -1;
	if (!l->state.boot_id)
		return 0;
	if (read_exit(&c->store, l, e))
		return -1;
	return l->ended && l->state.restart ? 0 : is_watched(c, l, &reason, e);
}

int look_for_list(struct context *c, const char *id, struct look *ret, struct err *e)
{
	int plain = context_proc(c, e) < 0 || open_store(c, e) ? -1 : is_plain(c, ret, id, e);

	if (plain)
		return plain < 0 ? -1 : 0;
	look_done(ret);
	look_init(ret);
	if (look_at_id(c, id, ret, e))
		return -1;
	close_fd_auto(&ret->dir);
	return 0;
}

int look_open(struct context *c, const char *id, struct look *ret, struct err *e)
{
	if (context_proc(c, e) < 0 || open_store(c, e))
		return -1;
	ret->dir = container_dir(&c->store, id, e);
	return ret->dir < 0 || str_copy(id, &ret->state.id, e) ? -1 : 0;
}

int look_locked(struct context *c, struct look *l, int *ret_lock, struct err *e)
{
	auto_close int lock = container_lock(l->dir, e);
	auto_free char *id = NULL;

	if (lock < 0)
		return unlocked(l, e);
	if (str_copy(l->state.id, &id, e) || read_again(&c->store, l, e) ||
	    (!l->state.boot_id && look_unfinished(c, l, id, true, e)) || settle(c, l, true, e))
		return -1;
	*ret_lock = take_fd(&lock);
	return 0;
}

bool look_is_live(const struct look *l)
{
	return l->state.status == CONTAINER_RUNNING || l->state.status == CONTAINER_STOPPING ||
	       l->state.status == CONTAINER_PAUSED || (l->state.status == CONTAINER_CREATED && l->state.pid > 0);
}

const char *look_name(const struct look *l)
{
	return l->state.name ? l->state.name : l->state.id ? l->state.id : "?";
}

int look_monitor(struct context *c, const struct look *l)
{
	const char *boot;
	struct err ignored;
	int fd;

	if (!l->state.boot_id || context_boot_id(c, &boot, &ignored) || strcmp(boot, l->state.boot_id) != 0 ||
	    !alive(c->procfd, l->state.monitor_pid, l->state.monitor_start_time, &fd))
		return -1;
	return fd;
}

int look_wait_monitor(struct context *c, const struct look *l, bool end, struct err *e)
{
	auto_close int fd = look_monitor(c, l);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return 0;
	if (end && proc_signal(fd, SIGTERM, e) && e->reason != ERR_STATE)
		return -1;
	if (poll(&p, 1, LOOK_KILL_MS) != 1)
		return err_set(e, ERR_TIMEOUT, 0, "container %s: the monitor of its last run does not end", look_name(l));
	return 0;
}

int look_at(struct context *c, const char *text, struct look *ret, struct err *e)
{
	char id[ID_HEX + 1];

	if (open_store(c, e) || container_resolve(&c->store, text, id, e))
		return -1;
	return look_at_id(c, id, ret, e);
}

int look_plan(const struct look *l, struct sealed_plan **ret, struct err *e)
{
	auto_str struct str text = { 0 };
	auto_container struct container_state now;
	const char *digest = l->state.plan_digest ? l->state.plan_digest : "";
	struct err ignored;
	int r = -1;

	container_state_init(&now);
	/* A start may put another plan in place while we read: then the state has its digest. */
	for (int i = 0; i < PLAN_TRIES && r; i++) {
		if (container_plan_read(l->dir, &text, e))
			return -1;
		r = policy_unseal(text.text, text.len, digest, ret, e);
		if (r == 0 || e->reason != ERR_DIGEST)
			return r;
		if (container_plan_read_next(l->dir, &text, &ignored) == 0 &&
		    policy_unseal(text.text, text.len, digest, ret, &ignored) == 0)
			return 0;
		if (container_state_read(l->dir, l->state.id, &now, &ignored) == 0 && now.plan_digest)
			digest = now.plan_digest;
	}
	return r;
}

int look_live_pidfd(struct context *c, const struct look *l, struct err *e)
{
	int fd;

	if (!look_is_live(l) || !alive(c->procfd, l->state.pid, l->state.start_time, &fd))
		return err_set(e, ERR_STATE, 0, "container %s is not running", look_name(l));
	return fd;
}

int look_pidfd(struct context *c, const struct look *l, struct err *e)
{
	if (l->state.status == CONTAINER_PAUSED)
		return err_set(e, ERR_STATE, 0, "container %s is paused: `secctr unpause` it first", look_name(l));
	return look_live_pidfd(c, l, e);
}

/* By name in the working directory: a socket's path may have 107 bytes only, and the run directory may be anywhere. */
int look_connect(struct context *c, const struct look *l, struct err *e)
{
	const struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = FRAME_SOCKET };
	auto_close int fd = -1, dir = container_run_dir(&c->store, l->state.id, e);

	if (dir < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || fchdir(dir))
		return err_set(e, ERR_SYSTEM, errno, "container %s: its monitor's socket", l->state.name);
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)))
		return err_set(e, errno == ENOENT || errno == ECONNREFUSED ? ERR_STATE : ERR_SYSTEM, errno,
			       "container %s: its monitor cannot be reached", l->state.name);
	return take_fd(&fd);
}
