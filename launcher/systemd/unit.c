/* SPDX-License-Identifier: Apache-2.0 */
/* unit.c - see unit.h. */
#include "launcher/systemd/unit.h"

#include <signal.h>
#include <string.h>

#include "launcher/systemd/unit_word.h"

static const char *const restarts[] = { "no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always" };

bool unit_is_restart(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(restarts); i++)
		if (strcmp(restarts[i], word) == 0)
			return true;
	return false;
}

/* NAME=WORD WORD ...; no line at all where there is no word. `instance`: of the word that gets the specifier, which is a name; else 0. */
static int add_words(struct str *to, const char *name, enum unit_word kind, const struct strv *words, size_t instance, struct err *e)
{
	size_t from = to->len;

	if (!words->len)
		return 0;
	if (str_addf(to, e, "%s=", name))
		return -1;
	for (size_t i = 0; i < words->len; i++)
		if (unit_word_add(to, kind, words->item[i], e) || (instance && i == instance && str_add(to, "-%i", e)))
			return -1;
	if (to->len - from >= UNIT_LINE_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s=: a line of more than %d bytes, which systemd does not read", name, UNIT_LINE_MAX);
	return str_add(to, "\n", e);
}

static int add_line(struct str *to, const char *name, enum unit_word kind, const struct strv *words, struct err *e)
{
	return add_words(to, name, kind, words, 0, e);
}

static int add_units(struct str *to, const char *name, const struct strv *units, struct err *e)
{
	for (size_t i = 0; i < units->len; i++)
		if (unit_name_check(name, units->item[i], e))
			return -1;
	return add_line(to, name, UNIT_WORD_ENV, units, e);
}

static int add_seconds(struct str *to, const char *name, int64_t seconds, struct err *e)
{
	return seconds < 0 ? 0 : str_addf(to, e, "%s=%lld\n", name, (long long)seconds);
}

/* What the container's start needs of the host. */
static int add_mounts(const struct unit *u, struct str *to, struct err *e)
{
	const struct plan *p = u->sandbox.plan;
	auto_strv struct strv paths = { 0 };

	if (strv_add(&paths, u->sandbox.lib, e) || (p->root.path && strv_add(&paths, p->root.path, e)))
		return -1;
	for (size_t i = 0; i < p->mounts.len; i++)
		if (PLAN_MOUNT(p, i)->kind == PLAN_MOUNT_BIND && strv_add(&paths, PLAN_MOUNT(p, i)->source, e))
			return -1;
	return add_line(to, "RequiresMountsFor", UNIT_WORD_PATH, &paths, e);
}

static int add_unit(const struct unit *u, struct str *to, struct err *e)
{
	int network = u->sandbox.plan->net;

	if (str_addf(to, e, "\n[Unit]\nDescription=secctr %s%s\nDocumentation=man:secctr-generate(1)\n", u->name,
		     strchr(u->name, '@') ? " for %I" : ""))
		return -1;
	if ((network != PLAN_NET_NONE && str_add(to, "Wants=network-online.target\nAfter=network-online.target\n", e)) ||
	    str_add(to, "# Without the audit daemon a start is refused that has to be recorded.\nAfter=auditd.service\n", e) ||
	    add_mounts(u, to, e) || add_seconds(to, "StartLimitBurst", u->start_burst, e))
		return -1;
	if (!u->wants.len && !u->after.len && !u->requires.len)
		return 0;
	return str_add(to, "\n# User-defined dependencies\n", e) || add_units(to, "Wants", &u->wants, e) ||
	       add_units(to, "After", &u->after, e) || add_units(to, "Requires", &u->requires, e) ? -1 : 0;
}

/* As Podman has them, a line each. */
static int add_env(const struct unit *u, struct str *to, struct err *e)
{
	for (size_t i = 0; i < u->env.len; i++)
		if (str_add(to, "Environment=", e) || unit_word_add(to, UNIT_WORD_ENV, u->env.item[i], e) || str_add(to, "\n", e))
			return -1;
	return 0;
}

static int add_service(const struct unit *u, struct str *to, struct err *e)
{
	int64_t signal = u->sandbox.plan->monitor.stop_signal;

	if (str_add(to, "\n[Service]\nType=notify\nNotifyAccess=main\n", e) || add_env(u, to, e) ||
	    str_addf(to, e, "Restart=%s\n", u->restart) || add_seconds(to, "RestartSec", u->restart_sec, e) ||
	    str_addf(to, e, "# As a program ends that `secctr stop` ended\nSuccessExitStatus=%lld\n", 128 + (long long)(signal > 0 ? signal : SIGTERM)) ||
	    add_seconds(to, "TimeoutStartSec", u->start_timeout, e) ||
	    add_seconds(to, "TimeoutStopSec", u->stop_timeout + UNIT_STOP_EXTRA, e) ||
	    add_words(to, "ExecStart", UNIT_WORD_EXEC, &u->start, u->start_name, e))
		return -1;
	return str_add(to, "# ExecStop= is left out: the main process is the container's monitor, which ends it when it gets SIGTERM, and records that\n"
		       "KillMode=mixed\n# What a killed monitor left is ended and recorded by who looks at it next\n", e) ||
	       add_words(to, "ExecStopPost", UNIT_WORD_EXEC, &u->stop_post, u->stop_name, e) || str_add(to, "Delegate=yes\n", e) ? -1 : 0;
}

int unit_text(const struct unit *u, struct str *ret, struct err *e)
{
	if (unit_name_check("name of the unit", u->name, e))
		return -1;
	if (!unit_is_restart(u->restart))
		return err_set(e, ERR_INPUT, 0, "%.32s is no value of Restart=", u->restart);
	if ((u->header && str_addf(ret, e, "# %s\n# %s\n", u->name, u->header)) || add_unit(u, ret, e) || add_service(u, ret, e) ||
	    str_add(ret, "\n# What the launcher, the monitor and the container may do, from the container's plan\n", e) ||
	    sandbox_text(&u->sandbox, ret, e))
		return -1;
	return str_add(ret, "\n[Install]\nWantedBy=default.target\n", e);
}

void unit_done(struct unit *u)
{
	struct strv *lists[] = { &u->start, &u->stop_post, &u->env, &u->wants, &u->after, &u->requires };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		strv_done(lists[i]);
}
