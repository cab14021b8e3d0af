/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c - see filter.h. */
#include "launcher/cli/filter.h"

#include <string.h>
#include <time.h>

#include "launcher/plan/plan.h"

static int by_id(const struct look *l, const char *value, bool *ret, struct err *e)
{
	(void)e;
	*ret = str_starts(l->state.id, value);
	return 0;
}

static int by_name(const struct look *l, const char *value, bool *ret, struct err *e)
{
	(void)e;
	*ret = l->state.name && strstr(l->state.name, value);
	return 0;
}

static int by_status(const struct look *l, const char *value, bool *ret, struct err *e)
{
	(void)e;
	*ret = strcmp(container_status_words[l->state.status], value) == 0 ||
	       (strcmp(value, "stopped") == 0 && l->state.status == CONTAINER_EXITED);
	return 0;
}

static int by_policy(const struct look *l, const char *value, bool *ret, struct err *e)
{
	(void)e;
	*ret = l->state.policy && strcmp(l->state.policy, value) == 0;
	return 0;
}

static int by_label(const struct look *l, const char *value, bool *ret, struct err *e)
{
	(void)e;
	*ret = strchr(value, '=') ? strv_has(&l->state.labels, value) : strv_env(&l->state.labels, value) != NULL;
	return 0;
}

static int by_no_label(const struct look *l, const char *value, bool *ret, struct err *e)
{
	int r = by_label(l, value, ret, e);

	*ret = !*ret;
	return r;
}

static int by_exit_code(const struct look *l, const char *value, bool *ret, struct err *e)
{
	uint64_t n;

	if (str_to_u64(value, 0, 255, "--filter exited", &n, e))
		return -1;
	*ret = l->ended && l->exit.exit_code == (int64_t)n;
	return 0;
}

/* Made before a time (RFC 3339, UTC) or so long ago. */
static int by_age(const struct look *l, const char *value, bool *ret, struct err *e)
{
	struct tm tm = { 0 };
	const char *end = strptime(value, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t usec;

	if (end && (strcmp(end, "Z") == 0 || !*end)) {
		usec = (int64_t)timegm(&tm) * 1000000;
	} else {
		if (str_to_usec(value, "--filter until", &usec, e))
			return -1;
		usec = (int64_t)time(NULL) * 1000000 - usec;
	}
	*ret = l->state.created <= usec;
	return 0;
}

static int by_restart(const struct look *l, const char *value, bool *ret, struct err *e)
{
	const char *is = plan_restart_words[l->state.restart];

	if (strcmp(value, "no") == 0 || strcmp(value, "none") == 0)
		value = "";
	for (int i = 0; plan_restart_words[i]; i++)
		if (strcmp(plan_restart_words[i], value) == 0) {
			*ret = strcmp(is, value) == 0;
			return 0;
		}
	return err_set(e, ERR_USAGE, 0, "--filter restart-policy=%.32s: no, on-failure, always or unless-stopped", value);
}

/* As podman: always, and unless-stopped where nobody stopped it. */
static int by_boot(const struct look *l, const char *value, bool *ret, struct err *e)
{
	bool yes = l->state.restart == PLAN_RESTART_ALWAYS ||
		   (l->state.restart == PLAN_RESTART_UNLESS_STOPPED && !container_is_stopped(l->dir));

	if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return err_set(e, ERR_USAGE, 0, "--filter should-start-on-boot=%.32s: true or false", value);
	*ret = yes == (*value == 't');
	return 0;
}

static const struct {
	const char *key;
	int (*match)(const struct look *l, const char *value, bool *ret, struct err *e);
} keys[] = {
	{ "id", by_id }, { "name", by_name }, { "status", by_status }, { "policy", by_policy }, { "label", by_label },
	{ "label!", by_no_label }, { "exited", by_exit_code }, { "until", by_age }, { "restart-policy", by_restart },
	{ "should-start-on-boot", by_boot },
};

int filter_one(const struct look *l, const char *word, bool *ret, struct err *e)
{
	size_t n = strcspn(word, "=");
	const char *value = word[n] ? word + n + 1 : "";

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strlen(keys[i].key) == n && memcmp(keys[i].key, word, n) == 0)
			return keys[i].match(l, value, ret, e);
	return err_set(e, ERR_USAGE, 0, "--filter %.64s: the keys are " FILTER_KEYS, word);
}

int filter_matches(const struct look *l, const struct opt_list *words, bool *ret, struct err *e)
{
	*ret = true;
	for (size_t i = 0; i < words->len && *ret; i++)
		if (filter_one(l, words->item[i], ret, e))
			return -1;
	return 0;
}
