/* SPDX-License-Identifier: Apache-2.0 */
/* rules_resources.c - rows about processors, block devices, device nodes: what has more than a number. */
#include <stddef.h>
#include <string.h>

#include "launcher/base/path.h"
#include "launcher/plan/cpuset.h"
#include "policy/rules.h"

static char **text_of(struct decision *d, const struct rule *r)
{
	return (char **)(void *)((char *)d->plan + r->offset);
}

static int fill_set(struct decision *d, const struct rule *r)
{
	const struct strv *words = &rule_value(d, r->key)->list;
	auto_str struct str s = { 0 };

	if (*text_of(d, r) || !words->len)
		return 0;
	for (size_t i = 0; i < words->len; i++)
		if (str_addf(&s, d->e, "%s%s", i ? "," : "", words->item[i]))
			return -1;
	return str_copy(s.text, text_of(d, r), d->e) || rule_filled(d, r, r->key, "%s", s.text) ? -1 : 0;
}

static int check_set(struct decision *d, const struct rule *r)
{
	const struct strv *words = &rule_value(d, r->key)->list;
	struct cpuset have = { 0 }, bound = { 0 };
	const char *text = *text_of(d, r);

	if (!text)
		return 0;
	if (cpuset_add(&have, text, r->field, d->e))
		return -1;
	for (size_t i = 0; i < words->len; i++)
		if (cpuset_add(&bound, words->item[i], r->field, d->e))
			return -1;
	if (words->len && rule_bounds(d, r->key) && !cpuset_within(&have, &bound))
		return rule_denied(d, r, r->key, "%.128s is not within the policy's", text);
	return 0;
}

static const struct {
	int what;
	enum key key;
} io_keys[] = {
	{ PLAN_IO_WEIGHT, KEY_IO_DEVICE_WEIGHT }, { PLAN_IO_RBPS, KEY_IO_RBPS }, { PLAN_IO_WBPS, KEY_IO_WBPS },
	{ PLAN_IO_RIOPS, KEY_IO_RIOPS }, { PLAN_IO_WIOPS, KEY_IO_WIOPS },
};

static bool has_io(const struct plan_resources *res, int what, const char *path)
{
	for (size_t i = 0; i < res->io.len; i++)
		if (PLAN_IO(res, i)->what == what && strcmp(PLAN_IO(res, i)->path, path) == 0)
			return true;
	return false;
}

static int fill_io(struct decision *d, const struct rule *r)
{
	struct plan_resources *res = &d->plan->resources;

	for (size_t k = 0; k < ARRAY_LEN(io_keys); k++) {
		const struct strv *words = &rule_value(d, io_keys[k].key)->list;

		for (size_t i = 0; i + 1 < words->len; i += 2) {
			int64_t value;

			if (has_io(res, io_keys[k].what, words->item[i]))
				continue;
			if (str_to_size(words->item[i + 1], "limit", &value, d->e) ||
			    !plan_io_add(res, io_keys[k].what, words->item[i], value, d->e) ||
			    rule_filled(d, r, io_keys[k].key, "%s %s", words->item[i], words->item[i + 1]))
				return -1;
		}
	}
	return 0;
}

/* A rate without a word of the policy is the request's own limit; a weight is everybody's share, so IOWeight= bounds it. */
static int check_io(struct decision *d, const struct rule *r)
{
	const struct plan_resources *res = &d->plan->resources;

	for (size_t i = 0; i < res->io.len; i++) {
		const struct plan_io *io = PLAN_IO(res, i);
		enum key k = io_keys[io->what - 1].key;
		int64_t bound;

		if (!key_io_of(&rule_value(d, k)->list, io->path, &bound)) {
			if (io->what != PLAN_IO_WEIGHT)
				continue;
			k = KEY_IO_WEIGHT;
			bound = rule_value(d, k)->num;
		}
		if (io->value > bound && rule_bounds(d, k) &&
		    rule_denied(d, r, k, "%s of %.128s: %lld is more than %lld", plan_io_words[io->what], io->path,
				(long long)io->value, (long long)bound))
			return -1;
	}
	return 0;
}

static int widen_io(struct decision *d, const struct rule *r)
{
	const struct plan_resources *res = &d->plan->resources;

	for (size_t i = 0; i < res->io.len; i++) {
		const struct plan_io *io = PLAN_IO(res, i);

		if (io->what == PLAN_IO_WEIGHT && io->value > 100 &&
		    rule_widened(d, r, KEY_IO_DEVICE_WEIGHT, "%.400s %lld", io->path, (long long)io->value))
			return -1;
	}
	return 0;
}

