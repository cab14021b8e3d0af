/* SPDX-License-Identifier: Apache-2.0 */
/* request_process.c - options about the command's process: groups, limits, umask, its init. */
#include <string.h>
#include <strings.h>

#include "launcher/cli/request_parts.h"
#include "launcher/cli/user_lookup.h"
#include "launcher/store/userdb.h"

static int add_group(struct building *b, uint32_t gid, struct err *e)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", gid);
	return strv_has(&b->p->process.user.groups, number) ? 0 : strv_add(&b->p->process.user.groups, number, e);
}

static int set_groups(struct building *b, struct err *e)
{
	auto_str struct str group = { 0 };
	bool there = false;

	for (size_t i = 0; i < b->r->groups.len; i++) {
		const char *name = b->r->groups.item[i];
		uint32_t gid;

		if (strcmp(name, "keep-groups") == 0)
			return err_set(e, ERR_INPUT, 0, "--group-add keep-groups: a container does not keep its caller's groups; name "
				       "the ones that are needed");
		if (i == 0 && user_read_db(b->store, &b->p->root, "etc/group", &group, &there, e))
			return err_context(e, "--group-add");
		if (userdb_group(name, there ? &group : NULL, &gid, e))
			return err_context(e, "--group-add");
		if (add_group(b, gid, e))
			return -1;
	}
	return 0;
}

/* podman's word is the kernel's without RLIMIT_, in any case. */
static int limit_name(const char *text, size_t n, char **ret, struct err *e)
{
	static const char *const names[] = {
		"AS", "CORE", "CPU", "DATA", "FSIZE", "LOCKS", "MEMLOCK", "MSGQUEUE", "NICE", "NOFILE", "NPROC", "RSS",
		"RTPRIO", "RTTIME", "SIGPENDING", "STACK",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == n && strncasecmp(names[i], text, n) == 0)
			return str_print(ret, e, "RLIMIT_%s", names[i]);
	return err_set(e, ERR_INPUT, 0, "--ulimit: invalid ulimit type: %.*s", (int)(n > 32 ? 32 : n), text);
}

static int limit_value(const char *text, uint64_t *ret, struct err *e)
{
	if (strcmp(text, "-1") != 0)
		return str_to_u64(text, 0, INT64_MAX, "--ulimit", ret, e);
	*ret = UINT64_MAX;
	return 0;
}

static int set_ulimit(struct plan *p, const char *text, struct err *e)
{
	auto_free char *copy = NULL, *name = NULL;
	char *value, *hard;
	struct plan_limit *l = NULL;

	if (strcmp(text, "host") == 0)
		return err_set(e, ERR_INPUT, 0, "--ulimit host: limits are the policy's, not the caller's; name those that are needed");
	if (str_copy(text, &copy, e))
		return -1;
	value = strchr(copy, '=');
	if (!value)
		return err_set(e, ERR_INPUT, 0, "--ulimit %.64s: not NAME=SOFT[:HARD]", text);
	if (limit_name(copy, (size_t)(value - copy), &name, e))
		return -1;
	value++;
	hard = strchr(value, ':');
	if (hard)
		*hard++ = '\0';
	for (size_t i = 0; i < p->process.limits.len; i++)
		if (strcmp(FIELD_AT(&p->process.limits, struct plan_limit, i)->name, name) == 0)
			l = FIELD_AT(&p->process.limits, struct plan_limit, i);
	if (!l) {
		l = field_list_add(&p->process.limits, plan_limit_fields, sizeof(*l));
		if (!l)
			return err_set(e, ERR_SYSTEM, ENOMEM, "limits");
		l->name = take_ptr(&name);
	}
	if (limit_value(value, &l->soft, e) || limit_value(hard ? hard : value, &l->hard, e))
		return -1;
	return l->soft <= l->hard ? 0 : err_set(e, ERR_INPUT, 0, "--ulimit %.64s: the soft limit is above the hard one", text);
}

static int set_umask(struct plan *p, const char *text, struct err *e)
{
	size_t n = strlen(text);

	if (n < 1 || n > 4 || strspn(text, "01234567") != n || strtol(text, NULL, 8) > 0777)
		return err_set(e, ERR_INPUT, 0, "--umask %.16s: not an octal number up to 0777", text);
	p->process.umask = strtol(text, NULL, 8);
	return 0;
}

int request_process(struct building *b, struct err *e)
{
	struct plan *p = b->p;

	if (b->r->passwd == 1)
		return err_set(e, ERR_INPUT, 0, "--passwd: nothing is ever written into the container's /etc/passwd; numbers work without");
	for (size_t i = 0; i < b->r->ulimits.len; i++)
		if (set_ulimit(p, b->r->ulimits.item[i], e))
			return -1;
	p->process.oom_score_adj = b->r->oom_score_adj;
	p->process.preserve_fds = b->r->preserve_fds;
	if (b->r->umask && set_umask(p, b->r->umask, e))
		return -1;
	return set_groups(b, e);
}
