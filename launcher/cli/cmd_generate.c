/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_generate.c - secctr generate systemd: the text of a unit for a container. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "launcher/base/io.h"
#include "launcher/base/json.h"
#include "launcher/cli/analyze.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/create_command.h"
#include "launcher/cli/look.h"
#include "launcher/cli/output.h"
#include "launcher/cli/program.h"
#include "launcher/systemd/unit.h"
#include "launcher/systemd/unit_word.h"
#include "policy/policy.h"

enum { SECONDS_MAX = 365 * 86400, STOP_DEFAULT = 10, EXPOSURE_UNIT = 100000 /* a tenth, in millionths */ };

struct generate_request {
	bool anew, name, files, template, no_header, check;
	int anew_given;			/* TRI: --new=false and --template exclude each other */
	const char *restart, *restart_sec, *start_timeout, *stop_timeout, *container_prefix, *pod_prefix, *separator, *format, *max_exposure,
		*sandbox;
	struct opt_list after, wants, requires, env;
};

#define ROW(l, n, k, f, v, h) { .letter = l, .name = n, .kind = k, .offset = OPT_INTO(struct generate_request, f), .value = v, .help = h }

static const struct opt generate_opts[] = {
	ROW(0, "after", OPT_LIST, after, "UNIT", "start after this unit"),
	ROW(0, "check", OPT_FLAG, check, NULL, "have systemd-analyze verify it, and tell its exposure on standard error"),
	ROW(0, "container-prefix", OPT_TEXT, container_prefix, "TEXT", "front of the unit's name (default container)"),
	ROW('e', "env", OPT_LIST, env, "KEY=VALUE", "set a variable for the unit's own processes"),
	ROW('f', "files", OPT_FLAG, files, NULL, "write NAME.service in the current directory, and print its path"),
	ROW(0, "format", OPT_TEXT, format, "json", "an object with the unit's name, and its text or path"),
	ROW(0, "max-exposure", OPT_TEXT, max_exposure, "NUMBER", "refuse a unit that systemd-analyze security finds worse; also MaxExposure= of the policy"),
	ROW('n', "name", OPT_FLAG, name, NULL, "the container's name in the unit's, not its id"),
	ROW(0, "new", OPT_TRI, anew_given, NULL, "make the container anew at each start, and remove it at each stop"),
	ROW(0, "no-header", OPT_FLAG, no_header, NULL, "without the lines that say who made it, and when"),
	ROW(0, "pod-prefix", OPT_TEXT, pod_prefix, "TEXT", "as in podman; there are no pods"),
	ROW(0, "requires", OPT_LIST, requires, "UNIT", "this unit has to be active"),
	ROW(0, "restart-policy", OPT_TEXT, restart, "WORD", "Restart= of the unit (default: the container's, else on-failure)"),
	ROW(0, "restart-sec", OPT_TEXT, restart_sec, "SECONDS", "RestartSec= of the unit"),
	ROW(0, "sandbox", OPT_TEXT, sandbox, "launcher", "who makes the container's confinement; the launcher does"),
	ROW(0, "separator", OPT_TEXT, separator, "TEXT", "between prefix and name (default -)"),
	ROW(0, "start-timeout", OPT_TEXT, start_timeout, "SECONDS", "TimeoutStartSec= of the unit"),
	ROW('t', "stop-timeout", OPT_TEXT, stop_timeout, "SECONDS", "how long a stop waits before it kills (default: the container's own)"),
	{ .name = "time", .kind = OPT_TEXT, .offset = OPT_INTO(struct generate_request, stop_timeout), .value = "SECONDS",
	  .help = "the same", .hidden = true },
	ROW(0, "template", OPT_FLAG, template, NULL, "a template, a container for each instance; with --new alone"),
	ROW(0, "wants", OPT_LIST, wants, "UNIT", "have this unit started too"),
	OPT_END
};
static const struct opt *const generate_tables[] = { generate_opts, NULL };

static void generate_prepare(void *request)
{
	((struct generate_request *)request)->anew_given = -1;
}

static void generate_done(void *request)
{
	struct generate_request *r = request;
	struct opt_list *lists[] = { &r->after, &r->wants, &r->requires, &r->env };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		opt_list_done(lists[i]);
}

/* What is asked for, about one container. */
struct generating {
	struct context *c;
	const struct generate_request *r;
	struct look look;
	const struct plan *plan;
	struct unit unit;
	char *name, *program;		/* "container-web.service"; our own file */
	struct str text;
	int64_t max_exposure;		/* millionths */
	char *max_at;			/* who says so; NULL: nobody */
};

static int seconds_of(const char *text, const char *what, int64_t *ret, struct err *e)
{
	uint64_t n;

	if (!text)
		return 0;
	if (str_to_u64(text, 0, SECONDS_MAX, what, &n, e))
		return -1;
	*ret = (int64_t)n;
	return 0;
}

