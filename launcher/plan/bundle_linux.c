/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_linux.c - names, name spaces, devices and resources of config.json. */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/base/ids.h"
#include "launcher/base/path.h"
#include "launcher/base/slice.h"
#include "launcher/plan/bundle_read.h"
#include "launcher/plan/cpuset.h"
#include "launcher/plan/idmap.h"

enum { PERIOD = 100000, SECOND = 1000000, SHARES_ALL = 1024, BLKIO_ALL = 500, WEIGHT_ALL = 100, WEIGHT_MAX = 10000 };
enum { HOST_NAME_MAX_LEN = 64 };

/* MAJOR.MINOR.PATCH of semver; a new major version may mean other things by the same words. */
int take_version(struct reading *r, const json_t *value, struct err *e)
{
	const char *text = json_string_value(value);
	unsigned major, minor, patch;

	if (sscanf(text, "%3u.%3u.%3u", &major, &minor, &patch) != 3)
		return bundle_refuse(r, e, ERR_INPUT, "%.32s is not MAJOR.MINOR.PATCH", text);
	if (major != 1)
		return bundle_refuse(r, e, ERR_INPUT, "%.32s: this program knows version 1", text);
	return str_copy(text, &r->b->version, e);
}

static int take_name(struct reading *r, const json_t *value, char **to, struct err *e)
{
	const char *text = json_string_value(value);
	struct err why;

	if (!*text)
		return 0;
	if (strlen(text) > HOST_NAME_MAX_LEN || name_check("", text, &why))
		return bundle_refuse(r, e, ERR_INPUT, "%.64s: letters, digits, '-', '_' and '.', at most %d", text, HOST_NAME_MAX_LEN);
	return str_copy(text, to, e);
}

int take_hostname(struct reading *r, const json_t *value, struct err *e)
{
	return take_name(r, value, &r->p->hostname, e);
}

int take_domainname(struct reading *r, const json_t *value, struct err *e)
{
	return take_name(r, value, &r->p->domainname, e);
}

int take_annotations(struct reading *r, const json_t *value, struct err *e)
{
	return bundle_map(r, value, &r->p->annotations, BUNDLE_ANNOTATIONS_MAX, e);
}

int take_sysctls(struct reading *r, const json_t *value, struct err *e)
{
	return bundle_map(r, value, &r->p->sysctls, PLAN_LIMITS_MAX, e);
}

/* As dev_valid_name() of net/core/dev.c; and no '=', which parts the two in the plan. */
static bool is_device_name(const char *name)
{
	size_t n = name ? strlen(name) : 0;

	return n && n < IFNAMSIZ && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcspn(name, "/:= \t\n\v\f\r") == n;
}

static bool is_taken(const struct strv *list, const char *inside)
{
	for (size_t i = 0; i < list->len; i++)
		if (strcmp(strchr(list->item[i], '=') + 1, inside) == 0)
			return true;
	return strcmp(inside, "lo") == 0;
}

int take_net_devices(struct reading *r, const json_t *value, struct err *e)
{
	struct strv *list = &r->p->net_devices;
	const char *name;
	json_t *device;

	if (!json_is_object(value) || json_object_size(value) > PLAN_NET_DEVICES_MAX)
		return bundle_refuse(r, e, ERR_INPUT, "not an object of at most %d devices", PLAN_NET_DEVICES_MAX);
	json_object_foreach((json_t *)value, name, device) {
		const json_t *other = json_object_get(device, "name");
		const char *inside = other ? json_string_value(other) : name;
		auto_free char *entry = NULL;

		if (!json_is_object(device) || !is_device_name(name) || !is_device_name(inside))
			return bundle_refuse(r, e, ERR_INPUT, ".%.32s: not an object with a name of 1 to %d bytes, without '/', ':', '=' and blanks", name,
					     IFNAMSIZ - 1);
		if (is_taken(list, inside))
			return bundle_refuse(r, e, ERR_INPUT, ".%.32s: there are two that are called %s inside", name, inside);
		if (str_print(&entry, e, "%s=%s", name, inside) || strv_add(list, entry, e))
			return -1;
	}
	if (list->len && r->p->ns[PLAN_NS_NET].mode != PLAN_NS_NEW)
		return bundle_refuse(r, e, ERR_INPUT, "needs a network name space of the container's own (linux.namespaces, without a path)");
	return 0;
}

