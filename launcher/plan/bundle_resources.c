/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_resources.c - the rarer resources of config.json: what has more than a number, or is of one version of control groups. */
#include <stdio.h>
#include <string.h>

#include "launcher/plan/bundle_read.h"

enum { BLKIO_ALL = 500, WEIGHT_ALL = 100, SIZE_MAX_LEN = 15, UNIFIED_KEY_MAX = 64, UNIFIED_TEXT_MAX = 256,
       INTERFACE_MAX = 15 /* IFNAMSIZ */, DEVICE_MAX = 63 /* IB_DEVICE_NAME_MAX */ };

int take_check_before(struct reading *r, const json_t *value, struct err *e)
{
	(void)e;
	r->b->check_before_update = json_is_true(value);
	return 0;
}

int take_burst(struct reading *r, const json_t *value, struct err *e)
{
	return bundle_within(r, value, 0, INT64_MAX / 1000, &r->p->resources.cpu_burst, e);
}

int take_idle(struct reading *r, const json_t *value, struct err *e)
{
	return bundle_within(r, value, 0, 1, &r->p->resources.cpu_idle, e);
}

/* By the link that the kernel's number has on the host; oci_bundle.c follows it before the policy looks. */
static int add_io(struct reading *r, size_t i, const json_t *item, int what, int64_t value, struct err *e)
{
	int64_t major = bundle_number(item, "major", -1), minor = bundle_number(item, "minor", -1);
	char path[64];

	if (major < 0 || major > UINT32_MAX || minor < 0 || minor > UINT32_MAX)
		return bundle_refuse(r, e, ERR_INPUT, "[%zu]: needs major and minor", i);
	(void)snprintf(path, sizeof(path), "/dev/block/%lld:%lld", (long long)major, (long long)minor);
	return plan_io_add(&r->p->resources, what, path, value, e) ? 0 : err_context(e, "%s: %s[%zu]", r->what, r->path, i);
}

int take_weight_devices(struct reading *r, const json_t *value, struct err *e)
{
	const json_t *item;
	size_t i;

	json_array_foreach(value, i, item) {
		int64_t weight = bundle_number(item, "weight", 0);

		if (weight < 10 || weight > 1000)
			return bundle_refuse(r, e, ERR_INPUT, "[%zu].weight: %lld is not within 10 and 1000", i, (long long)weight);
		if (add_io(r, i, item, PLAN_IO_WEIGHT, weight * WEIGHT_ALL / BLKIO_ALL, e))
			return -1;
	}
	return 0;
}

int take_throttle(struct reading *r, const json_t *value, struct err *e)
{
	static const struct {
		const char *path;
		int what;
	} rows[] = {
		{ "linux.resources.blockIO.throttleReadBpsDevice", PLAN_IO_RBPS },
		{ "linux.resources.blockIO.throttleWriteBpsDevice", PLAN_IO_WBPS },
		{ "linux.resources.blockIO.throttleReadIOPSDevice", PLAN_IO_RIOPS },
		{ "linux.resources.blockIO.throttleWriteIOPSDevice", PLAN_IO_WIOPS },
	};
	const json_t *item;
	size_t i, k = 0;

	while (strcmp(rows[k].path, r->path) != 0)
		k++;
	json_array_foreach(value, i, item) {
		int64_t rate = bundle_number(item, "rate", 0);

		if (rate < 0)
			return bundle_refuse(r, e, ERR_INPUT, "[%zu].rate: is too large", i);
		if (rate && add_io(r, i, item, rows[k].what, rate, e))
			return -1;
	}
	return 0;
}

/* "64KB" "2MB" "1GB": it becomes the name of a file. */
static bool is_page_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && *text != '0' && strlen(text) <= SIZE_MAX_LEN &&
	       (strcmp(text + digits, "KB") == 0 || strcmp(text + digits, "MB") == 0 || strcmp(text + digits, "GB") == 0);
}

int take_hugepages(struct reading *r, const json_t *value, struct err *e)
{
	const json_t *item;
	size_t i;

	json_array_foreach(value, i, item) {
		const char *size = bundle_text(item, "pageSize");
		int64_t limit = bundle_number(item, "limit", -1);
		struct plan_hugepages *h;

		if (!size || !is_page_size(size))
			return bundle_refuse(r, e, ERR_INPUT, "[%zu].pageSize: %.32s is no size in KB, MB or GB", i, size ? size : "(none)");
		if (limit < 0)
			return bundle_refuse(r, e, ERR_INPUT, "[%zu].limit: is missing, or more than %lld", i, (long long)INT64_MAX);
		h = plan_hugepages_of(&r->p->resources, size, e);
		if (!h)
			return err_context(e, "%s: %s[%zu]", r->what, r->path, i);
		h->limit = limit;
	}
	return 0;
}

