/* SPDX-License-Identifier: Apache-2.0 */
/* launch.c - the supervisor: see launch.h. */
#include "launcher/cli/launch.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

#include "audit/failure.h"
#include "audit/writer.h"
#include "launcher/base/fault.h"
#include "launcher/base/proc.h"
#include "launcher/base/slice.h"
#include "launcher/cli/number_file.h"
#include "launcher/cli/console.h"
#include "launcher/cli/join_ns.h"
#include "launcher/cli/oci.h"
#include "launcher/cli/program.h"
#include "launcher/cli/start_records.h"
#include "launcher/monitor/frames.h"
#include "launcher/monitor/job.h"
#include "launcher/monitor/journal.h"
#include "launcher/plan/idmap.h"
#include "launcher/plan/plan.h"
#include "launcher/runtime/container.h"
#include "launcher/runtime/hooks.h"
#include "launcher/store/container.h"
#include "launcher/systemd/scope.h"

/* Everything of one start that lives until the monitor has it. */
struct supervisor {
	const struct launch *l;
	const struct plan *p;
	int socket;
	int in[2], out[2], err[2];
	int journal;			/* connected, or -1 */
	char *own, *helpers;		/* path of our program, directory of those that it executes */
	struct cgroup cgroup;
	struct runtime_made made;
	pid_t pid;			/* of this process */
	uint32_t ses;			/* of it, and so of the container */
	struct audit_event_id start;
	bool hooked;			/* hooks of the host have begun: those of its end are due */
	bool recorded;			/* the start may be in the log */
	bool announced;			/* it is */
	bool kept;			/* the container has a state that says it runs: who looks next records its end */
};

static int take_identity(struct supervisor *s, struct err *e)
{
	uint32_t auid = (uint32_t)s->p->audit.auid;
	int procfd = s->l->c->procfd;
	bool own;

	if (s->p->audit.new_session)
		return identity_new_session(procfd, auid, &s->ses, &own, e);
	return identity_set(procfd, auid, &s->ses, e);
}

static int make_cgroup(struct supervisor *s, struct err *e)
{
	const struct plan_resources *r = &s->p->resources;
	struct scope scope = { .id = s->p->id, .pid = s->pid };
	int manager;

	if (cgroup_manager(s->p, &manager, e))
		return -1;
	if (manager == PLAN_CGROUP_SPLIT)
		return cgroup_adopt(s->p, &s->cgroup, e);
	if (manager != PLAN_CGROUP_SYSTEMD)
		return cgroup_make(s->p, &s->cgroup, e);
	/* An engine's, in its slice. */
	if (r->cgroup_name) {
		scope.unit = r->cgroup_name;
		scope.slice = slice_of_path(r->cgroup_parent);
	}
	/* Of a restart by the monitor: its scope is still there, and we are in it. */
	if (!cgroup_in_scope(s->p) && scope_start(&scope, e))
		return -1;
	return cgroup_adopt(s->p, &s->cgroup, e);
}

/* `create`: a later command records the start and opens the gate. */
static bool waits_for_start(const struct supervisor *s)
{
	return s->l->engine && !s->l->engine->foreground;
}

/* Under another user: programs open /dev/stdout again, and a pipe belongs to who made it. */
static int own_streams(struct supervisor *s, struct err *e)
{
	int64_t uid = idmap_host(&s->p->uid_map, s->p->process.user.uid), gid = idmap_host(&s->p->gid_map, s->p->process.user.gid);

	if (!uid && !gid)
		return 0;	/* as we are */
	if (uid < 0 || gid < 0)
		return err_set(e, ERR_INPUT, 0, "user %lld:%lld: not in the container's map of ids",
			       (long long)s->p->process.user.uid, (long long)s->p->process.user.gid);
	if (fchown(s->in[0], (uid_t)uid, (gid_t)gid) || fchown(s->out[1], (uid_t)uid, (gid_t)gid) ||
	    fchown(s->err[1], (uid_t)uid, (gid_t)gid))
		return err_set(e, ERR_SYSTEM, errno, "owner of the standard streams");
	return 0;
}

