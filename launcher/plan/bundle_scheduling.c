/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_scheduling.c - what config.json says about processors, priorities, memory nodes and clocks of a process. */
#include <limits.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#include "launcher/plan/bundle_read.h"
#include "launcher/plan/cpuset.h"

enum { NANOSECONDS = 1000000000, RT_MAX = 99 };

static int flag_of(const char *const *words, const int64_t *bits, size_t n, const char *text, int64_t *to)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], text) == 0) {
			*to |= bits[i];
			return 0;
		}
	return -1;
}

/* The others of sched(7) keep what we set, or go with values for which the specification has no property. */
static int take_flags(struct reading *r, const json_t *list, struct plan_process *p, struct err *e)
{
	static const char *const words[] = { "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN" };
	static const int64_t bits[] = { SCHED_FLAG_RESET_ON_FORK, SCHED_FLAG_RECLAIM, SCHED_FLAG_DL_OVERRUN };
	const json_t *item;
	int64_t flags = 0;
	size_t i;

	json_array_foreach(list, i, item)
		if (flag_of(words, bits, ARRAY_LEN(words), json_string_value(item), &flags))
			return bundle_refuse(r, e, ERR_INPUT, ".flags[%zu]: %.48s cannot be applied: there are SCHED_FLAG_RESET_ON_FORK, "
					     "SCHED_FLAG_RECLAIM and SCHED_FLAG_DL_OVERRUN", i, json_string_value(item));
	if (flags)
		p->sched_flags = flags;
	return 0;
}

/* What a policy has no meaning for is 0 or absent, so that no value is dropped. */
static int take_times(struct reading *r, const json_t *value, struct plan_process *p, struct err *e)
{
	static const char *const times[] = { "runtime", "deadline", "period" };
	int64_t *to[] = { &p->sched_runtime, &p->sched_deadline, &p->sched_period };
	int64_t priority = bundle_number(value, "priority", 0);
	bool fixed = p->scheduler == PLAN_SCHED_FIFO || p->scheduler == PLAN_SCHED_RR;

	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		int64_t n = bundle_number(value, times[i], 0);

		if (n && p->scheduler != PLAN_SCHED_DEADLINE)
			return bundle_refuse(r, e, ERR_INPUT, ".%s: is of SCHED_DEADLINE", times[i]);
		if (n < 0)
			return bundle_refuse(r, e, ERR_INPUT, ".%s: is too large", times[i]);
		if (p->scheduler == PLAN_SCHED_DEADLINE)
			*to[i] = n;
	}
	if (fixed ? priority < 1 || priority > RT_MAX : priority != 0)
		return bundle_refuse(r, e, ERR_INPUT, ".priority: %lld: is 1 to %d of SCHED_FIFO and SCHED_RR, and 0 of the others",
				     (long long)priority, RT_MAX);
	if (fixed)
		p->sched_priority = priority;
	return 0;
}

int take_scheduler(struct reading *r, const json_t *value, struct err *e)
{
	static const char *const words[] = { "", "SCHED_OTHER", "SCHED_BATCH", "SCHED_IDLE", "SCHED_FIFO", "SCHED_RR", "SCHED_DEADLINE" };
	const char *policy = bundle_text(value, "policy");
	int64_t nice = bundle_number(value, "nice", 0);
	struct plan_process *p = &r->p->process;

	for (size_t i = 1; policy && i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], policy) == 0)
			p->scheduler = (int)i;
	if (!p->scheduler)
		return bundle_refuse(r, e, ERR_INPUT, ".policy: %.32s cannot be applied: there are SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, SCHED_FIFO, "
				     "SCHED_RR and SCHED_DEADLINE", policy ? policy : "(none)");
	if (nice < -20 || nice > 19)
		return bundle_refuse(r, e, ERR_INPUT, ".nice: %lld is not within -20 and 19", (long long)nice);
	if (nice && p->scheduler > PLAN_SCHED_BATCH)
		return bundle_refuse(r, e, ERR_INPUT, ".nice: is of SCHED_OTHER and SCHED_BATCH");
	p->nice = nice;
	return take_times(r, value, p, e) || take_flags(r, bundle_at(value, "flags"), p, e) ? -1 : 0;
}

