/* SPDX-License-Identifier: Apache-2.0 */
/* exec_process.c - the process of `exec`: the container's plan, and what the request changes in it. */
#include <stdio.h>

#include "launcher/cli/authorize.h"
#include "launcher/cli/env_file.h"
#include "launcher/cli/exec.h"
#include "launcher/cli/user_lookup.h"

static bool has_group(const struct plan_user *u, uint32_t gid)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", gid);
	return u->gid == gid || strv_has(&u->groups, text);
}

static int change_user(struct exec *x, struct err *e)
{
	struct plan_process *p = &x->p->process;
	int64_t before = p->user.uid;
	auto_free char *home = NULL;

	if (!x->r->user)
		return 0;
	if (!*x->r->user)
		return err_set(e, ERR_INPUT, 0, "--user is empty");
	strv_done(&p->user.groups);
	free(p->user.home);
	p->user.home = NULL;
	if (user_lookup(&x->c->store, &x->p->root, x->r->user, &p->user, e))
		return err_context(e, "--user");
	/* Another user than the plan's would have capabilities nobody decided about. */
	if (p->user.uid != before && p->user.uid == 0)
		return err_set(e, ERR_POLICY, 0, "--user %.64s: user 0, and the container's plan runs as user %lld (process.user)",
			       x->r->user, (long long)before);
	if (p->user.gid == 0 && !has_group(&sealed_plan(x->sealed)->process.user, 0))
		return err_set(e, ERR_POLICY, 0, "--user %.32s: group 0: the container's plan does not have it "
			       "(process.user); name a group: UID:GID", x->r->user);
	if (p->user.uid != before) {
		strv_done(&p->cap_effective);
		strv_done(&p->cap_ambient);
	}
	if (str_print(&home, e, "HOME=%s", p->user.home) || strv_set_env(&p->env, home, e))
		return -1;
	return authorize_user(x->p, e);
}

static int change_env(struct exec *x, struct err *e)
{
	struct strv *env = &x->p->process.env;

	if (x->r->tty && !strv_env(env, "TERM") && strv_set_env(env, "TERM=xterm", e))
		return -1;
	for (size_t i = 0; i < x->r->env_files.len; i++)
		if (env_file_read("--env-file", x->r->env_files.item[i], env, env_set, e))
			return -1;
	for (size_t i = 0; i < x->r->env.len; i++)
		if (env_set(env, x->r->env.item[i], e))
			return -1;
	return 0;
}

int exec_process(struct exec *x, const struct opt_list *operands, struct err *e)
{
	struct plan_process *p;

	if (plan_copy(sealed_plan(x->sealed), &x->p, e))
		return -1;
	p = &x->p->process;
	strv_done(&p->argv);
	for (size_t i = 1; i < operands->len; i++)
		if (strv_add(&p->argv, operands->item[i], e))
			return -1;
	p->terminal = x->r->tty;
	p->preserve_fds = FIELD_NONE;	/* what the start was handed is not this command's */
	if (x->r->workdir) {
		free(p->cwd);
		p->cwd = NULL;
		if (str_copy(x->r->workdir, &p->cwd, e))
			return -1;
	}
	return change_user(x, e) || change_env(x, e) || plan_check(x->p, e) ? -1 : 0;
}
