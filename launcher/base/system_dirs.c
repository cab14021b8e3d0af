/* SPDX-License-Identifier: Apache-2.0 */
/* system_dirs.c - the list of host directories that stay as they are, and how to recognise them. */
#include "launcher/base/system_dirs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/base/proc.h"
#include "launcher/base/str.h"

enum reach {
	SELF,		/* this directory; what is in it may be a volume */
	CHILDREN,	/* and its direct children: home directories themselves */
	TREE,		/* and all that is in it */
};

static const struct {
	const char *path;
	enum reach reach;
} system_list[] = {
	{ "/", SELF },
	/* the system's own programs, settings and kernel interfaces */
	{ "/bin", TREE }, { "/boot", TREE }, { "/dev", TREE }, { "/efi", TREE }, { "/etc", TREE },
	{ "/lib", TREE }, { "/lib32", TREE }, { "/lib64", TREE }, { "/libx32", TREE }, { "/proc", TREE },
	{ "/sbin", TREE }, { "/sys", TREE }, { "/usr", TREE },
	/* shared by many: a directory in them may be a volume, they may not */
	{ "/home", CHILDREN }, { "/media", SELF }, { "/mnt", SELF }, { "/opt", SELF }, { "/root", SELF },
	{ "/run", SELF }, { "/srv", SELF }, { "/tmp", SELF }, { "/var", SELF }, { "/var/cache", SELF },
	{ "/var/lib", SELF }, { "/var/log", SELF }, { "/var/spool", SELF }, { "/var/tmp", SELF },
	/* what decides who may do what, and the record of it */
	{ "/root/.ssh", TREE }, { "/run/dbus", TREE }, { "/run/secctr", TREE }, { "/run/systemd", TREE },
	{ "/run/user", CHILDREN }, { "/var/lib/dpkg", TREE }, { "/var/lib/rpm", TREE },
	{ "/var/lib/secctr", TREE }, { "/var/lib/selinux", TREE }, { "/var/lib/systemd", TREE },
	{ "/var/log/audit", TREE }, { "/var/log/journal", TREE }, { "/var/spool/at", TREE },
	{ "/var/spool/cron", TREE },
};

_Static_assert(ARRAY_LEN(system_list) + SYSTEM_DIRS_OWN_MAX <= SYSTEM_DIRS_MAX, "struct system_dirs has too few places");

int system_dirs_find(struct system_dirs *ret, struct err *e)
{
	struct stat st;

	ret->len = ret->own = 0;
	for (size_t i = 0; i < ARRAY_LEN(system_list); i++) {
		struct system_dir *dir = &ret->at[ret->len++];

		*dir = (struct system_dir){ .path = system_list[i].path, .reach = system_list[i].reach };
		if (stat(dir->path, &st)) {
			if (errno == ENOENT || errno == ENOTDIR)
				continue;
			return err_set(e, ERR_SYSTEM, errno, "stat %s", dir->path);
		}
		dir->there = true;
		dir->dev = st.st_dev;
		dir->ino = st.st_ino;
	}
	return 0;
}

int system_dirs_add(struct system_dirs *dirs, int fds, int fd, struct err *e)
{
	char name[16], *path;
	struct stat st;
	ssize_t n;

	if (dirs->own == SYSTEM_DIRS_OWN_MAX)
		return err_set(e, ERR_INTERNAL, 0, "more than %d directories beside those of the system", SYSTEM_DIRS_OWN_MAX);
	path = dirs->own_path[dirs->own];
	snprintf(name, sizeof(name), "%d", fd);
	n = readlinkat(fds, name, path, PATH_MAX);
	if (n < 0 || n >= PATH_MAX || fstat(fd, &st))
		return err_set(e, ERR_SYSTEM, n >= PATH_MAX ? ENAMETOOLONG : errno, "find the path of the store");
	path[n] = '\0';
	if (path[0] != '/' || !st.st_nlink)
		return err_set(e, ERR_STATE, 0, "%.200s: the store has no path any more", path);
	dirs->own++;
	dirs->at[dirs->len++] = (struct system_dir){ .path = path, .reach = TREE, .there = true, .dev = st.st_dev, .ino = st.st_ino };
	return 0;
}

const char *system_dirs_by_inode(const struct system_dirs *dirs, const struct stat *st)
{
	for (size_t i = 0; i < dirs->len; i++)
		if (dirs->at[i].there && dirs->at[i].dev == st->st_dev && dirs->at[i].ino == st->st_ino)
			return dirs->at[i].path;
	return NULL;
}

