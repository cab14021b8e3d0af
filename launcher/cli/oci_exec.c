/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_exec.c - secctr-runtime exec: one more process in a container that runs, for an engine.
 *
 * With --detach the engine reaps it: a watcher (a fork of ours) makes it as its sibling, stays with it, and records its end. Otherwise
 * we do all that ourselves. What it may have is decided as for a start (authorize_process()).
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/base/proc.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/console.h"
#include "launcher/cli/exec_records.h"
#include "launcher/cli/exec_watch.h"
#include "launcher/cli/number_file.h"
#include "launcher/cli/oci.h"
#include "launcher/cli/program.h"
#include "launcher/plan/caps.h"
#include "launcher/plan/idmap.h"
#include "launcher/runtime/container.h"
#include "selinux/label.h"

enum { REAP_MS = 1000, ID_MAX = UINT32_MAX - 1 };

struct exec_request {
	const char *process, *console_socket, *pid_file, *cwd, *preserve_fds, *user;
	struct opt_list env, caps, gids;
	bool tty, detach, no_new_privs;
};

#define INTO(field) OPT_INTO(struct exec_request, field)
static const struct opt exec_opts[] = {
	{ .letter = 'p', .name = "process", .kind = OPT_TEXT, .offset = INTO(process), .value = "FILE",
	  .help = "what to run, as config.json has it below \"process\"", .complete = "file" },
	{ .letter = 'd', .name = "detach", .kind = OPT_FLAG, .offset = INTO(detach), .help = "return when it runs" },
	{ .letter = 't', .name = "tty", .kind = OPT_FLAG, .offset = INTO(tty), .help = "give it a terminal; needs --console-socket" },
	{ .name = "console-socket", .kind = OPT_TEXT, .offset = INTO(console_socket), .value = "SOCKET",
	  .help = "send the terminal's master there", .complete = "file" },
	{ .name = "pid-file", .kind = OPT_TEXT, .offset = INTO(pid_file), .value = "FILE", .help = "write its PID there", .complete = "file" },
	{ .name = "cwd", .kind = OPT_TEXT, .offset = INTO(cwd), .value = "DIR", .help = "without --process: its working directory" },
	{ .letter = 'e', .name = "env", .kind = OPT_LIST, .offset = INTO(env), .value = "KEY=VALUE",
	  .help = "without --process: set a variable" },
	{ .letter = 'u', .name = "user", .kind = OPT_TEXT, .offset = INTO(user), .value = "UID[:GID]",
	  .help = "without --process: as this user, without further groups" },
	{ .letter = 'g', .name = "additional-gids", .kind = OPT_LIST, .offset = INTO(gids), .value = "GID",
	  .help = "without --process: a further group" },
	{ .letter = 'c', .name = "cap", .kind = OPT_LIST, .offset = INTO(caps), .value = "CAP", .help = "without --process: a further capability" },
	{ .name = "no-new-privs", .kind = OPT_FLAG, .offset = INTO(no_new_privs), .help = "without --process: no new privileges" },
	{ .name = "preserve-fds", .kind = OPT_TEXT, .offset = INTO(preserve_fds), .value = "N",
	  .help = "hand N descriptors from 3 on in, if the policy has PreserveFDs=" },
	OPT_END
};
static const struct opt *const exec_tables[] = { exec_opts, NULL };

struct exec {
	struct context *c;
	const struct exec_request *r;
	struct look look;
	struct sealed_plan *container, *decided;
	struct audit_writer writer;
	struct seccomp_filters filters;
	struct cgroup cgroup;
	struct runtime_made made;
	struct winsize size;
	char *pid_file;
	uint32_t auid, ses;
	int last;			/* secctr-exec on a read-only mount, or -1 (runtime/container.h) */
	char uuid[UUID_TEXT + 1], id[ID_HEX + 1];
};

static const struct plan *process_of(const struct exec *x)
{
	return sealed_plan(x->decided);
}

/* ---- what is asked for ---- */

static bool has_words(const struct exec_request *r)
{
	return r->cwd || r->env.len || r->user || r->gids.len || r->caps.len || r->no_new_privs;
}

static int check_request(const struct exec_request *r, const struct opt_list *operands, struct err *e)
{
	if (r->process && (operands->len > 1 || has_words(r)))
		return err_set(e, ERR_USAGE, 0, "exec: --process says it all: no command, and no option about the process, beside it");
	if (!r->process && operands->len < 2)
		return err_set(e, ERR_USAGE, 0, "exec: needs --process, or a command");
	return 0;
}

