/* SPDX-License-Identifier: Apache-2.0 */
/* start.c - see start.h. */
#include "launcher/cli/start.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "launcher/base/proc.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/category_pair.h"
#include "launcher/cli/client.h"
#include "launcher/cli/copy_up.h"
#include "launcher/cli/control.h"
#include "launcher/cli/launch.h"
#include "launcher/cli/mounted.h"
#include "launcher/cli/number_file.h"
#include "launcher/cli/program.h"
#include "launcher/cli/start_volumes.h"
#include "launcher/cli/terminal.h"
#include "launcher/monitor/frames.h"
#include "launcher/runtime/hooks.h"
#include "launcher/runtime/cgroup.h"
#include "launcher/store/container.h"
#include "launcher/store/idranges.h"
#include "launcher/store/images.h"

enum { REPLACE_TRIES = 3 };	/* others may take the name in between */

static int prepare_filters(struct start *s, struct err *e)
{
	return seccomp_prepare(&sealed_plan(s->sealed)->seccomp, s->c->store.run, &s->filters, e);
}

/* Who asked for it and how, for messages and the refusal; and the text, which the decision takes apart. */
static int take_draft(struct start *s, const struct plan *draft, struct err *e)
{
	memcpy(s->id, draft->id, sizeof(s->id));
	snprintf(s->name, sizeof(s->name), "%s", draft->name);
	return plan_text(draft, &s->request, e);
}

/*
 * As it was typed, for `generate systemd --new`; the program's own path is another where it had to execute itself again. What is too
 * long for a plan is too long for a unit, and no reason not to run it.
 */
static int keep_command(const struct context *c, struct plan *draft, struct err *e)
{
	size_t bytes = 0, n = 1;

	while (c->argv && c->argv[0] && c->argv[n])
		bytes += strlen(c->argv[n++]) + 1;
	if (n == 1 || n > PLAN_ARGV_MAX || bytes > PLAN_ARGV_BYTES_MAX / 2)
		return 0;
	if (strv_add(&draft->monitor.create_command, "secctr", e))
		return -1;
	for (size_t i = 1; i < n; i++)
		if (strv_add(&draft->monitor.create_command, c->argv[i], e))
			return -1;
	return 0;
}

static int make_draft(struct start *s, const struct run_request *r, const struct opt_list *operands,
		      struct plan **ret, struct err *e)
{
	/* Before anything is made: it may start all over. */
	if (r->pid_ns && strcmp(r->pid_ns, "private") != 0 && program_protect(s->c, e))
		return -1;
	if (r->replace && !r->name)
		return err_set(e, ERR_USAGE, 0, "--replace needs --name");
	if (r->cidfile && cidfile_make(r->cidfile, &s->cidfile, e))
		return -1;
	if (request_plan(r, operands, &s->c->store, ret, e))
		return -1;
	/* In place of the answer: which policy a later start asks for. */
	if (str_copy(r->policy, &(*ret)->policy.name, e) || keep_command(s->c, *ret, e))
		return -1;
	return take_draft(s, *ret, e);
}

/* --replace: whoever has the name goes, by the rules of `rm -f`. */
static int remove_holder(struct start *s, struct err *e)
{
	static const struct removal how = { .reason = "replace", .force = true };
	auto_look struct look l;
	struct err why = { 0 };

	look_init(&l);
	if (look_at(s->c, s->name, &l, &why) || strcmp(look_name(&l), s->name) != 0)
		return 0;	/* gone; or somebody else has it, which the next try finds */
	if (control_stop(s->c, &l, "stop", -1, e))
		return -1;
	if (l.dir < 0 || !l.state.id || control_remove(s->c, &l, &how, &why) == 0 || why.reason == ERR_NOTFOUND)
		return 0;
	*e = why;
	return -1;
}

/* Until the plan that names them is written, rmi must not take the image or its layers away. */
static int hold_image(struct start *s, int *ret_lock, struct err *e)
{
	const struct plan_root *root = &sealed_plan(s->sealed)->root;
	auto_close int lock = -1;

	if (!root->image_digest)
		return 0;
	lock = images_lock_shared(&s->c->store, e);
	if (lock < 0 || image_still_there(&s->c->store, root->image_digest, &root->layers, e))
		return -1;
	*ret_lock = take_fd(&lock);
	return 0;
}

