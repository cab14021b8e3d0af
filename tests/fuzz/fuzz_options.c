/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_options.c - a command line cut at NUL bytes, against a table of every kind and against the one of `run`. */
#include "launcher/base/options.h"
#include "launcher/base/str.h"
#include "launcher/cli/run_request.h"
#include "tests/fuzz/fuzz.h"

enum { WORDS = 64 };

struct request {
	bool detach, verbose;
	int tri;
	const char *name, *text;
	struct opt_list env;
	unsigned calls;
};

static int called(void *dest, const char *value, struct err *e)
{
	if (value && strcmp(value, "bad") == 0)
		return err_set(e, ERR_USAGE, 0, "bad");
	++*(unsigned *)dest;
	return 0;
}

static const struct opt table[] = {
	{ 'd', OPT_FLAG, OPT_INTO(struct request, detach), .name = "detach", .help = "h" },
	{ 'v', OPT_FLAG, OPT_INTO(struct request, verbose), .name = "verbose", .help = "h" },
	{ 0, OPT_TRI, OPT_INTO(struct request, tri), .name = "tri", .help = "h" },
	{ 'n', OPT_TEXT, OPT_INTO(struct request, name), .name = "name", .value = "NAME", .help = "h" },
	{ 0, OPT_TEXT, OPT_INTO(struct request, text), .name = "text", .value = "TEXT", .help = "h" },
	{ 'e', OPT_LIST, OPT_INTO(struct request, env), .name = "env", .value = "KEY=VALUE", .help = "h" },
	{ 'c', OPT_CALL, OPT_INTO(struct request, calls), .name = "call", .value = "X", .help = "h", .call = called },
	{ 'q', OPT_CALL, OPT_INTO(struct request, calls), .name = "quiet", .help = "h", .call = called },
	OPT_END
};
static const struct opt *const tables[] = { table, NULL };

/* Borrowed: it points into one of the words. */
static void is_from(const char *const *argv, int argc, const char *text)
{
	for (int i = 1; i < argc; i++)
		if (text >= argv[i] && text <= argv[i] + strlen(argv[i]))
			return;
	DEMAND(!"a value that nobody gave");
}

static void own_table(int argc, const char *const *argv, enum opt_mode mode)
{
	auto_opt_list struct opt_list operands = { 0 };
	struct request r = { .tri = -1 };
	struct err e = { 0 };
	int at = 1, rc = opt_parse(tables, mode, argc, argv, &r, &operands, &e);

	if (rc) {
		fuzz_refused(&e);
		DEMAND(e.reason == ERR_USAGE);
	}
	DEMAND(r.tri >= -1 && r.tri <= 1);
	DEMAND(*(unsigned char *)&r.detach <= 1 && *(unsigned char *)&r.verbose <= 1);
	if (r.name)
		is_from(argv, argc, r.name);
	if (r.text)
		is_from(argv, argc, r.text);
	for (size_t i = 0; i < r.env.len; i++)
		is_from(argv, argc, r.env.item[i]);
	/* Whole words, in order; once there is one, STOP takes all that follow. */
	for (size_t i = 0; i < operands.len; i++) {
		while (at < argc && argv[at] != operands.item[i])
			at++;
		DEMAND(at < argc);
		DEMAND(rc || mode != OPT_STOP || (size_t)(argc - at) == operands.len - i);
	}
	opt_list_done(&r.env);
}

static void run_table(int argc, const char *const *argv)
{
	auto_opt_list struct opt_list operands = { 0 };
	struct run_request r;
	struct err e = { 0 };

	memset(&r, 0, sizeof(r));
	run_request_prepare(&r);
	if (opt_parse(run_tables, OPT_STOP, argc, argv, &r, &operands, &e))
		fuzz_refused(&e);
	run_request_done(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fuzz_input in = { bytes, n };
	char *word[WORDS + 2] = { NULL };
	int argc = 0;

	word[argc++] = fuzz_take(&in, 0);
	while (in.left && argc <= WORDS)
		word[argc++] = fuzz_word(&in);
	own_table(argc, (const char *const *)word, OPT_STOP);
	own_table(argc, (const char *const *)word, OPT_MIXED);
	run_table(argc, (const char *const *)word);
	if (argc > 2 && strlen(word[1]) < 64 && strlen(word[2]) < 64) {
		unsigned there = opt_distance(word[1], word[2]), back = opt_distance(word[2], word[1]);

		DEMAND(there == back && !there == !strcmp(word[1], word[2]));
	}
	while (argc)
		free(word[--argc]);
	return 0;
}
