/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_exec.c - secctr exec: one more process in a running container.
 *
 * Its login UID is that of the person who typed it, with an audit session of its own, whoever started the
 * container; its records are its own. It gets no more than the container's plan has.
 *
 * Without -t and -d we are its parent and copy its streams. With one of them a process of its own is (exec_watch.h), made by
 * a fork before anything of the command is: so it can outlive us, and its end is recorded whoever has gone by then.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "launcher/cli/authorize.h"
#include "launcher/cli/client.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/exec.h"
#include "launcher/cli/exec_records.h"
#include "launcher/cli/exec_watch.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/program.h"
#include "launcher/cli/terminal.h"
#include "selinux/label.h"

static const struct opt exec_opts[] = {
	{ .letter = 'i', .name = "interactive", .kind = OPT_FLAG, .offset = OPT_INTO(struct exec_request, interactive),
	  .help = "pass standard input on" },
	{ .letter = 't', .name = "tty", .kind = OPT_FLAG, .offset = OPT_INTO(struct exec_request, tty),
	  .help = "give the command a terminal" },
	{ .letter = 'd', .name = "detach", .kind = OPT_FLAG, .offset = OPT_INTO(struct exec_request, detach),
	  .help = "return when the command runs, and print an id for it" },
	{ .name = "detach-keys", .kind = OPT_TEXT, .offset = OPT_INTO(struct exec_request, detach_keys), .value = "KEYS",
	  .help = "keys that detach from a terminal (default ctrl-p,ctrl-q; \"\" for none)" },
	{ .letter = 'e', .name = "env", .kind = OPT_LIST, .offset = OPT_INTO(struct exec_request, env),
	  .value = "KEY[=VALUE]", .help = "set an environment variable; without a value, the caller's" },
	{ .name = "env-file", .kind = OPT_LIST, .offset = OPT_INTO(struct exec_request, env_files), .value = "FILE",
	  .help = "set the variables of a file, one KEY=VALUE a line", .complete = "file" },
	{ .letter = 'u', .name = "user", .kind = OPT_TEXT, .offset = OPT_INTO(struct exec_request, user),
	  .value = "USER[:GROUP]", .help = "user and group, by name or number" },
	{ .letter = 'w', .name = "workdir", .kind = OPT_TEXT, .offset = OPT_INTO(struct exec_request, workdir),
	  .value = "DIR", .help = "working directory inside the container" },
	LATEST_OPT(struct exec_request),
	/* Known, to be refused by name with what to do instead. */
	{ .name = "privileged", .kind = OPT_FLAG, .offset = OPT_INTO(struct exec_request, privileged), .hidden = true,
	  .help = "refused" },
	{ .name = "preserve-fds", .kind = OPT_TEXT, .offset = OPT_INTO(struct exec_request, preserve_fds), .value = "N",
	  .hidden = true, .help = "refused" },
	OPT_END
};
static const struct opt *const exec_tables[] = { exec_opts, NULL };

/* In our own process: it ends with the command, so its session belongs to it. */
static int take_identity(struct exec *x, struct err *e)
{
	bool own;

	if (x->c->who.auid == IDENTITY_UNSET)
		return err_set(e, ERR_IDENTITY, 0,
			       "no login UID: exec needs a person; log in (not su -, not a service) and try again");
	return identity_new_session(x->c->procfd, x->c->who.auid, &x->ses, &own, e);
}

/* Of our own, while standard input is still it. */
static struct winsize terminal_size_for(const struct exec *x)
{
	return x->r->tty ? terminal_size() : (struct winsize){ 0 };
}

static int join(struct exec *x, struct err *e)
{
	struct runtime_exec how = { .process = x->p, .pid = (pid_t)x->look.state.pid, .procfd = x->c->procfd,
				    .streams = { x->in[0], x->out[1], x->err[1] }, .filters = &x->filters,
				    .cgroup = &x->cgroup, .last = x->last };
	auto_close int pidfd = look_pidfd(x->c, &x->look, e);
	const struct winsize size = terminal_size_for(x);

	if (pidfd < 0)
		return -1;
	how.pidfd = pidfd;
	if (runtime_join(x->sealed, &how, &x->made, e))
		return -1;
	close_fd_auto(&x->in[0]);
	close_fd_auto(&x->out[1]);
	close_fd_auto(&x->err[1]);
	if (size.ws_row && ioctl(x->made.terminal, TIOCSWINSZ, &size))
		return err_set(e, ERR_SYSTEM, errno, "size of the terminal");
	return 0;
}

