/* SPDX-License-Identifier: Apache-2.0 */
/* create_command.c - see create_command.h. */
#include "launcher/cli/create_command.h"

#include <string.h>

#include "launcher/cli/command.h"
#include "launcher/cli/run_request.h"

/* The unit's own. */
static const char *const left_out[] = { "cgroups", "cidfile", "detach", "detach-keys", "name", "replace", "restart", "rm", "sdnotify", "sig-proxy" };

static const struct {
	const char *option, *why;
} refused[] = {
	{ "tty", "a unit has no terminal" },
	{ "interactive", "a unit has no standard input" },
	{ "attach", "nobody is attached to a unit" },
	{ "preserve-fds", "a unit has no descriptors to hand in" },
	{ "env-host", "a unit has another environment than who typed it: name the variables" },
	{ "cgroup-manager", "the control group is the unit's" },
};

/* Values with a path of the host that may be relative, and where in the value it begins. */
static const char *const file_options[] = { "env-file", "label-file", "pidfile", "init-path" };

static bool is_among(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static bool is_off(const char *value)
{
	return value && strcmp(value, "false") == 0;
}

static int check_option(const struct opt *o, const char *value, struct err *e)
{
	const char *source;

	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (strcmp(refused[i].option, o->name) == 0 && !is_off(value))
			return err_set(e, ERR_INPUT, 0, "the container was made with --%s: %s; make it without", o->name, refused[i].why);
	if (!value)
		return 0;
	source = strcmp(o->name, "mount") == 0 ? strstr(value, "source=.") ? "." : strstr(value, "src=.") ? "." : "/" : value;
	if ((is_among(o->name, file_options, ARRAY_LEN(file_options)) && *value != '/') ||
	    ((strcmp(o->name, "volume") == 0 || strcmp(o->name, "mount") == 0) && *source == '.'))
		return err_set(e, ERR_INPUT, 0, "the container was made with --%s=%.128s: a unit runs in another directory; make it with an "
			       "absolute path", o->name, value);
	return 0;
}

static int add_option(struct strv *to, const struct opt *o, const char *value, struct err *e)
{
	auto_free char *text = NULL;

	return str_print(&text, e, value ? "--%s=%s" : "--%s", o->name, value) || strv_add(to, text, e) ? -1 : 0;
}

static int before_seen(void *arg, const struct opt *o, const char *value, struct err *e)
{
	struct create_command *to = arg;

	return o ? add_option(&to->before, o, value, e) : strv_add(&to->operands, value, e);
}

static int run_seen(void *arg, const struct opt *o, const char *value, struct err *e)
{
	struct create_command *to = arg;

	if (!o)
		return strv_add(&to->operands, value, e);
	if (is_among(o->name, left_out, ARRAY_LEN(left_out)))
		return 0;
	if (check_option(o, value, e))
		return -1;
	if (strcmp(o->name, "env") == 0 && value && !strchr(value, '='))
		return strv_add(&to->callers, value, e);
	return add_option(&to->options, o, value, e);
}

int create_command_read(const struct plan *p, struct create_command *ret, struct err *e)
{
	const struct strv *words = &p->monitor.create_command;
	auto_strv struct strv rest = { 0 };
	size_t skip = 0;

	if (!words->len)
		return err_set(e, ERR_STATE, 0, "container %s: the command that made it was not kept: run it again, and generate then", p->name);
	if (opt_each(global_tables, OPT_STOP, (int)words->len, (const char *const *)words->item, before_seen, ret, e))
		return -1;
	rest = ret->operands;
	ret->operands = (struct strv){ 0 };
	skip = rest.len && strcmp(rest.item[0], "container") == 0;
	if (rest.len <= skip || (strcmp(rest.item[skip], "run") != 0 && strcmp(rest.item[skip], "create") != 0))
		return err_set(e, ERR_STATE, 0, "container %s was not made by `secctr run` or `secctr create`", p->name);
	if (opt_each(run_tables, OPT_STOP, (int)(rest.len - skip), (const char *const *)rest.item + skip, run_seen, ret, e))
		return err_context(e, "the command that made container %s", p->name);
	/* As it was found, whatever the directory was. */
	if (ret->operands.len && p->root.path) {
		free(ret->operands.item[0]);
		ret->operands.item[0] = NULL;
		return str_copy(p->root.path, &ret->operands.item[0], e);
	}
	return ret->operands.len ? 0 : err_set(e, ERR_STATE, 0, "container %s: the command that made it names no image", p->name);
}

void create_command_done(struct create_command *c)
{
	strv_done(&c->before);
	strv_done(&c->options);
	strv_done(&c->operands);
	strv_done(&c->callers);
}