static int add_all(struct strv *to, const struct opt_list *from, struct err *e)
{
	for (size_t i = 0; i < from->len; i++)
		if (strv_add(to, from->item[i], e))
			return -1;
	return 0;
}

static int set_env(struct generating *g, struct err *e)
{
	for (size_t i = 0; i < g->r->env.len; i++)
		if (!strchr(g->r->env.item[i], '=') || *g->r->env.item[i] == '=')
			return err_set(e, ERR_INPUT, 0, "--env %.64s: KEY=VALUE; a value of who generates it does not belong into a unit",
				       g->r->env.item[i]);
	return add_all(&g->unit.env, &g->r->env, e);
}

static int set_names(struct generating *g, struct err *e)
{
	const char *prefix = g->r->container_prefix ? g->r->container_prefix : "container";
	const char *separator = g->r->separator ? g->r->separator : "-";
	const char *name = g->r->name ? look_name(&g->look) : g->look.state.id;

	if (str_print(&g->name, e, "%s%s%s%s.service", prefix, *prefix ? separator : "", name, g->r->template ? "@" : ""))
		return -1;
	g->unit.name = g->name;
	return unit_name_check("name of the unit", g->name, e);
}

/* The unit's policy, or that of --restart: with a unit it is systemd that starts it again. */
static int set_restart(struct generating *g, struct err *e)
{
	const struct plan_monitor *m = &g->plan->monitor;

	if (g->r->restart) {
		if (!unit_is_restart(g->r->restart))
			return err_set(e, ERR_USAGE, 0, "--restart-policy %.32s: no, on-success, on-failure, on-abnormal, on-watchdog, on-abort or always",
				       g->r->restart);
		g->unit.restart = g->r->restart;
		return 0;
	}
	g->unit.restart = m->restart == PLAN_RESTART_ALWAYS || m->restart == PLAN_RESTART_UNLESS_STOPPED ? "always" : "on-failure";
	if (m->restart == PLAN_RESTART_ON_FAILURE && m->restart_max != FIELD_NONE)
		g->unit.start_burst = m->restart_max;
	return 0;
}

static int set_times(struct generating *g, struct err *e)
{
	struct unit *u = &g->unit;

	u->restart_sec = u->start_timeout = u->start_burst = -1;
	u->stop_timeout = g->plan->monitor.stop_timeout >= 0 ? g->plan->monitor.stop_timeout : STOP_DEFAULT;
	return seconds_of(g->r->restart_sec, "--restart-sec", &u->restart_sec, e) ||
	       seconds_of(g->r->start_timeout, "--start-timeout", &u->start_timeout, e) ||
	       seconds_of(g->r->stop_timeout, "--stop-timeout", &u->stop_timeout, e) ? -1 : 0;
}

static int add_joined(struct strv *to, const char *front, const char *back, struct err *e)
{
	auto_free char *text = NULL;

	return str_print(&text, e, "%s%s", front, back) || strv_add(to, text, e) ? -1 : 0;
}

/* /usr/bin/secctr [--root=...]; what the container was made with, or what we were started with. */
static int begin(struct generating *g, struct strv *to, const struct strv *before, struct err *e)
{
	if (strv_add(to, g->program, e))
		return -1;
	for (size_t i = 0; before && i < before->len; i++)
		if (strv_add(to, before->item[i], e))
			return -1;
	if (before)
		return 0;
	return (g->c->root && add_joined(to, "--root=", g->c->root, e)) || (g->c->runroot && add_joined(to, "--runroot=", g->c->runroot, e))
		? -1 : 0;
}

static int add_words(struct strv *to, const char *const words[], struct err *e)
{
	for (; *words; words++)
		if (strv_add(to, *words, e))
			return -1;
	return 0;
}

static int set_start(struct generating *g, struct err *e)
{
	static const char *const start[] = { "start", "--cgroups=split", "--sdnotify=monitor", NULL };
	/* Whoever looks at a container ends and records what a killed monitor left; one that runs outside of the unit is none of its business. */
	static const char *const look[] = { "ps", "--all", "--quiet", NULL };
	struct unit *u = &g->unit;
	char seconds[48];

	(void)snprintf(seconds, sizeof(seconds), "--stop-timeout=%lld", (long long)u->stop_timeout);
	return begin(g, &u->start, NULL, e) || add_words(&u->start, start, e) || strv_add(&u->start, seconds, e) ||
	       strv_add(&u->start, look_name(&g->look), e) || begin(g, &u->stop_post, NULL, e) || add_words(&u->stop_post, look, e) ||
	       add_joined(&u->stop_post, "--filter=name=^", look_name(&g->look), e) ? -1 : 0;
}

