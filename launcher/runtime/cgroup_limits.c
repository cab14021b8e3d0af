/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_limits.c - the table of resource limits, and how each is written. */
#include "launcher/runtime/cgroup_limits.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/runtime/cgroup.h"

enum { TEXT_MAX = 64, CPU_PERIOD = 100000, SECOND = 1000000 };

static bool given(int64_t v)
{
	return v != FIELD_NONE && v != -1;
}

static void memory(const struct plan_resources *r, bool v2, char *to)
{
	(void)v2;
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)r->memory_max);
}

/* The plan has memory + swap, as v1; v2 counts the swap alone. */
static void swap(const struct plan_resources *r, bool v2, char *to)
{
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)(r->memory_swap - (v2 ? r->memory_max : 0)));
}

static void quota(const struct plan_resources *r, bool v2, char *to)
{
	long long us = r->cpu_quota / (SECOND / CPU_PERIOD);

	(void)snprintf(to, TEXT_MAX, v2 ? "%lld %d" : "%lld", us, CPU_PERIOD);
}

/* v1 shares: 1024 where v2 has its default of 100; the kernel takes none below 2. */
static void weight(const struct plan_resources *r, bool v2, char *to)
{
	long long shares = r->cpu_weight * 1024 / 100;

	(void)snprintf(to, TEXT_MAX, "%lld", v2 ? (long long)r->cpu_weight : shares < 2 ? 2 : shares);
}

static void tasks(const struct plan_resources *r, bool v2, char *to)
{
	(void)v2;
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)r->tasks_max);
}

/* In the order of writing: v1 takes a swap total only above the memory limit that is set. */
static const struct limit {
	const char *field;
	size_t offset;
	enum cgroup_controller controller;
	const char *v2_file, *v1_file;
	void (*print)(const struct plan_resources *r, bool v2, char *to);
	int64_t min, max;
} limits[] = {
#define ROW(field, member) "resources." field, offsetof(struct plan_resources, member)
	{ ROW("memoryMax", memory_max), CGROUP_MEMORY, "memory.max", "memory.limit_in_bytes", memory,
	  1, INT64_MAX },
	{ ROW("memorySwap", memory_swap), CGROUP_MEMORY, "memory.swap.max", "memory.memsw.limit_in_bytes", swap,
	  1, INT64_MAX },
	{ ROW("cpuQuota", cpu_quota), CGROUP_CPU, "cpu.max", "cpu.cfs_quota_us", quota, CGROUP_CPU_MIN, INT64_MAX },
	{ ROW("cpuWeight", cpu_weight), CGROUP_CPU, "cpu.weight", "cpu.shares", weight, 1, 10000 },
	{ ROW("tasksMax", tasks_max), CGROUP_PIDS, "pids.max", "pids.max", tasks, 1, INT64_MAX },
#undef ROW
};

static int64_t value(const struct plan_resources *r, const struct limit *l)
{
	return *(const int64_t *)(const void *)((const char *)r + l->offset);
}

const char *cgroup_limits_any(const struct plan_resources *r)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (given(value(r, &limits[i])))
			return limits[i].field;
	return NULL;
}

int cgroup_limits_check(const struct plan_resources *r, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		int64_t v = value(r, &limits[i]);

		if (given(v) && (v < limits[i].min || v > limits[i].max))
			return err_set(e, ERR_INPUT, 0, "%s: %lld is not within %lld..%lld", limits[i].field,
				       (long long)v, (long long)limits[i].min, (long long)limits[i].max);
	}
	if (given(r->memory_swap) && !given(r->memory_max))
		return err_set(e, ERR_INPUT, 0, "resources.memorySwap: needs resources.memoryMax");
	if (given(r->memory_swap) && r->memory_swap < r->memory_max)
		return err_set(e, ERR_INPUT, 0, "resources.memorySwap: %lld is memory and swap together, less than "
			       "resources.memoryMax %lld", (long long)r->memory_swap, (long long)r->memory_max);
	return 0;
}

/* Hand a controller down to `below`: "+pids" for the top and each group above the last component. */
static int enable(const struct cgroup_tree *t, const char *below, const char *controller, struct err *e)
{
	char path[PATH_MAX], word[TEXT_MAX];

	(void)snprintf(word, sizeof(word), "+%s", controller);
	for (const char *at = below; at; at = strchr(at + 1, '/')) {
		(void)snprintf(path, sizeof(path), "%.*s%scgroup.subtree_control", (int)(at - below), below,
			       at == below ? "" : "/");
		if (io_write_kernel_at(t->fd, path, word, e) == 0)
			continue;
		if (e->sys == EBUSY)
			return err_context(e, "%s: processes stand in the group itself (cgroups(7), no internal "
					   "processes)", t->path);
		return err_context(e, "%s", t->path);
	}
	return 0;
}

