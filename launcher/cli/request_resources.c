/* SPDX-License-Identifier: Apache-2.0 */
/* request_resources.c - limits of the control group, from Podman's units to the plan's. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/cli/run_request.h"
#include "launcher/plan/cpuset.h"

enum { PERIOD = 100000, SECOND = 1000000, SHARES_ALL = 1024, BLKIO_ALL = 500, WEIGHT_ALL = 100, WEIGHT_MAX = 10000 };

static bool given(int64_t n)
{
	return n != FIELD_NONE;
}

static void set_given(int64_t *to, int64_t asked)
{
	if (given(asked))
		*to = asked;
}

/*
 * The plan counts per second. Rounded up here and down where it is written, so the number that was asked for is
 * the one that is written: a period is a second at most.
 */
static int64_t per_second(int64_t quota, int64_t period)
{
	return (int64_t)(((__int128)quota * SECOND + period - 1) / period);
}

static int64_t period_of(const struct plan_resources *res)
{
	return given(res->cpu_period) ? res->cpu_period : PERIOD;
}

/* Another period alone keeps the quota as the kernel has it, not the share that it is (podman-update(1)). */
static int set_quota(const struct run_request *r, struct plan_resources *res, struct err *e)
{
	int64_t in_period = r->cpu_quota;

	if (given(r->cpus) && (given(r->cpu_period) || given(r->cpu_quota)))
		return err_set(e, ERR_INPUT, 0, "--cpu-%s and --cpus cannot be set together", given(r->cpu_period) ? "period" : "quota");
	if (given(r->cpu_period) && !given(in_period) && res->cpu_quota > 0)
		in_period = (int64_t)((__int128)res->cpu_quota * period_of(res) / SECOND);
	set_given(&res->cpu_quota, r->cpus);
	set_given(&res->cpu_period, r->cpu_period);
	if (given(in_period))
		res->cpu_quota = per_second(in_period, period_of(res));
	return 0;
}

/* As systemd: 1024 of CPUShares= is 100 of CPUWeight=. */
static int set_shares(const struct run_request *r, struct plan_resources *res, struct err *e)
{
	int64_t weight;

	if (!given(r->cpu_shares))
		return 0;
	weight = r->cpu_shares * WEIGHT_ALL / SHARES_ALL;
	if (weight > WEIGHT_MAX)
		return err_set(e, ERR_INPUT, 0, "--cpu-shares %lld: more than %d, which is CPUWeight=%d", (long long)r->cpu_shares,
			       WEIGHT_MAX / WEIGHT_ALL * SHARES_ALL, WEIGHT_MAX);
	res->cpu_weight = weight ? weight : 1;
	return 0;
}

static int64_t io_weight(int64_t blkio)
{
	return blkio * WEIGHT_ALL / BLKIO_ALL;
}

static int set_list(const char *text, const char *what, char **ret, struct err *e)
{
	struct cpuset set = { 0 };

	if (!text || !*text)
		return 0;
	return cpuset_add(&set, text, what, e) || str_copy(text, ret, e) ? -1 : 0;
}

/* podman's kb, mb, gb too. */
static int read_rate(char *text, const char *option, int64_t *ret, struct err *e)
{
	size_t n = strlen(text);

	if (n > 2 && (text[n - 1] | 32) == 'b' && strchr("kmgtKMGT", text[n - 2]))
		text[n - 1] = '\0';
	if (str_to_size(text, option, ret, e))
		return -1;
	return *ret > 0 ? 0 : err_set(e, ERR_INPUT, 0, "%s: a rate of 0 would stop all", option);
}

static int read_value(int what, char *text, const char *option, int64_t *ret, struct err *e)
{
	uint64_t n;

	if (what == PLAN_IO_RBPS || what == PLAN_IO_WBPS)
		return read_rate(text, option, ret, e);
	if (str_to_u64(text, what == PLAN_IO_WEIGHT ? 10 : 1, what == PLAN_IO_WEIGHT ? 1000 : INT64_MAX, option, &n, e))
		return -1;
	*ret = what == PLAN_IO_WEIGHT ? io_weight((int64_t)n) : (int64_t)n;
	return 0;
}

