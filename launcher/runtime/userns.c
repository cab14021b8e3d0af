/* SPDX-License-Identifier: Apache-2.0 */
/* userns.c - see userns.h. */
#include "launcher/runtime/userns.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "launcher/base/io.h"
#include "launcher/base/proc.h"
#include "launcher/plan/idmap.h"

enum {
	TTY_GROUP = 5,			/* of a devpts, see devpts_options() */
	OVERLAY_OPTIONS_MAX = 4095,	/* mount(2) takes one page */
};

static int write_proc(int procfd, pid_t pid, const char *name, const struct str *s, struct err *e)
{
	char path[64];
	auto_close int fd = -1;

	(void)snprintf(path, sizeof(path), "%d/%s", (int)pid, name);
	fd = proc_open(procfd, path, O_WRONLY, e);
	if (fd < 0)
		return -1;
	return write(fd, s->text, s->len) == (ssize_t)s->len ? 0 : err_set(e, ERR_SYSTEM, errno, "%s of the container", name);
}

/* In one write each, as the kernel wants it; by the host's root, so that setgroups(2) stays allowed inside. */
static int write_maps(const struct field_list *uid_map, const struct field_list *gid_map, int procfd, pid_t pid, struct err *e)
{
	auto_str struct str uids = { 0 }, gids = { 0 };

	return idmap_text(uid_map, ' ', '\n', &uids, e) || idmap_text(gid_map, ' ', '\n', &gids, e) ||
	       write_proc(procfd, pid, "uid_map", &uids, e) || write_proc(procfd, pid, "gid_map", &gids, e) ? -1 : 0;
}

static int check_ids(const struct plan *p, struct err *e)
{
	const struct plan_user *u = &p->process.user;

	if (idmap_host(&p->uid_map, u->uid) < 0 || idmap_host(&p->gid_map, u->gid) < 0)
		return err_set(e, ERR_INPUT, 0, "user %lld:%lld: not in the container's map of ids", (long long)u->uid,
			       (long long)u->gid);
	for (size_t i = 0; i < u->groups.len; i++)
		if (idmap_host(&p->gid_map, (int64_t)strtoull(u->groups.item[i], NULL, 10)) < 0)
			return err_set(e, ERR_INPUT, 0, "group %s: not in the container's map of ids", u->groups.item[i]);
	if (idmap_host(&p->gid_map, TTY_GROUP) < 0)
		return err_set(e, ERR_INPUT, 0, "group %d, of terminals: not in the container's map of ids", TTY_GROUP);
	return 0;
}

/*
 * Whoever has CAP_SYS_PTRACE in the user name space may not look at who enters it: before, because nothing else says so, and again
 * after, because the change of credentials can set it to fs.suid_dumpable (commit_creds(), kernel/cred.c).
 */
static int enter(int userns)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || setns(userns, CLONE_NEWUSER) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? -1 : 0;
}

/* In the child: dies with its parent. After a change of credentials, which takes this back. */
static void wait_to_die(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent)
		for (;;)
			(void)pause();
	_exit(1);
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);	/* our own unreaped child */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* A descriptor of a user name space with these maps: of a process that does nothing but be in one while they are written. */
static int space_of(int procfd, const struct field_list *uid_map, const struct field_list *gid_map, struct err *e)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	pid_t parent = getpid();
	long pid = sys_clone3(&args, sizeof(args));
	char path[64];
	int fd = -1;

	if (pid < 0)
		return err_set(e, ERR_SYSTEM, errno, "user name space");
	if (pid == 0)
		wait_to_die(parent);
	(void)snprintf(path, sizeof(path), "%d/ns/user", (int)pid);
	if (write_maps(uid_map, gid_map, procfd, (pid_t)pid, e) == 0) {
		fd = openat(procfd, path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			err_set(e, ERR_SYSTEM, errno, "user name space");
	}
	end((pid_t)pid);
	return fd;
}

static int make_own(struct inside *in, struct err *e)
{
	in->userns = space_of(in->place->procfd, &in->plan->uid_map, &in->plan->gid_map, e);
	return in->userns < 0 ? -1 : 0;
}

