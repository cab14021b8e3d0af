/* SPDX-License-Identifier: Apache-2.0 */
/* test_options.c - command lines as podman users write them, refusals, and help. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/options.h"
#include "launcher/base/str.h"

struct request {
	bool tty, interactive, secret;
	int read_only;
	const char *name;
	struct opt_list env;
	long memory;
	int calls;
};

static int parse_memory(void *dest, const char *value, struct err *e)
{
	if (strcmp(value, "64m") != 0)
		return err_set(e, ERR_INPUT, 0, "not a size: %s", value);
	*(long *)dest = 64L << 20;
	return 0;
}

static int count_call(void *dest, const char *value, struct err *e)
{
	if (value)
		return err_set(e, ERR_INTERNAL, 0, "value");
	++*(int *)dest;
	return 0;
}

#define INTO(f) OPT_INTO(struct request, f)
static const struct opt first[] = {
	{ 't', OPT_FLAG, INTO(tty), .name = "tty", .help = "Allocate a terminal" },
	{ 'i', OPT_FLAG, INTO(interactive), .name = "interactive", .help = "Keep standard input open" },
	{ 0, OPT_TRI, INTO(read_only), .name = "read-only", .help = "Root file system read-only" },
	{ 'n', OPT_TEXT, INTO(name), .name = "name", .value = "NAME", .help = "Name of the container" },
	OPT_END
};
static const struct opt second[] = {
	{ 'e', OPT_LIST, INTO(env), .name = "env", .value = "KEY=VALUE", .group = "Process",
	  .help = "Set a variable of the environment of the process in the container" },
	{ 'm', OPT_CALL, INTO(memory), .name = "memory", .value = "SIZE", .group = "Process", .call = parse_memory,
	  .help = "Limit of memory" },
	{ 0, OPT_CALL, INTO(calls), .name = "a-very-long-option-name-indeed", .group = "Process",
	  .call = count_call, .help = "Count" },
	{ 0, OPT_FLAG, INTO(secret), .name = "secret", .hidden = true },
	{ 'p', OPT_REFUSED, .name = "publish", .help = "no ports here" },
	OPT_END
};
static const struct opt third[] = {
	{ .kind = OPT_REFUSED_ALL, .help = OPT_NOT("cgroups", "always its own") OPT_NOT_LETTER("P", "publish-all", "no ports at all") OPT_NOT("x", "one") },
	OPT_END
};
static const struct opt *const tables[] = { first, second, third, NULL };

#define PARSE(mode, r, ops, e, ...) parse(mode, r, ops, e, (const char *[]){ "run", __VA_ARGS__, NULL })

static int parse(enum opt_mode mode, struct request *r, struct opt_list *operands, struct err *e,
		 const char *const *argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	*r = (struct request){ .read_only = -1 };
	*operands = (struct opt_list){ 0 };
	return opt_parse(tables, mode, argc, argv, r, operands, e);
}

static void every_spelling(void **state)
{
	auto_opt_list struct opt_list ops = { 0 };
	struct err e = { 0 };
	struct request r;

	(void)state;
	assert_int_equal(PARSE(OPT_STOP, &r, &ops, &e, "-it", "-eA=1", "-e", "B=2", "-e=C=3", "--env", "D=4",
			       "--env=E=5", "-ie", "F=6", "-itnweb", "--name", "last", "--memory=64m",
			       "--read-only=false", "--name=", "--a-very-long-option-name-indeed", "-n", "-x",
			       "image", "-t", "--"), 0);
	assert_true(r.tty && r.interactive);
	assert_int_equal(r.read_only, 0);
	assert_string_equal(r.name, "-x");
	assert_int_equal(r.memory, 64 << 20);
	assert_int_equal(r.calls, 1);
	assert_int_equal(r.env.len, 6);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(r.env.item[i][0], 'A' + i);
		assert_string_equal(r.env.item[i] + 1, ((const char *[]){ "=1", "=2", "=3", "=4", "=5", "=6" })[i]);
	}
	/* From the image on everything is the container's. */
	assert_int_equal(ops.len, 3);
	assert_string_equal(ops.item[1], "-t");
	assert_string_equal(ops.item[2], "--");
	opt_list_done(&r.env);
}

static void flags_with_values(void **state)
{
	auto_opt_list struct opt_list ops = { 0 };
	struct err e = { 0 };
	struct request r;

	(void)state;
	assert_int_equal(PARSE(OPT_STOP, &r, &ops, &e, "--tty", "--tty=false", "--read-only", "-i=true"), 0);
	assert_false(r.tty);
	assert_true(r.interactive);
	assert_int_equal(r.read_only, 1);
	assert_int_equal(PARSE(OPT_STOP, &r, &ops, &e, "-"), 0);
	assert_int_equal(r.read_only, -1);
	assert_int_equal(ops.len, 1);
}

static void operands_and_options_mixed(void **state)
{
	auto_opt_list struct opt_list ops = { 0 };
	struct err e = { 0 };
	struct request r;

	(void)state;
	assert_int_equal(PARSE(OPT_MIXED, &r, &ops, &e, "a", "-t", "b", "--", "-i", "--", "c"), 0);
	assert_true(r.tty);
	assert_false(r.interactive);
	assert_int_equal(ops.len, 5);
	assert_string_equal(ops.item[2], "-i");
	assert_string_equal(ops.item[3], "--");
	opt_list_done(&ops);
	assert_int_equal(PARSE(OPT_STOP, &r, &ops, &e, "-t", "--", "-i", "x"), 0);
	assert_int_equal(ops.len, 2);
	assert_string_equal(ops.item[0], "-i");
}