static struct exec_facts facts_of(const struct exec *x)
{
	return (struct exec_facts){
		.c = x->c, .reason = "cli", .vm = x->look.state.name, .uuid = x->uuid, .id = x->id, .process = &x->p->process,
		.pid = x->made.pid, .ses = x->ses, .require = sealed_plan(x->sealed)->audit.require,
	};
}

static int write_records(struct exec *x, struct err *e)
{
	const struct exec_facts f = facts_of(x);

	return exec_records_start(&f, &x->writer, e);
}

/* The gate, then the truth about what runs: person and label on the live process. */
static int open_gate(struct exec *x, struct err *e)
{
	if (runtime_open_gate(&x->made, e) ||
	    identity_check_live(x->c->procfd, x->made.pid, x->c->who.auid, x->ses, e))
		return -1;
	if (x->look.state.process_label &&
	    label_verify_live(x->c->procfd, x->made.pid, x->look.state.process_label, e))
		return -1;
	return 0;
}

static int open_writer(struct exec *x, bool require, struct err *e)
{
	struct err why;

	if (audit_writer_open(AUDIT_NEED_READBACK, x->c->procfd, &x->writer, &why) == 0)
		return 0;
	if (require) {
		*e = why;
		return -1;
	}
	fprintf(stderr, "secctr: warning: no audit record of this command: %s\n", why.text);
	return 0;
}

static int check_request(const struct exec *x, struct err *e)
{
	if (x->r->privileged)
		return err_set(e, ERR_POLICY, 0, "--privileged: no policy gives it; what the command needs, a policy can give to the "
			       "container: see `secctr policy explain`");
	if (x->r->preserve_fds && strcmp(x->r->preserve_fds, "0") != 0)
		return err_set(e, ERR_POLICY, 0, "--preserve-fds: no descriptor of the host enters a container; use -i, or a volume");
	return 0;
}

static int prepare(struct exec *x, const struct opt_list *operands, struct err *e)
{
	auto_close int pidfd = -1;
	const struct plan *p;

	if (check_request(x, e) || look_at(x->c, operands->item[0], &x->look, e))
		return -1;
	id_uuid(x->look.state.id, x->uuid);
	pidfd = look_pidfd(x->c, &x->look, e);
	if (pidfd < 0 || look_plan(&x->look, &x->sealed, e))
		return -1;
	p = sealed_plan(x->sealed);
	/* Before anything is recorded: it may begin again. */
	if (program_last(x->c, p, false, &x->last, e))
		return -1;
	if (context_who(x->c, e) || open_writer(x, p->audit.require, e))
		return -1;
	if (authorize_op(x->c, p, "exec", &x->writer, e) || exec_process(x, operands, e))
		return -1;
	if (seccomp_prepare(&p->seccomp, x->c->store.run, &x->filters, e) ||
	    cgroup_open(&x->look.state.cgroup_dirs, &x->cgroup, e) ||
	    (plan_writes_groups(p) && cgroup_follow(&x->cgroup, x->c->procfd, (pid_t)x->look.state.pid, e)))
		return -1;
	return 0;
}

static int start(struct exec *x, struct err *e)
{
	return take_identity(x, e) || exec_streams_make(x, e) || join(x, e) || write_records(x, e) || open_gate(x, e) ? -1 : 0;
}

/* The process that stays with the command, in the new one: all but the waiting. */
static int begin_watch(struct exec *x, struct exec_watch *w, struct err *e)
{
	/* Each process that writes records has a socket of its own to read them back from, and for one burst. */
	if (x->writer.fd >= 0) {
		audit_writer_close(&x->writer);
		if (audit_writer_open(AUDIT_NEED_READBACK, x->c->procfd, &x->writer, e))
			return -1;
	}
	/* Signals of the terminal are the client's to pass on. */
	if (setsid() < 0)
		return err_set(e, ERR_SYSTEM, errno, "setsid");
	if (start(x, e))
		return -1;
	audit_writer_close(&x->writer);
	w->pidfd = x->made.pidfd;
	w->terminal = x->made.terminal;
	w->out = x->out[0];
	w->err = x->err[0];
	return exec_watch_settle(w, (const int[2]){ x->c->procfd, -1 }, e);
}

