/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_delegate.c - see cgroup_delegate.h. */
#include "launcher/runtime/cgroup_delegate.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "launcher/base/cleanup.h"

static int label_one(int dir, const char *name, const char *label, struct err *e)
{
	/* Some can be written only. */
	auto_close int fd = openat(dir, name, (*name == '.' ? O_RDONLY : O_WRONLY) | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)	/* another version, kernel, or controller */
		return 0;
	if (fd < 0 || fsetxattr(fd, "security.selinux", label, strlen(label) + 1, 0))
		return err_set(e, ERR_LABEL, errno, "control group: label of %.64s", name);
	return 0;
}

static int label_all(int group, const char *label, struct err *e)
{
	/* v2: CFTYPE_NS_DELEGATABLE of Linux 6.12; v1: what each group of a hierarchy without controllers has. */
	static const char *const names[] = { ".", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control", "memory.oom.group", "memory.reclaim",
					     "tasks", "cgroup.clone_children", "notify_on_release" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (label_one(group, names[i], label, e))
			return -1;
	return 0;
}

int cgroup_delegate(const struct plan *p, const struct cgroup_trees *trees, const char *below, struct err *e)
{
	bool v2 = trees->len == 1 && trees->item[0].v2, contained = !v2;

	if (!plan_writes_groups(p))
		return 0;
	if (v2 && cgroup_contains(&contained, e))
		return -1;
	if (!contained)
		return err_set(e, ERR_STATE, 0, "control groups: " CGROUP_MOUNT " is mounted without nsdelegate, and the container, which may write "
			       "its own, could lift its limits: `mount -o remount,nsdelegate " CGROUP_MOUNT "`");
	for (size_t i = 0; i < trees->len && p->selinux.file_label; i++) {
		const struct cgroup_tree *t = &trees->item[i];
		auto_close int group = -1;

		if (!v2 && !(t->controllers & 1u << CGROUP_NAMED))
			continue;
		group = openat(t->fd, below, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (group < 0)
			return err_set(e, ERR_SYSTEM, errno, "control group %s/%s", t->path, below);
		if (label_all(group, p->selinux.file_label, e))
			return -1;
	}
	return 0;
}
