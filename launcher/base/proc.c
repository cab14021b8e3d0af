/* SPDX-License-Identifier: Apache-2.0 */
/* proc.c - a /proc of our own, and processes named by more than a number. */
#include "launcher/base/proc.h"

#include <poll.h>
#include <sys/ioctl.h>

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "launcher/base/cleanup.h"
#include "launcher/base/str.h"

enum {
	PROC_ROOT_INODE = 1,	/* PROC_ROOT_INO, include/linux/proc_fs.h */
	STAT_TEXT = 1024,	/* of proc_pid_stat(5): 52 numbers and a name of at most 64 bytes */
	STAT_STATE = 3,
	STAT_START = 22,
};

/* A mount that is in no tree: nothing can be mounted over it. -1 where we may not, without an error. */
static int detached_proc(void)
{
	auto_close int fs = fsopen("proc", FSOPEN_CLOEXEC);

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	return fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

int proc_check(int fd, struct err *e)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) || fs.f_type != PROC_SUPER_MAGIC || fstat(fd, &st) || st.st_ino != PROC_ROOT_INODE)
		return err_set(e, ERR_SYSTEM, 0, "/proc is not the root of a proc file system");
	return 0;
}

int proc_private(int *ret_fd, struct err *e)
{
	auto_close int fd = detached_proc();
	bool made = fd >= 0;		/* by us: there is nothing to check */

	if (!made)
		fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, errno, "/proc");
	if (!made && proc_check(fd, e))
		return -1;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* procfd is known to be procfs, and RESOLVE_NO_XDEV leaves neither its mount nor, with that, its file system. */
int proc_open(int procfd, const char *path, int flags, struct err *e)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOCTTY),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, procfd, path, &how, sizeof(how));

	if (fd < 0)
		return err_set(e, errno == ENOENT || errno == ESRCH ? ERR_NOTFOUND : ERR_SYSTEM, errno,
			       "/proc/%s", path);
	return (int)fd;
}

int proc_read(int procfd, const char *path, char *buf, size_t n, struct err *e)
{
	auto_close int fd = proc_open(procfd, path, O_RDONLY, e);
	ssize_t got;
	size_t len;

	if (fd < 0)
		return -1;
	do
		got = read(fd, buf, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(e, errno == ESRCH ? ERR_NOTFOUND : ERR_SYSTEM, errno, "/proc/%s: read", path);
	len = (size_t)got;
	if (len >= n)
		return err_set(e, ERR_LIMIT, 0, "/proc/%s: more than %zu bytes", path, n - 1);
	if (len && buf[len - 1] == '\0')
		len--;
	if (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return 0;
}

int proc_pidfd(pid_t pid, struct err *e)
{
	int fd = pidfd_open(pid, 0);

	if (fd < 0)
		return err_set(e, errno == ESRCH ? ERR_NOTFOUND : ERR_SYSTEM, errno, "process %d", (int)pid);
	return fd;
}

int proc_signal(int pidfd, int sig, struct err *e)
{
	if (pidfd_send_signal(pidfd, sig, NULL, 0))
		return err_set(e, errno == ESRCH ? ERR_STATE : ERR_SYSTEM, errno, "signal %d", sig);
	return 0;
}

/* Field `number` (counted from 1, as in the manual page) of the text after the name, up to the next blank. */
static const char *stat_field(const char *text, int number)
{
	/* The name is what the process chose and may hold ") 1 2": its end is the last bracket. */
	const char *at = strrchr(text, ')');

	for (int i = 2; at && i < number; i++) {
		at = strchr(at, ' ');
		if (at)
			at++;
	}
	return at;
}

static int stat_start(const char *text, const char *what, uint64_t *ret, struct err *e)
{
	const char *word = stat_field(text, STAT_START);
	char number[24];

	if (!word)
		return err_set(e, ERR_INTERNAL, 0, "/proc/%s: no field %d", what, STAT_START);
	snprintf(number, sizeof(number), "%.*s", (int)strcspn(word, " "), word);
	return str_to_u64(number, 0, UINT64_MAX, what, ret, e);
}

int proc_start_time(int procfd, pid_t pid, uint64_t *ret, struct err *e)
{
	char path[32], text[STAT_TEXT];

	snprintf(path, sizeof(path), "%d/stat", (int)pid);
	return proc_read(procfd, path, text, sizeof(text), e) ? -1 : stat_start(text, path, ret, e);
}

bool proc_runs(int procfd, pid_t pid, uint64_t start_time)
{
	char path[32], text[STAT_TEXT];
	const char *word;
	struct err ignored;
	uint64_t found;

	snprintf(path, sizeof(path), "%d/stat", (int)pid);
	if (pid <= 0 || proc_read(procfd, path, text, sizeof(text), &ignored))
		return false;
	word = stat_field(text, STAT_STATE);
	if (!word || strchr("ZX", *word))
		return false;
	return stat_start(text, path, &found, &ignored) == 0 && found == start_time;
}

int proc_pidfd_of(int procfd, pid_t pid, uint64_t start_time, struct err *e)
{
	auto_close int fd = proc_pidfd(pid, e);
	uint64_t found;

	if (fd < 0 || proc_start_time(procfd, pid, &found, e))
		return -1;
	if (found != start_time)
		return err_set(e, ERR_NOTFOUND, 0, "process %d is a later one", (int)pid);
	/* Gone since, and its number with another one that started in the same tick? */
	if (pidfd_send_signal(fd, 0, NULL, 0) && errno == ESRCH)
		return err_set(e, ERR_NOTFOUND, ESRCH, "process %d", (int)pid);
	return take_fd(&fd);
}

int proc_boot_id(int procfd, char ret[37], struct err *e)
{
	char text[64];

	if (proc_read(procfd, "sys/kernel/random/boot_id", text, sizeof(text), e))
		return -1;
	if (strlen(text) != 36)
		return err_set(e, ERR_INTERNAL, 0, "boot_id is \"%s\"", text);
	memcpy(ret, text, 37);
	return 0;
}

/* Of <linux/pidfd.h>, which Debian 12 does not have. */
struct pidfd_exit {
	uint64_t mask, cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};
#define PIDFD_EXIT UINT64_C(8)
#define PIDFD_ASK _IOWR(0xff, 11, struct pidfd_exit)

static int ask_exit(int pidfd, int *ret)
{
	struct pidfd_exit info = { .mask = PIDFD_EXIT };

	if (ioctl(pidfd, PIDFD_ASK, &info))
		return -1;
	*ret = info.exit_code;
	return info.mask & PIDFD_EXIT ? 1 : 0;
}

int proc_exit_status(int pidfd, int wait_ms, int *ret)
{
	struct pollfd p = { .fd = pidfd };
	int known = ask_exit(pidfd, ret);

	/* A kernel that knows the question not at all is not waited for. POLLHUP, which comes unasked: it was reaped. */
	if (known == 0 || (known < 0 && errno == ESRCH)) {
		(void)poll(&p, 1, wait_ms);
		known = ask_exit(pidfd, ret);
	}
	return known == 1 ? 0 : -1;
}

void proc_lend_memory(void)
{
	static int unread;

	(void)syscall(SYS_set_tid_address, &unread);
}
