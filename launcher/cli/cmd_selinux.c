/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_selinux.c - secctr selinux status and install. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/base/json.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/output.h"
#include "selinux/label.h"
#include "selinux/ledger.h"

#define MODULE "/usr/share/secctr/selinux/secctr.cil"

struct selinux_request {
	const char *format;
};

static const struct opt selinux_opts[] = {
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct selinux_request, format), .value = "json",
	  .help = "json instead of text" },
	OPT_END
};
static const struct opt *const selinux_tables[] = { selinux_opts, NULL };

struct facts {
	bool module, confined;
	char self[LABEL_MAX];
	size_t live, retained;
};

static int gather(struct context *c, struct facts *f, struct err *e)
{
	struct ledger_list pairs = { 0 };
	char text[LABEL_MAX];
	struct err why;

	if (context_selinux(c, e) || context_proc(c, e) < 0)
		return -1;
	if (c->selinux.enabled) {
		f->module = label_process(LABEL_TYPE_CONTAINER, c->selinux.mls ? LABEL_LEVEL_SHARED : NULL, text, &why) == 0 &&
			    label_check(text, NULL, &why) == 0;
		if (label_of_self(c->procfd, f->self, e))
			return -1;
		f->confined = strstr(f->self, ":" LABEL_TYPE_LAUNCHER ":") != NULL;
	}
	if (geteuid() != 0)
		return 0;
	if (context_store(c, e) || ledger_read(c->store.lib, &pairs, e))
		return -1;
	for (size_t i = 0; i < pairs.len; i++)
		*(pairs.item[i].released ? &f->retained : &f->live) += 1;
	ledger_list_done(&pairs);
	return 0;
}

static int cmd_status_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	auto_json json_t *j = NULL;
	struct facts f = { 0 };
	bool json;

	(void)operands;
	if (output_format(((struct selinux_request *)request)->format, &json, e) || gather(c, &f, e))
		return -1;
	if (json) {
		j = json_pack("{s:b, s:b, s:s, s:b, s:s, s:b, s:I, s:I}", "Enabled", c->selinux.enabled, "Enforcing",
			      c->selinux.enforcing, "Policy", c->selinux.policy, "Module", f.module, "Self", f.self,
			      "Confined", f.confined, "PairsLive", (json_int_t)f.live, "PairsRetained", (json_int_t)f.retained);
		if (!j || output_json(j, e))
			return -1;
	} else {
		printf("SELinux: %s%s%s\n",
		       !c->selinux.enabled ? "not in this kernel or disabled" : c->selinux.enforcing ? "enforcing" : "permissive",
		       c->selinux.policy[0] ? ", policy " : "", c->selinux.policy);
		if (c->selinux.enabled) {
			printf("module: %s\n", f.module ? "loaded" : "not loaded: run `secctr selinux install`");
			printf("launcher: %s%s\n", f.self, f.confined ? "" : " (not " LABEL_TYPE_LAUNCHER ")");
		}
		printf("category pairs: %zu in use, %zu retained\n", f.live, f.retained);
	}
	return c->selinux.enabled && !(f.module && f.confined) ? 1 : 0;
}

/* The tools of the distribution do it: they own the policy store. */
static int run_tool(const char *const argv[], struct err *e)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "fork");
	if (pid == 0) {
		execve(argv[0], (char *const *)argv, (char *[]){ (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL });
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, ERR_SYSTEM, errno, "waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return err_set(e, ERR_NOTFOUND, 0, "%s cannot be run (package policycoreutils)", argv[0]);
	if (WEXITSTATUS(status))
		return err_set(e, ERR_SYSTEM, 0, "%s failed with status %d", argv[0], WEXITSTATUS(status));
	return 0;
}

static int cmd_install_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	static const char *const semodule[] = { "/usr/sbin/semodule", "-i", MODULE, NULL };
	static const char *const restorecon[] = { "/usr/sbin/restorecon", "-RF", "/usr/bin/secctr", "/usr/libexec/secctr",
						  "/usr/share/secctr", "/etc/secctr", "/var/lib/secctr", "/run/secctr", NULL };

	struct facts f = { 0 };

	(void)request;
	(void)operands;
	if (gather(c, &f, e))
		return -1;
	if (!c->selinux.enabled)
		return err_set(e, ERR_LABEL, 0, "SELinux is not enabled on this host; nothing was installed");
	/* Said here, because the denial of an exec looks like a tool that is missing. */
	if (f.confined && c->selinux.enforcing)
		return err_set(e, ERR_STATE, 0, "the module is loaded, and lets no program of secctr change policies; "
			       "an upgrade is: semodule -i " MODULE);
	if (context_store(c, e) || run_tool(semodule, e) || run_tool(restorecon, e))
		return -1;
	printf("secctr's SELinux module is loaded and its files are labelled\n");
	return 0;
}

const struct command cmd_selinux_status = {
	.name = "selinux status", .group = "SELinux", .brief = "mode, module, own domain and category pairs",
	.mode = OPT_MIXED, .tables = selinux_tables, .request_size = sizeof(struct selinux_request), .run = cmd_status_main,
};
const struct command cmd_selinux_install = {
	.name = "selinux install", .group = "SELinux", .brief = "load the policy module and label secctr's files",
	.mode = OPT_MIXED, .run = cmd_install_main,
};
