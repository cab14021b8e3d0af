/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_port.c - secctr port and container exists: short questions about a container. */
#include <stdio.h>
#include <string.h>

#include "launcher/cli/commands.h"
#include "launcher/cli/latest.h"
#include "launcher/cli/look.h"

struct port_request {
	bool all, latest;
};

static const struct opt port_opts[] = {
	{ .letter = 'a', .name = "all", .kind = OPT_FLAG, .offset = OPT_INTO(struct port_request, all), .help = "of every container" },
	{ .letter = 'l', .name = "latest", .kind = OPT_FLAG, .offset = OPT_INTO(struct port_request, latest),
	  .help = "the container that was made last" },
	OPT_END
};
static const struct opt *const port_tables[] = { port_opts, NULL };

/* No network of a container here publishes ports, so the list is empty; a port that is asked for by number is an error. */
static int cmd_port_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct port_request *r = request;
	static const struct opt_list none = { 0 };
	auto_opt_list struct opt_list latest = { 0 };
	auto_free char *id = NULL;
	auto_look struct look l;
	size_t named = !r->all && !r->latest;

	look_init(&l);
	if (r->all && (r->latest || operands->len))
		return err_set(e, ERR_USAGE, 0, "--all excludes --latest and containers by name");
	if (operands->len < named || operands->len > named + 1)
		return err_set(e, ERR_USAGE, 0, "name a container, or give --latest or --all");
	if (r->latest && latest_container(c, &none, &latest, &id, e))
		return -1;
	if (!r->all && look_at(c, r->latest ? id : operands->item[0], &l, e))
		return -1;
	if (operands->len > named)
		return err_set(e, ERR_NOTFOUND, 0, "port %.32s of container %s is not published: no network here publishes ports",
			       operands->item[named], l.state.name);
	return 0;
}

/* 0: yes; 1: no; as podman-container-exists(1). */
static int cmd_exists_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	char id[ID_HEX + 1];
	struct err why = { 0 };

	(void)request;
	if (context_store(c, e))
		return -1;
	if (container_resolve(&c->store, operands->item[0], id, &why) == 0)
		return 0;
	if (why.reason == ERR_NOTFOUND)
		return 1;
	*e = why;
	return -1;
}

const struct command cmd_port = {
	.name = "port", .operands = "[CONTAINER] [PORT]", .group = "Containers", .brief = "show the published ports of a container",
	.mode = OPT_MIXED, .tables = port_tables, .request_size = sizeof(struct port_request), .max_operands = 2,
	.run = cmd_port_main,
};
const struct command cmd_container_exists = {
	.name = "container exists", .operands = "CONTAINER", .group = "Containers",
	.brief = "say by the exit status whether there is such a container",
	.mode = OPT_MIXED, .min_operands = 1, .max_operands = 1, .run = cmd_exists_main,
};