static int read_document(const char *path, struct bundle *b, struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	auto_str struct str text = { 0 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "--process %.200s", path);
	return io_read_regular(fd, &st, JSON_BYTES_MAX, path, &text, e) ||
	       bundle_read_process(text.text ? text.text : "", text.len, "process.json", b, e) ? -1 : 0;
}

static int add_number(struct strv *to, const char *text, const char *option, struct err *e)
{
	auto_free char *number = NULL;
	uint64_t n;

	return str_to_u64(text, 0, ID_MAX, option, &n, e) || str_print(&number, e, "%llu", (unsigned long long)n) || strv_add(to, number, e) ? -1 : 0;
}

/* Numbers only: which name is whose the image says, and who reads that for it has to read it as the image's programs do. */
static int read_user(const struct exec_request *r, struct plan_user *u, struct err *e)
{
	const char *colon = r->user ? strchr(r->user, ':') : NULL;
	auto_free char *uid = NULL;
	uint64_t n = 0;

	if (r->user) {
		if (str_print(&uid, e, "%.*s", colon ? (int)(colon - r->user) : (int)strlen(r->user), r->user) ||
		    str_to_u64(uid, 0, ID_MAX, "exec --user", &n, e))
			return -1;
		u->uid = (int64_t)n;
		n = 0;
		if (colon && str_to_u64(colon + 1, 0, ID_MAX, "exec --user", &n, e))
			return -1;
		u->gid = (int64_t)n;
		strv_done(&u->groups);
	}
	for (size_t i = 0; i < r->gids.len; i++)
		if (add_number(&u->groups, r->gids.item[i], "exec --additional-gids", e))
			return -1;
	return 0;
}

/* In all sets that count, as crun: who is not root would have nothing of it otherwise. */
static int read_caps(const struct exec_request *r, struct plan_process *p, struct err *e)
{
	struct strv *sets[] = { &p->cap_bound, &p->cap_effective, &p->cap_ambient };

	for (size_t i = 0; i < r->caps.len; i++) {
		if (caps_bit(r->caps.item[i]) < 0)
			return err_set(e, ERR_INPUT, 0, "exec --cap: %.64s is no capability", r->caps.item[i]);
		for (size_t k = 0; k < ARRAY_LEN(sets); k++)
			if (!strv_has(sets[k], r->caps.item[i]) && strv_add(sets[k], r->caps.item[i], e))
				return -1;
	}
	return 0;
}

/* The container's own process, with another command. */
static int read_words(const struct exec *x, const struct opt_list *operands, struct plan_process *p, struct err *e)
{
	strv_done(&p->argv);
	for (size_t i = 1; i < operands->len; i++)
		if (strv_add(&p->argv, operands->item[i], e))
			return -1;
	for (size_t i = 0; i < x->r->env.len; i++)
		if (strv_set_env(&p->env, x->r->env.item[i], e))
			return -1;
	p->terminal = x->r->tty;
	if (read_user(x->r, &p->user, e) || read_caps(x->r, p, e))
		return -1;
	if (x->r->no_new_privs)
		p->no_new_privs = 1;
	if (!x->r->cwd)
		return 0;
	free(p->cwd);
	p->cwd = NULL;
	return str_copy(x->r->cwd, &p->cwd, e);
}

/* The caller's own: what we open ourselves is close-on-exec from birth, and an inherited descriptor is not. */
static int set_preserved(const struct exec_request *r, struct plan_process *p, struct err *e)
{
	uint64_t n = 0;

	if (r->preserve_fds && str_to_u64(r->preserve_fds, 0, PLAN_PRESERVE_MAX, "exec --preserve-fds", &n, e))
		return -1;
	p->preserve_fds = n ? (int64_t)n : FIELD_NONE;
	for (int fd = 3; fd < 3 + (int)n; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags < 0 || flags & FD_CLOEXEC)
			return err_set(e, ERR_USAGE, 0, "exec --preserve-fds %llu: descriptor %d is not open", (unsigned long long)n, fd);
	}
	return 0;
}