static int read_map(int procfd, pid_t pid, const char *name, struct field_list *map, struct err *e)
{
	enum { MAP_TEXT_MAX = PLAN_IDMAPS_MAX * 34 };	/* three numbers of ten places and what parts them, a line */
	auto_str struct str text = { 0 };
	auto_close int fd = -1;
	char path[64];

	(void)snprintf(path, sizeof(path), "%d/%s", (int)pid, name);
	fd = proc_open(procfd, path, O_RDONLY, e);
	if (fd < 0 || io_read_to_str(fd, MAP_TEXT_MAX, name, &text, e))
		return -1;
	return idmap_read_kernel(map, text.text ? text.text : "", e);
}

int userns_read(int procfd, int userns, struct field_list *uids, struct field_list *gids, struct err *e)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	pid_t parent = getpid();
	int told[2], error = 0, r;
	long pid;

	if (pipe2(told, O_CLOEXEC))
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	pid = sys_clone3(&args, sizeof(args));
	if (pid == 0) {
		error = enter(userns) ? errno : 0;
		(void)!write(told[1], &error, sizeof(error));
		(void)close(told[1]);
		wait_to_die(parent);
	}
	if (pid < 0)
		err_set(e, ERR_SYSTEM, errno, "fork");
	(void)close(told[1]);
	r = pid < 0 ? -1 : 0;
	if (r == 0 && (read(told[0], &error, sizeof(error)) != sizeof(error) || error))
		r = err_set(e, ERR_SYSTEM, error, "entering the user name space");
	(void)close(told[0]);
	if (r == 0)
		r = read_map(procfd, (pid_t)pid, "uid_map", uids, e) || read_map(procfd, (pid_t)pid, "gid_map", gids, e) ? -1 : 0;
	if (pid > 0)
		end((pid_t)pid);
	return r;
}

/* What was decided about is what is entered: a path may lead to another by now. */
static int take_joined(struct inside *in, struct err *e)
{
	auto_plan struct plan *is = NULL;

	if (plan_new(&is, e) || userns_read(in->place->procfd, in->place->ns[PLAN_NS_USER], &is->uid_map, &is->gid_map, e))
		return -1;
	if (!idmap_equal(&is->uid_map, &in->plan->uid_map) || !idmap_equal(&is->gid_map, &in->plan->gid_map))
		return err_set(e, ERR_STATE, 0, "the user name space that is joined has other ids than those that were decided about");
	in->userns = fcntl(in->place->ns[PLAN_NS_USER], F_DUPFD_CLOEXEC, 0);
	return in->userns < 0 ? err_set(e, ERR_SYSTEM, errno, "user name space") : 0;
}

int userns_prepare(struct inside *in, struct err *e)
{
	if (!userns_any(in->plan))
		return 0;
	if (check_ids(in->plan, e))
		return -1;
	return userns_joined(in->plan) ? take_joined(in, e) : make_own(in, e);
}

/* What the process in between tells; `error` is errno, and `what` what failed. */
struct cloned {
	long pid;
	int pidfd, error;
	char what[32];
};

/* In between, whose descriptors are the caller's own: returns in the init alone, which has copies. */
static void clone_from_inside(const struct runtime_place *place, const struct clone_args *asked, int tell)
{
	struct cloned c = { .pid = -1, .pidfd = -1, .what = "user name space" };
	struct clone_args args = *asked;

	args.flags |= CLONE_PARENT;
	args.exit_signal = 0;	/* it is the parent's with it */
	args.pidfd = (uintptr_t)&c.pidfd;
	/*
	 * That of the users first: no privilege over the host's from here on, so what does not belong to it is not entered either. With one
	 * that is made the network is the only one that is another's, and the container's root has no say in it.
	 */
	if (place->ns[PLAN_NS_USER] < 0)
		(void)snprintf(c.what, sizeof(c.what), "network name space");
	if ((place->ns[PLAN_NS_USER] >= 0 ? enter(place->ns[PLAN_NS_USER]) : setns(place->ns[PLAN_NS_NET], CLONE_NEWNET)) == 0) {
		(void)snprintf(c.what, sizeof(c.what), "pid name space");
		if (place->ns[PLAN_NS_PID] < 0 || setns(place->ns[PLAN_NS_PID], CLONE_NEWPID) == 0) {
			(void)snprintf(c.what, sizeof(c.what), "clone3");
			c.pid = sys_clone3(&args, sizeof(args));
		}
	}
	c.error = errno;
	if (c.pid == 0) {
		(void)close(tell);
		return;
	}
	_exit(write(tell, &c, sizeof(c)) == sizeof(c) ? 0 : 1);
}