static bool reaches(const struct system_dir *dir, const char *path)
{
	if (!strcmp(path, dir->path))
		return true;
	if (dir->reach == SELF || !path_has_prefix(path, dir->path))
		return false;
	return dir->reach == TREE || !strchr(path + strlen(dir->path) + 1, '/');
}

int system_dirs_by_path(const struct system_dirs *dirs, const char *path, struct err *e)
{
	for (size_t i = 0; i < dirs->len; i++)
		if (reaches(&dirs->at[i], path))
			return err_set(e, ERR_POLICY, 0, "%.200s is%s the system directory %s", path,
				       strcmp(path, dirs->at[i].path) ? " in" : "", dirs->at[i].path);
	return 0;
}

/* One line of proc_pid_mountinfo(5); the strings are cut out of the text in place. */
struct mount_line {
	unsigned long long id;
	const char *device, *root, *point;
};

/* Blank, tab, newline and backslash stand as \ooo. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* "ID PARENT MAJ:MIN ROOT POINT ..." */
static int cut_line(char *line, struct mount_line *ret, struct err *e)
{
	char *word[5], *next = line;

	for (int i = 0; i < 5; i++) {
		word[i] = strsep(&next, " ");
		if (!word[i])
			return err_set(e, ERR_SYSTEM, 0, "mountinfo: line of less than five words");
	}
	unescape(word[3]);
	unescape(word[4]);
	*ret = (struct mount_line){ .device = word[2], .root = word[3], .point = word[4] };
	if (sscanf(word[0], "%llu", &ret->id) != 1)
		return err_set(e, ERR_SYSTEM, 0, "mountinfo: line without a number");
	return 0;
}

/* `path` relative to `dir`, "" or with a leading '/'; NULL if it is not in it. */
static const char *below(const char *path, const char *dir)
{
	if (!strcmp(dir, "/"))
		return strcmp(path, "/") ? path : "";
	return path_has_prefix(path, dir) ? path + strlen(dir) : NULL;
}

/* dir + rest, where either may be the root. */
static int join(const char *dir, const char *rest, char ret[static PATH_MAX], struct err *e)
{
	int n = snprintf(ret, PATH_MAX, "%s%s", *rest && !strcmp(dir, "/") ? "" : dir, rest);

	if (n < 0 || n >= PATH_MAX)
		return err_set(e, ERR_LIMIT, 0, "path over %d bytes: %.200s", PATH_MAX - 1, dir);
	return 0;
}

static int read_mounts(int procfd, struct str *text, struct mount_line **ret, size_t *ret_len,
		       struct err *e)
{
	auto_close int fd = proc_open(procfd, "thread-self/mountinfo", O_RDONLY, e);
	auto_free struct mount_line *lines = NULL;
	size_t n = 0, room = 1;
	char *next, *line;

	if (fd < 0 || io_read_to_str(fd, SYSTEM_DIRS_MOUNTINFO_MAX, "mountinfo", text, e))
		return -1;
	for (size_t i = 0; i < text->len; i++)
		room += text->text[i] == '\n';
	lines = calloc(room, sizeof(*lines));
	if (!lines)
		return err_set(e, ERR_SYSTEM, ENOMEM, "mountinfo");
	for (next = text->text; (line = strsep(&next, "\n"));)
		if (*line && cut_line(line, &lines[n++], e))
			return -1;
	*ret = take_ptr(&lines);
	*ret_len = n;
	return 0;
}

int system_dirs_by_mount(const struct system_dirs *dirs, int procfd, int fd, const char *path, struct err *e)
{
	auto_free struct mount_line *lines = NULL;
	const struct mount_line *own = NULL;
	auto_str struct str text = { 0 };
	char inside[PATH_MAX], alias[PATH_MAX];
	const char *rest;
	struct statx sx;
	size_t n = 0;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx) || !(sx.stx_mask & STATX_MNT_ID))
		return err_set(e, ERR_SYSTEM, errno, "find the mount of %.200s", path);
	if (read_mounts(procfd, &text, &lines, &n, e))
		return -1;
	for (size_t i = 0; i < n && !own; i++)
		if (lines[i].id == sx.stx_mnt_id)
			own = &lines[i];
	rest = own ? below(path, own->point) : NULL;
	if (!rest)
		return err_set(e, ERR_POLICY, 0, "%.200s: its mount is not visible here", path);
	if (join(own->root, rest, inside, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		rest = strcmp(lines[i].device, own->device) ? NULL : below(inside, lines[i].root);
		if (!rest)
			continue;
		if (join(lines[i].point, rest, alias, e) || system_dirs_by_path(dirs, alias, e))
			return err_context(e, "through the mount on %.100s", lines[i].point);
	}
	return 0;
}
