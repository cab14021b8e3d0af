/* SPDX-License-Identifier: Apache-2.0 */
/* oci_program.c - global options of secctr-runtime, the search for a command, its errors. */
#include <fcntl.h>
#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/base/path.h"
#include "launcher/cli/main.h"
#include "launcher/cli/oci.h"
#include "launcher/cli/program.h"

#define INTO(field) OPT_INTO(struct oci, field)
static const struct opt global_opts[] = {
	{ .letter = 'h', .name = "help", .kind = OPT_FLAG, .offset = INTO(help), .help = "show this text" },
	{ .letter = 'v', .name = "version", .kind = OPT_FLAG, .offset = INTO(version), .help = "show the version" },
	{ .name = "root", .kind = OPT_TEXT, .offset = INTO(root), .value = "DIR", .help = "keep containers here instead of " OCI_ROOT,
	  .complete = "dir" },
	{ .name = "log", .kind = OPT_TEXT, .offset = INTO(log), .value = "FILE", .help = "write errors and warnings to this file too",
	  .complete = "file" },
	{ .name = "log-format", .kind = OPT_TEXT, .offset = INTO(log_format), .value = "FORMAT", .help = "of that file: text or json" },
	{ .name = "debug", .kind = OPT_FLAG, .offset = INTO(debug), .help = "accepted; there is nothing more to tell" },
	{ .name = "policy", .kind = OPT_TEXT, .offset = INTO(policy), .value = "NAME",
	  .help = "the policy that bounds the bundle instead of " OCI_POLICY, .complete = "policy" },
	{ .name = "cgroup-manager", .kind = OPT_TEXT, .offset = INTO(cgroup_manager), .value = "MANAGER",
	  .help = "cgroupfs, or systemd for scopes" },
	{ .name = "systemd-cgroup", .kind = OPT_FLAG, .offset = INTO(systemd_cgroup), .help = "a scope of systemd, as --cgroup-manager systemd" },
	{ .name = "rootless", .kind = OPT_TEXT, .offset = INTO(rootless), .value = "MODE", .help = "false or auto; true is refused" },
	{ .name = "criu", .kind = OPT_REFUSED, .value = "PATH", .help = "there is no checkpoint in this version" },
	OPT_END
};
static const struct opt *const tables[] = { global_opts, NULL };

const struct command *const oci_commands[] = {
	&oci_cmd_create, &oci_cmd_start, &oci_cmd_run, &oci_cmd_state, &oci_cmd_kill, &oci_cmd_delete, &oci_cmd_list, &oci_cmd_ps,
	&oci_cmd_exec, &oci_cmd_pause, &oci_cmd_resume, &oci_cmd_update, &oci_cmd_events, &oci_cmd_spec, &oci_cmd_features, NULL
};

/* What other runtimes have, and this version has not. */
static const struct {
	const char *name, *instead;
} refused[] = {
	{ "checkpoint", "there is no checkpoint in this version" },
	{ "restore", "there is no checkpoint in this version" },
};

/* The time as other runtimes write it, so that engines can read it. */
static void now_text(char *to, size_t n)
{
	struct timespec t;
	struct tm tm;
	size_t at;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	at = gmtime_r(&t.tv_sec, &tm) ? strftime(to, n, "%Y-%m-%dT%H:%M:%S", &tm) : 0;
	(void)snprintf(to + at, n - at, ".%09ldZ", t.tv_nsec);
}

bool oci_systemd(const struct oci *o)
{
	return o->systemd_cgroup || (o->cgroup_manager && strcmp(o->cgroup_manager, "systemd") == 0);
}

void oci_log(const struct oci *o, const char *level, const char *text)
{
	auto_close int fd = -1;
	auto_json json_t *j = NULL;
	auto_free char *line = NULL, *whole = NULL;
	char time_text[64];
	struct err ignored;

	if (!o->log)
		return;
	fd = open(o->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	now_text(time_text, sizeof(time_text));
	if (o->log_format && strcmp(o->log_format, "json") == 0) {
		j = json_pack("{s:s, s:s, s:s}", "level", level, "msg", text, "time", time_text);
		if (!j || json_line(j, &line, &ignored) || str_print(&whole, &ignored, "%s\n", line))
			return;
	} else if (str_print(&whole, &ignored, "time=\"%s\" level=%s msg=\"%s\"\n", time_text, level, text)) {
		return;
	}
	if (fd >= 0)
		(void)!io_write_all(fd, whole, strlen(whole), o->log, &ignored);
}

static int check_global(const struct oci *o, struct err *e)
{
	if (o->cgroup_manager && strcmp(o->cgroup_manager, "cgroupfs") != 0 && strcmp(o->cgroup_manager, "systemd") != 0)
		return err_set(e, ERR_USAGE, 0, "--cgroup-manager %.32s: cgroupfs or systemd", o->cgroup_manager);
	if (o->systemd_cgroup && o->cgroup_manager && strcmp(o->cgroup_manager, "systemd") != 0)
		return err_set(e, ERR_USAGE, 0, "--systemd-cgroup: with --cgroup-manager cgroupfs: one of the two");
	if (o->log_format && strcmp(o->log_format, "json") != 0 && strcmp(o->log_format, "text") != 0)
		return err_set(e, ERR_USAGE, 0, "--log-format %.32s: text or json", o->log_format);
	if (o->rootless && strcmp(o->rootless, "true") == 0)
		return err_set(e, ERR_USAGE, 0, "--rootless true: this version runs as root only");
	return 0;
}

/* Engines name a directory below one of theirs that need not be there yet. store_open() looks at all of them. */
static int make_root(const char *root, struct err *e)
{
	char path[4096];

	if (!path_is_canonical(root) || strlen(root) >= sizeof(path) - 8)
		return err_set(e, ERR_USAGE, 0, "--root %.128s: an absolute path without \".\", \"..\" and \"//\"", root);
	if (access(root, F_OK) == 0)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/run", root);
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return err_set(e, ERR_SYSTEM, errno, "--root %.128s", path);
		*slash = '/';
	}
	return 0;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; oci_commands[i]; i++)
		if (strcmp(oci_commands[i]->name, name) == 0)
			return oci_commands[i];
	return strcmp(name, oci_cmd_cleanup.name) == 0 ? &oci_cmd_cleanup : NULL;
}

