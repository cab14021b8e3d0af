/* SPDX-License-Identifier: Apache-2.0 */
/* rootfs.c - the root of a container: overlay or directory, masks, and the way in. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "launcher/base/path.h"
#include "launcher/runtime/inside.h"
#include "launcher/runtime/sys.h"
#include "launcher/runtime/userns.h"

enum { OVERLAY_OPTIONS_MAX = 4095 };	/* mount(2) takes one page */

static int make_dir(int dir, const char *name, mode_t mode, struct err *e)
{
	if (mkdirat(dir, name, mode) && errno != EEXIST)
		return err_set(e, ERR_SYSTEM, errno, "%s of the container", name);
	return 0;
}

/*
 * Layer names are 71 bytes; some sixty fill the page. Above that each gets a short symbolic link in
 * the container's own (private) directory.
 */
int rootfs_layers(struct inside *in, const struct strv *layers, const char *links, struct str *s, struct err *e)
{
	bool many = layers->len > 40;
	char name[64], to[128];

	if (many && make_dir(in->place->dir, links, 0700, e))
		return -1;
	for (size_t i = layers->len; i-- > 0; ) {	/* overlayfs wants the topmost first */
		const char *hex = strchr(layers->item[i], ':') ? strchr(layers->item[i], ':') + 1 : layers->item[i];

		if (many) {
			snprintf(name, sizeof(name), "%s/%zu", links, i);
			snprintf(to, sizeof(to), "../../../layers/%s", hex);
			if (symlinkat(to, in->place->dir, name) && errno != EEXIST)
				return err_set(e, ERR_SYSTEM, errno, "layer link");
			if (str_addf(s, e, "../containers/%s/%s/%zu", in->plan->id, links, i))
				return -1;
		} else if (str_add(s, hex, e)) {
			return -1;
		}
		if (i && str_add(s, ":", e))
			return -1;
	}
	return 0;
}

static int prepare_overlay(struct inside *in, struct err *e)
{
	const char *label = in->plan->selinux.file_label;
	auto_str struct str s = { 0 };

	/* The container sees the mode of upper/ as that of its "/". */
	if (make_dir(in->place->dir, "upper", 0755, e) || make_dir(in->place->dir, "work", 0700, e))
		return -1;
	if (in->userns >= 0)
		return userns_overlay(in, e);
	if (str_add(&s, "lowerdir=", e) || rootfs_layers(in, &in->plan->root.layers, "l", &s, e) ||
	    str_addf(&s, e, ",upperdir=../containers/%s/upper,workdir=../containers/%s/work", in->plan->id,
		     in->plan->id) ||
	    (label && str_addf(&s, e, ",context=\"%s\"", label)))
		return -1;
	if (s.len > OVERLAY_OPTIONS_MAX)
		return err_set(e, ERR_LIMIT, 0, "%zu layers: mount options of %zu bytes, more than %d",
			       in->plan->root.layers.len, s.len, OVERLAY_OPTIONS_MAX);
	in->overlay = take_ptr(&s.text);
	return 0;
}

static int prepare_directory(struct inside *in, struct err *e)
{
	auto_close int source = inside_open_host(in->plan->root.path, e);
	uint64_t readonly = in->plan->root.readonly != 0 ? MOUNT_ATTR_RDONLY : 0;
	/* Before it leaves the peer group of the host's mount: what is mounted there from now on comes in. */
	bool slave = mounts_propagation(in->plan->root.propagation) == MS_SLAVE;
	struct statvfs fs;

	if (source < 0)
		return err_context(e, "root file system");
	in->root_copy = sys_clone_mount(source, "", 1);
	if (in->root_copy < 0 || (readonly && fstatvfs(in->root_copy, &fs)))
		return err_set(e, ERR_SYSTEM, errno, "root file system %s", in->plan->root.path);
	if (userns_shift(in, in->root_copy, in->plan->root.path, e))
		return -1;
	/* Read-only with all mounts below it; it alone again writable, for mount points, unless it never was. */
	if (sys_mount_attr(in->root_copy, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | readonly, 0, slave ? MS_SLAVE : MS_PRIVATE, 1) ||
	    (readonly && !(fs.f_flag & ST_RDONLY) && sys_mount_attr(in->root_copy, 0, MOUNT_ATTR_RDONLY, 0, 0)))
		return err_set(e, ERR_SYSTEM, errno, "mount options of %s", in->plan->root.path);
	return 0;
}

/*
 * A copy of the mount that people have (`secctr mount`): two overlays with one upper directory would not see each other's files.
 * Its flags are those of the mount alone, so the container's are not theirs.
 */
static int prepare_mounted(struct inside *in, struct err *e)
{
	in->root_copy = sys_clone_mount(*in->place->mounted, "", 0);
	if (in->root_copy < 0 || sys_mount_attr(in->root_copy, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
						MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY, MS_PRIVATE, 0))
		return err_set(e, ERR_SYSTEM, errno, "root file system: copy of the mount");
	return 0;
}