static int take_place(struct start *s, struct err *e)
{
	auto_close int image = -1, volumes = -1;

	if (start_volumes(s->c, sealed_plan(s->sealed), &volumes, e) || hold_image(s, &image, e) ||
	    container_reserve(&s->c->store, s->id, s->name, &s->place, e))
		return -1;
	s->reserved = true;
	return container_plan_write(s->place.dir, sealed_text(s->sealed), e) ||
	       container_request_write(s->place.dir, s->request, e) ||
	       copy_up(&s->c->store, sealed_plan(s->sealed), s->place.dir, e) ? -1 : 0;
}

static int reserve(struct start *s, bool replace, struct err *e)
{
	int tries = replace ? REPLACE_TRIES : 0;

	while (take_place(s, e))
		if (s->reserved || e->reason != ERR_EXISTS || !tries-- || remove_holder(s, e))
			return -1;
	return 0;
}

static int open_store(struct context *c, const struct run_request *r, struct err *e)
{
	bool plain = r->rootfs && !r->volumes.len && !r->mounts.len && !r->volumes_from.len;

	return plain ? context_containers(c, e) : context_store(c, e);
}

int start_reserve(struct start *s, const struct run_request *r, const struct opt_list *operands, struct err *e)
{
	const struct authorize_how how = { .policy = r->policy };
	auto_plan struct plan *draft = NULL;

	if (context_proc(s->c, e) < 0 || open_store(s->c, r, e) || make_draft(s, r, operands, &draft, e) ||
	    authorize_run(s->c, &draft, &how, &s->writer, &s->sealed, e) || prepare_filters(s, e) ||
	    reserve(s, r->replace, e))
		return -1;
	return s->cidfile >= 0 ? cidfile_write(s->cidfile, s->id, e) : 0;
}

int start_keep(struct start *s, struct err *e)
{
	const struct launch l = { .c = s->c, .sealed = s->sealed, .dir = s->place.dir };

	return launch_keep(&l, e);
}

static int started(struct start *s, bool detach, const struct client_result *r, struct err *e)
{
	if (r->detached)
		fprintf(stderr, "secctr: detached from %s\n", s->name);
	else if (!detach && !r->ended)
		return err_set(e, ERR_STATE, 0, "container %s: its monitor is gone, how it ended is not known", s->name);
	return detach ? 0 : r->status;
}

/* Its end and its removal are recorded: what is left is the files. Another name than the plan's shows itself. */
static int remove_files(struct start *s, struct err *e)
{
	auto_close int lock = container_lock(s->place.dir, e);
	const struct plan *p = sealed_plan(s->sealed);

	if (lock < 0 || mounted_remove(s->c, s->id, p->name, "cleanup", true, &s->writer, e) ||
	    container_remove_open(&s->c->store, s->place.dir, s->id, p->name, e))
		return -1;
	close_fd_auto(&lock);
	start_volumes_drop(s->c, p);
	if (p->ns[PLAN_NS_USER].mode != PLAN_NS_HOST && idranges_release(s->c->store.lib, s->id, e))
		return -1;
	return p->selinux.level ? category_pair_release(s->c, s->id, e) : 0;
}

static int remove_looked_at(struct start *s, struct err *e)
{
	auto_look struct look l;

	look_init(&l);
	return look_open(s->c, s->id, &l, e) || control_remove(s->c, &l, &(const struct removal){ .reason = "cleanup", .allowed = true }, e) ? -1 : 0;
}

/*
 * The container's own monitor would do it by a command of its own. If this fails the monitor tries that: the socket's
 * end of file without a word tells it.
 */
static void remove_ended(struct start *s, const struct client_result *r, int socket)
{
	struct err ignored;

	if ((r->destroy_recorded ? remove_files(s, &ignored) : remove_looked_at(s, &ignored)) == 0)
		client_removed(socket);
}

