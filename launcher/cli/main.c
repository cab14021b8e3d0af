/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - global options, the search for a command, help. */
#include "launcher/cli/main.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "launcher/cli/command.h"
#include "launcher/cli/program.h"

struct global_request {
	const char *root, *runroot;
	bool help, version;
};

static const struct opt global_opts[] = {
	{ .letter = 'h', .name = "help", .kind = OPT_FLAG, .offset = OPT_INTO(struct global_request, help),
	  .help = "show this text" },
	{ .letter = 'v', .name = "version", .kind = OPT_FLAG, .offset = OPT_INTO(struct global_request, version),
	  .help = "show the version" },
	{ .name = "root", .kind = OPT_TEXT, .offset = OPT_INTO(struct global_request, root), .value = "DIR",
	  .help = "keep containers and images here instead of " STORE_ROOT, .complete = "dir" },
	{ .name = "runroot", .kind = OPT_TEXT, .offset = OPT_INTO(struct global_request, runroot), .value = "DIR",
	  .help = "keep sockets and caches here instead of " STORE_RUNROOT, .complete = "dir" },
	OPT_END
};
const struct opt *const global_tables[] = { global_opts, NULL };

static unsigned width(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40 ? w.ws_col : 80;
}

static void print_group(const char *group)
{
	printf("\n%s:\n", group);
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->group && strcmp(commands[i]->group, group) == 0)
			printf("  %-16s %s\n", commands[i]->name, commands[i]->brief);
}

static void print_help(void)
{
	printf("Usage: secctr [OPTIONS] COMMAND [...]\n\n"
	       "Runs containers under policy files and leaves an audit trail of who started what.\n");
	for (size_t i = 0; commands[i]; i++) {
		size_t k = 0;

		while (commands[i]->group && k < i &&
		       !(commands[k]->group && strcmp(commands[k]->group, commands[i]->group) == 0))
			k++;
		if (commands[i]->group && k == i)
			print_group(commands[i]->group);
	}
	printf("\n");
	opt_print_help(stdout, global_tables, width());
	printf("\n`secctr COMMAND --help` explains a command; secctr(1) is the manual.\n");
}

static void print_command_help(const struct command *cmd)
{
	printf("Usage: secctr %s %s%s\n\n%c%s.\n", cmd->name, cmd->tables ? "[OPTIONS] " : "",
	       cmd->operands ? cmd->operands : "", cmd->brief[0] - ('a' <= cmd->brief[0] && cmd->brief[0] <= 'z' ? 32 : 0),
	       cmd->brief + 1);
	if (cmd->tables) {
		printf("\n");
		opt_print_help(stdout, cmd->tables, width());
	}
}

/* A name of two words takes two operands: "policy check". */
static const struct command *find(const char *const words[], size_t n, size_t *ret_used)
{
	for (size_t i = 0; commands[i]; i++) {
		const char *blank = strchr(commands[i]->name, ' ');
		size_t first = blank ? (size_t)(blank - commands[i]->name) : strlen(commands[i]->name);

		if (strlen(words[0]) != first || memcmp(words[0], commands[i]->name, first) != 0)
			continue;
		if (blank && (n < 2 || strcmp(words[1], blank + 1) != 0))
			continue;
		*ret_used = blank ? 2 : 1;
		return commands[i];
	}
	return NULL;
}

static int no_such_command(const char *const words[], size_t n, struct err *e)
{
	const char *near = NULL;
	unsigned best = 3;
	char text[128];

	for (size_t i = 0; commands[i]; i++) {
		const char *name = commands[i]->name;
		size_t len = strlen(words[0]);
		unsigned d;

		if (strncmp(name, words[0], len) == 0 && name[len] == ' ')
			return err_set(e, ERR_USAGE, 0, "%s: %s; try `secctr help`", words[0],
				       n > 1 ? "no such sub-command" : "needs a sub-command");
		d = opt_distance(words[0], name);
		if (commands[i]->group && d < best) {
			best = d;
			near = name;
		}
	}
	snprintf(text, sizeof(text), near ? "; did you mean %s?" : "; try `secctr help`", near);
	return err_set(e, ERR_USAGE, 0, "unknown command %.64s%s", words[0], text);
}

static bool wants_help(int argc, const char *const argv[])
{
	for (int i = 1; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

static int run_command(const struct command *cmd, struct context *c, int argc, const char *const argv[],
		       struct err *e)
{
	static const struct opt *const none[] = { NULL };
	auto_opt_list struct opt_list operands = { 0 };
	auto_free void *request = calloc(1, cmd->request_size + 1);
	int status;

	if (!request)
		return err_set(e, ERR_SYSTEM, ENOMEM, "%s", cmd->name);
	if (wants_help(argc, argv)) {
		print_command_help(cmd);
		return 0;
	}
	if (cmd->prepare)
		cmd->prepare(request);
	status = opt_parse(cmd->tables ? cmd->tables : none, cmd->mode, argc, argv, request, &operands, e);
	if (status == 0 && (operands.len < cmd->min_operands || operands.len > cmd->max_operands))
		status = err_set(e, ERR_USAGE, 0, "usage: secctr %s [OPTIONS] %s", cmd->name,
				 cmd->operands ? cmd->operands : "");
	if (status == 0)
		status = cmd->run(c, request, &operands, e);
	if (cmd->done)
		cmd->done(request);
	return status;
}

static int dispatch(int argc, const char *const argv[], struct context *c, struct err *e)
{
	auto_opt_list struct opt_list words = { 0 };
	struct global_request g = { 0 };
	const struct command *cmd;
	size_t used;
	int at;

	if (opt_parse(global_tables, OPT_STOP, argc, argv, &g, &words, e))
		return -1;
	if (g.version) {
		printf("secctr version %s\n", SECCTR_VERSION);
		return 0;
	}
	if (words.len == 0 || g.help || (strcmp(words.item[0], "help") == 0 && words.len == 1)) {
		print_help();
		return words.len || g.help ? 0 : 125;
	}
	c->root = g.root;
	c->runroot = g.runroot;
	if (strcmp(words.item[0], "help") == 0) {
		cmd = find(words.item + 1, words.len - 1, &used);
		if (!cmd)
			return no_such_command(words.item + 1, words.len - 1, e);
		print_command_help(cmd);
		return 0;
	}
	cmd = find(words.item, words.len, &used);
	if (!cmd)
		return no_such_command(words.item, words.len, e);
	if (cmd->enters && program_protect(c, argv, e))
		return -1;
	at = argc - (int)words.len + (int)used - 1;	/* the command's own name stands in for argv[0] */
	return run_command(cmd, c, argc - at, argv + at, e);
}

/* 0, 1 and 2 are ours from here on: what a caller left closed must not become a file of ours. */
static int fill_standard_streams(struct err *e)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
			return err_set(e, ERR_SYSTEM, errno, "/dev/null");
	return 0;
}

int cli_main(int argc, const char *const argv[])
{
	struct context c = { .procfd = -1, .store = STORE_INIT };
	struct err e = { 0 };
	int status = fill_standard_streams(&e);

	if (status == 0)
		status = dispatch(argc, argv, &c, &e);
	/* What the context holds open ends with the process: ten calls less at every start. */
	if (status < 0) {
		fprintf(stderr, "secctr: %s\n", e.text);
		return err_exit_status(e.reason);
	}
	return status;
}
