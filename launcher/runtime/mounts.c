/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.c - the file systems of a container, each attached by descriptor. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "launcher/base/ids.h"
#include "launcher/base/path.h"
#include "launcher/plan/recursive.h"
#include "launcher/runtime/cgroup_tree.h"
#include "launcher/runtime/inside.h"
#include "launcher/runtime/sys.h"
#include "launcher/runtime/userns.h"
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
	return (m->atime == PLAN_NOATIME ? MOUNT_ATTR_NOATIME : m->atime == PLAN_STRICTATIME ? MOUNT_ATTR_STRICTATIME : 0) |
	       (m->readonly ? MOUNT_ATTR_RDONLY : 0) | (m->noexec ? MOUNT_ATTR_NOEXEC : 0) |
	       (m->dev ? 0 : MOUNT_ATTR_NODEV) | (m->suid ? 0 : MOUNT_ATTR_NOSUID) |
	       (m->nosymfollow ? MOUNT_ATTR_NOSYMFOLLOW : 0) | (m->nodiratime ? MOUNT_ATTR_NODIRATIME : 0);
}

uint64_t mounts_propagation(int word)
{
	switch ((enum plan_propagation)word) {
	case PLAN_SLAVE:
	case PLAN_RSLAVE:
		return MS_SLAVE;
	case PLAN_SHARED:
	case PLAN_RSHARED:
		return MS_SHARED;
	case PLAN_UNBINDABLE:
	case PLAN_RUNBINDABLE:
		return MS_UNBINDABLE;
	case PLAN_PROP_OPEN:
	case PLAN_PRIVATE:
	case PLAN_RPRIVATE:
		break;
	}
	return MS_PRIVATE;
}

/* Of the mount and all below it, in one call. */
static int set_options(const struct plan_mount *m, int copy, struct err *e)
{
	uint64_t set, clear;

	if (sys_mount_attr(copy, attributes(m), m->atime ? MOUNT_ATTR__ATIME : 0, mounts_propagation(m->propagation), m->recursive))
		return err_set(e, ERR_SYSTEM, errno, "mount options of %s", m->target);
	recursive_bits(&m->recursive_options, &set, &clear);
	if ((set || clear) && sys_mount_attr(copy, set, clear, 0, m->recursive))
		return err_set(e, ERR_SYSTEM, errno, "recursive mount options of %s", m->target);
	return 0;
}

/* Type and level: the user is that of who made the directory, and bounds nothing in it. */
static bool has_label(int source, const char *label)
{
	char is[LABEL_MAX], type[LABEL_TYPE_MAX], wanted[LABEL_TYPE_MAX];
	ssize_t n = fgetxattr(source, "security.selinux", is, sizeof(is) - 1);
	struct err no_context;

	is[n < 0 ? 0 : n] = '\0';
	return label_type(is, type, &no_context) == 0 && label_type(label, wanted, &no_context) == 0 && strcmp(type, wanted) == 0 &&
	       strcmp(label_level(is), label_level(label)) == 0;
}

/*
 * A volume is all containers' from its first use: then its top has the label. One that has files and not the label is a
 * container's own (:Z), or was filled without SELinux, and which labels its files have nobody knows.
 */
static int label_new(const struct plan_mount *m, int source, const char *label, struct err *e)
{
	int again, entries = 0;
	DIR *d;

	if (has_label(source, label))
		return 0;
	again = openat(source, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = again < 0 ? NULL : fdopendir(again);
	if (!d) {
		err_set(e, ERR_SYSTEM, errno, "volume %s", m->source);
		close_fd_auto(&again);
		return -1;
	}
	/* "." and ".." are there always. */
	while (entries <= 2 && readdir(d))
		entries++;
	closedir(d);
	if (entries > 2)
		return err_set(e, ERR_LABEL, 0, "volume %s: has files, but not the label %s: it is a container's own (Z), or was filled "
			       "without SELinux; the option z or Z labels it", m->source, label);
	if (fsetxattr(source, "security.selinux", label, strlen(label) + 1, 0))
		return err_set(e, ERR_SYSTEM, errno, "label of volume %s", m->source);
	return 0;
}

static int relabel(const struct plan_mount *m, int source, const struct host_tree_place *place, const struct plan *p, struct err *e)
{
	bool volume = m->kind == PLAN_MOUNT_VOLUME;
	char text[LABEL_MAX], shared[LABEL_MAX];
	const char *label = p->selinux.file_label;
	struct host_tree_result done;

	if (!label || (m->relabel == PLAN_RELABEL_NONE && !volume))
		return 0;
	if (m->relabel != PLAN_RELABEL_PRIVATE) {
		if (label_file(LABEL_TYPE_SHARED_FILE, LABEL_LEVEL_SHARED, text, e) || label_check(text, shared, e))
			return -1;
		label = shared;
	}
	if (volume)
		return m->relabel == PLAN_RELABEL_NONE ? label_new(m, source, label, e) :
		       relabel_store_volume(place, source, m->source, label, HOST_TREE_MAX, &done, e);
	return relabel_volume(place, source, m->source, label, HOST_TREE_MAX, &done, e);
}

/* plan_check() has looked at the name. The container cannot have replaced _data, only what is in it. */
static int open_volume(const struct plan_mount *m, int container, struct err *e)
{
	char path[NAME_MAX_LEN + 32];
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
	long fd;

	snprintf(path, sizeof(path), "../../volumes/%s/_data", m->source);
	fd = syscall(SYS_openat2, container, path, &how, sizeof(how));
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_SYSTEM, errno, "volume %s", m->source);
	return (int)fd;
}

