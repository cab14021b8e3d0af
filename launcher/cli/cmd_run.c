/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_run.c - secctr run and secctr create. */
#include <stdio.h>

#include "launcher/cli/client.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/run_request.h"
#include "launcher/cli/start.h"
#include "launcher/cli/terminal.h"
#include "launcher/cli/unit_start.h"

static int print_id(const struct start *s)
{
	printf("%s\n", s->id);
	return fflush(stdout) ? 125 : 0;
}

static int client_options(const struct run_request *r, struct client_options *ret, struct err *e)
{
	ret->detach = r->detach;
	ret->in = r->interactive;
	ret->no_proxy = r->sig_proxy == 0;
	if (r->detach && r->attach.len)
		return err_set(e, ERR_USAGE, 0, "--attach and --detach: one of the two");
	return client_attach_only(&r->attach, ret, e) || detach_keys_parse(r->detach_keys, &ret->keys, e) ? -1 : 0;
}

/* --pull: before anything is reserved, as it may take long. */
static int get_image(struct context *c, const struct run_request *r, const struct opt_list *operands, struct err *e)
{
	return r->rootfs ? 0 : pull_for_run(c, &r->how, r->pull, operands->item[0], e);
}

static int run(struct start *s, const struct run_request *r, const struct opt_list *operands, struct err *e)
{
	struct client_options options = CLIENT_OPTIONS;
	int status;

	if (client_options(r, &options, e) || (r->detach && unit_start_split(s->c, r->sdnotify, e)) ||
	    get_image(s->c, r, operands, e) || start_reserve(s, r, operands, e))
		return -1;
	if (r->tty && r->interactive)
		terminal_warn_if_none();
	status = start_go(s, &options, e);
	return status == 0 && r->detach ? print_id(s) : status;
}

static int cmd_run_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	struct start s = START_INIT(c, "start");
	int status = run(&s, request, operands, e);

	if (status < 0)
		start_failed(&s, e);
	start_done(&s);
	return status;
}

static int create(struct start *s, const struct run_request *r, const struct opt_list *operands, struct err *e)
{
	struct client_options options = CLIENT_OPTIONS;

	return client_options(r, &options, e) || get_image(s->c, r, operands, e) || start_reserve(s, r, operands, e) || start_keep(s, e) ? -1 : print_id(s);
}

static int cmd_create_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	struct start s = START_INIT(c, "create");
	int status = create(&s, request, operands, e);

	if (status < 0)
		start_failed(&s, e);
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

const struct command cmd_create = {
	.name = "create", .operands = "IMAGE|DIR [COMMAND [ARG...]]", .group = "Containers",
	.brief = "make a container without running it",
	.mode = OPT_STOP, .tables = create_tables, .request_size = sizeof(struct run_request),
	.prepare = run_request_prepare, .done = run_request_done,
	.min_operands = 1, .max_operands = SIZE_MAX, .run = cmd_create_main,
};