static int check_option(struct decision *d, const struct rule *r, const char *word, bool asked)
{
	if (!asked || !rule_bounds(d, r->key) || strv_has(&rule_value(d, r->key)->list, word))
		return 0;
	return rule_denied(d, r, r->key, "%s is not allowed", word);
}

static bool asks_swappiness(const struct decision *d)
{
	return d->plan->resources.swappiness != FIELD_NONE;
}

static int check_swappiness(struct decision *d, const struct rule *r)
{
	return check_option(d, r, "swappiness", asks_swappiness(d));
}

static int widen_swappiness(struct decision *d, const struct rule *r)
{
	return asks_swappiness(d) ? rule_widened(d, r, r->key, "swappiness") : 0;
}

static int check_oom_kill(struct decision *d, const struct rule *r)
{
	return check_option(d, r, "oom-kill-disable", d->plan->resources.oom_kill_disable);
}

static int widen_oom_kill(struct decision *d, const struct rule *r)
{
	return d->plan->resources.oom_kill_disable ? rule_widened(d, r, r->key, "oom-kill-disable") : 0;
}

/* The device's own path, or its kind and major number. */
static bool is_device(const struct plan_device *dev, const char *word)
{
	const char *number = str_starts(word, "char-") && *dev->type == 'c' ? word + 5 :
			     str_starts(word, "block-") && *dev->type == 'b' ? word + 6 : NULL;
	char major[24];

	if (!number)
		return dev->path && strcmp(dev->path, word) == 0;
	(void)snprintf(major, sizeof(major), "%lld", (long long)dev->major);
	return strcmp(number, "*") == 0 || strcmp(number, major) == 0;
}

static bool may_access(const struct strv *words, const struct plan_device *dev)
{
	struct key_device allowed;
	size_t at = 0;

	while (key_device_next(words, &at, &allowed))
		if (is_device(dev, allowed.device) && strspn(dev->access, allowed.access) == strlen(dev->access))
			return true;
	return false;
}

static const char *number_text(int64_t n, char buf[24])
{
	(void)snprintf(buf, 24, n < 0 ? "*" : "%lld", (long long)n);
	return buf;
}

static int check_devices(struct decision *d, const struct rule *r)
{
	for (size_t i = 0; i < d->plan->devices.len; i++) {
		const struct plan_device *dev = PLAN_DEVICE(d->plan, i);
		char major[24], minor[24];

		if (!rule_bounds(d, r->key) || may_access(&rule_value(d, r->key)->list, dev))
			continue;
		if (rule_denied(d, r, r->key, "%.200s (%s %s:%s) is not allowed with access %s",
				dev->path ? dev->path : "a rule", dev->type, number_text(dev->major, major),
				number_text(dev->minor, minor), dev->access))
			return -1;
	}
	return 0;
}

static int widen_devices(struct decision *d, const struct rule *r)
{
	for (size_t i = 0; i < d->plan->devices.len; i++) {
		const struct plan_device *dev = PLAN_DEVICE(d->plan, i);
		char major[24], minor[24];

		if (rule_widened(d, r, r->key, "%.200s%s%s:%s %s", dev->path ? dev->path : "", dev->path ? " " : dev->type,
				 number_text(dev->major, major), number_text(dev->minor, minor), dev->access))
			return -1;
	}
	return 0;
}

static int check_unified(struct decision *d, const struct rule *r)
{
	const struct strv *have = &d->plan->resources.unified, *allowed = &rule_value(d, r->key)->list;

	for (size_t i = 0; rule_bounds(d, r->key) && i < have->len; i++) {
		auto_free char *file = NULL;
		bool yes = false;

		if (str_print(&file, d->e, "%.*s", (int)strcspn(have->item[i], "="), have->item[i]))
			return -1;
		for (size_t k = 0; k < allowed->len; k++)
			yes |= str_matches(allowed->item[k], file);
		if (!yes && rule_denied(d, r, r->key, "%.64s is not allowed", file))
			return -1;
	}
	return 0;
}

static int widen_unified(struct decision *d, const struct rule *r)
{
	const struct strv *have = &d->plan->resources.unified;

	for (size_t i = 0; i < have->len; i++)
		if (rule_widened(d, r, r->key, "%.*s", (int)strcspn(have->item[i], "="), have->item[i]))
			return -1;
	return 0;
}

