/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copies.c - files of the host whose content goes in: secrets, zone data, an init.
 *
 * A copy in memory, with the container's label and an owner of its own: nothing inside leads to the host's file, and
 * what the host does to it later is not seen. All of a container lie in one tmpfs that the parent attaches nowhere;
 * each is mounted by itself.
 */
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "launcher/base/io.h"
#include "launcher/plan/idmap.h"
#include "launcher/runtime/inside.h"
#include "launcher/runtime/sys.h"

/* Without following any link: what was decided is what is read. A FIFO in its place cannot hang us. */
static int read_source(const char *path, struct str *ret, struct err *e)
{
	struct open_how how = { .flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
	auto_close int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path);
	return io_read_regular(fd, &st, COPY_MAX, path, ret, e);
}

static int open_tmpfs(struct inside *in, struct err *e)
{
	size_t n = 1;
	char size[24];
	const struct fs_option options[] = {
		{ "size", size }, { "mode", "0700" }, { "context", in->plan->selinux.file_label }, { 0 }
	};

	for (size_t i = 0; i < in->plan->mounts.len; i++)
		n += PLAN_MOUNT(in->plan, i)->kind == PLAN_MOUNT_COPY;
	(void)snprintf(size, sizeof(size), "%zu", n * COPY_MAX);
	in->copies = mounts_new_fs("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "copies of files", e);
	return in->copies < 0 ? -1 : 0;
}

/* (uint32_t)-1 would leave the owner as it is. */
static int set_owner(int fd, const struct plan *p, const struct plan_mount *m, struct err *e)
{
	int64_t uid = idmap_host(&p->uid_map, m->uid == FIELD_NONE ? 0 : m->uid);
	int64_t gid = idmap_host(&p->gid_map, m->gid == FIELD_NONE ? 0 : m->gid);

	if (uid < 0 || gid < 0)
		return err_set(e, ERR_INPUT, 0, "owner of %s: not in the container's map of ids", m->target);
	return fchown(fd, (uid_t)uid, (gid_t)gid) ? err_set(e, ERR_SYSTEM, errno, "owner of %s", m->target) : 0;
}

static int write_copy(const struct inside *in, const char *name, const struct plan_mount *m, const struct str *s,
		      struct err *e)
{
	auto_close int fd = openat(in->copies, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "copy for %s", m->target);
	if (s->len && io_write_all(fd, s->text, s->len, m->target, e))
		return -1;
	if (set_owner(fd, in->plan, m, e))
		return -1;
	if (fchmod(fd, m->mode == FIELD_NONE ? 0444 : (mode_t)m->mode & 0777))
		return err_set(e, ERR_SYSTEM, errno, "mode of %s", m->target);
	return 0;
}

int copies_make(struct inside *in, size_t mount, struct err *e)
{
	const struct plan_mount *m = PLAN_MOUNT(in->plan, mount);
	auto_str struct str text = { 0 };
	auto_close int fd = -1;
	char name[24];
	int r;

	(void)snprintf(name, sizeof(name), "%zu", mount);
	if ((in->copies < 0 && open_tmpfs(in, e)) || read_source(m->source, &text, e))
		return err_context(e, "mount on %s", m->target);
	r = write_copy(in, name, m, &text, e);
	if (text.text)
		explicit_bzero(text.text, text.len);
	if (r)
		return -1;
	fd = openat(in->copies, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_set(e, ERR_SYSTEM, errno, "mount on %s", m->target) : take_fd(&fd);
}

static int clone_one(struct inside *in, size_t mount, struct err *e)
{
	const struct plan_mount *m = PLAN_MOUNT(in->plan, mount);
	char name[24];
	int fd;

	(void)snprintf(name, sizeof(name), "%zu", mount);
	fd = sys_clone_mount(in->copies, name, 0);
	if (fd < 0 || sys_mount_attr(fd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				     (m->noexec ? MOUNT_ATTR_NOEXEC : 0), 0, MS_PRIVATE, 0))
		return err_set(e, ERR_SYSTEM, errno, "mount on %s", m->target);
	in->binds[mount] = fd;
	return 0;
}

/* Before Linux 6.15 a part of a mount can be cloned only where the mount is attached (open_tree(), fs/namespace.c). */
int copies_clone(struct inside *in, struct err *e)
{
	if (in->copies < 0)
		return 0;
	if (sys_attach_mount_at(in->copies, in->at))
		return err_set(e, ERR_SYSTEM, errno, "copies of files");
	for (size_t i = 0; i < in->plan->mounts.len; i++)
		if (PLAN_MOUNT(in->plan, i)->kind == PLAN_MOUNT_COPY && clone_one(in, i, e))
			return -1;
	return umount2(in->at, MNT_DETACH) ? err_set(e, ERR_SYSTEM, errno, "copies of files") : 0;
}