/* A further process has the container's label, which an engine may name. */
static int check_label(const struct exec *x, const char *asked, struct err *e)
{
	const char *is = x->look.state.process_label;
	char canonical[LABEL_MAX];

	if (!asked)
		return 0;
	if (!is)
		return err_set(e, ERR_LABEL, 0, "process.json: selinuxLabel: the container has no label");
	if (label_check(asked, canonical, e))
		return err_context(e, "process.json: selinuxLabel");
	return strcmp(canonical, is) == 0 ? 0 : err_set(e, ERR_LABEL, 0, "process.json: selinuxLabel: %.128s is not the container's, %.128s", asked, is);
}

/* The container's plan with the process that is asked for in the place of its own. */
static int make_plan(struct exec *x, const struct opt_list *operands, struct plan **ret, struct err *e)
{
	auto_bundle struct bundle b = { 0 };
	auto_plan struct plan *p = NULL;
	struct plan_process own;

	if (plan_copy(sealed_plan(x->container), &p, e))
		return -1;
	if (!x->r->process) {
		if (read_words(x, operands, &p->process, e))
			return -1;
	} else {
		if (read_document(x->r->process, &b, e))
			return -1;
		if (check_label(x, b.plan->selinux.process_label, e))
			return -1;
		/* They change places: bundle_done() frees what the container's was. */
		own = p->process;
		p->process = b.plan->process;
		b.plan->process = own;
		for (size_t i = 0; i < b.plan->ignored.len; i++)
			oci_log(x->c->oci, "warning", b.plan->ignored.item[i]);
		x->size.ws_row = (unsigned short)b.rows;
		x->size.ws_col = (unsigned short)b.columns;
		p->process.terminal |= x->r->tty;
	}
	if (set_preserved(x->r, &p->process, e))
		return -1;
	if (p->process.terminal != !!x->r->console_socket)
		return err_set(e, ERR_USAGE, 0, p->process.terminal ? "exec: a terminal needs --console-socket, where it goes" :
			       "exec --console-socket: without --tty, and \"terminal\" of the process is false");
	if (plan_check(p, e))
		return -1;
	*ret = take_ptr(&p);
	return 0;
}

static int open_writer(struct exec *x, struct err *e)
{
	struct err why;

	if (audit_writer_open(AUDIT_NEED_READBACK, x->c->procfd, &x->writer, &why) == 0)
		return 0;
	if (!sealed_plan(x->container)->audit.require)
		return 0;
	*e = why;
	return -1;
}

static int prepare(struct exec *x, const struct opt_list *operands, struct err *e)
{
	auto_plan struct plan *asked = NULL;
	auto_close int pidfd = -1;

	if (check_request(x->r, operands, e) || oci_look(x->c, operands->item[0], &x->look, e))
		return -1;
	id_uuid(x->look.state.id, x->uuid);
	if (x->look.state.status != CONTAINER_RUNNING || x->look.over)
		return err_set(e, ERR_STATE, 0, "container not running: %.64s is %s", oci_id(&x->look.state), oci_status(&x->look));
	/* Before anything is recorded: it may begin again. */
	if (look_plan(&x->look, &x->container, e) ||
	    program_last(x->c, sealed_plan(x->container), x->r->preserve_fds, &x->last, e) || context_who(x->c, e) || open_writer(x, e) ||
	    authorize_op(x->c, sealed_plan(x->container), "exec", &x->writer, e) || make_plan(x, operands, &asked, e) ||
	    authorize_process(x->c, &asked, &x->writer, &x->auid, &x->decided, e) ||
	    seccomp_prepare(&process_of(x)->seccomp, x->c->store.run, &x->filters, e) ||
	    cgroup_open(&x->look.state.cgroup_dirs, &x->cgroup, e) ||
	    (plan_writes_groups(sealed_plan(x->container)) && cgroup_follow(&x->cgroup, x->c->procfd, (pid_t)x->look.state.pid, e)) ||
	    id_new(x->id, e))
		return -1;
	return x->r->pid_file ? pidfile_path(x->r->pid_file, &x->pid_file, e) : 0;
}

/* ---- the watcher ---- */

static struct exec_facts facts_of(const struct exec *x)
{
	return (struct exec_facts){
		.c = x->c, .reason = "oci", .vm = x->look.state.name, .uuid = x->uuid, .id = x->id, .process = &process_of(x)->process,
		.pid = x->made.pid, .ses = x->ses, .require = sealed_plan(x->container)->audit.require,
	};
}