int take_namespaces(struct reading *r, const json_t *value, struct err *e)
{
	const json_t *item;
	size_t i;

	if (json_array_size(value) > BUNDLE_NAMESPACES_MAX)
		return bundle_refuse(r, e, ERR_LIMIT, "%zu entries, more than %d", json_array_size(value), BUNDLE_NAMESPACES_MAX);
	json_array_foreach(value, i, item) {
		const char *type = bundle_text(item, "type"), *path = bundle_text(item, "path");
		struct plan_ns *ns;
		int k = 0;

		while (type && k < PLAN_NS_COUNT && strcmp(plan_ns_words[k], type) != 0)
			k++;
		if (!type || k == PLAN_NS_COUNT)
			return bundle_refuse(r, e, ERR_INPUT, "[%zu].type: %.32s is no name space", i, type ? type : "(none)");
		ns = &r->p->ns[k];
		if (ns->mode != PLAN_NS_OPEN)
			return bundle_refuse(r, e, ERR_INPUT, "[%zu].type: %s appears twice", i, type);
		ns->mode = path && *path ? PLAN_NS_PATH : PLAN_NS_NEW;
		if (ns->mode == PLAN_NS_PATH && !path_is_canonical(path))
			return bundle_refuse(r, e, ERR_INPUT, "[%zu].path: %.128s is not absolute and without \".\", \"..\" and \"//\"", i, path);
		if (ns->mode == PLAN_NS_PATH && str_copy(path, &ns->path, e))
			return -1;
	}
	return 0;
}

static int take_map(struct reading *r, const json_t *value, struct field_list *map, struct err *e)
{
	const json_t *item;
	size_t i;

	if (json_array_size(value) > PLAN_IDMAPS_MAX)
		return bundle_refuse(r, e, ERR_LIMIT, "%zu entries, more than %d", json_array_size(value), PLAN_IDMAPS_MAX);
	json_array_foreach(value, i, item) {
		if (!bundle_at(item, "containerID") || !bundle_at(item, "hostID") || !bundle_at(item, "size"))
			return bundle_refuse(r, e, ERR_INPUT, "[%zu]: needs containerID, hostID and size", i);
		if (idmap_add(map, bundle_number(item, "containerID", 0), bundle_number(item, "hostID", 0),
			      bundle_number(item, "size", 0), e))
			return err_context(e, "%s: %s[%zu]", r->what, r->path, i);
	}
	return 0;
}

int take_uid_map(struct reading *r, const json_t *value, struct err *e)
{
	return take_map(r, value, &r->p->uid_map, e);
}

int take_gid_map(struct reading *r, const json_t *value, struct err *e)
{
	return take_map(r, value, &r->p->gid_map, e);
}

/* "slice:prefix:name", as runc and crun have it: the scope PREFIX-NAME.scope in that slice, or system.slice. */
static int take_scope(struct reading *r, const char *text, struct err *e)
{
	struct plan_resources *res = &r->p->resources;
	const char *prefix = strchr(text, ':'), *name = strchr(prefix + 1, ':');
	auto_free char *slice = NULL;
	struct err why;

	if (!name || strchr(name + 1, ':') || !name[1])
		return bundle_refuse(r, e, ERR_INPUT, "%.128s: for systemd's driver it is SLICE:PREFIX:NAME", text);
	if (str_ends(name, ".slice"))
		return bundle_refuse(r, e, ERR_INPUT, "%.128s: a container is in a scope, not in a slice of its own", text);
	if (str_print(&slice, e, "%.*s", prefix == text ? (int)strlen("system.slice") : (int)(prefix - text), prefix == text ? "system.slice" : text))
		return -1;
	prefix++;
	if (slice_path(slice, &res->cgroup_parent, &why))
		return bundle_refuse(r, e, why.reason, "%.200s", why.text);
	if (str_print(&res->cgroup_name, e, "%.*s%s%s.scope", (int)(name - prefix), prefix, name == prefix ? "" : "-", name + 1))
		return -1;
	if (plan_group_name(res->cgroup_name, &why))
		return bundle_refuse(r, e, why.reason, "%.200s", why.text);
	r->p->cgroup_manager = PLAN_CGROUP_SYSTEMD;
	return 0;
}