static int make(struct start *s, struct launch *l, int *ret_socket, pid_t *ret_pid, struct err *e)
{
	l->c = s->c;
	l->sealed = s->sealed;
	l->filters = &s->filters;
	if (!l->before)
		l->dir = s->place.dir;
	l->run_dir = s->place.run;
	l->writer = &s->writer;
	if (l->engine)
		l->size = l->engine->size;
	else if (sealed_plan(s->sealed)->process.terminal)
		l->size = terminal_size();
	if (launch_container(l, ret_socket, ret_pid, e))
		return -1;
	/* The supervisor's alone now: the lock ends with it or with its exec, and no reader of the log stays behind. */
	close_fd_auto(&s->place.lock);
	close_fd_auto(&s->mounted);	/* nobody could unmount it while we watch the container */
	audit_writer_close(&s->writer);
	return 0;
}

/* The plan says what the container has, `options` what of it is ours. */
static int launch(struct start *s, struct launch *l, struct client_options *options, struct err *e)
{
	const struct plan *p = sealed_plan(s->sealed);
	struct client_result result = { 0 };
	auto_close int socket = -1;

	options->terminal = p->process.terminal;
	options->remove = p->monitor.remove;
	if (options->detach || (p->monitor.interactive && isatty(STDERR_FILENO) && isatty(STDOUT_FILENO)))
		options->announce = s->name;
	options->notify = p->monitor.notify != PLAN_NOTIFY_IGNORE;
	options->report = s->c->unit_report;
	client_hold_signals(options);
	if (make(s, l, &socket, &options->monitor, e))
		return -1;
	if (client_run(socket, options, &result, e)) {
		s->started = result.started;
		return -1;
	}
	s->started = true;
	if (result.ended && p->monitor.remove)
		remove_ended(s, &result, socket);
	return started(s, options->detach, &result, e);
}

int start_go(struct start *s, struct client_options *options, struct err *e)
{
	struct launch l = { 0 };

	return launch(s, &l, options, e);
}

/* The supervisor, and then the monitor, on the other side. */
static int wait_created(int socket, struct err *e)
{
	enum frame_type type;
	union {
		struct err failed;
		char room[FRAME_DATA_MAX];
	} from;
	size_t n = sizeof(from);
	int r = frame_recv(socket, &type, &from, &n, 1);

	if (r == 1 && type == FRAME_CREATED)
		return 0;
	if (r == 1 && type == FRAME_FAILED && n == sizeof(from.failed)) {
		*e = from.failed;
		return -1;
	}
	return err_set(e, ERR_INTERNAL, r < 0 ? errno : 0, "the container's supervisor is gone");
}

/* Others than the init are in its PID name space before its program runs. */
static bool looked_at(const struct plan *p)
{
	return p->ns[PLAN_NS_PID].mode > PLAN_NS_NEW || hooks_any(p, PLAN_HOOK_CREATE_CONTAINER) || hooks_any(p, PLAN_HOOK_START_CONTAINER);
}

static int reserve_bundle(struct start *s, struct plan **draft, const char *policy, struct err *e)
{
	const struct authorize_how how = { .policy = policy };

	return context_proc(s->c, e) < 0 || context_containers(s->c, e) ||
	       (looked_at(*draft) && program_protect(s->c, e)) || take_draft(s, *draft, e) ||
	       authorize_run(s->c, draft, &how, &s->writer, &s->sealed, e) || prepare_filters(s, e) || take_place(s, e) ? -1 : 0;
}

int start_create(struct start *s, struct plan **draft, const char *policy, const struct launch_engine *engine, struct err *e)
{
	struct launch l = { .engine = engine };
	auto_close int socket = -1;
	pid_t ignored;

	if (reserve_bundle(s, draft, policy, e) || make(s, &l, &socket, &ignored, e) || wait_created(socket, e))
		return -1;
	s->started = true;
	return 0;
}

int start_run(struct start *s, struct plan **draft, const char *policy, const struct launch_engine *engine,
	      struct client_options *options, struct err *e)
{
	struct launch l = { .engine = engine };

	return reserve_bundle(s, draft, policy, e) ? -1 : launch(s, &l, options, e);
}

