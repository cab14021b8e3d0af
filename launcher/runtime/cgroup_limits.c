/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_limits.c - the table of resource limits, and how each is written. */
#include "launcher/runtime/cgroup_limits.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/runtime/cgroup.h"
#include "launcher/runtime/inside.h"

enum { TEXT_MAX = 64, CPU_PERIOD = 100000, SECOND = 1000000, QUOTA_MIN = 1000, BLKIO_FACTOR = 5,
       IO_WEIGHT = 100 };
/* A rate of this many is none; both versions take it. */
#define IO_RATE_NONE (INT64_C(1) << 40)

static bool given(int64_t v)
{
	return v != FIELD_NONE && v != -1;
}

static void memory(const struct plan_resources *r, bool v2, char *to)
{
	(void)v2;
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)r->memory_max);
}

static void low(const struct plan_resources *r, bool v2, char *to)
{
	(void)v2;
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)r->memory_low);
}

/* The plan has memory + swap, as v1; v2 counts the swap alone. */
static void swap(const struct plan_resources *r, bool v2, char *to)
{
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)(r->memory_swap - (v2 ? r->memory_max : 0)));
}

static void swappiness(const struct plan_resources *r, bool v2, char *to)
{
	(void)v2;
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)r->swappiness);
}

static void yes(const struct plan_resources *r, bool v2, char *to)
{
	(void)r;
	(void)v2;
	(void)snprintf(to, TEXT_MAX, "1");
}

static long long period_of(const struct plan_resources *r)
{
	return given(r->cpu_period) ? (long long)r->cpu_period : CPU_PERIOD;
}

/* Microseconds of one period; both factors are bounded, so 128 bits never overflow. */
static long long quota_of(const struct plan_resources *r)
{
	return (long long)((__int128)r->cpu_quota * period_of(r) / SECOND);
}

static void period(const struct plan_resources *r, bool v2, char *to)
{
	(void)snprintf(to, TEXT_MAX, v2 ? "max %lld" : "%lld", period_of(r));
}

static void quota(const struct plan_resources *r, bool v2, char *to)
{
	(void)snprintf(to, TEXT_MAX, v2 ? "%lld %lld" : "%lld", quota_of(r), period_of(r));
}

/* v1 shares: 1024 where v2 has its default of 100; the kernel takes none below 2. */
static void weight(const struct plan_resources *r, bool v2, char *to)
{
	long long shares = r->cpu_weight * 1024 / 100;

	(void)snprintf(to, TEXT_MAX, "%lld", v2 ? (long long)r->cpu_weight : shares < 2 ? 2 : shares);
}

static void burst(const struct plan_resources *r, bool v2, char *to)
{
	(void)v2;
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)r->cpu_burst);
}

static void idle(const struct plan_resources *r, bool v2, char *to)
{
	(void)v2;
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)r->cpu_idle);
}

static void rt_period(const struct plan_resources *r, bool v2, char *to)
{
	(void)v2;
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)r->cpu_rt_period);
}

static void rt_runtime(const struct plan_resources *r, bool v2, char *to)
{
	(void)v2;
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)r->cpu_rt_runtime);
}

static void net_class(const struct plan_resources *r, bool v2, char *to)
{
	(void)v2;
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)r->net_class);
}

static void tasks(const struct plan_resources *r, bool v2, char *to)
{
	(void)v2;
	(void)snprintf(to, TEXT_MAX, "%lld", (long long)r->tasks_max);
}

enum limit_kind { LIMIT_NUMBER, LIMIT_LIST, LIMIT_FLAG };	/* int64_t, char *, bool */

/*
 * In the order of writing: v1 takes a swap total only above the memory limit that is set, and the period goes
 * before what is counted in it.
 */
