/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.c - the file systems of a container, each attached by descriptor. */
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "launcher/base/path.h"
#include "launcher/runtime/inside.h"
#include "launcher/runtime/sys.h"
#include "selinux/label.h"
#include "selinux/relabel.h"

enum { OVERLAY_OPTIONS_MAX = 4095 };	/* mount(2) takes one page */

int inside_open_host(const char *path, struct err *e)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
	long fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "%.256s", path);
	return (int)fd;
}

static uint64_t attributes(const struct plan_mount *m)
{
	return (m->readonly ? MOUNT_ATTR_RDONLY : 0) | (m->noexec ? MOUNT_ATTR_NOEXEC : 0) |
	       (m->dev ? 0 : MOUNT_ATTR_NODEV) | (m->suid ? 0 : MOUNT_ATTR_NOSUID);
}

static uint64_t propagation(const struct plan_mount *m)
{
	return m->propagation == PLAN_SLAVE || m->propagation == PLAN_RSLAVE ? MS_SLAVE : MS_PRIVATE;
}

/* Flags are set while the copy is attached nowhere, so there is no moment without them. */
static int copy_bind(const struct plan_mount *m, int procfd, const struct plan *p, struct err *e)
{
	auto_close int source = inside_open_host(m->source, e), copy = -1;

	if (source < 0)
		return err_context(e, "mount on %s", m->target);
	if (m->relabel != PLAN_RELABEL_NONE && p->selinux.file_label) {
		char shared[LABEL_MAX];
		const char *label = p->selinux.file_label;
		struct relabel_result done;

		if (m->relabel == PLAN_RELABEL_SHARED) {
			char type[LABEL_TYPE_MAX];

			if (label_type(label, type, e) || label_file(type, LABEL_LEVEL_SHARED, shared, e))
				return -1;
			label = shared;
		}
		if (relabel_volume(procfd, source, m->source, label, RELABEL_MAX, &done, e))
			return -1;
	}
	copy = sys_clone_mount(source, "", m->recursive);
	if (copy < 0)
		return err_set(e, ERR_SYSTEM, errno, "mount of %s on %s", m->source, m->target);
	if (sys_mount_attr(copy, attributes(m), 0, propagation(m), m->recursive))
		return err_set(e, ERR_SYSTEM, errno, "mount options of %s", m->target);
	return take_fd(&copy);
}

int mounts_new_fs(const char *type, const struct fs_option *options, uint64_t attrs, const char *target,
		  struct err *e)
{
	auto_close int fs = fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s on %s", type, target);
	for (; options && options->key; options++)
		if (options->value && fsconfig(fs, FSCONFIG_SET_STRING, options->key, options->value, 0))
			return err_set(e, ERR_SYSTEM, errno, "%s on %s: %s=%.128s", type, target, options->key,
				       options->value);
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return err_set(e, ERR_SYSTEM, errno, "%s on %s", type, target);
	fd = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attrs);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s on %s", type, target);
	return fd;
}

int mounts_new_tmpfs(const struct plan_mount *m, const char *label, struct err *e)
{
	char size[24], mode[16];
	const struct fs_option options[] = {
		{ "size", size }, { "mode", mode }, { "nr_inodes", "65536" }, { "context", label }, { 0 }
	};

	snprintf(size, sizeof(size), "%lld", m->size == FIELD_NONE ? 64LL << 20 : (long long)m->size);
	snprintf(mode, sizeof(mode), "%o", m->mode == FIELD_NONE ? 01777U : (unsigned)m->mode);
	return mounts_new_fs("tmpfs", options, attributes(m), m->target, e);
}

/* The image's layers, read-only. Overlayfs wants two: the empty mount point lies below them. */
static int prepare_image(struct inside *in, size_t i, struct err *e)
{
	const struct plan_mount *m = PLAN_MOUNT(in->plan, i);
	const char *label = in->plan->selinux.file_label;
	auto_str struct str s = { 0 };
	char at[32], links[32];

	snprintf(at, sizeof(at), "m%zu", i);
	snprintf(links, sizeof(links), "l%zu", i);
	if (mkdirat(in->place->dir, at, 0700) && errno != EEXIST)
		return err_set(e, ERR_SYSTEM, errno, "mount on %s", m->target);
	if (str_add(&s, "lowerdir=", e) || rootfs_layers(in, &m->layers, links, &s, e) ||
	    str_addf(&s, e, ":../containers/%s/%s", in->plan->id, at) ||
	    (label && str_addf(&s, e, ",context=\"%s\"", label)))
		return -1;
	if (s.len > OVERLAY_OPTIONS_MAX)
		return err_set(e, ERR_LIMIT, 0, "mount on %s: image of %zu layers: mount options of %zu bytes, more than %d",
			       m->target, m->layers.len, s.len, OVERLAY_OPTIONS_MAX);
	in->images[i] = take_ptr(&s.text);
	return 0;
}

static int new_image(struct inside *in, size_t i, struct err *e)
{
	const struct plan_mount *m = PLAN_MOUNT(in->plan, i);
	char at[PATH_MAX];
	int fd;

	snprintf(at, sizeof(at), "../containers/%s/m%zu", in->plan->id, i);
	if (mount("overlay", at, "overlay", MS_RDONLY | MS_NOSUID | MS_NODEV | (m->noexec ? MS_NOEXEC : 0), in->images[i]))
		return err_set(e, ERR_SYSTEM, errno, "image %.128s on %s", m->source, m->target);
	fd = open(at, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "image %.128s on %s", m->source, m->target);
	return fd;
}

