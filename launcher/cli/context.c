/* SPDX-License-Identifier: Apache-2.0 */
/* context.c - what commands share, opened on first use. */
#include <stdlib.h>
#include <sys/auxv.h>

#include "launcher/base/proc.h"
#include "launcher/cli/command.h"
#include "policy/policy.h"

void context_done(struct context *c)
{
	policy_set_free(c->policies);
	free(c->named);
	c->policies = NULL;
	c->named = NULL;
}

int context_proc(struct context *c, struct err *e)
{
	if (c->procfd < 0 && proc_private(&c->procfd, e))
		return -1;
	return c->procfd;
}

int context_boot_id(struct context *c, const char **ret, struct err *e)
{
	if (!c->boot_id[0] && (context_proc(c, e) < 0 || proc_boot_id(c->procfd, c->boot_id, e)))
		return -1;
	*ret = c->boot_id;
	return 0;
}

int context_containers(struct context *c, struct err *e)
{
	if (c->store_open)
		return 0;
	if (getauxval(AT_EUID) != 0)
		return err_set(e, ERR_USAGE, 0, "this needs root: try sudo (rootless containers are not supported by this version)");
	if (store_open(c->root, c->runroot, &c->store, e))
		return -1;
	c->store_open = true;
	return 0;
}

int context_store(struct context *c, struct err *e)
{
	return context_containers(c, e) || store_open_images(&c->store, e) ? -1 : 0;
}

int context_who(struct context *c, struct err *e)
{
	if (c->who_known)
		return 0;
	if (context_proc(c, e) < 0 || identity_read(c->procfd, &c->who, e))
		return -1;
	identity_origin(&c->who, c->exe ? c->exe : "/usr/bin/secctr", &c->origin);
	c->who_known = true;
	return 0;
}

int context_denied(struct context *c, const char *instead, struct err *e)
{
	struct err unused, was = *e;

	/* Nothing else keeps root from a file. */
	if (e->sys == EACCES && context_selinux(c, &unused) == 0 && c->selinux.enforcing)
		return err_set(e, was.reason, 0, "%.250s: SELinux keeps secctr to the files of administrators (secctr_source_type, "
			       "secctr_target_type); %s", was.text, instead);
	return -1;
}

int context_selinux(struct context *c, struct err *e)
{
	if (c->selinux_known)
		return 0;
	if (selinux_status_read(&c->selinux, e))
		return -1;
	c->selinux_known = true;
	return 0;
}