static bool gives(const struct strv *options, const char *front)
{
	for (size_t i = 0; i < options->len; i++)
		if (str_starts(options->item[i], front))
			return true;
	return false;
}

/* `run` with the unit's options in front, and the container's own behind them. */
static int set_run(struct generating *g, struct err *e)
{
	static const char *const run[] = { "run", "--detach", "--replace", "--cgroups=split", "--sdnotify=monitor", NULL };
	static const char *const rm[] = { "rm", "--force", "--ignore", "--volumes", NULL };
	auto_create_command struct create_command made = { 0 };
	const char *name = look_name(&g->look);
	struct unit *u = &g->unit;
	char seconds[48];

	if (create_command_read(g->plan, &made, e) || begin(g, &u->start, &made.before, e) || add_words(&u->start, run, e) ||
	    add_joined(&u->start, "--name=", name, e))
		return -1;
	u->start_name = g->r->template ? u->start.len - 1 : 0;
	(void)snprintf(seconds, sizeof(seconds), "--stop-timeout=%lld", (long long)u->stop_timeout);
	for (size_t i = 0; i < made.options.len; i++)
		if (!str_starts(made.options.item[i], "--stop-timeout=") && strv_add(&u->start, made.options.item[i], e))
			return -1;
	/* Which policy is asked for by name, so that another match of tomorrow does not take its place. */
	if (strv_add(&u->start, seconds, e) ||
	    (!gives(&made.options, "--policy=") && add_joined(&u->start, "--policy=", g->plan->policy.name, e)) || strv_add(&u->start, "--", e))
		return -1;
	for (size_t i = 0; i < made.operands.len; i++)
		if (strv_add(&u->start, made.operands.item[i], e))
			return -1;
	for (size_t i = 0; i < made.callers.len; i++)
		fprintf(stderr, "secctr: warning: --env %.128s had no value: a unit has the variable only by --env %.128s=VALUE of this command\n",
			made.callers.item[i], made.callers.item[i]);
	if (begin(g, &u->stop_post, &made.before, e) || add_words(&u->stop_post, rm, e) || strv_add(&u->stop_post, name, e))
		return -1;
	u->stop_name = g->r->template ? u->stop_post.len - 1 : 0;
	return 0;
}

/* Who answers for it when systemd starts it: without an owner the unit would be refused at each start. */
static int check_policy(struct generating *g, struct err *e)
{
	AUTO(policy_set_free_auto) struct policy_set *set = NULL;
	const struct policy *site, *policy;
	const char *at;
	uint32_t owner;

	if (policy_find(&policy_places_default, g->plan->policy.name, g->plan, &set, &site, &policy, e) ||
	    policy_unit_owner(policy, site, &owner, &at, e) ||
	    policy_max_exposure(policy, site, &g->max_exposure, &g->max_at, e))
		return -1;
	if (owner == UINT32_MAX)
		return err_set(e, ERR_POLICY, 0, "%s: [Who] has no UnitOwner=: what systemd starts has no login UID, and nobody would answer for "
			       "the container; each start would be refused", policy_path(policy));
	return 0;
}

/* As inspect: who may not look at it does not get its command line. */
static int look_for(struct generating *g, const char *text, struct sealed_plan **sealed, struct err *e)
{
	struct audit_writer w = AUDIT_WRITER_CLOSED;
	char uuid[UUID_TEXT + 1];
	int r;

	if (look_at(g->c, text, &g->look, e) || look_plan(&g->look, sealed, e))
		return -1;
	g->plan = sealed_plan(*sealed);
	if (g->look.state.bundle)
		return err_set(e, ERR_STATE, 0, "container %s is an engine's: its engine makes its unit", look_name(&g->look));
	id_uuid(g->look.state.id, uuid);
	r = authorize_op(g->c, g->plan, "inspect", &w, e);
	if (r)
		authorize_refused(g->c, &w, "inspect", g->look.state.name, uuid, e);
	audit_writer_close(&w);
	return r;
}

static int make_text(struct generating *g, struct err *e)
{
	static const char lib[] = "/var/lib/secctr", run[] = "/run/secctr";
	struct unit *u = &g->unit;
	char header[128], day[32];
	time_t now = time(NULL);
	struct tm tm;

	u->sandbox = (struct sandbox){ .plan = g->plan, .lib = g->c->root ? g->c->root : lib, .run = g->c->runroot ? g->c->runroot : run };
	if (!g->r->no_header) {
		(void)strftime(day, sizeof(day), "%a %b %e %H:%M:%S %Z %Y", localtime_r(&now, &tm));
		(void)snprintf(header, sizeof(header), "autogenerated by secctr %s, %s", SECCTR_VERSION, day);
		u->header = header;
	}
	return unit_text(u, &g->text, e);
}