/* What the parent makes, while the host's files can be reached and memory is at hand. */
static int prepare_one(struct inside *in, size_t i, struct err *e)
{
	const struct plan_mount *m = PLAN_MOUNT(in->plan, i);

	switch (m->kind) {
	case PLAN_MOUNT_BIND:
		in->binds[i] = copy_bind(m, in->place->procfd, in->plan, e);
		break;
	case PLAN_MOUNT_DEV:
		in->binds[i] = devices_make(in, m, e);
		break;
	case PLAN_MOUNT_COPY:
		in->binds[i] = copies_make(in, i, e);
		break;
	case PLAN_MOUNT_IMAGE:
		return prepare_image(in, i, e);
	default:
		return 0;
	}
	return in->binds[i] < 0 ? -1 : 0;
}

int mounts_prepare(struct inside *in, struct err *e)
{
	const struct plan *p = in->plan;

	in->binds = calloc(p->mounts.len + 1, sizeof(*in->binds));
	in->images = calloc(p->mounts.len + 1, sizeof(*in->images));
	for (size_t i = 0; in->binds && i < p->mounts.len; i++)
		in->binds[i] = -1;
	if (!in->binds || !in->images)
		return err_set(e, ERR_SYSTEM, ENOMEM, "mounts");
	for (size_t i = 0; i < p->mounts.len; i++)
		if (prepare_one(in, i, e))
			return -1;
	return 0;
}

static int new_devpts(const struct plan_mount *m, const char *label, struct err *e)
{
	char mode[16], uid[24], gid[24];
	const struct fs_option options[] = {
		{ "mode", mode }, { "ptmxmode", "0666" }, { "gid", gid }, { "uid", m->uid == FIELD_NONE ? NULL : uid },
		{ "context", label }, { 0 }
	};

	snprintf(mode, sizeof(mode), "%o", m->mode == FIELD_NONE ? 0620U : (unsigned)m->mode);
	snprintf(uid, sizeof(uid), "%lld", (long long)m->uid);
	snprintf(gid, sizeof(gid), "%lld", m->gid == FIELD_NONE ? 5LL : (long long)m->gid);
	return mounts_new_fs("devpts", options, attributes(m), m->target, e);
}

/* mqueue takes no context= (EINVAL): labelled by its own root instead. */
static int new_mqueue(const struct plan_mount *m, const char *label, struct err *e)
{
	auto_close int fd = mounts_new_fs("mqueue", NULL, attributes(m), m->target, e), top = -1;

	if (fd < 0 || !label)
		return take_fd(&fd);
	top = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0 || fsetxattr(top, "security.selinux", label, strlen(label) + 1, 0))
		return err_set(e, ERR_SYSTEM, errno, "label of %s", m->target);
	return take_fd(&fd);
}

/* On cgroup v1 the container sees an empty directory: its controllers are the host's business. */
static int new_cgroup(const struct plan_mount *m, int version, struct err *e)
{
	if (version == 2)
		return mounts_new_fs("cgroup2", NULL, attributes(m), m->target, e);
	return mounts_new_fs("tmpfs", (const struct fs_option[]){ { "size", "4096" }, { "mode", "0755" }, { 0 } },
		      attributes(m) | MOUNT_ATTR_RDONLY, m->target, e);
}

static int new_mount(struct inside *in, size_t i, struct err *e)
{
	const struct plan_mount *m = PLAN_MOUNT(in->plan, i);
	const char *label = in->plan->selinux.file_label;

	switch ((enum plan_mount_kind)m->kind) {
	case PLAN_MOUNT_BIND:
	case PLAN_MOUNT_DEV:
	case PLAN_MOUNT_COPY:
		return in->binds[i];
	case PLAN_MOUNT_IMAGE:
		return new_image(in, i, e);
	case PLAN_MOUNT_TMPFS:
		return mounts_new_tmpfs(m, label, e);
	case PLAN_MOUNT_PROC:
		return mounts_new_fs("proc", NULL, attributes(m), m->target, e);
	case PLAN_MOUNT_SYSFS:
		return mounts_new_fs("sysfs", NULL, attributes(m), m->target, e);
	case PLAN_MOUNT_DEVPTS:
		return new_devpts(m, label, e);
	case PLAN_MOUNT_MQUEUE:
		return new_mqueue(m, label, e);
	case PLAN_MOUNT_CGROUP:
		return new_cgroup(m, in->place->cgroup->version, e);
	case PLAN_MOUNT_NONE:
		break;
	}
	return err_set(e, ERR_INTERNAL, 0, "mount on %s: kind %d", m->target, m->kind);
}

int mounts_attach(struct inside *in, struct err *e)
{
	for (size_t i = 0; i < in->plan->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(in->plan, i);
		auto_close int fd = new_mount(in, i, e), to = -1;
		struct stat st;

		if (fd < 0)
			return -1;
		if (fstat(fd, &st))
			return err_set(e, ERR_SYSTEM, errno, "mount on %s", m->target);
		to = path_in_root_make(in->root, m->target, S_ISDIR(st.st_mode), e);
		if (to < 0)
			return err_context(e, "mount on %s", m->target);
		if (sys_attach_mount(fd, to))
			return err_set(e, ERR_SYSTEM, errno, "mount on %s", m->target);
		if (m->kind == PLAN_MOUNT_PROC)
			in->proc = take_fd(&fd);
		else if (m->kind == PLAN_MOUNT_SYSFS)
			in->sys = take_fd(&fd);
	}
	return 0;
}