int take_io_priority(struct reading *r, const json_t *value, struct err *e)
{
	static const char *const words[] = { "", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE", "IOPRIO_CLASS_RT" };
	const char *class = bundle_text(value, "class");
	int64_t level = bundle_number(value, "priority", 0);
	struct plan_process *p = &r->p->process;

	for (size_t i = 1; class && i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], class) == 0)
			p->io_class = (int)i;
	if (!p->io_class)
		return bundle_refuse(r, e, ERR_INPUT, ".class: %.32s cannot be applied: there are IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE and "
				     "IOPRIO_CLASS_RT", class ? class : "(none)");
	if (level < 0 || level > 7)
		return bundle_refuse(r, e, ERR_INPUT, ".priority: %lld is not within 0 and 7", (long long)level);
	p->io_priority = level;
	return 0;
}

static int take_list(struct reading *r, const json_t *value, const char *member, char **to, struct err *e)
{
	const char *text = bundle_text(value, member);
	struct cpuset set = { 0 };
	char what[BUNDLE_PATH_MAX];

	if (!text || !*text)
		return 0;
	(void)snprintf(what, sizeof(what), "%.48s: %.128s.%.32s", r->what, r->path, member);
	return cpuset_add(&set, text, what, e) || str_copy(text, to, e) ? -1 : 0;
}

int take_exec_affinity(struct reading *r, const json_t *value, struct err *e)
{
	struct plan_process *p = &r->p->process;

	return take_list(r, value, "initial", &p->exec_cpus_initial, e) || take_list(r, value, "final", &p->exec_cpus_final, e) ? -1 : 0;
}

static int mode_of(const char *text)
{
	static const char *const words[] = {
		"", "MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE",
	};

	for (size_t i = 1; text && i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], text) == 0)
			return (int)i;
	return 0;
}

int take_memory_policy(struct reading *r, const json_t *value, struct err *e)
{
	static const char *const words[] = { "MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES" };
	static const int64_t bits[] = { 1 << 13, MPOL_F_RELATIVE_NODES, MPOL_F_STATIC_NODES };	/* the first: headers of Linux 5.12 */
	struct plan_memory_policy *m = &r->p->memory_policy;
	const char *mode = bundle_text(value, "mode");
	const json_t *item, *list = bundle_at(value, "flags");
	int64_t flags = 0;
	size_t i;

	m->mode = mode_of(mode);
	if (!m->mode)
		return bundle_refuse(r, e, ERR_INPUT, ".mode: %.32s is none of set_mempolicy(2)", mode ? mode : "(none)");
	json_array_foreach(list, i, item)
		if (flag_of(words, bits, ARRAY_LEN(words), json_string_value(item), &flags))
			return bundle_refuse(r, e, ERR_INPUT, ".flags[%zu]: %.32s is none", i, json_string_value(item));
	if (flags)
		m->flags = flags;
	if (take_list(r, value, "nodes", &m->nodes, e))
		return -1;
	if (m->nodes && (m->mode == PLAN_MEM_DEFAULT || m->mode == PLAN_MEM_LOCAL))
		return bundle_refuse(r, e, ERR_INPUT, ".nodes: %s has none", mode);
	return 0;
}

static int take_offset(struct reading *r, const char *clock, const json_t *value, struct err *e)
{
	int64_t seconds = bundle_number(value, "secs", 0), nano = bundle_number(value, "nanosecs", 0);
	auto_free char *entry = NULL;

	if (nano < 0 || nano >= NANOSECONDS)
		return bundle_refuse(r, e, ERR_INPUT, ".%s.nanosecs: %lld is not within 0 and %d", clock, (long long)nano, NANOSECONDS - 1);
	return str_print(&entry, e, "%s=%lld %lld", clock, (long long)seconds, (long long)nano) ||
	       strv_add(&r->p->time_offsets, entry, e) ? -1 : 0;
}

int take_time_offsets(struct reading *r, const json_t *value, struct err *e)
{
	const char *clock;
	json_t *offset;

	json_object_foreach((json_t *)value, clock, offset) {
		/* time_namespaces(7): the clock on the wall is everybody's. */
		if (strcmp(clock, "monotonic") != 0 && strcmp(clock, "boottime") != 0)
			return bundle_refuse(r, e, ERR_INPUT, ".%.32s: there are monotonic and boottime", clock);
		if (!json_is_null(offset) && take_offset(r, clock, offset, e))
			return -1;
	}
	if (r->p->time_offsets.len && r->p->ns[PLAN_NS_TIME].mode != PLAN_NS_NEW)
		return bundle_refuse(r, e, ERR_INPUT, "needs a time name space of the container's own (linux.namespaces, without a path)");
	return 0;
}
