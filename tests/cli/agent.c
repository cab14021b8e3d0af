/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent.c - who listens for system calls of containers: agent SOCKET COUNT.
 *
 * Takes COUNT connections, each with a message and a listener (config-linux.md, "Seccomp"), prints the message as a line, and answers
 * every call with EXDEV until the last process of it is gone.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { COUNT_MAX = 16 };

static int receive(int from)
{
	static char text[1 << 17];
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec to = { text, sizeof(text) - 1 };
	struct msghdr m = { .msg_iov = &to, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(from, &m, MSG_CMSG_CLOEXEC);
	int fd = -1;

	if (n <= 0 || !CMSG_FIRSTHDR(&m))
		return -1;	/* refused before it began */
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	text[n] = '\0';
	puts(text);
	fflush(stdout);
	return fd;
}

/* -1: it has no process any more. */
static int answer(int fd)
{
	struct seccomp_notif ask;
	struct seccomp_notif_resp say;

	memset(&ask, 0, sizeof(ask));
	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &ask))
		return errno == EINTR || errno == ENOENT ? 0 : -1;
	memset(&say, 0, sizeof(say));
	say.id = ask.id;
	say.error = -EXDEV;
	return ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &say) && errno != ENOENT ? -1 : 0;
}

int main(int argc, char *argv[])
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct pollfd p[1 + COUNT_MAX] = { { .events = POLLIN } };
	int n = 1, left = argc > 2 ? atoi(argv[2]) : 0, open_ = 0;

	if (left < 1 || left > COUNT_MAX || strlen(argv[1]) >= sizeof(at.sun_path))
		return 2;
	strcpy(at.sun_path, argv[1]);
	p[0].fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p[0].fd < 0 || bind(p[0].fd, (struct sockaddr *)&at, sizeof(at)) || listen(p[0].fd, 8)) {
		perror("agent");
		return 1;
	}
	while (left || open_) {
		if (!left)
			p[0].fd = -1;
		if (poll(p, (nfds_t)n, -1) < 0)
			return 1;
		for (int i = 1; i < n; i++) {
			if (p[i].fd < 0 || !p[i].revents)
				continue;
			if ((p[i].revents & POLLIN) == 0 || answer(p[i].fd)) {
				close(p[i].fd);
				p[i].fd = -1;
				open_--;
			}
		}
		if (left && p[0].revents & POLLIN) {
			int from = accept(p[0].fd, NULL, NULL), fd = receive(from);

			close(from);
			if (fd < 0)
				continue;
			p[n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
			left--;
			open_++;
		}
	}
	return 0;
}