/* "/parent/name"; "name" and "parent/name" lie below our own parent. */
int take_cgroup(struct reading *r, const json_t *value, struct err *e)
{
	struct plan_resources *res = &r->p->resources;
	const char *text = json_string_value(value), *slash;
	auto_free char *path = NULL;
	struct err why;

	if (!*text)
		return 0;
	if (strchr(text, ':') && *text != '/')
		return take_scope(r, text, e);
	if (str_print(&path, e, "%s%s", *text == '/' ? "" : "/secctr/", text))
		return -1;
	if (!path_is_canonical(path) || strcmp(path, "/") == 0)
		return bundle_refuse(r, e, ERR_INPUT, "%.128s: a path without \".\", \"..\" and \"//\"", text);
	slash = strrchr(path, '/');
	if (plan_group_name(slash + 1, &why))
		return bundle_refuse(r, e, why.reason, "%.200s", why.text);
	return str_copy(slash + 1, &res->cgroup_name, e) ||
	       str_print(&res->cgroup_parent, e, "%.*s", slash == path ? 1 : (int)(slash - path), path) ? -1 : 0;
}

/* ---- devices ---- */

struct device_rule {
	const char *type, *access;
	int64_t major, minor;
	bool allow;
};

static struct device_rule rule_of(const json_t *item)
{
	const char *type = bundle_text(item, "type"), *access = bundle_text(item, "access");

	return (struct device_rule){
		.type = type && *type ? type : "a", .access = access && *access ? access : "rwm", .allow = bundle_yes(item, "allow"),
		.major = bundle_number(item, "major", -1), .minor = bundle_number(item, "minor", -1),
	};
}

static bool is_access(const char *text)
{
	size_t n = strlen(text);

	return n >= 1 && n <= 3 && strspn(text, "rwm") == n && (n < 2 || text[0] != text[1]) &&
	       (n < 3 || (text[2] != text[0] && text[2] != text[1]));
}

/* "Deny all" is where we begin whether a bundle says so or not; these are allowed in any case. */
static bool is_standard(const struct device_rule *d)
{
	static const struct { int64_t major, minor; } standard[] = {
		{ 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 }, { 5, 2 }, { 136, -1 },
	};

	for (size_t i = 0; *d->type == 'c' && i < ARRAY_LEN(standard); i++)
		if (d->major == standard[i].major && d->minor == standard[i].minor)
			return true;
	return false;
}

/* A node of the bundle has what a rule of exactly its number allows. */
static struct plan_device *node_of(struct plan *p, const struct device_rule *d)
{
	for (size_t i = 0; i < p->devices.len; i++) {
		struct plan_device *n = PLAN_DEVICE(p, i);

		if (n->path && strcmp(n->type, d->type) == 0 && n->major == d->major && n->minor == d->minor && !*n->access)
			return n;
	}
	return NULL;
}

static int add_rule(struct reading *r, size_t i, const char *type, const struct device_rule *d, struct err *e)
{
	struct plan_device *n = node_of(r->p, d);

	if (n) {
		free(n->access);
		n->access = NULL;
		return str_copy(d->access, &n->access, e);
	}
	n = plan_device_add(r->p, e);
	if (!n)
		return err_context(e, "%s: %s[%zu]", r->what, r->path, i);
	n->major = d->major;
	n->minor = d->minor;
	return str_copy(type, &n->type, e) || str_copy(d->access, &n->access, e) ? -1 : 0;
}