static const struct limit {
	const char *field;
	size_t offset;
	enum cgroup_controller controller;
	const char *v2_file, *v1_file;	/* v2_file NULL: v2 has no such thing */
	void (*print)(const struct plan_resources *r, bool v2, char *to);
	int64_t min, max;
	enum limit_kind kind;
} limits[] = {
#define ROW(field, member) "resources." field, offsetof(struct plan_resources, member)
	{ ROW("memoryMax", memory_max), CGROUP_MEMORY, "memory.max", "memory.limit_in_bytes", memory,
	  1, INT64_MAX, LIMIT_NUMBER },
	{ ROW("memorySwap", memory_swap), CGROUP_MEMORY, "memory.swap.max", "memory.memsw.limit_in_bytes", swap,
	  1, INT64_MAX, LIMIT_NUMBER },
	{ ROW("memoryLow", memory_low), CGROUP_MEMORY, "memory.low", "memory.soft_limit_in_bytes", low,
	  1, INT64_MAX, LIMIT_NUMBER },
	{ ROW("swappiness", swappiness), CGROUP_MEMORY, NULL, "memory.swappiness", swappiness, 0, 100, LIMIT_NUMBER },
	{ ROW("oomKillDisable", oom_kill_disable), CGROUP_MEMORY, NULL, "memory.oom_control", yes, 0, 0, LIMIT_FLAG },
	{ ROW("cpuPeriod", cpu_period), CGROUP_CPU, "cpu.max", "cpu.cfs_period_us", period,
	  CGROUP_PERIOD_MIN, CGROUP_PERIOD_MAX, LIMIT_NUMBER },
	{ ROW("cpuQuota", cpu_quota), CGROUP_CPU, "cpu.max", "cpu.cfs_quota_us", quota, 1, INT64_MAX / SECOND, LIMIT_NUMBER },
	{ ROW("cpuWeight", cpu_weight), CGROUP_CPU, "cpu.weight", "cpu.shares", weight, 1, 10000, LIMIT_NUMBER },
	/* After the quota, which bounds it. */
	{ ROW("cpuBurst", cpu_burst), CGROUP_CPU, "cpu.max.burst", "cpu.cfs_burst_us", burst, 0, INT64_MAX / 1000, LIMIT_NUMBER },
	/* After the weight, which cannot be changed of what is idle. */
	{ ROW("cpuIdle", cpu_idle), CGROUP_CPU, "cpu.idle", "cpu.idle", idle, 0, 1, LIMIT_NUMBER },
	/* The period first: the runtime is no longer than it. */
	{ ROW("cpuRtPeriod", cpu_rt_period), CGROUP_CPU, NULL, "cpu.rt_period_us", rt_period, 1, INT64_MAX / 1000, LIMIT_NUMBER },
	{ ROW("cpuRtRuntime", cpu_rt_runtime), CGROUP_CPU, NULL, "cpu.rt_runtime_us", rt_runtime, 1, INT64_MAX / 1000, LIMIT_NUMBER },
	{ ROW("netClass", net_class), CGROUP_NET_CLS, NULL, "net_cls.classid", net_class, 1, UINT32_MAX, LIMIT_NUMBER },
	{ ROW("tasksMax", tasks_max), CGROUP_PIDS, "pids.max", "pids.max", tasks, 1, INT64_MAX, LIMIT_NUMBER },
	{ ROW("cpus", cpus), CGROUP_CPUSET, "cpuset.cpus", "cpuset.cpus", NULL, 0, 0, LIMIT_LIST },
	{ ROW("mems", mems), CGROUP_CPUSET, "cpuset.mems", "cpuset.mems", NULL, 0, 0, LIMIT_LIST },
	/* Written by apply_weight(): its file depends on the scheduler of the block devices. */
	{ ROW("ioWeight", io_weight), CGROUP_BLKIO, NULL, NULL, NULL, 1, 10000, LIMIT_NUMBER },
#undef ROW
};

static const void *member(const struct plan_resources *r, const struct limit *l)
{
	return (const char *)r + l->offset;
}

static bool asked(const struct plan_resources *r, const struct limit *l)
{
	switch (l->kind) {
	case LIMIT_LIST:	return *(char *const *)member(r, l) != NULL;
	case LIMIT_FLAG:	return *(const bool *)member(r, l);
	case LIMIT_NUMBER:	break;
	}
	return given(*(const int64_t *)member(r, l));
}

const char *cgroup_limits_any(const struct plan_resources *r)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (asked(r, &limits[i]))
			return limits[i].field;
	return r->io.len ? "resources.io" : r->hugepages.len ? "resources.hugepages" : r->unified.len ? "resources.unified" :
	       r->net_priorities.len ? "resources.netPriorities" : r->rdma.len ? "resources.rdma" : NULL;
}

