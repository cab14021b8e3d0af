/* SPDX-License-Identifier: Apache-2.0 */
/* test_template.c - templates as Podman's users type them; what is refused; limits at N and one past it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/base/json.h"
#include "launcher/base/template.h"

static const char document[] =
	"{\"Id\": \"abcdef\", \"Name\": \"web\", \"Names\": [\"web\", \"w2\"], \"Running\": true, \"Off\": false, \"Zero\": 0, \"Pid\": 42,"
	" \"Empty\": \"\", \"Nothing\": null, \"List\": [], \"NanoCpus\": 1500000000, \"Big\": 18446744073709551615,"
	" \"State\": {\"Status\": \"running\", \"Pid\": 42, \"Deep\": {\"Er\": 1}},"
	" \"Labels\": {\"b\": \"2\", \"a\": \"1\", \"a.b/c\": \"x y\"},"
	" \"Config\": {\"Env\": [\"A=1\", \"B=2\"], \"Evil\": \"\\u001b]0;x\\u0007\\u202e\\u009b\", \"Labels\": {}},"
	" \"Mounts\": [{\"Destination\": \"/a\", \"RW\": true}, {\"Destination\": \"/b\", \"RW\": false}]}";
static const char *const maps[] = { "Labels", NULL };

static json_t *read_document(const char *text)
{
	json_t *j = NULL;
	struct err e;

	assert_int_equal(json_read(text, strlen(text), "d", &j, &e), 0);
	return j;
}

/* 0 with *ret, or -1 with *e from either step. */
static int render(const char *text, const struct template_doc *doc, struct str *ret, struct err *e)
{
	AUTO(template_free_auto) struct template *t = NULL;

	return template_parse(text, &t, e) || template_render(t, doc, ret, e) ? -1 : 0;
}