/* Flags are set while the copy is attached nowhere, so there is no moment without them. */
static int copy_bind(const struct inside *in, const struct plan_mount *m, struct err *e)
{
	const struct host_tree_place host = { in->place->procfd, { in->place->store[0], in->place->store[1] } };
	bool volume = m->kind == PLAN_MOUNT_VOLUME;
	auto_close int source = volume ? open_volume(m, in->place->dir, e) : inside_open_host(m->source, e);
	auto_close int copy = -1;

	if (source < 0)
		return err_context(e, "mount on %s", m->target);
	if (m->idmap && !volume && !m->uid_map.len && in->userns < 0)
		return err_set(e, ERR_INPUT, 0, "mount on %s: idmap is for containers with a user name space of their own", m->target);
	if (relabel(m, source, &host, in->plan, e) || chown_source(in->plan, m, &host, source, false, e))
		return -1;
	copy = sys_clone_mount(source, "", m->recursive);
	if (copy < 0)
		return err_set(e, ERR_SYSTEM, errno, "mount of %s on %s", m->source, m->target);
	if (set_options(m, copy, e))
		return -1;
	if (m->uid_map.len)
		return userns_shift_by(in, copy, &m->uid_map, &m->gid_map, m->source, e) ? err_context(e, "mount on %s", m->target) : take_fd(&copy);
	/* Files of a volume are the containers': by their ids, whichever those are on the host. */
	if ((volume || m->idmap) && userns_shift(in, copy, m->source, e))
		return err_context(e, "mount on %s", m->target);
	return take_fd(&copy);
}