/* A share of the processors for real-time tasks means nothing to who may have none. */
static int check_rt(struct decision *d, const struct rule *r)
{
	const struct strv *words = &rule_value(d, r->key)->list;
	int64_t asked = *(const int64_t *)(const void *)((const char *)d->plan + r->offset);

	if (asked == FIELD_NONE || !rule_bounds(d, r->key) || strv_has(words, "fifo") || strv_has(words, "rr"))
		return 0;
	return rule_denied(d, r, r->key, "real-time tasks (fifo, rr) are not allowed");
}

static int widen_rt(struct decision *d, const struct rule *r)
{
	int64_t runtime = d->plan->resources.cpu_rt_runtime;

	return runtime == FIELD_NONE ? 0 : rule_widened(d, r, r->key, "cpuRtRuntime=%lld", (long long)runtime);
}

static int check_net_class(struct decision *d, const struct rule *r)
{
	int64_t class = d->plan->resources.net_class;

	if (class == FIELD_NONE || !rule_bounds(d, r->key) || key_ids_have(&rule_value(d, r->key)->list, class))
		return 0;
	return rule_denied(d, r, r->key, "the host's class %lld is not among the allowed ones", (long long)class);
}

static int widen_net_class(struct decision *d, const struct rule *r)
{
	int64_t class = d->plan->resources.net_class;

	return class == FIELD_NONE ? 0 : rule_widened(d, r, r->key, "%lld", (long long)class);
}

static int check_net_priorities(struct decision *d, const struct rule *r)
{
	const struct strv *have = &d->plan->resources.net_priorities;

	for (size_t i = 0; rule_bounds(d, r->key) && i < have->len; i++) {
		const char *text = strchr(have->item[i], '=') + 1;
		uint64_t n;

		if (str_to_u64(text, 0, UINT32_MAX, "priority", &n, d->e))
			return -1;
		if ((int64_t)n > rule_value(d, r->key)->num && rule_denied(d, r, r->key, "%.64s is more than %s", have->item[i],
									   rule_value(d, r->key)->text))
			return -1;
	}
	return 0;
}

static int widen_net_priorities(struct decision *d, const struct rule *r)
{
	const struct strv *have = &d->plan->resources.net_priorities;

	for (size_t i = 0; i < have->len; i++)
		if (!str_ends(have->item[i], "=0") && rule_widened(d, r, r->key, "%.64s", have->item[i]))
			return -1;
	return 0;
}

const struct rule resource_rules[] = {
	{ "resources.cpus", KEY_ALLOWED_CPUS, fill_set, check_set, NULL, offsetof(struct plan, resources.cpus) },
	{ "resources.mems", KEY_ALLOWED_MEMS, fill_set, check_set, NULL, offsetof(struct plan, resources.mems) },
	{ "process.execCpusInitial", KEY_ALLOWED_CPUS, NULL, check_set, NULL, offsetof(struct plan, process.exec_cpus_initial) },
	{ "process.execCpusFinal", KEY_ALLOWED_CPUS, NULL, check_set, NULL, offsetof(struct plan, process.exec_cpus_final) },
	{ "memoryPolicy.nodes", KEY_ALLOWED_MEMS, NULL, check_set, NULL, offsetof(struct plan, memory_policy.nodes) },
	{ "resources.cpuRtRuntime", KEY_SCHEDULING, NULL, check_rt, widen_rt, offsetof(struct plan, resources.cpu_rt_runtime) },
	{ "resources.cpuRtPeriod", KEY_SCHEDULING, NULL, check_rt, NULL, offsetof(struct plan, resources.cpu_rt_period) },
	{ "resources.netClass", KEY_NET_CLASSES, NULL, check_net_class, widen_net_class, 0 },
	{ "resources.netPriorities", KEY_NET_PRIORITY, NULL, check_net_priorities, widen_net_priorities, 0 },
	{ "resources.io", KEY_IO_RBPS, fill_io, check_io, widen_io, 0 },
	{ "resources.swappiness", KEY_MEMORY_OPTIONS, NULL, check_swappiness, widen_swappiness, 0 },
	{ "resources.oomKillDisable", KEY_MEMORY_OPTIONS, NULL, check_oom_kill, widen_oom_kill, 0 },
	{ "resources.unified", KEY_ALLOW_UNIFIED, NULL, check_unified, widen_unified, 0 },
	{ "devices", KEY_DEVICE_ALLOW, NULL, check_devices, widen_devices, 0 },
	{ NULL, KEY_COUNT, NULL, NULL, NULL, 0 },
};