static void rendered(void **state)
{
	static const struct {
		const char *template, *is;
	} rows[] = {
		{ "", "" }, { "x", "x" }, { "{{.Name}}", "web" }, { "{{ .Name }}", "web" }, { "a{{.Name}}b", "awebb" },
		{ "{{.State.Status}} {{.State.Pid}}", "running 42" }, { "{{.Running}} {{.Off}}", "true false" },
		{ "{{.ID}} {{.NanoCPUs}}", "abcdef 1500000000" }, { "{{.Big}}", "18446744073709551615" },
		{ "{{.Id}}\\t{{.Name}}\\n", "abcdef\tweb\n" }, { "\\\\x", "\\\\x" }, { "{{\"a\\tb\"}}", "a\tb" }, { "{{`a\\tb`}}", "a\\tb" },
		{ "{{.Names}}", "[web w2]" }, { "{{.Labels}}", "map[a:1 a.b/c:x y b:2]" }, { "{{.Nothing}}", "<no value>" },
		{ "{{.Nothing.X}}", "<no value>" }, { "{{.Labels.a}} {{.Labels.nosuch}}", "1 <no value>" },
		{ "{{index .Labels \"a\"}}|{{index .Labels \"nosuch\"}}|{{index .Labels \"a.b/c\"}}", "1||x y" },
		{ "{{.Label \"a\"}}{{.Label \"nosuch\"}}", "1" }, { "{{index .Mounts 1 \"Destination\"}}", "/b" },
		{ "{{(index .Mounts 0).Destination}}", "/a" }, { "{{index .Names 1}}", "w2" },
		{ "{{json .State}}", "{\"Status\":\"running\",\"Pid\":42,\"Deep\":{\"Er\":1}}" }, { "{{json .Names}}", "[\"web\",\"w2\"]" },
		{ "{{json .Name}} {{json .Nothing}} {{.Pid | json}}", "\"web\" null 42" }, { "{{json .Big}}", "18446744073709551615" },
		{ "{{range .Mounts}}{{.Destination}} {{end}}", "/a /b " }, { "{{range .List}}x{{else}}none{{end}}", "none" },
		{ "{{range $i, $x := .Names}}{{$i}}={{$x}};{{end}}", "0=web;1=w2;" }, { "{{range $x := .Names}}{{$x}}{{$.Pid}}{{end}}", "web42w242" },
		{ "{{range $k, $v := .Labels}}{{$k}}:{{$v}} {{end}}", "a:1 a.b/c:x y b:2 " }, { "{{range .Config.Env}}{{println .}}{{end}}", "A=1\nB=2\n" },
		{ "{{if .Running}}up{{else}}down{{end}}", "up" }, { "{{if .Off}}up{{else}}down{{end}}", "down" }, { "{{if .Empty}}x{{end}}", "" },
		{ "{{if .Zero}}a{{else if .List}}b{{else if .Pid}}c{{else}}d{{end}}", "c" }, { "{{if not .Off}}y{{end}}", "y" },
		{ "{{if and .Running .Pid}}y{{end}}{{if or .Off .Empty}}n{{else}}m{{end}}", "ym" }, { "{{or .Empty \"none\"}}", "none" },
		{ "{{if eq .State.Status \"exited\" \"running\"}}y{{end}}", "y" }, { "{{eq 1 1}} {{ne 1 2}} {{lt 1 2}} {{ge 2 2}} {{gt -1 0}} {{le \"a\" \"b\"}}", "true true true true false true" },
		{ "{{with .State}}{{.Pid}}{{end}}{{with .Empty}}x{{else}}none{{end}}", "42none" }, { "{{with $s := .State}}{{$s.Pid}}{{end}}", "42" },
		{ "{{$x := .Name}}{{$x}}{{$x}}", "webweb" }, { "{{len .Names}} {{len .Name}} {{len .Labels}}", "2 3 3" },
		{ "{{upper .Name}} {{.Name | upper | lower}} {{title \"ab cd\"}}", "WEB web Ab Cd" }, { "{{join .Names \", \"}}", "web, w2" },
		{ "{{join .Config.Env \"\\n\"}}", "A=1\nB=2" }, { "{{split \"a/b/c\" \"/\"}} {{index (split .Name \"e\") 1}}", "[a b c] b" },
		{ "{{truncate .Id 3}}", "abc" }, { "{{print .Pid \" \" .Name}} {{print 1 2}}", "42 web 1 2" }, { "{{.Pid | print}}", "42" },
		{ "a {{- .Name -}} b", "awebb" }, { "a {{- \" \" -}} b", "a b" }, { "a {{-3}}", "a -3" }, { "{{/* no */}}x", "x" },
		{ "a {{- /* no */ -}} b", "ab" }, { "{{/* }} */}}x", "x" }, { "{{\"}}\"}}", "}}" }, { "{{(.Name)}}", "web" }, { "{{ (.State).Pid }}", "42" },
		{ "{{nil}} {{true}} {{false}}", "<no value> true false" }, { "{{$.Name}}", "web" }, { "{{range .Mounts}}{{with $.State}}{{.Pid}}{{end}}{{end}}", "4242" },
		/* Safe for a terminal, and still the same JSON. */
		{ "{{.Config.Evil}}", "\\x1b]0;x\\x07\\xe2\\x80\\xae\\xc2\\x9b" }, { "{{json .Config.Evil}}", "\"\\u001B]0;x\\u0007\\u202e\\u009b\"" },
		{ "{{println .Config.Evil}}", "\\x1b]0;x\\x07\\xe2\\x80\\xae\\xc2\\x9b\n" }, { "{{upper .Config.Evil}}", "\\x1b]0;X\\x07\\xe2\\x80\\xae\\xc2\\x9b" },
		{ "{{join (split .Config.Evil \"]\") \"-\"}}", "\\x1b-0;x\\x07\\xe2\\x80\\xae\\xc2\\x9b" },
	};
	auto_json json_t *j = read_document(document);
	struct template_doc doc = { .json = j, .maps = maps };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str struct str out = { 0 };
		struct err e = { 0 };

		if (render(rows[i].template, &doc, &out, &e))
			fail_msg("%s: %s", rows[i].template, e.text);
		if (strcmp(out.text, rows[i].is) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", rows[i].template, out.text, rows[i].is);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *template, *says;
	} rows[] = {
		{ "{{", "has no }}" }, { "{{.Name", "has no }}" }, { "{{.Name}", "has no }}" }, { "{{}}", "value is missing" },
		{ "{{\"a}}", "has no }}" }, { "{{/* a }}", "comment" }, { "{{if .Name}}", "end is missing" }, { "{{end}}", "end without" },
		{ "{{else}}", "else without" }, { "{{if .A}}{{else}}{{else}}{{end}}", "second else" }, { "{{if}}x{{end}}", "value is missing" },
		{ "{{nosuch .Name}}", "no function \"nosuch\"" }, { "{{printf \"%s\" .Name}}", "no function \"printf\"" },
		{ "{{define \"x\"}}{{end}}", "no function \"define\"" }, { "{{.Name | .Id}}", "must be a function" }, { "{{.Name |}}", "value is missing" },
		{ "{{.Name | 3}}", "must be a function" }, { "{{.Name upper}}", "stands first" }, { "{{(.Name}}", "not closed" }, { "{{.Name)}}", "not expected" },
		{ "{{..}}", "needs a field's name" }, { "{{.Name.}}", "needs a field's name" }, { "{{1.5}}", "digits only" }, { "{{1x}}", "digits only" },
		{ "{{'a'}}", "not to be understood" }, { "{{\"\\x\"}}", "backslash" }, { "{{.Name\"a\"}}", "a blank is missing" }, { "{{$a, $b := .Names}}", "for range only" },
		{ "{{99999999999999999999}}", "whole number" }, { "{{range .Names}}{{end}}{{end}}", "end without" },
		/* Of the document. */
		{ "{{.Nosuch}}", "no field .Nosuch; there are: Id Name Names" }, { "{{.State.Nosuch}}", "no field .Nosuch; there are: Status Pid Deep" },
		{ "{{.Name.X}}", "no field .X in a text" }, { "{{range .Pid}}{{end}}", "range over a number" }, { "{{index .Names 2}}", "index 2 of a list of 2" },
		{ "{{index .Names -1}}", "index -1" }, { "{{index .Names \"a\"}}", "index takes" }, { "{{len .Pid}}", "len takes" }, { "{{len}}", "len takes 1" },
		{ "{{join .Name \",\"}}", "join takes" }, { "{{eq 1 \"a\"}}", "eq takes" }, { "{{lt .Names 1}}", "lt takes" }, { "{{.Name 1}}", "takes an argument" },
		{ "{{.Label 1}}", "takes an argument" }, { "{{$x}}", "no variable $x" }, { "{{if .Name}}{{$y := 1}}{{end}}{{$y}}", "no variable $y" },
		{ "{{split .Name \"\"}}", "split takes" }, { "{{truncate .Name -1}}", "truncate takes" }, { "{{range .Mounts}}{{.Nosuch}}{{end}}", "Destination RW" },
	};
	auto_json json_t *j = read_document(document);
	struct template_doc doc = { .json = j, .maps = maps };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str struct str out = { 0 };
		struct err e = { 0 };

		if (render(rows[i].template, &doc, &out, &e) == 0)
			fail_msg("%s is taken: %s", rows[i].template, out.text);
		if (!strstr(e.text, rows[i].says) || e.reason != (strstr(e.text, "whole number") ? ERR_INPUT : ERR_USAGE))
			fail_msg("%s: \"%s\", not \"%s\"", rows[i].template, e.text, rows[i].says);
	}
}