int mounts_new_fs(const char *type, const struct fs_option *options, uint64_t attrs, const char *target,
		  struct err *e)
{
	auto_leave int fs = fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s on %s", type, target);
	/* What /proc/mounts and df show. */
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", type, 0))
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

/* Of one file system: for fsconfig(2) one by one, or as the text that mount(2) takes. */
struct fs_options {
	char number[4][24];
	struct fs_option list[7];
};

static void tmpfs_options(const struct plan_mount *m, const char *label, struct fs_options *o)
{
	snprintf(o->number[0], sizeof(o->number[0]), "%lld", m->size == FIELD_NONE ? 64LL << 20 : (long long)m->size);
	snprintf(o->number[1], sizeof(o->number[1]), "%o", m->mode == FIELD_NONE ? 01777U : (unsigned)m->mode);
	o->list[0] = (struct fs_option){ "size", o->number[0] };
	o->list[1] = (struct fs_option){ "mode", o->number[1] };
	o->list[2] = (struct fs_option){ "nr_inodes", "65536" };
	snprintf(o->number[2], sizeof(o->number[2]), "%lld", (long long)m->uid);
	snprintf(o->number[3], sizeof(o->number[3]), "%lld", (long long)m->gid);
	o->list[3] = (struct fs_option){ "uid", m->uid == FIELD_NONE ? NULL : o->number[2] };
	o->list[4] = (struct fs_option){ "gid", m->gid == FIELD_NONE ? NULL : o->number[3] };
	o->list[5] = (struct fs_option){ "context", label };
	o->list[6] = (struct fs_option){ 0 };
}

static void devpts_options(const struct plan_mount *m, const char *label, struct fs_options *o)
{
	snprintf(o->number[0], sizeof(o->number[0]), "%o", m->mode == FIELD_NONE ? 0620U : (unsigned)m->mode);
	snprintf(o->number[1], sizeof(o->number[1]), "%lld", m->gid == FIELD_NONE ? 5LL : (long long)m->gid);
	snprintf(o->number[2], sizeof(o->number[2]), "%lld", (long long)m->uid);
	o->list[0] = (struct fs_option){ "mode", o->number[0] };
	o->list[1] = (struct fs_option){ "ptmxmode", "0666" };
	o->list[2] = (struct fs_option){ "gid", o->number[1] };
	o->list[3] = (struct fs_option){ "uid", m->uid == FIELD_NONE ? NULL : o->number[2] };
	o->list[4] = (struct fs_option){ "context", label };
	o->list[5] = (struct fs_option){ 0 };
}

/* A label has commas, so it is quoted. */
static void options_text(const struct fs_options *o, char *text, size_t room)
{
	size_t n = 0;

	for (const struct fs_option *k = o->list; k->key && n < room; k++)
		if (k->value) {
			const char *quote = strcmp(k->key, "context") == 0 ? "\"" : "";

			n += (size_t)snprintf(text + n, room - n, "%s%s=%s%s%s", n ? "," : "", k->key, quote, k->value, quote);
		}
}

int mounts_new_tmpfs(const struct plan_mount *m, const char *label, struct err *e)
{
	struct fs_options o;

	tmpfs_options(m, label, &o);
	return mounts_new_fs("tmpfs", o.list, attributes(m), m->target, e);
}

static int new_devpts(const struct plan_mount *m, const char *label, struct err *e)
{
	struct fs_options o;

	devpts_options(m, label, &o);
	return mounts_new_fs("devpts", o.list, attributes(m), m->target, e);
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
	in->working = -1;
	if (fchdir(in->layers))
		return err_set(e, ERR_SYSTEM, errno, "layers directory");
	if (mount("overlay", at, "overlay", MS_RDONLY | MS_NOSUID | MS_NODEV | (m->noexec ? MS_NOEXEC : 0), in->images[i]))
		return err_set(e, ERR_SYSTEM, errno, "image %.128s on %s", m->source, m->target);
	fd = open(at, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "image %.128s on %s", m->source, m->target);
	return fd;
}

/*
 * A sysfs shows the network name space of who mounts it, and the container's root may mount only that of its own user name space. In one
 * that is joined we are for this moment.
 */
static int new_sysfs(const struct inside *in, const struct plan_mount *m, struct err *e)
{
	auto_close int own = -1, made = -1;

	if (userns_other_net(in->plan)) {
		own = openat(in->place->procfd, "thread-self/ns/net", O_RDONLY | O_CLOEXEC);
		if (own < 0 || setns(in->place->ns[PLAN_NS_NET], CLONE_NEWNET))
			return err_set(e, ERR_SYSTEM, errno, "entering the network name space");
	}
	made = mounts_new_fs("sysfs", NULL, attributes(m), m->target, e);
	if (own >= 0 && setns(own, CLONE_NEWNET))
		return err_set(e, ERR_SYSTEM, errno, "leaving the network name space");
	return take_fd(&made);
}

static bool sees_host_groups(const struct inside *in)
{
	return in->place->cgroup->version == 2 && in->plan->ns[PLAN_NS_CGROUP].mode == PLAN_NS_HOST;
}

/*
 * Bound, not mounted: a mount of cgroup2 from the host's own cgroup name space sets the options of the whole hierarchy
 * (cgroup_get_tree(), kernel/cgroup/cgroup.c), and would take nsdelegate and memory_recursiveprot from everybody.
 */
static int host_groups(const struct plan_mount *m, struct err *e)
{
	auto_close int fd = sys_clone_mount(AT_FDCWD, CGROUP_MOUNT, 0);

	if (fd < 0 || sys_mount_attr(fd, attributes(m), 0, MS_PRIVATE, 0))
		return err_set(e, ERR_SYSTEM, errno, "mount on %s", m->target);
	return take_fd(&fd);
}

/* What the parent makes, while the host's files can be reached and memory is at hand. */
static int prepare_one(struct inside *in, size_t i, struct err *e)
{
	const struct plan_mount *m = PLAN_MOUNT(in->plan, i);

	switch (m->kind) {
	case PLAN_MOUNT_BIND:
	case PLAN_MOUNT_VOLUME:
		in->binds[i] = copy_bind(in, m, e);
		break;
	case PLAN_MOUNT_DEV:
		in->binds[i] = devices_make(in, m, e);
		break;
	case PLAN_MOUNT_COPY:
		in->binds[i] = copies_make(in, i, e);
		break;
	case PLAN_MOUNT_IMAGE:
		if (in->userns < 0)
			return prepare_image(in, i, e);
		in->binds[i] = userns_image(in, m, e);
		break;
	case PLAN_MOUNT_SYSFS:
		/* One that is joined with its user name space the container's root mounts itself. */
		if (in->userns < 0 || (in->plan->ns[PLAN_NS_NET].mode != PLAN_NS_HOST && !userns_other_net(in->plan)))
			return 0;
		in->binds[i] = new_sysfs(in, m, e);
		break;
	case PLAN_MOUNT_CGROUP:
		if (!sees_host_groups(in))
			return 0;
		in->binds[i] = host_groups(m, e);
		break;
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

/*
 * While we have the ids of the host still: the top of the queues' file system is of who made the name space of them, which the
 * root of a user name space is not, and a label is set by the owner.
 */
int mounts_before_user(struct inside *in, struct err *e)
{
	const char *label = in->plan->selinux.file_label;

	for (size_t i = 0; label && i < in->plan->mounts.len; i++) {
		const struct plan_mount *m = PLAN_MOUNT(in->plan, i);

		if (m->kind != PLAN_MOUNT_MQUEUE)
			continue;
		in->binds[i] = new_mqueue(m, label, e);
		if (in->binds[i] < 0)
			return -1;
	}
	return 0;
}

/* Type and options of what is mounted in one call; NULL: it is made first, to be filled, labelled or kept open. */
static const char *at_once(const struct inside *in, const struct plan_mount *m, bool copy_up, char *options, size_t room)
{
	const char *label = in->plan->selinux.file_label;
	struct fs_options o;

	*options = '\0';
	switch ((enum plan_mount_kind)m->kind) {
	case PLAN_MOUNT_TMPFS:
		if (copy_up)
			return NULL;
		tmpfs_options(m, label, &o);
		options_text(&o, options, room);
		return "tmpfs";
	case PLAN_MOUNT_DEVPTS:
		if (in->plan->process.terminal)
			return NULL;	/* its ptmx is opened by descriptor */
		devpts_options(m, label, &o);
		options_text(&o, options, room);
		return "devpts";
	case PLAN_MOUNT_CGROUP:
		if (in->place->cgroup->version == 2)
			return sees_host_groups(in) ? NULL : "cgroup2";
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
static int mount_at_once(const char *type, const struct plan_mount *m, const char *options, int to, const char *name,
			 struct err *e)
{
	unsigned long flags = (m->readonly ? MS_RDONLY : 0) | (m->noexec ? MS_NOEXEC : 0) | (m->dev ? 0 : MS_NODEV) |
			      (m->suid ? 0 : MS_NOSUID) | (m->nosymfollow ? MS_NOSYMFOLLOW : 0) | (m->nodiratime ? MS_NODIRATIME : 0) |
			      (m->atime == PLAN_NOATIME ? MS_NOATIME : m->atime == PLAN_STRICTATIME ? MS_STRICTATIME : 0);

	if ((to >= 0 && fchdir(to)) || mount(type, name, type, flags, options))
		return err_set(e, ERR_SYSTEM, errno, "%s on %s", type, m->target);
	return 0;
}

/*
 * A directory that devices_make() made in our own /dev, by its name there: the image has no say in that file system. NULL:
 * it is something else.
 */
static const char *own_dev_name(const struct inside *in, const struct plan_mount *m)
{
	return in->dev >= 0 && m->standard && strncmp(m->target, "/dev/", 5) == 0 && !strchr(m->target + 5, '/') ? m->target + 5 : NULL;
}

static int new_mount(struct inside *in, size_t i, int target, struct err *e)
{
	const struct plan_mount *m = PLAN_MOUNT(in->plan, i);
	const char *label = in->plan->selinux.file_label;

	switch ((enum plan_mount_kind)m->kind) {
	case PLAN_MOUNT_BIND:
	case PLAN_MOUNT_DEV:
	case PLAN_MOUNT_COPY:
	case PLAN_MOUNT_VOLUME:
		return in->binds[i];
	case PLAN_MOUNT_IMAGE:
		return in->binds[i] >= 0 ? in->binds[i] : new_image(in, i, e);
	case PLAN_MOUNT_PROC:
		return mounts_new_fs("proc", NULL, attributes(m), m->target, e);
	case PLAN_MOUNT_SYSFS:
		if (in->binds[i] >= 0)
			return in->binds[i];
		return mounts_new_fs("sysfs", NULL, attributes(m), m->target, e);
	case PLAN_MOUNT_MQUEUE:
		return in->binds[i] >= 0 ? in->binds[i] : new_mqueue(m, label, e);
	case PLAN_MOUNT_DEVPTS:
		return new_devpts(m, label, e);
	case PLAN_MOUNT_TMPFS:
		return copyup_new_tmpfs(m, label, target, e);	/* the others: at_once() */
	case PLAN_MOUNT_CGROUP:
		return in->binds[i];	/* the others: at_once() */
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

	if (bind >= 0 && m->kind != PLAN_MOUNT_DEV && fstat(bind, &st))
		return err_set(e, ERR_SYSTEM, errno, "mount on %s", m->target);
	to = path_in_root_make(in->root, m->target, S_ISDIR(st.st_mode), e);
	return to < 0 ? err_context(e, "mount on %s", m->target) : to;
}

/* Of one that the start makes there is nothing to copy, not even its mode. */
static bool has_directory(const struct inside *in, const char *target)
{
	struct err ignored;
	auto_leave int fd = path_in_root_open(in->root, target, O_PATH | O_DIRECTORY, 0, &ignored);

	return fd >= 0;
}

/*
 * cgroup v1: systemd in the container keeps its own groups in the hierarchy without controllers, from the container's group down, which
 * is all that the cgroup name space shows. A hierarchy's top alone has a release_agent (kernel/cgroup/cgroup-v1.c).
 */
static int add_named_hierarchy(struct inside *in, const struct plan_mount *on, struct err *e)
{
	static char below[] = CGROUP_MOUNT "/systemd";
	const struct plan_mount m = { .target = below, .noexec = true };
	auto_leave int to = -1, made = -1;

	if (on->readonly || in->place->cgroup->version == 2)
		return 0;
	to = path_in_root_make(in->root, m.target, true, e);
	in->working = -1;
	if (to < 0 || mount_at_once("cgroup", &m, "none,name=systemd", to, ".", e))
		return err_context(e, "cgroup hierarchy name=systemd");
	made = path_in_root_open(in->root, m.target, O_PATH | O_DIRECTORY, 0, e);
	if (made < 0)
		return -1;
	if (faccessat(made, "release_agent", F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
		return err_set(e, ERR_STATE, 0, "cgroup hierarchy name=systemd: the container has no group of its own in it");
	return 0;
}

static int attach(struct inside *in, size_t i, struct err *e)
{
	const struct plan_mount *m = PLAN_MOUNT(in->plan, i);
	char options[LABEL_MAX + 128];
	bool copy_up = m->copy_up && has_directory(in, m->target);
	const char *type = at_once(in, m, copy_up, options, sizeof(options)), *name = type ? own_dev_name(in, m) : NULL;
	auto_leave int to = -1;
	auto_close int fd = -1;

	if (name) {
		bool there = in->working == in->dev;

		in->working = in->dev;
		return mount_at_once(type, m, options, there ? -1 : in->dev, name, e);
	}
	to = open_target(in, m, in->binds[i], e);
	if (to < 0)
		return -1;
	if (type) {
		in->working = -1;
		if (mount_at_once(type, m, options, to, ".", e))
			return -1;
		return m->kind == PLAN_MOUNT_CGROUP && in->plan->process.systemd ? add_named_hierarchy(in, m, e) : 0;
	}
	fd = new_mount(in, i, to, e);
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

/* Paths of an image's mount begin here (rootfs_prepare()), and other mounts change the working directory. */
static int open_layers(struct inside *in, struct err *e)
{
	bool wanted = false;

	for (size_t i = 0; i < in->plan->mounts.len; i++)
		wanted |= in->images[i] != NULL;
	if (!wanted)
		return 0;
	in->layers = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return in->layers < 0 ? err_set(e, ERR_SYSTEM, errno, "layers directory") : 0;
}

int mounts_attach(struct inside *in, struct err *e)
{
	if (open_layers(in, e))
		return -1;
	for (size_t i = 0; i < in->plan->mounts.len; i++)
		if (attach(in, i, e))
			return -1;
	return 0;
}