/* Files of limits only: not those that move, freeze or kill what is in the group (cgroup.*), and none with a property that a policy bounds. */
static int check_unified(const struct reading *r, const char *key, const char *text, struct err *e)
{
	static const char *const own[] = {
		"memory.max", "memory.swap.max", "memory.low", "cpu.max", "cpu.max.burst", "cpu.weight", "cpu.weight.nice", "cpu.idle", "pids.max",
		"cpuset.cpus", "cpuset.mems", "cpuset.cpus.partition", "io.weight", "io.max", "io.bfq.weight",
	};
	size_t n = strlen(key);

	if (n > UNIFIED_KEY_MAX || !strchr(key, '.') || *key < 'a' || *key > 'z' || strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_.KMGB") != n ||
	    strstr(key, "..") || str_starts(key, "cgroup."))
		return bundle_refuse(r, e, ERR_INPUT, "%.64s: is no file of a controller's limits", key);
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strcmp(own[i], key) == 0)
			return bundle_refuse(r, e, ERR_INPUT, "%s: has a property of its own: name the limit by that", key);
	if (strlen(text) > UNIFIED_TEXT_MAX || strchr(text, '\n'))
		return bundle_refuse(r, e, ERR_INPUT, "%s: more than one line of %d bytes", key, UNIFIED_TEXT_MAX);
	return 0;
}

int take_unified(struct reading *r, const json_t *value, struct err *e)
{
	const char *key;
	json_t *text;

	json_object_foreach((json_t *)value, key, text)
		if (check_unified(r, key, json_string_value(text), e))
			return -1;
	/* In an update the new ones replace those of the same name. */
	json_object_foreach((json_t *)value, key, text) {
		auto_free char *entry = NULL;

		if (str_print(&entry, e, "%s=%s", key, json_string_value(text)) || strv_set_env(&r->p->resources.unified, entry, e))
			return -1;
	}
	if (r->p->resources.unified.len > PLAN_LIMITS_MAX)
		return bundle_refuse(r, e, ERR_LIMIT, "%zu entries, more than %d", r->p->resources.unified.len, PLAN_LIMITS_MAX);
	return 0;
}

int take_rt_runtime(struct reading *r, const json_t *value, struct err *e)
{
	if (json_integer_value(value) == 0)
		return 0;
	return bundle_within(r, value, 1, INT64_MAX / 1000, &r->p->resources.cpu_rt_runtime, e);
}

int take_rt_period(struct reading *r, const json_t *value, struct err *e)
{
	if (json_integer_value(value) == 0)
		return 0;
	return bundle_within(r, value, 1, INT64_MAX / 1000, &r->p->resources.cpu_rt_period, e);
}

int take_net_class(struct reading *r, const json_t *value, struct err *e)
{
	if (json_integer_value(value) == 0)
		return 0;	/* no class */
	return bundle_within(r, value, 1, UINT32_MAX, &r->p->resources.net_class, e);
}

/* A name of the host's that becomes a word of a line for the kernel. */
static bool is_name(const char *text, size_t max)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '=' || text[i] == '/')
			return false;
	return n && n <= max;
}

/* Of two for one name the last counts, also in an update. */
static int set_entry(struct reading *r, struct strv *to, const char *name, const char *text, struct err *e)
{
	auto_free char *entry = NULL;

	if (str_print(&entry, e, "%s=%s", name, text) || strv_set_env(to, entry, e))
		return -1;
	return to->len > PLAN_LIMITS_MAX ? bundle_refuse(r, e, ERR_LIMIT, "more than %d entries", PLAN_LIMITS_MAX) : 0;
}

int take_net_priorities(struct reading *r, const json_t *value, struct err *e)
{
	const json_t *item;
	size_t i;

	json_array_foreach(value, i, item) {
		const char *name = bundle_text(item, "name");
		int64_t priority = bundle_number(item, "priority", -1);
		char text[32];

		if (!name || !is_name(name, INTERFACE_MAX))
			return bundle_refuse(r, e, ERR_INPUT, "[%zu].name: is missing or no interface", i);
		if (priority < 0 || priority > UINT32_MAX)
			return bundle_refuse(r, e, ERR_INPUT, "[%zu].priority: is missing or more than %u", i, UINT32_MAX);
		(void)snprintf(text, sizeof(text), "%lld", (long long)priority);
		if (set_entry(r, &r->p->resources.net_priorities, name, text, e))
			return -1;
	}
	return 0;
}

static int rdma_number(struct reading *r, const char *device, const json_t *limits, const char *member, const char *word, struct str *to,
		       struct err *e)
{
	const json_t *value = bundle_at(limits, member);

	if (!value)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > UINT32_MAX)
		return bundle_refuse(r, e, ERR_INPUT, ".%.64s.%s: is not within 0 and %u", device, member, UINT32_MAX);
	return str_addf(to, e, "%s%s=%lld", to->len ? " " : "", word, (long long)json_integer_value(value));
}

int take_rdma(struct reading *r, const json_t *value, struct err *e)
{
	const char *device;
	json_t *limits;

	if (!json_is_object(value))
		return bundle_refuse(r, e, ERR_INPUT, "not an object");
	json_object_foreach((json_t *)value, device, limits) {
		auto_str struct str text = { 0 };

		if (!is_name(device, DEVICE_MAX) || !json_is_object(limits))
			return bundle_refuse(r, e, ERR_INPUT, ".%.64s: no device with an object of limits", device);
		if (rdma_number(r, device, limits, "hcaHandles", "hca_handle", &text, e) ||
		    rdma_number(r, device, limits, "hcaObjects", "hca_object", &text, e))
			return -1;
		if (!text.len)
			return bundle_refuse(r, e, ERR_INPUT, ".%.64s: needs hcaHandles or hcaObjects", device);
		if (set_entry(r, &r->p->resources.rdma, device, text.text, e))
			return -1;
	}
	return 0;
}
