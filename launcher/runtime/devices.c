/* SPDX-License-Identifier: Apache-2.0 */
/* devices.c - /dev of a container: the standard nodes and links, and the host's devices that the plan names. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "launcher/plan/idmap.h"
#include "launcher/runtime/inside.h"

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

/* Each directory above the last component; the tree is new and nobody else's. */
static int make_parents(int dev, const char *name)
{
	char path[PATH_MAX];

	for (const char *at = strchr(name, '/'); at; at = strchr(at + 1, '/')) {
		(void)snprintf(path, sizeof(path), "%.*s", (int)(at - name), name);
		if (mkdirat(dev, path, 0755) && errno != EEXIST)
			return -1;
	}
	return 0;
}

/*
 * A node of the container's own, with the host's owner and mode: a bind of the host's node would let the container
 * change those of the host. The number must still be the one that was decided about.
 */
static int add_device(int dev, const struct plan_device *d, struct err *e)
{
	auto_close int host = inside_open_host(d->path, e);
	const char *name = d->target + strlen("/dev/");
	struct stat st;

	if (host < 0)
		return err_context(e, "device");
	if (fstat(host, &st) || !(*d->type == 'c' ? S_ISCHR(st.st_mode) : S_ISBLK(st.st_mode)) ||
	    major(st.st_rdev) != d->major || minor(st.st_rdev) != d->minor)
		return err_set(e, ERR_STATE, 0, "device %s is not %s %lld:%lld any more", d->path, d->type,
			       (long long)d->major, (long long)d->minor);
	if (d->mode != FIELD_NONE)
		st.st_mode = (st.st_mode & S_IFMT) | ((mode_t)d->mode & 07777);
	if (d->uid != FIELD_NONE)
		st.st_uid = (uid_t)d->uid;
	if (d->gid != FIELD_NONE)
		st.st_gid = (gid_t)d->gid;
	if (make_parents(dev, name) || mknodat(dev, name, st.st_mode, st.st_rdev) ||
	    fchownat(dev, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW))
		return err_set(e, ERR_SYSTEM, errno, "device %s on %s", d->path, d->target);
	return 0;
}

/* Who has what is made here: the container's root. */
struct owner {
	uid_t uid;
	gid_t gid;
	bool maker;		/* that is who makes it: the kernel gave it to him */
};

/* "" for the top. */
static int own(int fd, const char *name, const struct owner *o)
{
	return o->maker ? 0 : fchownat(fd, name, o->uid, o->gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
}

static int fill(int fd, const struct plan *p, struct err *e)
{
	static const char *const dirs[] = { "pts", "shm", "mqueue" };
	struct owner o = { .uid = (uid_t)idmap_host(&p->uid_map, 0), .gid = (gid_t)idmap_host(&p->gid_map, 0) };

	/* A supervisor is what it was executed as. */
	o.maker = o.uid == getauxval(AT_EUID) && o.gid == getauxval(AT_EGID);
	if (own(fd, "", &o))
		return err_set(e, ERR_SYSTEM, errno, "/dev");
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		if (mknodat(fd, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) ||
		    own(fd, nodes[i].name, &o))
			return err_set(e, ERR_SYSTEM, errno, "/dev/%s", nodes[i].name);
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (symlinkat(links[i].to, fd, links[i].name) || own(fd, links[i].name, &o))
			return err_set(e, ERR_SYSTEM, errno, "/dev/%s", links[i].name);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (mkdirat(fd, dirs[i], 0755) || own(fd, dirs[i], &o))
			return err_set(e, ERR_SYSTEM, errno, "/dev/%s", dirs[i]);
	for (size_t i = 0; i < p->devices.len; i++)
		if (PLAN_DEVICE(p, i)->path && add_device(fd, PLAN_DEVICE(p, i), e))
			return -1;
	return 0;
}

/* Filled before it is attached: nothing of the image's /dev is looked at (CVE-2026-41579). Modes: runtime_create()'s umask. */
int devices_make(const struct inside *in, const struct plan_mount *m, struct err *e)
{
	auto_close int fd = mounts_new_tmpfs(m, in->plan->selinux.file_label, e);

	return fd < 0 || fill(fd, in->plan, e) ? -1 : take_fd(&fd);
}
