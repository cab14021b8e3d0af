/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_process.c - what config.json says under "process". */
#include <stdio.h>
#include <string.h>

#include "launcher/plan/bundle_read.h"
#include "launcher/plan/caps.h"
#include "launcher/base/json.h"

enum { ID_MAX = UINT32_MAX - 1 };	/* 4294967295 is no id */

int take_terminal(struct reading *r, const json_t *value, struct err *e)
{
	(void)e;
	r->p->process.terminal = json_is_true(value);
	return 0;
}

int take_console_size(struct reading *r, const json_t *value, struct err *e)
{
	r->b->rows = bundle_number(value, "height", 0);
	r->b->columns = bundle_number(value, "width", 0);
	if (r->b->rows < 0 || r->b->rows > UINT16_MAX || r->b->columns < 0 || r->b->columns > UINT16_MAX)
		return bundle_refuse(r, e, ERR_INPUT, "a terminal has at most %d rows and columns", UINT16_MAX);
	return 0;
}

int take_cwd(struct reading *r, const json_t *value, struct err *e)
{
	return str_copy(json_string_value(value), &r->p->process.cwd, e);
}

int take_env(struct reading *r, const json_t *value, struct err *e)
{
	return bundle_texts(r, value, &r->p->process.env, PLAN_ENV_MAX, e);
}

int take_args(struct reading *r, const json_t *value, struct err *e)
{
	return bundle_texts(r, value, &r->p->process.argv, PLAN_ARGV_MAX, e);
}

static bool has_limit(const struct field_list *limits, const char *name)
{
	for (size_t i = 0; i < limits->len; i++)
		if (strcmp(FIELD_AT(limits, struct plan_limit, i)->name, name) == 0)
			return true;
	return false;
}

int take_rlimits(struct reading *r, const json_t *value, struct err *e)
{
	struct field_list *limits = &r->p->process.limits;
	const json_t *item;
	size_t i;

	if (json_array_size(value) > PLAN_LIMITS_MAX)
		return bundle_refuse(r, e, ERR_LIMIT, "%zu entries, more than %d", json_array_size(value), PLAN_LIMITS_MAX);
	json_array_foreach(value, i, item) {
		const char *type = bundle_text(item, "type");
		struct plan_limit *limit;

		if (!type || !str_starts(type, "RLIMIT_"))
			return bundle_refuse(r, e, ERR_INPUT, "[%zu].type: not RLIMIT_...", i);
		if (has_limit(limits, type))
			return bundle_refuse(r, e, ERR_INPUT, "[%zu].type: %.32s appears twice", i, type);
		limit = field_list_add(limits, plan_limit_fields, sizeof(*limit));
		if (!limit)
			return err_set(e, ERR_SYSTEM, ENOMEM, "limits");
		limit->soft = limit->hard = 0;
		if (str_copy(type, &limit->name, e))
			return -1;
		/* Both are required. */
		if (!bundle_at(item, "soft") || !bundle_at(item, "hard") || json_to_u64(bundle_at(item, "soft"), &limit->soft) ||
		    json_to_u64(bundle_at(item, "hard"), &limit->hard))
			return bundle_refuse(r, e, ERR_INPUT, "[%zu]: needs soft and hard", i);
	}
	return 0;
}

int take_apparmor(struct reading *r, const json_t *value, struct err *e)
{
	/* What the policy refuses in its own words. */
	return *json_string_value(value) ? str_copy(json_string_value(value), &r->p->process.apparmor, e) : 0;
}

/* A name that is none here is ignored with a word, as the specification has it: it could not be given. */
static int read_set(struct reading *r, const json_t *value, const char *which, uint64_t *ret, struct err *e)
{
	const json_t *list = bundle_at(value, which), *item;
	size_t i;

	*ret = 0;
	json_array_foreach(list, i, item) {
		int bit = caps_bit(json_string_value(item));
		char path[BUNDLE_PATH_MAX];

		if (bit >= 0) {
			*ret |= UINT64_C(1) << bit;
			continue;
		}
		(void)snprintf(path, sizeof(path), "%.64s.%s[%zu]", r->path, which, i);
		if (strv_add(&r->p->ignored, path, e))
			return -1;
		if (i >= BUNDLE_GROUPS_MAX)
			return bundle_refuse(r, e, ERR_LIMIT, ".%s: more than %d", which, BUNDLE_GROUPS_MAX);
	}
	return 0;
}

int take_capabilities(struct reading *r, const json_t *value, struct err *e)
{
	uint64_t bounding, effective, permitted, inheritable, ambient;
	struct plan_process *p = &r->p->process;

	if (read_set(r, value, "bounding", &bounding, e) || read_set(r, value, "effective", &effective, e) ||
	    read_set(r, value, "permitted", &permitted, e) || read_set(r, value, "inheritable", &inheritable, e) ||
	    read_set(r, value, "ambient", &ambient, e))
		return -1;
	if (permitted != effective)
		return bundle_refuse(r, e, ERR_INPUT, ".permitted: differs from effective: what is permitted is in effect here");
	/* CVE-2022-27650: files with inheritable capabilities would gain them. Ambient ones have to be inheritable as well. */
	if (inheritable & ~ambient)
		return bundle_refuse(r, e, ERR_INPUT, ".inheritable: has more than ambient: nothing is given to files of the image");
	return caps_format(bounding, &p->cap_bound, e) || caps_format(effective, &p->cap_effective, e) ||
	       caps_format(ambient, &p->cap_ambient, e) ? -1 : 0;
}

int take_nnp(struct reading *r, const json_t *value, struct err *e)
{
	(void)e;
	r->p->process.no_new_privs = json_is_true(value);
	return 0;
}

int take_oom_score(struct reading *r, const json_t *value, struct err *e)
{
	return bundle_within(r, value, -1000, 1000, &r->p->process.oom_score_adj, e);
}

int take_label(struct reading *r, const json_t *value, struct err *e)
{
	const char *text = json_string_value(value);

	if (!*text)
		return 0;
	r->b->uses_label = true;
	return str_copy(text, &r->p->selinux.process_label, e);
}

int take_uid(struct reading *r, const json_t *value, struct err *e)
{
	return bundle_within(r, value, 0, ID_MAX, &r->p->process.user.uid, e);
}

int take_gid(struct reading *r, const json_t *value, struct err *e)
{
	return bundle_within(r, value, 0, ID_MAX, &r->p->process.user.gid, e);
}

int take_umask(struct reading *r, const json_t *value, struct err *e)
{
	return bundle_within(r, value, 0, 0777, &r->p->process.umask, e);
}

int take_groups(struct reading *r, const json_t *value, struct err *e)
{
	const json_t *item;
	size_t i;

	if (json_array_size(value) > BUNDLE_GROUPS_MAX)
		return bundle_refuse(r, e, ERR_LIMIT, "%zu entries, more than %d", json_array_size(value), BUNDLE_GROUPS_MAX);
	json_array_foreach(value, i, item) {
		auto_free char *text = NULL;
		int64_t gid = 0;

		if (bundle_within(r, item, 0, ID_MAX, &gid, e) || str_print(&text, e, "%lld", (long long)gid) ||
		    strv_add(&r->p->process.user.groups, text, e))
			return -1;
	}
	return 0;
}
