/* SPDX-License-Identifier: Apache-2.0 */
/* join_ns.c - see join_ns.h. */
#include "launcher/cli/join_ns.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "launcher/cli/authorize.h"
#include "launcher/cli/look.h"
#include "launcher/runtime/inside.h"

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

static int open_container(struct context *c, const char *id, struct err *e)
{
	auto_look struct look look;

	look_init(&look);
	return look_at_id(c, id, &look, e) ? -1 : look_pidfd(c, &look, e);
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

int join_ns_open(struct context *c, const struct plan *p, int ret[PLAN_NS_COUNT], struct err *e)
{
	for (int i = 0; i < PLAN_NS_COUNT; i++)
		ret[i] = -1;
	for (int i = 0; i < PLAN_NS_COUNT; i++) {
		const struct plan_ns *ns = &p->ns[i];

		if (ns->mode != PLAN_NS_CONTAINER && ns->mode != PLAN_NS_PATH)
			continue;
		ret[i] = ns->mode == PLAN_NS_CONTAINER ? open_container(c, ns->path, e) : open_path(c, p, ns->path, i, e);
		if (ret[i] < 0)
			return err_context(e, "%s name space", plan_ns_words[i]);
	}
	return 0;
}
