/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_seccomp.c - "linux.seccomp" of config.json to rules of a plan. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "launcher/base/json.h"
#include "launcher/base/path.h"
#include "launcher/plan/bundle_read.h"

static int action_of(const struct reading *r, const char *text, const char *at, char **to, struct err *e)
{
	static const struct {
		const char *action, *word;
	} rows[] = {
		{ "SCMP_ACT_ALLOW", "allow" }, { "SCMP_ACT_ERRNO", "errno" }, { "SCMP_ACT_KILL_PROCESS", "kill" },
		{ "SCMP_ACT_KILL_THREAD", "kill-thread" }, { "SCMP_ACT_KILL", "kill-thread" }, { "SCMP_ACT_LOG", "log" },
		{ "SCMP_ACT_TRAP", "trap" }, { "SCMP_ACT_NOTIFY", "notify" },
	};

	for (size_t i = 0; text && i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].action, text) == 0)
			return str_copy(rows[i].word, to, e);
	if (text && strcmp(text, "SCMP_ACT_TRACE") == 0)
		return bundle_refuse(r, e, ERR_INPUT, "%s: %s cannot be applied by this version", at, text);
	return bundle_refuse(r, e, ERR_INPUT, "%s: %.32s is no action", at, text ? text : "(none)");
}

/* "SCMP_ARCH_X86_64" to libseccomp's "x86_64". */
static int take_architectures(struct reading *r, const json_t *list, struct err *e)
{
	const json_t *item;
	size_t i;

	if (json_array_size(list) > PLAN_LIMITS_MAX)
		return bundle_refuse(r, e, ERR_LIMIT, ".architectures: more than %d", PLAN_LIMITS_MAX);
	json_array_foreach(list, i, item) {
		const char *text = json_string_value(item);
		char word[32] = "";

		if (!str_starts(text, "SCMP_ARCH_") || strlen(text + 10) >= sizeof(word) || !text[10])
			return bundle_refuse(r, e, ERR_INPUT, ".architectures[%zu]: %.32s is none", i, text);
		for (size_t k = 0; text[10 + k]; k++)
			word[k] = text[10 + k] >= 'A' && text[10 + k] <= 'Z' ? (char)(text[10 + k] | 32) : text[10 + k];
		if (!strv_has(&r->p->seccomp.architectures, word) && strv_add(&r->p->seccomp.architectures, word, e))
			return -1;
	}
	return 0;
}

/* TSYNC: the kernel applies a filter to all threads or one; the program has one when it is loaded. */
static int take_flags(struct reading *r, const json_t *list, struct err *e)
{
	static const struct {
		const char *flag, *word;
	} rows[] = {
		{ "SECCOMP_FILTER_FLAG_TSYNC", NULL }, { "SECCOMP_FILTER_FLAG_LOG", "log" }, { "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "spec-allow" },
		{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "wait-killable" },
	};
	struct strv *flags = &r->p->seccomp.flags;
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		size_t k = 0;

		while (k < ARRAY_LEN(rows) && strcmp(rows[k].flag, json_string_value(item)) != 0)
			k++;
		if (k == ARRAY_LEN(rows))
			return bundle_refuse(r, e, ERR_INPUT, ".flags[%zu]: %.48s is none", i, json_string_value(item));
		if (rows[k].word && !strv_has(flags, rows[k].word) && strv_add(flags, rows[k].word, e))
			return -1;
	}
	return 0;
}

/*
 * The call that hands the descriptor over is made behind the filter: one that waits for who is to get it would wait for ever
 * (the specification leaves these to runtimes).
 */
