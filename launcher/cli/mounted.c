/* SPDX-License-Identifier: Apache-2.0 */
/* mounted.c - see mounted.h. */
#include "launcher/cli/mounted.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

#include "launcher/base/ids.h"
#include "launcher/runtime/root.h"
#include "launcher/runtime/userns.h"
#include "launcher/store/mounts.h"
#include "selinux/label.h"

#ifndef OVERLAYFS_SUPER_MAGIC
#define OVERLAYFS_SUPER_MAGIC 0x794c7630	/* linux/magic.h of newer headers */
#endif

/* What ended just now gives its file systems back a moment later; who only looks (a list, statfs) is in a mount for a moment, too. */
enum { FREE_TRIES = 8, IDLE_TRIES = 10, WAIT_MS = 20 };

int mounted_path(struct context *c, const char *id, char **ret, struct err *e)
{
	return str_print(ret, e, "%s/mounts/%s", c->runroot ? c->runroot : STORE_RUNROOT, id);
}

static int check_free(struct context *c, const struct look *l, const struct plan *p, struct err *e)
{
	const struct runtime_stopped s = { .plan = p, .dir = l->dir, .layers = c->store.layers };
	bool in_use = true;

	/* Longer each time, 2.5 s in all: each question is a line in the kernel's log. */
	for (int i = 0; i < FREE_TRIES && in_use; i++) {
		if (i)
			(void)poll(NULL, 0, WAIT_MS / 2 << i);
		if (runtime_root_in_use(&s, &in_use, e))
			return -1;
	}
	return in_use ? err_set(e, ERR_STATE, 0, "container %s: its files are in use from a mount that was taken away with files open, or is in "
				"another mount name space: `grep -l upperdir=.*%.12s /proc/[0-9]*/mountinfo` finds the latter", look_name(l), l->state.id) : 0;
}

int mounted_to_share(struct context *c, const struct look *l, const struct plan *p, int *ret, struct err *e)
{
	auto_close int fd = -1;
	struct statfs fs;
	bool was;

	*ret = -1;
	if (mounts_find(&c->store, l->state.id, &fd, &was, e) || (fd < 0 && was && check_free(c, l, p, e)))
		return -1;
	/* A directory (--rootfs) is mounted any number of times. */
	if (fd < 0 || p->root.path)
		return 0;
	if (fstatfs(fd, &fs))
		return err_set(e, ERR_SYSTEM, errno, "mount of container %s", look_name(l));
	if (fs.f_type != OVERLAYFS_SUPER_MAGIC)
		return err_set(e, ERR_STATE, 0, "container %s is mounted, and somebody has mounted something on it: unmount that", look_name(l));
	*ret = take_fd(&fd);
	return 0;
}

/* A label is of the whole file system, given when it is mounted. */
static bool has_label(int mounted, const char *label)
{
	auto_close int dir = openat(mounted, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char is[LABEL_MAX];
	ssize_t n = dir < 0 ? -1 : fgetxattr(dir, "security.selinux", is, sizeof(is) - 1);

	is[n < 0 ? 0 : n] = '\0';
	return !label || strcmp(is, label) == 0;
}

int mounted_to_start(struct context *c, const struct look *l, const struct plan *p, struct audit_writer *w, int *ret, struct err *e)
{
	auto_close int fd = -1;

	*ret = -1;
	if (mounted_to_share(c, l, p, &fd, e))
		return -1;
	if (fd >= 0 && (userns_own(p) || !has_label(fd, p->selinux.file_label))) {
		close_fd_auto(&fd);
		return mounted_drop(c, l->state.id, look_name(l), "start", false, w, e);
	}
	*ret = take_fd(&fd);
	return 0;
}

static void record(struct context *c, const char *id, const char *name, const char *reason, const char *path, struct audit_writer *w)
{
	char uuid[UUID_TEXT + 1];
	struct err lost = { 0 };
	struct audit_record r;

	id_uuid(id, uuid);
	record_begin(&r, EV_ROOT_UNMOUNT, reason, name, uuid);
	record_str(&r, "path", path);
	/* What nobody can reach any more is not put back for want of a record (audit/failure.h: control). */
	if (context_who(c, &lost) || (w->fd < 0 && audit_writer_open(AUDIT_TAKE_COUNTER, c->procfd, w, &lost)) ||
	    record_end(&r, &c->origin, true, &lost) || audit_write(w, &r, NULL, &lost))
		fprintf(stderr, "secctr: warning: no audit record: %s\n", lost.text);
}

static int detach(int dir, const char *id, bool lazily, struct err *e)
{
	int r = runtime_root_detach(dir, id, lazily, e);

	for (int i = 1; i < IDLE_TRIES && r && e->reason == ERR_STATE; i++) {
		(void)poll(NULL, 0, WAIT_MS);
		r = runtime_root_detach(dir, id, lazily, e);
	}
	return r;
}

int mounted_drop(struct context *c, const char *id, const char *name, const char *reason, bool lazily, struct audit_writer *w,
		 struct err *e)
{
	auto_close int fd = -1, dir = -1;
	auto_free char *path = NULL;
	struct err why = { 0 };
	bool was;

	/* One may lie on another, where people have mounted themselves. */
	for (;;) {
		if (mounts_find(&c->store, id, &fd, &was, e))
			return -1;
		if (fd < 0)
			return 0;
		close_fd_auto(&fd);	/* it would be in use by us */
		if ((dir < 0 && (dir = mounts_dir(&c->store, e)) < 0) || (!path && mounted_path(c, id, &path, e)))
			return -1;
		if (detach(dir, id, lazily, &why)) {
			if (why.reason == ERR_STATE)
				return err_set(e, ERR_STATE, 0, "container %s is mounted, and in use: `fuser -vm %s` shows by whom", name, path);
			*e = why;
			return err_context(e, "%s", path);
		}
		record(c, id, name, reason, path, w);
	}
}

int mounted_remove(struct context *c, const char *id, const char *name, const char *reason, bool lazily, struct audit_writer *w,
		   struct err *e)
{
	auto_close int fd = -1;
	bool was;

	/* Most never were: one call then. */
	if (mounts_find(&c->store, id, &fd, &was, e))
		return -1;
	if (!was)
		return 0;
	close_fd_auto(&fd);	/* it would be in use by us */
	return mounted_drop(c, id, name, reason, lazily, w, e) || mounts_remove(&c->store, id, e) ? -1 : 0;
}