unsigned cgroup_limits_controllers(const struct plan_resources *r)
{
	unsigned mask = (r->io.len ? 1u << CGROUP_BLKIO : 0) | (r->hugepages.len ? 1u << CGROUP_HUGETLB : 0) |
			(r->net_priorities.len ? 1u << CGROUP_NET_PRIO : 0) | (r->rdma.len ? 1u << CGROUP_RDMA : 0);

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (asked(r, &limits[i]))
			mask |= 1u << limits[i].controller;
	return mask;
}

static int check_numbers(const struct plan_resources *r, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		const struct limit *l = &limits[i];
		int64_t v;

		if (l->kind != LIMIT_NUMBER || !asked(r, l))
			continue;
		v = *(const int64_t *)member(r, l);
		if (v < l->min || v > l->max)
			return err_set(e, ERR_INPUT, 0, "%s: %lld is not within %lld..%lld", l->field, (long long)v,
				       (long long)l->min, (long long)l->max);
	}
	return 0;
}

int cgroup_limits_check(const struct plan_resources *r, struct err *e)
{
	if (check_numbers(r, e))
		return -1;
	if (given(r->cpu_quota) && quota_of(r) < QUOTA_MIN)
		return err_set(e, ERR_INPUT, 0, "resources.cpuQuota: %lld microseconds per second are %lld in a period of %lld, "
			       "less than the kernel's %d", (long long)r->cpu_quota, quota_of(r), period_of(r), QUOTA_MIN);
	if (given(r->memory_swap) && !given(r->memory_max))
		return err_set(e, ERR_INPUT, 0, "resources.memorySwap: needs resources.memoryMax");
	if (given(r->memory_swap) && r->memory_swap < r->memory_max)
		return err_set(e, ERR_INPUT, 0, "resources.memorySwap: %lld is memory and swap together, less than "
			       "resources.memoryMax %lld", (long long)r->memory_swap, (long long)r->memory_max);
	if (given(r->memory_low) && given(r->memory_max) && r->memory_low > r->memory_max)
		return err_set(e, ERR_INPUT, 0, "resources.memoryLow: %lld is more than resources.memoryMax %lld",
			       (long long)r->memory_low, (long long)r->memory_max);
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

/* v2 has another name for one of them. */
static const char *controller_word(enum cgroup_controller c, bool v2)
{
	return v2 && c == CGROUP_BLKIO ? "io" : cgroup_controller_words[c];
}

static int no_controller(const char *field, enum cgroup_controller c, const struct cgroup_trees *trees, struct err *e)
{
	char have[256];

	list_controllers(trees, have, sizeof(have));
	return err_set(e, ERR_SYSTEM, 0, "%s: the control group controller %s is not there; there are:%s", field,
		       controller_word(c, trees->len && trees->item[0].v2), have);
}

/* A v1 hierarchy with the controller, else the v2 one, which is first. */
static const struct cgroup_tree *pick_tree(enum cgroup_controller c, const struct cgroup_trees *trees)
{
	for (size_t i = 0; i < trees->len; i++)
		if (trees->item[i].controllers & 1u << c)
			return &trees->item[i];
	return trees->len && trees->item[0].v2 ? trees->item : NULL;
}

/* What one write is about. */
struct setting {
	const char *field;
	enum cgroup_controller controller;
	const struct cgroup_trees *trees;
	const struct cgroup_tree *tree;
	const char *below;
};

/* 0; 1 if the group has no such file; else -1. A controller that is not handed down yet is. */
static int put(const struct setting *s, const char *file, const char *text, struct err *e)
{
	const char *word = controller_word(s->controller, s->tree->v2);
	char path[PATH_MAX];
	struct err why;

	(void)snprintf(path, sizeof(path), "%s/%s", s->below, file);
	if (io_write_kernel_at(s->tree->fd, path, text, &why) == 0)
		return 0;
	if (s->tree->v2 && why.reason == ERR_NOTFOUND) {
		if (enable(s->tree, s->below, word, &why)) {
			if (why.sys == EINVAL || why.sys == ENOENT)
				return no_controller(s->field, s->controller, s->trees, e);
		} else if (io_write_kernel_at(s->tree->fd, path, text, &why) == 0) {
			return 0;
		}
	}
	if (why.reason == ERR_NOTFOUND) {
		*e = why;
		return 1;
	}
	return err_set(e, ERR_SYSTEM, 0, "%s: controller %s: %s", s->field, word, why.text);
}

static int begin(struct setting *s, struct err *e)
{
	s->tree = pick_tree(s->controller, s->trees);
	return s->tree ? 0 : no_controller(s->field, s->controller, s->trees, e);
}

static int missing(const struct setting *s, struct err *e)
{
	const struct err why = *e;	/* err_set() writes where it would read */

	return err_set(e, ERR_SYSTEM, 0, "%s: controller %s: this host has no such setting (%.200s)", s->field,
		       controller_word(s->controller, s->tree->v2), why.text);
}

/* v1's cpuset begins empty, in the groups above ours too. */
static int inherit_cpuset(const struct cgroup_tree *t, const char *below, struct err *e)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	char path[PATH_MAX], have[4096], above[4096];

	for (const char *end = below; end; ) {
		end = strchr(end + 1, '/');
		for (size_t i = 0; i < ARRAY_LEN(files); i++) {
			int len = end ? (int)(end - below) : (int)strlen(below);
			const char *last = memrchr(below, '/', (size_t)len);

			(void)snprintf(path, sizeof(path), "%.*s%s%s", last ? (int)(last - below) : 0, below, last ? "/" : "",
				       files[i]);
			if (io_read_kernel_at(t->fd, path, above, sizeof(above), e))
				return -1;
			(void)snprintf(path, sizeof(path), "%.*s/%s", len, below, files[i]);
			if (io_read_kernel_at(t->fd, path, have, sizeof(have), e) ||
			    (!*have && io_write_kernel_at(t->fd, path, above, e)))
				return -1;
		}
	}
	return 0;
}

