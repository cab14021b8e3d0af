/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_doctor.c - secctr doctor: what on this host is wrong with the audit trail, why it matters, and what mends it. */
#include <stdio.h>
#include <string.h>

#include "launcher/base/json.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/doctor.h"
#include "launcher/cli/output.h"

struct doctor_request {
	const char *format;
	bool all;
};
static const struct opt doctor_opts[] = {
	{ .letter = 'a', .name = "all", .kind = OPT_FLAG, .offset = OPT_INTO(struct doctor_request, all), .help = "show also what is good" },
	{ .name = "format", .kind = OPT_TEXT, .offset = OPT_INTO(struct doctor_request, format), .value = "json", .help = "json instead of text" },
	OPT_END
};
static const struct opt *const doctor_tables[] = { doctor_opts, NULL };

static bool is_finding(enum doctor_state s)
{
	return s == DOCTOR_BAD || s == DOCTOR_UNSEEN;
}

/* "a; b" as an array. */
static json_t *list_of(const char *text, const char *between)
{
	json_t *array = json_array();

	while (array && *text) {
		const char *end = strstr(text, between);
		size_t len = end ? (size_t)(end - text) : strlen(text);

		(void)json_array_append_new(array, json_stringn(text, len));
		text += len + (end ? strlen(between) : 0);
	}
	return array;
}

int doctor_json(const struct doctor_facts *f, json_t **ret, unsigned *ret_bad, struct err *e)
{
	auto_json json_t *array = json_array(), *all = NULL;
	int r = 0;

	*ret_bad = 0;
	for (size_t i = 0; i < doctor_checks_n; i++) {
		const struct doctor_check *c = &doctor_checks[i];
		struct doctor_result result = { .what = "" };
		enum doctor_state state = c->look(f, &result);

		*ret_bad += is_finding(state);
		r |= json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "Id", c->id, "State", doctor_state_word(state),
							   "Severity", doctor_severity_word(c->severity), "What", result.what, "Why", c->why,
							   "Mend", list_of(result.mend, "\n"), "Controls", list_of(c->controls, "; ")));
	}
	all = json_pack("{s:b, s:I, s:O}", "Good", *ret_bad == 0, "Findings", (json_int_t)*ret_bad, "Checks", array);
	if (r || !all)
		return err_set(e, ERR_SYSTEM, ENOMEM, "doctor");
	*ret = take_ptr(&all);
	return 0;
}

struct paint {
	const char *high, *medium, *low, *good, *bold, *plain;
};

static void print_lines(const char *head, const char *text)
{
	for (; *text; head = "") {
		size_t len = strcspn(text, "\n");

		printf("        %-5s %.*s\n", head, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void print_check(const struct doctor_check *c, enum doctor_state state, const struct doctor_result *r, const struct paint *p)
{
	const char *colour = c->severity == DOCTOR_HIGH ? p->high : c->severity == DOCTOR_MEDIUM ? p->medium : p->low;

	if (!is_finding(state)) {
		printf("%s%-6s%s  %s: %s\n", p->good, state == DOCTOR_GOOD ? "good" : "-", p->plain, c->id, r->what);
		return;
	}
	printf("%s%-6s%s  %s%s%s: %s\n", colour, doctor_severity_word(c->severity), p->plain, p->bold, c->id, p->plain, r->what);
	print_lines("why:", c->why);
	print_lines("mend:", r->mend);
	print_lines("for:", c->controls);
	printf("\n");
}

static void print_all(const struct doctor_facts *f, bool all, unsigned *ret_bad)
{
	static const struct paint none = { "", "", "", "", "", "" }, colours = { "\x1b[1;31m", "\x1b[33m", "\x1b[36m", "\x1b[32m", "\x1b[1m", "\x1b[0m" };
	const struct paint *p = isatty(STDOUT_FILENO) && !getenv("NO_COLOR") ? &colours : &none;
	unsigned good = 0, bad = 0;

	for (int severity = DOCTOR_HIGH; severity <= DOCTOR_LOW + 1; severity++)
		for (size_t i = 0; i < doctor_checks_n; i++) {
			const struct doctor_check *c = &doctor_checks[i];
			struct doctor_result result = { .what = "" };
			enum doctor_state state = c->look(f, &result);

			/* Findings first, the worst in front; then what is good. */
			if (is_finding(state) ? (int)c->severity != severity : severity != DOCTOR_LOW + 1)
				continue;
			bad += is_finding(state);
			good += state == DOCTOR_GOOD;
			if (is_finding(state) || all)
				print_check(c, state, &result, p);
		}
	printf("%u finding%s, %u checks good\n", bad, bad == 1 ? "" : "s", good);
	*ret_bad = bad;
}

static int cmd_doctor_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	const struct doctor_request *o = request;
	auto_free struct doctor_facts *f = calloc(1, sizeof(*f));
	auto_json json_t *j = NULL;
	unsigned bad = 0;
	bool json;
	int r = 0;

	(void)operands;
	if (!f)
		return err_set(e, ERR_SYSTEM, ENOMEM, "doctor");
	if (geteuid() != 0)
		return err_set(e, ERR_USAGE, 0, "this needs root: try sudo (only root may ask for the state of the audit system)");
	if (output_format(o->format, &json, e) || context_proc(c, e) < 0 || doctor_gather(c->procfd, f, e))
		return -1;
	if (json)
		r = doctor_json(f, &j, &bad, e) || output_json(j, e) ? -1 : 0;
	else
		print_all(f, o->all, &bad);
	audit_rules_done(&f->rules);
	return r ? -1 : bad ? 1 : 0;
}

const struct command cmd_doctor = {
	.name = "doctor", .group = "Audit", .brief = "what is wrong with this host's audit trail, why it matters, what mends it",
	.mode = OPT_MIXED, .tables = doctor_tables, .request_size = sizeof(struct doctor_request), .run = cmd_doctor_main,
};