static int check_notified(const struct reading *r, struct err *e)
{
	const struct plan_seccomp *s = &r->p->seccomp;
	bool any = false;

	if (strcmp(s->default_action, "notify") == 0)
		return bundle_refuse(r, e, ERR_INPUT, ".defaultAction: SCMP_ACT_NOTIFY cannot be applied: sendmsg, which hands the listener over, would "
				     "wait for it");
	for (size_t i = 0; i < s->rules.len; i++) {
		const struct plan_seccomp_rule *rule = FIELD_AT(&s->rules, struct plan_seccomp_rule, i);

		if (strcmp(rule->action, "notify") != 0)
			continue;
		any = true;
		if (strv_has(&rule->names, "sendmsg"))
			return bundle_refuse(r, e, ERR_INPUT, ".syscalls[%zu].names: sendmsg, which hands the listener over, would wait for it", i);
	}
	if (any && !s->listener)
		return bundle_refuse(r, e, ERR_INPUT, ".listenerPath: is needed with SCMP_ACT_NOTIFY");
	if (!any && (s->listener || s->metadata || strv_has(&s->flags, "wait-killable")))
		return bundle_refuse(r, e, ERR_INPUT, "%s: no rule has SCMP_ACT_NOTIFY", s->listener ? ".listenerPath" :
				     s->metadata ? ".listenerMetadata" : ".flags: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
	return 0;
}

static int take_listener(struct reading *r, const json_t *value, struct err *e)
{
	const char *path = bundle_text(value, "listenerPath"), *metadata = bundle_text(value, "listenerMetadata");

	if (path && *path && !path_is_canonical(path))
		return bundle_refuse(r, e, ERR_INPUT, ".listenerPath: %.128s is not absolute and without \".\", \"..\" and \"//\"", path);
	if (metadata && strlen(metadata) > BUNDLE_METADATA_MAX)
		return bundle_refuse(r, e, ERR_LIMIT, ".listenerMetadata: %zu bytes, more than %d", strlen(metadata), BUNDLE_METADATA_MAX);
	return str_copy(path && *path ? path : NULL, &r->p->seccomp.listener, e) ||
	       str_copy(metadata && *metadata ? metadata : NULL, &r->p->seccomp.metadata, e) ? -1 : 0;
}

static int take_arg(const struct reading *r, size_t i, const json_t *item, struct plan_seccomp_rule *rule, struct err *e)
{
	struct plan_seccomp_arg *a = field_list_add(&rule->args, plan_seccomp_arg_fields, sizeof(*a));
	const char *op = bundle_text(item, "op");

	if (!a)
		return err_set(e, ERR_SYSTEM, ENOMEM, "seccomp");
	a->value = a->value2 = 0;
	a->index = bundle_number(item, "index", -1);
	if (!op || !str_starts(op, "SCMP_CMP_"))
		return bundle_refuse(r, e, ERR_INPUT, ".syscalls[%zu].args: op %.32s is no comparison", i, op ? op : "(none)");
	if ((bundle_at(item, "value") && json_to_u64(bundle_at(item, "value"), &a->value)) ||
	    (bundle_at(item, "valueTwo") && json_to_u64(bundle_at(item, "valueTwo"), &a->value2)))
		return bundle_refuse(r, e, ERR_INPUT, ".syscalls[%zu].args: value is no number of 64 bits", i);
	return str_copy(op + strlen("SCMP_CMP_"), &a->op, e);
}

static int take_rule(struct reading *r, size_t i, const json_t *item, struct err *e)
{
	struct plan_seccomp_rule *rule = field_list_add(&r->p->seccomp.rules, plan_seccomp_rule_fields, sizeof(*rule));
	const json_t *names = bundle_at(item, "names"), *args = bundle_at(item, "args"), *arg;
	char at[64];
	size_t k;

	if (!rule)
		return err_set(e, ERR_SYSTEM, ENOMEM, "seccomp");
	(void)snprintf(at, sizeof(at), ".syscalls[%zu].action", i);
	if (action_of(r, bundle_text(item, "action"), at, &rule->action, e))
		return -1;
	if (!json_array_size(names) || json_array_size(names) > BUNDLE_RULES_MAX)
		return bundle_refuse(r, e, ERR_LIMIT, ".syscalls[%zu].names: %zu entries, not 1 to %d", i, json_array_size(names), BUNDLE_RULES_MAX);
	json_array_foreach(names, k, arg)
		if (strv_add(&rule->names, json_string_value(arg), e))
			return -1;
	if (json_array_size(args) > 6)
		return bundle_refuse(r, e, ERR_LIMIT, ".syscalls[%zu].args: more than 6", i);
	json_array_foreach(args, k, arg)
		if (take_arg(r, i, arg, rule, e))
			return -1;
	if (strcmp(rule->action, "errno") == 0)
		rule->errno_ret = bundle_number(item, "errnoRet", FIELD_NONE);
	else if (bundle_number(item, "errnoRet", 0))
		return bundle_refuse(r, e, ERR_INPUT, ".syscalls[%zu].errnoRet: only SCMP_ACT_ERRNO has one", i);
	return 0;
}

int take_seccomp(struct reading *r, const json_t *value, struct err *e)
{
	struct plan_seccomp *s = &r->p->seccomp;
	const json_t *rules = bundle_at(value, "syscalls"), *item;
	size_t i;

	if (action_of(r, bundle_text(value, "defaultAction"), ".defaultAction", &s->default_action, e) ||
	    take_architectures(r, bundle_at(value, "architectures"), e) || take_flags(r, bundle_at(value, "flags"), e) ||
	    take_listener(r, value, e))
		return -1;
	s->default_errno = bundle_number(value, "defaultErrnoRet", FIELD_NONE);
	if (json_array_size(rules) > BUNDLE_RULES_MAX)
		return bundle_refuse(r, e, ERR_LIMIT, ".syscalls: %zu entries, more than %d", json_array_size(rules), BUNDLE_RULES_MAX);
	json_array_foreach(rules, i, item)
		if (take_rule(r, i, item, e))
			return -1;
	return check_notified(r, e);
}