static void give_back(struct start *s)
{
	auto_strv struct strv groups = { 0 };
	struct err ignored;

	/* A supervisor that could not do it itself was killed. */
	if (cgroup_find(sealed_plan(s->sealed), &groups, &ignored) == 0 && groups.len &&
	    cgroup_kill(&groups, &ignored) == 0)
		(void)!cgroup_remove(&groups, &ignored);
	/* Its supervisor had the lock; whoever came after that may be removing it. */
	if (s->place.lock < 0)
		s->place.lock = container_lock(s->place.dir, &ignored);
	if (s->place.lock >= 0)
		(void)!container_remove(&s->c->store, s->id, NULL, &ignored);
}

void start_failed(struct start *s, const struct err *why)
{
	char uuid[UUID_TEXT + 1];
	struct err ignored;

	if (s->started)
		return;
	if (s->id[0])
		id_uuid(s->id, uuid);
	authorize_refused(s->c, &s->writer, s->op, s->name[0] ? s->name : NULL, s->id[0] ? uuid : NULL, why);
	if (s->reserved) {
		give_back(s);
		close_fd_auto(&s->place.lock);
	}
	/* Given with the decision, before the place: its name may have been another's. */
	if (s->sealed && sealed_plan(s->sealed)->ns[PLAN_NS_USER].mode != PLAN_NS_HOST)
		(void)!idranges_release(s->c->store.lib, s->id, &ignored);
	if (s->sealed)
		start_volumes_drop(s->c, sealed_plan(s->sealed));
	/* Of two that came at once with an engine's id the other has the pair. */
	if (s->c->selinux.enabled && s->sealed && (s->reserved || why->reason != ERR_EXISTS))
		(void)!category_pair_release(s->c, s->id, &ignored);
}

void start_done(struct start *s)
{
	audit_writer_close(&s->writer);
	sealed_free(s->sealed);
	seccomp_filters_done(&s->filters);
	free_ptr_auto(&s->request);
	container_place_done(&s->place);
	close_fd_auto(&s->mounted);
	close_fd_auto(&s->cidfile);
}

/* ---- a container that exists ---- */

static int read_request(const struct look *l, const struct start_how *how, struct plan **ret, struct err *e)
{
	auto_str struct str text = { 0 };
	auto_plan struct plan *draft = NULL;

	if (container_request_read(l->dir, &text, e)) {
		return e->reason != ERR_NOTFOUND ? -1 :
		       err_set(e, ERR_STATE, 0, "container %s was made by a version that did not keep its request: remove it and "
			       "run it anew", look_name(l));
	}
	if (plan_read(text.text, text.len, "request.json", &draft, e))
		return -1;
	/* It may have another name by now. */
	free(draft->name);
	draft->name = NULL;
	if (str_copy(look_name(l), &draft->name, e))
		return -1;
	draft->monitor.detach = !how->attach;
	if (request_cgroups(how->cgroups, &draft->cgroup_manager, e) || request_notify(how->sdnotify, &draft->monitor.notify, e) ||
	    request_stop_timeout(how->stop_timeout, &draft->monitor.stop_timeout, e))
		return -1;
	draft->process.preserve_fds = FIELD_NONE;	/* they were of who made it */
	if (how->cgroups && draft->cgroup_manager == PLAN_CGROUP_SPLIT) {
		/* The unit starts it again: what the monitor started would be no main process of it. */
		draft->monitor.restart = PLAN_RESTART_NO;
		draft->monitor.restart_max = FIELD_NONE;
	}
	*ret = take_ptr(&draft);
	return 0;
}

/* 1: there is nothing to do. */
static int may_start(struct context *c, const struct look *l, const struct start_how *how, struct err *e)
{
	if (!l->state.boot_id)
		return err_set(e, ERR_STATE, 0, "container %s was never made whole: remove it", look_name(l));
	if (l->state.bundle)
		return err_set(e, ERR_STATE, 0, "container %s is an engine's: `secctr-runtime start` starts it, once", look_name(l));
	if (how->by_monitor && (look_is_live(l) || !l->ended || container_is_stopped(l->dir)))
		return 1;
	if (l->state.status == CONTAINER_PAUSED)
		return err_set(e, ERR_STATE, 0, "container %s is paused: `secctr unpause` it", look_name(l));
	if (look_is_live(l))
		return how->attach ? err_set(e, ERR_STATE, 0, "container %s is running: `secctr attach` goes to it",
					     look_name(l)) : 1;
	if (l->state.remove && l->state.status != CONTAINER_CREATED)
		return err_set(e, ERR_STATE, 0, "container %s was started with --rm: it is being removed", look_name(l));
	/* Its own command comes through here from the monitor's process. */
	return how->by_monitor ? 0 : look_wait_monitor(c, l, l->state.status == CONTAINER_RESTARTING, e);
}

