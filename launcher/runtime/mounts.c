/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.c - the file systems of a container, each attached by descriptor. */
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "launcher/base/path.h"
#include "launcher/runtime/inside.h"
#include "launcher/runtime/sys.h"
#include "selinux/label.h"
#include "selinux/relabel.h"

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

int mounts_prepare(struct inside *in, struct err *e)
{
	const struct plan *p = in->plan;

	in->binds = calloc(p->mounts.len + 1, sizeof(*in->binds));
	if (!in->binds)
		return err_set(e, ERR_SYSTEM, ENOMEM, "mounts");
	for (size_t i = 0; i < p->mounts.len; i++)
		in->binds[i] = -1;
	for (size_t i = 0; i < p->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(p, i);

		if (m->kind != PLAN_MOUNT_BIND)
			continue;
		in->binds[i] = copy_bind(m, in->place->procfd, p, e);
		if (in->binds[i] < 0)
			return -1;
	}
	return 0;
}

struct option {
	const char *key, *value;
};

static int new_fs(const char *type, const struct option *options, uint64_t attrs, const char *target,
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

static long long tmpfs_size(const struct plan_mount *m)
{
	return m->size == FIELD_NONE ? 64LL << 20 : (long long)m->size;
}

static unsigned tmpfs_mode(const struct plan_mount *m)
{
	return m->mode == FIELD_NONE ? 01777U : (unsigned)m->mode;
}

static const struct {
	const char *name;
	unsigned major, minor;
} nodes[] = {
	{ "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 },
	{ "tty", 5, 0 },
};

static const struct {
	const char *name, *to;
} links[] = {
	{ "fd", "/proc/self/fd" }, { "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" }, { "ptmx", "pts/ptmx" }, { "core", "/proc/kcore" },
};

/* Filled before it is attached: nothing of the image's /dev is looked at (CVE-2026-41579). */
static int new_dev(const struct plan_mount *m, const char *label, struct err *e)
{
	char size[24], mode[16];
	const struct option options[] = {
		{ "size", size }, { "mode", mode }, { "nr_inodes", "65536" }, { "context", label }, { 0 }
	};
	auto_close int fd = -1;

	snprintf(size, sizeof(size), "%lld", tmpfs_size(m));
	snprintf(mode, sizeof(mode), "%o", tmpfs_mode(m));
	fd = new_fs("tmpfs", options, attributes(m), m->target, e);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		if (mknodat(fd, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)))
			return err_set(e, ERR_SYSTEM, errno, "/dev/%s", nodes[i].name);
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (symlinkat(links[i].to, fd, links[i].name))
			return err_set(e, ERR_SYSTEM, errno, "/dev/%s", links[i].name);
	if (mkdirat(fd, "pts", 0755) || mkdirat(fd, "shm", 0755) || mkdirat(fd, "mqueue", 0755))
		return err_set(e, ERR_SYSTEM, errno, "/dev");
	return take_fd(&fd);
}

static int new_devpts(const struct plan_mount *m, const char *label, struct err *e)
{
	const struct option options[] = {
		{ "mode", "0620" }, { "ptmxmode", "0666" }, { "gid", "5" }, { "context", label }, { 0 }
	};

	return new_fs("devpts", options, attributes(m), m->target, e);
}

/* mqueue takes no context= (EINVAL): labelled by its own root instead. */
static int new_mqueue(const struct plan_mount *m, const char *label, struct err *e)
{
	auto_close int fd = new_fs("mqueue", NULL, attributes(m), m->target, e), top = -1;

	if (fd < 0 || !label)
		return take_fd(&fd);
	top = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0 || fsetxattr(top, "security.selinux", label, strlen(label) + 1, 0))
		return err_set(e, ERR_SYSTEM, errno, "label of %s", m->target);
	return take_fd(&fd);
}