/* Pipes of the engine, which the command's user may open again. */
static int own_streams(const struct exec *x, struct err *e)
{
	const struct plan *p = process_of(x);
	int64_t uid = idmap_host(&p->uid_map, p->process.user.uid), gid = idmap_host(&p->gid_map, p->process.user.gid);

	if (uid < 0 || gid < 0)
		return err_set(e, ERR_INPUT, 0, "process.json: user %lld:%lld: not in the container's map of ids",
			       (long long)p->process.user.uid, (long long)p->process.user.gid);
	for (int fd = STDIN_FILENO; (uid || gid) && !p->process.terminal && fd <= STDERR_FILENO; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && fchown(fd, (uid_t)uid, (gid_t)gid))
			return err_set(e, ERR_SYSTEM, errno, "owner of the standard streams");
	}
	return 0;
}

static int join(struct exec *x, struct err *e)
{
	struct runtime_exec how = { .process = process_of(x), .pid = (pid_t)x->look.state.pid, .procfd = x->c->procfd, .sibling = x->r->detach,
				    .outlives = true, .last = x->last,
				    .streams = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO }, .filters = &x->filters,
				    .cgroup = &x->cgroup };
	const struct container_state *st = &x->look.state;
	auto_close int pidfd = look_pidfd(x->c, &x->look, e);
	auto_free char *state = NULL;

	if (pidfd < 0 || (process_of(x)->seccomp.listener &&
			  oci_hooks_state(oci_id(st), st->bundle ? st->bundle : "", "running", &st->annotations, &state, e)))
		return -1;
	how.state = state;
	how.pidfd = pidfd;
	if (runtime_join(x->container, &how, &x->made, e))
		return -1;
	if (x->made.terminal < 0)
		return 0;
	if (x->size.ws_row && ioctl(x->made.terminal, TIOCSWINSZ, &x->size))
		return err_set(e, ERR_SYSTEM, errno, "size of the terminal");
	return console_send(x->r->console_socket, x->made.terminal, e);
}

static int begin(struct exec *x, struct err *e)
{
	struct exec_facts f;
	bool own;

	if (identity_new_session(x->c->procfd, x->auid, &x->ses, &own, e) || own_streams(x, e) || join(x, e))
		return -1;
	f = facts_of(x);
	if (exec_records_start(&f, &x->writer, e) || (x->pid_file && pidfile_write(x->pid_file, x->made.pid, e)) ||
	    runtime_open_gate(&x->made, e))
		return -1;
	return 0;
}

/* The number is checked while it cannot be another's: the engine reaps a command that was quick. */
static int check(const struct exec *x, struct err *e)
{
	const char *label = x->look.state.process_label;
	struct err gone;

	if (identity_check_live(x->c->procfd, x->made.pid, x->auid, x->ses, e) == 0 &&
	    (!label || label_verify_live(x->c->procfd, x->made.pid, label, e) == 0))
		return 0;
	return proc_signal(x->made.pidfd, 0, &gone) && gone.reason == ERR_STATE ? 0 : -1;
}

/* The number is checked while it cannot be another's: see check(). */
static int start_it(struct exec *x, struct err *e)
{
	if (begin(x, e) || check(x, e)) {
		runtime_abandon(&x->made);
		return -1;
	}
	audit_writer_close(&x->writer);
	close_fd_auto(&x->made.terminal);
	return 0;
}