/* The engine's own, as they were given to us. What a container's user may open again are pipes. */
static int take_streams(struct supervisor *s, struct err *e)
{
	int64_t uid = idmap_host(&s->p->uid_map, s->p->process.user.uid), gid = idmap_host(&s->p->gid_map, s->p->process.user.gid);

	s->in[0] = STDIN_FILENO;
	s->out[1] = STDOUT_FILENO;
	s->err[1] = STDERR_FILENO;
	if (uid < 0 || gid < 0)
		return err_set(e, ERR_INPUT, 0, "process.user: %lld:%lld is not in the maps of ids",
			       (long long)s->p->process.user.uid, (long long)s->p->process.user.gid);
	for (int fd = STDIN_FILENO; (uid || gid) && fd <= STDERR_FILENO; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && fchown(fd, (uid_t)uid, (gid_t)gid))
			return err_set(e, ERR_SYSTEM, errno, "owner of the standard streams");
	}
	return 0;
}

static int make_streams(struct supervisor *s, struct err *e)
{
	if (s->p->process.terminal)
		return 0;
	if (s->l->engine)
		return take_streams(s, e);
	if (pipe2(s->in, O_CLOEXEC) || pipe2(s->out, O_CLOEXEC) || pipe2(s->err, O_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "pipes");
	if (s->p->monitor.log_driver == PLAN_LOG_JOURNAL) {
		s->journal = journal_connect(JOURNAL_SOCKET, e);
		if (s->journal < 0)
			return -1;
	}
	/* Without -i the container reads end of file, not the host's /dev/null. */
	if (!s->p->monitor.interactive)
		close_fd_auto(&s->in[1]);
	return own_streams(s, e);
}

static int run_hooks(void *arg, pid_t pid, struct err *e)
{
	struct supervisor *s = arg;
	const char *state = s->l->engine->creating;

	s->hooked = true;
	return hooks_run(s->p, PLAN_HOOK_PRESTART, state, pid, NULL, false, e) ||
	       hooks_run(s->p, PLAN_HOOK_CREATE_RUNTIME, state, pid, NULL, false, e) ? -1 : 0;
}

static int make_container(struct supervisor *s, struct err *e)
{
	struct runtime_hooks hooks = { .outside = run_hooks, .arg = s };
	struct runtime_streams streams = { s->in[0], s->out[1], s->err[1] };
	const struct winsize *size = &s->l->size;
	struct runtime_place place = {
		.procfd = s->l->c->procfd, .dir = s->l->dir, .layers = s->l->c->store.layers,
		.store = { s->l->c->store.lib, s->l->c->store.run }, .mounted = s->l->mounted,
		.filters = s->l->filters, .cgroup = &s->cgroup, .last = -1, .sibling = waits_for_start(s),
	};
	int r;

	place.state = s->l->engine ? s->l->engine->created : NULL;
	if (s->p->hooks.len && s->l->engine && s->l->engine->creating) {
		if (oci_hooks_check(s->p, e))
			return -1;
		hooks.creating = s->l->engine->creating;
		hooks.created = s->l->engine->created;
		place.hooks = &hooks;
	}
	if (program_own(&s->own, e) || program_helpers(s->own, &s->helpers, e))
		return -1;
	if (s->l->c->exposed) {
		if (s->p->ns[PLAN_NS_PID].mode != PLAN_NS_NEW)
			return err_set(e, ERR_INTERNAL, 0, "the launcher's program is in reach of the PID name space that is joined");
		place.last = program_read_only(s->helpers, "secctr-exec", e);
		if (place.last < 0)
			return -1;
	}
	r = join_ns_open(s->l->c, s->p, place.ns, e) ||
		runtime_create(s->l->sealed, &place, &streams, &s->made, e) ? -1 : 0;

	for (int i = 0; i < PLAN_NS_COUNT; i++)
		close_fd_auto(&place.ns[i]);
	if (r)
		return -1;
	/* The container's ends of the streams close with all that the monitor is not given: when it is executed. */
	/* Before the program can ask for it. */
	if (s->made.terminal >= 0 && size->ws_row && ioctl(s->made.terminal, TIOCSWINSZ, size))
		return err_set(e, ERR_SYSTEM, errno, "size of the terminal");
	return s->l->engine && s->made.terminal >= 0 ? console_send(s->l->engine->console_socket, s->made.terminal, e) : 0;
}

static struct start_facts facts_of(const struct supervisor *s)
{
	return (struct start_facts){
		.part = waits_for_start(s) ? START_MADE : START_WHOLE,
		.sealed = s->l->sealed, .pid = s->pid, .origin = &s->l->c->origin, .c = s->l->c, .made = &s->made, .cgroup = &s->cgroup,
		.filters = s->l->filters, .own_ses = s->ses, .from_ses = s->l->c->who.ses,
	};
}

static int write_records(struct supervisor *s, struct err *e)
{
	struct audit_writer *w = s->l->writer;	/* inherited: what was lost since the decision counts */
	struct start_facts f = facts_of(s);
	int r = w->fd < 0 ? audit_writer_open(AUDIT_NEED_READBACK, s->l->c->procfd, w, e) : audit_writer_inherit(w, s->pid, e);

	s->recorded = r == 0;
	if (r == 0)
		r = fault_at("in", "records", "start", e) || start_records_write(&f, w, &s->start, e) ? -1 : 0;
	if (r == 0)
		r = audit_writer_check(w, e);
	s->announced = r == 0;
	return r && s->p->audit.require ? -1 : 0;
}

static int64_t now_usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int printable_command(const struct strv *argv, char **ret, struct err *e)
{
	auto_str struct str s = { 0 };

	for (size_t i = 0; i < argv->len && s.len < 256; i++)
		if ((i && str_add(&s, " ", e)) || str_add_safe(&s, argv->item[i], strlen(argv->item[i]), e))
			return -1;
	*ret = take_ptr(&s.text);
	return 0;
}

/* What ps shows of the plan, where it is short. */
static int fill_shown(const struct plan *p, struct container_state *st, struct err *e)
{
	size_t bytes = 0;

	for (size_t i = 0; i < p->process.argv.len && bytes <= CONTAINER_SHOWN_MAX; i++)
		bytes += strlen(p->process.argv.item[i]) + 1;
	for (size_t i = 0; i < p->mounts.len && bytes <= CONTAINER_SHOWN_MAX; i++)
		if (plan_mount_is_shown(PLAN_MOUNT(p, i)))
			bytes += strlen(PLAN_MOUNT(p, i)->target) + 1;
	if (bytes > CONTAINER_SHOWN_MAX)
		return 0;
	for (size_t i = 0; i < p->mounts.len; i++)
		if (plan_mount_is_shown(PLAN_MOUNT(p, i)) && strv_add(&st->mounts, PLAN_MOUNT(p, i)->target, e))
			return -1;
	return strv_copy(&st->argv, &p->process.argv, e) || str_copy(p->root.image_digest, &st->image_digest, e) ? -1 : 0;
}

/* What does not depend on its running. */
static int fill_state(const struct launch *l, struct container_state *st, struct err *e)
{
	const struct plan *p = sealed_plan(l->sealed);
	char boot[37];

	if (proc_boot_id(l->c->procfd, boot, e) || str_copy(p->id, &st->id, e) || str_copy(p->name, &st->name, e) ||
	    str_copy(boot, &st->boot_id, e) || str_copy(sealed_digest(l->sealed)->text, &st->plan_digest, e) ||
	    str_copy(p->policy.name, &st->policy, e) || str_copy(p->policy.digest, &st->policy_digest, e) ||
	    str_copy(p->root.image ? p->root.image : p->root.path, &st->image, e) ||
	    printable_command(&p->process.argv, &st->command, e) || fill_shown(p, st, e) ||
	    str_copy(p->selinux.process_label, &st->process_label, e) || str_copy(p->selinux.level, &st->level, e) ||
	    strv_copy(&st->labels, &p->labels, e) || (l->before && str_copy(l->before->other_name, &st->other_name, e)))
		return -1;
	st->auid = p->audit.auid;
	st->creator_auid = l->before ? l->before->creator_auid : l->c->who.auid;
	st->creator_ses = l->before ? l->before->creator_ses : l->c->who.ses;
	st->created = l->before ? l->before->created : now_usec();
	st->remove = p->monitor.remove;
	st->stop_signal = p->monitor.stop_signal;
	st->stop_timeout = p->monitor.stop_timeout;
	st->restart = p->monitor.restart;
	st->restart_max = p->monitor.restart_max == FIELD_NONE ? 0 : p->monitor.restart_max;
	return 0;
}

int launch_keep(const struct launch *l, struct err *e)
{
	auto_container struct container_state st;

	container_state_init(&st);
	if (fill_state(l, &st, e))
		return -1;
	st.status = CONTAINER_CREATED;
	return container_state_write(l->dir, &st, e);
}

/* Milliseconds between the end of the run that begins and the next. */
static int64_t next_delay(const struct launch *l)
{
	return l->restart_delay < LAUNCH_DELAY_MIN ? LAUNCH_DELAY_MIN :
	       l->restart_delay > LAUNCH_DELAY_MAX ? LAUNCH_DELAY_MAX : l->restart_delay;
}

static int write_state(struct supervisor *s, struct err *e)
{
	auto_container struct container_state st;
	char event[AUDIT_EVENT_ID_TEXT] = "";

	container_state_init(&st);
	if (!waits_for_start(s))
		audit_event_id_text(&s->start, event);
	if (fill_state(s->l, &st, e) || str_copy(s->cgroup.path, &st.cgroup, e) ||
	    strv_copy(&st.cgroup_dirs, &s->cgroup.dirs, e) || str_copy(*event ? event : NULL, &st.start_event, e) ||
	    proc_start_time(s->l->c->procfd, s->pid, &st.monitor_start_time, e))
		return -1;
	st.status = waits_for_start(s) ? CONTAINER_CREATED : CONTAINER_RUNNING;
	if (s->l->engine && (str_copy(s->l->engine->bundle, &st.bundle, e) || strv_copy(&st.annotations, &s->p->annotations, e)))
		return -1;
	st.pid = s->made.pid;
	st.start_time = s->made.start_time;
	st.monitor_pid = s->pid;
	st.ses = s->ses;
	st.started = waits_for_start(s) ? 0 : s->l->before ? now_usec() : st.created;
	if (s->l->before)
		st.run = s->l->before->run + 1;
	st.restarts = s->l->restarts;
	if (st.restart)
		st.restart_delay = next_delay(s->l);
	if (container_state_write(s->l->dir, &st, e) || (s->l->before && container_plan_commit(s->l->dir, e)))
		return -1;
	s->kept = s->l->before;
	return s->p->monitor.pid_file ? pidfile_write(s->p->monitor.pid_file, s->made.pid, e) : 0;
}

static int fill_job(struct supervisor *s, const char *program, struct monitor_job *j, struct err *e)
{
	const struct plan *p = s->p;
	const struct audit_origin *o = &s->l->c->origin;
	struct audit_failure_table lost;
	char event[AUDIT_EVENT_ID_TEXT] = "";

	if (!waits_for_start(s))
		audit_event_id_text(&s->start, event);
	if (audit_failure_parse(p->audit.on_lost ? p->audit.on_lost : "", &lost, e) ||
	    str_copy(p->id, &j->id, e) || str_copy(p->name, &j->name, e) ||
	    str_copy(p->selinux.process_label, &j->process_label, e) ||
	    str_copy(audit_action_word(lost.action[AUDIT_AT_CONTROL]), &j->on_lost, e) ||
	    strv_copy(&j->cgroup_dirs, &s->cgroup.dirs, e) || str_copy(o->hostname, &j->host, e) ||
	    str_copy(o->addr, &j->addr, e) || str_copy(o->terminal, &j->tty, e) ||
	    str_copy(s->announced && *event ? event : NULL, &j->start_event, e) || str_copy(program, &j->exe, e))
		return -1;
	j->pid = s->made.pid;
	j->auid = p->audit.auid;
	j->ses = s->ses;
	j->audit_require = p->audit.require;
	j->interactive = p->monitor.interactive;
	j->detach = p->monitor.detach;
	j->remove = p->monitor.remove;
	j->terminal = p->process.terminal;
	j->engine = waits_for_start(s);
	j->log = !s->l->engine && p->monitor.log_driver == PLAN_LOG_FILE;
	j->log_max_size = p->monitor.log_max_size;
	j->log_max_files = p->monitor.log_max_files;
	if (str_copy(p->monitor.log_tag, &j->log_tag, e))
		return -1;
	j->stop_signal = p->monitor.stop_signal;
	j->stop_timeout = p->monitor.stop_timeout;
	if (s->l->before)
		j->run = s->l->before->run + 1;
	j->run_timeout = p->monitor.run_timeout;
	if (p->monitor.restart) {
		j->restart = p->monitor.restart == PLAN_RESTART_ON_FAILURE ? MONITOR_RESTART_ON_FAILURE : MONITOR_RESTART_ALWAYS;
		j->restart_delay = next_delay(s->l);
		if (p->monitor.restart_max != FIELD_NONE)
			j->restarts_left = p->monitor.restart_max > s->l->restarts ? p->monitor.restart_max - s->l->restarts : 0;
	}
	if (!j->remove && !j->restart)
		return 0;
	if (s->l->c->root && (strv_add(&j->cleanup_args, "--root", e) || strv_add(&j->cleanup_args, s->l->c->root, e)))
		return -1;
	/* Below an engine's --root. */
	if (!s->l->engine && s->l->c->runroot &&
	    (strv_add(&j->cleanup_args, "--runroot", e) || strv_add(&j->cleanup_args, s->l->c->runroot, e)))
		return -1;
	return str_copy(s->own, &j->cleanup, e);
}

/* The message with the job and with all that the monitor keeps; the rest closes when it is executed. */
static int send_job(struct supervisor *s, const char *program, const int fds[MONITOR_FD_COUNT_END], struct err *e)
{
	struct monitor_job job;
	int fd;

	monitor_job_init(&job);
	fd = fill_job(s, program, &job, e) ? -1 : monitor_job_send(&job, fds, e);
	monitor_job_done(&job);
	return fd;
}

static int become_monitor(struct supervisor *s, struct err *e)
{
	int fds[MONITOR_FD_COUNT_END] = {
		[MONITOR_FD_JOB] = -1, [MONITOR_FD_CLIENT] = s->socket, [MONITOR_FD_DIR] = s->l->dir, [MONITOR_FD_RUN] = s->l->run_dir,
		[MONITOR_FD_PROC] = s->l->c->procfd, [MONITOR_FD_PIDFD] = s->made.pidfd,
		[MONITOR_FD_GATE] = s->made.gate, [MONITOR_FD_STATUS] = s->made.status,
		[MONITOR_FD_STDIN] = s->in[1], [MONITOR_FD_STDOUT] = s->out[0], [MONITOR_FD_STDERR] = s->err[0],
		[MONITOR_FD_JOURNAL] = s->journal,
		[MONITOR_FD_CGROUP] = s->cgroup.version == 2 ? s->cgroup.fd : -1,
	};
	auto_free char *program = NULL;
	auto_close int job = -1;

	/* The streams are the engine's alone. */
	if (s->l->engine)
		fds[MONITOR_FD_STDIN] = fds[MONITOR_FD_STDOUT] = fds[MONITOR_FD_STDERR] = -1;
	else if (s->made.terminal >= 0)
		fds[MONITOR_FD_STDIN] = fds[MONITOR_FD_STDOUT] = s->made.terminal;
	if (str_print(&program, e, "%s/secctr-monitor", s->helpers))
		return -1;
	job = send_job(s, program, fds, e);
	/* Whatever had that number goes with the message, or is not needed any more. */
	if (job < 0)
		return -1;
	if (job == MONITOR_FD_JOB ? fcntl(job, F_SETFD, 0) : dup3(job, MONITOR_FD_JOB, 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "descriptor of the monitor's job");
	execve(program, (char *[]){ (char *)"secctr-monitor", s->p->id, NULL }, (char *[]){ NULL });
	return err_set(e, ERR_SYSTEM, errno, "%s", program);
}

/* Signals of the terminal are the client's to pass on. */
static int own_session(struct supervisor *s, struct err *e)
{
	s->pid = setsid();	/* the session's number is its leader's */
	return s->pid < 0 ? err_set(e, ERR_SYSTEM, errno, "setsid") : 0;
}

static const struct {
	const char *name;
	int (*run)(struct supervisor *s, struct err *e);
} stages[] = {
	{ "session",	own_session },
	/* Before anything of the container is made: all of it is this person's, in a session that nothing else is in. */
	{ "identity",	take_identity },
	{ "cgroup",	make_cgroup },
	{ "streams",	make_streams },
	{ "container",	make_container },
	/* What is recorded was made, and waits at its gate. */
	{ "records",	write_records },
	/* Before the monitor opens the gate: whoever sees the container run finds it in the store. */
	{ "state",	write_state },
	{ "monitor",	become_monitor },
};

const char *launch_stage_name(size_t i)
{
	return i < ARRAY_LEN(stages) ? stages[i].name : NULL;
}

static int supervise(struct supervisor *s, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(stages); i++)
		if (fault_at("before", "supervisor", stages[i].name, e) || stages[i].run(s, e) ||
		    fault_at("after", "supervisor", stages[i].name, e))
			return -1;
	return 0;
}

static void record_end_of_failed(struct supervisor *s, const struct err *why)
{
	auto_audit_writer struct audit_writer w = AUDIT_WRITER_CLOSED;
	struct start_facts f = facts_of(s);
	struct err ignored;

	if (audit_writer_open(AUDIT_TAKE_COUNTER, s->l->c->procfd, &w, &ignored) == 0)
		(void)!start_records_undo(&f, &w, why, &ignored);
}

static void NORETURN supervisor_main(struct supervisor *s)
{
	struct err e = { 0 }, ignored;

	(void)supervise(s, &e);
	if (s->made.pid > 0)
		runtime_abandon(&s->made);
	if (s->cgroup.dirs.len)
		(void)!cgroup_remove(&s->cgroup.dirs, &ignored);
	if (s->hooked)
		(void)!hooks_run(s->p, PLAN_HOOK_POSTSTOP, s->l->engine->stopped, 0, NULL, true, &ignored);
	if (s->recorded && !s->kept)
		record_end_of_failed(s, &e);
	(void)!frame_send(s->socket, FRAME_FAILED, &e, sizeof(e), 1);
	_exit(125);
}

/*
 * vfork(): what this process has in memory is neither copied nor, page by page, made the child's own, which is a tenth of a
 * start. It waits until the child executes the monitor or ends, and then has whatever the child changed: so the child has
 * copies of what it may change, returns from nothing that this process returned to, and ends with _exit() alone. Descriptors,
 * credentials, signals, working directory and umask are each one's own.
 */
int launch_container(const struct launch *l, int *ret_socket, pid_t *ret_pid, struct err *e)
{
	struct context context = *l->c;
	struct audit_writer writer = *l->writer;
	struct launch own = *l;
	struct supervisor s = {
		.l = &own, .p = sealed_plan(l->sealed), .socket = -1, .in = { -1, -1 }, .out = { -1, -1 },
		.err = { -1, -1 }, .journal = -1, .cgroup = { .fd = -1 }, .made = RUNTIME_MADE_INIT,
	};
	int pair[2];
	pid_t pid;

	own.c = &context;
	own.writer = &writer;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_set(e, ERR_SYSTEM, errno, "socketpair");
	(void)fflush(NULL);
	proc_lend_memory();
	pid = vfork();
	if (pid < 0) {
		(void)close(pair[0]);
		(void)close(pair[1]);
		return err_set(e, ERR_SYSTEM, errno, "vfork");
	}
	if (pid == 0) {
		(void)close(pair[0]);
		s.socket = pair[1];
		supervisor_main(&s);
	}
	(void)close(pair[1]);
	*ret_socket = pair[0];
	*ret_pid = pid;
	return 0;
}