int rootfs_prepare(struct inside *in, struct err *e)
{
	bool beside = !in->plan->root.path;

	/* A directory that exists is mounted over the container's own; overlays name directories beside their root. */
	for (size_t i = 0; i < in->plan->mounts.len; i++)
		beside |= PLAN_MOUNT(in->plan, i)->kind == PLAN_MOUNT_IMAGE;
	if ((beside && make_dir(in->place->dir, "root", 0700, e)) ||
	    str_print(&in->at, e, "../containers/%s%s", in->plan->id, beside ? "/root" : ""))
		return -1;
	/*
	 * The working directory follows the init into its new mount name space (copy_mnt_ns(), fs/namespace.c);
	 * a descriptor does not, and nothing can be mounted on what belongs to the host's.
	 */
	if (fchdir(in->place->layers))
		return err_set(e, ERR_SYSTEM, errno, "layers directory");
	if (in->plan->root.path)
		return prepare_directory(in, e);
	return in->place->mounted ? prepare_mounted(in, e) : prepare_overlay(in, e);
}

int rootfs_mount(struct inside *in, struct err *e)
{
	/* Nothing mounted from here on may show outside, and nothing mounted outside may show here. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return err_set(e, ERR_SYSTEM, errno, "private mounts");
	if (copies_clone(in, e))
		return -1;
	if (in->overlay) {
		/* SELinux keeps us from loading modules; systemd does it at boot (modules-load.d). */
		if (mount("overlay", in->at, "overlay", MS_NOSUID | MS_NODEV, in->overlay))
			return err_set(e, ERR_SYSTEM, errno, errno == ENODEV ? "overlay file system: run `modprobe overlay`" :
				       "overlay of %zu layers", in->plan->root.layers.len);
	} else {
		if (sys_attach_mount_at(in->root_copy, in->at))
			return err_set(e, ERR_SYSTEM, errno, "root file system %s", in->plan->root.path ? in->plan->root.path : "");
		in->root = in->root_copy;
		return 0;
	}
	in->root = open(in->at, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in->root < 0)
		return err_set(e, ERR_SYSTEM, errno, "root file system");
	return 0;
}

/* From the host's own /dev, checked: the image's could be anything (CVE-2025-31133). Stays open (inside.h). */
static int open_null(struct err *e)
{
	int fd = inside_open_host("/dev/null", e);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(e, ERR_SYSTEM, 0, "/dev/null of the host is not the null device");
	return fd;
}

/*
 * Paths below /proc and /sys are those of our own mounts, wherever another container with the same root directory
 * has moved the mount point to meanwhile.
 */
static int open_covered(struct inside *in, const char *path, struct err *e)
{
	if (in->proc >= 0 && strncmp(path, "/proc/", 6) == 0)
		return path_in_root_open(in->proc, path + 6, O_PATH | O_NOFOLLOW, 0, e);
	if (in->sys >= 0 && strncmp(path, "/sys/", 5) == 0)
		return path_in_root_open(in->sys, path + 5, O_PATH | O_NOFOLLOW, 0, e);
	return path_in_root_open(in->root, path, O_PATH | O_NOFOLLOW, 0, e);
}

static bool is_missing(int sys)
{
	return sys == ENOENT || sys == ENOTDIR;
}

/* Something of the plan is mounted below `path`: a plain bind would not take it along. */
static bool mounted_below(const struct inside *in, const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < in->plan->mounts.len; i++) {
		const char *target = PLAN_MOUNT(in->plan, i)->target;

		if (strncmp(target, path, n) == 0 && target[n] == '/')
			return true;
	}
	return false;
}

/*
 * The name of `path` from our own /proc or /sys as working directory, or NULL: most of these paths, and one or two
 * calls for each where descriptors take six. The kernel alone makes the names there, and nobody else has this mount;
 * but the links below /proc/self and /proc/PID lead anywhere, so those go by descriptor.
 */
static const char *own_name(struct inside *in, const char *path)
{
	int top = in->proc;
	size_t n = 6;

	if (strncmp(path, "/sys/", 5) == 0) {
		top = in->sys;
		n = 5;
	} else if (strncmp(path, "/proc/", 6) != 0 || (path[6] >= '0' && path[6] <= '9') ||
		   strncmp(path + 6, "self", 4) == 0 || strncmp(path + 6, "thread-self", 11) == 0) {
		return NULL;
	}
	if (top < 0 || mounted_below(in, path))
		return NULL;
	if (in->working != top && fchdir(top))
		return NULL;
	in->working = top;
	return path + n;
}

