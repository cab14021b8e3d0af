/* SPDX-License-Identifier: Apache-2.0 */
/* selinuxfs.c - reading the state of SELinux and asking the loaded policy. */
#include "selinux/selinuxfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/io.h"
#include "launcher/base/path.h"
#include "launcher/base/str.h"

#define SELINUXFS "/sys/fs/selinux"

enum { CONFIG_BYTES_MAX = 64 << 10 };

static int is_registered(bool *ret, struct err *e)
{
	auto_close int fd = open("/proc/filesystems", O_RDONLY | O_CLOEXEC);
	auto_str struct str text = { 0 };

	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "open /proc/filesystems");
	if (io_read_to_str(fd, CONFIG_BYTES_MAX, "/proc/filesystems", &text, e))
		return -1;
	*ret = text.text && strstr(text.text, "\tselinuxfs\n");
	return 0;
}

/*
 * The kernel registers selinuxfs exactly when SELinux was not disabled at boot, and makes its mount point in sysfs first
 * (init_sel_fs()): without the latter, on what is sysfs, there is none.
 */
static int kernel_has_selinux(bool *ret, struct err *e)
{
	struct statfs fs;

	if (access(SELINUXFS, F_OK) && errno == ENOENT && statfs("/sys/fs", &fs) == 0 && (unsigned long)fs.f_type == SYSFS_MAGIC) {
		*ret = false;
		return 0;
	}
	return is_registered(ret, e);
}

static int open_checked(int *ret_fd, struct err *e)
{
	auto_close int fd = open(SELINUXFS, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return err_set(e, ERR_LABEL, errno, "open " SELINUXFS);
	if (fstatfs(fd, &fs))
		return err_set(e, ERR_SYSTEM, errno, "statfs " SELINUXFS);
	if ((unsigned long)fs.f_type != SELINUX_MAGIC)
		return err_set(e, ERR_LABEL, 0, SELINUXFS " is not a selinuxfs");
	*ret_fd = take_fd(&fd);
	return 0;
}

int selinuxfs_open(struct err *e)
{
	bool has;
	int fd = -1;

	if (kernel_has_selinux(&has, e))
		return -1;
	if (!has)
		return err_set(e, ERR_LABEL, 0, "SELinux is not enabled in the running kernel");
	if (open_checked(&fd, e))
		return err_context(e, "SELinux is enabled but hidden");
	return fd;
}

int selinuxfs_read(int selinuxfs, const char *path, char *buf, size_t n, struct err *e)
{
	auto_close int fd = path_below_open(selinuxfs, path, O_RDONLY, true, e);
	ssize_t got;

	if (fd < 0)
		return err_context(e, SELINUXFS);
	got = read(fd, buf, n - 1);
	if (got < 0)
		return err_set(e, ERR_SYSTEM, errno, "read " SELINUXFS "/%s", path);
	buf[got] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

int selinuxfs_ask(int selinuxfs, const char *path, const char *question, char *buf, size_t n,
		  struct err *e)
{
	auto_close int fd = path_below_open(selinuxfs, path, O_RDWR, true, e);
	ssize_t got;

	if (fd < 0)
		return err_context(e, SELINUXFS);
	/* The kernel takes a question in one write only, and answers on the same open file. */
	if (write(fd, question, strlen(question)) < 0)
		return err_set(e, errno == EINVAL ? ERR_LABEL : ERR_SYSTEM, errno,
			       "write " SELINUXFS "/%s", path);
	got = read(fd, buf, n);
	if (got < 0)
		return err_set(e, ERR_SYSTEM, errno, "read " SELINUXFS "/%s", path);
	if ((size_t)got >= n)
		return err_set(e, ERR_LIMIT, 0, SELINUXFS "/%s: answer over %zu bytes", path, n - 1);
	buf[got] = '\0';
	return 0;
}

static int read_flag(int selinuxfs, const char *path, bool *ret, struct err *e)
{
	char text[16];

	if (selinuxfs_read(selinuxfs, path, text, sizeof(text), e))
		return -1;
	if (strcmp(text, "0") && strcmp(text, "1"))
		return err_set(e, ERR_LABEL, 0, SELINUXFS "/%s says \"%s\"", path, text);
	*ret = text[0] == '1';
	return 0;
}

/* For records and status only, so a host without the file is no error (man 5 selinux_config). */
static int read_policy_name(char *ret, size_t n, struct err *e)
{
	auto_close int dir = -1;
	auto_str struct str text = { 0 };
	struct err missing;

	ret[0] = '\0';
	dir = path_open_trusted_dir("/etc/selinux", false, &missing);
	if (dir < 0)
		return 0;
	if (io_read_file_at(dir, "config", CONFIG_BYTES_MAX, &text, e))
		return e->reason == ERR_NOTFOUND ? 0 : err_context(e, "/etc/selinux");
	for (const char *line = text.text ? text.text : ""; *line; line += *line == '\n') {
		size_t len = strcspn(line, "\n");

		if (!strncmp(line, "SELINUXTYPE=", 12) && len > 12 && len - 12 < n)
			snprintf(ret, n, "%.*s", (int)(len - 12), line + 12);
		line += len;
	}
	return 0;
}

int selinux_status_read(struct selinux_status *ret, struct err *e)
{
	struct selinux_status s = { 0 };
	auto_close int fs = -1;
	bool has;

	if (kernel_has_selinux(&has, e))
		return -1;
	if (!has) {
		*ret = s;
		return 0;
	}
	s.enabled = true;
	fs = selinuxfs_open(e);
	if (fs < 0)
		return -1;
	if (read_flag(fs, "enforce", &s.enforcing, e) || read_flag(fs, "mls", &s.mls, e) ||
	    read_policy_name(s.policy, sizeof(s.policy), e))
		return -1;
	*ret = s;
	return 0;
}