static int check_text(struct generating *g, struct err *e)
{
	int64_t asked;
	int score;

	if (g->r->max_exposure) {
		if (str_to_micro(g->r->max_exposure, "--max-exposure", &asked, e))
			return -1;
		if (!g->max_at || asked < g->max_exposure) {
			g->max_exposure = asked;
			free_ptr_auto(&g->max_at);
			if (str_copy("--max-exposure", &g->max_at, e))
				return -1;
		}
	}
	if (!g->r->check && !g->max_at)
		return 0;
	if (analyze_unit(g->name, g->text.text, &score, e))
		return g->max_at ? err_context(e, "MaxExposure: its bound (%s) cannot be compared", g->max_at) : -1;
	if ((int64_t)score * EXPOSURE_UNIT > g->max_exposure)
		return err_set(e, ERR_POLICY, 0, "%s: the unit's exposure is %d.%d, more than %lld.%lld (MaxExposure, %s)", g->name, score / 10,
			       score % 10, (long long)g->max_exposure / 1000000, (long long)g->max_exposure / EXPOSURE_UNIT % 10, g->max_at);
	if (g->r->check)
		fprintf(stderr, "secctr: %s: exposure %d.%d of 10 (systemd-analyze security)\n", g->name, score / 10, score % 10);
	return 0;
}

/* *shown: the text, or the path of its file. */
static int write_file(struct generating *g, char **shown, struct err *e)
{
	auto_free char *cwd = getcwd(NULL, 0);
	auto_close int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!cwd || dir < 0)
		return err_set(e, ERR_SYSTEM, errno, "current directory");
	if (io_replace_file_at(dir, g->name, g->text.text, g->text.len, 0644, e))
		return context_denied(g->c, "without --files the text goes to standard output, which a shell can put anywhere", e);
	return str_print(shown, e, "%s%s%s", cwd, cwd[1] ? "/" : "", g->name);
}

static int show(struct generating *g, struct err *e)
{
	auto_json json_t *j = NULL;
	auto_free char *path = NULL, *key = NULL;
	const char *shown = g->text.text;

	if (g->r->files) {
		if (write_file(g, &path, e))
			return -1;
		shown = path;
	}
	if (!g->r->format)
		return fputs(shown, stdout) < 0 || (g->r->files && putchar('\n') < 0) || fflush(stdout) ?
		       err_set(e, ERR_SYSTEM, errno, "standard output") : 0;
	/* Podman's keys are without the type. */
	if (str_print(&key, e, "%.*s", (int)(strlen(g->name) - strlen(".service")), g->name))
		return -1;
	j = json_pack("{s:s}", key, shown);
	return j ? output_json(j, e) : err_set(e, ERR_INPUT, 0, "the unit's text is no UTF-8");
}

static int check_request(struct generate_request *r, struct err *e)
{
	bool json;

	if (output_format(r->format, &json, e))
		return -1;
	if (r->format && !json)
		return err_set(e, ERR_USAGE, 0, "--format %.32s: json", r->format);
	if (r->template && r->anew_given == 0)
		return err_set(e, ERR_USAGE, 0, "--template makes a container for each instance: not with --new=false");
	if (r->sandbox && strcmp(r->sandbox, "launcher") != 0)
		return err_set(e, ERR_USAGE, 0, "--sandbox %.32s: launcher is what this version has", r->sandbox);
	r->anew = r->template || r->anew_given > 0;
	return 0;
}

static int generate(struct generating *g, const char *text, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;

	if (look_for(g, text, &sealed, e) || check_policy(g, e) || set_names(g, e) || set_env(g, e) || set_times(g, e) || set_restart(g, e) ||
	    add_all(&g->unit.wants, &g->r->wants, e) || add_all(&g->unit.after, &g->r->after, e) ||
	    add_all(&g->unit.requires, &g->r->requires, e) || program_own(&g->program, e) || (g->r->anew ? set_run(g, e) : set_start(g, e)))
		return -1;
	return make_text(g, e) || check_text(g, e) || show(g, e) ? -1 : 0;
}

static int cmd_generate_main(struct context *c, void *request, const struct opt_list *operands, struct err *e)
{
	struct generating g = { .c = c, .r = request };
	int r;

	look_init(&g.look);
	r = check_request(request, e) ? -1 : generate(&g, operands->item[0], e);
	look_done(&g.look);
	unit_done(&g.unit);
	str_done(&g.text);
	free(g.name);
	free(g.program);
	free(g.max_at);
	return r;
}

const struct command cmd_generate_systemd = {
	.name = "generate systemd", .operands = "CONTAINER", .group = "Containers", .brief = "show a locked-down systemd unit for a container",
	.mode = OPT_MIXED, .tables = generate_tables, .request_size = sizeof(struct generate_request), .prepare = generate_prepare,
	.done = generate_done, .min_operands = 1, .max_operands = 1, .run = cmd_generate_main,
};