static void NORETURN watch(void *arg, int client)
{
	struct exec *x = arg;
	static struct exec_watch w;
	struct exec_facts f;
	struct err e = { 0 };
	int status = 0, sig, code;

	w = (struct exec_watch){ .client = client, .interactive = x->r->interactive, .stays = x->r->detach };
	if (begin_watch(x, &w, &e)) {
		runtime_abandon(&x->made);
		(void)!frame_send(client, FRAME_FAILED, &e, sizeof(e), 1);
		_exit(125);
	}
	(void)!frame_send(client, FRAME_STARTED, NULL, 0, 1);
	(void)!exec_watch_run(&w, &e);
	while (waitpid(x->made.pid, &status, 0) < 0 && errno == EINTR)
		;
	sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	code = sig ? 128 + sig : WEXITSTATUS(status);
	/* It is over, recorded or not; its loss shows in the log's own sequence (secctr-audit(7)). */
	f = facts_of(x);
	(void)!exec_records_end(&f, code, sig, &e);
	exec_watch_finish(&w, code, sig);
	_exit(0);
}

/* With a process of its own beside it: we are its client, as of a monitor. */
static int run_watched(struct exec *x, struct err *e)
{
	struct client_options o = CLIENT_OPTIONS;
	struct client_result result = { 0 };
	auto_close int socket = -1;
	pid_t pid;

	o.detach = x->r->detach;
	o.terminal = x->r->tty;
	o.in = x->r->interactive;
	if (detach_keys_parse(x->r->detach_keys, &o.keys, e))
		return -1;
	if (x->r->tty && x->r->interactive)
		terminal_warn_if_none();
	if (id_new(x->id, e) || exec_watch_fork(watch, x, &pid, &socket, e))
		return -1;
	if (client_run(socket, &o, &result, e)) {
		x->started = result.started;
		return -1;
	}
	x->started = true;
	if (result.detached)
		fprintf(stderr, "secctr: detached from %s; the command goes on\n", x->look.state.name);
	if (x->r->detach)
		return printf("%s\n", x->id) < 0 || fflush(stdout) ? 125 : 0;
	if (!result.detached && !result.ended)
		return err_set(e, ERR_STATE, 0, "container %s: who watched the command is gone, how it ended is not known",
			       x->look.state.name);
	return result.status;
}

static int run(struct exec *x, const struct opt_list *operands, struct err *e)
{
	if (prepare(x, operands, e))
		return -1;
	if (x->r->tty || x->r->detach)
		return run_watched(x, e);
	return start(x, e) ? -1 : exec_relay(x, e);
}

static void close_pair(int pair[2])
{
	close_fd_auto(&pair[0]);
	close_fd_auto(&pair[1]);
}

static int cmd_exec_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	struct exec x = { .c = c, .r = request, .writer = AUDIT_WRITER_CLOSED, .cgroup = { .fd = -1 },
			  .made = RUNTIME_MADE_INIT, .in = { -1, -1 }, .out = { -1, -1 }, .err = { -1, -1 }, .last = -1 };
	auto_opt_list struct opt_list named = { 0 };
	auto_free char *id = NULL;
	int status;

	status = latest_in_front(c, x.r->latest, 1, &operands, &named, &id, e);
	if (status < 0 && e->reason == ERR_USAGE)
		return -1;
	look_init(&x.look);
	if (status == 0)
		status = run(&x, operands, e);
	if (status < 0) {
		runtime_abandon(&x.made);
		if (!x.started)
			authorize_refused(c, &x.writer, "exec", x.look.state.name,
					  x.uuid[0] ? x.uuid : NULL, e);
	}
	audit_writer_close(&x.writer);
	runtime_made_done(&x.made);
	seccomp_filters_done(&x.filters);
	cgroup_done(&x.cgroup);
	plan_free(x.p);
	sealed_free(x.sealed);
	look_done(&x.look);
	close_fd_auto(&x.last);
	close_pair(x.in);
	close_pair(x.out);
	close_pair(x.err);
	return status;
}

static void exec_request_done(void *request)
{
	struct exec_request *r = request;

	opt_list_done(&r->env);
	opt_list_done(&r->env_files);
}

const struct command cmd_exec = {
	.name = "exec", .operands = "CONTAINER COMMAND [ARG...]", .group = "Containers",
	.brief = "run a command in a running container",
	.mode = OPT_STOP, .tables = exec_tables, .request_size = sizeof(struct exec_request),
	.done = exec_request_done, .min_operands = 1, .max_operands = SIZE_MAX, .enters = true, .run = cmd_exec_main,
};
