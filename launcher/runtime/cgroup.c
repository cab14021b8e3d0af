/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup.c - make a container's control groups, or take those of its scope, and put processes in. */
#include "launcher/runtime/cgroup.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/ids.h"
#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/runtime/cgroup_delegate.h"
#include "launcher/runtime/cgroup_devices.h"
#include "launcher/runtime/cgroup_limits.h"
#include "launcher/runtime/cgroup_tree.h"

/* sd_booted(3) */
static bool systemd_runs(void)
{
	return faccessat(AT_FDCWD, "/run/systemd/system", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int cgroup_manager(const struct plan *p, int *ret, struct err *e)
{
	switch (p->cgroup_manager) {
	case PLAN_CGROUP_OPEN:
		*ret = systemd_runs() && access("/run/dbus/system_bus_socket", F_OK) == 0 && cgroup_is_v2()
			? PLAN_CGROUP_SYSTEMD : PLAN_CGROUPFS;
		return 0;
	case PLAN_CGROUP_SYSTEMD:
		if (!systemd_runs())
			return err_set(e, ERR_SYSTEM, 0, "cgroupManager: systemd is not the first process here");
		if (!cgroup_is_v2())
			return err_set(e, ERR_SYSTEM, 0, "cgroupManager: a scope of systemd needs cgroup v2 at "
				       CGROUP_MOUNT);
		break;
	case PLAN_CGROUP_SPLIT:
		if (!cgroup_is_v2())
			return err_set(e, ERR_SYSTEM, 0, "cgroupManager: a unit's control group is split on cgroup v2 only, at " CGROUP_MOUNT);
		break;
	default:
		break;
	}
	*ret = p->cgroup_manager;
	return 0;
}

static int parent_of(const struct plan *p, const char **ret, struct err *e)
{
	const char *parent = p->resources.cgroup_parent ? p->resources.cgroup_parent : "/secctr";

	if (!path_is_canonical(parent))
		return err_set(e, ERR_INPUT, 0, "resources.cgroupParent: %.128s is not an absolute path without "
			       "\".\", \"..\" and \"//\"", parent);
	if (strlen(parent) > CGROUP_PARENT_MAX)
		return err_set(e, ERR_LIMIT, 0, "resources.cgroupParent: more than %d bytes", CGROUP_PARENT_MAX);
	*ret = parent + 1;
	return 0;
}

static const char *name_of(const struct plan *p)
{
	return p->resources.cgroup_name ? p->resources.cgroup_name : p->id;
}

static int check_name(const struct plan *p, struct err *e)
{
	return p->resources.cgroup_name ? plan_group_name(p->resources.cgroup_name, e) : name_check("id", p->id, e);
}

/* Each group above the last component of `below`; they are shared and stay. */
static int make_parents(int top, const char *below)
{
	char path[PATH_MAX];

	for (const char *at = strchr(below, '/'); at; at = strchr(at + 1, '/')) {
		(void)snprintf(path, sizeof(path), "%.*s", (int)(at - below), below);
		if (mkdirat(top, path, 0755) && errno != EEXIST)
			return -1;
	}
	return 0;
}

/* A group born in a frozen one is frozen: what is cloned into it never runs and cannot be waited for. */
static int check_frozen(const struct cgroup_tree *t, const char *below, struct err *e)
{
	char path[PATH_MAX], state[128] = "";

	if (!t->v2 && !(t->controllers & 1u << CGROUP_FREEZER))
		return 0;
	(void)snprintf(path, sizeof(path), "%s/%s", below, t->v2 ? "cgroup.events" : "freezer.state");
	if (io_read_kernel_at(t->fd, path, state, sizeof(state), e))
		return err_context(e, "%s", t->path);
	if (strstr(state, t->v2 ? "frozen 1" : "FR") == NULL)
		return 0;
	return err_set(e, ERR_STATE, 0, "control group %s/%s: the group above it is frozen", t->path, below);
}

static int make_one(const struct cgroup_tree *t, const char *below, struct cgroup *cg, struct err *e)
{
	auto_free char *path = NULL;
	int r = mkdirat(t->fd, below, 0755);

	if (r && errno == ENOENT && make_parents(t->fd, below) == 0)
		r = mkdirat(t->fd, below, 0755);
	if (r)
		return err_set(e, errno == EEXIST ? ERR_EXISTS : ERR_SYSTEM, errno, "control group %s/%s: mkdir",
			       t->path, below);
	if (str_print(&path, e, "%s/%s", t->path, below) || strv_add(&cg->dirs, path, e)) {
		(void)unlinkat(t->fd, below, AT_REMOVEDIR);
		return -1;
	}
	if (t->v2) {
		cg->fd = openat(t->fd, below, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (cg->fd < 0)
			return err_set(e, ERR_SYSTEM, errno, "control group %s", path);
	}
	return check_frozen(t, below, e);
}

static int make_all(const struct plan *p, const struct cgroup_trees *trees, const char *below, struct cgroup *cg,
		    struct err *e)
{
	for (size_t i = 0; i < trees->len; i++)
		if (make_one(&trees->item[i], below, cg, e))
			return -1;
	return cgroup_limits_apply(&p->resources, trees, below, e) || cgroup_devices_apply(p, trees, below, cg->fd, e) ||
	       cgroup_delegate(p, trees, below, e) ? -1 : 0;
}

/* Everything, or nothing left behind. */
static int make_in(const struct plan *p, const struct cgroup_trees *trees, const char *below,
		   struct cgroup *ret, struct err *e)
{
	struct cgroup cg = CGROUP_INIT;
	struct err ignored;

	cg.version = trees->len == 1 && trees->item[0].v2 ? 2 : 1;
	if (make_all(p, trees, below, &cg, e)) {
		if (cgroup_remove(&cg.dirs, &ignored))
			(void)err_context(e, "(%.128s)", ignored.text);
		cgroup_done(&cg);
		return -1;
	}
	*ret = cg;
	return 0;
}

static int make_none(const struct plan *p, const char *why, struct cgroup *ret, struct err *e)
{
	const char *limit = p->devices.len ? "devices" : cgroup_limits_any(&p->resources);

	if (limit)
		return err_set(e, p->cgroup_manager == PLAN_CGROUP_NONE ? ERR_INPUT : ERR_SYSTEM, 0,
			       "%s: cannot be applied: %s", limit, why);
	*ret = (struct cgroup)CGROUP_INIT;
	return 0;
}

int cgroup_make(const struct plan *p, struct cgroup *ret, struct err *e)
{
	struct cgroup_trees trees = { 0 };
	auto_free char *path = NULL;
	const char *parent = NULL;
	int r;

	if (check_name(p, e) || cgroup_limits_check(&p->resources, e) || parent_of(p, &parent, e))
		return -1;
	if (p->cgroup_manager == PLAN_CGROUP_NONE)
		return make_none(p, "cgroupManager is none", ret, e);
	if (str_print(&path, e, "/%s%s%s", parent, *parent ? "/" : "", name_of(p)) || cgroup_trees_find(&trees, e))
		return -1;
	/* Where nothing asks for them a start does without three calls for each. */
	cgroup_trees_drop(&trees, ~0u << CGROUP_CPUSET & ~cgroup_limits_controllers(&p->resources));
	if (!trees.len)
		return make_none(p, "no control group hierarchy is mounted writable", ret, e);
	r = make_in(p, &trees, path + 1, ret, e);
	if (!r)
		ret->path = take_ptr(&path);
	cgroup_trees_done(&trees);
	return r;
}

int cgroup_find(const struct plan *p, struct strv *ret, struct err *e)
{
	struct cgroup_trees trees = { 0 };
	auto_free char *below = NULL;
	const char *parent = NULL;
	int manager, r = 0;

	if (check_name(p, e) || cgroup_manager(p, &manager, e) || parent_of(p, &parent, e))
		return -1;
	/* A path that an engine chose may be another's: what was made there is known from the state alone. */
	if (manager != PLAN_CGROUPFS || p->resources.cgroup_name)
		return 0;
	if (str_print(&below, e, "%s%s%s", parent, *parent ? "/" : "", name_of(p)) || cgroup_trees_find(&trees, e))
		return -1;
	for (size_t i = 0; i < trees.len && r == 0; i++) {
		auto_free char *path = NULL;
		struct stat st;

		if (fstatat(trees.item[i].fd, below, &st, AT_SYMLINK_NOFOLLOW) == 0)
			r = str_print(&path, e, "%s/%s", trees.item[i].path, below) || strv_add(ret, path, e) ? -1 : 0;
	}
	cgroup_trees_done(&trees);
	return r;
}

/* The group of a process, from the "0::" line of /proc/PID/cgroup (cgroups(7)), which has a line for each hierarchy of v1 too. */
enum { OWN_GROUPS_MAX = 4096 };
#define OWN_GROUPS "/proc/self/cgroup"
static int read_groups(int dir, const char *name, char *buf, size_t n, char **ret, struct err *e)
{
	char *line;

	if (io_read_kernel_at(dir, name, buf, n, e))
		return -1;
	line = strncmp(buf, "0::/", 4) == 0 ? buf : strstr(buf, "\n0::/");
	if (!line)
		return err_set(e, ERR_SYSTEM, 0, "%s: no cgroup v2 line", name);
	line += *line == '\n';
	line[strcspn(line, "\n")] = '\0';
	*ret = line + 3;
	return 0;
}

/* All that the unit has started by now, commands around us too; who joins meanwhile makes the next step fail, and nothing else. */
static int enter_all(int unit, struct err *e)
{
	char pids[OWN_GROUPS_MAX], *at = pids, *pid;
	struct err gone;

	if (io_read_kernel_at(unit, "cgroup.procs", pids, sizeof(pids), e))
		return -1;
	while ((pid = strsep(&at, "\n")))
		if (*pid && io_write_kernel_at(unit, "monitor/cgroup.procs", pid, &gone) && gone.sys != ESRCH) {
			*e = gone;
			return -1;
		}
	return 0;
}

/*
 * We go into SCOPE/monitor: processes in the scope itself would keep it from handing controllers down. In a unit's group that holds for
 * others too, and what an earlier start of the same unit left is as good as new.
 */
static int enter_monitor(int scope, const char *path, bool split, struct err *e)
{
	if (mkdirat(scope, "monitor", 0755) && !(split && errno == EEXIST))
		return err_set(e, ERR_SYSTEM, errno, "control group %s/monitor: mkdir", path);
	if (split ? enter_all(scope, e) : io_write_kernel_at(scope, "monitor/cgroup.procs", "0", e))
		return err_context(e, "%s", path);
	return 0;
}

/*
 * systemd marks what Delegate=yes hands over (CGROUP_DELEGATION.md of systemd), by an attribute that root alone can set. A group that belongs to
 * another user is none for us: who may write to it could take processes out of what is made in it.
 */
static bool is_delegated(const char *path)
{
	char at[PATH_MAX], value[4];
	struct stat st;

	return (size_t)snprintf(at, sizeof(at), CGROUP_MOUNT "%s", path) < sizeof(at) && lstat(at, &st) == 0 && st.st_uid == 0 &&
	       !(st.st_mode & 022) && lgetxattr(at, "trusted.delegate", value, sizeof(value)) == 1 && value[0] == '1';
}

/* Cuts our own path to the group that was given to our unit: we stand in it, or in its "monitor" since an earlier start. */
static int find_given(char *path, bool *inside, struct err *e)
{
	char *last = strrchr(path, '/');

	*inside = false;
	if (is_delegated(path))
		return 0;
	if (last > path && strcmp(last, "/monitor") == 0) {
		*last = '\0';
		*inside = true;
		if (is_delegated(path))
			return 0;
		*last = '/';
	}
	return err_set(e, ERR_STATE, 0, "cgroupManager: control group %s was not given to us by systemd: --cgroups=split is for a unit "
		       "with Delegate=yes", path);
}

/* How the path of the scope ends; an engine's is known whole. */
static void scope_end(const struct plan *p, const char *below, char *to, size_t n)
{
	const struct plan_resources *r = &p->resources;

	if (r->cgroup_name)
		(void)snprintf(to, n, "%s/%s%s", r->cgroup_parent && r->cgroup_parent[1] ? r->cgroup_parent : "", r->cgroup_name, below);
	else
		(void)snprintf(to, n, "/secctr-%.64s.scope%s", p->id, below);
}

bool cgroup_in_scope(const struct plan *p)
{
	char own[OWN_GROUPS_MAX], unit[PATH_MAX], *path;
	struct err ignored;

	scope_end(p, "/monitor", unit, sizeof(unit));
	return read_groups(AT_FDCWD, OWN_GROUPS, own, sizeof(own), &path, &ignored) == 0 && str_ends(path, unit);
}

static int find_scope(const struct plan *p, char *path, bool *inside, struct err *e)
{
	char unit[PATH_MAX];

	scope_end(p, "", unit, sizeof(unit));
	*inside = cgroup_in_scope(p);
	if (*inside)
		*strrchr(path, '/') = '\0';
	return str_ends(path, unit) ? 0 : err_set(e, ERR_STATE, 0, "control group %s is not our scope %s", path, unit + 1);
}

int cgroup_adopt(const struct plan *p, struct cgroup *ret, struct err *e)
{
	struct cgroup_trees trees = { .len = 1 };
	struct cgroup_tree *t = &trees.item[0];
	auto_close int fd = -1;
	bool split = p->cgroup_manager == PLAN_CGROUP_SPLIT, inside = false;
	char own[OWN_GROUPS_MAX], *path = NULL;

	if (check_name(p, e) || cgroup_limits_check(&p->resources, e) || read_groups(AT_FDCWD, OWN_GROUPS, own, sizeof(own), &path, e) ||
	    (split ? find_given(path, &inside, e) : find_scope(p, path, &inside, e)))
		return -1;
	if ((size_t)snprintf(t->path, sizeof(t->path), CGROUP_MOUNT "%s", path) >= sizeof(t->path))
		return err_set(e, ERR_LIMIT, 0, "control group %s: path too long", path);
	fd = open(t->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "control group %s", t->path);
	t->v2 = true;
	t->fd = fd;
	if ((!inside && enter_monitor(fd, t->path, split, e)) || make_in(p, &trees, "payload", ret, e))
		return -1;
	if (str_print(&ret->path, e, "%s/payload", path)) {
		cgroup_done(ret);
		return -1;
	}
	return 0;
}

/* Who enters a frozen group stops in the middle of what it does for us, and we would wait for it. */
static int check_thawed(int fd, const char *dir, bool v2, struct err *e)
{
	char state[128];
	struct err why;

	if (io_read_kernel_at(fd, v2 ? "cgroup.events" : "freezer.state", state, sizeof(state), &why)) {
		if (why.reason == ERR_NOTFOUND)
			return 0;	/* not the freezer's hierarchy */
		*e = why;
		return err_context(e, "%s", dir);
	}
	if (strstr(state, v2 ? "frozen 1" : "FR") == NULL)
		return 0;
	return err_set(e, ERR_STATE, 0, "control group %s: is frozen", dir);
}

static int open_one(const char *dir, struct cgroup *cg, struct err *e)
{
	auto_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_STATE : ERR_SYSTEM, errno, "control group %s", dir);
	if (fstatfs(fd, &fs))
		return err_set(e, ERR_SYSTEM, errno, "control group %s", dir);
	if (fs.f_type != CGROUP2_SUPER_MAGIC && fs.f_type != CGROUP_SUPER_MAGIC)
		return err_set(e, ERR_STATE, 0, "%s is not in a control group hierarchy", dir);
	if (check_thawed(fd, dir, fs.f_type == CGROUP2_SUPER_MAGIC, e))
		return -1;
	if (fs.f_type == CGROUP_SUPER_MAGIC)
		cg->version = 1;
	else if (!cg->dirs.len)
		cg->fd = take_fd(&fd);
	return strv_add(&cg->dirs, dir, e);
}

int cgroup_open(const struct strv *dirs, struct cgroup *ret, struct err *e)
{
	struct cgroup cg = CGROUP_INIT;

	cg.version = dirs->len ? 2 : 0;
	for (size_t i = 0; i < dirs->len; i++) {
		if (open_one(dirs->item[i], &cg, e)) {
			cgroup_done(&cg);
			return -1;
		}
	}
	*ret = cg;
	return 0;
}

/* Whoever named what is below the container's group is in the container: a name of cgroupfs has no "/" and is never "..". */
static const char *below_of(const char *path, const char *dir)
{
	size_t top = strlen(CGROUP_MOUNT), n = strlen(dir);

	if (n < top || strncmp(dir, CGROUP_MOUNT, top) != 0 || strncmp(path, dir + top, n - top) != 0)
		return NULL;
	return path[n - top] == '/' ? path + (n - top) : NULL;
}

int cgroup_follow(struct cgroup *cg, int procfd, pid_t pid, struct err *e)
{
	char text[OWN_GROUPS_MAX], name[32], *path;
	struct cgroup to = CGROUP_INIT;
	auto_free char *dir = NULL;
	const char *below;

	if (cg->version != 2 || cg->dirs.len != 1)
		return 0;
	(void)snprintf(name, sizeof(name), "%d/cgroup", (int)pid);
	if (read_groups(procfd, name, text, sizeof(text), &path, e))
		return -1;
	below = below_of(path, cg->dirs.item[0]);
	if (!below)
		return 0;
	to.version = 2;
	if (str_print(&dir, e, "%s%s", cg->dirs.item[0], below) || open_one(dir, &to, e)) {
		cgroup_done(&to);
		return -1;
	}
	cgroup_done(cg);
	*cg = to;
	return 0;
}

int cgroup_enter(const struct cgroup *cg, pid_t pid, bool cloned, struct err *e)
{
	char path[PATH_MAX], text[16];

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	for (size_t i = cloned && cg->fd >= 0; i < cg->dirs.len; i++) {
		if ((size_t)snprintf(path, sizeof(path), "%s/cgroup.procs", cg->dirs.item[i]) >= sizeof(path))
			return err_set(e, ERR_LIMIT, 0, "control group %.128s: path too long", cg->dirs.item[i]);
		if (io_write_kernel_at(AT_FDCWD, path, text, e))
			return err_context(e, "control group");
	}
	return 0;
}

void cgroup_done(struct cgroup *cg)
{
	close_fd_auto(&cg->fd);
	free_ptr_auto(&cg->path);
	strv_done(&cg->dirs);
	cg->version = 0;
}

/* systemd's scope is the top of what is ours; else all hierarchies, as cgroup_make() found them. */
static int trees_of(const struct strv *dirs, struct cgroup_trees *trees, struct err *e)
{
	struct cgroup_tree *t = &trees->item[0];
	const char *payload = dirs->len == 1 && str_ends(dirs->item[0], "/payload") ? strrchr(dirs->item[0], '/') : NULL;

	trees->len = 0;
	if (!payload)
		return cgroup_trees_find(trees, e);
	if (payload - dirs->item[0] >= (ptrdiff_t)sizeof(t->path))
		return err_set(e, ERR_LIMIT, 0, "control group %s: path too long", dirs->item[0]);
	*t = (struct cgroup_tree){ .v2 = true };
	memcpy(t->path, dirs->item[0], (size_t)(payload - dirs->item[0]));
	t->fd = open(t->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (t->fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "control group %s", t->path);
	trees->len = 1;
	return 0;
}

int cgroup_update(const char *path, const struct strv *dirs, const struct cgroup_change *change, struct err *e)
{
	const char *limit = cgroup_limits_any(change->now);
	struct cgroup_trees trees = { 0 };
	int r;

	if (!path || !dirs->len)
		return limit ? err_set(e, ERR_SYSTEM, 0, "%s: cannot be applied: the container has no control group", limit) : 0;
	if (trees_of(dirs, &trees, e))
		return -1;
	r = cgroup_limits_update(change, &trees, trees.len == 1 && str_ends(path, "/payload") ? "payload" : path + 1, e);
	cgroup_trees_done(&trees);
	return r;
}