static int apply_one(const struct limit *l, const struct plan_resources *r, struct setting *s, struct err *e)
{
	char number[TEXT_MAX];
	const char *text = number, *file;
	int done;

	s->field = l->field;
	s->controller = l->controller;
	if (begin(s, e))
		return -1;
	file = s->tree->v2 ? l->v2_file : l->v1_file;
	if (!file)
		return err_set(e, ERR_SYSTEM, 0, "%s: control groups of version 2 have no such setting%s%s", l->field,
			       l->controller > CGROUP_HUGETLB ? ", and there is no hierarchy of version 1 with " : "",
			       l->controller > CGROUP_HUGETLB ? cgroup_controller_words[l->controller] : "");
	if (l->kind == LIMIT_LIST)
		text = *(char *const *)member(r, l);
	else
		l->print(r, s->tree->v2, number);
	done = put(s, file, text, e);
	return done > 0 ? missing(s, e) : done;
}

/* BFQ counts from 1 to 1000 with 100 for everybody, as systemd converts it; CFQ's 500 is our 100. */
static int weight_text(const char *file, const char *device, int64_t value, const char *field, char *to, struct err *e)
{
	long long n = value;

	if (strstr(file, "bfq"))
		n = value <= 100 ? value : 100 + (value - 100) * 900 / 9900;
	else if (str_starts(file, "blkio"))
		n = value * BLKIO_FACTOR < 10 ? 10 : value * BLKIO_FACTOR;
	if (str_starts(file, "blkio") && n > 1000)
		return err_set(e, ERR_SYSTEM, 0, "%s: %lld is more than control groups of version 1 can do", field,
			       (long long)value);
	(void)snprintf(to, TEXT_MAX, "%s%s%lld", device, *device ? " " : "", n);
	return 0;
}

/* Which file there is depends on the kernel and its schedulers. `device` is "8:0", or "" for all. */
static int apply_weight(struct setting *s, const char *device, int64_t value, struct err *e)
{
	static const char *const v2[] = { "io.weight", "io.bfq.weight" };
	static const char *const v1[2][2] = {
		{ "blkio.weight", "blkio.bfq.weight" }, { "blkio.weight_device", "blkio.bfq.weight_device" },
	};
	char text[TEXT_MAX];

	if (begin(s, e))
		return -1;
	for (size_t i = 0; i < 2; i++) {
		const char *file = s->tree->v2 ? v2[i] : v1[*device != 0][i];
		int done;

		if (weight_text(file, device, value, s->field, text, e))
			return -1;
		done = put(s, file, text, e);
		if (done <= 0)
			return done;
	}
	return missing(s, e);
}