/* What a start that was killed left of its groups would be in the way. */
static int clear_remains(struct start *s, const struct look *l, struct err *e)
{
	auto_strv struct strv groups = { 0 };

	if (!container_plan_has_next(l->dir))
		return 0;
	if (cgroup_find(sealed_plan(s->sealed), &groups, e))
		return -1;
	return groups.len && (cgroup_kill(&groups, e) || cgroup_remove(&groups, e)) ? -1 : 0;
}

static int launch_again(struct start *s, struct look *l, const struct start_how *how, struct err *e)
{
	struct launch launch_it = { .dir = l->dir, .before = &l->state, .mounted = s->mounted < 0 ? NULL : &s->mounted };
	struct client_options options = how->client;
	bool well = l->ended && l->exit.finished - l->state.started >= LAUNCH_GOOD_RUN;

	if (how->by_monitor) {
		launch_it.restarts = l->state.restarts + 1;
		launch_it.restart_delay = well ? 0 : l->state.restart_delay * 2;
	}
	s->place.run = container_run_dir(&s->c->store, s->id, e);
	if (s->place.run < 0 || clear_remains(s, l, e) || container_plan_write_next(l->dir, sealed_text(s->sealed), e) ||
	    (!how->by_monitor && container_clear_stopped(l->dir, e)))
		return -1;
	options.detach = !how->attach;
	options.in &= sealed_plan(s->sealed)->monitor.interactive;
	return launch(s, &launch_it, &options, e);
}

static int again(struct start *s, struct look *l, const struct start_how *how, int *ret_status, struct err *e)
{
	auto_plan struct plan *draft = NULL;
	auto_free char *policy = NULL;
	struct authorize_how decide = { .again = true };
	int r;

	if (look_locked(s->c, l, &s->place.lock, e))
		return -1;
	r = may_start(s->c, l, how, e);
	if (r)
		return r;
	if (read_request(l, how, &draft, e) ||
	    (draft->ns[PLAN_NS_PID].mode > PLAN_NS_NEW && program_protect(s->c, e)) || take_draft(s, draft, e) || str_copy(draft->policy.name, &policy, e))
		return -1;
	decide.policy = policy;
	if (authorize_run(s->c, &draft, &decide, &s->writer, &s->sealed, e) || prepare_filters(s, e) ||
	    start_volumes_again(s->c, sealed_plan(s->sealed), e) ||
	    mounted_to_start(s->c, l, sealed_plan(s->sealed), &s->writer, &s->mounted, e))
		return -1;
	r = launch_again(s, l, how, e);
	if (r >= 0)
		*ret_status = r;
	return r < 0 ? -1 : 0;
}

int start_again(struct context *c, struct look *l, const struct start_how *how, int *ret_status, struct err *e)
{
	struct start s = START_INIT(c, how->op);
	int status = 0, r;

	memcpy(s.id, l->state.id, sizeof(s.id));
	snprintf(s.name, sizeof(s.name), "%s", look_name(l));
	r = again(&s, l, how, &status, e);
	/* That it was removed meanwhile is no refusal. */
	if (r < 0 && !s.started && (s.request || e->reason != ERR_NOTFOUND)) {
		char uuid[UUID_TEXT + 1];
		struct look now;
		struct err ignored;

		id_uuid(s.id, uuid);
		authorize_refused(c, &s.writer, how->op, s.name, uuid, e);
		/* If its supervisor was the one that failed, this ends and records what it left. */
		close_fd_auto(&s.place.lock);
		look_init(&now);
		(void)!look_at_id(c, s.id, &now, &ignored);
		look_done(&now);
	}
	start_done(&s);
	if (r >= 0 && ret_status)
		*ret_status = status;
	return r < 0 ? -1 : 0;
}