int take_device_rules(struct reading *r, const json_t *value, struct err *e)
{
	const json_t *item;
	size_t i;

	json_array_foreach(value, i, item) {
		struct device_rule d = rule_of(item);
		bool all = *d.type == 'a' && d.major < 0 && d.minor < 0;

		if (strlen(d.type) != 1 || !strchr("abc", *d.type) || !is_access(d.access) || d.major < -1 || d.major > UINT32_MAX ||
		    d.minor < -1 || d.minor > UINT32_MAX)
			return bundle_refuse(r, e, ERR_INPUT, "[%zu]: not a type of a, b, c, two numbers and an access of rwm", i);
		if (!d.allow && all && strlen(d.access) == 3) {
			if (r->p->devices.len && i)
				return bundle_refuse(r, e, ERR_INPUT, "[%zu]: denies all after others: put it first", i);
			continue;
		}
		if (!d.allow)
			return bundle_refuse(r, e, ERR_INPUT, "[%zu]: denies a part: this version denies all and allows what is listed", i);
		if (*d.type == 'a' && (add_rule(r, i, "c", &d, e) || add_rule(r, i, "b", &d, e)))
			return -1;
		if (*d.type != 'a' && !is_standard(&d) && add_rule(r, i, d.type, &d, e))
			return -1;
	}
	for (i = 0; i < r->p->devices.len; i++)
		if (!*PLAN_DEVICE(r->p, i)->access)
			return bundle_refuse(r, e, ERR_INPUT, "no rule allows %.128s of linux.devices", PLAN_DEVICE(r->p, i)->path);
	return 0;
}

static int take_device(struct reading *r, size_t i, const json_t *item, struct err *e)
{
	const char *type = bundle_text(item, "type"), *path = bundle_text(item, "path");
	struct plan_device *d;

	if (!type || !path)
		return bundle_refuse(r, e, ERR_INPUT, "[%zu]: needs type and path", i);
	if (strcmp(type, "u") == 0)
		type = "c";
	if (strcmp(type, "c") != 0 && strcmp(type, "b") != 0)
		return bundle_refuse(r, e, ERR_INPUT, "[%zu].type: %.8s: this version makes c, u and b", i, type);
	d = plan_device_add(r->p, e);
	if (!d)
		return err_context(e, "%s: %s[%zu]", r->what, r->path, i);
	d->major = bundle_number(item, "major", -1);
	d->minor = bundle_number(item, "minor", -1);
	d->mode = bundle_number(item, "fileMode", FIELD_NONE);
	d->uid = bundle_number(item, "uid", FIELD_NONE);
	d->gid = bundle_number(item, "gid", FIELD_NONE);
	/* Engines in Go put the type's bits in front. */
	if (d->mode != FIELD_NONE)
		d->mode &= 07777;
	return str_copy(path, &d->path, e) || str_copy(path, &d->target, e) || str_copy(type, &d->type, e) ||
	       str_copy("", &d->access, e) ? -1 : 0;
}

int take_devices(struct reading *r, const json_t *value, struct err *e)
{
	const json_t *item;
	size_t i;

	json_array_foreach(value, i, item)
		if (take_device(r, i, item, e))
			return -1;
	if (i && !bundle_at(r->document, "linux.resources.devices"))
		return bundle_refuse(r, e, ERR_INPUT, "no rule in linux.resources.devices allows them");
	return 0;
}

/* ---- resources; the plan's units are plan.h's ---- */

static int take_bytes(struct reading *r, const json_t *value, int64_t *to, struct err *e)
{
	if (json_integer_value(value) == 0)
		return 0;	/* Go's "not set" */
	return bundle_within(r, value, -1, INT64_MAX, to, e);
}

int take_memory(struct reading *r, const json_t *value, struct err *e)
{
	return take_bytes(r, value, &r->p->resources.memory_max, e);
}

int take_swap(struct reading *r, const json_t *value, struct err *e)
{
	struct plan_resources *res = &r->p->resources;

	if (take_bytes(r, value, &res->memory_swap, e))
		return -1;
	if (res->memory_swap > 0 && res->memory_max > 0 && res->memory_swap < res->memory_max)
		return bundle_refuse(r, e, ERR_INPUT, "is memory and swap together: not less than limit");
	return 0;
}

int take_reservation(struct reading *r, const json_t *value, struct err *e)
{
	return json_integer_value(value) == -1 ? 0 : take_bytes(r, value, &r->p->resources.memory_low, e);
}

