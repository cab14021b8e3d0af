/* SPDX-License-Identifier: Apache-2.0 */
/* root.c - see root.h. */
#include "launcher/runtime/root.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "launcher/runtime/inside.h"
#include "launcher/runtime/sys.h"

enum { CHILD_STACK = 256 << 10 };

/* A mount can be copied only from within its mount name space. */
struct visit {
	int (*fn)(struct visit *v);
	int pidfd;
	bool all, write;
	struct inside *in;
	int dir;			/* of_place(), of_upper() */
	const char *name;
	int root;
	int failed;
	struct err *e;
};

static int run_visit(void *arg)
{
	struct visit *v = arg;

	v->failed = v->fn(v);
	return 0;
}

/*
 * In a child that shares our memory and descriptors but has its own root, working directory and mount name space: what it
 * opened is open here, and what it mounted is gone with it. We wait until it has ended.
 */
static int visit(struct visit *v, struct err *e)
{
	auto_free char *stack = malloc(CHILD_STACK);
	pid_t pid;

	v->e = e;
	v->root = -1;
	v->failed = -1;
	if (!stack)
		return err_set(e, ERR_SYSTEM, ENOMEM, "root file system");
	pid = clone(run_visit, stack + CHILD_STACK, CLONE_VM | CLONE_FILES | CLONE_VFORK | SIGCHLD, v);
	if (pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "root file system: clone");
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return v->failed ? -1 : v->root;
}

static int take_copy(struct visit *v, int from, bool readonly)
{
	auto_close int copy = sys_clone_mount(from, "", v->all);
	uint64_t attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (readonly ? MOUNT_ATTR_RDONLY : 0);

	if (copy < 0 || sys_mount_attr(copy, attrs, 0, MS_PRIVATE, v->all))
		return err_set(v->e, ERR_SYSTEM, errno, "root file system: copy of the mount");
	v->root = take_fd(&copy);
	return 0;
}

/* Between these two calls no name is looked up but "/". */
static int of_live(struct visit *v)
{
	auto_close int root = -1;

	if (setns(v->pidfd, CLONE_NEWNS))
		return err_set(v->e, ERR_SYSTEM, errno, "entering the container's mount name space");
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? err_set(v->e, ERR_SYSTEM, errno, "root file system") : take_copy(v, root, false);
}

static int of_stopped(struct visit *v)
{
	if (rootfs_prepare(v->in, v->e))
		return -1;
	if (unshare(CLONE_NEWNS))
		return err_set(v->e, ERR_SYSTEM, errno, "mount name space");
	if (rootfs_mount(v->in, v->e))
		return -1;
	return take_copy(v, v->in->root, !v->write || v->in->plan->root.readonly != 0);
}

int runtime_root_of(int pidfd, bool all, struct err *e)
{
	struct visit v = { .fn = of_live, .pidfd = pidfd, .all = all };

	return visit(&v, e);
}

int runtime_root_stopped(const struct runtime_stopped *s, bool write, struct err *e)
{
	struct runtime_place place = { .procfd = -1, .dir = s->dir, .layers = s->layers, .store = { -1, -1 }, .mounted = s->mounted };
	struct inside in = { .plan = s->plan, .place = &place, INSIDE_INIT };
	struct visit v = { .fn = of_stopped, .pidfd = -1, .write = write, .in = &in };
	int root = visit(&v, e);

	if (in.root != in.root_copy)
		close_fd_auto(&in.root);
	close_fd_auto(&in.root_copy);
	free(in.overlay);
	free(in.at);
	return root;
}

/*
 * Never mounted: a name space of our own is for the day a kernel does it. The working directory follows us there, a descriptor
 * would not.
 */
static int of_upper(struct visit *v)
{
	if (fchdir(v->dir) || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return err_set(v->e, ERR_SYSTEM, errno, "mount name space");
	if (mount("overlay", "upper", "overlay", MS_RDONLY | MS_NOSUID | MS_NODEV, "index=on,lowerdir=root,upperdir=upper,workdir=upper") == 0 ||
	    errno == EBUSY)
		v->root = 1;
	else if (errno == EINVAL || errno == ENOENT)
		v->root = 0;
	else
		return err_set(v->e, ERR_SYSTEM, errno, "overlay on the upper directory");
	return 0;
}

int runtime_root_in_use(const struct runtime_stopped *s, bool *ret, struct err *e)
{
	struct visit v = { .fn = of_upper, .pidfd = -1, .dir = s->dir };
	int r = s->plan->root.path ? 0 : visit(&v, e);

	if (r < 0)
		return -1;
	*ret = r;
	return 0;
}

int runtime_root_attach(int root, int at, struct err *e)
{
	return sys_mount_attr(root, MOUNT_ATTR_NOEXEC, 0, 0, 0) || sys_attach_mount(root, at) ?
	       err_set(e, ERR_SYSTEM, errno, "root file system: mount") : 0;
}

/* umount(2) takes a path: one component, from a working directory that is this child's own. */
static int of_place(struct visit *v)
{
	if (fchdir(v->dir) || umount2(v->name, UMOUNT_NOFOLLOW | (v->all ? MNT_DETACH : 0)))
		return err_set(v->e, errno == EBUSY ? ERR_STATE : ERR_SYSTEM, errno, "unmount");
	v->root = 0;
	return 0;
}

int runtime_root_detach(int dir, const char *name, bool lazily, struct err *e)
{
	struct visit v = { .fn = of_place, .pidfd = -1, .dir = dir, .name = name, .all = lazily };

	return visit(&v, e);
}
