/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - global options, the search for a command, help. */
#include "launcher/cli/main.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/cli/aliases.h"
#include "launcher/cli/command.h"
#include "launcher/cli/output.h"
#include "launcher/cli/program.h"
#include "launcher/cli/refused.h"
#include "launcher/cli/topics.h"

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
	unsigned columns = output_width();

	return columns >= 40 ? columns : 80;
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
	printf("\nAs in Podman, `secctr container COMMAND` and `secctr image COMMAND` are the same commands, and ls lists.\n"
	       "`secctr COMMAND --help` explains a command, `secctr help policy` policies, `secctr help format` templates;\n"
	       "secctr(1) is the manual.\n");
}

static void print_family(const char *family)
{
	const struct command *c;
	const char *name;

	printf("Usage: secctr %s COMMAND [...]\n\n", family);
	for (size_t i = 0; (name = alias_member(family, i, &c)); i++)
		printf("  %-16s %s%s%s\n", name, c->brief, strcmp(name, c->name) == 0 ? "" : ": ",
		       strcmp(name, c->name) == 0 ? "" : c->name);
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->group && str_starts(commands[i]->name, family) && commands[i]->name[strlen(family)] == ' ')
			printf("  %-16s %s\n", commands[i]->name + strlen(family) + 1, commands[i]->brief);
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

struct nearest {
	const char *typed, *found;
	unsigned best;			/* this far is no longer a typing error */
};

static void compare(struct nearest *n, const char *name)
{
	unsigned d = opt_distance(n->typed, name);

	/* Of two letters any two words are near to each other. */
	if (d < n->best && d < strlen(n->typed)) {
		n->best = d;
		n->found = name;
	}
}

static int no_such_member(const char *const words[], size_t n, struct err *e)
{
	struct nearest near = { .typed = n > 1 ? words[1] : "", .best = 3 };
	size_t len = strlen(words[0]);
	const struct command *c;
	char list[256] = "";

	for (size_t i = 0; commands[i]; i++)
		if (str_starts(commands[i]->name, words[0]) && commands[i]->name[len] == ' ' && commands[i]->group) {
			snprintf(list + strlen(list), sizeof(list) - strlen(list), " %s", commands[i]->name + len + 1);
			compare(&near, commands[i]->name + len + 1);
		}
	for (size_t i = 0; alias_member(words[0], i, &c); i++)
		compare(&near, alias_member(words[0], i, &c));
	if (n < 2)
		return err_set(e, ERR_USAGE, 0, "%.64s: needs a sub-command; try `secctr help %.64s`", words[0], words[0]);
	if (near.found)
		return err_set(e, ERR_USAGE, 0, "%.64s %.64s: no such sub-command; did you mean %s?", words[0], words[1], near.found);
	return err_set(e, ERR_USAGE, 0, "%.64s %.64s: no such sub-command%s%s", words[0], words[1],
		       *list && !alias_is_family(words[0]) ? "; there are" : "; try `secctr help`",
		       alias_is_family(words[0]) ? "" : list);
}

static bool is_first_word(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; commands[i]; i++)
		if (str_starts(commands[i]->name, word) && commands[i]->name[len] == ' ')
			return true;
	return alias_is_family(word);
}

static int no_such_command(const char *const words[], size_t n, struct err *e)
{
	struct nearest near = { .typed = words[0], .best = 3 };
	size_t used;
	const char *why = refused_command(words, n, &used);

	if (why)
		return err_set(e, ERR_USAGE, 0, "%.64s%s%.64s is not in secctr: %s", words[0], used > 1 ? " " : "", used > 1 ? words[1] : "", why);
	if (is_first_word(words[0]))
		return no_such_member(words, n, e);
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->group)
			compare(&near, commands[i]->name);
	if (near.found)
		return err_set(e, ERR_USAGE, 0, "unknown command %.64s; did you mean %s?", words[0], near.found);
	return err_set(e, ERR_USAGE, 0, "unknown command %.64s; try `secctr help`", words[0]);
}

