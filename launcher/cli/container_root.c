/* SPDX-License-Identifier: Apache-2.0 */
/* container_root.c - see container_root.h. */
#include "launcher/cli/container_root.h"

#include "launcher/cli/mounted.h"
#include "launcher/runtime/root.h"

int container_root(struct change *x, enum container_root_how how, struct err *e)
{
	const bool write = how == CONTAINER_ROOT_WRITE || how == CONTAINER_ROOT_MOUNT;
	auto_close int pidfd = -1, mounted = -1;
	struct runtime_stopped s = { .dir = x->l->dir, .layers = x->c->store.layers };
	int root;

	if (!x->sealed)
		return err_set(e, ERR_STATE, 0, "container %s: its plan cannot be read: remove it", look_name(x->l));
	if (!look_is_live(x->l)) {
		s.plan = sealed_plan(x->sealed);
		if (mounted_to_share(x->c, x->l, s.plan, &mounted, e))
			return -1;
		s.mounted = mounted < 0 ? NULL : &mounted;
		return runtime_root_stopped(&s, write, e);
	}
	pidfd = look_live_pidfd(x->c, x->l, e);
	root = pidfd < 0 ? -1 : runtime_root_of(pidfd, how == CONTAINER_ROOT_READ || how == CONTAINER_ROOT_WRITE, e);
	if (root >= 0 && !write)
		close_fd_auto(&x->lock);
	return root;
}
