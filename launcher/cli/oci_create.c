/* SPDX-License-Identifier: Apache-2.0 */
/* oci_create.c - secctr-runtime create, and run, which is create, start, and waiting for the end. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "launcher/base/proc.h"
#include "launcher/cli/launch.h"
#include "launcher/cli/number_file.h"
#include "launcher/cli/oci.h"
#include "launcher/cli/start.h"

struct create_request {
	const char *bundle, *config, *pid_file, *console_socket, *preserve_fds;
	bool no_pivot, no_new_keyring, detach, keep, no_subreaper;
};

#define INTO(field) OPT_INTO(struct create_request, field)
#define CREATE_OPTS											\
	{ .letter = 'b', .name = "bundle", .kind = OPT_TEXT, .offset = INTO(bundle), .value = "DIR",	\
	  .help = "the bundle (default: the working directory)", .complete = "dir" },			\
	{ .letter = 'f', .name = "config", .kind = OPT_TEXT, .offset = INTO(config), .value = "FILE", .hidden = true,	\
	  .help = "refused: config.json of the bundle is read" },					\
	{ .name = "pid-file", .kind = OPT_TEXT, .offset = INTO(pid_file), .value = "FILE",		\
	  .help = "write the PID of the container's first process there", .complete = "file" },		\
	{ .name = "console-socket", .kind = OPT_TEXT, .offset = INTO(console_socket), .value = "SOCKET",	\
	  .help = "send the terminal's master there", .complete = "file" },				\
	{ .name = "preserve-fds", .kind = OPT_TEXT, .offset = INTO(preserve_fds), .value = "N",		\
	  .help = "hand N descriptors from 3 on in, if the policy has PreserveFDs=" },			\
	{ .name = "no-pivot", .kind = OPT_FLAG, .offset = INTO(no_pivot), .hidden = true, .help = "refused" },	\
	{ .name = "no-new-keyring", .kind = OPT_FLAG, .offset = INTO(no_new_keyring), .hidden = true, .help = "refused" }

static const struct opt create_opts[] = { CREATE_OPTS, OPT_END };
static const struct opt *const create_tables_[] = { create_opts, NULL };
static const struct opt run_opts_[] = {
	CREATE_OPTS,
	{ .letter = 'd', .name = "detach", .kind = OPT_FLAG, .offset = INTO(detach), .help = "return when the program runs" },
	{ .name = "keep", .kind = OPT_FLAG, .offset = INTO(keep), .help = "do not delete the container at its end" },
	{ .name = "no-subreaper", .kind = OPT_FLAG, .offset = INTO(no_subreaper), .help = "accepted: this program never is one" },
	OPT_END
};
static const struct opt *const run_tables_[] = { run_opts_, NULL };

static int check_request(const struct create_request *r, struct err *e)
{
	if (r->no_pivot)
		return err_set(e, ERR_USAGE, 0, "--no-pivot: without pivot_root the host's root stays in reach; mount the root file system's "
			       "parent as something else than a ramfs");
	if (r->no_new_keyring)
		return err_set(e, ERR_USAGE, 0, "--no-new-keyring: the caller's keys do not go in");
	if (r->config)
		return err_set(e, ERR_USAGE, 0, "--config: this version reads config.json of the bundle; name that with --bundle");
	return 0;
}

static int set_terminal(const struct create_request *r, const struct plan *p, struct err *e)
{
	if (p->process.terminal && !r->console_socket)
		return err_set(e, ERR_USAGE, 0, "config.json: process.terminal: needs --console-socket, where the terminal goes");
	if (!p->process.terminal && r->console_socket)
		return err_set(e, ERR_USAGE, 0, "--console-socket: process.terminal of config.json is false");
	return 0;
}

/* Engines give the path in the driver's own form; one without the other would put the container elsewhere than they look. */
static int set_manager(const struct oci *o, struct plan *p, struct err *e)
{
	bool scope = p->cgroup_manager == PLAN_CGROUP_SYSTEMD;

	if (scope && !oci_systemd(o))
		return err_set(e, ERR_USAGE, 0, "config.json: linux.cgroupsPath: SLICE:PREFIX:NAME is for systemd's driver: --systemd-cgroup "
			       "(SystemdCgroup=true of containerd)");
	if (!scope && oci_systemd(o) && p->resources.cgroup_name)
		return err_set(e, ERR_USAGE, 0, "--systemd-cgroup: linux.cgroupsPath of config.json is a path, not SLICE:PREFIX:NAME");
	p->cgroup_manager = oci_systemd(o) ? PLAN_CGROUP_SYSTEMD : PLAN_CGROUPFS;
	return 0;
}