/* The number is looked up now, on a path without links: what was decided is what is limited. */
static int device_of(const char *path, char to[32], struct err *e)
{
	auto_close int fd = inside_open_host(path, e);
	struct stat st;

	if (fd < 0)
		return err_context(e, "resources.io");
	if (fstat(fd, &st) || !S_ISBLK(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "resources.io: %.200s is not a block device", path);
	(void)snprintf(to, 32, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return 0;
}

static int apply_io(const struct plan_io *io, struct setting *s, struct err *e)
{
	static const char *const v1_files[] = {
		[PLAN_IO_RBPS] = "blkio.throttle.read_bps_device", [PLAN_IO_WBPS] = "blkio.throttle.write_bps_device",
		[PLAN_IO_RIOPS] = "blkio.throttle.read_iops_device", [PLAN_IO_WIOPS] = "blkio.throttle.write_iops_device",
	};
	char device[32], text[TEXT_MAX];
	int done;

	s->field = "resources.io";
	s->controller = CGROUP_BLKIO;
	if (device_of(io->path, device, e))
		return -1;
	if (io->what == PLAN_IO_WEIGHT)
		return apply_weight(s, device, io->value, e);
	if (begin(s, e))
		return -1;
	if (s->tree->v2)
		(void)snprintf(text, sizeof(text), "%s %s=%lld", device, plan_io_words[io->what], (long long)io->value);
	else
		(void)snprintf(text, sizeof(text), "%s %lld", device, (long long)io->value);
	done = put(s, s->tree->v2 ? "io.max" : v1_files[io->what], text, e);
	return done > 0 ? missing(s, e) : done;
}

/* Pages in use, and those that are reserved, which older kernels do not count apart. */
static int apply_hugepages(const struct plan_hugepages *h, struct setting *s, struct err *e)
{
	static const char *const files[2][2] = {
		{ "limit_in_bytes", "rsvd.limit_in_bytes" }, { "max", "rsvd.max" },
	};
	char file[64], text[TEXT_MAX];

	s->field = "resources.hugepages";
	s->controller = CGROUP_HUGETLB;
	if (begin(s, e))
		return -1;
	(void)snprintf(text, sizeof(text), "%lld", (long long)h->limit);
	for (size_t i = 0; i < 2; i++) {
		int done;

		(void)snprintf(file, sizeof(file), "hugetlb.%.16s.%s", h->size, files[s->tree->v2][i]);
		done = put(s, file, text, e);
		if (done < 0 || (done > 0 && i == 0))
			return done > 0 ? missing(s, e) : -1;
	}
	return 0;
}

struct entry_file {
	const char *field, *file;
	enum cgroup_controller controller;
	bool on_v2;
};

/* A file of the version 2 group as it is; its controller, the word in front of the dot, is handed down if it has to be. */
static int apply_unified(const char *entry, const struct cgroup_trees *trees, const char *below, struct err *e)
{
	const char *eq = strchr(entry, '=');
	char path[PATH_MAX], controller[TEXT_MAX];
	struct err why;

	if (!trees->len || !trees->item[0].v2)
		return err_set(e, ERR_SYSTEM, 0, "resources.unified: %.64s: this host has no control groups of version 2", entry);
	(void)snprintf(path, sizeof(path), "%s/%.*s", below, (int)(eq - entry), entry);
	(void)snprintf(controller, sizeof(controller), "%.*s", (int)strcspn(entry, "."), entry);
	if (io_write_kernel_at(trees->item[0].fd, path, eq + 1, &why) == 0 ||
	    (why.reason == ERR_NOTFOUND && enable(&trees->item[0], below, controller, &why) == 0 &&
	     io_write_kernel_at(trees->item[0].fd, path, eq + 1, &why) == 0))
		return 0;
	return err_set(e, ERR_SYSTEM, 0, "resources.unified: %.300s", why.text);
}

/* "NAME=TEXT" as a line "NAME TEXT" of one file of a controller. */
static int apply_entries(const struct strv *entries, const struct entry_file *f, struct setting *s, struct err *e)
{
	s->field = f->field;
	s->controller = f->controller;
	for (size_t i = 0; i < entries->len; i++) {
		char text[256];
		int done;

		if (begin(s, e))
			return -1;
		if (s->tree->v2 && !f->on_v2)
			return err_set(e, ERR_SYSTEM, 0, "%s: the control group controller %s is of version 1, and not mounted here", f->field,
				       cgroup_controller_words[f->controller]);
		(void)snprintf(text, sizeof(text), "%s", entries->item[i]);
		text[strcspn(text, "=")] = ' ';
		done = put(s, f->file, text, e);
		if (done)
			return done > 0 ? missing(s, e) : -1;
	}
	return 0;
}

static const struct entry_file net_prio_file = { "resources.netPriorities", "net_prio.ifpriomap", CGROUP_NET_PRIO, false };
static const struct entry_file rdma_file = { "resources.rdma", "rdma.max", CGROUP_RDMA, true };

static int apply_lists(const struct plan_resources *r, struct setting *s, struct err *e)
{
	for (size_t i = 0; i < r->hugepages.len; i++)
		if (apply_hugepages(PLAN_HUGEPAGES(r, i), s, e))
			return -1;
	for (size_t i = 0; i < r->unified.len; i++)
		if (apply_unified(r->unified.item[i], s->trees, s->below, e))
			return -1;
	return apply_entries(&r->net_priorities, &net_prio_file, s, e) || apply_entries(&r->rdma, &rdma_file, s, e) ? -1 : 0;
}

int cgroup_limits_apply(const struct plan_resources *r, const struct cgroup_trees *trees, const char *below,
			struct err *e)
{
	struct setting s = { .trees = trees, .below = below };

	for (size_t i = 0; i < trees->len; i++)
		if (trees->item[i].controllers & 1u << CGROUP_CPUSET && inherit_cpuset(&trees->item[i], below, e))
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		if (!asked(r, &limits[i]))
			continue;
		s.field = limits[i].field;
		s.controller = limits[i].controller;
		if (limits[i].controller == CGROUP_BLKIO ? apply_weight(&s, "", r->io_weight, e)
							 : apply_one(&limits[i], r, &s, e))
			return -1;
	}
	for (size_t i = 0; i < r->io.len; i++)
		if (apply_io(PLAN_IO(r, i), &s, e))
			return -1;
	return apply_lists(r, &s, e);
}

static const char *period_none(bool v2)
{
	return v2 ? "max 100000" : "100000";
}

/* As a group has it that nobody touched; NULL: as the one above it. */
static const char *none_text(const struct limit *l, bool v2)
{
	static const struct {
		const char *file, *text;
	} rows[] = {
		{ "memory.low", "0" }, { "memory.swappiness", "60" }, { "memory.oom_control", "0" }, { "pids.max", "max" },
		{ "cpu.weight", "100" }, { "cpu.shares", "1024" }, { "cpu.max.burst", "0" }, { "cpu.cfs_burst_us", "0" }, { "cpu.idle", "0" },
		{ "cpu.rt_runtime_us", "0" }, { "cpu.rt_period_us", "1000000" }, { "net_cls.classid", "0" },
	};
	const char *file = v2 ? l->v2_file : l->v1_file;

	if (l->kind == LIMIT_LIST)
		return v2 ? "\n" : NULL;
	if (l->print == period)
		return period_none(v2);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].file, file) == 0)
			return rows[i].text;
	return v2 ? "max" : "-1";
}

