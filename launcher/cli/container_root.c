/* SPDX-License-Identifier: Apache-2.0 */
/* container_root.c - see container_root.h. */
#include "launcher/cli/container_root.h"

#include "launcher/runtime/root.h"

int container_root(struct change *x, enum container_root_how how, struct err *e)
{
	auto_close int pidfd = -1;
	int root;

	if (!x->sealed)
		return err_set(e, ERR_STATE, 0, "container %s: its plan cannot be read: remove it", look_name(x->l));
	if (!look_is_live(x->l))
		return runtime_root_stopped(sealed_plan(x->sealed), x->l->dir, x->c->store.layers, how == CONTAINER_ROOT_WRITE, e);
	pidfd = look_live_pidfd(x->c, x->l, e);
	root = pidfd < 0 ? -1 : runtime_root_of(pidfd, how != CONTAINER_ROOT_PLAIN, e);
	if (root >= 0 && how != CONTAINER_ROOT_WRITE)
		close_fd_auto(&x->lock);
	return root;
}