static void a_view_stands_before_the_document(void **state)
{
	auto_json json_t *j = read_document("{\"Names\": [\"a\"], \"Id\": \"1\", \"Labels\": {\"k\": \"v\"}}");
	auto_json json_t *view = read_document("{\"Names\": \"a\", \"ID\": \"short\"}");
	struct template_doc doc = { .json = j, .view = view, .maps = maps };
	auto_str struct str out = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(render("{{.Names}} {{.ID}} {{.Id}} {{.Label \"k\"}} {{$.Names}} {{json .}}", &doc, &out, &e), 0);
	assert_string_equal(out.text, "a short short v a {\"Names\":[\"a\"],\"Id\":\"1\",\"Labels\":{\"k\":\"v\"}}");
	assert_int_equal(render("{{.X}}", &doc, &out, &e), -1);
	assert_non_null(strstr(e.text, "there are: Names ID Id Labels"));
}

static const char *heading(const void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "ID") == 0 ? "CONTAINER ID" : NULL;
}

static void headings(void **state)
{
	static const struct {
		const char *template, *is;
	} rows[] = {
		{ "{{.ID}}\\t{{.Names}}", "CONTAINER ID\tNAMES" }, { "{{.CreatedAt}} {{.RunningFor}}", "CREATED AT RUNNING FOR" },
		{ "{{.State.Status}}", "STATUS" }, { "{{json .Labels}}", "LABELS" }, { "{{.Label \"env\"}}", "ENV" }, { "{{upper .Names}}", "NAMES" },
		{ "{{range .Mounts}}{{.Destination}}{{end}}", "DESTINATION" }, { "{{if eq .Names \"a\"}}{{.ID}}{{else}}x{{end}}", "CONTAINER ID" },
		{ "{{join .Names \",\"}}", "NAMES" }, { "{{.Pid | print}}", "PID" }, { "{{index .Labels \"a\"}}", "LABELS" }, { "{{.}}", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(template_free_auto) struct template *t = NULL;
		auto_str struct str out = { 0 };
		struct err e = { 0 };

		assert_int_equal(template_parse(rows[i].template, &t, &e), 0);
		if (template_headings(t, heading, NULL, &out, &e))
			fail_msg("%s: %s", rows[i].template, e.text);
		if (strcmp(out.text, rows[i].is) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", rows[i].template, out.text, rows[i].is);
	}
}

static void uses(void **state)
{
	static const struct {
		const char *template;
		bool mounts;
	} rows[] = {
		{ "{{.ID}}", false }, { "{{.Mounts}}", true }, { "{{range .Mounts}}{{.X}}{{end}}", true }, { "{{json .}}", true }, { "{{json $}}", true },
		{ "{{if .ID}}{{len .Mounts}}{{end}}", true }, { "{{(index .Mounts 0).X}}", true }, { "{{.State.Mounts}}", true }, { "mounts", false },
		{ "{{$x := .ID}}{{$x}}", false }, { "{{$.Mounts}}", true }, { "{{$.ID}}", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(template_free_auto) struct template *t = NULL;
		struct err e = { 0 };

		assert_int_equal(template_parse(rows[i].template, &t, &e), 0);
		if (template_uses(t, "Mounts") != rows[i].mounts)
			fail_msg("%s", rows[i].template);
	}
}

/* `n` times `word`, between front and back. */
static char *repeated(const char *front, const char *word, size_t n, const char *back)
{
	struct str s = { 0 };
	struct err e;

	assert_int_equal(str_add(&s, front, &e), 0);
	while (n--)
		assert_int_equal(str_add(&s, word, &e), 0);
	assert_int_equal(str_add(&s, back, &e), 0);
	return s.text;
}

static void limit(const char *what, char *within, char *beyond, const char *says)
{
	auto_json json_t *j = read_document(document);
	struct template_doc doc = { .json = j, .maps = maps };
	auto_free char *a = within, *b = beyond;
	auto_str struct str out = { 0 }, more = { 0 };
	struct err e = { 0 };

	if (render(a, &doc, &out, &e))
		fail_msg("%s: at the limit: %s", what, e.text);
	if (render(b, &doc, &more, &e) == 0)
		fail_msg("%s: one past the limit is taken", what);
	if (e.reason != ERR_LIMIT || !strstr(e.text, says))
		fail_msg("%s: %s", what, e.text);
}

static void limits(void **state)
{
	char ends[(TEMPLATE_NEST_MAX + 1) * 8] = "", brackets[TEMPLATE_NEST_MAX + 8];

	(void)state;
	limit("length", repeated("", "x", TEMPLATE_BYTES_MAX, ""), repeated("", "x", TEMPLATE_BYTES_MAX + 1, ""), "bytes");
	for (int i = 0; i < TEMPLATE_NEST_MAX + 1; i++)
		strcat(ends, "{{end}}");
	limit("blocks", repeated("", "{{if 1}}", TEMPLATE_NEST_MAX, ends + strlen("{{end}}")),
	      repeated("", "{{if 1}}", TEMPLATE_NEST_MAX + 1, ends), "nested");
	limit("else if", repeated("{{if 0}}", "{{else if 0}}", TEMPLATE_NEST_MAX - 1, "{{end}}"),
	      repeated("{{if 0}}", "{{else if 0}}", TEMPLATE_NEST_MAX, "{{end}}"), "nested");
	memset(brackets, ')', TEMPLATE_NEST_MAX + 1);
	strcpy(brackets + TEMPLATE_NEST_MAX + 1, "}}");
	brackets[0] = '1';
	limit("brackets", repeated("{{", "(", TEMPLATE_NEST_MAX, brackets), repeated("{{", "(", TEMPLATE_NEST_MAX + 1, brackets), "nested");
	limit("chain", repeated("{{.Nothing", ".a", TEMPLATE_NEST_MAX - 1, "}}"), repeated("{{.Nothing", ".a", TEMPLATE_NEST_MAX, "}}"),
	      "chain");
	limit("variables", repeated("", "{{$x := 1}}", TEMPLATE_VARS_MAX, ""), repeated("", "{{$x := 1}}", TEMPLATE_VARS_MAX + 1, ""),
	      "variables");
}

/* A document at the limit of what may be done with it, then one past it. */
static void limit_of_document(const char *text, json_t *member, int (*more)(json_t *member), const char *says)
{
	auto_json json_t *j = json_pack("{s:o}", "X", member);
	struct template_doc doc = { .json = j };
	auto_str struct str out = { 0 }, beyond = { 0 };
	struct err e = { 0 };

	if (render(text, &doc, &out, &e))
		fail_msg("%s: at the limit: %s", text, e.text);
	assert_int_equal(more(member), 0);
	assert_int_equal(render(text, &doc, &beyond, &e), -1);
	if (e.reason != ERR_LIMIT || !strstr(e.text, says))
		fail_msg("%s: %s", text, e.text);
}

static int one_element(json_t *list)
{
	return json_array_append_new(list, json_true());
}

static int one_byte(json_t *text)
{
	auto_free char *longer = malloc(TEMPLATE_OUTPUT_MAX + 2);

	assert_non_null(longer);
	memset(longer, 'x', TEMPLATE_OUTPUT_MAX + 1);
	longer[TEMPLATE_OUTPUT_MAX + 1] = '\0';
	return json_string_set(text, longer);
}

static void limits_of_a_run(void **state)
{
	json_t *list = json_array(), *text;
	char *most = malloc(TEMPLATE_OUTPUT_MAX + 1);

	(void)state;
	/* One step each for the action, its pipe and its word; one a round. */
	for (int i = 0; i < TEMPLATE_STEPS_MAX - 3; i++)
		assert_int_equal(one_element(list), 0);
	limit_of_document("{{range .X}}{{end}}", list, one_element, "steps");
	assert_non_null(most);
	memset(most, 'x', TEMPLATE_OUTPUT_MAX);
	most[TEMPLATE_OUTPUT_MAX] = '\0';
	text = json_string(most);
	free(most);
	limit_of_document("{{.X}}", text, one_byte, "bytes of output");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rendered), cmocka_unit_test(refused), cmocka_unit_test(a_view_stands_before_the_document),
		cmocka_unit_test(headings), cmocka_unit_test(uses), cmocka_unit_test(limits), cmocka_unit_test(limits_of_a_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
