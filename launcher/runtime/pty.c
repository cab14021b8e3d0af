/* SPDX-License-Identifier: Apache-2.0 */
/* pty.c - see pty.h. */
#include "launcher/runtime/pty.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "launcher/base/path.h"
#include "launcher/runtime/sys.h"

static bool on_devpts(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == DEVPTS_SUPER_MAGIC;
}

/* TIOCGPTN is answered by masters only (drivers/tty/pty.c). */
static bool is_master(int fd)
{
	unsigned number;

	return on_devpts(fd) && ioctl(fd, TIOCGPTN, &number) == 0;
}

int pty_find(int *ret_pts, struct err *e)
{
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), pts = -1;

	if (root < 0)
		return err_set(e, ERR_SYSTEM, errno, "root of the container");
	pts = path_in_root_open(root, "dev/pts", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, e);
	if (pts < 0)
		return err_context(e, "terminal");
	if (!on_devpts(pts))
		return err_set(e, ERR_INPUT, 0, "terminal: /dev/pts of the container is not a devpts");
	*ret_pts = take_fd(&pts);
	return 0;
}

int pty_open(int pts, uid_t owner, struct pty *ret, struct err *e)
{
	/* Not across a mount: somebody with CAP_SYS_ADMIN inside may have bound a pipe there, and we would wait on it. */
	auto_close int master = path_below_open(pts, "ptmx", O_RDWR | O_NOCTTY, true, e), slave = -1;
	int locked = 0;

	if (master < 0)
		return err_context(e, "terminal");
	if (!is_master(master))
		return err_set(e, ERR_INPUT, 0, "terminal: ptmx of the container gives no terminal");
	if (ioctl(master, TIOCSPTLCK, &locked))
		return err_set(e, ERR_SYSTEM, errno, "terminal: unlocking");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_set(e, ERR_SYSTEM, errno, "terminal: the container's end");
	if (fchown(slave, owner, (gid_t)-1))
		return err_set(e, ERR_SYSTEM, errno, "terminal: its owner");
	ret->master = take_fd(&master);
	ret->slave = take_fd(&slave);
	return 0;
}

int pty_streams(const struct pty *t, struct err *e)
{
	for (int i = 0; i < 3; i++)
		if (dup2(t->slave, i) < 0)
			return err_set(e, ERR_SYSTEM, errno, "standard streams");
	return 0;
}

int pty_control(struct err *e)
{
	/* 0: never taken from a session that has it. */
	if (ioctl(STDIN_FILENO, TIOCSCTTY, 0))
		return err_set(e, ERR_SYSTEM, errno, "controlling terminal");
	return 0;
}

int pty_console(int dev, const struct pty *t, struct err *e)
{
	auto_close int at = -1, copy = -1;

	if (mknodat(dev, "console", S_IFREG | 0600, 0))
		return errno == EEXIST ? 0 : err_set(e, ERR_SYSTEM, errno, "/dev/console");
	at = openat(dev, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	copy = sys_clone_mount(t->slave, "", 0);
	if (at < 0 || copy < 0 || sys_attach_mount(copy, at))
		return err_set(e, ERR_SYSTEM, errno, "/dev/console");
	return 0;
}

int pty_socket(int *ret_outer, int *ret_inner, struct err *e)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_set(e, ERR_SYSTEM, errno, "socketpair");
	*ret_outer = pair[0];
	*ret_inner = pair[1];
	return 0;
}

int pty_send(int socket, int master, struct err *e)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char byte = 'T';
	struct iovec part = { &byte, 1 };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &master, sizeof(int));
	if (sendmsg(socket, &m, MSG_NOSIGNAL) != 1)
		return err_set(e, ERR_SYSTEM, errno, "terminal: telling the launcher");
	return 0;
}

/* All descriptors of a message, so that none stays open; *ret_n is how many there were. */
static int take_descriptors(struct msghdr *m, size_t *ret_n)
{
	int first = -1;

	*ret_n = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t n = c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS ?
			   (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

		for (size_t i = 0; i < n; i++, ++*ret_n) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (*ret_n == 0)
				first = fd;
			else
				(void)close(fd);
		}
	}
	return first;
}

int pty_receive(int socket, int *ret_master, struct err *e)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control;
	char byte;
	struct iovec part = { &byte, 1 };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	ssize_t got = recvmsg(socket, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	auto_close int master = -1;
	size_t n;

	if (got < 0)
		return err_set(e, ERR_SYSTEM, errno, "terminal: the launcher's end");
	master = take_descriptors(&m, &n);
	if (got != 1 || n != 1 || (m.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) || !is_master(master))
		return err_set(e, ERR_INTERNAL, 0, "terminal: what came is not one master of a terminal");
	*ret_master = take_fd(&master);
	return 0;
}