/*
 * The process in between shares our descriptors, so that its pidfd is ours: an engine's child may be reaped, and its number
 * another's, by the time we could ask for one. And it is over when clone3() returns here (CLONE_VFORK).
 */
long userns_clone(const struct runtime_place *place, const struct clone_args *args, int *ret_pidfd, struct err *e)
{
	struct clone_args between = { .flags = CLONE_FILES | CLONE_VFORK | (place->sibling ? CLONE_PARENT : 0),
				      .exit_signal = place->sibling ? 0 : SIGCHLD };
	struct cloned c = { .pid = -1 };
	int told[2];
	long mid;

	if (pipe2(told, O_CLOEXEC | O_NONBLOCK))
		return err_set(e, ERR_SYSTEM, errno, "pipe");
	mid = sys_clone3(&between, sizeof(between));
	if (mid == 0) {
		clone_from_inside(place, args, told[1]);
		(void)close(told[0]);
		return 0;
	}
	if (mid < 0)
		err_set(e, ERR_SYSTEM, errno, "fork");
	else if (read(told[0], &c, sizeof(c)) != sizeof(c) || c.pid < 0)
		err_set(e, ERR_SYSTEM, c.error, "the init in what is joined: %.*s", (int)sizeof(c.what), c.what);
	else
		*ret_pidfd = c.pidfd;
	(void)close(told[0]);
	(void)close(told[1]);
	while (mid > 0 && waitpid((pid_t)mid, NULL, 0) < 0 && errno == EINTR)
		;
	return c.pid;
}

static int shift(int userns, int mount, const char *what, struct err *e)
{
	struct mount_attr a = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns };

	if (mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &a, sizeof(a)))
		return err_set(e, ERR_SYSTEM, errno, errno == EINVAL ?
			       "%.256s: its file system, or one mounted in it, has no idmapped mounts, which a user name space needs" :
			       "%.256s: idmapped mount", what);
	return 0;
}

int userns_shift(const struct inside *in, int mount, const char *what, struct err *e)
{
	return in->userns < 0 ? 0 : shift(in->userns, mount, what, e);
}

int userns_shift_by(const struct inside *in, int mount, const struct field_list *uid_map, const struct field_list *gid_map,
		    const char *what, struct err *e)
{
	auto_close int userns = space_of(in->place->procfd, uid_map, gid_map, e);

	return userns < 0 || shift(userns, mount, what, e) ? -1 : 0;
}

static int shifted(const struct inside *in, int dir, const char *name, const char *what, struct err *e)
{
	auto_close int source = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), copy = -1;

	copy = source < 0 ? -1 : sys_clone_mount(source, "", 0);
	if (copy < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", what);
	return userns_shift(in, copy, what, e) ? -1 : take_fd(&copy);
}

/* An overlay that is seen through the maps: of a root with its upper directory, or of an image that is mounted, read-only. */
struct stack {
	const struct strv *layers;
	bool upper;
	unsigned long flags;	/* MS_* */
};

