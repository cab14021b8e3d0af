/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_run.c - secctr run. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launcher/base/ids.h"
#include "launcher/base/path.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/client.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/control.h"
#include "launcher/cli/launch.h"
#include "launcher/cli/run_request.h"
#include "launcher/cli/terminal.h"
#include "launcher/runtime/cgroup.h"
#include "launcher/store/container.h"
#include "launcher/store/images.h"
#include "selinux/ledger.h"

/* What a start has taken so far, to give back when it fails. */
struct start {
	struct context *c;
	struct audit_writer writer;
	struct sealed_plan *sealed;
	struct seccomp_filters filters;
	char id[ID_HEX + 1], name[NAME_MAX_LEN + 1];	/* for the refusal, when the plan is gone */
	bool reserved;
	bool started;		/* from here on a failure is not the container's */
	int dir, run_dir;
	int lock;		/* of the container, from here to the monitor: who looks meanwhile sees "creating" */
};

static void give_back(struct start *s)
{
	auto_strv struct strv groups = { 0 };
	struct err ignored;

	/* A supervisor that could not do it itself was killed. */
	if (s->reserved && cgroup_find(sealed_plan(s->sealed), &groups, &ignored) == 0 && groups.len &&
	    cgroup_kill(&groups, &ignored) == 0)
		(void)!cgroup_remove(&groups, &ignored);
	if (s->reserved)
		(void)!container_remove(&s->c->store, s->id, s->name, &ignored);
	if (s->c->selinux.enabled && s->sealed)
		(void)!ledger_release(s->c->store.lib, s->id, &ignored);
}

static void start_done(struct start *s)
{
	audit_writer_close(&s->writer);
	sealed_free(s->sealed);
	seccomp_filters_done(&s->filters);
	close_fd_auto(&s->dir);
	close_fd_auto(&s->run_dir);
	close_fd_auto(&s->lock);
}

static int prepare_filters(struct start *s, struct err *e)
{
	const struct plan *p = sealed_plan(s->sealed);
	auto_close int cache = path_make_private_dir(s->c->store.run, "seccomp", 0700, e);

	if (cache < 0)
		return -1;
	return seccomp_prepare(&p->seccomp, cache, &s->filters, e);
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

static int reserve(struct start *s, struct err *e)
{
	auto_close int image = -1;

	if (hold_image(s, &image, e) ||
	    container_reserve(&s->c->store, s->id, s->name, &s->dir, &s->run_dir, e))
		return -1;
	s->reserved = true;
	s->lock = container_lock(s->dir, e);
	if (s->lock < 0)
		return -1;
	return container_plan_write(s->dir, sealed_text(s->sealed), e);
}

static int started(struct start *s, const struct plan *p, const struct client_result *r, struct err *e)
{
	if (r->detached)
		fprintf(stderr, "secctr: detached from %s\n", s->name);
	else if (!p->monitor.detach && !r->ended)
		return err_set(e, ERR_STATE, 0, "container %s: its monitor is gone, how it ended is not known", s->name);
	if (!p->monitor.detach)
		return r->status;
	printf("%s\n", s->id);
	return fflush(stdout) ? 125 : 0;
}

/*
 * The container's own monitor would do it by a command of its own. If this fails the monitor tries that: the socket's
 * end of file without a word tells it.
 */
static void remove_ended(struct start *s, int socket)
{
	auto_look struct look l;
	struct err ignored;

	look_init(&l);
	if (look_at_id(s->c, s->id, &l, &ignored) == 0 && control_remove(s->c, &l, "cleanup", true, &ignored) == 0)
		client_removed(socket);
}

static int client_options(const struct run_request *r, struct client_options *ret, struct err *e)
{
	ret->detach = r->detach;
	ret->remove = r->remove;
	ret->terminal = r->tty;
	ret->in = r->interactive;
	ret->no_proxy = r->sig_proxy == 0;
	if (r->detach && r->attach.len)
		return err_set(e, ERR_USAGE, 0, "--attach and --detach: one of the two");
	return client_attach_only(&r->attach, ret, e) || detach_keys_parse(r->detach_keys, &ret->keys, e) ? -1 : 0;
}

static int run(struct start *s, const struct run_request *r, const struct opt_list *operands, struct err *e)
{
	auto_plan struct plan *draft = NULL;
	struct client_options options = CLIENT_OPTIONS;
	struct client_result result = { 0 };
	struct launch launch = { .c = s->c, .filters = &s->filters, .writer = &s->writer };
	auto_close int socket = -1;
	const struct plan *p;

	if (context_proc(s->c, e) < 0 || context_store(s->c, e) ||
	    client_options(r, &options, e) || request_plan(r, operands, &s->c->store, &draft, e))
		return -1;
	memcpy(s->id, draft->id, sizeof(s->id));
	snprintf(s->name, sizeof(s->name), "%s", draft->name);
	if (authorize_run(s->c, &draft, r->policy, &s->writer, &s->sealed, e) || prepare_filters(s, e) ||
	    reserve(s, e))
		return -1;
	p = sealed_plan(s->sealed);
	launch.sealed = s->sealed;
	launch.dir = s->dir;
	launch.run_dir = s->run_dir;
	if (p->monitor.detach || (isatty(STDERR_FILENO) && isatty(STDOUT_FILENO) && p->monitor.interactive))
		options.announce = s->name;
	if (r->tty)
		launch.size = terminal_size();
	if (r->tty && r->interactive)
		terminal_warn_if_none();
	if (launch_container(&launch, &socket, e))
		return -1;
	/* The supervisor's alone now: the lock ends with it or with its exec, and no reader of the log stays behind. */
	close_fd_auto(&s->lock);
	audit_writer_close(&s->writer);
	if (client_run(socket, &options, &result, e)) {
		s->started = result.started;
		return -1;
	}
	s->started = true;
	if (result.ended && p->monitor.remove)
		remove_ended(s, socket);
	return started(s, p, &result, e);
}

static int cmd_run_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	struct start s = { .c = c, .writer = AUDIT_WRITER_CLOSED, .dir = -1, .run_dir = -1, .lock = -1 };
	char uuid[UUID_TEXT + 1];
	int status = run(&s, request, operands, e);

	if (status < 0 && !s.started) {
		if (s.id[0])
			id_uuid(s.id, uuid);
		authorize_refused(c, &s.writer, "start", s.name[0] ? s.name : NULL, s.id[0] ? uuid : NULL, e);
		give_back(&s);
	}
	start_done(&s);
	return status;
}

const struct command cmd_run = {
	.name = "run", .operands = "IMAGE|DIR [COMMAND [ARG...]]", .group = "Containers",
	.brief = "make a container and run a command in it",
	.mode = OPT_STOP, .tables = run_tables, .request_size = sizeof(struct run_request),
	.prepare = run_request_prepare, .done = run_request_done,
	.min_operands = 1, .max_operands = SIZE_MAX, .enters = true, .run = cmd_run_main,
};