/* Which controllers this host would have had, for the message. */
static void list_controllers(const struct cgroup_trees *trees, char *to, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < trees->len && len < n; i++) {
		const struct cgroup_tree *t = &trees->item[i];
		char have[256] = "";
		struct err e;

		if (t->v2 && io_read_kernel_at(t->fd, "cgroup.controllers", have, sizeof(have), &e) == 0 && *have)
			len += (size_t)snprintf(to + len, n - len, " %s", have);
		for (unsigned c = 0; c < CGROUP_CONTROLLERS && len < n; c++)
			if (t->controllers & 1u << c)
				len += (size_t)snprintf(to + len, n - len, " %s", cgroup_controller_words[c]);
	}
	if (!len)
		(void)snprintf(to, n, " none");
}

static int no_controller(const struct limit *l, const struct cgroup_trees *trees, struct err *e)
{
	char have[256];

	list_controllers(trees, have, sizeof(have));
	return err_set(e, ERR_SYSTEM, 0, "%s: the control group controller %s is not there; there are:%s",
		       l->field, cgroup_controller_words[l->controller], have);
}

/* A v1 hierarchy with the controller, else the v2 one, which is first. */
static const struct cgroup_tree *pick_tree(const struct limit *l, const struct cgroup_trees *trees)
{
	for (size_t i = 0; i < trees->len; i++)
		if (trees->item[i].controllers & 1u << l->controller)
			return &trees->item[i];
	return trees->len && trees->item[0].v2 ? trees->item : NULL;
}

static int apply_one(const struct limit *l, const struct plan_resources *r, const struct cgroup_trees *trees,
		     const char *below, struct err *e)
{
	const char *controller = cgroup_controller_words[l->controller];
	const struct cgroup_tree *t = pick_tree(l, trees);
	char path[PATH_MAX], text[TEXT_MAX];
	struct err why;

	if (!t)
		return no_controller(l, trees, e);
	l->print(r, t->v2, text);
	(void)snprintf(path, sizeof(path), "%s/%s", below, t->v2 ? l->v2_file : l->v1_file);
	if (io_write_kernel_at(t->fd, path, text, &why) == 0)
		return 0;
	if (t->v2 && why.reason == ERR_NOTFOUND) {
		if (enable(t, below, controller, &why)) {
			if (why.sys == EINVAL || why.sys == ENOENT)
				return no_controller(l, trees, e);
		} else if (io_write_kernel_at(t->fd, path, text, &why) == 0) {
			return 0;
		}
	}
	return err_set(e, ERR_SYSTEM, 0, "%s: controller %s: %s", l->field, controller, why.text);
}

int cgroup_limits_apply(const struct plan_resources *r, const struct cgroup_trees *trees, const char *below,
			struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (given(value(r, &limits[i])) && apply_one(&limits[i], r, trees, below, e))
			return -1;
	return 0;
}

/* As a group has it that nobody touched. */
static const char *none_text(const struct limit *l, bool v2)
{
	if (l->controller == CGROUP_PIDS)
		return "max";
	if (strcmp(v2 ? l->v2_file : l->v1_file, v2 ? "cpu.weight" : "cpu.shares") == 0)
		return v2 ? "100" : "1024";
	return v2 ? "max" : "-1";
}

static int lift_one(const struct limit *l, const struct cgroup_trees *trees, const char *below, struct err *e)
{
	const struct cgroup_tree *t = pick_tree(l, trees);
	char path[PATH_MAX];

	if (!t)
		return no_controller(l, trees, e);
	(void)snprintf(path, sizeof(path), "%s/%s", below, t->v2 ? l->v2_file : l->v1_file);
	return io_write_kernel_at(t->fd, path, none_text(l, t->v2), e) ? err_context(e, "%s", l->field) : 0;
}

static int update_one(const struct limit *l, const struct cgroup_change *change, const struct cgroup_trees *trees,
		      const char *below, struct err *e)
{
	if (given(value(change->now, l)))
		return apply_one(l, change->now, trees, below, e);
	return given(value(change->before, l)) || given(value(change->first, l)) ? lift_one(l, trees, below, e) : 0;
}

int cgroup_limits_update(const struct cgroup_change *change, const struct cgroup_trees *trees, const char *below,
			 struct err *e)
{
	struct err early;

	if (cgroup_limits_check(change->now, e))
		return -1;
	/* What fails now may be in the way of one that comes later; the second time it must work. */
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		(void)!update_one(&limits[i], change, trees, below, &early);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (update_one(&limits[i], change, trees, below, e))
			return -1;
	return 0;
}