/* 0: the first has recorded the end; 1: it was killed. */
static int wait_first(int told)
{
	ssize_t n;
	char done;

	do {
		n = read(told, &done, 1);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : 1;
}

/*
 * One that is killed must not take the record of the command's end along: a second waits for the first's word or its end. Returns
 * in both; *ret_pipe: the first's end, or the second's.
 */
static bool fork_second(int *ret_pipe)
{
	int pair[2];
	pid_t pid;

	*ret_pipe = -1;
	if (pipe2(pair, O_CLOEXEC))
		return false;
	pid = fork();
	*ret_pipe = pair[pid == 0 ? 0 : 1];
	(void)close(pair[pid == 0 ? 1 : 0]);
	return pid == 0;
}

/* The first to its end, and then its record; the second, if the first comes to nothing. */
static void NORETURN watch_on(const struct exec *x, int told, bool second)
{
	static struct exec_watch w;
	const struct exec_facts f = facts_of(x);
	int status, code = 255, sig = 0;
	struct err e;

	w = (struct exec_watch){ .client = -1, .terminal = -1, .out = -1, .err = -1, .stays = true, .pidfd = x->made.pidfd };
	if (exec_watch_settle(&w, (const int[2]){ x->c->procfd, told }, &e) == 0) {
		/* Signals that are meant for all of a session's processes are the first's. */
		if (second && wait_first(told) == 0)
			_exit(0);
		(void)!exec_watch_run(&w, &e);
	}
	if (proc_exit_status(w.pidfd, REAP_MS, &status) == 0) {
		sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		code = sig ? 128 + sig : WEXITSTATUS(status);
	}
	(void)!exec_records_end(&f, code, sig, &e);
	if (!second)
		(void)!write(told, "D", 1);
	_exit(0);
}

static int open_own_writer(struct exec *x, struct err *e)
{
	/* Each process that writes records has a socket of its own to read them back from. */
	if (x->writer.fd < 0)
		return 0;
	audit_writer_close(&x->writer);
	return audit_writer_open(AUDIT_NEED_READBACK, x->c->procfd, &x->writer, e);
}

static void NORETURN watch(void *arg, int client)
{
	struct exec *x = arg;
	struct err e = { 0 };
	bool second;
	int told;

	if (open_own_writer(x, &e) || (setsid() < 0 && err_set(&e, ERR_SYSTEM, errno, "setsid")) || start_it(x, &e)) {
		(void)!frame_send(client, FRAME_FAILED, &e, sizeof(e), 1);
		_exit(125);
	}
	(void)!frame_send(client, FRAME_STARTED, &x->made.pid, sizeof(x->made.pid), 1);
	(void)close(client);
	second = fork_second(&told);
	watch_on(x, told, second);
}

/* ---- the command that was called ---- */

static int started(int socket, struct err *e)
{
	enum frame_type type;
	union {
		struct err failed;
		char room[FRAME_DATA_MAX];
	} from;
	size_t n = sizeof(from);
	int r = frame_recv(socket, &type, &from, &n, 1);

	if (r == 1 && type == FRAME_STARTED)
		return 0;
	if (r == 1 && type == FRAME_FAILED && n == sizeof(from.failed)) {
		*e = from.failed;
		return -1;
	}
	return err_set(e, ERR_INTERNAL, r < 0 ? errno : 0, "exec: its watcher is gone");
}

static int run_detached(struct exec *x, struct err *e)
{
	auto_close int socket = -1;
	pid_t watcher;

	return exec_watch_fork(watch, x, &watcher, &socket, e) || started(socket, e) ? -1 : 0;
}

/* We are its parent and its first watcher. Who kills us leaves it, and the second. */
static int run_here(struct exec *x, struct err *e)
{
	struct exec_facts f;
	int status, sig, code, told;
	struct err unsaid;

	if (start_it(x, e))
		return -1;
	if (fork_second(&told)) {
		(void)setsid();
		watch_on(x, told, true);
	}
	while (waitpid(x->made.pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "waiting for the command");
	sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	code = sig ? 128 + sig : WEXITSTATUS(status);
	f = facts_of(x);
	(void)!exec_records_end(&f, code, sig, &unsaid);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)!write(told, "D", 1);
	return code;
}

static void exec_request_done(struct exec_request *r)
{
	opt_list_done(&r->env);
	opt_list_done(&r->caps);
	opt_list_done(&r->gids);
}

static int exec_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	struct exec x = { .c = c, .r = request, .last = -1, .writer = AUDIT_WRITER_CLOSED, .cgroup = CGROUP_INIT, .made = RUNTIME_MADE_INIT };
	int status;

	look_init(&x.look);
	status = prepare(&x, operands, e) ? -1 : x.r->detach ? run_detached(&x, e) : run_here(&x, e);
	if (status < 0 && e->reason != ERR_NOTFOUND)
		authorize_refused(c, &x.writer, "exec", x.look.state.name, x.uuid[0] ? x.uuid : NULL, e);
	audit_writer_close(&x.writer);
	seccomp_filters_done(&x.filters);
	cgroup_done(&x.cgroup);
	sealed_free(x.decided);
	sealed_free(x.container);
	free(x.pid_file);
	close_fd_auto(&x.last);
	look_done(&x.look);
	exec_request_done(request);
	return status;
}

const struct command oci_cmd_exec = {
	.name = "exec", .operands = "ID [COMMAND [ARG...]]", .group = "Containers", .brief = "run one more process in a container that runs",
	.mode = OPT_STOP, .tables = exec_tables, .request_size = sizeof(struct exec_request), .min_operands = 1, .max_operands = SIZE_MAX,
	.enters = true, .run = exec_main,
};