static int add_io(struct plan_resources *res, int what, const char *option, const char *text, struct err *e)
{
	auto_free char *copy = NULL, *path = NULL;
	int64_t value;
	struct stat st;
	char *colon;

	if (str_copy(text, &copy, e))
		return -1;
	colon = strrchr(copy, ':');
	if (!colon || !str_starts(copy, "/dev/"))
		return err_set(e, ERR_INPUT, 0, "%s %.128s: not /dev/DEVICE:VALUE", option, text);
	*colon = '\0';
	if (read_value(what, colon + 1, option, &value, e))
		return -1;
	path = realpath(copy, NULL);
	if (!path || stat(path, &st))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%s %.128s", option, copy);
	if (!S_ISBLK(st.st_mode))
		return err_set(e, ERR_INPUT, 0, "%s %.128s: not a block device", option, copy);
	for (size_t i = 0; i < res->io.len; i++)
		if (PLAN_IO(res, i)->what == what && strcmp(PLAN_IO(res, i)->path, path) == 0) {
			PLAN_IO(res, i)->value = value;
			return 0;
		}
	return plan_io_add(res, what, path, value, e) ? 0 : -1;
}

static int set_io(const struct run_request *r, struct plan_resources *res, struct err *e)
{
	const struct {
		int what;
		const char *option;
		const struct opt_list *list;
	} all[] = {
		{ PLAN_IO_WEIGHT, "--blkio-weight-device", &r->weight_devices }, { PLAN_IO_RBPS, "--device-read-bps", &r->read_bps },
		{ PLAN_IO_WBPS, "--device-write-bps", &r->write_bps }, { PLAN_IO_RIOPS, "--device-read-iops", &r->read_iops },
		{ PLAN_IO_WIOPS, "--device-write-iops", &r->write_iops },
	};

	for (size_t k = 0; k < ARRAY_LEN(all); k++)
		for (size_t i = 0; i < all[k].list->len; i++)
			if (add_io(res, all[k].what, all[k].option, all[k].list->item[i], e))
				return -1;
	return 0;
}

static int check_memory(const struct plan_resources *res, struct err *e)
{
	if (given(res->memory_swap) && !given(res->memory_max))
		return err_set(e, ERR_INPUT, 0, "--memory-swap: a memory limit must be set with --memory");
	if (res->memory_swap > 0 && res->memory_max > 0 && res->memory_swap < res->memory_max)
		return err_set(e, ERR_INPUT, 0, "--memory-swap is memory and swap together: not less than --memory");
	if (res->memory_low > 0 && res->memory_max > 0 && res->memory_low > res->memory_max)
		return err_set(e, ERR_INPUT, 0, "--memory-reservation: not more than --memory");
	if (res->oom_kill_disable && (!given(res->memory_max) || res->memory_max <= 0))
		return err_set(e, ERR_INPUT, 0, "--oom-kill-disable: needs --memory, or the host's own memory would be the limit");
	return 0;
}

static int set_memory(const struct run_request *r, struct plan_resources *res, struct err *e)
{
	set_given(&res->memory_max, r->memory);
	set_given(&res->memory_swap, r->memory_swap);
	/* No reservation is none: there is no such thing as an unlimited one. */
	if (given(r->memory_low))
		res->memory_low = r->memory_low == -1 ? FIELD_NONE : r->memory_low;
	set_given(&res->swappiness, r->swappiness);
	res->oom_kill_disable |= r->oom_kill_disable;
	return check_memory(res, e);
}

int request_resources(const struct run_request *r, struct plan_resources *res, struct err *e)
{
	set_given(&res->tasks_max, r->pids);
	if (given(r->blkio_weight))
		res->io_weight = io_weight(r->blkio_weight);
	return set_memory(r, res, e) || set_quota(r, res, e) || set_shares(r, res, e) || set_io(r, res, e) ||
	       set_list(r->cpuset_cpus, "--cpuset-cpus", &res->cpus, e) ||
	       set_list(r->cpuset_mems, "--cpuset-mems", &res->mems, e) ? -1 : 0;
}