static bool wants_help(int argc, const char *const argv[])
{
	for (int i = 1; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

enum { TABLES_MAX = 16 };

/* The command's own rows, behind them those that are known and refused, and --help. */
static void all_tables(const struct command *cmd, const struct opt *refused, const struct opt *help, const struct opt *ret[TABLES_MAX + 3])
{
	size_t n = 0;

	while (cmd->tables && cmd->tables[n] && n < TABLES_MAX) {
		ret[n] = cmd->tables[n];
		n++;
	}
	ret[n++] = refused;
	ret[n++] = help;
	ret[n] = NULL;
}

static int run_command(const struct command *cmd, struct context *c, int argc, const char *const argv[],
		       struct err *e)
{
	/* Behind the request, which has a byte more. */
	const struct opt help_opts[] = { { .name = "help", .kind = OPT_FLAG, .offset = (uint16_t)cmd->request_size }, OPT_END };
	struct opt refused[2];
	const struct opt *tables[TABLES_MAX + 3];
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
	refused_options(cmd->name, refused);
	all_tables(cmd, refused, help_opts, tables);
	status = opt_parse(tables, cmd->mode, argc, argv, request, &operands, e);
	if (status == 0 && ((const bool *)request)[cmd->request_size])
		print_command_help(cmd);
	else if (status == 0 && (operands.len < cmd->min_operands || operands.len > cmd->max_operands))
		status = err_set(e, ERR_USAGE, 0, "usage: secctr %s [OPTIONS] %s", cmd->name,
				 cmd->operands ? cmd->operands : "");
	else if (status == 0)
		status = cmd->run(c, request, &operands, e);
	if (cmd->done)
		cmd->done(request);
	return status;
}

static int help(const char *const words[], size_t n, struct err *e)
{
	const struct command *cmd;
	const char *with;
	size_t used;

	cmd = find(words, n, &used);
	if (!cmd)
		cmd = alias_find(words, n, &with);
	if (cmd)
		print_command_help(cmd);
	else if (n == 1 && topic_text(words[0]))
		fputs(topic_text(words[0]), stdout);
	else if (n == 1 && alias_is_family(words[0]))
		print_family(words[0]);
	else
		return no_such_command(words, n, e);
	return fflush(stdout) ? err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
}

/* argv[0] is the command's last word. An alias may imply an option, which then stands first. */
static int run_alias(const struct command *cmd, const char *with, struct context *c, int argc, const char *const argv[],
		     struct err *e)
{
	auto_free const char **words = calloc((size_t)argc + 2, sizeof(*words));

	if (!words)
		return err_set(e, ERR_SYSTEM, ENOMEM, "command line");
	words[0] = argv[0];
	words[1] = with;
	memcpy(words + 2, argv + 1, (size_t)(argc - 1) * sizeof(*words));
	return run_command(cmd, c, argc + 1, words, e);
}

static int dispatch(int argc, const char *const argv[], struct context *c, struct err *e)
{
	struct opt refused[2];
	const struct opt *const tables[] = { global_tables[0], refused, NULL };
	auto_opt_list struct opt_list words = { 0 };
	struct global_request g = { 0 };
	const struct command *cmd;
	const char *with = NULL;
	size_t used = 2;
	int at;

	refused_options("", refused);
	if (opt_parse(tables, OPT_STOP, argc, argv, &g, &words, e))
		return -1;
	if (g.version) {
		printf("secctr version %s\n", SECCTR_VERSION);
		return 0;
	}
	if (words.len == 0 || g.help || (strcmp(words.item[0], "help") == 0 && words.len == 1)) {
		print_help();
		return words.len || g.help ? 0 : 125;
	}
	c->argv = argv;
	c->root = g.root;
	c->runroot = g.runroot;
	if (strcmp(words.item[0], "help") == 0)
		return help(words.item + 1, words.len - 1, e);
	/* "container --help" is about the family. */
	if (words.len == 2 && alias_is_family(words.item[0]) && strcmp(words.item[1], "--help") == 0)
		return help(words.item, 1, e);
	cmd = find(words.item, words.len, &used);
	if (!cmd)
		cmd = alias_find(words.item, words.len, &with);
	if (!cmd)
		return no_such_command(words.item, words.len, e);
	if (cmd->enters && program_guard(c, argv, e))
		return -1;
	at = argc - (int)words.len + (int)used - 1;	/* the command's own name stands in for argv[0] */
	if (with && !wants_help(argc - at, argv + at))
		return run_alias(cmd, with, c, argc - at, argv + at, e);
	return run_command(cmd, c, argc - at, argv + at, e);
}

int cli_standard_streams(struct err *e)
{
	struct pollfd p[3] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };

	if (poll(p, ARRAY_LEN(p), 0) < 0)
		return err_set(e, ERR_SYSTEM, errno, "standard streams");
	for (int fd = 0; fd <= 2; fd++)
		/* POLLNVAL: not open, or O_PATH. */
		if ((p[fd].revents & POLLNVAL) && fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
			return err_set(e, ERR_SYSTEM, errno, "/dev/null");
	return 0;
}

int cli_main(int argc, const char *const argv[])
{
	struct context c = { .procfd = -1, .store = STORE_INIT };
	struct err e = { 0 };
	int status = cli_standard_streams(&e);

	/* The heap grows once and not by small steps: what is not used of it is no memory. */
	(void)mallopt(M_TOP_PAD, 512 << 10);
	(void)mallopt(M_TRIM_THRESHOLD, 4 << 20);
	if (status == 0)
		status = dispatch(argc, argv, &c, &e);
	context_done(&c);
	if (status < 0) {
		fprintf(stderr, "secctr: %s\n", e.text);
		return err_exit_status(e.reason);
	}
	return status;
}
