/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_attach.c - secctr attach: the streams of a running container.
 *
 * Who reads and types there acts as the container's processes do, so the policy's AllowExec= decides, as for exec; and
 * it is recorded before the first byte, because the processes carry the login UID of who started them.
 */
#include <stdio.h>
#include <string.h>

#include "launcher/cli/authorize.h"
#include "launcher/cli/client.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/look.h"

struct attach_request {
	bool no_stdin, latest;
	int sig_proxy;			/* TRI */
	const char *detach_keys;
};

static const struct opt attach_opts[] = {
	{ .name = "no-stdin", .kind = OPT_FLAG, .offset = OPT_INTO(struct attach_request, no_stdin),
	  .help = "do not pass standard input on" },
	{ .name = "detach-keys", .kind = OPT_TEXT, .offset = OPT_INTO(struct attach_request, detach_keys), .value = "KEYS",
	  .help = "keys that detach from a terminal (default ctrl-p,ctrl-q; \"\" for none)" },
	LATEST_OPT(struct attach_request),
	{ .name = "sig-proxy", .kind = OPT_TRI, .offset = OPT_INTO(struct attach_request, sig_proxy),
	  .help = "pass signals on to the container (the default)" },
	OPT_END
};
static const struct opt *const attach_tables[] = { attach_opts, NULL };

static int record(struct context *c, const struct look *l, const char *uuid, struct audit_writer *w, struct err *e)
{
	struct audit_record r;

	if (w->fd < 0)
		return 0;
	record_begin(&r, EV_ATTACH, "cli", l->state.name, uuid);
	record_u64(&r, "vm-pid", (uint64_t)l->state.monitor_pid);
	record_u64(&r, "own-ses", (uint64_t)l->state.ses);
	record_u64(&r, "from-ses", c->who.ses);
	if (record_end(&r, &c->origin, true, e) || audit_write(w, &r, NULL, e))
		return err_context(e, "the record of attaching");
	return 0;
}

struct attach {
	struct context *c;
	struct look look;
	struct audit_writer writer;
	char uuid[UUID_TEXT + 1];
	bool done;			/* it was attached: what fails now is no refusal */
};

static int attach(struct attach *a, const struct attach_request *r, const char *name, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	struct client_options o = CLIENT_OPTIONS;
	struct client_result result = { 0 };
	auto_close int pidfd = -1, socket = -1;
	const struct plan *p;

	if (detach_keys_parse(r->detach_keys, &o.keys, e) || look_at(a->c, name, &a->look, e))
		return -1;
	id_uuid(a->look.state.id, a->uuid);
	pidfd = look_pidfd(a->c, &a->look, e);
	if (pidfd < 0 || look_plan(&a->look, &sealed, e))
		return -1;
	p = sealed_plan(sealed);
	if (context_who(a->c, e) ||
	    (audit_writer_open(AUDIT_NEED_READBACK, a->c->procfd, &a->writer, e) && p->audit.require) ||
	    authorize_op(a->c, p, "exec", &a->writer, e))
		return -1;
	socket = look_connect(a->c, &a->look, e);
	if (socket < 0 || record(a->c, &a->look, a->uuid, &a->writer, e))
		return -1;
	audit_writer_close(&a->writer);
	o.terminal = p->process.terminal;
	o.in = !r->no_stdin;
	o.no_proxy = r->sig_proxy == 0;
	if (client_run(socket, &o, &result, e))
		return -1;
	a->done = true;
	if (result.detached)
		fprintf(stderr, "secctr: detached from %s\n", a->look.state.name);
	else if (!result.ended)
		return err_set(e, ERR_STATE, 0, "container %s: its monitor let go of us, or is gone", a->look.state.name);
	return result.status;
}

static void attach_prepare(void *request)
{
	((struct attach_request *)request)->sig_proxy = -1;
}

static int cmd_attach_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct attach_request *r = request;
	struct attach a = { .c = c, .writer = AUDIT_WRITER_CLOSED };
	auto_opt_list struct opt_list named = { 0 };
	auto_free char *id = NULL;
	int status;

	status = latest_in_front(c, r->latest, 0, &operands, &named, &id, e);
	if (status < 0 && e->reason == ERR_USAGE)
		return -1;
	look_init(&a.look);
	if (status == 0)
		status = attach(&a, r, operands->item[0], e);
	if (status < 0 && !a.done)
		authorize_refused(c, &a.writer, "attach", a.look.state.name, a.uuid[0] ? a.uuid : NULL, e);
	audit_writer_close(&a.writer);
	look_done(&a.look);
	return status;
}

const struct command cmd_attach = {
	.name = "attach", .operands = "CONTAINER", .group = "Containers",
	.brief = "attach to the streams of a running container",
	.mode = OPT_MIXED, .tables = attach_tables, .request_size = sizeof(struct attach_request), .prepare = attach_prepare,
	.max_operands = 1, .run = cmd_attach_main,
};
