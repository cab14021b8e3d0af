/* SPDX-License-Identifier: Apache-2.0 */
/* program.c - see program.h. */
#include "launcher/cli/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "launcher/base/str.h"
#include "launcher/plan/plan.h"
#include "launcher/runtime/sys.h"

#define SELF "/proc/self/exe"

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int program_linked(char **ret, struct err *e)
{
	char text[PATH_MAX];
	ssize_t n = readlink(SELF, text, sizeof(text) - 1);

	if (n <= 0 || *text != '/')
		return err_set(e, ERR_SYSTEM, errno, "our own program");
	text[n] = '\0';
	return str_copy(text, ret, e);
}

/* A path in some directory is what the kernel knows of a file that is there. */
static bool says_where(const char *link)
{
	return strrchr(link, '/') != link && !str_ends(link, " (deleted)");
}

/*
 * From the mount that program_protect() made, the kernel's link names only the file; then argv[0] is ours, and has to
 * be the file that runs. An argv[0] of another's making is looked at only by who can make such mounts: root.
 */
int program_own(char **ret, struct err *e)
{
	auto_free char *text = NULL;
	struct stat self, there;

	if (program_linked(&text, e))
		return -1;
	if (says_where(text)) {
		*ret = take_ptr(&text);
		return 0;
	}
	if (stat(SELF, &self))
		return err_set(e, ERR_SYSTEM, errno, "our own program");
	if (stat(text, &there) == 0 && same_file(&self, &there)) {
		*ret = take_ptr(&text);
		return 0;
	}
	if (program_invocation_name[0] == '/' && stat(program_invocation_name, &there) == 0 && same_file(&self, &there))
		return str_copy(program_invocation_name, ret, e);
	return err_set(e, ERR_SYSTEM, 0, "our own program is no longer at %s", text);
}

int program_helpers(const char *own, char **ret, struct err *e)
{
	auto_free char *dir = NULL, *beside = NULL;
	char *slash;

	if (str_copy(own, &dir, e))
		return -1;
	*strrchr(dir, '/') = '\0';
	if (str_print(&beside, e, "%s/secctr-monitor", dir))
		return -1;
	if (access(beside, X_OK) == 0) {
		*ret = take_ptr(&dir);
		return 0;
	}
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	return str_print(ret, e, "%s/libexec/secctr", dir);
}

int program_beside(const char *own, const char *name, char **ret, struct err *e)
{
	auto_free char *dir = NULL;

	return program_helpers(own, &dir, e) || str_print(ret, e, "%s/%s", dir, name) ? -1 : 0;
}

/* The directory's mount, not the file's alone: so the kernel's name for what runs (comm=, exe=) still says secctr. */
static int clone_directory(char *path, const char **ret_name, struct err *e)
{
	char *slash = strrchr(path, '/');
	struct stat self, there;
	auto_close int dir = -1, copy = -1;

	*slash = '\0';
	*ret_name = slash + 1;
	dir = open(*path ? path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, ERR_SYSTEM, errno, "%s", path);
	copy = sys_clone_mount(dir, "", 0);
	if (copy < 0 || sys_mount_attr(copy, MOUNT_ATTR_RDONLY, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "read-only mount of %s", path);
	if (stat(SELF, &self) || fstatat(copy, *ret_name, &there, AT_SYMLINK_NOFOLLOW) || !same_file(&self, &there))
		return err_set(e, ERR_SYSTEM, 0, "our own program was replaced in %s", path);
	return take_fd(&copy);
}

/* SELinux that is not enforcing counts as `labelled`: the label is for the one exec that follows. */
static int find_exposed(struct context *c, bool *ret_labelled, struct err *e)
{
	struct statvfs fs;
	struct err ignored;

	c->exposed = *ret_labelled = false;
	if (getauxval(AT_EUID) != 0)
		return 0;	/* refused for that, later and in better words */
	if (statvfs(SELF, &fs))
		return err_set(e, ERR_SYSTEM, errno, "our own program");
	if (fs.f_flag & ST_RDONLY)
		return 0;
	/* Where it hides nothing is started: who asks next says so, and records it. */
	(void)!context_selinux(c, &ignored);
	*ret_labelled = c->selinux.enabled;
	c->exposed = !c->selinux.enabled || !c->selinux.enforcing;
	return 0;
}

int program_guard(struct context *c, const char *const argv[], struct err *e)
{
	bool labelled;

	c->argv = argv;
	if (find_exposed(c, &labelled, e))
		return -1;
	return c->exposed && labelled ? program_protect(c, e) : 0;
}

int program_read_only(const char *dir, const char *name, struct err *e)
{
	auto_free char *path = NULL;
	auto_close int fd = -1;

	if (str_print(&path, e, "%s/%s", dir, name))
		return -1;
	fd = sys_clone_mount(AT_FDCWD, path, 0);
	if (fd < 0 || sys_mount_attr(fd, MOUNT_ATTR_RDONLY, 0, 0, 0))
		return err_set(e, ERR_SYSTEM, errno, "read-only mount of %s", path);
	return take_fd(&fd);
}

int program_last(struct context *c, const struct plan *p, bool descriptors, int *ret_last, struct err *e)
{
	auto_free char *own = NULL, *helpers = NULL;

	if (!c->exposed)
		return 0;
	if (descriptors || p->ns[PLAN_NS_USER].mode != PLAN_NS_HOST || p->ns[PLAN_NS_PID].mode == PLAN_NS_HOST)
		return program_protect(c, e);
	if (program_own(&own, e) || program_helpers(own, &helpers, e))
		return -1;
	*ret_last = program_read_only(helpers, "secctr-exec", e);
	return *ret_last < 0 ? -1 : 0;
}

int program_protect(struct context *c, struct err *e)
{
	const char *const *argv = c->argv;
	auto_free char *own = NULL, *path = NULL;
	auto_strv struct strv again = { 0 };
	auto_close int dir = -1;
	const char *name;

	if (!c->exposed)
		return 0;
	if (program_linked(&own, e) || str_copy(own, &path, e) || strv_add(&again, own, e))
		return -1;	/* clone_directory() looks whether it is the file that runs */
	for (size_t i = 1; argv[0] && argv[i]; i++)
		if (strv_add(&again, argv[i], e))
			return -1;
	dir = clone_directory(path, &name, e);
	if (dir < 0)
		return -1;
	execveat(dir, name, again.item, environ, 0);
	return err_set(e, ERR_SYSTEM, errno, "%s from a read-only mount", own);
}