static void print_help(void)
{
	printf("Usage: secctr-runtime [OPTIONS] COMMAND [...]\n\n"
	       "An OCI runtime: containers of an engine under a policy file, with an audit trail.\n\n");
	for (size_t i = 0; oci_commands[i]; i++)
		printf("  %-10s %s\n", oci_commands[i]->name, oci_commands[i]->brief);
	printf("\n");
	opt_print_help(stdout, tables, 80);
}

static int run_command(const struct command *cmd, struct context *c, int argc, const char *const argv[], struct err *e)
{
	const struct opt help_opts[] = { { .name = "help", .kind = OPT_FLAG, .offset = (uint16_t)cmd->request_size }, OPT_END };
	const struct opt *all[] = { cmd->tables ? cmd->tables[0] : help_opts, cmd->tables ? help_opts : NULL, NULL };
	auto_opt_list struct opt_list operands = { 0 };
	auto_free void *request = calloc(1, cmd->request_size + 1);
	int status;

	if (!request)
		return err_set(e, ERR_SYSTEM, ENOMEM, "%s", cmd->name);
	status = opt_parse(all, cmd->mode, argc, argv, request, &operands, e);
	if (status == 0 && ((const bool *)request)[cmd->request_size]) {
		printf("Usage: secctr-runtime %s [OPTIONS] %s\n\n%s.\n\n", cmd->name, cmd->operands ? cmd->operands : "", cmd->brief);
		opt_print_help(stdout, all, 80);
	} else if (status == 0 && (operands.len < cmd->min_operands || operands.len > cmd->max_operands)) {
		status = err_set(e, ERR_USAGE, 0, "usage: secctr-runtime %s [OPTIONS] %s", cmd->name, cmd->operands ? cmd->operands : "");
	} else if (status == 0) {
		status = cmd->run(c, request, &operands, e);
	}
	return status;
}

static int no_such_command(const char *name, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (strcmp(refused[i].name, name) == 0)
			return err_set(e, ERR_USAGE, 0, "%s is not in this version of secctr-runtime: %s", name, refused[i].instead);
	return err_set(e, ERR_USAGE, 0, "unknown command %.64s; try `secctr-runtime --help`", name);
}

static int dispatch(int argc, const char *const argv[], struct context *c, struct oci *o, char **runroot, struct err *e)
{
	auto_opt_list struct opt_list words = { 0 };
	const struct command *cmd;
	int at;

	if (opt_parse(tables, OPT_STOP, argc, argv, o, &words, e))
		return -1;
	if (o->version) {
		printf("secctr-runtime version %s\nspec: %s\n", SECCTR_VERSION, OCI_VERSION);
		return 0;
	}
	if (o->help || !words.len) {
		print_help();
		return o->help ? 0 : err_exit_status(ERR_USAGE);
	}
	cmd = find(words.item[0]);
	if (!cmd)
		return no_such_command(words.item[0], e);
	c->root = o->root ? o->root : OCI_ROOT;
	if (check_global(o, e) || str_print(runroot, e, "%s/run", c->root))
		return -1;
	c->runroot = *runroot;
	if (cmd->group && make_root(c->root, e))
		return -1;
	if (cmd->enters && program_guard(c, argv, e))
		return -1;
	at = argc - (int)words.len;
	return run_command(cmd, c, argc - at, argv + at, e);
}

int oci_main(int argc, const char *const argv[])
{
	struct oci o = { 0 };
	struct context c = { .procfd = -1, .store = STORE_INIT, .exe = "/usr/bin/secctr-runtime", .oci = &o };
	auto_free char *runroot = NULL;
	struct err e = { 0 };
	int status = cli_standard_streams(&e);

	(void)mallopt(M_TOP_PAD, 512 << 10);
	(void)mallopt(M_TRIM_THRESHOLD, 4 << 20);
	if (status == 0)
		status = dispatch(argc, argv, &c, &o, &runroot, &e);
	context_done(&c);
	if (status < 0) {
		fprintf(stderr, "secctr-runtime: %s\n", e.text);
		oci_log(&o, "error", e.text);
		return err_exit_status(e.reason);
	}
	if (fflush(stdout))
		return 125;
	return status;
}
