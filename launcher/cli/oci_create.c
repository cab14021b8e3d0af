/* SPDX-License-Identifier: Apache-2.0 */
/* oci_create.c - secctr-runtime create, and run, which is create, start, and waiting for the end. */
#include <stdlib.h>

#include "launcher/cli/control.h"
#include "launcher/cli/launch.h"
#include "launcher/cli/number_file.h"
#include "launcher/cli/oci.h"
#include "launcher/cli/start.h"
#include "launcher/runtime/hooks.h"

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

/* A bundle on its way to a container. */
struct making {
	struct start start;
	struct bundle bundle;
	struct launch_engine engine;
	char *dir, *creating, *created, *stopped;
};

static void making_done(struct making *m)
{
	start_done(&m->start);
	bundle_done(&m->bundle);
	free(m->dir);
	free(m->creating);
	free(m->created);
	free(m->stopped);
}

static int read_bundle(struct making *m, const struct create_request *r, const char *id, struct err *e)
{
	struct context *c = m->start.c;
	const struct strv *notes;

	if (check_request(r, e) || oci_bundle_read(c, r->bundle, id, &m->bundle, &m->dir, e) ||
	    set_from_request(c->oci, r, m->bundle.plan, e))
		return -1;
	m->engine.console_socket = r->console_socket;
	m->engine.bundle = m->dir;
	m->engine.size.ws_row = (unsigned short)m->bundle.rows;
	m->engine.size.ws_col = (unsigned short)m->bundle.columns;
	if (!m->bundle.plan->hooks.len && !m->bundle.plan->seccomp.listener)
		return 0;
	notes = &m->bundle.plan->annotations;
	if (oci_hooks_state(id, m->dir, "creating", notes, &m->creating, e) || oci_hooks_state(id, m->dir, "created", notes, &m->created, e) ||
	    oci_hooks_state(id, m->dir, "stopped", notes, &m->stopped, e))
		return -1;
	m->engine.creating = m->creating;
	m->engine.created = m->created;
	m->engine.stopped = m->stopped;
	return 0;
}

static const char *policy_of(const struct context *c)
{
	return c->oci->policy ? c->oci->policy : OCI_POLICY;
}

static int create(struct context *c, const struct create_request *r, const char *id, struct err *e)
{
	AUTO(making_done) struct making m = { .start = START_INIT(c, "create") };

	if (read_bundle(&m, r, id, e) == 0 && start_create(&m.start, &m.bundle.plan, policy_of(c), &m.engine, e) == 0)
		return 0;
	start_failed(&m.start, e);
	return -1;
}

static int create_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	return create(c, request, operands->item[0], e);
}

static int create_and_start(struct context *c, const struct create_request *r, const char *id, struct err *e)
{
	auto_look struct look l;
	struct err ignored;

	look_init(&l);
	if (create(c, r, id, e) || oci_look(c, id, &l, e))
		return -1;
	if (oci_start(c, &l, e) == 0)
		return 0;
	(void)!oci_delete(c, &l, &ignored);
	return -1;
}

static int delete_it(struct context *c, const char *id, struct err *e)
{
	auto_look struct look l;

	look_init(&l);
	if (oci_look(c, id, &l, e))
		return e->reason == ERR_NOTFOUND ? 0 : -1;
	return oci_delete(c, &l, e);
}

static int on_start(void *arg, struct err *e)
{
	const struct making *m = arg;
	const struct plan *p = sealed_plan(m->start.sealed);
	auto_look struct look l;

	look_init(&l);
	if (!hooks_any(p, PLAN_HOOK_POSTSTART))
		return 0;
	return look_at_id(m->start.c, m->start.id, &l, e) || oci_hooks_poststart(m->start.c, &l, p, e) ? -1 : 0;
}

/* One decision, one burst of records, one process fewer than with create and start. */
static int run_foreground(struct context *c, const struct create_request *r, const char *id, struct err *e)
{
	AUTO(making_done) struct making m = { .start = START_INIT(c, "create"), .engine = { .foreground = true } };
	struct client_options options = { .on_start = on_start, .arg = &m };
	struct err ignored;
	bool hooked = false;
	int status = read_bundle(&m, r, id, e);

	if (status == 0) {
		/* Hooks of its end come after its removal, which takes what the store has of it. */
		hooked = m.bundle.plan->hooks.len;
		m.bundle.plan->monitor.detach = false;
		m.bundle.plan->monitor.remove = !r->keep && !hooked;
		status = start_run(&m.start, &m.bundle.plan, policy_of(c), &m.engine, &options, e);
	}
	if (status >= 0)
		return hooked && !r->keep && delete_it(c, id, e) ? -1 : status;
	if (m.start.started)
		(void)!delete_it(c, id, &ignored);
	else
		start_failed(&m.start, e);
	return -1;
}

static int run_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct create_request *r = request;

	return (r->detach ? create_and_start : run_foreground)(c, r, operands->item[0], e);
}

/* Of a `run` that is gone. Called with our own id. */
static int cleanup_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_look struct look l;

	(void)request;
	look_init(&l);
	if (look_at_id(c, operands->item[0], &l, e) ||
	    control_remove(c, &l, &(const struct removal){ .reason = "cleanup", .allowed = true }, e))
		return e->reason == ERR_NOTFOUND ? 0 : -1;
	return 0;
}

const struct command oci_cmd_cleanup = {
	.name = "cleanup", .operands = "ID", .group = "Containers", .brief = "remove a container of `run` that has ended",
	.mode = OPT_MIXED, .request_size = 0, .min_operands = 1, .max_operands = 1, .run = cleanup_main,
};
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