/* Descriptors of the layers and, last, of the container's directory or -1. */
static int shifted_layers(const struct inside *in, const struct stack *s, int *fds, struct err *e)
{
	size_t n = s->layers->len;

	for (size_t i = 0; i < n; i++) {
		const char *hex = strchr(s->layers->item[i], ':') ? strchr(s->layers->item[i], ':') + 1 : s->layers->item[i];

		fds[i] = shifted(in, in->place->layers, hex, "layer of the image", e);
		if (fds[i] < 0)
			return -1;
	}
	if (!s->upper)
		return 0;
	fds[n] = shifted(in, in->place->dir, ".", "directory of the container", e);
	return fds[n] < 0 ? -1 : 0;
}

/* As `uid`, `gid` for file systems, with all capabilities still in effect: setfsuid(2) takes those about files away. */
static int file_ids(int64_t uid, int64_t gid, struct err *e)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	(void)syscall(SYS_setfsgid, (gid_t)gid);
	(void)syscall(SYS_setfsuid, (uid_t)uid);
	/* They have no failure of their own: -1 is no id, so this changes nothing and says what is set. */
	if (syscall(SYS_setfsgid, -1) != (long)gid || syscall(SYS_setfsuid, -1) != (long)uid || syscall(SYS_capget, &head, data))
		return err_set(e, ERR_SYSTEM, errno, "ids for file systems");
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted;
	return syscall(SYS_capset, &head, data) ? err_set(e, ERR_SYSTEM, errno, "ids for file systems") : 0;
}

int userns_make_as_root(const struct plan *p, struct err *e)
{
	return userns_any(p) ? file_ids(idmap_host(&p->uid_map, 0), idmap_host(&p->gid_map, 0), e) : 0;
}

/*
 * Overlayfs works in its upper directory as who mounted it, and the host's ids have no place in an idmapped one: it would
 * be mounted read-only then.
 */
static int mount_as_inside(const struct inside *in, const struct stack *stack, const char *options, struct err *e)
{
	const struct plan *p = in->plan;
	struct err back;
	int r;

	r = file_ids(idmap_host(&p->uid_map, 0), idmap_host(&p->gid_map, 0), e);
	if (r == 0 && mount("overlay", "all", "overlay", stack->flags, options))
		r = err_set(e, ERR_SYSTEM, errno, errno == ENODEV ? "overlay file system: run `modprobe overlay`" :
			    "overlay of %zu idmapped layers (Linux 5.19 or later)", stack->layers->len);
	if (file_ids(0, 0, &back)) {
		*e = back;
		return -1;
	}
	return r;
}

/* The layers, topmost first, and what is above or below them: an overlay without an upper directory wants two, so an empty one. */
static int overlay_text(const struct inside *in, const struct stack *stack, struct str *s, struct err *e)
{
	const char *label = in->plan->selinux.file_label;
	size_t n = stack->layers->len;

	if (str_add(s, "lowerdir=", e))
		return -1;
	for (size_t i = n; i-- > 0; )
		if (str_addf(s, e, "%zu%s", i, i ? ":" : ""))
			return -1;
	if ((stack->upper ? str_addf(s, e, ",upperdir=%zu/upper,workdir=%zu/work", n, n) : str_addf(s, e, ":%zu", n)) ||
	    (label && str_addf(s, e, ",context=\"%s\"", label)))
		return -1;
	if (s->len > OVERLAY_OPTIONS_MAX)
		return err_set(e, ERR_LIMIT, 0, "%zu layers: mount options of %zu bytes, more than %d", n, s->len, OVERLAY_OPTIONS_MAX);
	return 0;
}