/* What the group has that is above. */
static int read_above(const struct setting *s, const char *file, char *to, size_t n, struct err *e)
{
	const char *last = strrchr(s->below, '/');
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%.*s%s%s", last ? (int)(last - s->below) : 0, s->below, last ? "/" : "", file);
	return io_read_kernel_at(s->tree->fd, path, to, n, e);
}

/* What is not there cannot have been set. */
static int lift_one(const struct limit *l, struct setting *s, struct err *e)
{
	char path[PATH_MAX], above[4096];
	const char *file, *text;
	struct err why;

	if (l->controller == CGROUP_BLKIO)
		return apply_weight(s, "", IO_WEIGHT, e);
	if (begin(s, e))
		return -1;
	file = s->tree->v2 ? l->v2_file : l->v1_file;
	if (!file)
		return 0;
	text = none_text(l, s->tree->v2);
	if (!text) {
		if (read_above(s, file, above, sizeof(above), e))
			return -1;
		text = above;
	}
	(void)snprintf(path, sizeof(path), "%s/%s", s->below, file);
	if (io_write_kernel_at(s->tree->fd, path, text, &why) == 0 || why.reason == ERR_NOTFOUND)
		return 0;
	*e = why;
	return err_context(e, "%s", l->field);
}

/* On v1 a group is made only in the trees that the first limits needed. */
static int needs_group(struct setting *s, const char *field, enum cgroup_controller controller, struct err *e)
{
	s->field = field;
	s->controller = controller;
	if (begin(s, e))
		return -1;
	if (faccessat(s->tree->fd, s->below, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return err_set(e, ERR_STATE, 0, "%s: controller %s: the container runs without a group there; stop it, update it and "
		       "start it", field, controller_word(controller, s->tree->v2));
}

static int update_one(const struct limit *l, const struct cgroup_change *change, struct setting *s, struct err *e)
{
	if (asked(change->now, l) && needs_group(s, l->field, l->controller, e))
		return -1;
	s->field = l->field;
	s->controller = l->controller;
	if (asked(change->now, l))
		return l->controller == CGROUP_BLKIO ? apply_weight(s, "", change->now->io_weight, e)
						    : apply_one(l, change->now, s, e);
	return asked(change->before, l) || asked(change->first, l) ? lift_one(l, s, e) : 0;
}

static bool has_io(const struct plan_resources *r, const struct plan_io *io)
{
	for (size_t i = 0; i < r->io.len; i++)
		if (PLAN_IO(r, i)->what == io->what && strcmp(PLAN_IO(r, i)->path, io->path) == 0)
			return true;
	return false;
}

/* Of what is not limited any more: the weight of all, and for rates as many as there is no limit for. */
static int lift_io(const struct plan_resources *old, const struct plan_resources *now, struct setting *s, struct err *e)
{
	for (size_t i = 0; i < old->io.len; i++) {
		struct plan_io io = *PLAN_IO(old, i);

		io.value = io.what == PLAN_IO_WEIGHT ? IO_WEIGHT : IO_RATE_NONE;
		if (!has_io(now, &io) && apply_io(&io, s, e))
			return -1;
	}
	return 0;
}

static int update_all(const struct cgroup_change *change, struct setting *s, struct err *e)
{
	int failed = 0;
	struct err why;

	/* The first error counts; the others are tried, as one may be in the way of another. */
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (update_one(&limits[i], change, s, failed ? &why : e))
			failed = -1;
	return failed;
}

int cgroup_limits_update(const struct cgroup_change *change, const struct cgroup_trees *trees, const char *below,
			 struct err *e)
{
	struct setting s = { .trees = trees, .below = below };
	struct err early;

	if (cgroup_limits_check(change->now, e))
		return -1;
	/* What fails now may be in the way of one that comes later; the second time it must work. */
	if (update_all(change, &s, &early) && update_all(change, &s, e))
		return -1;
	if (change->now->io.len && needs_group(&s, "resources.io", CGROUP_BLKIO, e))
		return -1;
	if (lift_io(change->first, change->now, &s, e) || lift_io(change->before, change->now, &s, e))
		return -1;
	for (size_t i = 0; i < change->now->io.len; i++)
		if (apply_io(PLAN_IO(change->now, i), &s, e))
			return -1;
	/* An update adds to these and takes none away. */
	if ((change->now->hugepages.len && needs_group(&s, "resources.hugepages", CGROUP_HUGETLB, e)) ||
	    (change->now->net_priorities.len && needs_group(&s, "resources.netPriorities", CGROUP_NET_PRIO, e)) ||
	    (change->now->rdma.len && needs_group(&s, "resources.rdma", CGROUP_RDMA, e)))
		return -1;
	return apply_lists(change->now, &s, e);
}
