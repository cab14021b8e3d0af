/* SPDX-License-Identifier: Apache-2.0 */
/* copy_up.c - see copy_up.h. */
#include "launcher/cli/copy_up.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/path.h"
#include "launcher/cli/copy_tree.h"
#include "launcher/runtime/root.h"
#include "launcher/store/volumes.h"

/* -1 with ERR_NOTFOUND: there is no directory. */
static int open_source(int root, const char *path, struct err *e)
{
	int fd = path_in_root_open(root, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0, e);

	if (fd < 0 && (e->sys == ENOENT || e->sys == ENOTDIR || e->sys == ELOOP))
		e->reason = ERR_NOTFOUND;
	return fd;
}

static int fill(int root, const struct plan_mount *m, int lock, int data, struct err *e)
{
	struct copy_tree t = { .keep_owner = true, .overwrite = true, .limits = WALK_LIMITS_DEFAULT };
	struct err why;
	auto_close int from = open_source(root, m->target, &why);
	struct stat st;

	if (from < 0 && why.reason == ERR_NOTFOUND)
		return 0;
	if (from < 0) {
		*e = why;
		return -1;
	}
	if (fstat(from, &st))
		return err_set(e, ERR_SYSTEM, errno, "%.256s", m->target);
	if (volume_filling(lock, e) || copy_tree_content(&t, from, data, e))
		return -1;
	if (fchown(data, st.st_uid, st.st_gid) || fchmod(data, st.st_mode & 01777))
		return err_set(e, ERR_SYSTEM, errno, "owner of the volume");
	if (t.left_out)
		fprintf(stderr, "secctr: warning: volume %s: %ju devices, FIFOs and sockets of the image were left out\n", m->source,
			(uintmax_t)t.left_out);
	return volume_filled(lock, e);
}

/* The root is made at the first volume that needs it, for all. */
static int one(const struct store *s, const struct plan *p, const struct plan_mount *m, int dir, int *root, struct err *e)
{
	const struct runtime_stopped made = { .plan = p, .dir = dir, .layers = s->layers };
	auto_close int lock = -1, data = -1;
	bool due;

	if (volume_fill(s, m->source, &lock, &data, &due, e))
		return -1;
	if (!due)
		return 0;
	if (*root < 0)
		*root = runtime_root_stopped(&made, false, e);
	return *root < 0 ? -1 : fill(*root, m, lock, data, e);
}

int copy_up(const struct store *s, const struct plan *p, int dir, struct err *e)
{
	auto_close int root = -1;

	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);

		if (m->kind == PLAN_MOUNT_VOLUME && !m->nocopy && one(s, p, m, dir, &root, e))
			return err_context(e, "volume %s", m->source);
	}
	return 0;
}