/* Overlayfs takes names: the mounts get short ones below `at`, in a mount name space that ends with this. */
static int mount_layers(const struct inside *in, const struct stack *stack, const int *fds, struct err *e)
{
	const char *label = in->plan->selinux.file_label;
	auto_str struct str s = { 0 }, own = { 0 };
	char name[24];
	int copy;

	if (str_add(&own, "size=1M,mode=0700", e) || (label && str_addf(&own, e, ",context=\"%s\"", label)) ||
	    overlay_text(in, stack, &s, e))
		return -1;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("tmpfs", in->at, "tmpfs", 0, own.text) || chdir(in->at))
		return err_set(e, ERR_SYSTEM, errno, "private mounts");
	for (size_t i = 0; i <= stack->layers->len; i++) {
		(void)snprintf(name, sizeof(name), "%zu", i);
		if (mkdir(name, 0755) || (fds[i] >= 0 && move_mount(fds[i], "", AT_FDCWD, name, MOVE_MOUNT_F_EMPTY_PATH)))
			return err_set(e, ERR_SYSTEM, errno, "layer of the image");
	}
	if (mkdir("all", 0700))
		return err_set(e, ERR_SYSTEM, errno, "overlay");
	if (mount_as_inside(in, stack, s.text, e))
		return -1;
	copy = open_tree(AT_FDCWD, "all", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return copy < 0 ? err_set(e, ERR_SYSTEM, errno, "overlay") : copy;
}

/* A descriptor of it, detached. */
static int make_stack(const struct inside *in, const struct stack *stack, struct err *e)
{
	size_t n = stack->layers->len + 1;
	auto_free int *fds = malloc(n * sizeof(*fds));
	auto_close int own = openat(in->place->procfd, "thread-self/ns/mnt", O_RDONLY | O_CLOEXEC), made = -1;

	if (own < 0 || !fds)
		return err_set(e, ERR_SYSTEM, errno, "mount name space");
	for (size_t i = 0; i < n; i++)
		fds[i] = -1;
	if (shifted_layers(in, stack, fds, e) == 0) {
		if (unshare(CLONE_NEWNS)) {
			err_set(e, ERR_SYSTEM, errno, "mount name space");
		} else {
			made = mount_layers(in, stack, fds, e);
			/* As before, for what follows: the init starts from here. */
			if (setns(own, CLONE_NEWNS) || fchdir(in->place->layers)) {
				err_set(e, ERR_SYSTEM, errno, "leaving a mount name space");
				close_fd_auto(&made);
			}
		}
	}
	for (size_t i = 0; i < n; i++)
		close_fd_auto(&fds[i]);
	return take_fd(&made);
}

int userns_overlay(struct inside *in, struct err *e)
{
	const struct stack stack = { &in->plan->root.layers, true, MS_NOSUID | MS_NODEV };

	in->root_copy = make_stack(in, &stack, e);
	return in->root_copy < 0 ? -1 : 0;
}

int userns_image(const struct inside *in, const struct plan_mount *m, struct err *e)
{
	const struct stack stack = { &m->layers, false, MS_RDONLY | MS_NOSUID | MS_NODEV | (m->noexec ? MS_NOEXEC : 0) };
	int made = make_stack(in, &stack, e);

	return made < 0 ? err_context(e, "mount on %s", m->target) : made;
}

int userns_give(const struct plan *p, int procfd, pid_t pid, int gate, struct err *e)
{
	auto_str struct str oom = { 0 };

	if (!userns_any(p))
		return 0;
	if (p->process.oom_score_adj != FIELD_NONE &&
	    (str_addf(&oom, e, "%d", (int)p->process.oom_score_adj) || write_proc(procfd, pid, "oom_score_adj", &oom, e)))
		return -1;
	if (userns_own(p) && write_maps(&p->uid_map, &p->gid_map, procfd, pid, e))
		return -1;
	return write(gate, "M", 1) == 1 ? 0 : err_set(e, ERR_SYSTEM, errno, "gate");
}

/* Raw calls: the C library's would tell threads that are not there. */
int userns_root(struct err *e)
{
	if (syscall(SYS_setresgid, 0, 0, 0) || syscall(SYS_setgroups, 0, NULL) || syscall(SYS_setresuid, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "root of the user name space");
	/* New credentials set it to fs.suid_dumpable, which need not be 0. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "PR_SET_DUMPABLE");
	return 0;
}

int userns_become(const struct inside *in, struct err *e)
{
	char byte;

	if (!userns_any(in->plan))
		return 0;
	if (read(in->gate, &byte, 1) != 1)
		return err_set(e, ERR_SYSTEM, 0, "the launcher went before the maps of ids were written");
	return userns_root(e);
}
