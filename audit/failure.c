/* SPDX-License-Identifier: Apache-2.0 */
/* failure.c - the failure table and its text form. */
#include "audit/failure.h"

#include <stdbool.h>
#include <string.h>

static const struct {
	const char *word;
	enum audit_action by_default;
} situations[AUDIT_SITUATION_COUNT] = {
#define X(name, w, meaning, action) [name] = { w, AUDIT_##action },
	AUDIT_SITUATIONS(X)
#undef X
};

static const char *const actions[AUDIT_ACTION_COUNT] = {
	[AUDIT_REFUSE] = "refuse", [AUDIT_STOP] = "stop", [AUDIT_CONTINUE] = "continue",
};

const char *audit_action_word(enum audit_action action)
{
	return (unsigned)action < AUDIT_ACTION_COUNT ? actions[action] : "refuse";
}

void audit_failure_default(struct audit_failure_table *ret)
{
	for (unsigned i = 0; i < AUDIT_SITUATION_COUNT; i++)
		ret->action[i] = situations[i].by_default;
}

static bool word_is(const char *word, const char *at, size_t n)
{
	return strlen(word) == n && strncmp(word, at, n) == 0;
}

/* One SITUATION=ACTION of n bytes. */
static int take(const char *at, size_t n, struct audit_failure_table *t, bool given[], struct err *e)
{
	const char *eq = memchr(at, '=', n);
	size_t left = eq ? (size_t)(eq - at) : n;
	unsigned s = 0, a = 0;

	while (s < AUDIT_SITUATION_COUNT && !word_is(situations[s].word, at, left))
		s++;
	if (!eq || s == AUDIT_SITUATION_COUNT)
		return err_set(e, ERR_INPUT, 0, "\"%.*s\": say start, exec, control or running, then = and an action",
			       (int)(n < 64 ? n : 64), at);
	while (a < AUDIT_ACTION_COUNT && !word_is(actions[a], eq + 1, n - left - 1))
		a++;
	if (a == AUDIT_ACTION_COUNT || (a == AUDIT_STOP && s != AUDIT_AT_RUNNING) ||
	    (a == AUDIT_REFUSE && s == AUDIT_AT_RUNNING))
		return err_set(e, ERR_INPUT, 0, "\"%.*s\": the action for %s is %s or continue", (int)(n < 64 ? n : 64),
			       at, situations[s].word, s == AUDIT_AT_RUNNING ? "stop" : "refuse");
	if (given[s])
		return err_set(e, ERR_INPUT, 0, "%s= is given twice", situations[s].word);
	given[s] = true;
	t->action[s] = (enum audit_action)a;
	return 0;
}

int audit_failure_parse(const char *text, struct audit_failure_table *ret, struct err *e)
{
	struct audit_failure_table t;
	bool given[AUDIT_SITUATION_COUNT] = { false };

	audit_failure_default(&t);
	for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
		size_t n = strcspn(text, " \t");

		if (take(text, n, &t, given, e))
			return -1;
		text += n;
	}
	*ret = t;
	return 0;
}
