/* SPDX-License-Identifier: Apache-2.0 */
/* join_ns.c - see join_ns.h. */
#include "launcher/cli/join_ns.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "launcher/base/proc.h"
#include "launcher/cli/authorize.h"
#include "launcher/cli/look.h"
#include "launcher/plan/idmap.h"
#include "launcher/runtime/inside.h"
#include "launcher/runtime/userns.h"

static int authorize_one(struct context *c, const char *id, struct audit_writer *w, struct err *e)
{
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	auto_look struct look look;
	auto_close int pidfd = -1;

	look_init(&look);
	if (look_at_id(c, id, &look, e))
		return -1;
	pidfd = look_pidfd(c, &look, e);
	if (pidfd < 0 || look_plan(&look, &sealed, e))
		return -1;
	return authorize_op(c, sealed_plan(sealed), "exec", w, e);
}

int join_ns_authorize(struct context *c, const struct plan *p, struct audit_writer *w, struct err *e)
{
	for (int i = 0; i < PLAN_NS_COUNT; i++)
		if (p->ns[i].mode == PLAN_NS_CONTAINER && authorize_one(c, p->ns[i].path, w, e))
			return err_context(e, "%s name space of %.12s", plan_ns_words[i], p->ns[i].path);
	return 0;
}

/* ERR_NOTFOUND, ERR_STATE: it is gone, or does not run. */
static int open_container(struct context *c, const char *id, int kind, struct err *e)
{
	static const char *const names[PLAN_NS_COUNT] = {
		[PLAN_NS_MNT] = "mnt", [PLAN_NS_PID] = "pid", [PLAN_NS_NET] = "net", [PLAN_NS_IPC] = "ipc", [PLAN_NS_UTS] = "uts",
		[PLAN_NS_CGROUP] = "cgroup", [PLAN_NS_USER] = "user", [PLAN_NS_TIME] = "time",
	};
	auto_close int pidfd = -1, fd = -1;
	auto_look struct look look;
	char path[64];

	look_init(&look);
	if (look_at_id(c, id, &look, e))
		return -1;
	pidfd = look_pidfd(c, &look, e);
	if (pidfd < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%lld/ns/%s", (long long)look.state.pid, names[kind]);
	fd = openat(c->procfd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_STATE, errno, "container %s", look_name(&look));
	/* The number was its init's while we opened it, if it still is. */
	return proc_signal(pidfd, 0, e) ? -1 : take_fd(&fd);
}

/* "/proc/PID/ns/KIND": what is behind "/proc/", else NULL. */
static const char *of_process(const char *path)
{
	size_t n = str_starts(path, "/proc/") ? strspn(path + 6, "0123456789") : 0;

	return n && str_starts(path + 6 + n, "/ns/") && !strchr(path + 6 + n + 4, '/') ? path + 6 : NULL;
}

/*
 * A file of nsfs of the right kind, reached without a link: /proc/PID/ns would be whose number it is by now. Engines name a
 * process all the same (a pod's first container), and answer for its number; that link is followed, on our own procfs.
 */
static int open_path(struct context *c, const struct plan *p, const char *path, int kind, struct err *e)
{
	const char *process = p->origin == PLAN_OCI ? of_process(path) : NULL;
	struct open_how how = { .flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
	auto_close int fd = process ? openat(c->procfd, process, O_RDONLY | O_NONBLOCK | O_CLOEXEC) :
			    (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path);
	if (fs.f_type != NSFS_MAGIC || ioctl(fd, NS_GET_NSTYPE) != inside_ns_flags[kind])
		return err_set(e, ERR_INPUT, 0, "%.256s is no %s name space", path, plan_ns_words[kind]);
	return take_fd(&fd);
}

static bool same_ns(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* ERR_INPUT: it is the one that we are in, and every process of the host. */
static int not_ours(struct context *c, int userns, const char *what, struct err *e)
{
	auto_close int own = openat(c->procfd, "self/ns/user", O_RDONLY | O_CLOEXEC);

	if (own < 0)
		return err_set(e, ERR_SYSTEM, errno, "user name space");
	return same_ns(own, userns) ? err_set(e, ERR_INPUT, 0, "%.256s is the host's user name space: --userns host", what) : 0;
}

/* A container's root can have made one in its own, with ids of its choice; we made that of its init, from ours. */
static int made_by_us(struct context *c, int userns, struct err *e)
{
	auto_close int own = openat(c->procfd, "self/ns/user", O_RDONLY | O_CLOEXEC), parent = ioctl(userns, NS_GET_PARENT);

	if (own < 0 || parent < 0 || !same_ns(own, parent))
		return err_set(e, ERR_STATE, 0, "the user name space of its init is none that the launcher made");
	return 0;
}

static int take_maps(struct plan *p, const struct plan *from, struct err *e)
{
	p->userns_size = from->userns_size;
	return idmap_copy(&p->uid_map, &from->uid_map, e) || idmap_copy(&p->gid_map, &from->gid_map, e) ||
	       idmap_copy(&p->userns_uids, &from->userns_uids, e) || idmap_copy(&p->userns_gids, &from->userns_gids, e) ? -1 : 0;
}

static int maps_of_container(struct context *c, struct plan *p, struct err *e)
{
	struct plan_ns *ns = &p->ns[PLAN_NS_USER];
	AUTO(sealed_free_auto) struct sealed_plan *sealed = NULL;
	auto_close int pidfd = -1;
	auto_look struct look look;

	look_init(&look);
	if (look_at_id(c, ns->path, &look, e))
		return -1;
	pidfd = look_pidfd(c, &look, e);
	if (pidfd < 0 || look_plan(&look, &sealed, e))
		return -1;
	if (sealed_plan(sealed)->ns[PLAN_NS_USER].mode != PLAN_NS_HOST)
		return take_maps(p, sealed_plan(sealed), e);
	free_ptr_auto(&ns->path);
	ns->mode = PLAN_NS_HOST;
	return 0;
}

static int maps_of_path(struct context *c, struct plan *p, struct err *e)
{
	const char *path = p->ns[PLAN_NS_USER].path;
	auto_close int fd = open_path(c, p, path, PLAN_NS_USER, e);
	auto_plan struct plan *is = NULL;

	if (fd < 0 || not_ours(c, fd, path, e) || plan_new(&is, e) || userns_read(c->procfd, fd, &is->uid_map, &is->gid_map, e))
		return -1;
	if (!p->uid_map.len && !p->gid_map.len)
		return take_maps(p, is, e);
	/* An engine says both. */
	if (!idmap_equal(&p->uid_map, &is->uid_map) || !idmap_equal(&p->gid_map, &is->gid_map))
		return err_set(e, ERR_INPUT, 0, "%.256s has other maps of ids than those that were asked for", path);
	return 0;
}

int join_ns_maps(struct context *c, struct plan *p, struct err *e)
{
	int mode = p->ns[PLAN_NS_USER].mode;

	if ((mode == PLAN_NS_CONTAINER && maps_of_container(c, p, e)) || (mode == PLAN_NS_PATH && maps_of_path(c, p, e)))
		return err_context(e, "user name space");
	return 0;
}

/* Else the kernel would refuse to enter it, and not say why. */
static int check_owner(const struct plan *p, const int ns[PLAN_NS_COUNT], struct err *e)
{
	for (int i = 0; i < PLAN_NS_COUNT; i++) {
		auto_close int owner = -1;

		if (i == PLAN_NS_USER || ns[i] < 0)
			continue;
		owner = ioctl(ns[i], NS_GET_USERNS);
		if (owner < 0 || !same_ns(owner, ns[PLAN_NS_USER]))
			return err_set(e, ERR_INPUT, 0, "the %s name space %s%.256s does not belong to the user name space that is joined",
				       plan_ns_words[i], p->ns[i].mode == PLAN_NS_CONTAINER ? "of " : "", p->ns[i].path);
	}
	return 0;
}

int join_ns_open(struct context *c, const struct plan *p, int ret[PLAN_NS_COUNT], struct err *e)
{
	for (int i = 0; i < PLAN_NS_COUNT; i++)
		ret[i] = -1;
	for (int i = 0; i < PLAN_NS_COUNT; i++) {
		const struct plan_ns *ns = &p->ns[i];

		if (ns->mode != PLAN_NS_CONTAINER && ns->mode != PLAN_NS_PATH)
			continue;
		ret[i] = ns->mode == PLAN_NS_CONTAINER ? open_container(c, ns->path, i, e) : open_path(c, p, ns->path, i, e);
		if (ret[i] < 0)
			return err_context(e, "%s name space", plan_ns_words[i]);
	}
	if (ret[PLAN_NS_USER] < 0)
		return 0;
	return not_ours(c, ret[PLAN_NS_USER], p->ns[PLAN_NS_USER].path, e) ||
	       (p->ns[PLAN_NS_USER].mode == PLAN_NS_CONTAINER && made_by_us(c, ret[PLAN_NS_USER], e)) || check_owner(p, ret, e) ? -1 : 0;
}