/* By descriptor, wherever it is: an empty directory or the null device over it. */
static int mask_by_descriptor(struct inside *in, const char *path, int null, struct err *e)
{
	struct err missing;
	auto_close int to = open_covered(in, path, &missing), cover = -1;

	if (to < 0 && is_missing(missing.sys))
		return 0;
	if (to < 0) {
		*e = missing;
		return -1;
	}
	in->working = -1;
	/* What can be a working directory is a directory. */
	if (fchdir(to) == 0) {
		if (mount("tmpfs", ".", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, in->cover))
			return err_set(e, ERR_SYSTEM, errno, "mask of %s", path);
		return 0;
	}
	if (errno == ENOTDIR)
		cover = sys_clone_mount(null, "", 0);
	if (cover < 0 || sys_attach_mount(cover, to))
		return err_set(e, ERR_SYSTEM, errno, "mask of %s", path);
	return 0;
}

/* Of the kernel's own files: to try the right kind of mask first. */
static bool is_mostly_file(const char *name)
{
	static const char *const files[] = { "interrupts", "kcore", "keys", "kallsyms", "timer_list" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (strcmp(name, files[i]) == 0)
			return true;
	return false;
}

/* What is not there needs no mask; what is there and cannot be masked ends the start. */
static int mask_one(struct inside *in, const char *path, int null, struct err *e)
{
	const char *name = own_name(in, path);

	if (!name)
		return mask_by_descriptor(in, path, null, e);
	/* A file. This still is the host's root, and its /dev/null what open_null() looked at. */
	if (is_mostly_file(name) && (mount("/dev/null", name, NULL, MS_BIND, NULL) == 0 || errno == ENOENT))
		return 0;
	if (mount("tmpfs", name, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, in->cover) == 0)
		return 0;
	if (errno == ENOTDIR && mount("/dev/null", name, NULL, MS_BIND, NULL) == 0)
		return 0;
	return is_missing(errno) ? 0 : err_set(e, ERR_SYSTEM, errno, "mask of %s", path);
}

int rootfs_mask(struct inside *in, struct err *e)
{
	const struct strv *masked = &in->plan->root.masked;
	const char *label = in->plan->selinux.file_label;
	int null = masked->len ? open_null(e) : -1;

	if (masked->len && null < 0)
		return -1;
	snprintf(in->cover, sizeof(in->cover), "size=4096%s%s%s", label ? ",context=\"" : "", label ? label : "",
		 label ? "\"" : "");
	for (size_t i = 0; i < masked->len; i++)
		if (mask_one(in, masked->item[i], null, e))
			return -1;
	return 0;
}

static int readonly_by_descriptor(struct inside *in, const char *path, struct err *e)
{
	struct err missing;
	auto_close int to = open_covered(in, path, &missing), copy = -1;

	if (to < 0 && is_missing(missing.sys))
		return 0;
	if (to < 0) {
		*e = missing;
		return -1;
	}
	copy = sys_clone_mount(to, "", 1);
	if (copy < 0 || sys_mount_attr(copy, MOUNT_ATTR_RDONLY, 0, 0, 1) || sys_attach_mount(copy, to))
		return err_set(e, ERR_SYSTEM, errno, "read-only %s", path);
	return 0;
}

static int readonly_one(struct inside *in, const char *path, struct err *e)
{
	/* A remount sets all flags anew: those that both file systems are mounted with. */
	const unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
	const char *name = own_name(in, path);

	if (!name)
		return readonly_by_descriptor(in, path, e);
	if (mount(name, name, NULL, MS_BIND, NULL))
		return is_missing(errno) ? 0 : err_set(e, ERR_SYSTEM, errno, "read-only %s", path);
	return mount(NULL, name, NULL, flags, NULL) ? err_set(e, ERR_SYSTEM, errno, "read-only %s", path) : 0;
}

int rootfs_readonly_paths(struct inside *in, struct err *e)
{
	const struct strv *paths = &in->plan->root.readonly_paths;

	in->working = -1;
	for (size_t i = 0; i < paths->len; i++)
		if (readonly_one(in, paths->item[i], e))
			return -1;
	return 0;
}

static int set_propagation(int word)
{
	bool below = word == PLAN_RSHARED || word == PLAN_RUNBINDABLE;

	return mount(NULL, "/", NULL, mounts_propagation(word) | (below ? MS_REC : 0), NULL);
}

int rootfs_enter(struct inside *in, struct err *e)
{
	/* Last, because mount points were made in it. */
	if (in->plan->root.readonly != 0 && sys_mount_attr(in->root, MOUNT_ATTR_RDONLY, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "read-only root");
	if (fchdir(in->root) || sys_pivot_root(".", "."))
		return err_set(e, ERR_SYSTEM, errno, "pivot_root");
	/* The old root lies on top of the new one at the same place: this lets go of it. */
	if (umount2(".", MNT_DETACH) || chdir("/"))
		return err_set(e, ERR_SYSTEM, errno, "leaving the host's root");
	/* pivot_root(2) takes no shared one. The group is a new one: nothing of the host is in it. */
	if (in->plan->root.propagation > PLAN_RSLAVE && set_propagation(in->plan->root.propagation))
		return err_set(e, ERR_SYSTEM, errno, "linux.rootfsPropagation: %s", plan_propagation_words[in->plan->root.propagation]);
	in->process.at_top = true;
	return 0;
}