static void refusals(void **state)
{
	static const struct {
		const char *word, *next, *says;
	} rows[] = {
		{ "--naem", "x", "unknown option --naem; did you mean --name?" },
		{ "--nmae=x", NULL, "unknown option --nmae; did you mean --name?" },
		{ "--inter", NULL, "unknown option --inter; did you mean --interactive?" },
		{ "--privileged", NULL, "unknown option --privileged" },
		{ "--secre", NULL, "unknown option --secre" }, { "--=x", NULL, "unknown option --" },
		{ "--Name=x", NULL, "unknown option --Name; did you mean --name?" },
		{ "-x", NULL, "unknown option -x in \"-x\"" }, { "-tx", NULL, "unknown option -x in \"-tx\"" },
		{ "--name", NULL, "--name needs a value (NAME)" }, { "-n", NULL, "-n needs a value (NAME)" },
		{ "-tn", NULL, "-n needs a value (NAME)" },
		{ "--tty=maybe", NULL, "--tty takes true or false, not \"maybe\"" },
		{ "--tty=", NULL, "--tty takes true or false, not \"\"" },
		{ "-t=x", NULL, "--tty takes true or false, not \"x\"" },
		{ "--a-very-long-option-name-indeed=1", NULL, "--a-very-long-option-name-indeed takes no value" },
		{ "--memory", "1", "--memory: not a size: 1" },
		{ "--publish", "80:80", "--publish is not in secctr: no ports here" }, { "--publish=80", NULL, "--publish is not in secctr: no ports here" },
		{ "--cgroups", "x", "--cgroups is not in secctr: always its own" }, { "--cgroups=x", NULL, "--cgroups is not in secctr: always its own" },
		{ "-P", NULL, "--publish-all is not in secctr: no ports at all" }, { "-tP", NULL, "--publish-all is not in secctr: no ports at all" },
		{ "--x", NULL, "--x is not in secctr: one" }, { "-x", NULL, "unknown option -x in \"-x\"" }, { "--P,publish-all", NULL, "unknown option --P,publish-all" },
		{ "--always its own", NULL, "unknown option --always its own" }, { "--cgroup", NULL, "unknown option --cgroup" }, { "--=x", NULL, "unknown option --" },
		{ "-c", NULL, "unknown option -c in \"-c\"" }, { "-,", NULL, "unknown option -, in \"-,\"" },
		{ "-p80", NULL, "--publish is not in secctr: no ports here" }, { "--pubilsh", NULL, "unknown option --pubilsh" },
		{ "--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, "unknown option --aaa" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_opt_list struct opt_list ops = { 0 };
		struct err e = { 0 };
		struct request r;
		bool exact = !strstr(rows[i].says, "aaa");
		int rc = PARSE(OPT_MIXED, &r, &ops, &e, rows[i].word, rows[i].next);

		if (rc != -1 || (exact ? strcmp(e.text, rows[i].says) : !str_starts(e.text, rows[i].says)))
			fail_msg("%s: %s", rows[i].word, e.text);
		assert_int_equal(e.reason, strstr(rows[i].word, "memory") ? ERR_INPUT : ERR_USAGE);
	}
}

static void words_at_n_and_one_past(void **state)
{
	struct opt_list list = { 0 };
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < OPT_ARGS_MAX; i++)
		assert_int_equal(opt_list_add(&list, "x", &e), 0);
	assert_int_equal(opt_list_add(&list, "x", &e), -1);
	assert_int_equal(e.reason, ERR_LIMIT);
	opt_list_done(&list);
}

static void distances(void **state)
{
	char longest[41], longer[42];

	(void)state;
	assert_int_equal(opt_distance("name", "name"), 0);
	assert_int_equal(opt_distance("name", "naem"), 1);
	assert_int_equal(opt_distance("name", "names"), 1);
	assert_int_equal(opt_distance("name", "nme"), 1);
	assert_int_equal(opt_distance("name", "nome"), 1);
	assert_int_equal(opt_distance("", "abc"), 3);
	assert_int_equal(opt_distance("kitten", "sitting"), 3);
	memset(longest, 'a', sizeof(longest));
	memset(longer, 'a', sizeof(longer));
	longest[40] = longer[41] = '\0';
	assert_int_equal(opt_distance(longest, longest), 0);
	assert_int_equal(opt_distance(longer, longer), 40);
}

static void help_text(void **state)
{
	static const char expected[] =
		"Options:\n"
		"  -t, --tty            Allocate a terminal\n"
		"  -i, --interactive    Keep standard input\n"
		"                       open\n"
		"      --read-only      Root file system\n"
		"                       read-only\n"
		"  -n, --name NAME      Name of the container\n"
		"\n"
		"Process:\n"
		"  -e, --env KEY=VALUE  Set a variable of the\n"
		"                       environment of the\n"
		"                       process in the\n"
		"                       container\n"
		"  -m, --memory SIZE    Limit of memory\n"
		"      --a-very-long-option-name-indeed\n"
		"                       Count\n";
	auto_free char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	opt_print_help(out, tables, 44);
	fclose(out);
	assert_string_equal(text, expected);
	assert_null(opt_find(tables, "nam"));
	assert_ptr_equal(opt_find(tables, "secret"), &second[3]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling), cmocka_unit_test(flags_with_values),
		cmocka_unit_test(operands_and_options_mixed), cmocka_unit_test(refusals),
		cmocka_unit_test(words_at_n_and_one_past), cmocka_unit_test(distances),
		cmocka_unit_test(help_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
