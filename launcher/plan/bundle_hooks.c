/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_hooks.c - hooks of config.json. */
#include <stdio.h>
#include <string.h>

#include "launcher/base/path.h"
#include "launcher/plan/bundle_read.h"

/* Words of one hook: `which` is "args" or "env". */
static int take_words(struct reading *r, const json_t *item, size_t i, const char *which, struct strv *to, struct err *e)
{
	const json_t *list = bundle_at(item, which), *word;
	size_t k;

	if (json_array_size(list) > PLAN_HOOK_WORDS_MAX)
		return bundle_refuse(r, e, ERR_LIMIT, "[%zu].%s: %zu entries, more than %d", i, which, json_array_size(list), PLAN_HOOK_WORDS_MAX);
	json_array_foreach(list, k, word)
		if (strv_add(to, json_string_value(word), e))
			return -1;
	return 0;
}

static int take_hook(struct reading *r, size_t i, const json_t *item, int when, struct err *e)
{
	const char *path = bundle_text(item, "path");
	const json_t *timeout = bundle_at(item, "timeout");
	struct plan_hook *h;

	if (!path || !path_is_canonical(path))
		return bundle_refuse(r, e, ERR_INPUT, "[%zu].path: %.128s is not absolute and without \".\", \"..\" and \"//\"", i,
				     path ? path : "(none)");
	h = plan_hook_add(r->p, when, path, e);
	if (!h)
		return err_context(e, "%s: %s[%zu]", r->what, r->path, i);
	if (timeout) {
		h->timeout = bundle_number(item, "timeout", 0);
		if (h->timeout < 1 || h->timeout > PLAN_HOOK_SECONDS_MAX)
			return bundle_refuse(r, e, ERR_INPUT, "[%zu].timeout: %lld is not within 1 and %d seconds", i, (long long)h->timeout,
					     PLAN_HOOK_SECONDS_MAX);
	}
	return take_words(r, item, i, "args", &h->args, e) || take_words(r, item, i, "env", &h->env, e) ? -1 : 0;
}

int take_hooks(struct reading *r, const json_t *value, struct err *e)
{
	int when = PLAN_HOOK_PRESTART;
	const json_t *item;
	size_t i;

	/* "hooks.prestart" */
	while (strcmp(plan_hook_words[when], strchr(r->path, '.') + 1) != 0)
		when++;
	json_array_foreach(value, i, item)
		if (take_hook(r, i, item, when, e))
			return -1;
	return 0;
}