int take_swappiness(struct reading *r, const json_t *value, struct err *e)
{
	return bundle_within(r, value, 0, 100, &r->p->resources.swappiness, e);
}

int take_no_oom_kill(struct reading *r, const json_t *value, struct err *e)
{
	struct plan_resources *res = &r->p->resources;

	res->oom_kill_disable = json_is_true(value);
	if (res->oom_kill_disable && res->memory_max <= 0)
		return bundle_refuse(r, e, ERR_INPUT, "needs a limit, or the host's own memory would be it");
	return 0;
}

int take_hierarchy(struct reading *r, const json_t *value, struct err *e)
{
	/* It is so, always: the kernel has no other way since 5.11. */
	(void)r;
	(void)value;
	(void)e;
	return 0;
}

int take_shares(struct reading *r, const json_t *value, struct err *e)
{
	int64_t shares, weight;

	if (json_integer_value(value) == 0)
		return 0;
	if (bundle_within(r, value, 2, (int64_t)WEIGHT_MAX / WEIGHT_ALL * SHARES_ALL, &shares, e))
		return -1;
	/* As systemd: 1024 of CPUShares= is 100 of CPUWeight=. */
	weight = shares * WEIGHT_ALL / SHARES_ALL;
	r->p->resources.cpu_weight = weight ? weight : 1;
	return 0;
}

int take_quota(struct reading *r, const json_t *value, struct err *e)
{
	struct plan_resources *res = &r->p->resources;
	int64_t period = bundle_number(value, "period", 0), quota = bundle_number(value, "quota", 0);

	if (period && (period < 1000 || period > 1000000))
		return bundle_refuse(r, e, ERR_INPUT, ".period: %lld is not within 1000 and 1000000 microseconds", (long long)period);
	if (quota && quota != -1 && (quota < 1000 || quota > INT64_MAX / SECOND))
		return bundle_refuse(r, e, ERR_INPUT, ".quota: %lld: at least 1000 microseconds, or -1", (long long)quota);
	if (period)
		res->cpu_period = period;
	/* An update may leave it as it is. */
	period = res->cpu_period > 0 ? res->cpu_period : PERIOD;
	/* Per second; rounded up here and down where it is written. */
	if (quota)
		res->cpu_quota = quota < 0 ? -1 : (int64_t)(((__int128)quota * SECOND + period - 1) / period);
	return 0;
}

static int take_set(struct reading *r, const json_t *value, char **to, struct err *e)
{
	struct cpuset set = { 0 };

	if (!*json_string_value(value))
		return 0;
	free(*to);
	*to = NULL;
	return cpuset_add(&set, json_string_value(value), r->path, e) || str_copy(json_string_value(value), to, e) ? -1 : 0;
}

int take_cpus(struct reading *r, const json_t *value, struct err *e)
{
	return take_set(r, value, &r->p->resources.cpus, e);
}

int take_mems(struct reading *r, const json_t *value, struct err *e)
{
	return take_set(r, value, &r->p->resources.mems, e);
}

int take_pids(struct reading *r, const json_t *value, struct err *e)
{
	/* 0 and less: no limit. */
	if (json_integer_value(value) <= 0) {
		r->p->resources.tasks_max = -1;
		return 0;
	}
	return bundle_within(r, value, 1, INT64_MAX, &r->p->resources.tasks_max, e);
}

int take_io_weight(struct reading *r, const json_t *value, struct err *e)
{
	int64_t weight;

	if (json_integer_value(value) == 0)
		return 0;
	if (bundle_within(r, value, 10, 1000, &weight, e))
		return -1;
	r->p->resources.io_weight = weight * WEIGHT_ALL / BLKIO_ALL;
	return 0;
}

int take_personality(struct reading *r, const json_t *value, struct err *e)
{
	const char *domain = bundle_text(value, "domain");

	if (domain && strcmp(domain, "LINUX") == 0)
		return 0;
	if (domain && strcmp(domain, "LINUX32") == 0) {
		r->p->process.linux32 = true;
		return 0;
	}
	return bundle_refuse(r, e, ERR_INPUT, ".domain: %.16s: there are LINUX and LINUX32", domain ? domain : "(none)");
}