static int set_from_request(const struct oci *o, const struct create_request *r, struct plan *p, struct err *e)
{
	uint64_t fds = 0;

	if (set_manager(o, p, e))
		return -1;
	p->monitor.detach = true;
	p->monitor.log_driver = PLAN_LOG_NONE;
	if (r->preserve_fds && str_to_u64(r->preserve_fds, 0, PLAN_PRESERVE_MAX, "--preserve-fds", &fds, e))
		return -1;
	if (fds)
		p->process.preserve_fds = (int64_t)fds;
	if (r->pid_file && pidfile_path(r->pid_file, &p->monitor.pid_file, e))
		return -1;
	return set_terminal(r, p, e);
}

static int make(struct start *s, const struct create_request *r, const char *id, struct err *e)
{
	auto_bundle struct bundle b = { 0 };
	auto_free char *dir = NULL, *creating = NULL, *created = NULL, *stopped = NULL;
	struct launch_engine engine = { .console_socket = r->console_socket };
	struct winsize size = { 0 };

	(void)snprintf(s->name, sizeof(s->name), "%s", "");
	if (check_request(r, e) || oci_bundle_read(s->c, r->bundle, id, &b, &dir, e) || set_from_request(s->c->oci, r, b.plan, e))
		return -1;
	engine.bundle = dir;
	if (b.plan->hooks.len || b.plan->seccomp.listener) {
		const struct strv *notes = &b.plan->annotations;

		if (oci_hooks_state(id, dir, "creating", notes, &creating, e) || oci_hooks_state(id, dir, "created", notes, &created, e) ||
		    oci_hooks_state(id, dir, "stopped", notes, &stopped, e))
			return -1;
		engine.creating = creating;
		engine.created = created;
		engine.stopped = stopped;
	}
	size.ws_row = (unsigned short)b.rows;
	size.ws_col = (unsigned short)b.columns;
	return start_create(s, &b.plan, s->c->oci->policy ? s->c->oci->policy : OCI_POLICY, &engine, b.rows ? &size : NULL, e);
}

static int create(struct context *c, const struct create_request *r, const char *id, struct err *e)
{
	struct start s = START_INIT(c, "create");
	int status = make(&s, r, id, e);

	if (status)
		start_failed(&s, e);
	start_done(&s);
	return status;
}

static int create_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	return create(c, request, operands->item[0], e);
}

/* Its parent is whoever is ours, or we are: the init is a sibling of who made it, which was our child. */
static int wait_end(const struct look *l, int *ret_status, struct err *e)
{
	auto_close int pidfd = -1;
	struct err ignored;
	sigset_t set;
	int status;

	(void)sigemptyset(&set);
	for (const int *sig = (const int[]){ SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD, 0 }; *sig; sig++)
		(void)sigaddset(&set, *sig);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	pidfd = proc_pidfd((pid_t)l->state.pid, e);
	if (pidfd < 0)
		return -1;
	for (;;) {
		pid_t got = waitpid((pid_t)l->state.pid, &status, WNOHANG);
		int sig;

		if (got == (pid_t)l->state.pid)
			break;
		if (got < 0 && errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "waiting for the container's first process");
		sig = sigwaitinfo(&set, NULL);
		if (sig > 0 && sig != SIGCHLD)
			(void)!proc_signal(pidfd, sig, &ignored);
	}
	*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

static int run_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct create_request *r = request;
	auto_look struct look l;
	struct err ignored;
	int status = 0;

	look_init(&l);
	if (create(c, r, operands->item[0], e) || oci_look(c, operands->item[0], &l, e))
		return -1;
	if (oci_start(c, &l, e)) {
		(void)!oci_delete(c, &l, &ignored);
		return -1;
	}
	if (r->detach)
		return 0;
	if (wait_end(&l, &status, e))
		return -1;
	return !r->keep && oci_delete(c, &l, e) ? -1 : status;
}

const struct command oci_cmd_create = {
	.name = "create", .operands = "ID", .group = "Containers", .brief = "make a container from a bundle; start runs it",
	.mode = OPT_MIXED, .tables = create_tables_, .request_size = sizeof(struct create_request),
	.min_operands = 1, .max_operands = 1, .enters = true, .run = create_main,
};
const struct command oci_cmd_run = {
	.name = "run", .operands = "ID", .group = "Containers", .brief = "create and start a container, wait for its end and delete it",
	.mode = OPT_MIXED, .tables = run_tables_, .request_size = sizeof(struct create_request),
	.min_operands = 1, .max_operands = 1, .enters = true, .run = run_main,
};
