/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_freeze.c - freeze and thaw a container's control group. */
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/runtime/cgroup.h"

/* One row a version: what is written, and where it shows that all are frozen. */
struct freezer {
	const char *file, *freeze, *thaw;
	const char *shown_in, *frozen;
};

static const struct freezer freezers[] = {
	{ "cgroup.freeze", "1", "0", "cgroup.events", "frozen 1" },
	{ "freezer.state", "FROZEN", "THAWED", "freezer.state", "FROZEN" },
};

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static const struct freezer *find(int group)
{
	for (size_t i = 0; i < ARRAY_LEN(freezers); i++)
		if (faccessat(group, freezers[i].file, W_OK, 0) == 0)
			return &freezers[i];
	return NULL;
}

/* On v1 a process that forks meanwhile leaves FREEZING; the kernel looks again when it is read or written. */
static int wait_frozen(int group, const struct freezer *f, struct err *e)
{
	int64_t end = now_ms() + CGROUP_FREEZE_MS;
	char text[256];

	for (long ms = 1;; ms = ms < 32 ? ms * 2 : ms) {
		if (io_read_kernel_at(group, f->shown_in, text, sizeof(text), e))
			return -1;
		if (strstr(text, f->frozen))
			return 0;
		if (now_ms() >= end)
			return err_set(e, ERR_TIMEOUT, 0, "its processes cannot be frozen");
		(void)nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
		if (io_write_kernel_at(group, f->file, f->freeze, e))
			return -1;
	}
}

int cgroup_freeze(const struct strv *dirs, bool on, struct err *e)
{
	for (size_t i = 0; i < dirs->len; i++) {
		auto_close int group = open(dirs->item[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		const struct freezer *f = group < 0 ? NULL : find(group);
		struct err ignored;

		if (!f)
			continue;
		if (io_write_kernel_at(group, f->file, on ? f->freeze : f->thaw, e))
			return err_context(e, "control group %s", dirs->item[i]);
		if (!on || wait_frozen(group, f, e) == 0)
			return 0;
		(void)!io_write_kernel_at(group, f->file, f->thaw, &ignored);
		return err_context(e, "control group %s", dirs->item[i]);
	}
	return err_set(e, ERR_STATE, 0, "the container has no control group that can be frozen");
}
