/* SPDX-License-Identifier: Apache-2.0 */
/* test_create_command.c - the command that made a container, as a unit runs it again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "launcher/cli/create_command.h"

static struct err e;

enum { WORDS = 16 };

static void fill(struct plan *p, const char *const words[WORDS])
{
	strv_done(&p->monitor.create_command);
	for (size_t i = 0; i < WORDS && words[i]; i++)
		assert_int_equal(strv_add(&p->monitor.create_command, words[i], &e), 0);
}

static void joined(const struct strv *v, struct str *to)
{
	for (size_t i = 0; i < v->len; i++)
		assert_int_equal(str_addf(to, &e, "<%s>", v->item[i]), 0);
}

static void reads(void **state)
{
	static const struct {
		const char *words[WORDS], *before, *options, *operands, *callers;
	} rows[] = {
		{ { "secctr", "run", "-d", "--rm", "--name", "web", "img", "cmd", "-d", "--rm" }, NULL, NULL, "<img><cmd><-d><--rm>", NULL },
		{ { "secctr", "create", "-eA=1", "-e", "B=2 3", "--env=C=", "-m64m", "img" }, NULL,
		  "<--env=A=1><--env=B=2 3><--env=C=><--memory=64m>", "<img>", NULL },
		{ { "secctr", "--root", "/srv/r", "--runroot=/run/r", "container", "run", "--read-only", "--init=false", "--", "img", "--", "x" },
		  "<--root=/srv/r><--runroot=/run/r>", "<--read-only><--init=false>", "<img><--><x>", NULL },
		{ { "secctr", "run", "--replace", "--cgroups=split", "--sdnotify", "ignore", "--cidfile", "f", "--restart=always", "img" }, NULL, NULL,
		  "<img>", NULL },
		{ { "secctr", "run", "-e", "TOKEN", "-e", "A=1", "img" }, NULL, "<--env=A=1>", "<img>", "<TOKEN>" },
		{ { "secctr", "run", "-t=false", "-v", "/a:/b", "-v", "vol:/c", "--env-file", "/etc/x", "img" }, NULL,
		  "<--tty=false><--volume=/a:/b><--volume=vol:/c><--env-file=/etc/x>", "<img>", NULL },
	};
	struct plan *p;

	(void)state;
	assert_int_equal(plan_new(&p, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *expect[] = { rows[i].before, rows[i].options, rows[i].operands, rows[i].callers };
		auto_create_command struct create_command c = { 0 };
		const struct strv *got[] = { &c.before, &c.options, &c.operands, &c.callers };

		fill(p, rows[i].words);
		if (create_command_read(p, &c, &e))
			fail_msg("row %zu: %s", i, e.text);
		for (size_t k = 0; k < ARRAY_LEN(got); k++) {
			auto_str struct str text = { 0 };

			joined(got[k], &text);
			assert_string_equal(text.text ? text.text : "", expect[k] ? expect[k] : "");
		}
	}
	plan_free(p);
}

/* A directory that was named from where it was typed. */
static void root_directory(void **state)
{
	static const char *const words[WORDS] = { "secctr", "run", "--rootfs", "./r", "cmd" };
	auto_create_command struct create_command c = { 0 };
	struct plan *p;

	(void)state;
	assert_int_equal(plan_new(&p, &e) || str_copy("/srv/r", &p->root.path, &e), 0);
	fill(p, words);
	assert_int_equal(create_command_read(p, &c, &e), 0);
	assert_string_equal(c.operands.item[0], "/srv/r");
	assert_string_equal(c.operands.item[1], "cmd");
	plan_free(p);
}

static void refuses(void **state)
{
	static const struct {
		const char *words[WORDS], *what;
	} rows[] = {
		{ { NULL }, "not kept" },
		{ { "secctr" }, "was not made by" },
		{ { "secctr", "start", "web" }, "was not made by" },
		{ { "secctr", "container", "start", "web" }, "was not made by" },
		{ { "secctr", "run" }, "names no image" },
		{ { "secctr", "run", "-it", "img" }, "--interactive" },
		{ { "secctr", "run", "-t", "img" }, "--tty" },
		{ { "secctr", "run", "-a", "stdout", "img" }, "--attach" },
		{ { "secctr", "run", "--preserve-fds=1", "img" }, "--preserve-fds" },
		{ { "secctr", "run", "--env-host", "img" }, "--env-host" },
		{ { "secctr", "run", "-v", "./a:/b", "img" }, "--volume=./a:/b" },
		{ { "secctr", "run", "--mount", "type=bind,source=./a,target=/b", "img" }, "--mount" },
		{ { "secctr", "run", "--env-file", "env", "img" }, "--env-file=env" },
		{ { "secctr", "run", "--no-such", "img" }, "unknown option" },
	};
	struct plan *p;

	(void)state;
	assert_int_equal(plan_new(&p, &e) || str_copy("web", &p->name, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_create_command struct create_command c = { 0 };

		fill(p, rows[i].words);
		if (create_command_read(p, &c, &e) == 0 || !strstr(e.text, rows[i].what))
			fail_msg("row %zu: %s", i, e.text);
	}
	plan_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads), cmocka_unit_test(root_directory), cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