/* Type and options of what is mounted in one call; NULL: it is made first, to be filled, labelled or kept open. */
static const char *at_once(const struct inside *in, const struct plan_mount *m, char *options, size_t room)
{
	const char *label = in->plan->selinux.file_label;
	const char *context = label ? ",context=\"" : "", *end = label ? "\"" : "";

	*options = '\0';
	switch ((enum plan_mount_kind)m->kind) {
	case PLAN_MOUNT_TMPFS:
		snprintf(options, room, "size=%lld,mode=%o,nr_inodes=65536%s%s%s", tmpfs_size(m), tmpfs_mode(m), context,
			 label ? label : "", end);
		return "tmpfs";
	case PLAN_MOUNT_DEVPTS:
		if (in->plan->process.terminal)
			return NULL;	/* its ptmx is opened by descriptor */
		snprintf(options, room, "mode=0620,ptmxmode=0666,gid=5%s%s%s", context, label ? label : "", end);
		return "devpts";
	case PLAN_MOUNT_CGROUP:
		if (in->place->cgroup->version == 2)
			return "cgroup2";
		/* On cgroup v1 the container sees an empty directory: its controllers are the host's business. */
		snprintf(options, room, "size=4096,mode=0755");
		return "tmpfs";
	case PLAN_MOUNT_MQUEUE:
		return label ? NULL : "mqueue";
	default:
		return NULL;
	}
}

/*
 * On the directory `to`, as the working directory: mount(2) takes no descriptor, and "." needs no path. One call where
 * fsopen(2) takes one for each option and four more.
 */
static int mount_at_once(const char *type, const struct plan_mount *m, const char *options, int to, struct err *e)
{
	unsigned long flags = (m->readonly ? MS_RDONLY : 0) | (m->noexec ? MS_NOEXEC : 0) | (m->dev ? 0 : MS_NODEV) |
			      (m->suid ? 0 : MS_NOSUID);

	if (fchdir(to) || mount(type, ".", type, flags, options))
		return err_set(e, ERR_SYSTEM, errno, "%s on %s", type, m->target);
	return 0;
}

static int new_mount(struct inside *in, size_t i, struct err *e)
{
	const struct plan_mount *m = PLAN_MOUNT(in->plan, i);
	const char *label = in->plan->selinux.file_label;

	switch ((enum plan_mount_kind)m->kind) {
	case PLAN_MOUNT_BIND:
		return in->binds[i];
	case PLAN_MOUNT_DEV:
		return new_dev(m, label, e);
	case PLAN_MOUNT_PROC:
		return new_fs("proc", NULL, attributes(m), m->target, e);
	case PLAN_MOUNT_SYSFS:
		return new_fs("sysfs", NULL, attributes(m), m->target, e);
	case PLAN_MOUNT_MQUEUE:
		return new_mqueue(m, label, e);
	case PLAN_MOUNT_DEVPTS:
		return new_devpts(m, label, e);
	case PLAN_MOUNT_TMPFS:		/* at_once() */
	case PLAN_MOUNT_CGROUP:
	case PLAN_MOUNT_NONE:
		break;
	}
	return err_set(e, ERR_INTERNAL, 0, "mount on %s: kind %d", m->target, m->kind);
}

/* A file is mounted on a file; a file system of our own has a directory at its top. */
static int open_target(struct inside *in, const struct plan_mount *m, int bind, struct err *e)
{
	struct stat st = { .st_mode = S_IFDIR };
	int to;

	if (bind >= 0 && fstat(bind, &st))
		return err_set(e, ERR_SYSTEM, errno, "mount on %s", m->target);
	to = path_in_root_make(in->root, m->target, S_ISDIR(st.st_mode), e);
	return to < 0 ? err_context(e, "mount on %s", m->target) : to;
}

static int attach(struct inside *in, size_t i, struct err *e)
{
	const struct plan_mount *m = PLAN_MOUNT(in->plan, i);
	auto_close int to = open_target(in, m, in->binds[i], e), fd = -1;
	char options[LABEL_MAX + 128];
	const char *type;

	if (to < 0)
		return -1;
	type = at_once(in, m, options, sizeof(options));
	if (type)
		return mount_at_once(type, m, options, to, e);
	fd = new_mount(in, i, e);
	if (fd < 0)
		return -1;
	if (sys_attach_mount(fd, to))
		return err_set(e, ERR_SYSTEM, errno, "mount on %s", m->target);
	if (m->kind == PLAN_MOUNT_PROC)
		in->proc = take_fd(&fd);
	else if (m->kind == PLAN_MOUNT_SYSFS)
		in->sys = take_fd(&fd);
	else if (m->kind == PLAN_MOUNT_DEV && strcmp(m->target, "/dev") == 0)
		in->dev = take_fd(&fd);
	else if (m->kind == PLAN_MOUNT_DEVPTS && strcmp(m->target, PLAN_PTS) == 0)
		in->pts = take_fd(&fd);
	return 0;
}

int mounts_attach(struct inside *in, struct err *e)
{
	for (size_t i = 0; i < in->plan->mounts.len; i++)
		if (attach(in, i, e))
			return -1;
	return 0;
}
